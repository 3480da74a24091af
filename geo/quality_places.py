"""Checks of where facilities are: subdistrict, streets, other datums, address, and the right side of the street."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.address_text import HouseNumber, fold, read_number
from geo.datum import FloatArray, geodesic_lengths_m
from geo.datum_shift import DATUM_NAMES, Datum, detect_shift, to_wgs84
from geo.gazetteer import KnownNumber
from geo.geometry_checks import distances_outside_m
from geo.house_numbers import Anchor, NumberedStreet, estimate_number, numbered_street
from geo.known_places import street_address
from geo.quality_model import Figures, Finding, QualityContext
from geo.snapping import snap

OUTLINE_SLACK_M = 20.0
"""The outlines are drawn 15 to 30 m off themselves (data/base/README.md)."""
FAR_FROM_STREET_M = 100.0
"""A facility whose nearest street is farther off than this, and than its accuracy, wants a look."""
ELSEWHERE_M = 150.0
"""A position may be this far from its address, beside what both are uncertain by."""
OFF_THE_MIDDLE_M, NEAR_THE_STREET_M = 4.0, 80.0
"""Within the first nothing can be said of the side; beyond the second it is not the side that is wrong."""
_HOUSE_LEVEL = ("surveyed", "address")
_OTHER_DATUMS: tuple[Datum, ...] = ("gcj02", "bd09")
_WORTH_NAMING_M, _EXPLAINED_SHARE = 250.0, 0.4


@dataclass(frozen=True, slots=True)
class _Addressed:
    """A located facility that has a street and a number."""

    id: str
    subdistrict: str
    address: str
    status: str
    accuracy_m: float
    lon: float
    lat: float
    number: HouseNumber


def outside(frame: gpd.GeoDataFrame, context: QualityContext) -> Iterator[Finding]:
    """Yield facilities farther outside the outline of their subdistrict than it and they are uncertain by."""
    for slug, outline in context.outlines.items():
        mine = frame[(frame["subdistrict"] == slug) & frame.geometry.notna()]
        distances_m = distances_outside_m(mine.geometry.to_numpy(), outline)
        for feature_id, distance_m, accuracy_m in zip(
            mine.index, distances_m.tolist(), mine["accuracy_m"], strict=True
        ):
            if distance_m > max(OUTLINE_SLACK_M, _metres(accuracy_m)):
                yield Finding("outside_subdistrict", (str(feature_id),), slug, distance_m)


def far_from_streets(frame: gpd.GeoDataFrame, context: QualityContext) -> Iterator[Finding]:
    """Yield facilities far from every street of their subdistrict's network, with the access leg."""
    for slug, network in context.networks.items():
        mine = frame[(frame["subdistrict"] == slug) & frame.geometry.notna()]
        if mine.empty:
            continue
        lonlat = _lonlat(mine)
        access_m = snap(network, lonlat[:, 0], lonlat[:, 1]).access_m
        for feature_id, distance_m, accuracy_m in zip(mine.index, access_m.tolist(), mine["accuracy_m"], strict=True):
            if distance_m > max(FAR_FROM_STREET_M, _metres(accuracy_m)):
                yield Finding("far_from_street", (str(feature_id),), slug, distance_m)


def in_another_datum(frame: gpd.GeoDataFrame, context: QualityContext) -> Iterator[Finding]:
    """Yield the shift of the layer where enough facilities match known places, and each that another datum explains."""
    if context.known is None:
        return
    located = frame[frame.geometry.notna() & (frame["location_status"] != "sample")]
    known = [context.known.position(*told) for told in zip(located["name"], located["address"], strict=True)]
    matched = located.loc[np.array([place is not None for place in known], dtype=bool)]
    places: FloatArray = np.array([place for place in known if place is not None]).reshape(-1, 2)
    points = _lonlat(matched)
    ids = tuple(map(str, matched.index))
    shift = detect_shift(points, places)
    if shift is not None and shift.datum in _OTHER_DATUMS:
        figures: Figures = {"rows": shift.rows, "datum": DATUM_NAMES[shift.datum], "compass": shift.compass}
        yield Finding("layer_in_another_datum", ids, "", shift.distance_m, figures)
    yield from _one_by_one(points, places, ids, matched["subdistrict"].tolist())


def addresses(frame: gpd.GeoDataFrame, context: QualityContext) -> Iterator[Finding]:
    """Yield facilities that lie far from where their house number must be, or across the street from it."""
    by_street: dict[str, list[_Addressed]] = {}
    for name, facility in _addressed(frame):
        by_street.setdefault(name, []).append(facility)
    for name, facilities in by_street.items():
        numbers = [number for number in context.numbers if number.street == name]
        line = context.street_lines.get(name)
        if numbers:
            street = numbered_street(name, line, numbers)
            yield from _elsewhere(street, facilities)
            yield from _across(street, numbered_street(name, line, _as_known(name, facilities)), facilities)


