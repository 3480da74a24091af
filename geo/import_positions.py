"""The positions of a table's rows: read, doubted where they must be, turned into WGS-84 from the declared datum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.cell_values import number_of
from geo.column_mapping import ColumnMapping
from geo.datum import COORDINATE_DECIMALS, FloatArray, geodesic_lengths_m
from geo.datum_shift import DATUM_NAMES, Datum, Shift, detect_shift, to_wgs84
from geo.errors import Problem
from geo.geometry_checks import check_geometry, geojson_of_wkt
from geo.import_model import ImportOptions, ImportTarget
from geo.property_checks import Problems
from geo.table import Table, is_empty

_WGS84_CRS = frozenset({"epsg:4326", "urn:ogc:def:crs:epsg::4326", "urn:ogc:def:crs:ogc:1.3:crs84", "ogc:crs84"})
_CGCS2000_CRS = frozenset({"epsg:4490", "urn:ogc:def:crs:epsg::4490"})
_FAR_M, _NEAR_M = 50_000.0, 10_000.0
_COMPASS_WORDS = {
    "N": "north",
    "NE": "north-east",
    "E": "east",
    "SE": "south-east",
    "S": "south",
    "SW": "south-west",
    "W": "west",
    "NW": "north-west",
}

_GeometryArray = np.ndarray[tuple[int], np.dtype[np.object_]]


@dataclass(frozen=True, eq=False)
class Positions:
    """Geometries of a table's rows.

    Attributes:
        geometries: WGS-84 geometry of each row, to 7 decimals; None where it has none, or a faulty one.
        said: Whether the table has positions at all; where it has none, facilities keep theirs.
        problems: Faults and warnings.
        shift: How far rows lie from known places, measured as if they were WGS-84.
        swap_offered: Whether every position would make sense with latitude and longitude swapped.
        originals: Longitude and latitude of each row as they stood there; None where that is no sound point.
    """

    geometries: Sequence[BaseGeometry | None]
    said: bool
    problems: tuple[Problem, ...]
    shift: Shift | None
    swap_offered: bool
    originals: Sequence[tuple[float, float] | None]


def read_positions(table: Table, mapping: ColumnMapping, target: ImportTarget, options: ImportOptions) -> Positions:
    """Return the positions of the rows of a table; see `Positions`."""
    problems: Problems = []
    raw = _raw_geometries(table, mapping, problems)
    said = raw is not None
    values: Sequence[object] = raw if raw is not None else [None] * len(table)
    if options.swapped:
        values = [_swapped(value) for value in values]
    read = [_checked(table, mapping, target, (index, value), problems) for index, value in enumerate(values)]
    declared = np.array(read, dtype=object)
    shift = _shift(table, mapping, declared, target)
    swap = not options.swapped and _swap_makes_sense(values, declared, target, problems)
    problems += [*datum_problems(options.datum, shift), *_crs_problems(table.crs, options.datum)]
    if swap and not any(problem.code == "swapped_axes" for problem in problems):
        problems.append(_looks_swapped(int(shapely.get_num_coordinates(declared).sum())))
    converted = list(_to_wgs84(declared, options.datum))
    originals = [None if shape is None else _pair(value) for shape, value in zip(read, values, strict=True)]
    return Positions(converted, said, _few_of_each(problems), shift, swap, originals)


def _pair(value: object) -> tuple[float, float] | None:
    """Return the numbers of a point that was found sound."""
    if not isinstance(value, dict) or value.get("type") != "Point":
        return None
    lon, lat = value["coordinates"][:2]
    return float(lon), float(lat)


def _raw_geometries(table: Table, mapping: ColumnMapping, problems: Problems) -> Sequence[object] | None:
    """Return each row's geometry as GeoJSON as it stands, None where the table has no positions."""
    lon, lat, wkt = (mapping.column_of(name) for name in ("lon", "lat", "wkt"))
    if lon is not None and lat is not None:
        return _from_columns(table, (lon, lat), wkt, problems)
    if wkt is not None:
        place = table.columns.index(wkt)
        return [_from_wkt(row[place], (table, index, wkt), problems) for index, row in enumerate(table.rows)]
    return table.geometries


