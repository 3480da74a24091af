"""A table of homes held against what homes must be: positions, numbers, gates, and the subdistrict they lie in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary import declared_datum
from geo.catalog_model import LocalText
from geo.cell_values import number_of
from geo.datum import COORDINATE_DECIMALS, FloatArray
from geo.datum_shift import DATUM_NAMES, DATUMS, Datum, detect_shift, to_wgs84
from geo.demand_basis import HomesKind, PeopleGroup
from geo.errors import DataError, Problem
from geo.geometry_checks import check_geometry, distances_outside_m
from geo.homes import Homes, home_frame
from geo.known_places import KnownPlaces
from geo.table import Table, is_empty

OUTSIDE_SLACK_M = 50.0
"""Homes up to this far outside the outline are taken: a compound's middle may lie beyond a simplified boundary."""

_MOST_NAMED = 8
_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "编号"),
    "name": ("name", "名称", "小区", "小区名称", "楼盘", "地址", "address"),
    "people": ("people", "residents", "population", "人数", "人口", "居民", "实有人口", "常住人口"),
    "households": ("households", "户数", "总户数", "居民户数"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "wkt": ("wkt", "几何", "范围"),
    "gates": ("gates", "大门", "出入口", "门"),
}
_GROUP = re.compile(r"(?:age|group)_[a-z0-9_]{1,34}")
_AGES = re.compile(r"age_(\d{1,3})_(?:(\d{1,3})|(plus))")


@dataclass(frozen=True, eq=False)
class HomesOptions:
    """What somebody chose for an import of homes.

    Attributes:
        kind: What a row is: a compound or a building.
        unit: The unit of the subdistrict's total, which every row must have: people or households.
        outline: The subdistrict, WGS-84.
        datum: The datum that the positions are in; None: the file must declare WGS-84 or CGCS2000 itself.
        household_people: People in a household, to work out either from the other; None: nothing is worked out.
        leave_out_outside: Leave homes outside the outline out instead of refusing the file.
        group_names: Names of groups by column.
        known: Places that are known, to measure a shift against.
    """

    kind: HomesKind
    unit: str
    outline: shapely.Polygon
    datum: Datum | None = None
    household_people: float | None = None
    leave_out_outside: bool = False
    group_names: Mapping[str, LocalText] = field(default_factory=dict)
    known: KnownPlaces | None = None


@dataclass(frozen=True, eq=False)
class HomesReading:
    """Homes that were read, and what is told beside them: columns that nothing was made of, homes left out."""

    homes: Homes
    warnings: tuple[Problem, ...]


def read_homes_table(table: Table, name: str, options: HomesOptions) -> HomesReading:
    """Return the homes of a table.

    Columns are found by their names (`name`, `people` 人数, `households` 户数, `lon` and `lat` or `wkt` where the
    format has no geometry, `gates` as `lon,lat; lon,lat`); columns that begin with `age_` or `group_` are groups.

    Raises:
        DataError: with every problem of the table; nothing is read then.
    """
    datum = declared_datum(table.crs, options.datum, name)
    columns = {target: _column(table, names) for target, names in _NAMES.items()}
    groups = tuple(_group(column, options.group_names) for column in table.columns if _GROUP.fullmatch(column))
    problems = list(table.problems)
    shapes = _shapes(table, columns, problems)
    numbers = _numbers(table, columns, groups, options, problems)
    gates = _gates(table, columns["gates"], problems)
    if not len(table):
        problems.append(Problem("no_homes", name, "there is no row in it", "Bring a row for each home"))
    _refuse(problems)
    places = np.asarray(shapely.point_on_surface(np.array(shapes, dtype=object)))
    declared = shapely.get_coordinates(places)
    lonlat = np.round(to_wgs84(declared, datum), COORDINATE_DECIMALS)
    _check_shift(table, columns, lonlat, options.known, name)
    outside_m = distances_outside_m(_points(lonlat), options.outline)
    inside = outside_m <= OUTSIDE_SLACK_M
    if not inside.all() and not (options.leave_out_outside and inside.any()):
        raise DataError(_outside_problems(table, outside_m, declared, options, name))
    ids = _ids(table, columns["id"], problems)
    _refuse(problems)
    titles = [str(cell or "") for cell in _cells(table, columns["name"])]
    frame = home_frame(ids, {"name": titles, **numbers}, lonlat)[inside]
    own_gates = np.array([_moved(gate, datum) for gate in gates], dtype=object)[inside]
    return HomesReading(Homes(options.kind, frame, own_gates, groups), _told(table, columns, groups, inside, name))


