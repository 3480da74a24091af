"""Points that belong together on foot: neighbours along the streets, gathered round the places where most people live.

Nothing depends on the order of the points: what decides is people, and between equals the position.
"""

from __future__ import annotations

import numpy as np

from geo.graph import FloatArray, Int64Array, component_labels
from geo.network import WalkNetwork
from geo.reach import SparseRows, od_matrix
from geo.snapping import Snaps
from geo.walk import UNLIMITED_DM, Walk

LINK_M = 150.0
"""Two points at most this far apart on foot are neighbours."""

REACH_M = 400.0
"""A neighbourhood gathers points at most this far from its middle, about five minutes."""


def neighbourhoods(
    network: WalkNetwork,
    points: Snaps,
    people: FloatArray,
    lonlat: FloatArray,
    link_m: float = LINK_M,
    reach_m: float = REACH_M,
) -> Int64Array:
    """Return the neighbourhood of each point, int64 (p,), numbered from 0 by the people in it, most first.

    Points linked by steps of at most `link_m` form a component. In each, the point with the most people within
    `reach_m` on foot becomes a middle, until every point is near one; each point then goes to its nearest middle.
    Points too far from every street are neighbourhoods of their own.

    Args:
        network: The walking network.
        points: The points on it.
        people: People of each, float64 (p,).
        lonlat: Positions in degrees, (p, 2): between equals the more western, then the more southern goes first.
        link_m: Longest step between neighbours.
        reach_m: Farthest from the middle.
    """
    count = len(points)
    near = od_matrix(network, points, points, Walk(round(max(reach_m, link_m) * 10)))
    component = _components(near, count, round(link_m * 10))
    rank = _rank(people, lonlat)
    middle = np.full(count, -1, dtype=np.int64)
    for number in range(int(component.max(initial=-1)) + 1):
        members = np.flatnonzero(component == number)
        middle[members] = _gather(network, points, members, (people, rank), round(reach_m * 10))
    return _by_people(middle, people, rank)


def _components(near: SparseRows, count: int, link_dm: int) -> Int64Array:
    owner = np.repeat(np.arange(count), np.diff(near.first))
    linked = near.distance_dm <= link_dm
    return component_labels(owner[linked], near.item[linked], count).astype(np.int64)


def _rank(people: FloatArray, lonlat: FloatArray) -> Int64Array:
    """Return the place of each point in an order that its number plays no part in."""
    order = np.lexsort((lonlat[:, 1], lonlat[:, 0], -people))
    rank = np.empty(len(people), dtype=np.int64)
    rank[order] = np.arange(len(people))
    return rank


def _gather(
    network: WalkNetwork, points: Snaps, members: Int64Array, known: tuple[FloatArray, Int64Array], reach_dm: int
) -> Int64Array:
    """Return the middle that each member of a component goes to."""
    people, rank = known
    rows = od_matrix(network, points.take(members), points.take(members), Walk(UNLIMITED_DM))
    far = np.full((len(members), len(members)), UNLIMITED_DM, dtype=np.int64)
    far[np.repeat(np.arange(len(members)), np.diff(rows.first)), rows.item] = rows.distance_dm
    np.fill_diagonal(far, 0)
    left, middles = np.ones(len(members), dtype=bool), []
    near = far <= reach_dm
    while left.any():
        gathered = np.where(left, near[:, left] @ people[members][left], -1.0)
        best = np.flatnonzero(gathered >= gathered.max() - 1e-9)
        chosen = int(best[np.argmin(rank[members][best])])
        middles.append(chosen)
        left &= ~near[chosen]
        left[chosen] = False
    order = np.array(middles)[np.argsort(rank[members][middles])]
    return np.asarray(members[order[np.argmin(far[order], axis=0)]], dtype=np.int64)


def _by_people(middle: Int64Array, people: FloatArray, rank: Int64Array) -> Int64Array:
    names, number = np.unique(middle, return_inverse=True)
    total = np.bincount(number.reshape(-1), people, minlength=len(names))
    order = np.lexsort((rank[names], -total))
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return np.asarray(place[number.reshape(-1)])
