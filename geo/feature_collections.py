"""What readers may page through, as tables: layers, subdistricts, demand, streets, gaps, claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.catalog_model import Layer, LocalText, PropertyKind, PropertyType
from geo.claim_review import ReviewedClaim
from geo.feature_table import Cell, Feature, FeatureTable, Interval, day_in_shanghai, make_table, year_in_shanghai
from geo.gaps import REASONS, Gap
from geo.layer_question import Question
from geo.layers import FacilityLayer
from geo.network import WalkNetwork
from geo.place import Place
from geo.property_checks import property_types

_STEP_FREE = {0: "no", 1: "yes", 2: "unknown"}
_DECIMALS = 7
_BAND_DEG = 0.002  # of a degree: 190 m or more, and bands are a few steps wide


def _field(name: str, kind: PropertyKind, words: tuple[str, str], choices: tuple[str, ...] = ()) -> PropertyType:
    """Return a property that may be unknown, with its name in Chinese and in English."""
    return PropertyType(name, kind, choices, required=False, label=LocalText(*words))


def layer_table(facilities: FacilityLayer, layer: Layer) -> FeatureTable:
    """Return the facilities of a layer; a facility holds on the day on which it was verified, where that is known."""
    types = property_types(layer)
    frame = facilities.frame
    records = frame[list(types)].to_dict("records")
    features = [
        Feature(str(feature_id), geometry, record, _verified(record.get("verified_on")))
        for feature_id, geometry, record in zip(frame.index, frame.geometry, records, strict=True)
    ]
    return make_table(list(types.values()), features)


SUBDISTRICT_FIELDS = (
    _field("name", "text", ("名称", "name")),
    _field("name_en", "text", ("英文名称", "name in English")),
    _field("code", "text", ("行政区划代码", "division code, 9 digits")),
    _field("district", "text", ("区", "district")),
    _field("area_km2", "number", ("面积（平方公里）", "area in km2")),
    _field("committees", "integer", ("居委会数", "residents' committees")),
    _field("population", "integer", ("人口或户数总数", "people or households in all")),
    _field("unit", "choice", ("数的是什么", "what is counted"), choices=("people", "households")),
    _field("population_as_of", "text", ("截至", "counted as of")),
)


def subdistrict_table(places: Iterable[Place]) -> FeatureTable:
    """Return the subdistricts with their outlines and the totals that shares are taken of."""
    return make_table(SUBDISTRICT_FIELDS, [_subdistrict(place) for place in places])


def _subdistrict(place: Place) -> Feature:
    one, population = place.subdistrict, place.subdistrict.population
    properties: dict[str, Cell] = {
        "name": one.name.zh,
        "name_en": one.name.en,
        "code": one.code,
        "district": one.district.zh,
        "area_km2": one.area_km2,
        "committees": one.committees,
        "population": population.value,
        "unit": population.unit,
        "population_as_of": population.as_of,
    }
    return Feature(one.id, place.outline, properties)


DEMAND_FIELDS = (
    _field("subdistrict", "text", ("街道", "subdistrict")),
    _field("street", "text", ("马路", "street")),
    _field("people", "number", ("人数（模拟）", "people, modelled")),
    _field("households", "number", ("户数（模拟）", "households, modelled")),
    _field("modelled", "boolean", ("是不是模拟的", "whether it is modelled")),
)


def demand_table(places: Iterable[Place]) -> FeatureTable:
    """Return the demand points of every subdistrict."""
    return make_table(DEMAND_FIELDS, [feature for place in places for feature in _demand(place)])


def _demand(place: Place) -> list[Feature]:
    frame = place.demand
    names = [field.name for field in DEMAND_FIELDS if field.name in frame]
    subdistrict = {"subdistrict": place.subdistrict.id}
    records = frame[names].to_dict("records")
    return [
        Feature(str(point), geometry, subdistrict | record)
        for point, geometry, record in zip(frame.index, frame.geometry, records, strict=True)
    ]


STREET_FIELDS = (
    _field("subdistrict", "text", ("街道", "subdistrict")),
    _field("name", "text", ("路名", "street name")),
    _field("highway", "text", ("道路类型", "kind of way (OpenStreetMap)")),
    _field("length_m", "number", ("长度（米）", "length in metres")),
    _field("step_free", "choice", ("没有台阶", "without steps or steep slopes"), choices=("no", "yes", "unknown")),
    _field("accuracy_m", "number", ("位置误差（米）", "accuracy of the line in metres")),
)


def street_table(places: Iterable[Place]) -> FeatureTable:
    """Return the ways of every walking network: what may be walked, as it is joined for the search."""
    return make_table(STREET_FIELDS, [feature for place in places for feature in _streets(place)])


def _streets(place: Place) -> list[Feature]:
    network = place.network
    if not network.edge_count:
        return []
    order = np.argsort(network.edge_way, kind="stable")
    ways, starts, of_way = np.unique(network.edge_way[order], return_index=True, return_inverse=True)
    length_m = np.add.reduceat(network.edge_length_dm[order], starts) / 10
    lines = _way_lines(network, order, of_way, len(ways))
    return [
        Feature(
            f"{place.subdistrict.id}-{way:06d}", line, _way(place.subdistrict.id, network, way) | {"length_m": length}
        )
        for way, length, line in zip(ways.tolist(), length_m.round(1).tolist(), lines, strict=True)
    ]


def _way(subdistrict: str, network: WalkNetwork, way: int) -> dict[str, Cell]:
    accuracy_m = float(network.way_accuracy_m[way])
    return {
        "subdistrict": subdistrict,
        "name": network.names[int(network.way_name[way])] or None,
        "highway": network.highways[int(network.way_highway[way])] or None,
        "length_m": None,
        "step_free": _STEP_FREE[int(network.way_step_free[way])],
        "accuracy_m": None if np.isnan(accuracy_m) else accuracy_m,
    }


def _way_lines(network: WalkNetwork, edges: np.ndarray, of_way: np.ndarray, ways: int) -> np.ndarray:
    """Return the edges of each way as one MultiLineString of joined lines; `of_way` numbers the ways of `edges`."""
    ends = [np.column_stack([network.lon[node], network.lat[node]]) for node in (network.edge_u, network.edge_v)]
    segments = shapely.linestrings(np.stack(ends, axis=1)[edges].round(_DECIMALS))
    joined = shapely.line_merge(shapely.multilinestrings(segments, indices=of_way))
    parts, owner = shapely.get_parts(joined, return_index=True)
    drawn = ~shapely.is_empty(parts)
    lines = np.full(ways, shapely.MultiLineString(), dtype=object)
    return np.asarray(shapely.multilinestrings(parts[drawn], indices=owner[drawn], out=lines))


GAP_FIELDS = (
    _field("subdistrict", "text", ("街道", "subdistrict")),
    _field("layer", "text", ("图层", "layer")),
    _field("rule", "text", ("规则", "rule")),
    _field("profile", "text", ("步速", "walking profile")),
    _field("letter", "text", ("字母，人最多的是 A", "letter; A has the most people")),
    _field("people", "number", ("人数（模拟）", "people, modelled")),
    _field("households", "number", ("户数（模拟）", "households, modelled")),
    _field("points", "integer", ("几个需求点", "demand points")),
    _field("streets", "text", ("主要在哪条马路", "streets that most of them live along")),
    _field("nearest_facility", "text", ("多数人最近的一处", "the facility that is nearest for most")),
    _field("limit_m", "number", ("上限（米）", "limit in metres")),
    _field("distance_m", "number", ("走多远，中位数（米）", "walk to the nearest facility in metres, the median")),
    _field("missing_m", "number", ("超出多少（米）", "metres over the limit")),
    _field("why", "choice", ("多数人为什么走不到", "why, for most of them"), choices=REASONS),
    _field("network_version", "text", ("路网版本", "version of the walking network that was walked")),
)


@dataclass(frozen=True, slots=True)
class AskedGaps:
    """The gaps of a place for a question, and the question's limit in metres."""

    place: Place
    question: Question
    limit_m: float
    gaps: Sequence[Gap]


