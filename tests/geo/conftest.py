"""Hand-made networks and two independent oracles of walking distance, shared by the tests of the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.access import UNLIMITED_DM, Walk
from geo.catalog import Catalog, read_catalog
from geo.network import WalkNetwork
from geo.network_build import build_network, read_streets
from geo.place import Place, read_place
from geo.snapping import Snaps

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

BOTH, FORWARD, BACKWARD = (True, True), (True, False), (False, True)
LON0, LAT0 = 121.43, 31.23
STEP_DEG = 0.001

Answer = tuple[list[int], list[int]]
Oracle = Callable[[WalkNetwork, Snaps, Snaps, Walk], Answer]


def _make_network(
    ends: Sequence[tuple[int, int]],
    lengths_dm: Sequence[int],
    directions: Sequence[tuple[bool, bool]] | None = None,
    lonlat: Sequence[tuple[float, float]] | None = None,
) -> WalkNetwork:
    """Return a network of exactly these edges: self-loops, parallel edges and any lengths are allowed."""
    count = max(max(pair) for pair in ends) + 1
    places = lonlat or [(LON0 + STEP_DEG * (k % 4), LAT0 + STEP_DEG * (k // 4)) for k in range(count)]
    lon, lat = (np.array(values, dtype=np.float64) for values in zip(*places, strict=True))
    forward, backward = zip(*(directions or [BOTH] * len(ends)), strict=True)
    return WalkNetwork(
        lon=lon,
        lat=lat,
        node_id=np.arange(len(lon), dtype=np.int64),
        node_crossing=np.zeros(len(lon), dtype=np.int8),
        edge_u=np.array([u for u, _ in ends], dtype=np.int32),
        edge_v=np.array([v for _, v in ends], dtype=np.int32),
        edge_length_dm=np.array(lengths_dm, dtype=np.int32),
        edge_forward=np.array(forward),
        edge_backward=np.array(backward),
        edge_way=np.zeros(len(ends), dtype=np.int32),
        way_id=np.array([1], dtype=np.int64),
        way_name=np.array([0], dtype=np.int32),
        way_highway=np.array([0], dtype=np.int32),
        way_step_free=np.array([2], dtype=np.int8),
        way_accuracy_m=np.array([np.nan]),
        names=("",),
        highways=("residential",),
        gates=(),
        area=np.array([[LON0, LAT0], [LON0 + 0.01, LAT0], [LON0, LAT0 + 0.01], [LON0, LAT0]]),
        left_out=(),
    )


@pytest.fixture(scope="session")
def make_network() -> Callable[..., WalkNetwork]:
    return _make_network


@pytest.fixture(scope="session")
def on_edges() -> Callable[..., Snaps]:
    """Points at (edge, offset in dm, access leg in dm) of a network."""

    def place(network: WalkNetwork, points: Sequence[tuple[int, int, int]]) -> Snaps:
        edge, offset, access = np.array(points, dtype=np.int32).reshape(-1, 3).T
        length = network.edge_length_dm[edge]
        return Snaps(edge, offset, access, offset / length, access / 10.0)

    return place


def _usable(snaps: Snaps, walk: Walk) -> np.ndarray:
    return (snaps.edge >= 0) & (snaps.access_m <= walk.max_access_m)


def _open(network: WalkNetwork, walk: Walk) -> tuple[np.ndarray, np.ndarray]:
    closed = np.zeros(network.edge_count, dtype=bool) if walk.closed is None else walk.closed
    return network.edge_forward & ~closed, network.edge_backward & ~closed


def _place(network: WalkNetwork, edge: int, offset: int) -> tuple[int, int]:
    if offset == 0:
        return -1, int(network.edge_u[edge])
    if offset == network.edge_length_dm[edge]:
        return -1, int(network.edge_v[edge])
    return edge, offset


def _answer(total: np.ndarray, walk: Walk) -> Answer:
    if not total.shape[1]:
        return [-1] * len(total), [-1] * len(total)
    nearest = total.argmin(axis=1)
    shortest = total[np.arange(len(total)), nearest]
    within = shortest <= walk.limit_dm
    return [int(d) if ok else -1 for d, ok in zip(shortest, within, strict=True)], [
        int(k) if ok else -1 for k, ok in zip(nearest, within, strict=True)
    ]


@pytest.fixture(scope="session")
def by_scipy() -> Oracle:
    """Distances by scipy: every edge cut at the points on it, points at one place made one, access legs added after."""

    def answer(network: WalkNetwork, facilities: Snaps, demand: Snaps, walk: Walk) -> Answer:
        number: dict[tuple[int, int], int] = {(-1, k): k for k in range(network.node_count)}
        inside: dict[int, set[int]] = {}
        for snaps in (facilities, demand):
            for edge, offset in zip(snaps.edge.tolist(), snaps.offset_dm.tolist(), strict=True):
                if edge >= 0 and (place := _place(network, edge, offset))[0] >= 0:
                    number.setdefault(place, len(number))
                    inside.setdefault(edge, set()).add(offset)
        forward, backward = _open(network, walk)
        arcs: dict[tuple[int, int], int] = {}
        for edge, (u, v) in enumerate(zip(network.edge_u.tolist(), network.edge_v.tolist(), strict=True)):
            middle = [(offset, number[edge, offset]) for offset in sorted(inside.get(edge, ()))]
            for (a, x), (b, y) in pairwise([(0, u), *middle, (int(network.edge_length_dm[edge]), v)]):
                for one, other, allowed in ((x, y, forward[edge]), (y, x, backward[edge])):
                    if allowed and one != other:
                        arcs[one, other] = min(b - a, arcs.get((one, other), b - a))
        rows, columns = zip(*arcs, strict=True) if arcs else ((), ())
        matrix = csr_array((list(arcs.values()), (rows, columns)), shape=(len(number), len(number)), dtype=np.float64)
        total = np.full((len(demand), len(facilities)), np.inf)
        spots = [[number.get(_place(network, int(e), int(o)), 0) for e, o in zip(s.edge, s.offset_dm, strict=True)]
                 for s in (demand, facilities)]  # fmt: skip
        if total.size:
            total = dijkstra(matrix, indices=spots[0])[:, spots[1]]
            total += demand.access_dm[:, None] + facilities.access_dm[None, :].astype(np.float64)
        total[~_usable(demand, walk)] = np.inf
        total[:, ~_usable(facilities, walk)] = np.inf
        return _answer(total, walk)

    return answer


@pytest.fixture(scope="session")
def by_networkx() -> Oracle:
    """Distances by networkx: a node for every point, zero-length steps between points at one place."""

    def answer(network: WalkNetwork, facilities: Snaps, demand: Snaps, walk: Walk) -> Answer:
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(range(network.node_count))
        stops: dict[int, list[tuple[int, object]]] = {}
        for kind, snaps in (("facility", facilities), ("home", demand)):
            for k in np.flatnonzero(_usable(snaps, walk)).tolist():
                stops.setdefault(int(snaps.edge[k]), []).append((int(snaps.offset_dm[k]), (kind, "on edge", k)))
                step = ((kind, k), (kind, "on edge", k))
                graph.add_edge(*(step if kind == "home" else reversed(step)), weight=int(snaps.access_dm[k]))
        forward, backward = _open(network, walk)
        for edge in range(network.edge_count):
            ends = [(0, int(network.edge_u[edge])), (int(network.edge_length_dm[edge]), int(network.edge_v[edge]))]
            along = [ends[0], *sorted(stops.get(edge, []), key=lambda stop: stop[0]), ends[1]]
            for (a, x), (b, y) in pairwise(along):
                if forward[edge] or a == b:
                    graph.add_edge(x, y, weight=b - a)
                if backward[edge] or a == b:
                    graph.add_edge(y, x, weight=b - a)
        total = np.full((len(demand), len(facilities)), np.inf)
        for home in np.flatnonzero(_usable(demand, walk)).tolist():
            reached = nx.single_source_dijkstra_path_length(graph, ("home", home))
            for k in range(len(facilities)):
                total[home, k] = reached.get(("facility", k), np.inf)
        return _answer(total, walk)

    return answer


@dataclass(frozen=True)
class WalkCase:
    """A random multigraph with everything that can stand in a walk's way, and points on its edges."""

    network: WalkNetwork
    facilities: Snaps
    homes: Snaps
    walk: Walk


