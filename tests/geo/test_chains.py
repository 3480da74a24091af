"""Chains of edges give the answers that their edges give, on graphs made of crossings, bends, rings and dead ends."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import chains
from geo.access import Walk, nearest_facility, node_distances, search_graph, split_keys
from geo.chains import build_chains, searched_graph
from geo.network import WalkNetwork
from geo.network_build import build_network
from geo.reach import od_matrix
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


@pytest.fixture
def always_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_WORTH_IT", 1e9)


@pytest.mark.parametrize("one_way", [False, True])
@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), limit_dm=st.sampled_from([2_000, 9_000, 10**8]))
def test_chains_answer_as_their_edges_do(one_way: bool, seed: int, limit_dm: int) -> None:
    network = bent_network(seed, one_way=one_way)
    facilities, homes = places_on(network, 4, seed + 1), places_on(network, 12, seed + 2)
    walk = Walk(limit_dm=limit_dm)
    answers = []
    for worth in (0.0, 1e9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chains, "_WORTH_IT", worth)
            network.__dict__.pop("_chains", None)
            assert (searched_graph(network, walk) is None) == (worth == 0.0)
            rows = od_matrix(network, facilities, homes, walk, threads=1)
            answers.append(
                (
                    nearest_facility(network, facilities, homes, walk),
                    node_distances(network, facilities, walk),
                    [tuple(map(list, rows.row(number))) for number in range(4)],
                )
            )
    (nearest, nodes, rows), (chain_nearest, chain_nodes, chain_rows) = answers
    assert nearest.distance_dm.tolist() == chain_nearest.distance_dm.tolist()
    assert nearest.facility.tolist() == chain_nearest.facility.tolist()
    assert nearest.reason.tolist() == chain_nearest.reason.tolist()
    assert nodes.distance_dm.tolist() == chain_nodes.distance_dm.tolist()
    assert nodes.facility.tolist() == chain_nodes.facility.tolist()
    assert rows == chain_rows


@pytest.mark.parametrize("one_way", [False, True])
def test_every_edge_and_every_passed_node_lies_on_one_chain(one_way: bool) -> None:
    for seed in range(40):
        network = bent_network(seed, one_way=one_way)
        graph = build_chains(network)
        assert (graph.on_chain[0] >= 0).all()
        assert int(graph.edge_length_dm.sum()) == int(network.edge_length_dm.sum())
        assert graph.node_count + int((graph.passed[0] >= 0).sum()) == network.node_count
        inside = graph.passed[0] >= 0
        assert (graph.passed[1][inside] > 0).all()
        assert (graph.passed[1][inside] < graph.edge_length_dm[graph.passed[0][inside]]).all()


def test_ring_without_a_crossing_is_one_chain_from_a_node_to_itself() -> None:
    corners = [(121.40, 31.20), (121.41, 31.20), (121.41, 31.21), (121.40, 31.21)]
    way = Way(1, "环路", "road", True, True, 2, float("nan"))
    lon, lat = (np.array(values) for values in zip(*corners, strict=True))
    u = np.array([0, 1, 2, 3], dtype=np.int32)
    streets = Streets(np.arange(4), lon, lat, u, np.roll(u, -1), np.zeros(4, dtype=np.int32), (way,), (), ())
    network = build_network(streets, min_component=2)
    graph = build_chains(network)
    assert (graph.node_count, graph.edge_count) == (1, 1)
    assert graph.edge_u.tolist() == graph.edge_v.tolist() == [0]
    assert graph.edge_length_dm.tolist() == [int(network.edge_length_dm.sum())]


@pytest.mark.usefixtures("always_chains")
def test_conditions_are_searched_on_the_edges_themselves() -> None:
    network = bent_network(3, one_way=False)
    closed = np.zeros(network.edge_count, dtype=bool)
    assert searched_graph(network, Walk()) is not None
    assert searched_graph(network, Walk(closed=closed)) is None
    facilities = places_on(network, 3, 5)
    plain = node_distances(network, facilities, Walk())
    with_mask = split_keys(search_graph(network, facilities, Walk(closed=closed)))
    assert plain.distance_dm.tolist() == with_mask[0].tolist()
    assert plain.facility.tolist() == with_mask[1].tolist()


@pytest.mark.usefixtures("always_chains")
def test_a_network_keeps_its_chains() -> None:
    network = bent_network(4, one_way=True)
    assert searched_graph(network, Walk()) is not None
    assert searched_graph(network, Walk()) is searched_graph(network, Walk())
    assert searched_graph(dataclasses.replace(network), Walk()) is not searched_graph(network, Walk())
