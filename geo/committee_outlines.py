"""Outlines of residents' committees out of a file that somebody brought: whose, in which datum, are they sound."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary import area_km2, declared_datum
from geo.committees import CommitteeGroup, Committees
from geo.datum import COORDINATE_DECIMALS
from geo.datum_shift import Datum, to_wgs84
from geo.errors import DataError, Problem
from geo.geometry_checks import check_geometry
from geo.table import Table

MOST_COMMITTEES = 500
LARGEST_OVERLAP_SHARE = 0.02
"""Two neighbours may share a strip this large a part of the smaller one: lines are drawn by hand."""

LEAST_INSIDE_SHARE = 0.5
_NAME_COLUMNS = ("name", "名称", "居委会", "居委会名称", "居民委员会", "committee")
_CODE_COLUMNS = ("code", "代码", "编码", "居委会代码", "居委会编码")


@dataclass(frozen=True, eq=False)
class CommitteeOutline:
    """The outline of a committee: its code, its name, and its area in WGS-84 (Polygon or MultiPolygon)."""

    code: str
    name: str
    area: BaseGeometry


def read_committee_outlines(
    table: Table, name: str, datum: Datum | None, outline: shapely.Polygon, known: Committees
) -> tuple[CommitteeOutline, ...]:
    """Return the outlines of a table, in the order of their codes.

    Args:
        table: What a reader of `geo.table_formats` made of the file; columns `name` or 居委会, perhaps 代码.
        name: The file's name, for messages.
        datum: The datum that the positions are in; None: the file must declare WGS-84 or CGCS2000 itself.
        outline: The subdistrict, WGS-84.
        known: The committees that are known by name: an outline without a code takes the code of its namesake.

    Raises:
        DataError: with every fault: no name, names that stand twice, lines that cross, outlines that lie over each
            other or outside the subdistrict.
    """
    its_datum = declared_datum(table.crs, datum, name)
    problems = list(table.problems)
    if not 0 < len(table) <= MOST_COMMITTEES:
        remedy = f"Bring 1 to {MOST_COMMITTEES} rows, one a committee"
        raise DataError.single("committee_count", name, f"the file has {len(table)} rows", remedy)
    names, codes = _named(table, name, known, problems)
    areas = [_area(table, row, its_datum, problems) for row in range(len(table))]
    _refuse(problems)
    rows = zip(codes, names, areas, strict=True)
    found = [CommitteeOutline(code, title, area) for code, title, area in rows if area is not None]
    _refuse([*_strangers(table, found, outline), *_overlaps(found, name)])
    return tuple(sorted(found, key=lambda one: one.code))


def committees_in_outlines(outlines: Sequence[CommitteeOutline], known: Committees, source: str) -> Committees:
    """Return the committees of outlines; those that are known without one are left among those not placed."""
    drawn = {one.name for one in outlines}
    groups = tuple(_group(one) for one in outlines)
    others = [name for group in known.groups for name in group.names] + list(known.unplaced)
    return Committees(groups, tuple(name for name in others if name not in drawn), source, known.names_en)


def outlines_to_document(outlines: Sequence[CommitteeOutline]) -> list[dict[str, Any]]:
    """Return outlines as plain JSON values, to be kept."""
    return [{"code": one.code, "name": one.name, "area": shapely.geometry.mapping(one.area)} for one in outlines]


def outlines_of_document(areas: Sequence[Mapping[str, Any]]) -> tuple[CommitteeOutline, ...]:
    """Return the outlines that `outlines_to_document` gave."""
    return tuple(CommitteeOutline(one["code"], one["name"], shapely.geometry.shape(one["area"])) for one in areas)


def _group(one: CommitteeOutline) -> CommitteeGroup:
    middle = one.area.representative_point()
    return CommitteeGroup((one.code,), (one.name,), middle.x, middle.y, 0.0, one.area)


def _refuse(problems: Sequence[Problem]) -> None:
    faults = [problem for problem in problems if not problem.warning]
    if faults:
        raise DataError(faults)


def _named(table: Table, name: str, known: Committees, problems: list[Problem]) -> tuple[list[str], list[str]]:
    """Return the names and codes of all rows, with what is wrong with them added to `problems`."""
    titles = _cells(table, _NAME_COLUMNS)
    if titles is None:
        remedy = f"Name it one of {', '.join(_NAME_COLUMNS)}"
        raise DataError.single("no_name_column", name, "no column has the committees' names", remedy)
    code_of = {title: code for group in known.groups for title, code in zip(group.names, group.codes, strict=True)}
    codes = [
        code or code_of.get(title) or f"area-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
        for title, code in zip(titles, _cells(table, _CODE_COLUMNS) or [""] * len(table), strict=True)
    ]
    for kind, values in (("name", titles), ("code", codes)):
        for row, value in enumerate(values):
            where = table.place(row)
            if not value:
                problems.append(Problem("no_name", where, "the committee has no name", "Give it one"))
            elif value in values[:row]:
                found = f"{value[:40]!r} is the {kind} of two rows"
                problems.append(Problem("duplicate_committee", where, found, "Bring one row a committee"))
            elif not _is_plain(value, kind):
                found = f"{value[:40]!r} can be no {kind}"
                problems.append(Problem("bad_committee", where, found, "Write up to 60 letters and figures"))
    return titles, codes


def _is_plain(value: str, kind: str) -> bool:
    """Return whether a name can be shown and a code can stand in an address."""
    signs = value.replace("-", "").replace("_", "")
    fits = value.isprintable() and len(value) <= 60
    return fits and (kind == "name" or (signs.isascii() and signs.isalnum()))


def _cells(table: Table, titles: tuple[str, ...]) -> list[str] | None:
    """Return the cells of the first column with one of the titles, as text; None where there is no such column."""
    by_title = {column.strip().lower(): index for index, column in reversed(list(enumerate(table.columns)))}
    place = next((by_title[title] for title in titles if title in by_title), None)
    return None if place is None else ["" if row[place] is None else str(row[place]).strip() for row in table.rows]


def _area(table: Table, row: int, datum: Datum, problems: list[Problem]) -> BaseGeometry | None:
    """Return the area of a row in WGS-84, None with what is wrong with it added to `problems`."""
    value, where = table.geometries[row] if table.geometries is not None else None, table.place(row, "geometry")
    if value is None:
        problems.append(Problem("no_outline", where, "the committee has no outline", "Bring a Polygon"))
        return None
    parts: list[object] = [{"type": "Polygon", "coordinates": rings} for rings in _parts(value)] or [value]
    found = [check_geometry(part, where, ("Polygon",), problems) for part in parts]
    sound = [area for area in found if area is not None]
    if len(sound) < len(parts) or not sound:
        return None
    united = shapely.union_all(sound)
    return shapely.transform(united, lambda lonlat: to_wgs84(lonlat, datum).round(COORDINATE_DECIMALS))


def _parts(value: object) -> list[object]:
    """Return the rings of each polygon of a MultiPolygon; nothing where the geometry is something else."""
    if not isinstance(value, dict) or value.get("type") != "MultiPolygon":
        return []
    coordinates = value.get("coordinates")
    return coordinates if isinstance(coordinates, list) else []


def _strangers(table: Table, found: Sequence[CommitteeOutline], outline: shapely.Polygon) -> list[Problem]:
    """Return the committees that lie mostly outside the subdistrict."""
    remedy = "See that it is the right subdistrict and datum"
    inside = shapely.area(shapely.intersection([one.area for one in found], outline))
    shares = inside / shapely.area([one.area for one in found])
    return [
        Problem("outside_subdistrict", table.place(row), f"{found[row].name}: {1 - shares[row]:.0%} outside", remedy)
        for row in np.flatnonzero(shares < LEAST_INSIDE_SHARE).tolist()
    ]


def _overlaps(found: Sequence[CommitteeOutline], name: str) -> list[Problem]:
    """Return the pairs of committees that lie over each other: a home would be in two."""
    areas = np.array([one.area for one in found], dtype=object)
    pairs = shapely.STRtree(areas).query(areas, predicate="intersects").T
    problems = []
    for first, second in pairs[pairs[:, 0] < pairs[:, 1]].tolist():
        shared = shapely.intersection(areas[first], areas[second])
        smaller = min(area_km2(areas[first]), area_km2(areas[second]))
        if not shared.is_empty and shared.area and area_km2(shared) > LARGEST_OVERLAP_SHARE * smaller:
            told = f"{found[first].name} and {found[second].name} share {area_km2(shared) * 1e6:,.0f} m²"
            problems.append(Problem("committees_overlap", name, told, "Draw one line between them"))
    return problems
