"""The datums that maps of China are drawn in, turned into WGS-84 and back, and named from the shift they leave.

GCJ-02 is what maps published in mainland China are drawn in: WGS-84 with a smooth displacement of 50 to 700 m. BD-09 is
GCJ-02 displaced once more. CGCS2000 is the national datum; it and WGS-84 differ by less than a metre (the drift of the
plate since 2000), below any accuracy that is kept here, and are taken for the same. The displacement formulas are the
publicly documented ones (they stand alike in PRCoords, CC0, and eviltransform, MIT); neither datum has an official
definition. Outside the rectangle that the formulas are stated for nothing is displaced.

Forward formulas are exact; the way back is found by fixed-point steps until it moves by less than 1e-12 degrees, so
that there and back is the same position to far less than a millimetre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from geo.datum import FloatArray, geodesic_lengths_m

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = get_args(Datum)
DATUM_NAMES: dict[Datum, str] = {"wgs84": "WGS-84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}

MAINLAND = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees: the rectangle in which the formulas displace."""

FEWEST_MATCHES = 3
"""Rows that must match known places before a shift is named: two may agree by chance."""

_MAJOR_AXIS_M, _ECCENTRICITY_2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as the formulas have it
_STEPS, _SETTLED_DEG = 30, 1e-12
_BD_TURN = np.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006
_COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_SHIFT_WORTH_NAMING_M = 100.0
_EXPLAINED_SHARE = 0.4

_Forward = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far rows lie from the known places that they match.

    Attributes:
        rows: How many rows matched.
        distance_m: Length of the median displacement, metres.
        compass: Its direction in eight points, `SE` for south-east: where the rows lie, seen from the known places.
        datum: The datum that would explain it, `wgs84` where the rows lie where they should, None where none does.
        left_m: Median distance from the known places that is left when that datum is taken for the rows'.
    """

    rows: int
    distance_m: float
    compass: str
    datum: Datum | None
    left_m: float


def to_wgs84(lonlat: FloatArray, datum: Datum) -> FloatArray:
    """Return positions of a datum in WGS-84; longitude and latitude in degrees, shape (n, 2), NaN stays NaN."""
    forward = _FORWARD[datum]
    return np.array(lonlat, dtype=np.float64) if forward is None else _undo(forward, lonlat)


def from_wgs84(lonlat: FloatArray, datum: Datum) -> FloatArray:
    """Return WGS-84 positions in a datum; longitude and latitude in degrees, shape (n, 2), NaN stays NaN."""
    forward = _FORWARD[datum]
    positions = np.array(lonlat, dtype=np.float64)
    return positions if forward is None else forward(positions)


def detect_shift(points: FloatArray, known: FloatArray) -> Shift | None:
    """Return how far `points` lie from the known WGS-84 places that they match, and which datum would explain it.

    A datum is named when taking it for the points' leaves less than 40 % of a displacement of 100 m or more.

    Args:
        points: Positions as they were brought, degrees, shape (n, 2).
        known: The known place of each, WGS-84 degrees, shape (n, 2).

    Returns:
        The shift, or None where fewer than `FEWEST_MATCHES` rows match.
    """
    if len(points) < FEWEST_MATCHES:
        return None
    east_m, north_m = _median_displacement_m(points, known)
    distance_m = float(np.hypot(east_m, north_m))
    compass = _COMPASS[round(float(np.degrees(np.arctan2(east_m, north_m))) / 45.0) % 8]
    candidates: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")
    left_m = {datum: _median_distance_m(to_wgs84(points, datum), known) for datum in candidates}
    best = min(candidates, key=left_m.__getitem__)
    if left_m["wgs84"] < _SHIFT_WORTH_NAMING_M:
        return Shift(len(points), distance_m, compass, "wgs84", left_m["wgs84"])
    explained = left_m[best] <= _EXPLAINED_SHARE * left_m["wgs84"]
    return Shift(len(points), distance_m, compass, best if explained else None, left_m[best])


def in_mainland(lonlat: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which positions lie in the rectangle in which GCJ-02 displaces, shape (n,)."""
    west, south, east, north = MAINLAND
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _gcj02(lonlat: FloatArray) -> FloatArray:
    """Return WGS-84 positions in GCJ-02."""
    inside = in_mainland(lonlat)
    moved = lonlat.copy()
    moved[inside] += _gcj02_displacement_deg(lonlat[inside])
    return moved


