"""Routes: as long as the walk to the nearest facility, walkable step by step, told street by street.

The hand-drawn grid, nodes 0 to 8, streets by name:

    6 -- N -- 7 -- N -- 8
    |         |         |
    W         M         E      W, M, E run south to north, 110.9 m a block
    |         |         |      S, C, N run west to east, 95.3 m a block
    3 -- C -- 4 -- C -- 5
    |         |         |
    W         M         E
    |         |         |
    0 -- S -- 1 -- S -- 2
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import NO_PATH, NO_POSITION, OFF_NETWORK, Walk, nearest_facility
from geo.datum import edge_lengths_dm
from geo.network_build import build_network, read_streets
from geo.route import find_route
from geo.snapping import Snaps, snap

GRID = [(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (0, 3), (3, 6), (1, 4), (4, 7), (2, 5), (5, 8)]
NAMES = ("", "C", "E", "M", "N", "S", "W")
STREETS = "SSCCNNWWMMEE"
LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001
FORWARD, BOTH = (True, False), (True, True)
BLOCK_EAST_M, BLOCK_NORTH_M = 95.3, 110.9
UNKNOWN, YES, NO = 2, 1, 0


@pytest.fixture(scope="module")
def grid(make_network):
    places = [(LON0 + STEP_DEG * (k % 3), LAT0 + STEP_DEG * (k // 3)) for k in range(9)]
    lon, lat = np.array(places).T
    u, v = np.array(GRID).T
    network = make_network(GRID, edge_lengths_dm(lon[u], lat[u], lon[v], lat[v]).tolist(), lonlat=places)
    return replace(
        network,
        names=NAMES,
        edge_way=np.array([NAMES.index(name) - 1 for name in STREETS], dtype=np.int32),
        way_id=np.arange(6, dtype=np.int64),
        way_name=np.arange(1, 7, dtype=np.int32),
        way_highway=np.zeros(6, dtype=np.int32),
        way_step_free=np.full(6, UNKNOWN, dtype=np.int8),
        way_accuracy_m=np.full(6, np.nan),
    )


@pytest.fixture(scope="module")
def ask(on_edges):
    def answer(network, begin, end, walk=None):
        return find_route(network, on_edges(network, [begin, end]), walk)

    return answer


def _told(route):
    return [(leg.turn, leg.street, leg.length_m) for leg in route.legs]


def test_blocks_are_as_long_as_they_are_drawn(grid):
    assert grid.edge_length_dm.tolist() == [953] * 6 + [1109] * 6


def test_turns_and_streets(grid, ask):
    # from 10 m east of node 0 on S, 3 m off it, to 20 m north of node 7... M ends there: along S, up M, along N
    route = ask(grid, (0, 100, 30), (5, 200, 0))
    # 85.3 on S, 2 * 110.9 on M, 20 on N, 3 off the street
    assert _told(route) == [("start", "S", 85.3), ("left", "M", 221.8), ("right", "N", 20.0)]
    assert (route.distance_m, route.access_from_m, route.access_to_m) == (330.1, 3.0, 0.0)
    assert [round(leg.bearing_deg) % 360 for leg in route.legs] == [90, 0, 90]
    # and back
    route = ask(grid, (5, 200, 0), (0, 100, 30))
    assert _told(route) == [("start", "N", 20.0), ("left", "M", 221.8), ("right", "S", 85.3)]
    assert [round(leg.bearing_deg) % 360 for leg in route.legs] == [270, 180, 270]


def test_straight_on_under_another_name_and_back(make_network, ask):
    # 0 - 1 - 2 in one line, then 2 - 3 nearly back beside it, 2 - 4 slightly to the left
    places = [(121.43, 31.23), (121.431, 31.23), (121.432, 31.23), (121.431, 31.2302), (121.433, 31.2303)]
    network = make_network([(0, 1), (1, 2), (2, 3), (2, 4)], [953, 953, 980, 1010], lonlat=places)
    network = replace(
        network,
        names=("", "A", "B", "C", "D"),
        edge_way=np.arange(4, dtype=np.int32),
        way_name=np.arange(1, 5, dtype=np.int32),
        way_step_free=np.full(4, UNKNOWN, dtype=np.int8),
    )
    told = _told(ask(network, (0, 0, 0), (2, 980, 0)))
    assert told == [("start", "A", 95.3), ("straight", "B", 95.3), ("back", "C", 98.0)]
    # 2 - 4 bears 17 degrees left of the line: still straight on
    assert [leg.turn for leg in ask(network, (0, 0, 0), (3, 1010, 0)).legs] == ["start", "straight", "straight"]


def test_same_edge_both_ways(grid, ask):
    route = ask(grid, (0, 100, 0), (0, 400, 10))
    assert (route.distance_m, _told(route)) == (31.0, [("start", "S", 30.0)])
    assert round(route.legs[0].bearing_deg) == 90
    route = ask(grid, (0, 400, 10), (0, 100, 0))
    assert (route.distance_m, _told(route)) == (31.0, [("start", "S", 30.0)])
    assert round(route.legs[0].bearing_deg) == 270


def test_same_place_is_no_leg(grid, ask):
    # 10 dm off and 5 dm off the same place: 1.5 m and nothing along the street
    route = ask(grid, (0, 100, 10), (0, 100, 5))
    assert (route.distance_m, route.reason, route.legs) == (1.5, None, ())
    # at node 1 from two of its edges
    route = ask(grid, (0, 953, 10), (8, 0, 5))
    assert (route.distance_m, route.legs) == (1.5, ())


def test_one_way_is_gone_round(make_network, ask):
    # 0 -> 1 of 100, back by 2: from 70 to 30 on e0 = 30 + 500 + 400 + 30; from 30 to 70 = 40
    network = make_network([(0, 1), (0, 2), (2, 1)], [100, 400, 500], [FORWARD, BOTH, BOTH])
    assert ask(network, (0, 30, 0), (0, 70, 0)).distance_m == 4.0
    back = ask(network, (0, 70, 0), (0, 30, 0))
    assert back.distance_m == 96.0
    # a position 30 on, then nodes 1, 2 and 0, then the goal
    assert len(back.legs[0].coordinates) == 5


def test_from_and_to_exactly_on_nodes(grid, ask):
    # node 0 by S or by W, node 8 by N or by E: 2 * 95.3 + 2 * 110.9 whatever edge they were snapped to
    for begin in ((0, 0, 0), (6, 0, 0)):
        for end in ((5, 953, 0), (11, 1109, 0)):
            route = ask(grid, begin, end)
            assert route.distance_m == 412.4
            assert all(leg.length_m > 0 for leg in route.legs)
            line = [position for leg in route.legs for position in leg.coordinates]
            assert (line[0], line[-1]) == ((121.43, 31.23), (121.432, 31.232))


def test_self_loop_is_walked_the_shorter_way(make_network, ask):
    # a loop of 100 on node 0 and a stick 0 - 1 of 40: to 80 on the loop it is 20 backward from node 0, to 30 it is 30
    network = make_network([(0, 0), (0, 1)], [100, 40])
    assert ask(network, (1, 40, 0), (0, 80, 0)).distance_m == 6.0
    assert ask(network, (1, 40, 0), (0, 30, 0)).distance_m == 7.0
    assert ask(network, (0, 80, 0), (1, 40, 0)).distance_m == 6.0
    assert [leg.length_m for leg in ask(network, (0, 10, 0), (0, 90, 0)).legs] == [2.0]


def test_two_nodes_at_one_place_do_not_turn_the_walker_round(make_network, ask):
    # 0 - 1 is a decimetre between two nodes at the same place; from node 0 east to node 2, then north to 3
    places = [(121.43, 31.23), (121.43, 31.23), (121.431, 31.23), (121.431, 31.231)]
    network = make_network([(0, 1), (1, 2), (2, 3)], [1, 953, 1109], lonlat=places)
    names = {"names": ("A", "B"), "way_name": np.array([0, 1], dtype=np.int32)}
    known = {"edge_way": np.array([0, 0, 1], dtype=np.int32), "way_step_free": np.full(2, UNKNOWN, dtype=np.int8)}
    route = ask(replace(network, **names, **known), (0, 0, 0), (2, 1109, 0))
    assert _told(route) == [("start", "A", 95.4), ("left", "B", 110.9)]
    assert route.legs[0].coordinates == ((121.43, 31.23), (121.431, 31.23))
    assert round(route.legs[0].bearing_deg) == 90


def test_no_way_has_a_reason(make_network, on_edges, ask):
    islands = make_network([(0, 1), (2, 3)], [100, 100])
    route = ask(islands, (0, 10, 4), (1, 10, 6))
    assert (route.distance_m, route.reason, route.legs) == (None, NO_PATH, ())
    assert (route.access_from_m, route.access_to_m) == (0.4, 0.6)
    assert ask(islands, (0, 10, 4), (0, 20, 5001)).reason == OFF_NETWORK
    assert ask(islands, (0, 10, 5001), (0, 20, 0)).reason == OFF_NETWORK
    place = on_edges(islands, [(0, 10, 0), (0, 20, 0)])
    for end in (0, 1):
        edge, access_m = place.edge.copy(), place.access_m.copy()
        edge[end], access_m[end] = -1, np.nan
        nowhere = Snaps(edge, place.offset_dm, place.access_dm, place.fraction, access_m)
        assert find_route(islands, nowhere).reason == NO_POSITION


def test_waiting_counts_in_the_distance_and_not_in_the_legs(grid, ask):
    wait = Walk(half_wait_dm=np.where(np.arange(9) == 1, 50, 0).astype(np.int32))
    # from 853 on S over node 1 to 100 on S: 10 + 10 and 2 * 5 of waiting; going round would be 4 blocks more
    route = ask(grid, (0, 853, 0), (1, 100, 0), wait)
    assert (route.distance_m, _told(route)) == (30.0, [("start", "S", 20.0)])


def test_ties_go_to_the_smaller_node(grid, ask):
    # from node 0 to node 4 by S and M or by W and C: both 206.2; node 1 is smaller than node 3
    for _ in range(3):
        assert [leg.street for leg in ask(grid, (0, 0, 0), (2, 953, 0)).legs] == ["S", "M"]


def test_step_free_keeps_off_steps_and_says_what_is_unknown(grid, ask):
    # M is steps, W is known to be step-free, everything else is unknown; from node 1 to node 7
    known = replace(grid, way_step_free=np.array([UNKNOWN, UNKNOWN, NO, UNKNOWN, UNKNOWN, YES], dtype=np.int8))
    short = ask(known, (0, 953, 0), (4, 953, 0))
    assert _told(short) == [("start", "M", 221.8)]
    assert (short.legs[0].step_free_m, short.legs[0].unknown_step_free_m) == (0.0, 0.0)
    walk = Walk(closed=known.way_step_free[known.edge_way] == NO)
    # round by W: 95.3 west, 221.8 north, 95.3 east
    long = ask(known, (0, 953, 0), (4, 953, 0), walk)
    assert _told(long) == [("start", "S", 95.3), ("right", "W", 221.8), ("right", "N", 95.3)]
    assert [(leg.step_free_m, leg.unknown_step_free_m) for leg in long.legs] == [(0.0, 95.3), (221.8, 0.0), (0.0, 95.3)]


def _positions(network):
    """Return the nodes at each written position; several may stand at one."""
    found = {}
    for node, place in enumerate(zip(network.lon.round(7).tolist(), network.lat.round(7).tolist(), strict=True)):
        found.setdefault(place, set()).add(node)
    return found


def _on_segment(network, edge, position):
    """Tell where a written position lies along an edge, as a share, or None where it is over 0.2 m beside it."""
    scale = np.array([95_000.0, 111_000.0])
    u, v = (np.array([network.lon[k], network.lat[k]]) * scale for k in (network.edge_u[edge], network.edge_v[edge]))
    along, place = v - u, np.array(position) * scale
    share = float(np.dot(place - u, along) / max(np.dot(along, along), 1e-12))
    beside = np.hypot(*(u + np.clip(share, 0, 1) * along - place))
    return float(np.clip(share, 0, 1)) if beside < 0.2 else None


def _walkable(network, walk, one, other):
    """Tell whether a street may be walked from one position to the next along a single edge."""
    closed = np.zeros(network.edge_count, dtype=bool) if walk.closed is None else walk.closed
    for edge in range(network.edge_count):
        begin, end = (_on_segment(network, edge, place) for place in (one, other))
        if begin is None or end is None or closed[edge]:
            continue
        if (network.edge_forward[edge] and end >= begin - 1e-3) or (
            network.edge_backward[edge] and end <= begin + 1e-3
        ):
            return True
    return False


def _check_route(network, ends, walk):
    """Hold a route to the nearest-facility distance and to its own legs; return it."""
    route = find_route(network, ends, walk)
    begin, goal = ends.take(np.array([0])), ends.take(np.array([1]))
    nearest = nearest_facility(network, goal, begin, walk)
    if nearest.distance_dm[0] < 0:
        expected = nearest.reason[0]
        assert route.distance_m is None
        assert route.legs == ()
        # the goal's fault is told as what it is: for the search it is only a missing facility
        assert route.reason == expected or (expected == "no_facility" and route.reason == OFF_NETWORK)
        return route
    assert route.reason is None
    assert round(route.distance_m * 10) == int(nearest.distance_dm[0])
    assert route == find_route(network, ends, walk)
    for leg, following in pairwise(route.legs):
        assert leg.coordinates[-1] == following.coordinates[0]
        assert leg.street != following.street
    assert all(leg.length_m > 0 for leg in route.legs)
    assert [leg.turn == "start" for leg in route.legs] == [k == 0 for k in range(len(route.legs))]
    return route


def _legs_dm(route):
    return sum(round(leg.length_m * 10) for leg in route.legs)


@given(st.data())
@settings(max_examples=200)
def test_equal_to_networkx_and_the_sum_of_its_legs(walk_cases, by_expanded_graph, data):
    case = data.draw(walk_cases())
    network, walk = case.network, case.walk
    goals = case.facilities if len(case.facilities) else case.homes
    ends = Snaps(*(np.concatenate([getattr(case.homes, name)[:1], getattr(goals, name)[-1:]]) for name in
                   ("edge", "offset_dm", "access_dm", "fraction", "access_m")))  # fmt: skip
    route = _check_route(network, ends, walk)
    (((shortest,),), _) = by_expanded_graph(network, ends.take(np.array([1])), ends.take(np.array([0])), walk)
    assert (route.distance_m is None) == bool(np.isinf(shortest))
    if route.distance_m is None:
        return
    assert round(route.distance_m * 10) == shortest
    access_dm = int(ends.access_dm.sum())
    if walk.half_wait_dm is None:
        assert _legs_dm(route) + access_dm == shortest
    else:
        assert _legs_dm(route) + access_dm <= shortest


@pytest.mark.slow
@given(st.data())
@settings(max_examples=5000)
def test_equal_to_the_nearest_facility_at_length(walk_cases, data):
    case = data.draw(walk_cases())
    if len(case.facilities):
        _check_route(case.network, _pair(case.homes, 0, case.facilities, 0), case.walk)


def _pair(first, one, second, other):
    names = ("edge", "offset_dm", "access_dm", "fraction", "access_m")
    return Snaps(*(np.array([getattr(first, name)[one], getattr(second, name)[other]]) for name in names))


@pytest.mark.parametrize("name", ["caojiadu", "hudong"])
def test_every_step_may_be_walked(bundled, name):
    network, random = bundled[name], np.random.default_rng(3)
    one_way = replace(network, edge_backward=random.random(network.edge_count) > 0.3)
    closed = Walk(closed=random.random(network.edge_count) < 0.1)
    walked = 0
    for _ in range(12):
        nodes = random.integers(0, network.node_count, 2)
        off = random.uniform(-4e-4, 4e-4, (2, 2))
        ends = snap(network, network.lon[nodes] + off[0], network.lat[nodes] + off[1])
        for streets, walk in ((network, Walk()), (one_way, Walk()), (one_way, closed)):
            route = _check_route(streets, ends, walk)
            if route.distance_m is None:
                continue
            walked += 1
            assert _legs_dm(route) + int(ends.access_dm.sum()) == round(route.distance_m * 10)
            line = [route.legs[0].coordinates[0]] + [place for leg in route.legs for place in leg.coordinates[1:]]
            assert all(_walkable(streets, walk, *step) for step in pairwise(line))
            nodes_passed = _positions(streets)
            assert all(place in nodes_passed for place in line[1:-1])
    assert walked > 15


def test_routes_of_a_real_city(extracts):
    path = extracts / "porto_alegre.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no such extract here: {path}")
    network, random = build_network(read_streets([path])), np.random.default_rng(4)
    places = _positions(network)
    for _ in range(25):
        nodes = random.integers(0, network.node_count, 2)
        ends = snap(network, network.lon[nodes] + 1e-4, network.lat[nodes] + 2e-4)
        route = _check_route(network, ends, Walk())
        if route.distance_m is None:
            continue
        assert _legs_dm(route) + int(ends.access_dm.sum()) == round(route.distance_m * 10)
        line = [route.legs[0].coordinates[0]] + [place for leg in route.legs for place in leg.coordinates[1:]]
        assert all(place in places for place in line[1:-1])
