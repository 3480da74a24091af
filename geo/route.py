"""The way on foot from one place to another, street by street."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from geo.access import NO_PATH, NO_POSITION, OFF_NETWORK, left_keys, nearest_facility, search_from, split_keys
from geo.network import WalkNetwork
from geo.snapping import Snaps
from geo.streets import STEP_FREE_UNKNOWN, STEP_FREE_YES
from geo.walk import Walk, directions

STRAIGHT_DEG, SHARP_DEG = 30.0, 150.0

Position = tuple[float, float]


@dataclass(frozen=True)
class Leg:
    """One street of a route.

    Attributes:
        street: Its name, "" where it has none.
        length_m: How far along it.
        bearing_deg: Direction in which it begins, clockwise from north.
        turn: "start", "straight", "left", "right" or "back", from the leg before.
        step_free_m: Length of it that the data calls step-free.
        unknown_step_free_m: Length of it of which the data does not say.
        coordinates: Its line, longitude and latitude.
        edges: The edges that it walks along, in order.
    """

    street: str
    length_m: float
    bearing_deg: float
    turn: str
    step_free_m: float
    unknown_step_free_m: float
    coordinates: tuple[Position, ...]
    edges: tuple[int, ...] = ()


@dataclass(frozen=True)
class Route:
    """A way on foot; `distance_m` is None with a `reason` where there is none, and counts both access legs."""

    distance_m: float | None
    reason: str | None
    access_from_m: float
    access_to_m: float
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class _Stretch:
    """Part of one edge as it is walked: offsets from u in dm."""

    edge: int
    from_dm: int
    to_dm: int


def find_route(network: WalkNetwork, ends: Snaps, walk: Walk | None = None) -> Route:
    """Return the shortest way from the first to the second of two snapped places.

    Among equally short ways the one with the smaller node numbers is taken, so that the answer is always the same.
    """
    walk = walk or Walk()
    begin, goal = ends.take(np.array([0])), ends.take(np.array([1]))
    access_from_m, access_to_m = float(ends.access_m[0]), float(ends.access_m[1])
    nearest = nearest_facility(network, goal, begin, walk)
    if nearest.distance_dm[0] < 0:
        return Route(None, _reason(ends, walk), access_from_m, access_to_m, ())
    stretches = _stretches(network, begin, goal, int(nearest.distance_dm[0]), walk)
    return Route(int(nearest.distance_dm[0]) / 10, None, access_from_m, access_to_m, _legs(network, stretches))


def _reason(ends: Snaps, walk: Walk) -> str:
    if (ends.edge < 0).any():
        return NO_POSITION
    return OFF_NETWORK if (ends.access_m > walk.max_access_m).any() else NO_PATH


def _stretches(network: WalkNetwork, begin: Snaps, goal: Snaps, distance_dm: int, walk: Walk) -> list[_Stretch]:
    """Return the stretches walked, following keys downhill: no predecessor needs to be kept."""
    edge, offset = int(begin.edge[0]), int(begin.offset_dm[0])
    onward_dm = distance_dm - int(begin.access_dm[0])
    if edge == int(goal.edge[0]) and _may_go_along(network, begin, goal, walk):
        direct_dm = abs(int(goal.offset_dm[0]) - offset) + int(goal.access_dm[0])
        if direct_dm == onward_dm:
            return [_Stretch(edge, offset, int(goal.offset_dm[0]))]
    state = search_from(network, goal, walk)
    left_dm = split_keys(left_keys(state, walk))[0]
    length = int(network.edge_length_dm[edge])
    backward = directions(network, walk)[1]
    u, v = int(network.edge_u[edge]), int(network.edge_v[edge])
    through_u = (backward[edge] or offset == 0) and left_dm[u] >= 0 and int(left_dm[u]) + offset == onward_dm
    node, end = (u, 0) if through_u else (v, length)
    path = _descend(network, split_keys(state)[0], node, goal, walk)
    return [_Stretch(edge, offset, end), *path]


def _may_go_along(network: WalkNetwork, begin: Snaps, goal: Snaps, walk: Walk) -> bool:
    ahead = int(goal.offset_dm[0]) - int(begin.offset_dm[0])
    forward, backward = (bool(way[begin.edge[0]]) for way in directions(network, walk))
    return ahead == 0 or (forward if ahead > 0 else backward)


def _goal_ends(network: WalkNetwork, goal: Snaps, walk: Walk) -> dict[int, int]:
    """Return the nodes from which the goal's edge may be walked to it, and where on the edge that walk begins."""
    edge, offset = int(goal.edge[0]), int(goal.offset_dm[0])
    length = int(network.edge_length_dm[edge])
    forward, backward = (bool(way[edge]) for way in directions(network, walk))
    ends = [(length - offset, int(network.edge_v[edge]), length)] if backward or offset == length else []
    ends += [(offset, int(network.edge_u[edge]), 0)] if forward or offset == 0 else []
    # The shorter way comes last: both ends of a loop are one node.
    return {node: begins for _, node, begins in sorted(ends, reverse=True)}


