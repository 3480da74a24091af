#!/usr/bin/env python3
"""The walking engine beside its peers, in one run: equal answers first, then medians of ratios.

`python scripts/bench/engine.py` needs the `bench` extra for the peers; what is missing is left out and named.
The workloads W1 to W6 and the networks are described in docs/performance.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import networks
import peers
from measuring import Subject, Timing, as_table, side_by_side
from memory import memory_rows

from geo.access import Walk, node_distances, search_from
from geo.incremental import moved_facility
from geo.isochrone import isochrones, reached_coordinates
from geo.nearest_table import build_nearest_table, layer_keys, nearest_of_layers
from geo.network import WalkNetwork
from geo.reach import od_matrix, reached_nodes
from geo.snapping import Snaps, snap, snap_index, snap_xy

LIMIT_DM = 10_000
LAYERS = 12
SLOW_PEERS_UP_TO = 120_000
Workload = Callable[[str, WalkNetwork, int], list[Timing]]


def facilities_at_nodes(network: WalkNetwork, count: int, seed: int) -> tuple[np.ndarray, Snaps]:
    """Return nodes drawn by seed and facilities that stand on them."""
    rng = np.random.default_rng(seed)
    nodes = np.sort(rng.choice(network.node_count, count, replace=False))
    return nodes, snap(network, network.lon[nodes], network.lat[nodes])


def random_points(network: WalkNetwork, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes drawn over the network's box."""
    rng = np.random.default_rng(seed)
    lon = rng.uniform(network.lon.min(), network.lon.max(), count)
    return lon, rng.uniform(network.lat.min(), network.lat.max(), count)


def assert_equal(ours: np.ndarray, theirs: np.ndarray, what: str) -> None:
    """Stop the benchmark where two answers differ: a fast wrong answer is not measured."""
    differing = int((np.asarray(ours) != np.asarray(theirs)).sum())
    if differing:
        raise SystemExit(f"{what}: {differing} of {len(ours)} answers differ")


def orders(network: WalkNetwork) -> dict[str, peers.Graph]:
    """Return the graph in Hilbert order and in the order of its source's node ids."""
    return {
        "Hilbert": peers.Graph(network, np.arange(network.node_count)),
        "source": peers.Graph(network, np.argsort(network.node_id, kind="stable")),
    }


