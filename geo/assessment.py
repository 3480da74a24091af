"""The one pipeline: everything known of a subdistrict in, answers to a planner's question out.

Pages, the API and files all read what this module returns; none of them computes a figure of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.access import DEFAULT_MAX_ACCESS_M, NO_FACILITY, NO_PATH, NO_POSITION, OFF_NETWORK
from geo.catalog import Catalog, Profile, Rule
from geo.circles import circles_within
from geo.coverage import Coverage, EdgeOfData, Tally, by_owner, cover, edge_of_data, tally, within_circle
from geo.graph import UInt64Array
from geo.layer_question import Question, ask_layer
from geo.layer_state import LayerState, state_of
from geo.network import BoolArray, FloatArray, Int32Array, WalkNetwork
from geo.place import (
    LayerAssessment,
    Place,
    assess_layer,
    read_outlines,
    read_place,
)
from geo.prepared import prepared_copy
from geo.service_area import (
    EdgeParts,
    Runs,
    cut_runs,
    lines_to_degrees,
    named_strokes,
    reach_band,
    to_degrees,
    unreached_parts,
)
from geo.snapping import Snaps
from geo.street_length import streets_in_circles, whole_edges

__all__ = [
    "BandPart",
    "FromOutside",
    "LayerAssessment",
    "LayerCoverage",
    "Place",
    "Question",
    "assess_coverage",
    "assess_layer",
    "none_where_unknown",
    "reach_polygon",
    "reach_ratios",
    "read_outlines",
    "read_place",
    "street_bands",
]

_ANSWERS_KEPT = 2
_REASONS = (NO_POSITION, OFF_NETWORK, NO_FACILITY, NO_PATH)
BAND_SHARES = (1 / 3, 2 / 3, 1.0, 4 / 3)
"""Where the five bands of walking distance are cut, as shares of the limit."""


@dataclass(frozen=True)
class FromOutside:
    """What neighbours' facilities add: how many count, and whom they alone cover."""

    facilities: int = 0
    weight: float = 0.0
    points: int = 0


@dataclass(frozen=True, eq=False)
class LayerCoverage:
    """The answer to a question.

    Attributes:
        rule: The rule that set the limit.
        profile: The walking profile that turned minutes into metres.
        limit_m: The limit in metres.
        with_samples: Whether invented positions count in it.
        facilities_used: The subdistrict's own facilities that count; `outside` has the neighbours'.
        facilities_off_network: Of these, the ones too far from every street.
        weights: People or households, by the subdistrict's unit.
        points: Demand points, unweighted.
        street_m: Street length inside the subdistrict.
        circle_weights: The same by straight-line circles.
        circle_only_weight: Inside a circle, but not within the limit on foot.
        demand: Index demand id; columns distance_m, nearest_facility, status, reason, circle, weight.
        edge_of_data: Demand whose walk may leave the network's area.
        groups: The people of each group that the homes tell apart, by the group's id; empty where they tell none.
        outside: What the neighbours' facilities add.
    """

    rule: Rule
    profile: Profile
    limit_m: float
    with_samples: bool
    facilities_used: int
    facilities_off_network: int
    weights: Tally
    points: Tally
    street_m: Tally
    circle_weights: Tally
    circle_only_weight: float
    demand: pd.DataFrame
    edge_of_data: EdgeOfData
    groups: dict[str, Tally] = field(default_factory=dict)
    outside: FromOutside = field(default_factory=FromOutside)


@dataclass(frozen=True, eq=False, slots=True)
class BandPart:
    """A line of one walking-distance band: 1 to 5, 0 where no facility can be reached; WGS-84 degrees (n, 2)."""

    coords: FloatArray
    band: int
    inside: bool
    street: str


@dataclass(frozen=True, eq=False)
class _Answer:
    """What several answers to one question share."""

    facilities: gpd.GeoDataFrame
    snaps: Snaps
    limits_dm: Int32Array
    limit_dm: int
    outside: BoolArray
    state: LayerState
    network: WalkNetwork

    @cached_property
    def runs(self) -> Runs:
        """The streets by walking distance."""
        return self.state.runs(self.network)