def _on_edges(network: WalkNetwork, points: Sequence[tuple[int, int, int]]) -> Snaps:
    edge, offset, access = np.array(points, dtype=np.int32).reshape(-1, 3).T
    return Snaps(edge, offset, access, offset / network.edge_length_dm[edge], access / 10.0)


@st.composite
def _draw_walk_case(draw: st.DrawFn, most_facilities: int = 5) -> WalkCase:
    nodes = draw(st.integers(1, 8))
    node = st.integers(0, nodes - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=14))
    each = {"min_size": len(ends), "max_size": len(ends)}
    longest = draw(st.sampled_from([3, 40, 3000]))
    lengths = draw(st.lists(st.integers(1, longest), **each))
    directions = draw(st.lists(st.sampled_from([BOTH, BOTH, FORWARD, BACKWARD]), **each))
    network = _make_network(ends, lengths, directions)
    # legs of 6 are longer than the longest that is allowed
    point = st.integers(0, len(ends) - 1).flatmap(
        lambda edge: st.tuples(
            st.just(edge), st.sampled_from([0, lengths[edge]]) | st.integers(0, lengths[edge]), st.integers(0, 6)
        )
    )
    at_nodes = {"min_size": network.node_count, "max_size": network.node_count}
    closed = draw(st.none() | st.lists(st.sampled_from([False, False, False, True]), **each))
    blocked = draw(st.none() | st.lists(st.sampled_from([False, False, False, True]), **at_nodes))
    wait = draw(st.none() | st.lists(st.sampled_from([0, 0, 1, 7, 25]), **at_nodes))
    walk = Walk(
        draw(st.sampled_from([longest, 3 * longest, UNLIMITED_DM])),
        0.55,
        None if closed is None else np.array(closed),
        None if blocked is None else np.array(blocked),
        None if wait is None else np.array(wait, dtype=np.int32),
    )
    facilities = draw(st.lists(point, max_size=most_facilities))
    homes = draw(st.lists(point, min_size=1, max_size=6))
    return WalkCase(network, _on_edges(network, facilities), _on_edges(network, homes), walk)