def _points(lonlat: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return positions as geometry, object (n,)."""
    return np.asarray(shapely.points(lonlat)).reshape(-1)


def _refuse(problems: Sequence[Problem]) -> None:
    faults = [problem for problem in problems if not problem.warning]
    if faults:
        raise DataError(faults)


def _column(table: Table, names: tuple[str, ...]) -> str | None:
    """Return the column of the first of `names` that the table has."""
    by_title = {column.strip().lower(): column for column in reversed(table.columns)}
    return next((by_title[name] for name in names if name in by_title), None)


def _cells(table: Table, column: str | None) -> list[object]:
    """Return the cells of a column, None for each row where there is no such column."""
    if column is None:
        return [None] * len(table)
    place = table.columns.index(column)
    return [row[place] for row in table.rows]


def _shapes(table: Table, columns: Mapping[str, str | None], problems: list[Problem]) -> list[BaseGeometry | None]:
    """Return the point or polygon of each row as the file has it."""
    found: list[BaseGeometry | None] = []
    lon, lat = _cells(table, columns["lon"]), _cells(table, columns["lat"])
    for index, wkt in enumerate(_cells(table, columns["wkt"])):
        value: object = None
        if table.geometries is not None and columns["lon"] is None:
            value = table.geometries[index]
        elif not is_empty(wkt):
            value = _geojson_of(str(wkt))
        elif not is_empty(lon[index]) and not is_empty(lat[index]):
            value = {"type": "Point", "coordinates": [number_of(lon[index]), number_of(lat[index])]}
        where = table.place(index, "geometry")
        if value is None:
            remedy = "Give lon and lat, wkt, or a geometry"
            problems.append(Problem("no_position", where, "the home has no position", remedy))
            found.append(None)
            continue
        found.append(check_geometry(value, where, ("Point", "Polygon"), problems))
    return found


def _geojson_of(wkt: str) -> object:
    """Return well-known text as GeoJSON, the text itself where it is none: the checks of geometry then refuse it."""
    shape = cast("BaseGeometry | None", shapely.from_wkt(wkt, on_invalid="ignore"))
    if isinstance(shape, shapely.Point):
        return {"type": "Point", "coordinates": list(shape.coords[0])}
    if not isinstance(shape, shapely.Polygon):
        return wkt[:60]
    rings = [shapely.get_coordinates(ring).tolist() for ring in (shape.exterior, *shape.interiors)]
    return {"type": "Polygon", "coordinates": rings}


def _numbers(
    table: Table,
    columns: Mapping[str, str | None],
    groups: Sequence[PeopleGroup],
    options: HomesOptions,
    problems: list[Problem],
) -> dict[str, list[float]]:
    """Return people, households and groups of each row, NaN where not known; the subdistrict's unit must be known."""
    numbers = {unit: _amounts(table, columns[unit], problems) for unit in ("people", "households")}
    ratio = options.household_people
    if ratio is not None:
        pairs = list(zip(numbers["people"], numbers["households"], strict=True))
        numbers["people"] = [round(h * ratio, 2) if math.isnan(p) else p for p, h in pairs]
        numbers["households"] = [round(p / ratio, 2) if math.isnan(h) else h for p, h in pairs]
    for index, value in enumerate(numbers[options.unit]):
        if math.isnan(value):
            where = table.place(index, columns[options.unit] or columns["name"])
            found = f"no number of {options.unit} is given"
            remedy = f"Give one in a column {options.unit}, or say --household-people to work it out"
            problems.append(Problem("no_number", where, found, remedy))
    for group in groups:
        numbers[group.id] = [0.0 if math.isnan(n) else n for n in _amounts(table, group.id, problems)]
        for index, (part, whole) in enumerate(zip(numbers[group.id], numbers["people"], strict=True)):
            if part > whole + 0.5:
                found = f"{part:g} people of {whole:g}"
                problems.append(Problem("group_too_large", table.place(index, group.id), found, "Correct one of them"))
    return numbers


def _amounts(table: Table, column: str | None, problems: list[Problem]) -> list[float]:
    """Return the numbers of a column, NaN where a cell is empty."""
    found = []
    for index, cell in enumerate(_cells(table, column)):
        value = math.nan if is_empty(cell) else number_of(cell)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or math.isinf(value):
            where = table.place(index, column)
            problems.append(Problem("bad_number", where, f"{str(cell)[:40]!r} is no number", "Write 0 or more"))
            value = math.nan
        found.append(float(value))
    return found


def _gates(table: Table, column: str | None, problems: list[Problem]) -> list[FloatArray | None]:
    """Return the gates of each row as positions, None where none is known."""
    found: list[FloatArray | None] = []
    for index, cell in enumerate(_cells(table, column)):
        positions = _positions(cell)
        if positions is None:
            where = table.place(index, column)
            remedy = "Write longitude,latitude; longitude,latitude"
            problems.append(Problem("bad_gates", where, f"{str(cell)[:60]!r} are no positions", remedy))
        found.append(None if positions is None or not len(positions) else positions)
    return found


def _positions(cell: object) -> FloatArray | None:
    """Return the positions in a cell, shape (n, 2); None where it holds something else."""
    if is_empty(cell):
        return np.zeros((0, 2))
    raw = cell if isinstance(cell, list) else [part.split(",") for part in re.split("[;；]", str(cell)) if part.strip()]
    try:
        positions = np.array(raw, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        return None
    in_degrees = np.isfinite(positions).all() and (np.abs(positions) <= (180, 90)).all()
    return positions if in_degrees else None


def _moved(gates: FloatArray | None, datum: Datum) -> shapely.MultiPoint | None:
    """Return gates in WGS-84."""
    return None if gates is None else shapely.MultiPoint(np.round(to_wgs84(gates, datum), COORDINATE_DECIMALS))


def _ids(table: Table, column: str | None, problems: list[Problem]) -> list[str]:
    """Return the id of each row, its number where the table has none; no two alike."""
    ids = [str(cell) for cell in _cells(table, column)] if column else [f"home-{n}" for n in table.row_numbers]
    seen: set[str] = set()
    for index, home_id in enumerate(ids):
        if home_id in seen:
            found = f"{home_id[:40]!r} stands there twice"
            problems.append(Problem("duplicate_id", table.place(index, column), found, "Give each home its own"))
        seen.add(home_id)
    return ids


def _check_shift(
    table: Table, columns: Mapping[str, str | None], lonlat: FloatArray, known: KnownPlaces | None, name: str
) -> None:
    """Refuse homes that all lie away from where homes of these names are known to be."""
    if known is None:
        return
    pairs = [
        (place, position)
        for place, title in zip(lonlat, _cells(table, columns["name"]), strict=True)
        if (position := known.position(title, title)) is not None
    ]
    shift = detect_shift(np.array([a for a, _ in pairs]).reshape(-1, 2), np.array([b for _, b in pairs]).reshape(-1, 2))
    if shift is not None and shift.datum not in (None, "wgs84"):
        found = (
            f"{shift.rows} homes lie about {shift.distance_m:.0f} m {shift.compass} of where they are known to be, as "
            f"{DATUM_NAMES[shift.datum]} would"
        )
        raise DataError.single("shifted", name, found, f"Say --datum {shift.datum}")


def _outside_problems(
    table: Table, outside_m: FloatArray, declared: FloatArray, options: HomesOptions, name: str
) -> list[Problem]:
    """Return the homes that lie outside the subdistrict, and the datum in which they would not."""
    away = np.flatnonzero(outside_m > OUTSIDE_SLACK_M)
    fitting = [
        datum
        for datum in DATUMS
        if (distances_outside_m(_points(to_wgs84(declared, datum)), options.outline) <= OUTSIDE_SLACK_M).all()
    ]
    remedy = "See that it is the right subdistrict and datum; --leave-out-outside takes the others"
    if fitting:
        remedy = f"They would all lie inside if they were {DATUM_NAMES[fitting[0]]}: say --datum {fitting[0]}"
    found = (
        f"{len(away)} of {len(outside_m)} homes lie outside the subdistrict, the farthest by {outside_m.max():.0f} m"
    )
    rows = [
        Problem("outside_subdistrict", table.place(int(index), "geometry"), f"{outside_m[index]:.0f} m outside", remedy)
        for index in away[:_MOST_NAMED]
    ]
    return [Problem("outside_subdistrict", name, found, remedy), *rows]


def _told(
    table: Table,
    columns: Mapping[str, str | None],
    groups: Sequence[PeopleGroup],
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]],
    name: str,
) -> tuple[Problem, ...]:
    """Return what is told but not refused."""
    used = {*columns.values(), *(group.id for group in groups)}
    unused = [column for column in table.columns if column not in used]
    told = []
    if unused:
        found = f"nothing is made of the columns {', '.join(unused[:12])}"
        remedy = "Groups of people begin with age_ or group_"
        told.append(Problem("unused_columns", name, found, remedy, warning=True))
    if not inside.all():
        found = f"{int((~inside).sum())} homes outside the subdistrict are left out"
        told.append(Problem("left_out", name, found, "Bring them with their own subdistrict", warning=True))
    return tuple(told)


