"""Streets on a plane: where two cross without a node, and where a dead end almost touches another street."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.datum import LocalProjection
from geo.streets import BoolArray, FloatArray, Int32Array, Int64Array

NEAR_M = 15.0
_WALK_TIMES = 3.0
"""A street that a dead end reaches by a walk of this many times the tolerance is the one it stands on, not another."""

_SAME_PLACE_M = 0.1


@dataclass(frozen=True, eq=False)
class PlaneStreets:
    """Segments in the plane, each pair of places once.

    Attributes:
        projection: The plane.
        x: Positions of the nodes in metres, shape (n,).
        y: The same.
        u: First node of each segment, int32 (s,).
        v: Second node.
        length_m: Length of each segment, float64 (s,).
        run: The connected stretch of one way that a segment belongs to, int32 (s,).
        level: Height at which its way passes others, int32 (s,).
        shut: Nodes on which a shut gate stands; a street may well end there.
    """

    projection: LocalProjection
    x: FloatArray
    y: FloatArray
    u: Int32Array
    v: Int32Array
    length_m: FloatArray
    run: Int32Array
    level: Int32Array
    shut: Int64Array

    @classmethod
    def of(
        cls,
        lonlat: tuple[FloatArray, FloatArray],
        ends: tuple[Int32Array, Int32Array],
        length_m: FloatArray,
        run: Int32Array,
        level: Int32Array,
        shut: Int64Array,
    ) -> PlaneStreets:
        """Return the segments between nodes at longitudes and latitudes, projected round their middle."""
        projection = LocalProjection.around(*lonlat)
        return cls(projection, *projection.to_xy(*lonlat), *ends, length_m, run, level, shut)

    @cached_property
    def lines(self) -> npt.NDArray[Any]:
        """The segments as shapely lines, shape (s,)."""
        ends = np.stack([self.x[self.u], self.y[self.u], self.x[self.v], self.y[self.v]], axis=1)
        return np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The segments by place."""
        return shapely.STRtree(self.lines)

    def is_explained(self, segment: int, other: int) -> bool:
        """Tell whether two segments pass each other at different levels."""
        return bool(self.level[segment] != self.level[other])


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two segments that meet at x, y (metres in the plane) and share no node."""

    segment: int
    other: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A dead end: its node, its segment, the segment of another street nearest to it, and the distance."""

    node: int
    segment: int
    near: int
    distance_m: float


def find_meetings(plane: PlaneStreets) -> list[Meeting]:
    """Return where segments cross or touch without a common node, once for each place and pair of stretches."""
    one, other = plane.tree.query(plane.lines, predicate="intersects")
    one, other = one[one < other], other[one < other]
    u, v = plane.u, plane.v
    joined = (u[one] == u[other]) | (u[one] == v[other]) | (v[one] == u[other]) | (v[one] == v[other])
    one, other = one[~joined], other[~joined]
    places = shapely.centroid(shapely.intersection(plane.lines[one], plane.lines[other]))
    found: dict[tuple[int, int, int, int], Meeting] = {}
    for first, second, x, y in zip(
        one.tolist(), other.tolist(), shapely.get_x(places).tolist(), shapely.get_y(places).tolist(), strict=True
    ):
        low, high = sorted((int(plane.run[first]), int(plane.run[second])))
        here = (low, high, round(x / _SAME_PLACE_M), round(y / _SAME_PLACE_M))
        found.setdefault(here, Meeting(first, second, x, y))
    return sorted(found.values(), key=lambda one: (plane.is_explained(one.segment, one.other), one.x, one.y))


def find_gaps(plane: PlaneStreets, meetings: list[Meeting], near_m: float) -> list[Gap]:
    """Return the dead ends that stand within `near_m` of a street other than their own, the narrowest gap first.

    What crosses or touches the dead end's own segment is among the meetings and no gap. Where two dead ends face each
    other, the gap is told once.
    """
    node, segment = _dead_ends(plane)
    if not len(node):
        return []
    points = np.asarray(shapely.points(plane.x[node], plane.y[node]))
    which, near = plane.tree.query(points, predicate="dwithin", distance=near_m)
    distance_m: FloatArray = shapely.distance(points[which], plane.lines[near])
    other = plane.run[near] != plane.run[segment[which]]
    met = {(int(plane.run[meeting.other]), meeting.segment) for meeting in meetings}
    met |= {(int(plane.run[meeting.segment]), meeting.other) for meeting in meetings}
    candidates = sorted(zip(which[other].tolist(), distance_m[other].tolist(), near[other].tolist(), strict=True))
    steps = _Steps(plane)
    gaps: dict[int, Gap] = {}
    walked: dict[int, set[int]] = {}
    for number, gap_m, beside in candidates:
        own = int(segment[number])
        if number in gaps or (int(plane.run[beside]), own) in met:
            continue
        if number not in walked:
            walked[number] = steps.within(int(node[number]), _WALK_TIMES * near_m)
        if not {int(plane.u[beside]), int(plane.v[beside])} & walked[number]:
            gaps[number] = Gap(int(node[number]), own, beside, gap_m)
    return sorted(
        _once(list(gaps.values())), key=lambda gap: (plane.is_explained(gap.segment, gap.near), gap.distance_m)
    )


def _dead_ends(plane: PlaneStreets) -> tuple[Int64Array, Int64Array]:
    """Return the nodes at which one segment alone ends, and that segment; without those at a shut gate."""
    ends = np.concatenate([plane.u, plane.v]).astype(np.int64)
    number = np.tile(np.arange(len(plane.u)), 2)
    single: BoolArray = np.bincount(ends, minlength=len(plane.x))[ends] == 1
    single &= ~np.isin(ends, plane.shut)
    return ends[single], number[single]


def _once(gaps: list[Gap]) -> list[Gap]:
    """Return the gaps with one of each two dead ends that face each other."""
    by_segment = {(gap.segment, gap.near): gap for gap in gaps}
    facing = {
        gap.node: other.node
        for gap in gaps
        if (other := by_segment.get((gap.near, gap.segment))) is not None
        and abs(other.distance_m - gap.distance_m) < _SAME_PLACE_M / 10
    }
    return [gap for gap in gaps if facing.get(gap.node, gap.node) >= gap.node]


class _Steps:
    """The steps from each node to its neighbours, for short walks."""

    def __init__(self, plane: PlaneStreets) -> None:
        """Sort the segments by the nodes they start from."""
        first = np.concatenate([plane.u, plane.v])
        order = np.argsort(first, kind="stable")
        self._start = np.searchsorted(first[order], np.arange(len(plane.x) + 1)).tolist()
        self._neighbour = np.concatenate([plane.v, plane.u])[order].tolist()
        self._length_m = np.tile(plane.length_m, 2)[order].tolist()

    def within(self, node: int, limit_m: float) -> set[int]:
        """Return the nodes that are reached from `node` within `limit_m`, itself among them."""
        reached: set[int] = set()
        waiting = [(0.0, node)]
        while waiting:
            walked_m, here = heappop(waiting)
            if here in reached:
                continue
            reached.add(here)
            for step in range(self._start[here], self._start[here + 1]):
                onward_m = walked_m + self._length_m[step]
                if onward_m <= limit_m:
                    heappush(waiting, (onward_m, self._neighbour[step]))
        return reached