def _one_by_one(
    points: FloatArray, places: FloatArray, ids: Sequence[str], subdistricts: Sequence[str]
) -> Iterator[Finding]:
    if not len(points):
        return
    as_is_m = _apart_m(points, places)
    left_m = {datum: _apart_m(to_wgs84(points, datum), places) for datum in _OTHER_DATUMS}
    for index in np.flatnonzero(as_is_m > _WORTH_NAMING_M).tolist():
        datum = min(_OTHER_DATUMS, key=lambda name: float(left_m[name][index]))
        left = float(left_m[datum][index])
        if left <= _EXPLAINED_SHARE * as_is_m[index]:
            figures: Figures = {"datum": DATUM_NAMES[datum], "left_m": left}
            yield Finding("in_another_datum", (ids[index],), subdistricts[index], float(as_is_m[index]), figures)


def _addressed(frame: gpd.GeoDataFrame) -> Iterator[tuple[str, _Addressed]]:
    """Yield the street of each located facility that has a house number; samples are invented and left out."""
    located = frame[frame.geometry.notna() & (frame["location_status"] != "sample")]
    rows = zip(
        *(located.index, located["subdistrict"], located["address"], located["location_status"], located["accuracy_m"]),
        _lonlat(located).tolist(),
        strict=True,
    )
    for feature_id, slug, address, status, accuracy_m, (lon, lat) in rows:
        parts = street_address(address) if isinstance(address, str) else None
        number = None if parts is None else read_number(fold(parts.number))
        if parts is not None and number is not None:
            told = f"{parts.street}{parts.number}"
            yield (
                parts.street,
                _Addressed(str(feature_id), str(slug), told, str(status), _metres(accuracy_m), lon, lat, number),
            )


def _elsewhere(street: NumberedStreet, facilities: Sequence[_Addressed]) -> Iterator[Finding]:
    for facility in facilities:
        estimate = estimate_number(street, facility.number)
        if estimate is None:
            continue
        distance_m = float(geodesic_lengths_m(facility.lon, facility.lat, estimate.lon, estimate.lat)[0])
        if distance_m > ELSEWHERE_M + estimate.accuracy_m + facility.accuracy_m:
            figures: Figures = {"address": facility.address, "accuracy_m": estimate.accuracy_m}
            yield Finding("address_elsewhere", (facility.id,), facility.subdistrict, distance_m, figures)


def _as_known(street: str, facilities: Sequence[_Addressed]) -> list[KnownNumber]:
    return [KnownNumber(street, one.number, one.lon, one.lat, one.accuracy_m) for one in facilities]


def _across(street: NumberedStreet, own: NumberedStreet, facilities: Sequence[_Addressed]) -> Iterator[Finding]:
    """Yield facilities on the other side than the known numbers of their parity; lanes may bend anywhere."""
    sides = _sides(street.anchors)
    if sides is None:
        return
    in_order = sorted(facilities, key=lambda one: one.number.number)  # as numbered_street sorts its anchors
    for facility, anchor in zip(in_order, own.anchors, strict=True):
        off_m = abs(anchor.left_m)
        tells = facility.status in _HOUSE_LEVEL and not facility.number.is_lane
        if tells and OFF_THE_MIDDLE_M <= off_m <= NEAR_THE_STREET_M and np.sign(anchor.left_m) != sides[anchor.odd]:
            yield Finding("wrong_side", (facility.id,), facility.subdistrict, off_m, {"address": facility.address})


def _sides(anchors: Sequence[Anchor]) -> tuple[float, float] | None:
    """Return the sign of the even and of the odd side (left is +1); None where the known numbers do not agree."""
    told = [
        one for one in anchors if not one.number.is_lane and OFF_THE_MIDDLE_M <= abs(one.left_m) <= NEAR_THE_STREET_M
    ]
    signs = {float(np.sign(one.left_m)) * (1 if one.odd else -1) for one in told}
    if len(told) < 2 or len(signs) != 1:
        return None
    odd = signs.pop()
    return -odd, odd


def _lonlat(frame: gpd.GeoDataFrame) -> FloatArray:
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2)


def _apart_m(one: FloatArray, other: FloatArray) -> FloatArray:
    return geodesic_lengths_m(one[:, 0], one[:, 1], other[:, 0], other[:, 1])


def _metres(accuracy: object) -> float:
    return float(accuracy) if isinstance(accuracy, int | float) and accuracy == accuracy else 0.0  # noqa: PLR0124 - NaN