def w1_one_layer(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """Nearest facility of one layer for every node, within 1000 m."""
    nodes, facilities = facilities_at_nodes(network, max(network.node_count // 500, 1), seed=1)
    walk = Walk(limit_dm=LIMIT_DM)
    ours = node_distances(network, facilities, walk).distance_dm
    start, step = network.toward.packed
    relaxed = np.ascontiguousarray(ours).astype(np.uint32)
    subjects = [
        Subject("lifecircle", lambda: node_distances(network, facilities, walk)),
        Subject("pass over all edges", lambda: peers.pass_over_edges(start, step, relaxed)),
    ]
    graphs = orders(network)
    for order, graph in graphs.items():
        assert_equal(ours, peers.scipy_nearest(graph, nodes, LIMIT_DM), "scipy")
        subjects.append(
            Subject(f"scipy ({order} order)", lambda graph=graph: peers.scipy_nearest(graph, nodes, LIMIT_DM))
        )
    subjects += _slow_nearest(network, graphs["Hilbert"], nodes, ours)
    return side_by_side("W1 one layer", name, subjects, rounds)


def _slow_nearest(network: WalkNetwork, graph: peers.Graph, nodes: np.ndarray, ours: np.ndarray) -> list[Subject]:
    if network.node_count > SLOW_PEERS_UP_TO:
        return []
    found = []
    for peer, run in (("networkx", peers.networkx_nearest), ("igraph", peers.igraph_nearest)):
        if peers.has(peer):
            assert_equal(ours, run(graph, nodes, LIMIT_DM), peer)
            found.append(Subject(peer, lambda run=run: run(graph, nodes, LIMIT_DM)))
    if peers.has("pandana"):
        theirs = peers.pandana_nearest(graph, nodes, LIMIT_DM)
        same = (theirs == ours) | ((ours < 0) & (theirs >= LIMIT_DM))
        note = f"{same.mean():.2%} equal: it adds floats and snaps to nodes"
        found.append(Subject("pandana", lambda: peers.pandana_nearest(graph, nodes, LIMIT_DM), note=note))
    return found


def w2_twelve_layers(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """The same for 12 layers, with 2 threads."""
    made = [facilities_at_nodes(network, max(network.node_count // 500, 1), seed) for seed in range(LAYERS)]
    layers = {str(number): facilities for number, (_, facilities) in enumerate(made)}
    walk, graph = Walk(limit_dm=LIMIT_DM), orders(network)["Hilbert"]
    keys = layer_keys(network, layers, walk)
    assert_equal((keys[0] >> 32).astype(np.int32), peers.scipy_nearest(graph, made[0][0], LIMIT_DM), "scipy")
    return side_by_side(
        "W2 twelve layers",
        name,
        [
            Subject("lifecircle, 2 threads", lambda: layer_keys(network, layers, walk)),
            Subject("lifecircle, 1 thread", lambda: layer_keys(network, layers, walk, threads=1)),
            Subject("scipy", lambda: [peers.scipy_nearest(graph, nodes, LIMIT_DM) for nodes, _ in made]),
        ],
        max(rounds // 2, 3),
    )


def w3_catchments(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """The nodes within 1000 m of each of 50, 500 and 5,000 facilities."""
    timings: list[Timing] = []
    graph, walk = orders(network)["Hilbert"], Walk(limit_dm=LIMIT_DM)
    for count in (50, 500, 5000):
        nodes, facilities = facilities_at_nodes(network, count, seed=3)
        few = nodes[: min(count, 50)]
        ours = np.diff(reached_nodes(network, facilities, walk).first)
        assert_equal(ours[: len(few)], np.array(peers.scipy_catchments(graph, few, LIMIT_DM)), "scipy")
        share = len(few) / count
        subjects = [
            Subject("lifecircle, 2 threads", lambda facilities=facilities: reached_nodes(network, facilities, walk)),
            Subject("scipy", lambda few=few: peers.scipy_catchments(graph, few, LIMIT_DM), share),
        ]
        if count == 500 and network.node_count <= SLOW_PEERS_UP_TO:
            subjects += _slow_catchments(graph, few, share)
        timings += side_by_side(f"W3 catchments of {count:,}", name, subjects, max(rounds // 2, 3))
    return timings


def _slow_catchments(graph: peers.Graph, nodes: np.ndarray, share: float) -> list[Subject]:
    found = []
    if peers.has("networkx"):
        found.append(Subject("networkx", lambda: peers.networkx_catchments(graph, nodes, LIMIT_DM), share))
        recipe = lambda: peers.ego_catchments(graph, nodes, LIMIT_DM)  # noqa: E731 - one of two in a row
        found.append(Subject("osmnx ego-graph recipe", recipe, share))
    if peers.has("pandana"):
        found.append(Subject("pandana", lambda: peers.pandana_catchments(graph, nodes, LIMIT_DM), share))
    return found


def w4_od_matrix(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """The sparse matrix of 20,000 demand points and 2,000 candidate sites within 1000 m."""
    demand = snap(network, *random_points(network, 20_000, seed=4))
    _, sites = facilities_at_nodes(network, 2_000, seed=5)
    walk, graph = Walk(limit_dm=LIMIT_DM), orders(network)["Hilbert"]
    nodes = network.edge_u[sites.edge[:50]]
    return side_by_side(
        "W4 OD matrix 20,000 x 2,000",
        name,
        [
            Subject("lifecircle, 2 threads", lambda: od_matrix(network, sites, demand, walk)),
            Subject("scipy, searches only", lambda: peers.scipy_catchments(graph, nodes, LIMIT_DM), 50 / 2_000),
        ],
        max(rounds // 2, 3),
    )


def w5_isochrones(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """One polygon of one facility; the reached lines of a layer of 200."""
    _, one = facilities_at_nodes(network, 1, seed=6)
    _, layer = facilities_at_nodes(network, 200, seed=7)
    polygon = Subject("lifecircle, one polygon", lambda: isochrones(network, one, [LIMIT_DM]))
    lines = Subject("lifecircle, lines of a layer of 200", lambda: reached_coordinates(network, layer, LIMIT_DM))
    return side_by_side("W5 isochrones", name, [polygon, lines], rounds)


def w6_resident(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """One arbitrary point to the nearest facility of each of 12 layers, inside the process."""
    count = max(network.node_count // 500, 1)
    layers = {str(seed): facilities_at_nodes(network, count, seed)[1] for seed in range(LAYERS)}
    table = build_nearest_table(network, layers)
    points = list(zip(*(values.tolist() for values in random_points(network, 1_000, seed=8)), strict=True))
    subject = Subject("lifecircle, 1,000 questions", lambda: [nearest_of_layers(table, *point) for point in points])
    return side_by_side("W6 resident, 12 layers", name, [subject], rounds)


def snapping(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """A million points to their nearest edge, in the plane, beside shapely's STRtree."""
    import shapely

    xy = np.column_stack(network.projection.to_xy(*random_points(network, 1_000_000, seed=9)))
    few = xy[:20_000]
    ends = snap_index(network).ends
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    tree = shapely.STRtree(lines)
    points = shapely.points(few)
    theirs = shapely.distance(points, lines[tree.nearest(points)])
    if not np.allclose(snap_xy(network, few)[1][:, 1], theirs, rtol=0, atol=1e-6):
        raise SystemExit("snapping: distances differ from shapely's")
    subjects = [
        Subject("lifecircle, 2 threads", lambda: snap_xy(network, xy)),
        Subject("shapely STRtree", lambda: tree.nearest(points), len(few) / len(xy)),
    ]
    return side_by_side("snap 1,000,000 points", name, subjects, max(rounds // 2, 3))


def moving(name: str, network: WalkNetwork, rounds: int) -> list[Timing]:
    """One of 200 facilities moved, beside the full search that it stands for."""
    _, before = facilities_at_nodes(network, 200, seed=10)
    _, elsewhere = facilities_at_nodes(network, 200, seed=11)
    moved = np.arange(200) == 77
    after = Snaps(*(np.where(moved, getattr(elsewhere, f), getattr(before, f)) for f in Snaps.__dataclass_fields__))
    walk = Walk()
    state = search_from(network, before, walk)
    assert_equal(moved_facility(network, state, before, after, 77), search_from(network, after, walk), "moved")
    subjects = [
        Subject("lifecircle, one moved", lambda: moved_facility(network, state, before, after, 77)),
        Subject("lifecircle, full search", lambda: search_from(network, after, walk)),
    ]
    return side_by_side("one of 200 facilities moved", name, subjects, rounds)


def pathological(rounds: int) -> list[Timing]:
    """Two of three edges one decimetre long."""
    network = networks.build_network(networks.tiny_edges(100_000))
    nodes, facilities = facilities_at_nodes(network, network.node_count // 500, seed=12)
    walk, graph = Walk(limit_dm=LIMIT_DM), orders(network)["Hilbert"]
    ours = node_distances(network, facilities, walk).distance_dm
    assert_equal(ours, peers.scipy_nearest(graph, nodes, LIMIT_DM), "scipy")
    subjects = [
        Subject("lifecircle", lambda: node_distances(network, facilities, walk)),
        Subject("scipy", lambda: peers.scipy_nearest(graph, nodes, LIMIT_DM)),
    ]
    return side_by_side("one-decimetre edges", "tiny100k", subjects, rounds)


def building(name: str, rounds: int) -> list[Timing]:
    """The network from its extract, beside pyrosm's reading of the same file."""
    path = networks.extract_path(name)
    subjects = [Subject("lifecircle, read and build", lambda: networks.load(name))]
    if peers.has("pyrosm"):
        import pyrosm

        subjects.append(Subject("pyrosm, read only", lambda: pyrosm.OSM(str(path)).get_network("walking", nodes=True)))
    return side_by_side("build from extract", name, subjects, max(rounds // 3, 3))


WORKLOADS: dict[str, Workload] = {
    "w1": w1_one_layer,
    "w2": w2_twelve_layers,
    "w3": w3_catchments,
    "w4": w4_od_matrix,
    "w5": w5_isochrones,
    "w6": w6_resident,
    "snap": snapping,
    "move": moving,
}


def main() -> int:
    """Run the chosen workloads and print and save what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default="andorra,porto_alegre,grid100k,grid1m,grid3m")
    parser.add_argument("--workloads", default=",".join([*WORKLOADS, "tiny", "build", "memory"]))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    chosen = options.workloads.split(",")
    timings: list[Timing] = pathological(options.rounds) if "tiny" in chosen else []
    for name in options.networks.split(","):
        timings += _on_network(name, chosen, options.rounds)
    memory = memory_rows([name for name in options.networks.split(",") if "memory" in chosen])
    print(as_table(timings))
    print(json.dumps(memory, indent=2))
    if options.json:
        options.json.write_text(json.dumps(_report(timings, memory), indent=2) + "\n", encoding="utf-8")
    return 0


def _on_network(name: str, chosen: list[str], rounds: int) -> list[Timing]:
    if name not in networks.GRIDS and not networks.extract_path(name).exists():
        print(f"{name}: no extract at {networks.extract_path(name)}, left out", file=sys.stderr)
        return []
    timings: list[Timing] = []
    network = networks.load(name)
    for key, workload in WORKLOADS.items():
        if key in chosen and (network.node_count < 2_000_000 or key in ("w1", "w2")):
            print(f"{name}: {key}", file=sys.stderr, flush=True)
            timings += workload(name, network, rounds)
    if "build" in chosen and name not in networks.GRIDS:
        timings += building(name, rounds)
    return timings


def _report(timings: list[Timing], memory: list[dict[str, object]]) -> dict[str, object]:
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "peers": {name: peers.has(name) for name in peers.PEERS},
        "timings": [timing.row() for timing in timings],
        "memory": memory,
    }


if __name__ == "__main__":
    raise SystemExit(main())
