"""Fairness: a layer's coverage by residents' committee, how evenly the walk is shared, and who has it worst.

Where somebody has brought the committees' outlines, demand belongs to the one that it lies in. No outline is published:
until then demand goes to the committee group that is nearest on foot, and every figure by committee is modelled, on top
of people that may be modelled themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.access import nearest_facility
from geo.assessment import assess_coverage
from geo.catalog import Catalog
from geo.committees import CommitteeGroup, Committees
from geo.coverage import Tally, tally
from geo.graph import FloatArray
from geo.inequality import Lorenz, lorenz, worst_served
from geo.layer_question import Question
from geo.place import OUTLINE_SLACK_M, Place, positions_lonlat
from geo.service_area import to_metres
from geo.snapping import snap

WORST_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class CommitteeFairness:
    """A committee group: people by status, and the mean walk of those who can reach a facility (None for nobody)."""

    group: CommitteeGroup
    people: Tally
    points: int
    mean_m: float | None


@dataclass(frozen=True, eq=False)
class WorstServed:
    """The tenth of all people with the longest walk: how many, their mean walk, how many reach nothing, and where."""

    people: float
    total_people: float
    mean_m: float | None
    unreachable: float
    least_m: float | None
    streets: tuple[str, ...]
    points: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Fairness:
    """How a layer's walk is shared.

    Attributes:
        people: People of the place by status.
        committees: One entry a placed group, worst share first.
        unplaced: Names of committees without a position: nothing is computed for them.
        outside: People whom no committee can be reached from, or who live in no outline.
        walk: Lorenz curve of walking distance over people who can reach a facility; None where nobody walks.
        worst: The worst-served tenth.
        basis: What the people rest on: modelled, compounds, buildings, raster or none.
        modelled: Whether demand was allocated to committees by us, and not by their outlines.
        outlines_source: Where the outlines are from.
    """

    people: Tally
    committees: tuple[CommitteeFairness, ...]
    unplaced: tuple[str, ...]
    outside: float
    walk: Lorenz | None
    worst: WorstServed
    basis: str
    modelled: bool
    outlines_source: str


def assess_fairness(place: Place, catalog: Catalog, question: Question, committees: Committees) -> Fairness | None:
    """Return how a layer's walk is shared in a place, None where no facility is left to walk to."""
    coverage = assess_coverage(place, catalog, question)
    if coverage is None:
        return None
    distance_m = coverage.demand["distance_m"].to_numpy(dtype=np.float64)
    status = coverage.demand["status"].to_numpy(dtype=object)
    owner = allocate(place, committees)
    entries = [
        _entry(
            group, place.weights[owner == number], distance_m[owner == number], tally_of(place, status, owner, number)
        )
        for number, group in enumerate(committees.groups)
    ]
    entries.sort(key=lambda each: (1.0 if each.people.share is None else each.people.share, each.group.id))
    return Fairness(
        people=coverage.weights,
        committees=tuple(entries),
        unplaced=committees.unplaced,
        outside=float(place.weights[owner < 0].sum()),
        walk=lorenz(distance_m, place.weights),
        worst=_worst(place, distance_m),
        basis=place.basis.kind,
        modelled=not committees.has_outlines,
        outlines_source=committees.source,
    )


def allocate(place: Place, committees: Committees) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the number of the committee group of each demand point, -1 for none.

    It is the one whose outline holds the point, or lies within 20 m of it; without outlines the one that is nearest on
    foot.
    """
    if committees.has_outlines:
        return _in_outlines(place, committees)
    lon = np.array([group.lon for group in committees.groups], dtype=np.float64)
    lat = np.array([group.lat for group in committees.groups], dtype=np.float64)
    return nearest_facility(place.network, snap(place.network, lon, lat), place.demand_snaps).facility


def _in_outlines(place: Place, committees: Committees) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the first outline that holds each point, else the nearest within the slack that every outline has here."""
    areas = [to_metres(place.network, group.outline) for group in committees.groups if group.outline is not None]
    outlines = np.asarray(areas, dtype=object)
    lonlat = positions_lonlat(place.demand)
    points = np.asarray(shapely.points(*place.network.projection.to_xy(lonlat[:, 0], lonlat[:, 1]))).reshape(-1)
    owner = np.full(len(points), len(outlines), dtype=np.int32)
    group, point = shapely.STRtree(points).query(outlines, predicate="covers")
    np.minimum.at(owner, point, group.astype(np.int32))
    left = np.flatnonzero(owner == len(outlines))
    near, group = shapely.STRtree(outlines).query_nearest(points[left], max_distance=OUTLINE_SLACK_M, all_matches=False)
    owner[left] = -1
    owner[left[near]] = group
    return owner


def tally_of(
    place: Place, status: np.ndarray[tuple[int], np.dtype[np.object_]], owner: np.ndarray, number: int
) -> Tally:
    """Return the people of one committee group by status."""
    return tally(place.weights[owner == number], status[owner == number])


def _entry(group: CommitteeGroup, people: FloatArray, distance_m: FloatArray, by_status: Tally) -> CommitteeFairness:
    known = np.isfinite(distance_m) & (people > 0)
    mean_m = float(np.average(distance_m[known], weights=people[known])) if known.any() else None
    return CommitteeFairness(group, by_status, len(people), mean_m)


def _worst(place: Place, distance_m: FloatArray) -> WorstServed:
    points, part = worst_served(distance_m, place.weights, WORST_SHARE)
    walked = np.isfinite(distance_m[points])
    reaches = bool(walked.any())
    people_by_street: dict[str, float] = {}
    for point, people in zip(points.tolist(), part.tolist(), strict=True):
        edge = int(place.demand_snaps.edge[point])
        name = place.network.edge_name(edge) if edge >= 0 else ""
        people_by_street[name] = people_by_street.get(name, 0.0) + people
    ranked = sorted(people_by_street.items(), key=lambda item: (-item[1], item[0]))
    return WorstServed(
        people=float(part.sum()),
        total_people=float(place.weights.sum()),
        mean_m=float(np.average(distance_m[points][walked], weights=part[walked])) if reaches else None,
        unreachable=float(part[~walked].sum()),
        least_m=float(distance_m[points][walked].min()) if reaches else None,
        streets=tuple(name for name, _ in ranked if name)[:3],
        points=tuple(place.demand.index[points]),
    )
