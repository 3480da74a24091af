"""Gaps: uncovered demand that belongs together, by network neighbourhood, with what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.access import NO_PATH, OFF_NETWORK, NodeDistances, node_distances
from geo.assessment import LayerCoverage, assess_coverage, none_where_unknown
from geo.catalog import Catalog
from geo.coverage import COVERED, by_owner, cover
from geo.graph import BoolArray, FloatArray, Int64Array
from geo.layer_question import Question, ask_layer
from geo.neighbourhoods import neighbourhoods
from geo.network import WalkNetwork
from geo.place import Place, positions_lonlat
from geo.service_area import cut_runs, distance_runs, reach_band, to_degrees
from geo.snapping import Snaps
from geo.walk import Walk

NO_FACILITY_NEAR, LONG_WAY, GATE, EDGE_OF_DATA = "no_facility_near", "long_way_round", "gate", "edge_of_data"
REASONS = (NO_FACILITY_NEAR, LONG_WAY, GATE, EDGE_OF_DATA, NO_PATH, OFF_NETWORK)
_ALONG_M = 40.0
_MOST_STREETS = 2


@dataclass(frozen=True, eq=False)
class Gap:
    """Uncovered demand that belongs together.

    Attributes:
        letter: A for the gap with the most people, then B ... Z, AA ...
        people: People (or households) in it; `total_people` of the whole place is the denominator.
        total_people: People of the place.
        points: Ids of its demand points, sorted.
        streets: The streets that most of its people live along, at most two.
        nearest_facility: The facility that is nearest for most of them, None where none can be reached.
        distance_m: Walking distance to the nearest facility, the median by people; None where none can be reached.
        missing_m: By how much that is over the limit.
        missing_min: The same in minutes of the profile.
        why: The reason that holds for most people, of `REASONS`.
        people_by_reason: People by reason.
        area: The band along its streets, WGS-84; empty where no street is near.
    """

    letter: str
    people: float
    total_people: float
    points: tuple[str, ...]
    streets: tuple[str, ...]
    nearest_facility: str | None
    distance_m: float | None
    missing_m: float | None
    missing_min: float | None
    why: str
    people_by_reason: Mapping[str, float]
    area: BaseGeometry


def find_gaps(
    place: Place,
    catalog: Catalog,
    question: Question,
    walk: Walk | None = None,
    answer: LayerCoverage | None = None,
) -> list[Gap]:
    """Return the gaps of a layer in a place, most people first; demand points without people are in none.

    Args:
        place: The subdistrict.
        catalog: Rules and profiles.
        question: Layer, rule and profile.
        walk: Gates that are shut: who is covered only without them lives behind a gate.
        answer: What `assess_coverage` says to the question, where that is known already.
    """
    if not place.has_streets:
        return []
    coverage = answer or assess_coverage(place, catalog, question)
    answers = _without_facilities(place) if coverage is None else coverage.demand
    status = answers["status"].to_numpy()
    behind = np.zeros(len(status), dtype=bool)
    if walk is not None and coverage is not None:
        shut = _shut_status(place, catalog, question, walk)
        behind = (status == COVERED) & (shut != COVERED)
        status = shut
    lost = np.flatnonzero((status != COVERED) & (place.weights > 0))
    if not len(lost):
        return []
    reasons = _reasons(place, coverage, answers, behind)
    lonlat = positions_lonlat(place.demand)
    snaps = place.demand_snaps.take(lost)
    group = neighbourhoods(place.network, snaps, place.weights[lost], lonlat[lost])
    limit_m = catalog.rules[question.rule_id].limit_dm(catalog.profiles[question.profile_id]) / 10
    known = _Known(place, answers, reasons, limit_m, catalog.profiles[question.profile_id].speed_mps)
    return [_gap(known, number, lost[group == number]) for number in range(int(group.max()) + 1)]


@dataclass(frozen=True, eq=False)
class _Known:
    place: Place
    answers: pd.DataFrame
    reasons: npt.NDArray[np.object_]
    limit_m: float
    speed_mps: float


def _without_facilities(place: Place) -> pd.DataFrame:
    nothing = {"distance_m": np.nan, "nearest_facility": None, "status": "unreachable", "reason": None, "circle": False}
    return pd.DataFrame(nothing, index=place.demand.index)


def _shut_status(place: Place, catalog: Catalog, question: Question, walk: Walk) -> npt.NDArray[np.object_]:
    asked = ask_layer(place, catalog, question)
    found = cover(place.network, asked.snaps, place.door_snaps, asked.limits_dm, walk)
    return found.status if place.doors is None else by_owner(found, place.doors.owner).status


def _reasons(
    place: Place, coverage: LayerCoverage | None, answers: pd.DataFrame, behind: BoolArray
) -> npt.NDArray[np.object_]:
    """Return why each demand point is not covered; the later of these lines goes before the earlier."""
    reasons = np.full(len(answers), NO_FACILITY_NEAR, dtype=object)
    if coverage is not None:
        reasons[(place.demand_depth_m == 0) | (place.demand_depth_m < coverage.limit_m)] = EDGE_OF_DATA
        reasons[answers["circle"].to_numpy(dtype=bool)] = LONG_WAY
    reasons[behind] = GATE
    for code in (NO_PATH, OFF_NETWORK):
        reasons[(answers["reason"] == code).to_numpy()] = code
    return reasons


def _gap(known: _Known, number: int, points: Int64Array) -> Gap:
    place, people = known.place, known.place.weights[points]
    answers = known.answers.iloc[points]
    distance_m = _median(answers["distance_m"].to_numpy(dtype=np.float64), people)
    missing_m = None if distance_m is None else max(round(distance_m - known.limit_m, 1), 0.0)
    by_reason = _sums(known.reasons[points], people)
    nearest = _sums(none_where_unknown(answers["nearest_facility"]), people)
    return Gap(
        letter=letter_of(number),
        people=float(people.sum()),
        total_people=float(place.weights.sum()),
        points=tuple(sorted(place.demand.index[points])),
        streets=_streets(place, points),
        nearest_facility=next(iter(nearest), None),
        distance_m=distance_m,
        missing_m=missing_m,
        missing_min=None if missing_m is None else missing_m / known.speed_mps / 60,
        why=next(iter(by_reason)),
        people_by_reason=by_reason,
        area=_area(place.network, place.demand_snaps.take(points)),
    )


def letter_of(number: int) -> str:
    """Return A, B ... Z, AA, AB ... for 0, 1 ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _median(values: FloatArray, people: FloatArray) -> float | None:
    """Return the smallest value that half of the people are at or below, None where nobody has one."""
    known = np.isfinite(values)
    if not known.any():
        return None
    order = np.argsort(values[known], kind="stable")
    below = np.cumsum(people[known][order])
    return float(values[known][order][np.searchsorted(below, below[-1] / 2)])


def _sums(names: npt.NDArray[np.object_], people: FloatArray) -> dict[str, float]:
    """Return people by name, most first, equal ones by name; None is left out."""
    sums: dict[str, float] = {}
    for name, count in zip(names.tolist(), people.tolist(), strict=True):
        if name is not None:
            sums[str(name)] = sums.get(str(name), 0.0) + count
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def _streets(place: Place, points: Int64Array) -> tuple[str, ...]:
    edges = place.demand_snaps.edge[points]
    names = np.array(
        [place.network.edge_name(int(edge)) or None if edge >= 0 else None for edge in edges], dtype=object
    )
    return tuple(_sums(names, place.weights[points]))[:_MOST_STREETS]


def _area(network: WalkNetwork, points: Snaps) -> BaseGeometry:
    """Return the band along what lies within a few steps of the points, WGS-84."""
    at_street = Snaps(points.edge, points.offset_dm, np.zeros_like(points.access_dm), points.fraction, points.access_m)
    nodes: NodeDistances = node_distances(network, at_street)
    parts = cut_runs(distance_runs(network, nodes, at_street), -1.0, _ALONG_M * 10)
    if not len(parts.edge):
        return shapely.Polygon()
    return to_degrees(network, reach_band(network, parts))
