"""Checks of GeoJSON geometry: positions one by one, rings, polygons, and the distance outside an outline.

Positions are WGS-84 longitude and latitude in degrees (RFC 7946). A third number (height) is dropped with a
warning, because walking distances here are flat; a fourth has no meaning and is refused. Coordinates are kept to
7 decimals (about 1 cm). Outer rings may run either way; writing turns them anticlockwise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Point, Polygon
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geo.datum import COORDINATE_DECIMALS, FloatArray, LocalProjection
from geo.errors import Problem
from geo.prepared import prepared_copy
from geo.strict_json import is_finite, not_finite, pointer_step, shown

GEOMETRY_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_WGS84_NAMES = frozenset({"epsg:4326", "urn:ogc:def:crs:epsg::4326", "urn:ogc:def:crs:ogc:1.3:crs84", "ogc:crs84"})
_PLANE_M = 10_000.0
_AXES = (("longitude", 180), ("latitude", 90))

Problems = list[Problem]
Position = tuple[float, float]


def check_geometry(value: object, where: str, allowed: tuple[str, ...], problems: Problems) -> BaseGeometry | None:
    """Return the Point or Polygon of a GeoJSON geometry, or None with every fault added to `problems`.

    Args:
        value: The geometry as it stands in the file; not null (what null means is the caller's to say).
        where: JSON pointer of the geometry.
        allowed: The geometry types that may stand here, out of Point and Polygon.
        problems: Problems found so far; warnings go there too.
    """
    if not isinstance(value, dict):
        problems.append(Problem("wrong_type", where, f"{shown(value)} is not a geometry", "Write an object or null"))
        return None
    faults: Problems = []
    geometry = None
    if _is_allowed(value.get("type"), where, allowed, faults) and _has_coordinates(value, where, faults):
        read = _read_point if value["type"] == "Point" else _read_polygon
        geometry = read(value["coordinates"], f"{where}/coordinates", faults)
    problems += faults
    return geometry if all(fault.warning for fault in faults) else None


def geojson_of_wkt(text: str) -> dict[str, object] | None:
    """Return a point or polygon in well-known text as a GeoJSON geometry, None for anything else; it is not checked."""
    try:
        shape = shapely.from_wkt(text)
    except (GEOSException, TypeError):
        return None
    if isinstance(shape, Point) and not shape.is_empty:
        return {"type": "Point", "coordinates": shapely.get_coordinates(shape)[0].tolist()}
    if isinstance(shape, Polygon) and not shape.is_empty:
        rings = [shapely.get_coordinates(ring).tolist() for ring in (shape.exterior, *shape.interiors)]
        return {"type": "Polygon", "coordinates": rings}
    return None


def crs_problem(crs: object, where: str) -> Problem | None:
    """Return the problem of a `crs` member, unless it names WGS-84 (EPSG:4326 or CRS84)."""
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    if isinstance(name, str) and name.lower() in _WGS84_NAMES:
        return None
    found = f"the file declares the coordinate system {shown(name if isinstance(name, str) else crs)}"
    remedy = "Convert it to WGS-84 longitude and latitude and leave crs out"
    return Problem("foreign_crs", where, found, remedy)


def distance_outside_m(geometry: BaseGeometry, outline: BaseGeometry) -> float:
    """Return how far `geometry` lies outside `outline` in metres on the ellipsoid; 0 where they touch.

    Both are in WGS-84 degrees. The plane is centred on the geometry, from where it keeps distances.
    """
    if outline.intersects(geometry):
        return 0.0
    middle = geometry.representative_point()
    projection = LocalProjection(middle.x, middle.y)

    def to_plane(lon_lat: FloatArray) -> FloatArray:
        return np.column_stack(projection.to_xy(lon_lat[:, 0], lon_lat[:, 1]))

    return float(shapely.transform(geometry, to_plane).distance(shapely.transform(outline, to_plane)))


def distances_outside_m(geometries: npt.NDArray[np.object_], outline: BaseGeometry) -> FloatArray:
    """Return `distance_outside_m` of many geometries at once, shape (n,); NaN where there is none.

    One plane about the middle of the outline does for all that is near it, where it is right to 2e-5 of the distance;
    each that is farther off has a plane of its own.
    """
    outside_m = np.where(shapely.is_missing(geometries), np.nan, 0.0)
    off = np.flatnonzero(~shapely.is_missing(geometries) & ~shapely.intersects(prepared_copy(outline), geometries))
    projection = LocalProjection(outline.centroid.x, outline.centroid.y)

    def to_plane(lon_lat: FloatArray) -> FloatArray:
        return np.column_stack(projection.to_xy(lon_lat[:, 0], lon_lat[:, 1]))

    outside_m[off] = shapely.distance(
        shapely.transform(geometries[off], to_plane), shapely.transform(outline, to_plane)
    )
    for index in off[~(outside_m[off] < _PLANE_M)]:
        outside_m[index] = distance_outside_m(geometries[index], outline)
    return outside_m


def _has_coordinates(value: dict[str, object], where: str, problems: Problems) -> bool:
    """Return whether there are coordinates to read; what else stands in the geometry is a problem."""
    for name in [name for name in value if name not in {"type", "coordinates"}]:
        found = f"{shown(name)} does not belong in a geometry"
        problems.append(Problem("unknown_member", where + pointer_step(name), found, "Take it out"))
    if "coordinates" not in value:
        problems.append(Problem("missing_member", where, "the geometry has no coordinates", "Add them"))
    return "coordinates" in value


def _is_allowed(kind: object, where: str, allowed: tuple[str, ...], problems: Problems) -> bool:
    if kind in allowed:
        return True
    known = isinstance(kind, str) and kind in GEOMETRY_TYPES
    code = "geometry_not_allowed" if known else "unknown_geometry_type"
    found = f"the geometry is a {kind}" if known else f"{shown(kind)} is not a type of geometry"
    problems.append(Problem(code, f"{where}/type", found, f"Here it must be a {' or a '.join(allowed)}"))
    return False


def _read_point(value: object, where: str, problems: Problems) -> Point | None:
    position = read_position(value, where, problems)
    if isinstance(value, list) and position is not None and len(value) == 3:
        problems.append(_z_dropped(where))
    return None if position is None else Point(position)


def _z_dropped(where: str) -> Problem:
    remedy = "Nothing needs to be done: heights are not kept"
    return Problem("z_dropped", where, "positions have a third number, which is dropped", remedy, warning=True)


def read_position(value: object, where: str, problems: Problems) -> Position | None:
    """Return longitude and latitude in degrees to 7 decimals, or None with every fault added to `problems`."""
    if not isinstance(value, list):
        found = f"{shown(value)} is not a position"
        problems.append(Problem("wrong_type", where, found, "Write a list of longitude and latitude"))
        return None
    if not value:
        remedy = "Write longitude and latitude, or null for the geometry and location_status unlocated"
        problems.append(Problem("empty_coordinates", where, "the coordinates are empty", remedy))
        return None
    if len(value) not in {2, 3}:
        found = f"{shown(value)} has {len(value)} numbers"
        code = "too_many_numbers" if len(value) > 3 else "too_few_numbers"
        problems.append(Problem(code, where, found, "Write longitude and latitude"))
        return None
    before = len(problems)
    for axis, number in enumerate(value):
        _check_number(number, f"{where}/{axis}", problems)
    if len(problems) > before:
        return None
    lon, lat = value[:2]
    _check_range(lon, lat, where, problems)
    if len(problems) > before:
        return None
    return round(lon, COORDINATE_DECIMALS) + 0.0, round(lat, COORDINATE_DECIMALS) + 0.0


def _check_number(number: object, where: str, problems: Problems) -> None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        found = f"{shown(number)} is not a number"
        problems.append(Problem("not_a_number", where, found, "Write a number without quotation marks"))
    elif not is_finite(number):
        problems.append(not_finite(number, where))


def _check_range(lon: float, lat: float, where: str, problems: Problems) -> None:
    """Add what is out of range; a pair that would be in range the other way round is named as swapped."""
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        found = f"[{lon}, {lat}] looks like lat, lon; swapped it would be longitude {lat}, latitude {lon}"
        problems.append(Problem("swapped_axes", where, found, "Write longitude first if that is the place"))
        return
    for axis, (number, (name, limit)) in enumerate(zip((lon, lat), _AXES, strict=True)):
        if abs(number) > limit:
            found = f"{name} {shown(number)} is not on the earth"
            remedy = f"Write a {name} from -{limit} to {limit}"
            problems.append(Problem(f"{name}_out_of_range", f"{where}/{axis}", found, remedy))


def _read_polygon(value: object, where: str, problems: Problems) -> Polygon | None:
    """Return the valid polygon of a list of rings, which may run either way."""
    if not isinstance(value, list):
        found = f"{shown(value)} is not a list of rings"
        problems.append(Problem("wrong_type", where, found, "Write a list of rings"))
        return None
    if not value:
        remedy = "Write a ring, or null for the geometry and location_status unlocated"
        problems.append(Problem("empty_coordinates", where, "the polygon has no ring", remedy))
        return None
    before = len(problems)
    rings = [_read_ring(ring, f"{where}/{index}", problems) for index, ring in enumerate(value)]
    refused = len(problems) > before
    if any(_has_z(ring) for ring in value):
        problems.append(_z_dropped(where))
    if refused:
        return None
    polygon = Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        problems.append(_invalid_polygon(polygon, where))
        return None
    return polygon


def _has_z(ring: object) -> bool:
    return isinstance(ring, list) and any(isinstance(position, list) and len(position) == 3 for position in ring)


def _read_ring(value: object, where: str, problems: Problems) -> list[Position]:
    """Return the positions of a ring; empty where it is at fault."""
    if not isinstance(value, list) or not value:
        code = "empty_coordinates" if value == [] else "wrong_type"
        problems.append(Problem(code, where, f"{shown(value)} is not a ring", "Write a list of positions"))
        return []
    faults: Problems = []
    positions = [read_position(position, f"{where}/{index}", faults) for index, position in enumerate(value)]
    problems += _first_of_each(faults)
    ring = [position for position in positions if position is not None]
    if len(ring) < len(value):
        return []
    if ring[0] != ring[-1]:
        found = f"the ring begins at {list(ring[0])} and ends at {list(ring[-1])}"
        remedy = "Repeat the first position at the end"
        problems.append(Problem("unclosed_ring", f"{where}/{len(ring) - 1}", found, remedy))
    elif len(ring) < 4:
        found = f"the ring has {len(ring)} positions"
        problems.append(
            Problem("ring_too_short", where, found, "A ring has four positions or more, the last as the first")
        )
    return ring


def _first_of_each(faults: Problems) -> Problems:
    """Return the first fault of each kind, with the number of all: a ring may have the same one at every vertex."""
    firsts = {fault.code: fault for fault in reversed(faults)}
    counts = {code: sum(fault.code == code for fault in faults) for code in firsts}
    return [_with_count(fault, counts[fault.code]) for fault in reversed(firsts.values())]


def _with_count(fault: Problem, count: int) -> Problem:
    if count == 1:
        return fault
    found = f"{fault.found} (and {count - 1} more in this ring)"
    return Problem(fault.code, fault.where, found, fault.remedy, fault.warning, {"count": count})


def _invalid_polygon(polygon: Polygon, where: str) -> Problem:
    reason = explain_validity(polygon)
    found = f"the polygon is not valid: {reason.replace('[', ' at longitude and latitude ').rstrip(']')}"
    remedy = "Draw it again so that no ring crosses or touches itself along a line"
    return Problem("invalid_polygon", where, found, remedy)
