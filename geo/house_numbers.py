"""Where a house number is on its street: known, between two known numbers of its side, or beside one.

In Shanghai odd and even numbers lie on opposite sides of a street and do not run in step, so that a number is placed
between known ones of its own side. Numbers of both sides are mixed only where its own has fewer than two, and the
accuracy then says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from geo.address_text import HouseNumber
from geo.datum import LocalProjection
from geo.gazetteer import How, KnownNumber

METRES_A_NUMBER = 2.0
"""Typical length of street for one number (a house every 4 m on each side): the known pairs have 1.4 to 2.8 m."""
LONGEST_EXTRAPOLATION_M = 1200.0
LONGEST_UNDIRECTED_M = 300.0
"""Where not even the direction is known, a number may not be farther from the known one than this."""
BEYOND_SHARE = 0.4
"""Share of the way beyond the last known number that may be wrong."""
CITY_CENTRE = (121.4753, 31.2304)
"""人民广场. Numbers rise away from it: so they do on all eight bundled streets with two known numbers."""
SIDE_M = 12.0
"""Houses stand this far off the middle of the street."""
LANE_M = 60.0
"""A house in a lane may be this far from where the lane leaves the street."""
OTHER_SIDE_M = 60.0
"""The sides of a street are out of step by about this much."""
GAP_SHARE = 0.2
"""Share of the gap between two known numbers that a number in its middle may be off."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A known number on a street, in the street's projection: how far along, and how far left of it (m)."""

    number: HouseNumber
    x: float
    y: float
    along_m: float
    left_m: float
    accuracy_m: float

    @property
    def odd(self) -> int:
        """1 for the odd side, 0 for the even side."""
        return self.number.number % 2


@dataclass(frozen=True, eq=False)
class NumberedStreet:
    """A street with its line (metres; None: not drawn, numbers lie on straight lines) and its known numbers."""

    name: str
    projection: LocalProjection
    line: BaseGeometry | None
    anchors: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where a number is: degrees, accuracy in metres, and how that is known."""

    lon: float
    lat: float
    accuracy_m: float
    how: How


def numbered_street(name: str, line_lonlat: BaseGeometry | None, known: Sequence[KnownNumber]) -> NumberedStreet:
    """Return a street ready to be asked; `line_lonlat` is its line or lines in degrees, `known` its known numbers."""
    middle = line_lonlat.centroid if line_lonlat is not None else Point(known[0].lon, known[0].lat)
    projection = LocalProjection(middle.x, middle.y)
    line = None if line_lonlat is None else _merged(line_lonlat, projection)
    anchors = sorted((_anchor(one, projection, line) for one in known), key=lambda one: one.number.number)
    return NumberedStreet(name, projection, line, tuple(anchors))


def _merged(line_lonlat: BaseGeometry, projection: LocalProjection) -> BaseGeometry:
    metric = shapely.transform(
        line_lonlat, lambda lonlat: np.column_stack(projection.to_xy(lonlat[:, 0], lonlat[:, 1]))
    )
    parts = [part for part in shapely.get_parts(metric) if part.length > 0]
    merged = shapely.line_merge(shapely.multilinestrings(parts))
    return merged if isinstance(merged, LineString) else shapely.get_parts(merged)[0] if _is_one(merged) else merged


def _is_one(merged: BaseGeometry) -> bool:
    return len(shapely.get_parts(merged)) == 1


def _anchor(known: KnownNumber, projection: LocalProjection, line: BaseGeometry | None) -> Anchor:
    x, y = (float(value) for value in projection.to_xy(known.lon, known.lat))
    along_m = left_m = 0.0
    if isinstance(line, LineString):
        along_m = float(line.project(Point(x, y)))
        left_m = _left_of(line, along_m, x, y)
    return Anchor(known.number, x, y, along_m, left_m, known.accuracy_m)


def _left_of(line: LineString, along_m: float, x: float, y: float) -> float:
    """Return how far (x, y) is to the left of the line at `along_m`."""
    at, east, north = _direction(line, along_m)
    return east * (y - at.y) - north * (x - at.x)


def _direction(line: LineString, along_m: float) -> tuple[Point, float, float]:
    """Return the point at `along_m` and the unit vector along the line there."""
    begin, end = line.interpolate(max(along_m - 1, 0)), line.interpolate(min(along_m + 1, line.length))
    length = math.hypot(end.x - begin.x, end.y - begin.y) or 1.0
    return line.interpolate(along_m), (end.x - begin.x) / length, (end.y - begin.y) / length


def estimate_number(street: NumberedStreet, wanted: HouseNumber) -> Estimate | None:
    """Return where a number is; None where the known numbers are too far from it to say."""
    known = _known(street, wanted)
    if known is not None:
        return known
    side = [one for one in street.anchors if one.odd == wanted.number % 2]
    both_say_more = _brackets(street.anchors, wanted.number) and not _brackets(side, wanted.number)
    mixed = both_say_more or (len(side) < 2 and len(street.anchors) > len(side))
    extra_m = (LANE_M if wanted.is_lane else 0.0) + (OTHER_SIDE_M if mixed else 0.0)
    return _between_or_beside(street, street.anchors if mixed else side, wanted.number, extra_m)


def _known(street: NumberedStreet, wanted: HouseNumber) -> Estimate | None:
    """Return the anchor that has the number itself; in a lane another house of the same lane will do."""
    same = [one for one in street.anchors if _covers(one.number, wanted)]
    if not same:
        return None
    best = min(same, key=lambda one: one.number.inner != wanted.inner)
    exact = best.number.is_lane == wanted.is_lane and best.number.inner == wanted.inner
    lon, lat = street.projection.to_lonlat(best.x, best.y)
    return Estimate(float(lon), float(lat), best.accuracy_m + (0 if exact else LANE_M), "known_number")


def _covers(known: HouseNumber, wanted: HouseNumber) -> bool:
    in_range = known.number <= wanted.number <= known.last and known.number % 2 == wanted.number % 2
    return in_range and wanted.last <= max(known.last, known.number)


def _brackets(anchors: Sequence[Anchor], number: int) -> bool:
    numbers = [one.number.number for one in anchors]
    return bool(numbers) and min(numbers) < number < max(numbers)


def _between_or_beside(street: NumberedStreet, side: Sequence[Anchor], number: int, extra_m: float) -> Estimate | None:
    below = [one for one in side if one.number.number < number]
    above = [one for one in side if one.number.number >= number]
    if not below and not above:
        return None
    if below and above:
        return _between(street, below[-1], above[0], number, extra_m)
    nearest = below[-1] if below else above[0]
    rest = [one for one in side if one.number.number != nearest.number.number]
    return _beside(street, nearest, rest, number, extra_m)


def _between(street: NumberedStreet, low: Anchor, high: Anchor, number: int, extra_m: float) -> Estimate:
    first = min(low.number.last, number)
    share = (number - first) / max(high.number.number - first, 1)
    gap_m = _apart_m(street, low, high)
    accuracy_m = (1 - share) * low.accuracy_m + share * high.accuracy_m + GAP_SHARE * gap_m * 4 * share * (1 - share)
    x, y = _at(street, low, high, share, number % 2)
    return _estimate(street, x, y, accuracy_m + extra_m, "between_numbers")


def _beside(
    street: NumberedStreet, nearest: Anchor, rest: Sequence[Anchor], number: int, extra_m: float
) -> Estimate | None:
    """Go on from the outermost known number, in the direction and at the pace of the numbers before it."""
    beyond = number - nearest.number.number
    far_m = abs(beyond) * METRES_A_NUMBER
    directed = bool(rest) or isinstance(street.line, LineString)
    if far_m > (LONGEST_EXTRAPOLATION_M if directed else LONGEST_UNDIRECTED_M):
        return None
    x, y = nearest.x, nearest.y
    if rest:
        other = min(rest, key=lambda one: abs(one.number.number - nearest.number.number))
        x, y = _at(street, nearest, other, _share_beyond(street, nearest, other, beyond), number % 2)
    elif isinstance(street.line, LineString):
        x, y = _away_from_centre(street, street.line, nearest, math.copysign(far_m, beyond))
    error_m = far_m * (BEYOND_SHARE if directed else 1.0)
    return _estimate(street, x, y, nearest.accuracy_m + error_m + extra_m, "beside_number")


def _away_from_centre(
    street: NumberedStreet, line: LineString, nearest: Anchor, onward_m: float
) -> tuple[float, float]:
    """Return the position `onward_m` along the line from the only known number, away from the city's centre."""
    centre = Point(*(float(value) for value in street.projection.to_xy(*CITY_CENTRE)))
    _, east, north = _direction(line, nearest.along_m)
    outward = east * (nearest.x - centre.x) + north * (nearest.y - centre.y) > 0
    along_m = nearest.along_m + (onward_m if outward else -onward_m)
    at = line.interpolate(min(max(along_m, 0.0), line.length))
    return float(at.x), float(at.y)


