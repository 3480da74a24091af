"""`lifecircle network check`: what is odd about streets or a network, and where, before anybody trusts a figure."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.topology import Finding, TopologyReport

_LISTED = 20
_DECIMALS = 7
_HEADINGS = {
    "component": "separate components",
    "dead_end": "dead ends that almost touch another street",
    "crossing": "crossings without a common node",
    "duplicate": "segments that several ways carry",
    "longest_edge": "longest edges",
}
_SUFFIX = ".lcnet"


def add_check(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `network check`."""
    check = actions.add_parser("check", help="what is odd about streets or a network, and where")
    check.add_argument("streets", type=Path, nargs="+", metavar="IN", help="street files, or one network (.lcnet)")
    check.add_argument(
        "--near-m", type=_metres, default=15.0, metavar="M", help="a dead end this close to a street almost touches it"
    )
    check.add_argument("--parking-aisles", action="store_true", help="walk through car parks and drive-throughs too")
    check.add_argument("--json", action="store_true", help="everything, as JSON")
    check.add_argument("--out", type=Path, metavar="REPORT.geojson", help="every finding as a point")
    check.set_defaults(run=run_check)


def _metres(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of metres up to 1000")
    return value


def run_check(options: argparse.Namespace) -> int:
    """Print the report, and write where everything is."""
    report = _inspect(options.streets, options)
    if options.out is not None:
        options.out.write_text(json.dumps(report_geojson(report), ensure_ascii=False) + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(report_document(report), ensure_ascii=False, indent=2))
    else:
        print("\n".join(report_lines(report)))
    return 0


def _inspect(paths: Sequence[Path], options: argparse.Namespace) -> TopologyReport:
    from geo.network_build import read_streets
    from geo.network_file import load_network
    from geo.osm import OsmOptions
    from geo.topology import inspect_network, inspect_streets

    networks = [path for path in paths if path.suffix == _SUFFIX]
    if not networks:
        return inspect_streets(read_streets(paths, OsmOptions(options.parking_aisles)), options.near_m)
    if len(paths) > 1:
        raise RequestError("several_networks", "IN", f"{len(paths)} files, a network among them", "Check it alone.")
    return inspect_network(load_network(networks[0]), options.near_m)


def report_document(report: TopologyReport) -> dict[str, Any]:
    """Return a report as plain JSON values; `findings` is by kind, every kind present."""
    from geo.topology import KINDS

    return {
        "nodes": report.nodes,
        "segments": report.segments,
        "length_m": round(report.length_m, 1),
        "saved_network": report.is_network,
        "faults": report.faults,
        "components": [
            {"nodes": part.nodes, "length_m": round(part.length_m, 1), **_place(part.lon, part.lat)}
            for part in report.components
        ],
        "findings": {
            kind: [{**_place(one.lon, one.lat), **_properties(one)} for one in report.of(kind)] for kind in KINDS
        },
        "unnamed": {
            "streets": report.unnamed.streets,
            "length_m": round(report.unnamed.length_m, 1),
            "share_of_length": round(report.unnamed.length_m / report.length_m, 4) if report.length_m else None,
            "by_highway": {
                highway: {"streets": count, "length_m": round(length_m, 1)}
                for highway, (count, length_m) in report.unnamed.by_highway.items()
            },
        },
    }


def report_geojson(report: TopologyReport) -> dict[str, Any]:
    """Return the findings as a FeatureCollection of points."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(_place(one.lon, one.lat).values())},
                "properties": {"kind": one.kind, **_properties(one)},
            }
            for one in report.findings
        ],
    }


def _place(lon: float, lat: float) -> dict[str, float]:
    return {"lon": round(lon, _DECIMALS), "lat": round(lat, _DECIMALS)}


def _properties(finding: Finding) -> dict[str, Any]:
    return {
        "length_m": round(finding.length_m, 2),
        "count": finding.count,
        "explained": finding.explained,
        "streets": [street.name for street in finding.streets],
        "ways": [street.way_id for street in finding.streets],
        "highways": [street.highway for street in finding.streets],
    }


def report_lines(report: TopologyReport) -> list[str]:
    """Return a report as lines for a terminal."""
    from geo.topology import KINDS

    unnamed = report.unnamed
    lines = [f"{report.nodes:,} nodes, {report.segments:,} segments, {report.length_m / 1000:,.1f} km"]
    if report.components:
        largest = report.components[0]
        lines.append(f"components: {len(report.components)}; the largest has {largest.nodes:,} nodes")
    for kind in KINDS:
        found = report.of(kind)
        explained = sum(one.explained for one in found)
        beside = f", and {explained} explained by a bridge, a tunnel or a layer" if explained else ""
        lines.append(f"{_HEADINGS[kind]}: {len(found) - explained}{beside}")
        lines += [f"  {_words(one)}" for one in found[:_LISTED]]
        if len(found) > _LISTED:
            lines.append(f"  and {len(found) - _LISTED} more (--json or --out tells all)")
    share = f" ({unnamed.length_m / report.length_m:.1%} of the length)" if report.length_m else ""
    lines.append(f"streets without a name: {unnamed.streets:,}, {unnamed.length_m / 1000:,.1f} km{share}")
    lines += [f"  {highway}: {count:,}, {length_m:,.0f} m" for highway, (count, length_m) in unnamed.by_highway.items()]
    if report.is_network:
        lines.append("a saved network: doubled segments are merged in it, and it does not know bridges and tunnels")
    return lines


def _words(one: Finding) -> str:
    streets = " / ".join(street.name or f"({street.highway} {street.way_id})" for street in one.streets)
    figure = {
        "component": f"{one.count} nodes, {one.length_m:,.0f} m",
        "dead_end": f"{one.length_m:.2f} m apart",
        "crossing": "",
        "duplicate": f"{one.count} segments, {one.length_m:,.0f} m",
        "longest_edge": f"{one.length_m:,.0f} m",
    }[one.kind]
    parts = [f"{one.lon:.7f},{one.lat:.7f}", figure, streets, "explained" if one.explained else ""]
    return "  ".join(part for part in parts if part)