def _group(column: str, names: Mapping[str, LocalText]) -> PeopleGroup:
    """Return the group of a column; ages say their name themselves."""
    ages = _AGES.fullmatch(column)
    if column in names:
        return PeopleGroup(column, names[column])
    if ages is None:
        plain = column.removeprefix("group_").removeprefix("age_").replace("_", " ")
        return PeopleGroup(column, LocalText(plain, plain))
    low, high, _ = ages.groups()
    if high is None:
        return PeopleGroup(column, LocalText(f"{low} 岁以上", f"aged {low} and over"))
    return PeopleGroup(column, LocalText(f"{low}—{high} 岁", f"aged {low} to {high}"))


def join_homes(parts: Sequence[Homes]) -> Homes:
    """Return several tables' homes as one; groups that one of them lacks are refused, as are ids that stand twice."""
    if len(parts) == 1:
        return parts[0]
    if len({part.groups for part in parts}) > 1:
        raise DataError.single("different_groups", "files", "they tell different groups apart", "Give all the same")
    frame = gpd.GeoDataFrame(pd.concat([part.frame for part in parts]), crs="EPSG:4326")
    if frame.index.has_duplicates:
        twice = str(frame.index[frame.index.duplicated()][0])
        raise DataError.single("duplicate_id", "files", f"{twice[:40]!r} is in two files", "Give each home its own id")
    return Homes(parts[0].kind, frame, np.concatenate([part.gates for part in parts]), parts[0].groups)