def _share_beyond(street: NumberedStreet, nearest: Anchor, other: Anchor, beyond: int) -> float:
    """Return where the number lies on the way from `nearest` to `other`; negative beyond `nearest`."""
    apart_m = max(_apart_m(street, nearest, other), 1.0)
    pace_m = apart_m / abs(other.number.number - nearest.number.number)
    usual_m = min(max(pace_m, METRES_A_NUMBER / 2), METRES_A_NUMBER * 2)
    toward_other = (beyond > 0) == (other.number.number > nearest.number.number)
    return (1 if toward_other else -1) * abs(beyond) * usual_m / apart_m


def _apart_m(street: NumberedStreet, one: Anchor, other: Anchor) -> float:
    if isinstance(street.line, LineString):
        return abs(one.along_m - other.along_m)
    return math.hypot(one.x - other.x, one.y - other.y)


def _at(street: NumberedStreet, low: Anchor, high: Anchor, share: float, odd: int) -> tuple[float, float]:
    """Return the position at a share of the way between two anchors, on the number's side of the street."""
    if isinstance(street.line, LineString):
        along_m = min(max(low.along_m + share * (high.along_m - low.along_m), 0.0), street.line.length)
        at, east, north = _direction(street.line, along_m)
        off_m = _side_m(street, odd)
        return at.x - north * off_m, at.y + east * off_m
    x, y = low.x + share * (high.x - low.x), low.y + share * (high.y - low.y)
    if street.line is None:
        return x, y
    nearest = shapely.get_point(shapely.shortest_line(street.line, Point(x, y)), 0)
    return float(nearest.x), float(nearest.y)


def _side_m(street: NumberedStreet, odd: int) -> float:
    """Return how far left of the line that side's houses stand: known where both sides lie apart, otherwise 0."""
    own = [one.left_m for one in street.anchors if one.odd == odd]
    other = [one.left_m for one in street.anchors if one.odd != odd]
    if not own or not other:
        return 0.0
    difference_m = sum(own) / len(own) - sum(other) / len(other)
    return math.copysign(SIDE_M, difference_m) if abs(difference_m) > SIDE_M else 0.0


def _estimate(street: NumberedStreet, x: float, y: float, accuracy_m: float, how: How) -> Estimate:
    lon, lat = street.projection.to_lonlat(x, y)
    return Estimate(float(lon), float(lat), accuracy_m, how)
