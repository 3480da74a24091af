"""Walking distance on random multigraphs, equal to two other libraries, and what must hold whatever the streets."""

from __future__ import annotations

from dataclasses import dataclass
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo import access, kernels
from geo.access import UNLIMITED_DM, Walk, nearest_facility
from geo.access import node_distances as distances_of_nodes
from geo.coverage import cover
from geo.datum import geodesic_lengths_m

BOTH, ONE_WAY = [(True, True)], [(True, True), (True, False), (False, True), (True, True)]
BUCKET_SHIFTS = (0, 2, 4, 8)


@dataclass
class Case:
    ends: list
    lengths: list
    directions: list
    closed: list
    facilities: list
    homes: list
    limit_dm: int

    def walk(self):
        return Walk(limit_dm=self.limit_dm, closed=np.array(self.closed))


@st.composite
def cases(draw, directions=ONE_WAY, closures=(False, False, False, True)):
    nodes = draw(st.integers(1, 9))
    node = st.integers(0, nodes - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=16))
    longest = draw(st.sampled_from([3, 40, 3000]))
    lengths = draw(st.lists(st.integers(1, longest), min_size=len(ends), max_size=len(ends)))
    point = st.integers(0, len(ends) - 1).flatmap(
        lambda edge: st.tuples(
            st.just(edge), st.sampled_from([0, lengths[edge]]) | st.integers(0, lengths[edge]), st.integers(0, 5)
        )
    )
    each = {"min_size": len(ends), "max_size": len(ends)}
    return Case(
        ends,
        lengths,
        draw(st.lists(st.sampled_from(directions), **each)),
        draw(st.lists(st.sampled_from(closures), **each)),
        draw(st.lists(point, max_size=5)),
        draw(st.lists(point, min_size=1, max_size=6)),
        draw(st.sampled_from([longest, 3 * longest, UNLIMITED_DM])),
    )


@pytest.fixture(scope="module")
def place(make_network, on_edges):
    def build(case):
        network = make_network(case.ends, case.lengths, case.directions)
        return network, on_edges(network, case.facilities), on_edges(network, case.homes)

    return build


@pytest.fixture(scope="module")
def check_against_peers(place, by_scipy, by_networkx):
    def check(case, shift, in_groups):
        network, facilities, homes = place(case)
        group = (2, 0.0) if in_groups else (16_000, 20.0)
        names = dict(zip(("_NODES_A_GROUP", "_GROUP_OVER_REACH"), group, strict=True))
        with mock.patch.object(kernels, "BUCKET_SHIFT", shift), mock.patch.multiple(access, **names):
            nearest = nearest_facility(network, facilities, homes, case.walk())
        own = nearest.distance_dm.tolist(), nearest.facility.tolist()
        assert own == by_scipy(network, facilities, homes, case.walk())
        assert own == by_networkx(network, facilities, homes, case.walk())

    return check


@given(cases(), st.sampled_from(BUCKET_SHIFTS), st.booleans())
@settings(max_examples=150)
def test_equal_to_scipy_and_networkx(check_against_peers, case, shift, in_groups):
    check_against_peers(case, shift, in_groups)


@given(cases(BOTH, (False,)), st.sampled_from(BUCKET_SHIFTS), st.booleans())
@settings(max_examples=60)
def test_equal_to_scipy_and_networkx_without_one_ways(check_against_peers, case, shift, in_groups):
    check_against_peers(case, shift, in_groups)


@pytest.mark.slow
@given(cases(), st.sampled_from(BUCKET_SHIFTS), st.booleans())
@settings(max_examples=8000)
def test_equal_to_scipy_and_networkx_at_length(check_against_peers, case, shift, in_groups):
    check_against_peers(case, shift, in_groups)


@given(cases(), st.integers(0, 4000), st.integers(0, 4000))
def test_longer_limit_uncovers_nobody(place, case, limit_dm, more_dm):
    network, facilities, homes = place(case)
    short = cover(network, facilities, homes, limit_dm).covered
    long = cover(network, facilities, homes, limit_dm + more_dm).covered
    assert not (short & ~long).any()