def _gcj02_displacement_deg(lonlat: FloatArray) -> FloatArray:
    """Return the displacement: metres by the formulas, then degrees on the Krasovsky ellipsoid."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    latitude = np.radians(lonlat[:, 1])
    curve = 1.0 - _ECCENTRICITY_2 * np.sin(latitude) ** 2
    lat_degree_m = np.radians(_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_2) / curve**1.5)
    lon_degree_m = np.radians(_MAJOR_AXIS_M / np.sqrt(curve) * np.cos(latitude))
    return np.column_stack([_east_m(x, y) / lon_degree_m, _north_m(x, y) / lat_degree_m])


def _north_m(x: FloatArray, y: FloatArray) -> FloatArray:
    plain = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    fast = 20.0 * _sine(x, 6.0) + 20.0 * _sine(x, 2.0)
    slow = 20.0 * _sine(y, 1.0) + 40.0 * _sine(y, 1 / 3) + 160.0 * _sine(y, 1 / 12) + 320.0 * _sine(y, 1 / 30)
    return plain + (fast + slow) * 2.0 / 3.0


def _east_m(x: FloatArray, y: FloatArray) -> FloatArray:
    plain = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    fast = 20.0 * _sine(x, 6.0) + 20.0 * _sine(x, 2.0)
    slow = 20.0 * _sine(x, 1.0) + 40.0 * _sine(x, 1 / 3) + 150.0 * _sine(x, 1 / 12) + 300.0 * _sine(x, 1 / 30)
    return plain + (fast + slow) * 2.0 / 3.0


def _sine(degrees: FloatArray, times: float) -> FloatArray:
    return np.asarray(np.sin(degrees * (times * np.pi)))


def _bd09(lonlat: FloatArray) -> FloatArray:
    """Return WGS-84 positions in BD-09: GCJ-02, turned and stretched about the origin, and moved on."""
    inside = in_mainland(lonlat)
    moved = lonlat.copy()
    x, y = _gcj02(lonlat[inside]).T
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    moved[inside] = np.column_stack([radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT])
    return moved


_FORWARD: dict[Datum, _Forward | None] = {"wgs84": None, "cgcs2000": None, "gcj02": _gcj02, "bd09": _bd09}


def _undo(forward: _Forward, lonlat: FloatArray) -> FloatArray:
    """Return the positions that `forward` brings to `lonlat`.

    The displacement changes by less than a hundredth of the way, so that every step leaves at most a hundredth of the
    error. At the edge of the rectangle, where the displacement begins at once, it comes to rest on one of the sides.
    """
    target = np.array(lonlat, dtype=np.float64)
    inside = in_mainland(target)
    wanted = target[inside]
    guess = wanted.copy()
    for _ in range(_STEPS):
        error = forward(guess) - wanted
        guess -= error
        if error.size == 0 or np.abs(error).max() < _SETTLED_DEG:
            break
    target[inside] = guess
    return target


def _median_displacement_m(points: FloatArray, known: FloatArray) -> tuple[float, float]:
    """Return the median displacement east and north in metres."""
    middle_lat = known[:, 1]
    east = geodesic_lengths_m(known[:, 0], middle_lat, points[:, 0], middle_lat) * np.sign(points[:, 0] - known[:, 0])
    north = geodesic_lengths_m(known[:, 0], known[:, 1], known[:, 0], points[:, 1]) * np.sign(
        points[:, 1] - known[:, 1]
    )
    return float(np.median(east)), float(np.median(north))


def _median_distance_m(points: FloatArray, known: FloatArray) -> float:
    return float(np.median(geodesic_lengths_m(points[:, 0], points[:, 1], known[:, 0], known[:, 1])))
