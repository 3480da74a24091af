"""`lifecircle network`: build a walking network, say what is in it, export it for others to check.

Downloading streets and checking them are in modules of their own.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webmap.cli_download import add_download
from webmap.cli_network_patch import add_patch
from webmap.cli_network_use import add_use
from webmap.cli_topology import add_check

if TYPE_CHECKING:
    from geo.network import WalkNetwork

_LISTED = 20


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `network download`, `check`, `use`, `back`, `patch`, `build`, `info` and `export`."""
    network = commands.add_parser("network", help="download, check, build, use, patch or export a walking network")
    actions = network.add_subparsers(required=True, metavar="ACTION")
    add_download(actions)
    add_check(actions)
    add_use(actions)
    add_patch(actions)
    _add_build(actions)
    info = actions.add_parser("info", help="what a network holds, and which components were left out")
    info.add_argument("network", type=Path, metavar="NET")
    info.add_argument("--json", action="store_true", help="everything, as JSON")
    info.set_defaults(run=run_info)
    export = actions.add_parser("export", help="the exact graph that answers come from, as two CSV files")
    export.add_argument("network", type=Path, metavar="NET")
    export.add_argument("--nodes", type=Path, required=True, metavar="N.csv", help="id,lon,lat")
    export.add_argument(
        "--edges", type=Path, required=True, metavar="E.csv", help="u,v,length_dm; each direction a row"
    )
    export.set_defaults(run=run_export)


def _add_build(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = actions.add_parser("build", help="build a network from street files")
    build.add_argument("streets", type=Path, nargs="+", metavar="IN", help=".osm, .osm.pbf, .geojson or Overpass .json")
    build.add_argument("--out", type=Path, required=True, metavar="NET")
    build.add_argument(
        "--min-component", type=_positive, default=50, metavar="N", help="leave out components under N nodes (50)"
    )
    build.add_argument("--parking-aisles", action="store_true", help="walk through car parks and drive-throughs too")
    build.set_defaults(run=run_build)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def run_build(options: argparse.Namespace) -> int:
    """Build a network and save it."""
    from geo.network import check_network
    from geo.network_build import build_network, read_streets
    from geo.network_file import save_network
    from geo.osm import OsmOptions

    begun = time.monotonic()
    _say(begun, f"reading {', '.join(path.name for path in options.streets)}")
    streets = read_streets(options.streets, OsmOptions(parking_aisles=options.parking_aisles))
    _say(begun, f"{len(streets.segment_u):,} segments on {len(streets.ways):,} ways; building")
    network = build_network(streets, options.min_component)
    save_network(network, options.out)
    for warning in check_network(network):
        _say(begun, f"warning: {warning.found}. {warning.remedy}")
    _say(begun, f"{options.out}: {network.node_count:,} nodes, {network.edge_count:,} edges")
    return 0


def _say(begun: float, text: str) -> None:
    print(f"[{time.monotonic() - begun:5.1f} s] {text}", file=sys.stderr)


def run_info(options: argparse.Namespace) -> int:
    """Print what a network holds."""
    from geo.network_file import load_network

    facts = describe(load_network(options.network))
    if options.json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return 0
    left_out = facts.pop("left_out")
    for name, value in facts.items():
        print(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    print(f"left_out: {len(left_out)} components, {sum(part['nodes'] for part in left_out)} nodes")
    for part in left_out[:_LISTED]:
        print(f"  {part['nodes']} nodes, {part['length_m']:.0f} m, at {part['lon']},{part['lat']}")
    if len(left_out) > _LISTED:
        print(f"  and {len(left_out) - _LISTED} smaller ones (--json lists all)")
    return 0


def describe(network: WalkNetwork) -> dict[str, Any]:
    """Return the facts of a network as plain JSON values."""
    named = network.way_name[network.edge_way] > 0
    return {
        "content_hash": network.content_hash,
        "nodes": network.node_count,
        "edges": network.edge_count,
        "length_m": round(network.length_m, 1),
        "one_way_edges": int((network.edge_forward != network.edge_backward).sum()),
        "named_share_of_edges": round(float(named.mean()), 4),
        "gates_with_hours": sum(bool(gate.opening_hours) for gate in network.gates),
        "bbox": [round(float(value), 7) for value in _bbox(network)],
        "sources": network.meta.get("sources", []),
        "left_out": [vars(part) for part in network.left_out],
    }


def _bbox(network: WalkNetwork) -> tuple[float, float, float, float]:
    return (
        float(network.lon.min()),
        float(network.lat.min()),
        float(network.lon.max()),
        float(network.lat.max()),
    )


def run_export(options: argparse.Namespace) -> int:
    """Write the graph that answers come from as two CSV files."""
    from geo.network_file import load_network

    network = load_network(options.network)
    with options.nodes.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "lon", "lat"])
        writer.writerows(
            [number, f"{lon:.7f}", f"{lat:.7f}"]
            for number, (lon, lat) in enumerate(zip(network.lon.tolist(), network.lat.tolist(), strict=True))
        )
    adjacency = network.onward
    sources = [node for node in range(network.node_count) for _ in range(*adjacency.start[node : node + 2])]
    with options.edges.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["u", "v", "length_dm"])
        writer.writerows(zip(sources, adjacency.neighbour.tolist(), adjacency.length_dm.tolist(), strict=True))
    return 0
