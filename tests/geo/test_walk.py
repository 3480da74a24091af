"""What stands in a walk's way: closed edges, shut gates, waiting at crossings; golden figures and a second library.

The street is 0 - 1 - 2 with edges e0 of 1000 and e1 of 600; node 1 is where things happen.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import NO_PATH, UNLIMITED_DM, Walk, nearest_facility
from geo.access import node_distances as distances_of_nodes
from geo.kernels import CLOSED_DM
from geo.walk import directions, longest_step_dm, toward_steps

FORWARD, BOTH = (True, False), (True, True)


@pytest.fixture(scope="module")
def street(make_network):
    return make_network([(0, 1), (1, 2)], [1000, 600])


@pytest.fixture(scope="module")
def ask(on_edges):
    def answer(network, facilities, homes, walk):
        return nearest_facility(
            network, on_edges(network, facilities), on_edges(network, homes), walk
        ).distance_dm.tolist()

    return answer


def _gate(*blocked):
    return Walk(blocked=np.array(blocked))


def _waiting(*half_dm):
    return Walk(half_wait_dm=np.array(half_dm, dtype=np.int32))


def test_people_walk_up_to_a_shut_gate_from_both_sides_but_not_through(street, ask, on_edges):
    shut = _gate(False, True, False)
    # the gate is at node 1; facilities 300 before it on e0 and 200 behind it on e1
    facilities = [(0, 700, 0), (1, 200, 0)]
    # homes 10 from the gate on either side, and at both ends: 290 and 190 along the edges, 700 and 400 from the ends
    homes = [(0, 990, 0), (1, 10, 0), (0, 0, 0), (1, 600, 0)]
    assert ask(street, facilities, homes, shut) == [290, 190, 700, 400]
    # each alone: nobody of the other side comes through, and the reason is that there is no path
    assert ask(street, facilities[:1], homes, shut) == [290, -1, 700, -1]
    assert ask(street, facilities[1:], homes, shut) == [-1, 190, -1, 400]
    nearest = nearest_facility(street, on_edges(street, facilities[:1]), on_edges(street, homes), shut)
    assert nearest.reason.tolist() == [None, NO_PATH, None, NO_PATH]
    # open again: 300 + 10 and 300 + 600
    assert ask(street, facilities[:1], homes, _gate(False, False, False)) == [290, 310, 700, 900]


def test_point_exactly_at_a_shut_gate_stands_on_the_side_of_its_edge(street, ask):
    shut = _gate(False, True, False)
    # at node 1 by e0's end: everybody of e0 walks up to it, nobody of e1
    assert ask(street, [(0, 1000, 5)], [(0, 0, 0), (0, 1000, 7), (1, 0, 0), (1, 600, 0)], shut) == [1005, 12, -1, -1]
    # by e1's beginning: the other way round
    assert ask(street, [(1, 0, 5)], [(0, 0, 0), (0, 1000, 7), (1, 0, 0), (1, 600, 0)], shut) == [-1, -1, 5, 605]


def test_nobody_is_at_a_shut_gate_as_a_node(street, on_edges):
    shut = _gate(False, True, False)
    for place, expected in (((0, 1000, 0), [1000, -1, -1]), ((1, 0, 0), [-1, -1, 600])):
        assert distances_of_nodes(street, on_edges(street, [place]), shut).distance_dm.tolist() == expected


def test_way_round_a_shut_gate(make_network, ask):
    # a ring 0 - 1 - 2 - 3 - 0 of 100, 200, 300, 400; from node 2 to node 0 through 1: 300; with 1 shut: 300 + 400
    ring = make_network([(0, 1), (1, 2), (2, 3), (3, 0)], [100, 200, 300, 400])
    assert ask(ring, [(3, 400, 0)], [(2, 0, 0)], Walk()) == [300]
    assert ask(ring, [(3, 400, 0)], [(2, 0, 0)], _gate(False, True, False, False)) == [700]


def test_waiting_costs_the_whole_on_passing_and_half_on_starting(street, ask, on_edges):
    wait = _waiting(0, 15, 0)
    # from 300 before node 1 to 200 behind it: 300 + 2 * 15 + 200
    assert ask(street, [(1, 200, 0)], [(0, 700, 0)], wait) == [530]
    # along one edge nobody waits, not even up to the crossing itself
    assert ask(street, [(0, 1000, 0)], [(0, 700, 0)], wait) == [300]
    # nodes: at the crossing half is over, 200 + 15; node 0 passes it, 200 + 30 + 1000; node 2 does not, 400
    assert distances_of_nodes(street, on_edges(street, [(1, 200, 0)]), wait).distance_dm.tolist() == [1230, 215, 400]


def test_waiting_at_the_ends_is_charged_to_nobody_who_does_not_pass(street, ask):
    # a home at e0's beginning walks along e0: neither node 0 nor node 2 is passed, 1000 + 2 * 3 + 600
    assert ask(street, [(1, 600, 0)], [(0, 0, 0)], _waiting(50, 3, 70)) == [1606]


def test_waiting_counts_against_the_limit(street, ask):
    # 530 as above
    for limit_dm, expected in ((530, 530), (529, -1)):
        walk = Walk(limit_dm=limit_dm, half_wait_dm=np.array([0, 15, 0], dtype=np.int32))
        assert ask(street, [(1, 200, 0)], [(0, 700, 0)], walk) == [expected]


def test_waiting_makes_the_longer_way_round_the_shorter_one(make_network, ask):
    # 0 - 1 - 3 of 100 + 100 over a crossing that costs 2 * 30, 0 - 2 - 3 of 120 + 120 over none; from 10 before node 0
    # on 4 - 0 to 10 behind node 3 on 3 - 5: 10 + 240 + 10
    diamond = make_network([(0, 1), (1, 3), (0, 2), (2, 3), (4, 0), (3, 5)], [100, 100, 120, 120, 50, 50])
    assert ask(diamond, [(5, 10, 0)], [(4, 40, 0)], Walk()) == [220]
    assert ask(diamond, [(5, 10, 0)], [(4, 40, 0)], _waiting(0, 30, 0, 0, 0, 0)) == [260]
    # one decimetre less of each half and the crossing is worth it: 10 + 200 + 2 * 19 + 10
    assert ask(diamond, [(5, 10, 0)], [(4, 40, 0)], _waiting(0, 19, 0, 0, 0, 0)) == [258]


def test_all_together(make_network, ask):
    # 0 -> 1 one way (100), 1 - 2 (200), 0 - 3 (300), 3 - 2 (400), 2 - 4 (50); waiting 2 * 5 at 1, 2 * 7 at 3
    network = make_network(
        [(0, 1), (1, 2), (0, 3), (3, 2), (2, 4)], [100, 200, 300, 400, 50], [FORWARD, BOTH, BOTH, BOTH, BOTH]
    )
    half_wait = np.array([0, 5, 0, 7, 0], dtype=np.int32)
    there, back = [(4, 50, 2)], [(0, 40, 3)]
    # from 40 on e0 to the end of e4: 3 + 60 + 10 + 200 + 50 + 2
    assert ask(network, there, back, Walk(half_wait_dm=half_wait)) == [325]
    # back against the one way: 2 + 50 + 400 + 14 + 300 + 40 + 3
    assert ask(network, back, there, Walk(half_wait_dm=half_wait)) == [809]
    # e1 closed: nobody gets on from e0's end, and nobody turns round on a one-way street
    closed = np.array([False, True, False, False, False])
    assert ask(network, there, back, Walk(half_wait_dm=half_wait, closed=closed)) == [-1]
    assert ask(network, back, there, Walk(half_wait_dm=half_wait, closed=closed)) == [809]
    # gate 3 shut: the way back is gone, the way there is not
    blocked = np.array([False, False, False, True, False])
    assert ask(network, there, back, Walk(half_wait_dm=half_wait, blocked=blocked)) == [325]
    assert ask(network, back, there, Walk(half_wait_dm=half_wait, blocked=blocked)) == [-1]


def test_steps_of_a_plain_walk_are_the_networks_own(street):
    assert toward_steps(street, Walk())[1] is street.toward.packed[1]
    before = street.toward.packed[1].copy()
    half_wait = np.array([1, 2, 4], dtype=np.int32)
    walk = Walk(closed=np.array([True, False]), blocked=np.array([False, False, True]), half_wait_dm=half_wait)
    _, step = toward_steps(street, walk)
    assert street.toward.packed[1].tolist() == before.tolist()
    # rows 0: 1; 1: 0 and 2; 2: 1. e0 is closed; nobody comes from the gate 2; e1 costs 600 + 2 + 4
    assert step.tolist() == [1, int(CLOSED_DM), 0, int(CLOSED_DM), 2, int(CLOSED_DM), 1, 606]
    assert longest_step_dm(street, walk) == 1008
    forward, backward = directions(street, walk)
    assert forward.tolist() == backward.tolist() == [False, True]


def _check(case, by_expanded_graph):
    from_homes, from_nodes = by_expanded_graph(case.network, case.facilities, case.homes, case.walk)
    nearest = nearest_facility(case.network, case.facilities, case.homes, case.walk)
    nodes = distances_of_nodes(case.network, case.facilities, case.walk)
    for total, distance_dm, facility in (
        (from_homes, nearest.distance_dm, nearest.facility),
        (from_nodes, nodes.distance_dm, nodes.facility),
    ):
        best = total.min(axis=1, initial=np.inf)
        reached = np.isfinite(best)
        expected = [int(d) if ok else -1 for d, ok in zip(best, reached, strict=True)]
        assert distance_dm.tolist() == expected
        winner = total.argmin(axis=1) if total.size else np.zeros(len(total), dtype=int)
        assert facility.tolist() == np.where(reached, winner, -1).tolist()


@given(st.data())
@settings(max_examples=250)
def test_equal_to_networkx_on_an_expanded_graph(walk_cases, by_expanded_graph, data):
    _check(data.draw(walk_cases()), by_expanded_graph)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=6000)
def test_equal_to_networkx_on_an_expanded_graph_at_length(walk_cases, by_expanded_graph, data):
    _check(data.draw(walk_cases()), by_expanded_graph)


@given(st.data())
@settings(max_examples=80)
def test_opened_gate_uncovers_nobody(walk_cases, data):
    case = data.draw(walk_cases())
    count = case.network.node_count
    shut = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    opened = shut.copy()
    opened[data.draw(st.integers(0, count - 1))] = False
    distances = []
    for blocked in (shut, opened):
        walk = Walk(UNLIMITED_DM, case.walk.max_access_m, case.walk.closed, blocked, case.walk.half_wait_dm)
        distances.append(nearest_facility(case.network, case.facilities, case.homes, walk).distance_dm)
    before, after = distances
    reached = before >= 0
    assert (after[reached] >= 0).all()
    assert (after[reached] <= before[reached]).all()