@given(cases(), st.integers(0, 4000), st.data())
def test_one_more_facility_uncovers_nobody_and_lengthens_nothing(place, on_edges, case, limit_dm, data):
    network, facilities, homes = place(case)
    edge = data.draw(st.integers(0, len(case.ends) - 1))
    extra = (edge, data.draw(st.integers(0, case.lengths[edge])), data.draw(st.integers(0, 5)))
    before = cover(network, facilities, homes, limit_dm)
    after = cover(network, on_edges(network, [*case.facilities, extra]), homes, limit_dm)
    assert not (before.covered & ~after.covered).any()
    reached = before.nearest.distance_dm >= 0
    assert (after.nearest.distance_dm[reached] >= 0).all()
    assert (after.nearest.distance_dm[reached] <= before.nearest.distance_dm[reached]).all()


@given(cases(), st.integers(0, 4000), st.data())
def test_opened_edge_uncovers_nobody(place, case, limit_dm, data):
    network, facilities, homes = place(case)
    closed = np.array(case.closed)
    opened = closed.copy()
    opened[data.draw(st.integers(0, len(closed) - 1))] = False
    before = cover(network, facilities, homes, limit_dm, Walk(closed=closed)).covered
    after = cover(network, facilities, homes, limit_dm, Walk(closed=opened)).covered
    assert not (before & ~after).any()


@given(cases(BOTH, (False,)))
def test_symmetric_without_one_ways(place, on_edges, case):
    network, facilities, homes = place(case)
    for number, facility in enumerate(case.facilities):
        there = nearest_facility(network, facilities.take(np.array([number])), homes).distance_dm
        back = [
            int(nearest_facility(network, homes.take(np.array([k])), on_edges(network, [facility])).distance_dm[0])
            for k in range(len(homes))
        ]
        assert there.tolist() == back


@given(cases(), st.randoms(use_true_random=False))
def test_order_of_demand_changes_nothing(place, case, random):
    network, facilities, homes = place(case)
    order = np.array(random.sample(range(len(homes)), len(homes)))
    straight = nearest_facility(network, facilities, homes, case.walk())
    mixed = nearest_facility(network, facilities, homes.take(order), case.walk())
    assert mixed.distance_dm.tolist() == straight.distance_dm[order].tolist()
    assert mixed.facility.tolist() == straight.facility[order].tolist()
    assert mixed.reason.tolist() == straight.reason[order].tolist()


@given(cases(), st.integers(0, 4000))
def test_statuses_add_up(place, case, limit_dm):
    network, facilities, homes = place(case)
    status = cover(network, facilities, homes, limit_dm).status.tolist()
    assert sum(status.count(name) for name in ("covered", "uncovered", "unreachable")) == len(case.homes)


@pytest.mark.parametrize("name", ["caojiadu", "hudong"])
def test_no_walk_is_shorter_than_the_straight_line(bundled, on_edges, name):
    network = bundled[name]
    adjacency = network.onward
    graph = csr_array((adjacency.length_dm.astype(float), adjacency.neighbour, adjacency.start))
    for edge in range(0, network.edge_count, 25):
        start = int(network.edge_u[edge])
        own = distances_of_nodes(network, on_edges(network, [(edge, 0, 0)])).distance_dm
        theirs, before = dijkstra(graph, indices=start, return_predecessors=True)
        assert own.tolist() == [int(d) if np.isfinite(d) else -1 for d in theirs]
        for node in np.flatnonzero(np.isfinite(theirs)).tolist():
            edges, back = 0, node
            while back != start:
                edges, back = edges + 1, int(before[back])
            ends = network.lon[start], network.lat[start], network.lon[node], network.lat[node]
            assert own[node] >= geodesic_lengths_m(*ends)[0] * 10 - edges / 2 - 1e-6