def gap_table(found: Iterable[AskedGaps]) -> FeatureTable:
    """Return the gaps that were found; each stands as the band along its streets."""
    return make_table(
        GAP_FIELDS, [_gap(asked, number, gap) for asked in found for number, gap in enumerate(asked.gaps, start=1)]
    )


def gap_sketch(places: Iterable[Place]) -> FeatureTable:
    """Return a table with the fields of gaps and boxes that all of them are in, without looking for any."""
    return make_table(GAP_FIELDS, [Feature(f"{place.subdistrict.id}.001", _around(place), {}) for place in places])


def _around(place: Place) -> BaseGeometry:
    """Return a box that holds a place's streets and whatever is drawn along them."""
    network = place.network
    if not place.has_streets:
        return shapely.box(*place.outline.bounds)
    box = shapely.box(network.lon.min(), network.lat.min(), network.lon.max(), network.lat.max())
    around: BaseGeometry = shapely.union(box, place.outline).buffer(_BAND_DEG)
    return shapely.box(*around.bounds)


def _gap(asked: AskedGaps, number: int, gap: Gap) -> Feature:
    """Return a gap under its subdistrict, layer and number, 001 for the one with the most people."""
    subdistrict, question = asked.place.subdistrict, asked.question
    properties: dict[str, Cell] = {
        "subdistrict": subdistrict.id,
        "layer": question.layer_id,
        "rule": question.rule_id,
        "profile": question.profile_id,
        "letter": gap.letter,
        subdistrict.population.unit: round(gap.people, 3),
        "points": len(gap.points),
        "streets": "、".join(gap.streets) or None,
        "nearest_facility": gap.nearest_facility,
        "limit_m": asked.limit_m,
        "distance_m": gap.distance_m,
        "missing_m": gap.missing_m,
        "why": gap.why,
        "network_version": asked.place.network_version,
    }
    area = shapely.set_precision(gap.area, 10.0**-_DECIMALS)
    return Feature(f"{subdistrict.id}.{question.layer_id}.{number:03d}", area, properties)


