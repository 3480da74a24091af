"""Sparse rows: what lies within a limit of each facility apart, equal to the nearest facility of each one alone."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo import reach
from geo.access import Walk, nearest_facility
from geo.network_build import build_network, read_streets
from geo.reach import facilities_within, od_matrix
from geo.reach import reached_nodes as nodes_reached
from geo.snapping import Snaps, snap

FORWARD, BOTH = (True, False), (True, True)


def _rows(rows, count):
    """Return every row as {item: distance}; nothing stands twice in a row and rows are as long as they say."""
    assert len(rows.first) == count + 1
    assert (rows.first[0], rows.first[-1]) == (0, len(rows.item))
    assert len(rows.distance_dm) == len(rows.item)
    found = []
    for number in range(count):
        item, distance_dm = rows.row(number)
        assert (np.diff(item.astype(int)) > 0).all()
        found.append(dict(zip(item.tolist(), distance_dm.tolist(), strict=True)))
    return found


def _expected(total):
    """Return the finite distances of each facility (column)."""
    return [{int(k): int(total[k, f]) for k in np.flatnonzero(np.isfinite(total[:, f]))} for f in range(total.shape[1])]


def test_golden_rows(make_network, on_edges):
    # 0 - 1 - 2 of 1000 and 600; facilities at 400 on e0 with a leg of 50, and exactly on node 1
    street = make_network([(0, 1), (1, 2)], [1000, 600])
    facilities = on_edges(street, [(0, 400, 50), (0, 1000, 0)])
    # homes on both facilities' own edge, at node 1 by the other edge, 100 into e1 with a leg of 7, and at its end
    homes = on_edges(street, [(0, 300, 0), (0, 400, 3), (1, 0, 0), (1, 100, 7), (1, 600, 0)])
    # first: 100 + 50; 3 + 50; 600 + 50; 7 + 100 + 600 + 50; 1250 is too far. second: 700, 603, 0, 107, 600
    rows = od_matrix(street, facilities, homes, Walk(limit_dm=757))
    assert _rows(rows, 2) == [{0: 150, 1: 53, 2: 650, 3: 757}, {0: 700, 1: 603, 2: 0, 3: 107, 4: 600}]
    assert _rows(od_matrix(street, facilities, homes, Walk(limit_dm=756)), 2)[0] == {0: 150, 1: 53, 2: 650}
    assert facilities_within(rows, 5).tolist() == [2, 2, 2, 2, 1]
    # nodes: 450, 650 and 1250 from the first; 1000, 0 and 600 from the second
    assert _rows(nodes_reached(street, facilities, Walk(limit_dm=1000)), 2) == [
        {0: 450, 1: 650},
        {0: 1000, 1: 0, 2: 600},
    ]


def test_home_on_the_facilitys_own_one_way_street(make_network, on_edges):
    # 0 -> 1 of 100 and back round by 500: home at 30, facility at 70: 40 along; the other way 30 + 500 + 30
    ring = make_network([(0, 1), (1, 0)], [100, 500], [FORWARD, BOTH])
    low, high = on_edges(ring, [(0, 30, 0)]), on_edges(ring, [(0, 70, 0)])
    assert _rows(od_matrix(ring, high, low, Walk()), 1) == [{0: 40}]
    assert _rows(od_matrix(ring, low, high, Walk()), 1) == [{0: 560}]


def test_off_the_network_is_in_no_row(make_network):
    street = make_network([(0, 1)], [1000])
    places = Snaps(
        np.array([0, 0, -1], dtype=np.int32),
        np.array([10, 10, 0], dtype=np.int32),
        np.array([5000, 5001, 0], dtype=np.int32),
        np.array([0.01, 0.01, np.nan]),
        np.array([500.0, 500.1, np.nan]),
    )
    assert _rows(od_matrix(street, places, places, Walk()), 3) == [{0: 10_000}, {}, {}]
    assert _rows(nodes_reached(street, places, Walk()), 3) == [{0: 5010, 1: 5990}, {}, {}]


def test_nobody_and_nothing(make_network, on_edges):
    street = make_network([(0, 1)], [1000])
    one, none = on_edges(street, [(0, 10, 0)]), on_edges(street, [])
    for threads in (1, 2):
        assert _rows(od_matrix(street, none, one, Walk(), threads), 0) == []
        assert _rows(od_matrix(street, one, none, Walk(), threads), 1) == [{}]
        assert _rows(nodes_reached(street, none, Walk(), threads), 0) == []


def _check_rows(case, by_expanded_graph, threads):
    network, facilities, homes, walk = case.network, case.facilities, case.homes, case.walk
    from_homes, from_nodes = by_expanded_graph(network, facilities, homes, walk)
    count = len(facilities)
    rows = _rows(od_matrix(network, facilities, homes, walk, threads), count)
    assert rows == _expected(from_homes)
    assert _rows(nodes_reached(network, facilities, walk, threads), count) == _expected(from_nodes)
    for number in range(count):
        alone = nearest_facility(network, facilities.take(np.array([number])), homes, walk).distance_dm
        assert rows[number] == {int(k): int(alone[k]) for k in np.flatnonzero(alone >= 0)}


@given(st.data(), st.sampled_from([1, 2, 3]), st.booleans())
@settings(max_examples=200)
def test_rows_equal_each_facility_alone_and_networkx(walk_cases, by_expanded_graph, data, threads, crowded):
    # a room of one place overflows at almost every row
    room = 1 if crowded else 4096
    with mock.patch.multiple(reach, _FIRST_ROW_LENGTH=1, _LEAST_ROOM=room):
        _check_rows(data.draw(walk_cases()), by_expanded_graph, threads)


@pytest.mark.slow
@given(st.data(), st.sampled_from([1, 2, 3]))
@settings(max_examples=5000)
def test_rows_equal_each_facility_alone_and_networkx_at_length(walk_cases, by_expanded_graph, data, threads):
    _check_rows(data.draw(walk_cases(8)), by_expanded_graph, threads)


@pytest.mark.parametrize("room", [1, 7, 60, 4096])
def test_rows_are_the_same_whatever_the_room_and_the_threads(bundled, room):
    network = bundled["caojiadu"]
    random = np.random.default_rng(5)
    spread = random.integers(0, network.node_count, (2, 60))
    facilities, homes = (snap(network, network.lon[nodes] + 2e-4, network.lat[nodes] - 1e-4) for nodes in spread)
    walk = Walk(limit_dm=6000)
    whole = _rows(od_matrix(network, facilities, homes, walk, 1), 60)
    nodes = _rows(nodes_reached(network, facilities, walk, 1), 60)
    assert sum(map(len, whole)) > 200
    with mock.patch.multiple(reach, _FIRST_ROW_LENGTH=1, _LEAST_ROOM=room):
        for threads in (1, 2, 5):
            assert _rows(od_matrix(network, facilities, homes, walk, threads), 60) == whole
            assert _rows(nodes_reached(network, facilities, walk, threads), 60) == nodes


def test_porto_alegre(extracts):
    path = extracts / "porto_alegre.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no such extract here: {path}")
    network = build_network(read_streets([path]))
    random = np.random.default_rng(6)
    count, limit_dm = 60, 8000
    facilities, homes = (
        snap(network, network.lon[nodes] + 2e-4, network.lat[nodes] - 1e-4)
        for nodes in (random.integers(0, network.node_count, count), random.integers(0, network.node_count, 4000))
    )
    walk = Walk(limit_dm=limit_dm)
    rows = _rows(od_matrix(network, facilities, homes, walk), count)
    nodes = _rows(nodes_reached(network, facilities, walk), count)
    assert sum(map(len, rows)) > 1000
    toward = network.toward
    graph = csr_array((toward.length_dm.astype(float), toward.neighbour, toward.start), shape=(network.node_count,) * 2)
    for number in range(count):
        alone = nearest_facility(network, facilities.take(np.array([number])), homes, walk).distance_dm
        assert rows[number] == {int(k): int(alone[k]) for k in np.flatnonzero(alone >= 0)}
        edge, offset = int(facilities.edge[number]), int(facilities.offset_dm[number])
        u, v, length = (int(part[edge]) for part in (network.edge_u, network.edge_v, network.edge_length_dm))
        ends = [(u, offset, network.edge_forward[edge]), (v, length - offset, network.edge_backward[edge])]
        theirs = np.min(
            [dijkstra(graph, indices=node, limit=limit_dm) + more for node, more, may in ends if may or more == 0],
            axis=0,
        ) + int(facilities.access_dm[number])
        assert nodes[number] == {int(k): int(theirs[k]) for k in np.flatnonzero(theirs <= limit_dm)}
