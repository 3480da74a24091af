"""Nearest facility on hand-drawn networks; every expected figure has its arithmetic beside it.

The grid, lengths in decimetres, nodes 0 to 8, edges e0 to e11:

    6 --e4 500-- 7 --e5 500-- 8
    |            |            |
    e9 400       e10 400      e11 400
    |            |            |
    3 --e2 600-- 4 --e3 600-- 5
    |            |            |
    e6 300       e7 300       e8 300
    |            |            |
    0 --e0 500-- 1 --e1 700-- 2
"""

from __future__ import annotations

import numpy as np
import pytest

from geo.access import NO_FACILITY, NO_PATH, NO_POSITION, OFF_NETWORK, Walk, facility_order, nearest_facility
from geo.access import node_distances as distances_of_nodes
from geo.snapping import Snaps

GRID = [(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (0, 3), (1, 4), (2, 5), (3, 6), (4, 7), (5, 8)]
LENGTHS_DM = [500, 700, 600, 600, 500, 500, 300, 300, 300, 400, 400, 400]
BOTH, FORWARD, BACKWARD = (True, True), (True, False), (False, True)


@pytest.fixture(scope="module")
def grid(make_network):
    return make_network(GRID, LENGTHS_DM)


@pytest.fixture(scope="module")
def ask(on_edges):
    """Return (distance, facility, reason) lists for points given as (edge, offset, access)."""

    def answer(network, facilities, demand, walk=None):
        nearest = nearest_facility(network, on_edges(network, facilities), on_edges(network, demand), walk)
        return nearest.distance_dm.tolist(), nearest.facility.tolist(), nearest.reason.tolist()

    return answer


def test_both_access_legs_and_both_offsets_are_walked(grid, ask):
    # facility on e0, 100 from node 0, 30 off the street; home on e9, 250 from node 3, 20 off the street:
    # 20 + 250 + e6 300 + 100 + 30 = 700
    assert ask(grid, [(0, 100, 30)], [(9, 250, 20)]) == ([700], [0], [None])


def test_access_leg_of_the_facility_decides_who_is_nearest(grid, ask):
    # home at node 1 (e0, 500): facility 0 is 100 along e0 and 90 off = 190; facility 1 is 150 along e1 and 10 off = 160
    assert ask(grid, [(0, 400, 90), (1, 150, 10)], [(0, 500, 0)]) == ([160], [1], [None])


def test_limit_is_inclusive(grid, ask):
    # 700 as above: found with a limit of exactly 700, not found with 699
    assert ask(grid, [(0, 100, 30)], [(9, 250, 20)], Walk(limit_dm=700))[0] == [700]
    assert ask(grid, [(0, 100, 30)], [(9, 250, 20)], Walk(limit_dm=699)) == ([-1], [-1], [NO_PATH])


def test_one_decimetre_beyond_the_limit_on_the_home_side_only(grid, ask):
    # homes 200 and 201 from node 0 along e6, facility at node 0: 200 within 200, 201 not
    assert ask(grid, [(0, 0, 0)], [(6, 200, 0), (6, 201, 0)], Walk(limit_dm=200))[0] == [200, -1]


def test_home_and_facility_on_one_edge(grid, ask):
    # along e1: from 600 back to 150 = 450, + 10 + 5; round the block would be 100 + 300 + 600 + 300 + 150
    assert ask(grid, [(1, 150, 10)], [(1, 600, 5)])[0] == [465]


def test_round_the_block_is_shorter_than_along_a_long_edge(make_network, ask):
    # 0 and 1 joined by an edge of 1000 and a short one of 100: from 950 to 50 along = 900, round = 50 + 100 + 50
    network = make_network([(0, 1), (0, 1)], [1000, 100])
    assert ask(network, [(0, 50, 0)], [(0, 950, 0)])[0] == [200]


def test_several_facilities_on_one_edge(grid, ask):
    # on e1 at 100, 300 and 650; homes at 0, 190, 210, 480, 700: distances 100, 90, 90, 170, 50
    distances, facilities, _ = ask(
        grid, [(1, 100, 0), (1, 300, 0), (1, 650, 0)], [(1, k, 0) for k in (0, 190, 210, 480, 700)]
    )
    assert distances == [100, 90, 90, 170, 50]
    assert facilities == [0, 0, 1, 2, 2]


def test_tie_goes_to_the_earlier_facility_in_every_way_of_tying(grid, ask):
    # between two facilities on the same edge: 100 each
    assert ask(grid, [(1, 100, 0), (1, 300, 0)], [(1, 200, 0)]) == ([100], [0], [None])
    # through the two ends of the edge: home in the middle of e0, 250 to each of the nodes 0 and 1
    assert ask(grid, [(0, 500, 0), (0, 0, 0)], [(0, 250, 0)]) == ([250], [0], [None])
    assert ask(grid, [(0, 0, 0), (0, 500, 0)], [(0, 250, 0)]) == ([250], [0], [None])
    # along the edge and through its end: 100 forward to one, 50 + 50 through node 0 and up e6 to the other
    assert ask(grid, [(6, 50, 0), (0, 150, 0)], [(0, 50, 0)]) == ([100], [0], [None])
    assert ask(grid, [(0, 150, 0), (6, 50, 0)], [(0, 50, 0)]) == ([100], [0], [None])
    # the same place
    assert ask(grid, [(4, 77, 3), (4, 77, 3)], [(11, 9, 0)])[1] == [0]
    # at a crossing two edges away: node 4 is 600 from node 3 and from node 5
    assert ask(grid, [(3, 600, 0), (2, 0, 0)], [(10, 0, 0)]) == ([600], [0], [None])


def test_ties_go_to_the_smaller_id():
    assert facility_order([10, 9, "10", "9", 2.5]) == [4, 1, 0, 2, 3]
    assert facility_order(["b", "a", "曹", "A"]) == [3, 1, 0, 2]
    assert facility_order([2**53 + 1, 2**53]) == [1, 0]


def test_one_way_foot_street(make_network, ask):
    # 0 -> 1 only (100), and the long way round 0 - 2 - 1 (400 + 500), both ways
    network = make_network([(0, 1), (0, 2), (2, 1)], [100, 400, 500], [FORWARD, BOTH, BOTH])
    # home at 0 to a facility at 1: 100; from 1 to 0: 500 + 400
    assert ask(network, [(0, 100, 0)], [(0, 0, 0)])[0] == [100]
    assert ask(network, [(0, 0, 0)], [(0, 100, 0)])[0] == [900]
    # on the street itself: onward 30 to 70 = 40; back from 70 to 30 = 30 onward + 900 round + 30
    assert ask(network, [(0, 70, 0)], [(0, 30, 0)])[0] == [40]
    assert ask(network, [(0, 30, 0)], [(0, 70, 0)])[0] == [960]


def test_one_way_against_the_drawing(make_network, ask):
    network = make_network([(0, 1), (0, 2), (2, 1)], [100, 400, 500], [BACKWARD, BOTH, BOTH])
    assert ask(network, [(0, 100, 0)], [(0, 0, 0)])[0] == [900]
    assert ask(network, [(0, 0, 0)], [(0, 100, 0)])[0] == [100]
    assert ask(network, [(0, 70, 0)], [(0, 30, 0)])[0] == [960]
    assert ask(network, [(0, 30, 0)], [(0, 70, 0)])[0] == [40]


def test_closed_edge_is_not_walked_but_points_stay_on_it(grid, ask):
    closed = np.zeros(12, dtype=bool)
    closed[6] = True
    walk = Walk(closed=closed)
    # node 3 to node 0 with e6 closed: e2 600 + e7 300 + e0 500
    assert ask(grid, [(0, 0, 0)], [(9, 0, 0)], walk)[0] == [1400]
    # in the middle of the closed edge nobody gets away, not even to a facility 10 farther along it
    assert ask(grid, [(0, 0, 0), (6, 110, 0)], [(6, 100, 0)], walk) == ([-1], [-1], [NO_PATH])
    # at its end one stands on the crossing, whatever edge the point was snapped to
    assert ask(grid, [(6, 0, 0)], [(0, 50, 0)], walk)[0] == [50]
    assert ask(grid, [(0, 50, 0)], [(6, 0, 0), (6, 300, 0)], walk)[0] == [50, 1350]
    # at the very same place
    assert ask(grid, [(6, 100, 7)], [(6, 100, 5)], walk)[0] == [12]


def test_dead_end(make_network, ask):
    # 0 - 1 - 2, facility 40 into the dead end 1 - 2; home 10 farther in, and home at 0
    network = make_network([(0, 1), (1, 2)], [100, 60])
    assert ask(network, [(1, 40, 0)], [(1, 50, 0), (1, 60, 0), (0, 0, 0)])[0] == [10, 20, 140]


def test_island_is_no_path(make_network, ask):
    network = make_network([(0, 1), (2, 3)], [100, 100])
    assert ask(network, [(0, 50, 0)], [(1, 50, 0), (0, 60, 0)]) == ([-1, 10], [-1, 0], [NO_PATH, None])


def test_edge_longer_than_the_limit(make_network, ask):
    network = make_network([(0, 1), (1, 2)], [90_000, 100])
    # within 500 of a facility in the middle of 9 km: 500 either way and no farther
    points = [(0, 39_499, 0), (0, 39_500, 0), (0, 40_500, 0), (0, 40_501, 0), (1, 0, 0)]
    assert ask(network, [(0, 40_000, 0)], points, Walk(limit_dm=500))[0] == [-1, 500, 500, -1, -1]
    assert ask(network, [(0, 40_000, 0)], [(1, 100, 0)])[0] == [50_100]


def test_edges_of_one_decimetre(make_network, ask):
    # a chain of 300 edges of 1 dm: 300 from end to end
    network = make_network([(k, k + 1) for k in range(300)], [1] * 300)
    assert ask(network, [(0, 0, 0)], [(299, 1, 0), (149, 1, 2)])[0] == [300, 152]


def test_self_loop(make_network, ask):
    # a loop of 100 on node 0, and a stick 0 - 1 of 40
    network = make_network([(0, 0), (0, 1)], [100, 40])
    # facility at the stick's end: 40 + the shorter way out of the loop (30 and 20)
    assert ask(network, [(1, 40, 0)], [(0, 30, 0), (0, 80, 0)])[0] == [70, 60]
    # both on the loop: 20 along from 10 to 30; 20 through the node from 10 to 90
    assert ask(network, [(0, 30, 0)], [(0, 10, 0)])[0] == [20]
    assert ask(network, [(0, 90, 0)], [(0, 10, 0)])[0] == [20]


def test_one_way_self_loop(make_network, ask):
    network = make_network([(0, 0), (0, 1)], [100, 40], [FORWARD, BOTH])
    assert ask(network, [(1, 40, 0)], [(0, 30, 0)])[0] == [110]
    assert ask(network, [(0, 30, 0)], [(0, 10, 0), (0, 90, 0)])[0] == [20, 40]


def test_parallel_edges_of_different_length(make_network, ask):
    network = make_network([(0, 1), (1, 0), (1, 2)], [300, 100, 50])
    assert ask(network, [(2, 50, 0)], [(0, 0, 0)])[0] == [150]
    # 120 along the long one to node 1 is shorter than back 180 and over the short one
    assert ask(network, [(2, 0, 0)], [(0, 180, 0)])[0] == [120]
    # from 50 along the long one: back 50 and over the short one 100
    assert ask(network, [(2, 0, 0)], [(0, 50, 0)])[0] == [150]


def test_reasons(grid, on_edges):
    facilities = on_edges(grid, [(0, 0, 0)])
    demand = Snaps(
        np.array([-1, 0, 0, 0], dtype=np.int32),
        np.array([0, 10, 10, 10], dtype=np.int32),
        np.array([0, 5000, 5001, 0], dtype=np.int32),
        np.array([np.nan, 0.02, 0.02, 0.02]),
        np.array([np.nan, 500.0, 500.1, 0.0]),
    )
    nearest = nearest_facility(grid, facilities, demand)
    assert nearest.reason.tolist() == [NO_POSITION, None, OFF_NETWORK, None]
    assert nearest.distance_dm.tolist() == [-1, 5010, -1, 10]
    assert nearest.facility.tolist() == [-1, 0, -1, 0]


def test_facility_off_the_network_is_no_facility(grid, ask):
    assert ask(grid, [(0, 0, 5001)], [(0, 10, 0)]) == ([-1], [-1], [NO_FACILITY])
    assert ask(grid, [(0, 0, 5001), (5, 0, 0)], [(5, 10, 0)]) == ([10], [1], [None])
    assert ask(grid, [(0, 0, 5001)], [(0, 10, 0)], Walk(max_access_m=501.0))[0] == [5011]


def test_no_facilities_and_no_demand(grid, ask):
    assert ask(grid, [], [(0, 10, 0)]) == ([-1], [-1], [NO_FACILITY])
    assert ask(grid, [(0, 10, 0)], []) == ([], [], [])


def test_distances_of_nodes(grid, on_edges):
    # facility on e0, 100 from node 0, 30 off: node 0 130, node 1 430, node 2 1130, node 3 430, node 4 730,
    # node 5 1330 (430 + 300 + 600), node 6 830, node 7 1130, node 8 1630
    found = distances_of_nodes(grid, on_edges(grid, [(0, 100, 30)]))
    assert found.distance_dm.tolist() == [130, 430, 1130, 430, 730, 1330, 830, 1130, 1630]
    assert set(found.facility.tolist()) == {0}
    short = distances_of_nodes(grid, on_edges(grid, [(0, 100, 30)]), Walk(limit_dm=430))
    assert short.distance_dm.tolist() == [130, 430, -1, 430, -1, -1, -1, -1, -1]
    assert short.facility.tolist() == [0, 0, -1, 0, -1, -1, -1, -1, -1]


def test_many_parallel_edges_overflow_the_queue_and_nothing_is_lost(make_network, ask):
    # 200 edges from 0 to 1, each 2 dm shorter than the last: every one is a better way while node 0 is expanded, more
    # than the queue first holds. The shortest is 1000 - 398 = 602. Far away, on 2 - 3, stands another facility with an
    # access leg of 800, which was not looked at yet when the queue overflowed; a home 20 into 3 - 4: 800 + 50 + 20
    network = make_network([(0, 1)] * 200 + [(2, 3), (3, 4)], [1000 - 2 * k for k in range(200)] + [50, 60])
    distances, facilities, _ = ask(network, [(0, 0, 0), (200, 0, 800)], [(199, 602, 0), (201, 20, 0), (200, 0, 0)])
    assert distances == [602, 870, 800]
    assert facilities == [0, 1, 1]