CLAIM_FIELDS = (
    _field("report_id", "text", ("报告", "report")),
    _field("subdistrict", "text", ("街道", "subdistrict")),
    _field("year", "integer", ("年份", "year that the report is about")),
    _field("section", "text", ("在报告哪一节", "where in the report")),
    _field("indicator", "text", ("数的是什么", "what is counted (data/indicators.toml)")),
    _field("layer", "text", ("图层", "layer")),
    _field("kind", "text", ("目标、完成、计划、在建、现状", "target, done, plan, in_progress or state")),
    _field("value", "number", ("数字", "the figure")),
    _field("value_max", "number", ("上限", "upper end of a range")),
    _field("unit", "text", ("单位", "unit as the report writes it")),
    _field("qualifier", "text", ("多准", "how exact the report is")),
    _field("stage", "text", ("阶段", "how far it has come")),
    _field("start", "integer", ("在正文里的起点", "first character in the report's text")),
    _field("end", "integer", ("在正文里的终点", "one behind the last character")),
    _field("subject", "text", ("说明", "what is counted, in our words")),
    _field("verdict", "text", ("核对结果", "what the map says to it")),
    _field("mapped", "integer", ("图上有几处", "facilities with a known position")),
    _field("difference", "number", ("差多少", "mapped less claimed")),
)


def claim_table(reviewed: Sequence[ReviewedClaim]) -> FeatureTable:
    """Return the claims of every report with their verdicts; none has a geometry, each holds in its report's year."""
    taken: dict[str, int] = {}
    return make_table(CLAIM_FIELDS, [_claim(one, taken) for one in reviewed])


def _claim(reviewed: ReviewedClaim, taken: dict[str, int]) -> Feature:
    """Return a claim under its place in the report; a second claim at one place gets a number behind it."""
    claim = reviewed.claim
    place = f"{claim.report_id}-{claim.start:06d}-{claim.end:06d}"
    taken[place] = taken.get(place, 0) + 1
    claim_id = place if taken[place] == 1 else f"{place}-{taken[place]}"
    own = {name: getattr(claim, name) for name in (field.name for field in CLAIM_FIELDS) if hasattr(claim, name)}
    texts = {name: value or None for name, value in own.items() if isinstance(value, str)}
    judged = {"verdict": reviewed.verdict, "mapped": reviewed.located, "difference": reviewed.difference}
    return Feature(claim_id, None, own | texts | judged, year_in_shanghai(claim.year))


def _verified(day: object) -> Interval | None:
    return day_in_shanghai(day) if isinstance(day, str) else None