def _descend(
    network: WalkNetwork, distance_dm: np.ndarray[tuple[int], np.dtype[np.int32]], node: int, goal: Snaps, walk: Walk
) -> list[_Stretch]:
    """Return the stretches from a node to the goal, each step to a node that is nearer by exactly its length."""
    edge, offset, access = int(goal.edge[0]), int(goal.offset_dm[0]), int(goal.access_dm[0])
    ends = _goal_ends(network, goal, walk)
    wait = walk.half_wait_dm
    stretches: list[_Stretch] = []
    while not (
        node in ends
        and int(distance_dm[node]) == abs(offset - ends[node]) + access + (0 if wait is None else int(wait[node]))
    ):
        node, step = _next_step(network, distance_dm, node, walk)
        stretches.append(step)
    return [*stretches, _Stretch(edge, ends[node], offset)]


def _next_step(
    network: WalkNetwork, distance_dm: np.ndarray[tuple[int], np.dtype[np.int32]], node: int, walk: Walk
) -> tuple[int, _Stretch]:
    forward, backward = directions(network, walk)
    for k in range(int(network.onward.start[node]), int(network.onward.start[node + 1])):
        neighbour, edge = int(network.onward.neighbour[k]), int(network.onward.edge[k])
        length = int(network.edge_length_dm[edge])
        from_u = node == int(network.edge_u[edge])
        may = forward[edge] if from_u else backward[edge]
        wait = 0 if walk.half_wait_dm is None else int(walk.half_wait_dm[node] + walk.half_wait_dm[neighbour])
        if may and 0 <= distance_dm[neighbour] == distance_dm[node] - length - wait:
            return neighbour, _Stretch(edge, 0 if from_u else length, length if from_u else 0)
    raise AssertionError(f"no step leads from node {node} toward the goal")


def _legs(network: WalkNetwork, stretches: list[_Stretch]) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    walked = [stretch for stretch in stretches if stretch.from_dm != stretch.to_dm]
    for street, group in groupby(walked, key=lambda stretch: network.edge_name(stretch.edge)):
        legs.append(_leg(network, street, list(group), legs[-1] if legs else None))
    return tuple(legs)


def _leg(network: WalkNetwork, street: str, stretches: list[_Stretch], before: Leg | None) -> Leg:
    line = _line(network, stretches)
    lengths_m = {STEP_FREE_YES: 0.0, STEP_FREE_UNKNOWN: 0.0}
    for stretch in stretches:
        state = int(network.way_step_free[network.edge_way[stretch.edge]])
        lengths_m[state] = lengths_m.get(state, 0.0) + abs(stretch.to_dm - stretch.from_dm) / 10
    bearing = _bearing_deg(line[0], line[1])
    return Leg(
        street,
        round(sum(lengths_m.values()), 1),
        round(bearing, 1),
        "start" if before is None else _turn(bearing - _bearing_deg(*before.coordinates[-2:])),
        round(lengths_m[STEP_FREE_YES], 1),
        round(lengths_m[STEP_FREE_UNKNOWN], 1),
        tuple(line),
        tuple(stretch.edge for stretch in stretches),
    )


def _line(network: WalkNetwork, stretches: list[_Stretch]) -> list[Position]:
    """Return the positions passed; two nodes at one place are one position, for they would have no bearing."""
    line = [_position(network, stretches[0].edge, stretches[0].from_dm)]
    line += [_position(network, stretch.edge, stretch.to_dm) for stretch in stretches]
    passed = [place for place, _ in groupby(line)]
    return passed if len(passed) > 1 else passed * 2


def _position(network: WalkNetwork, edge: int, offset_dm: int) -> Position:
    u, v = int(network.edge_u[edge]), int(network.edge_v[edge])
    share = offset_dm / int(network.edge_length_dm[edge])
    lon = network.lon[u] + share * (network.lon[v] - network.lon[u])
    lat = network.lat[u] + share * (network.lat[v] - network.lat[u])
    return round(float(lon), 7), round(float(lat), 7)


def _bearing_deg(begin: Position, end: Position) -> float:
    east = (end[0] - begin[0]) * math.cos(math.radians(begin[1]))
    return math.degrees(math.atan2(east, end[1] - begin[1])) % 360


def _turn(change_deg: float) -> str:
    change = (change_deg + 180) % 360 - 180
    if abs(change) < STRAIGHT_DEG:
        return "straight"
    if abs(change) > SHARP_DEG:
        return "back"
    return "right" if change > 0 else "left"
