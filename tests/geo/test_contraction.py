"""A contraction gives the answers of the whole network, on graphs made of crossings, bends, rings and dead ends."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geo import contraction
from geo.access import Walk, nearest_facility, node_distances
from geo.contraction import contract, searched_part
from geo.network import WalkNetwork
from geo.network_build import build_network
from geo.reach import od_matrix, reached_nodes
from geo.snapping import Snaps
from geo.streets import Streets, Way


def bent_network(seed: int, *, one_way: bool) -> WalkNetwork:
    """Crossings joined by streets of one to six segments: rings, dead ends, loops and, if asked, one-way streets."""
    rng = np.random.default_rng(seed)
    crossings = int(rng.integers(1, 6))
    lon, lat = list(121.4 + rng.random(crossings) * 0.01), list(31.2 + rng.random(crossings) * 0.01)
    segments: list[tuple[int, int, int]] = []
    ways: list[Way] = []
    for number in range(int(rng.integers(2, 9))):
        begin, end = (int(x) for x in rng.integers(0, crossings, 2))
        path = [begin]
        for _ in range(int(rng.integers(2 if begin == end else 0, 6))):
            lon.append(121.4 + rng.random() * 0.01)
            lat.append(31.2 + rng.random() * 0.01)
            path.append(len(lon) - 1)
        if rng.random() < 0.8:
            path.append(end)
        forward_only = one_way and rng.random() < 0.3
        ways.append(Way(number, f"s{number}", "road", True, not forward_only, 2, float("nan")))
        segments += [(u, v, number) for u, v in pairwise(path) if u != v]
    for _ in range(int(rng.integers(0, 6))):  # dead ends with branches, on crossings and on bends
        ways.append(Way(len(ways), "弄", "service", True, not (one_way and rng.random() < 0.2), 2, float("nan")))
        at = int(rng.integers(0, len(lon)))
        for _ in range(int(rng.integers(1, 4))):
            lon.append(121.4 + rng.random() * 0.01)
            lat.append(31.2 + rng.random() * 0.01)
            segments.append((at, len(lon) - 1, len(ways) - 1))
            at = len(lon) - 1
    table = np.array(segments, dtype=np.int32).reshape(-1, 3)
    columns = (table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())
    places = (np.round(np.array(lon), 7), np.round(np.array(lat), 7))
    return build_network(Streets(np.arange(len(lon)), *places, *columns, tuple(ways), (), ()), min_component=2)


def places_on(network: WalkNetwork, count: int, seed: int) -> Snaps:
    """Places on edges, some of them on nodes and some off their street."""
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, network.edge_count, count).astype(np.int32)
    length = network.edge_length_dm[edge]
    share = rng.choice([0.0, 1.0, 0.5, 0.3], count)
    offset = np.rint(share * length).astype(np.int32)
    access = rng.integers(0, 300, count).astype(np.int32)
    return Snaps(edge, offset, access, share, access / 10.0)


@pytest.mark.parametrize("one_way", [False, True])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), limit_dm=st.sampled_from([2_000, 9_000, 10**8]))
def test_a_contraction_answers_as_the_whole_network_does(one_way: bool, seed: int, limit_dm: int) -> None:
    network = bent_network(seed, one_way=one_way)
    facilities, homes = places_on(network, 4, seed + 1), places_on(network, 12, seed + 2)
    walk = Walk(limit_dm=limit_dm)
    answers = []
    for worth in (-1.0, 1.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(contraction, "_WORTH_IT", worth)
            network.__dict__.pop("_contraction", None)
            assert (searched_part(network, walk).node_count == network.node_count) or worth > 0
            nearest, nodes = (
                nearest_facility(network, facilities, homes, walk),
                node_distances(network, facilities, walk),
            )
            found = (od_matrix(network, facilities, homes, walk, 1), reached_nodes(network, facilities, walk, 1))
            answers.append(
                {
                    "home": nearest.distance_dm.tolist(),
                    "facility": nearest.facility.tolist(),
                    "reason": nearest.reason.tolist(),
                    "node": nodes.distance_dm.tolist(),
                    "facility of node": nodes.facility.tolist(),
                    "rows": [[part.tolist() for part in rows.row(number)] for rows in found for number in range(4)],
                }
            )
    assert answers[0] == answers[1]


@pytest.mark.parametrize("one_way", [False, True])
def test_distances_between_kept_nodes_are_those_of_the_network(one_way: bool) -> None:
    for seed in range(30):
        network = bent_network(seed, one_way=one_way)
        part = contract(network)
        rows = np.repeat(np.arange(part.node_count), np.diff(part.start.astype(np.int64)))
        own = _least(rows, part.step[0::2], part.step[1::2], part.node_count)
        toward = network.toward
        rows = np.repeat(np.arange(network.node_count), np.diff(toward.start))
        whole = _least(rows, toward.neighbour, toward.length_dm, network.node_count)
        assert np.array_equal(own, whole[np.ix_(part.node, part.node)])
        for group in range(part.ends.shape[1]):
            a, b = part.node[part.ends[:, group]]
            inner = part.inner[:, part.first[group] : part.first[group + 1]].astype(np.int64)
            for node, to_a, to_b in inner.T:
                assert part.groups_of(-1 - part.position[[node]]).tolist() == [group]
                assert whole[a, node] == min(to_a, to_b + whole[a, b])
                assert whole[b, node] == min(to_b, to_a + whole[b, a])


def _least(origin: np.ndarray, goal: np.ndarray, length: np.ndarray, count: int) -> np.ndarray:
    """Return the distances between all nodes by scipy; of parallel steps the shortest counts."""
    matrix = np.full((count, count), np.inf)
    np.minimum.at(matrix, (origin, goal), length.astype(float))
    row, column = np.nonzero(np.isfinite(matrix))
    return np.asarray(dijkstra(coo_array((matrix[row, column], (row, column)), shape=(count, count)).tocsr()))


def test_every_node_is_kept_or_stands_in_one_group() -> None:
    for seed in range(40):
        network = bent_network(seed, one_way=seed % 2 == 0)
        part = contract(network)
        assert sorted([*part.node.tolist(), *part.inner[0].tolist()]) == list(range(network.node_count))
        assert (part.position[part.node] == np.arange(part.node_count)).all()
        assert (part.position[part.inner[0]] == -1 - np.arange(part.inner.shape[1])).all()
        assert (np.diff(part.first.astype(np.int64)) > 0).all()


def test_a_ring_and_a_lane_keep_one_node() -> None:
    way = Way(1, "环路", "road", True, True, 2, float("nan"))
    lon, lat = np.array([121.40, 121.41, 121.41, 121.40]), np.array([31.20, 31.20, 31.21, 31.21])
    u = np.array([0, 1, 2, 3], dtype=np.int32)
    ring = Streets(np.arange(4), lon, lat, u, np.roll(u, -1), np.zeros(4, dtype=np.int32), (way,), (), ())
    lane = Streets(np.arange(4), lon, lat, u[:3], u[1:], np.zeros(3, dtype=np.int32), (way,), (), ())
    for streets, kept in ((ring, 1), (lane, 1)):
        network = build_network(streets, min_component=2)
        part = contract(network)
        assert (part.node_count, part.inner.shape[1]) == (kept, 3)
        assert part.ends.tolist() == [[0], [0]]
    # round the ring the two ways out are the ring's length together; on a lane both are the same way
    part = contract(build_network(ring, min_component=2))
    assert len(set((part.inner[1] + part.inner[2]).tolist())) == 1
    part = contract(build_network(lane, min_component=2))
    assert part.inner[1].tolist() == part.inner[2].tolist()


def test_conditions_are_searched_on_the_whole_network() -> None:
    network = bent_network(3, one_way=False)
    facilities, homes = places_on(network, 3, 5), places_on(network, 9, 6)
    closed = Walk(closed=np.zeros(network.edge_count, dtype=bool))
    assert searched_part(network, Walk()).node_count < network.node_count
    assert searched_part(network, closed).node_count == network.node_count
    assert np.array_equal(
        nearest_facility(network, facilities, homes, closed).distance_dm,
        nearest_facility(network, facilities, homes, Walk()).distance_dm,
    )


def test_a_network_keeps_its_contraction() -> None:
    network = bent_network(4, one_way=True)
    assert searched_part(network, Walk()) is searched_part(network, Walk())
    assert searched_part(dataclasses.replace(network), Walk()) is not searched_part(network, Walk())