def _from_columns(table: Table, lon_lat: tuple[str, str], wkt: str | None, problems: Problems) -> Sequence[object]:
    places = [table.columns.index(column) for column in lon_lat]
    outline_place = None if wkt is None else table.columns.index(wkt)
    found: list[object] = []
    for index, row in enumerate(table.rows):
        cells = [row[place] for place in places]
        empty = [is_empty(cell) for cell in cells]
        outline = None if outline_place is None or wkt is None else row[outline_place]
        if not is_empty(outline) and wkt is not None:
            found.append(_from_wkt(outline, (table, index, wkt), problems))
        elif all(empty):
            found.append(None)
        elif any(empty):
            column = lon_lat[empty.index(True)]
            remedy = "Write both numbers, or none of them"
            figures: dict[str, float | int | str] = {"row": table.row_numbers[index], "column": column}
            where = table.place(index, column)
            problems.append(Problem("half_position", where, "the cell is empty", remedy, figures=figures))
            found.append(None)
        else:
            found.append({"type": "Point", "coordinates": [number_of(cell) for cell in cells]})
    return found


def _from_wkt(cell: object, place: tuple[Table, int, str], problems: Problems) -> object:
    """Return a cell of well-known text as GeoJSON; `place` is its table, row and column."""
    if is_empty(cell):
        return None
    found_there = geojson_of_wkt(str(cell))
    if found_there is not None:
        return found_there
    table, index, column = place
    remedy = "Write POINT (longitude latitude) or POLYGON ((...))"
    figures: dict[str, float | int | str] = {"row": table.row_numbers[index], "column": column}
    found = f"{str(cell)[:60]!r} is no point or polygon"
    problems.append(Problem("bad_wkt", table.place(index, column), found, remedy, figures=figures))
    return None


def _checked(
    table: Table, mapping: ColumnMapping, target: ImportTarget, row: tuple[int, object], problems: Problems
) -> BaseGeometry | None:
    """Return the geometry of one row by the checks of layers, with the place of its faults as a person sees it."""
    value = row[1]
    if value is None:
        return None
    faults: Problems = []
    geometry = check_geometry(value, "", target.layer.geometries, faults)
    problems += [_placed(fault, table, mapping, row) for fault in faults]
    return geometry


def _placed(fault: Problem, table: Table, mapping: ColumnMapping, row: tuple[int, object]) -> Problem:
    """Return a fault of a geometry with its row and column; in GeoJSON with its whole pointer."""
    index, value = row
    figures: dict[str, float | int | str] = {**fault.figures, "row": table.row_numbers[index]}
    lon, lat, wkt = (mapping.column_of(name) for name in ("lon", "lat", "wkt"))
    if lon is None and wkt is None:
        pointer = fault.where if table.format == "geojson" else ""
        return replace(fault, where=table.place(index, "geometry") + pointer, figures=figures)
    is_outline = isinstance(value, Mapping) and value.get("type") == "Polygon"
    column = wkt if is_outline or lon is None else lat if fault.where == "/coordinates/1" else lon
    return replace(fault, where=table.place(index, column), figures=figures | {"column": str(column)})


def _swapped(value: object) -> object:
    """Return a GeoJSON geometry with the first two numbers of every position the other way round."""
    if not isinstance(value, Mapping):
        return value
    return {**value, "coordinates": _swapped_coordinates(value.get("coordinates"))}


def _swapped_coordinates(value: object) -> object:
    if not isinstance(value, list):
        return value
    if any(isinstance(part, list) for part in value):
        return [_swapped_coordinates(part) for part in value]
    return [value[1], value[0], *value[2:]] if len(value) >= 2 else value


def _to_wgs84(geometries: _GeometryArray, datum: Datum | None) -> _GeometryArray:
    """Return geometries in WGS-84, rounded to the decimals that are kept."""

    def convert(lonlat: FloatArray) -> FloatArray:
        return np.asarray(np.round(to_wgs84(lonlat, datum or "wgs84"), COORDINATE_DECIMALS) + 0.0)

    return np.asarray(shapely.transform(geometries, convert))


def _shift(table: Table, mapping: ColumnMapping, geometries: _GeometryArray, target: ImportTarget) -> Shift | None:
    """Return how far the rows lie from the known places of the same name or address."""
    if target.known is None:
        return None
    name, address = (mapping.column_of(column) for column in ("name", "address"))
    name_at, address_at = (None if column is None else table.columns.index(column) for column in (name, address))
    points, known = [], []
    for row, point in zip(table.rows, shapely.point_on_surface(geometries), strict=True):
        if point is None:
            continue
        told = [None if place is None else row[place] for place in (name_at, address_at)]
        found = target.known.position(*told)
        if found is not None:
            points.append((point.x, point.y))
            known.append(found)
    return detect_shift(np.array(points).reshape(-1, 2), np.array(known).reshape(-1, 2))


