"""Service areas: golden cuts, and every part of every random network held against the distance on it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import Walk, nearest_facility
from geo.access import node_distances as distances_of_nodes
from geo.datum import geodesic_lengths_m
from geo.service_area import cut_runs, distance_runs, part_lines, part_lines_xy, reach_band, to_degrees, to_metres
from geo.service_area import unreached_parts as parts_unreached

FORWARD = (True, False)
DIRECTIONS = [(True, True), (True, True), (True, False), (False, True)]


def _runs(network, facilities, walk=None):
    return distance_runs(network, distances_of_nodes(network, facilities, walk), facilities, walk)


def _parts(parts):
    """Return parts as (edge, from, to), joined where they touch."""
    found = []
    for edge, low, high in sorted(zip(parts.edge.tolist(), parts.from_dm.tolist(), parts.to_dm.tolist(), strict=True)):
        touches = bool(found) and found[-1][0] == edge and found[-1][2] == low
        found.append((edge, found.pop()[1] if touches else low, high))
    return found


@pytest.fixture(scope="module")
def street(make_network):
    """Return 0 - 1 - 2 with edges of 1000 and 600."""
    return make_network([(0, 1), (1, 2)], [1000, 600])


def test_facility_in_the_middle_of_an_edge(street, on_edges):
    # at 400 on e0 with an access leg of 50: within 300 are 250 either way; within 1000: 950 either way, so all of e0
    # and 950 - 600 = 350 of e1
    runs = _runs(street, on_edges(street, [(0, 400, 50)]))
    assert _parts(cut_runs(runs, -1, 300)) == [(0, 150, 650)]
    assert _parts(cut_runs(runs, -1, 1000)) == [(0, 0, 1000), (1, 0, 350)]
    # the band over 300 and up to 1000
    assert _parts(cut_runs(runs, 300, 1000)) == [(0, 0, 150), (0, 650, 1000), (1, 0, 350)]
    # within 50 only the very place, which has no length; nearer than the access leg nothing at all
    assert _parts(cut_runs(runs, -1, 50)) == []
    assert _parts(cut_runs(runs, -1, 49)) == []
    assert _parts(parts_unreached(runs)) == []


def test_budget_that_ends_on_a_node(street, on_edges):
    # 600 from the facility at 400 to node 1
    runs = _runs(street, on_edges(street, [(0, 400, 0)]))
    assert _parts(cut_runs(runs, -1, 600)) == [(0, 0, 1000)]
    assert _parts(cut_runs(runs, 600, 700)) == [(1, 0, 100)]


def test_edge_reached_from_both_ends(make_network, on_edges):
    # facilities at both ends of 1000 with legs of 0 and 100: within 400 are 400 from one and 300 from the other end
    network = make_network([(0, 1)], [1000])
    runs = _runs(network, on_edges(network, [(0, 0, 0), (0, 1000, 100)]))
    assert _parts(cut_runs(runs, -1, 400)) == [(0, 0, 400), (0, 700, 1000)]
    # they meet where x = 100 + 1000 - x, at 550
    assert _parts(cut_runs(runs, -1, 549)) == [(0, 0, 549), (0, 551, 1000)]
    assert _parts(cut_runs(runs, -1, 550)) == [(0, 0, 1000)]


def test_one_way_is_walked_toward_the_facility(make_network, on_edges):
    # 0 -> 1 -> 2, facility at node 1: people come along e0, nobody on e1 gets back
    network = make_network([(0, 1), (1, 2)], [1000, 600], [FORWARD, FORWARD])
    runs = _runs(network, on_edges(network, [(0, 1000, 0)]))
    assert _parts(cut_runs(runs, -1, 300)) == [(0, 700, 1000)]
    assert _parts(parts_unreached(runs)) == [(1, 0, 600)]
    # in the middle of e0: only those before it
    runs = _runs(network, on_edges(network, [(0, 400, 0)]))
    assert _parts(cut_runs(runs, -1, 5000)) == [(0, 0, 400)]
    assert _parts(parts_unreached(runs)) == [(0, 400, 1000), (1, 0, 600)]


def test_closed_edge(street, on_edges):
    walk = Walk(closed=np.array([False, True]))
    runs = _runs(street, on_edges(street, [(0, 400, 0), (1, 300, 0)]), walk)
    assert _parts(cut_runs(runs, -1, 1e9)) == [(0, 0, 1000)]
    assert _parts(parts_unreached(runs)) == [(1, 0, 600)]


def test_no_facility(street, on_edges):
    runs = _runs(street, on_edges(street, []))
    assert _parts(cut_runs(runs, -1, 1e9)) == []
    assert _parts(parts_unreached(runs)) == [(0, 0, 1000), (1, 0, 600)]


@st.composite
def cases(draw):
    nodes = draw(st.integers(1, 7))
    node = st.integers(0, nodes - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=10))
    each = {"min_size": len(ends), "max_size": len(ends)}
    lengths = draw(st.lists(st.integers(1, 300), **each))
    point = st.integers(0, len(ends) - 1).flatmap(
        lambda edge: st.tuples(st.just(edge), st.integers(0, lengths[edge]), st.integers(0, 20))
    )
    directions = draw(st.lists(st.sampled_from(DIRECTIONS), **each))
    closed = draw(st.lists(st.sampled_from([False, False, False, True]), **each))
    return ends, lengths, directions, closed, draw(st.lists(point, min_size=1, max_size=4))


def _bands(runs, cuts):
    return [cut_runs(runs, over, upto) for over, upto in pairwise([-1.0, *cuts, float("inf")])]


def _check_parts(network, facilities, walk, cuts, on_edges):
    runs = _runs(network, facilities, walk)
    bands = [*_bands(runs, cuts), parts_unreached(runs)]
    limits = [*pairwise([-1.0, *cuts, float("inf")]), None]
    covered = np.zeros(network.edge_count)
    for parts, limit in zip(bands, limits, strict=True):
        np.add.at(covered, parts.edge, parts.to_dm - parts.from_dm)
        assert (parts.to_dm > parts.from_dm).all()
        assert (parts.from_dm >= 0).all()
        assert (parts.to_dm <= network.edge_length_dm[parts.edge]).all()
        # whole decimetres strictly inside a part: ends are shared with the next part
        inside = [
            (int(edge), offset, 0)
            for edge, low, high in zip(parts.edge, parts.from_dm, parts.to_dm, strict=True)
            for offset in np.unique(np.linspace(np.floor(low) + 1, np.ceil(high) - 1, 4).astype(int)).tolist()
            if low < offset < high
        ]
        own = nearest_facility(network, facilities, on_edges(network, inside), walk).distance_dm
        if limit is None:
            assert (own == -1).all()
        else:
            assert ((own > limit[0]) & (own <= limit[1])).all()
    assert covered.tolist() == pytest.approx(network.edge_length_dm.tolist(), abs=1e-6)


@given(cases(), st.lists(st.integers(0, 600), min_size=1, max_size=4, unique=True))
@settings(max_examples=150)
def test_every_part_agrees_with_the_distance_on_it(make_network, on_edges, case, cuts):
    ends, lengths, directions, closed, points = case
    network = make_network(ends, lengths, directions)
    walk = Walk(closed=np.array(closed))
    _check_parts(network, on_edges(network, points), walk, sorted(cuts), on_edges)


@pytest.mark.parametrize("name", ["caojiadu", "hudong"])
def test_every_part_agrees_on_bundled_networks(bundled, on_edges, name):
    network = bundled[name]
    random = np.random.default_rng(2)
    points = [
        (int(edge), int(random.integers(0, network.edge_length_dm[edge] + 1)), int(random.integers(0, 300)))
        for edge in random.integers(0, network.edge_count, 5)
    ]
    _check_parts(network, on_edges(network, points), Walk(), [1500, 3000, 5000, 9000], on_edges)


@given(cases(), st.integers(0, 500), st.integers(0, 500))
def test_budgets_nest(make_network, on_edges, case, budget, more):
    ends, lengths, directions, _, points = case
    network = make_network(ends, lengths, directions)
    runs = _runs(network, on_edges(network, points))
    wide = _parts(cut_runs(runs, -1, budget + more))
    for edge, low, high in _parts(cut_runs(runs, -1, budget)):
        assert any(e == edge and a <= low and high <= b for e, a, b in wide)


def test_lines_lie_on_their_edges_and_are_as_long(bundled, on_edges):
    network = bundled["caojiadu"]
    parts = cut_runs(_runs(network, on_edges(network, [(20, 100, 0)])), -1, 5000)
    lines = part_lines(network, parts)
    ends = np.array([line.coords for line in lines])
    geodesic_m = geodesic_lengths_m(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    assert np.abs(geodesic_m - parts.length_m).max() < 0.06
    plane_m = np.array([line.length for line in part_lines_xy(network, parts)])
    assert np.abs(plane_m - geodesic_m).max() < 0.01


def test_band_is_25_m_round_the_reached_streets(make_network, on_edges):
    # one street of 200 m along the parallel: 50 m x 200 m and the two round ends, which are octagons of radius 25
    place = [(121.43, 31.23), (121.43 + 200 / 95_274.14, 31.23)]
    network = make_network([(0, 1)], [2000], lonlat=place)
    runs = _runs(network, on_edges(network, [(0, 0, 0)]))
    octagon_m2 = 8 * 0.5 * 25**2 * np.sin(np.pi / 4)
    band = reach_band(network, cut_runs(runs, -1, 2000))
    assert band.area == pytest.approx(50 * 200 + octagon_m2, rel=1e-4)
    half = reach_band(network, cut_runs(runs, -1, 1000))
    assert half.area == pytest.approx(50 * 100 + octagon_m2, rel=1e-4)
    assert half.difference(band).area < 1e-6
    there = to_metres(network, to_degrees(network, band))
    assert there.symmetric_difference(band).area < 0.01
    assert reach_band(network, cut_runs(runs, 9000, 9001)).is_empty