def assess_coverage(place: Place, catalog: Catalog, question: Question) -> LayerCoverage | None:
    """Answer a question, or return None where no facility is left to walk to, or no street to walk on."""
    answer = _answer(place, catalog, question)
    if answer is None:
        return None
    coverage = _coverage(place, answer.snaps, answer.limits_dm, answer.state.keys)
    circle = within_circle(answer.state.xy, place.demand_xy, answer.limits_dm)
    weights = place.weights
    circle_status = np.where(circle, "covered", "uncovered").astype(object)
    return LayerCoverage(
        rule=catalog.rules[question.rule_id],
        profile=catalog.profiles[question.profile_id],
        limit_m=answer.limit_dm / 10,
        with_samples=question.with_samples,
        facilities_used=int((~answer.outside).sum()),
        facilities_off_network=int((answer.snaps.access_m > DEFAULT_MAX_ACCESS_M).sum()),
        weights=tally(weights, coverage.status),
        points=tally(np.ones(len(weights)), coverage.status),
        street_m=_street_tally(place, answer),
        circle_weights=tally(weights, circle_status),
        circle_only_weight=float(weights[circle & ~coverage.covered].sum()),
        demand=_demand_frame(place, answer.facilities, coverage, circle),
        edge_of_data=edge_of_data(place.demand_depth_m, answer.limit_dm, weights, coverage.covered),
        groups={
            group.id: tally(place.demand[group.id].to_numpy(dtype=np.float64), coverage.status)
            for group in place.basis.groups
        },
        outside=_from_outside(place, answer, coverage),
    )


def street_bands(place: Place, catalog: Catalog, question: Question) -> list[BandPart]:
    """Return the streets of the network in bands of walking distance, joined as far as street and band agree.

    The bands are cut at a third, two thirds, the whole and four thirds of the limit; band 0 is unreachable. Where no
    facility is left every street is in band 0.
    """
    answer = _answer(place, catalog, question)
    if answer is None:
        return _band_parts(place, 0, whole_edges(place.network))
    cuts = [-1.0, *(share * answer.limit_dm for share in BAND_SHARES), float("inf")]
    parts = _band_parts(place, 0, unreached_parts(answer.runs))
    for band, (over_dm, upto_dm) in enumerate(pairwise(cuts), start=1):
        parts += _band_parts(place, band, cut_runs(answer.runs, over_dm, upto_dm))
    return parts


def reach_polygon(place: Place, catalog: Catalog, question: Question) -> BaseGeometry:
    """Return the band along the streets within the limit, WGS-84; empty where no facility is left."""
    answer = _answer(place, catalog, question)
    if answer is None:
        return shapely.Polygon()
    return to_degrees(place.network, reach_band(place.network, cut_runs(answer.runs, -1.0, answer.limit_dm)))


def _answer(place: Place, catalog: Catalog, question: Question) -> _Answer | None:
    """Return what coverage, bands and reach share; the last few are kept, since a page asks for all three."""
    kept = place.recent_answers
    key = (catalog.content_hash, question)
    if key not in kept:
        while len(kept) >= _ANSWERS_KEPT:
            kept.pop(next(iter(kept), None), None)
        kept[key] = _work_out(place, catalog, question)
    return cast("_Answer | None", kept[key])


def _work_out(place: Place, catalog: Catalog, question: Question) -> _Answer | None:
    asked = ask_layer(place, catalog, question)
    if asked.facilities.empty or not place.has_streets:
        return None
    before = cast("LayerState | None", place.layer_states.get(question.facilities_asked))
    state = place.layer_states[question.facilities_asked] = state_of(place.network, asked.places, before)
    return _Answer(asked.facilities, state.snaps, asked.limits_dm, asked.limit_dm, asked.outside, state, place.network)


def _coverage(place: Place, snaps: Snaps, limits_dm: Int32Array, keys: UInt64Array | None = None) -> Coverage:
    """Return the coverage of the demand points, each by its best door; `keys` are the nodes', where known."""
    coverage = cover(place.network, snaps, place.door_snaps, limits_dm, state=keys)
    return coverage if place.doors is None else by_owner(coverage, place.doors.owner)