def datum_problems(datum: Datum | None, shift: Shift | None) -> list[Problem]:
    """Return the fault of a datum that nobody declared, or that the positions contradict."""
    figures: dict[str, float | int | str] = {}
    if shift is not None:
        figures = {"rows": shift.rows, "shift_m": round(shift.distance_m), "compass": shift.compass}
        figures |= {"looks_like": shift.datum or "", "left_m": round(shift.left_m)}
    if datum is None:
        remedy = "Declare the datum that the positions were taken in: WGS-84, CGCS2000, GCJ-02 or BD-09"
        found = "no datum is declared" + ("" if shift is None else f"; {shift_words(shift)}")
        return [Problem("datum_undeclared", "datum", found, remedy, figures=figures)]
    as_declared: Datum = "wgs84" if datum == "cgcs2000" else datum
    if shift is None or shift.datum in {None, as_declared}:
        return []
    found = f"{DATUM_NAMES[datum]} is declared, but {shift_words(shift)}"
    return [Problem("datum_contradicted", "datum", found, "Declare the datum that fits", figures=figures)]


def shift_words(shift: Shift) -> str:
    """Return a measured shift in words: how many rows, how far, which way, and what it looks like."""
    lies = f"{shift.rows} rows that match known places lie about {shift.distance_m:.0f} m"
    if shift.datum is None:
        return f"{lies} {_COMPASS_WORDS[shift.compass]} of them, which no datum explains"
    if shift.datum == "wgs84":
        return f"{shift.rows} rows that match known places lie within {shift.left_m:.0f} m of them: WGS-84?"
    return f"{lies} {_COMPASS_WORDS[shift.compass]} of them: {DATUM_NAMES[shift.datum]}?"


def _crs_problems(crs: str | None, datum: Datum | None) -> list[Problem]:
    """Return the fault of a coordinate system in the file that is not longitude and latitude of the declared datum."""
    if crs is None or crs.lower() in _WGS84_CRS or (crs.lower() in _CGCS2000_CRS and datum == "cgcs2000"):
        return []
    remedy = "Convert it to longitude and latitude in WGS-84"
    if crs.lower() in _CGCS2000_CRS:
        remedy = "Declare the datum CGCS2000"
    return [Problem("foreign_crs", "crs", f"the file declares the coordinate system {crs}", remedy)]


def _swap_makes_sense(values: Sequence[object], read: _GeometryArray, target: ImportTarget, problems: Problems) -> bool:
    """Return whether the positions make sense only with latitude and longitude swapped."""
    located = [value for value in values if value is not None]
    named = any(problem.code == "swapped_axes" for problem in problems)
    if not located or not (named or _from_outlines_m(read, target.outlines) > _FAR_M):
        return False
    swapped: Problems = []
    turned = [check_geometry(_swapped(value), "", target.layer.geometries, swapped) for value in located]
    if any(geometry is None for geometry in turned):
        return False
    return named or _from_outlines_m(np.array(turned, dtype=object), target.outlines) < _NEAR_M


def _from_outlines_m(geometries: _GeometryArray, outlines: Mapping[str, Polygon]) -> float:
    """Return how far the median position lies from the nearest outline's middle, metres; 0 without outlines."""
    points = shapely.point_on_surface(geometries[~shapely.is_missing(geometries)])
    if not outlines or not len(points):
        return 0.0
    lon, lat = np.median(shapely.get_x(points)), np.median(shapely.get_y(points))
    middles = np.array([(outline.centroid.x, outline.centroid.y) for outline in outlines.values()])
    count = len(middles)
    return float(geodesic_lengths_m(np.full(count, lon), np.full(count, lat), middles[:, 0], middles[:, 1]).min())


def _looks_swapped(count: int) -> Problem:
    found = f"{count} positions lie far from every subdistrict and would lie in one with latitude and longitude swapped"
    return Problem("swapped_axes", "columns", found, "Map the columns the other way round if that is the place")


def _few_of_each(problems: Problems) -> tuple[Problem, ...]:
    """Return the problems with one warning for all heights that are dropped: every row of a file may have one."""
    counts = Counter(problem.code for problem in problems)
    kept: dict[object, Problem] = {}
    for problem in problems:
        if problem.code == "z_dropped":
            kept.setdefault("z_dropped", replace(problem, figures={**problem.figures, "count": counts["z_dropped"]}))
        else:
            kept[len(kept), problem.code] = problem
    return tuple(kept.values())