@pytest.fixture(scope="session")
def walk_cases() -> Callable[..., st.SearchStrategy[WalkCase]]:
    """Strategy of random walks: closed edges, shut gates, waiting, one-way streets, legs too long, ties."""
    return _draw_walk_case


def _expanded_graph(network: WalkNetwork, walk: Walk, stops: dict[int, list[tuple[int, object]]]) -> nx.MultiDiGraph:
    """Every node comes apart into the ends of its edges, a way in and a way out; waiting lies between the two."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(stop for on_edge in stops.values() for _, stop in on_edge)
    for node in range(network.node_count):
        half = 0 if walk.half_wait_dm is None else int(walk.half_wait_dm[node])
        graph.add_node(("at", node))
        if walk.blocked is None or not walk.blocked[node]:
            graph.add_edge(("in", node), ("out", node), weight=2 * half)
            graph.add_edge(("at", node), ("out", node), weight=half)
    forward, backward = _open(network, walk)
    for edge in range(network.edge_count):
        u, v, length = int(network.edge_u[edge]), int(network.edge_v[edge]), int(network.edge_length_dm[edge])
        begin, end = ("end", edge, "u"), ("end", edge, "v")
        for node, door in ((u, begin), (v, end)):
            graph.add_edge(door, ("in", node), weight=0)
            graph.add_edge(("out", node), door, weight=0)
        along = [(0, begin), *sorted(stops.get(edge, []), key=lambda stop: stop[0]), (length, end)]
        for (a, x), (b, y) in pairwise(along):
            if forward[edge] or a == b:
                graph.add_edge(x, y, weight=b - a)
            if backward[edge] or a == b:
                graph.add_edge(y, x, weight=b - a)
    return graph


@pytest.fixture(scope="session")
def by_expanded_graph() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Distances by networkx with shut gates and waiting: homes by facilities, and nodes by facilities; inf beyond."""

    def answer(network: WalkNetwork, facilities: Snaps, homes: Snaps, walk: Walk) -> tuple[np.ndarray, np.ndarray]:
        stops: dict[int, list[tuple[int, object]]] = {}
        for kind, snaps in (("facility", facilities), ("home", homes)):
            for k in np.flatnonzero(_usable(snaps, walk)).tolist():
                stops.setdefault(int(snaps.edge[k]), []).append((int(snaps.offset_dm[k]), (kind, k)))
        graph = _expanded_graph(network, walk, stops).reverse()
        from_homes = np.full((len(homes), len(facilities)), np.inf)
        from_nodes = np.full((network.node_count, len(facilities)), np.inf)
        for f in np.flatnonzero(_usable(facilities, walk)).tolist():
            reached = nx.single_source_dijkstra_path_length(graph, ("facility", f))
            access = int(facilities.access_dm[f])
            for h in range(len(homes)):
                from_homes[h, f] = reached.get(("home", h), np.inf) + int(homes.access_dm[h]) + access
            for node in range(network.node_count):
                from_nodes[node, f] = reached.get(("at", node), np.inf) + access
        from_homes[from_homes > walk.limit_dm] = np.inf
        from_nodes[from_nodes > walk.limit_dm] = np.inf
        return from_homes, from_nodes

    return answer


@pytest.fixture(scope="session")
def write_streets() -> Callable[..., Path]:
    """Write lines of lon-lat positions as a street GeoJSON; each line is positions, or (positions, properties)."""

    def write(path: Path, lines: Sequence[object]) -> Path:
        parts = [line if isinstance(line, tuple) else (line, {}) for line in lines]
        features = [
            {"type": "Feature", "properties": known, "geometry": {"type": "LineString", "coordinates": positions}}
            for positions, known in parts
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def grid_lines() -> list[list[list[float]]]:
    """Three streets west to east and three south to north through the nine crossings of a square grid."""
    ticks = [round(STEP_DEG * k, 7) for k in range(3)]
    across = [[[LON0 + x, LAT0 + y] for x in ticks] for y in ticks]
    return across + [[[LON0 + x, LAT0 + y] for y in ticks] for x in ticks]


@pytest.fixture(scope="session")
def bundled(root: Path) -> dict[str, WalkNetwork]:
    """The networks of the bundled subdistricts."""
    base = root / "data" / "base"
    names = ("caojiadu", "hudong")
    return {name: build_network(read_streets([base / f"streets_{name}.geojson"])) for name in names}


@pytest.fixture(scope="session")
def catalog(root: Path) -> Catalog:
    """The catalogue of the data folder."""
    return read_catalog(root / "data")


@pytest.fixture(scope="module")
def place(root: Path, catalog: Catalog, bundled: dict[str, WalkNetwork]) -> Place:
    """曹家渡 on the bundled streets; a place of its own for each file, since it keeps what it was asked."""
    return read_place(root / "data", catalog, "caojiadu", bundled["caojiadu"])