def _from_outside(place: Place, answer: _Answer, coverage: Coverage) -> FromOutside:
    if not answer.outside.any():
        return FromOutside()
    own = ~answer.outside
    lost = coverage.covered
    if own.any():
        lost = lost & ~_coverage(place, answer.snaps.take(own), answer.limits_dm[own]).covered
    return FromOutside(int(answer.outside.sum()), float(place.weights[lost].sum()), int(lost.sum()))


def _demand_frame(place: Place, facilities: gpd.GeoDataFrame, coverage: Coverage, circle: BoolArray) -> pd.DataFrame:
    """Return the answer for each demand point: a byte or two a column where values are few, since many are kept."""
    nearest = coverage.nearest
    columns = {
        "distance_m": np.where(nearest.distance_dm < 0, np.nan, nearest.distance_dm / 10),
        "nearest_facility": pd.Categorical.from_codes(nearest.facility, facilities.index.astype(object)),
        "status": pd.Categorical(coverage.status),
        "reason": pd.Categorical(nearest.reason, _REASONS),
        "circle": circle,
        "weight": place.weights,
    }
    return pd.DataFrame(columns, index=place.demand.index, copy=False)


def none_where_unknown(column: pd.Series[Any]) -> npt.NDArray[np.object_]:
    """Return a column of `LayerCoverage.demand` as plain values, None where nothing is known."""
    values = column.astype(object)
    return values.where(values.notna(), None).to_numpy(dtype=object)


def _street_tally(place: Place, answer: _Answer) -> Tally:
    inside = place.streets_inside
    within = inside.length_m(cut_runs(answer.runs, -1.0, answer.limit_dm))
    beyond = inside.length_m(cut_runs(answer.runs, answer.limit_dm, float("inf")))
    unreached = inside.length_m(unreached_parts(answer.runs))
    return Tally(within + beyond + unreached, within, beyond, unreached)


def reach_ratios(
    place: Place, catalog: Catalog, question: Question, coverage: LayerCoverage
) -> dict[str, float | None]:
    """Return what is walked to over what the circle promises, both inside the subdistrict.

    By "people", "street" and "area"; None where the circle holds nothing. `coverage` is the answer to `question`.
    """
    answer = _answer(place, catalog, question)
    if answer is None:
        return dict.fromkeys(("people", "street", "area"))
    circles = (answer.state.xy, answer.limits_dm / 10)
    promised = circles_within(*circles, place.area_xy)
    within = cut_runs(answer.runs, -1.0, answer.limit_dm)
    band = shapely.intersection(reach_band(place.network, within), promised)
    inside = place.streets_inside
    if promised is not place.area_xy:
        inside = streets_in_circles(place.network, promised, circles, inside)
    return {
        "people": _ratio(coverage.weights.covered, coverage.circle_weights.covered),
        "street": _ratio(inside.length_m(within), inside.length_m(whole_edges(place.network))),
        "area": _ratio(band.area, promised.area),
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _band_parts(place: Place, band: int, parts: EdgeParts) -> list[BandPart]:
    """Return parts of one band as joined lines, cut where they leave the subdistrict."""
    lines, names = named_strokes(place.network, parts)
    area = prepared_copy(place.area_xy)
    inside = shapely.contains(area, lines)
    crossing = shapely.intersects(area, lines) & ~inside
    within, beyond = lines.copy(), lines.copy()
    within[crossing] = shapely.intersection(lines[crossing], place.area_xy)
    beyond[crossing] = shapely.difference(lines[crossing], place.area_xy)
    found = []
    for is_inside, cut, chosen in ((True, within, inside | crossing), (False, beyond, ~inside)):
        pieces, owner = shapely.get_parts(cut[chosen], return_index=True)
        is_line = shapely.length(pieces) > 0
        name = names[chosen][owner[is_line]]
        found += [
            BandPart(coords, band, is_inside, place.network.names[number])
            for coords, number in zip(_rounded(place, pieces[is_line]), name, strict=True)
        ]
    return found


def _rounded(place: Place, lines: npt.NDArray[np.object_]) -> list[FloatArray]:
    """Return the positions of each line, WGS-84 degrees to the decimetre."""
    lonlat, owner = shapely.get_coordinates(lines_to_degrees(place.network, lines), return_index=True)
    return np.split(lonlat.round(6), np.flatnonzero(np.diff(owner)) + 1) if len(lines) else []
