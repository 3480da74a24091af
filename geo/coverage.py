"""Coverage: who can walk to a facility within a limit, counted in people, in demand points and in street length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.access import Nearest, Walk, nearest_facility, nearest_from_state
from geo.circles import nearest_centre
from geo.doors import best_doors
from geo.graph import UInt64Array
from geo.network import BoolArray, FloatArray, Int32Array, Int64Array, WalkNetwork
from geo.snapping import Snaps

COVERED, UNCOVERED, UNREACHABLE = "covered", "uncovered", "unreachable"


@dataclass(frozen=True)
class Tally:
    """A total and how it falls: covered + uncovered + unreachable = total."""

    total: float
    covered: float
    uncovered: float
    unreachable: float

    @property
    def share(self) -> float | None:
        """Covered share of the total, None where there is nobody to cover."""
        return self.covered / self.total if self.total > 0 else None

    @property
    def figures(self) -> dict[str, float | None]:
        """The counts by name, with the share."""
        return {
            "total": self.total,
            "covered": self.covered,
            "uncovered": self.uncovered,
            "unreachable": self.unreachable,
            "share": self.share,
        }

    def share_of(self, part: float) -> float | None:
        """Return `part` as a share of the total, None where there is nobody."""
        return part / self.total if self.total > 0 else None


@dataclass(frozen=True)
class EdgeOfData:
    """Demand within one limit of the edge of the network's area, where the real walk may leave what is known.

    `points` and `weight` count all of it, `uncovered_points` and `uncovered_weight` what is not covered: more
    streets can only shorten a walk, so that covered demand stays covered.
    """

    points: int
    weight: float
    uncovered_points: int
    uncovered_weight: float


@dataclass(frozen=True)
class Coverage:
    """Coverage of demand points by facilities.

    Attributes:
        nearest: Nearest facility, distance and reason of each point.
        status: "covered", "uncovered" or "unreachable" of each point, object (p,).
    """

    nearest: Nearest
    status: npt.NDArray[np.object_]

    @property
    def covered(self) -> BoolArray:
        """Whether each point is covered."""
        return np.asarray(self.status == COVERED)


def cover(
    network: WalkNetwork,
    facilities: Snaps,
    demand: Snaps,
    limits_dm: int | Int32Array,
    walk: Walk | None = None,
    state: UInt64Array | None = None,
) -> Coverage:
    """Tell for each demand point whether a facility is within its limit, on foot and with both access legs.

    Args:
        network: The walking network.
        facilities: Facilities on edges, in the order in which ties are decided.
        demand: Demand points on edges.
        limits_dm: The limit, inclusive; one for all, or one for each facility where some have a radius of their own.
        walk: Longest access leg and closed edges; its limit must not be below the largest limit.
        state: The nodes' keys for these facilities where they are known already, of a plain walk without a limit.
    """
    if state is None:
        nearest = nearest_facility(network, facilities, demand, walk)
    else:
        nearest = nearest_from_state(network, state, facilities, demand)
    each = np.broadcast_to(np.asarray(limits_dm, dtype=np.int64), (len(facilities),))
    covered = np.zeros(len(demand), dtype=bool)
    for limit_dm in np.unique(each):
        same = each == limit_dm
        group = nearest if same.all() else nearest_facility(network, facilities.take(same), demand, walk)
        covered |= (group.distance_dm >= 0) & (group.distance_dm <= limit_dm)
    status = np.where(covered, COVERED, np.where(nearest.distance_dm < 0, UNREACHABLE, UNCOVERED))
    return Coverage(nearest, status.astype(object))


def by_owner(coverage: Coverage, owner: Int64Array) -> Coverage:
    """Return the coverage of demand points from that of their doors: covered where one door is, at its best distance.

    Args:
        coverage: Of doors.
        owner: The demand point of each door, see `geo.doors.Doors`.
    """
    found = coverage.nearest
    best = best_doors(owner, found.distance_dm.astype(np.int64), found.facility.astype(np.int64))
    nearest = Nearest(found.facility[best], found.distance_dm[best], found.reason[best])
    covered = np.bincount(owner, coverage.covered) > 0
    status = np.where(covered, COVERED, np.where(nearest.distance_dm < 0, UNREACHABLE, UNCOVERED))
    return Coverage(nearest, status.astype(object))


def tally(weights: FloatArray, status: npt.NDArray[np.object_]) -> Tally:
    """Return the sums of `weights` by status, shapes (p,)."""
    sums = {name: float(weights[status == name].sum()) for name in (COVERED, UNCOVERED, UNREACHABLE)}
    return Tally(float(weights.sum()), sums[COVERED], sums[UNCOVERED], sums[UNREACHABLE])


def within_circle(
    facilities_xy: FloatArray, demand_xy: FloatArray, limits_dm: int | Sequence[int] | Int32Array
) -> BoolArray:
    """Tell for each demand point whether it lies inside a facility's straight-line circle.

    Args:
        facilities_xy: Facilities in metres, shape (f, 2).
        demand_xy: Demand points in metres, shape (p, 2); NaN lies in no circle.
        limits_dm: Radius of all or of each facility in dm, inclusive as the walking limit is.
    """
    each = np.broadcast_to(np.asarray(limits_dm, dtype=np.float64), (len(facilities_xy),))
    inside = np.zeros(len(demand_xy), dtype=bool)
    known = np.flatnonzero(np.isfinite(demand_xy).all(axis=1))
    points = demand_xy[known]
    for radius_dm in np.unique(each):  # of facilities with one radius the nearest decides
        same = facilities_xy[each == radius_dm]
        distance_m = np.hypot(*(points - same[nearest_centre(same, points)]).T)
        inside[known] |= np.rint(distance_m * 10) <= radius_dm
    return inside


def edge_of_data(inside_m: FloatArray, limit_dm: int, weights: FloatArray, covered: BoolArray) -> EdgeOfData:
    """Count the demand within one limit of the edge of what is known of the streets, or outside it.

    Args:
        inside_m: How far each point lies inside the known streets (`geo.known_area.depths_m`), shape (p,); NaN counts
            nowhere.
        limit_dm: The limit.
        weights: People (or households) of each point.
        covered: Whether each point is covered.
    """
    near = (inside_m == 0) | (inside_m < limit_dm / 10)
    lost = near & ~covered
    return EdgeOfData(int(near.sum()), float(weights[near].sum()), int(lost.sum()), float(weights[lost].sum()))
