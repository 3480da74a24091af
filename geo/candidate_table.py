"""Candidate sites of a table that somebody brought: positions from the declared datum, cost, capacity, role."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.candidates import MOST_CANDIDATES, ROLES
from geo.cell_values import number_of
from geo.column_mapping import ColumnMapping, guess_mapping
from geo.datum_shift import Datum
from geo.errors import DataError, Problem
from geo.import_model import ImportOptions, ImportTarget
from geo.import_positions import read_positions
from geo.table import Table, is_empty
from geo.text_checks import check_text

_MOST_CHARACTERS = 100
_PLACE_COLUMNS = ("id", "name", "address", "lon", "lat", "wkt")
_OWN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "cost": ("cost", "花费", "费用", "成本", "造价", "投资"),
    "capacity": ("capacity", "容量", "名额", "可容纳人数"),
    "role": ("role", "角色"),
    "competes": ("competes", "互斥", "互斥组"),
}
_ROLE_WORDS: Mapping[str, str] = {"候选": "candidate", "必建": "required", "不建": "excluded", "现有": "existing"}


@dataclass(frozen=True, eq=False)
class CandidateTable:
    """Candidates as `geo.siting_place.site_in_place` takes them, and what became of the columns.

    Attributes:
        points: Columns `id`, `properties` (name, role, competes, cost, capacity: where the row says so) and geometry,
            points in WGS-84.
        used: What each column that was read is, by column.
        unused: The columns that nothing was taken from.
    """

    points: gpd.GeoDataFrame
    used: Mapping[str, str]
    unused: tuple[str, ...]


def candidates_of(table: Table, target: ImportTarget, datum: Datum | None) -> CandidateTable:
    """Return the candidates of a table.

    Args:
        table: The table; every row is one candidate, its `id` the row's own, else the row's number as a text.
        target: The layer that a site is looked for, outlines and known places, as for an import.
        datum: The datum of the positions; None is a fault.

    Raises:
        DataError: With every fault: of the file, the datum, positions, roles, costs, capacities and ids.
    """
    mapping = _mapping(table, target)
    of_points = replace(target, layer=replace(target.layer, geometries=("Point",)))
    positions = read_positions(table, mapping, of_points, ImportOptions(str, datum))
    problems = [one for one in (*table.problems, *positions.problems) if not one.warning]
    known = [_known(table, index, mapping, problems) for index in range(len(table))]
    ids = _ids(table, mapping, problems)
    problems += _missing(table, positions.geometries, problems)
    if not 0 < len(table) <= MOST_CANDIDATES:
        found = f"there are {len(table):,} rows"
        problems.append(Problem("bad_count", "candidates", found, f"Bring 1 to {MOST_CANDIDATES:,} candidates"))
    if problems:
        raise DataError(problems)
    properties = {"id": pd.Series(ids, dtype=object), "properties": pd.Series(known, dtype=object)}
    points = gpd.GeoDataFrame(pd.DataFrame(properties), geometry=list(positions.geometries), crs="EPSG:4326")
    unused = tuple(column for column in table.columns if column not in mapping.targets)
    return CandidateTable(points, mapping.targets, unused)


def _mapping(table: Table, target: ImportTarget) -> ColumnMapping:
    """Return which columns are read: the positions and names as an import reads them, and what sites have."""
    own: dict[str, str] = {}
    for what, names in _OWN_COLUMNS.items():
        column = next((one for one in table.columns if _plain(one) in names and one not in own), None)
        if column is not None:
            own[column] = what
    guessed = guess_mapping(table, target.layer, own).targets
    wanted = (*_PLACE_COLUMNS, *_OWN_COLUMNS)
    return ColumnMapping({column: what for column, what in guessed.items() if what in wanted})


def _plain(column: str) -> str:
    return unicodedata.normalize("NFKC", column).split("(", maxsplit=1)[0].strip().casefold()


def _known(table: Table, index: int, mapping: ColumnMapping, problems: list[Problem]) -> dict[str, object]:
    """Return what one row says of its site; cells that cannot be read go into `problems`."""
    readers: Mapping[str, Callable[[object], object]] = {
        "name": lambda cell: str(cell).strip(),
        "competes": lambda cell: str(cell).strip(),
        "role": _role,
        "cost": _amount,
        "capacity": _amount,
    }
    known: dict[str, object] = {}
    for what, read in readers.items():
        column = mapping.column_of(what)
        cell = None if column is None else table.rows[index][table.columns.index(column)]
        if column is None or is_empty(cell):
            continue
        known[what] = read(cell)
        if what in {"name", "competes"}:
            check_text(str(known[what]), table.place(index, column), problems, limit=_MOST_CHARACTERS)
        if known[what] is None:
            problems.append(_unread(table, index, (column, what), cell))
    return known


def _role(cell: object) -> str | None:
    word = str(cell).strip().casefold()
    role = _ROLE_WORDS.get(word, word)
    return role if role in ROLES else None


def _amount(cell: object) -> float | None:
    value = number_of(cell)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) and 0 <= value < 1e12 else None


def _unread(table: Table, index: int, column: tuple[str, str], cell: object) -> Problem:
    name, what = column
    where = table.place(index, name)
    if what == "role":
        return Problem("bad_role", where, f"{str(cell)[:60]!r} is no role", f"Write one of {', '.join(ROLES)}")
    return Problem("bad_amount", where, f"{str(cell)[:60]!r} is no {what}", "Write a number of 0 or more")


def _ids(table: Table, mapping: ColumnMapping, problems: list[Problem]) -> list[str]:
    """Return the id of every row; one that two rows have is a fault."""
    column = mapping.column_of("id")
    place = None if column is None else table.columns.index(column)
    first_with: dict[str, int] = {}
    ids: list[str] = []
    for index, row in enumerate(table.rows):
        cell = None if place is None else row[place]
        ids.append(str(table.row_numbers[index]) if is_empty(cell) else str(number_of(cell)).strip())
        check_text(ids[-1], table.place(index, column), problems, limit=_MOST_CHARACTERS)
        if first_with.setdefault(ids[-1], index) != index:
            found = f"the id {ids[-1][:60]!r} is also that of {table.place(first_with[ids[-1]])}"
            problems.append(Problem("duplicate_id", table.place(index), found, "Give every candidate its own id"))
    return ids


def _missing(table: Table, geometries: Sequence[BaseGeometry | None], told: list[Problem]) -> list[Problem]:
    """Return a fault for every row without a position of which nothing else was said."""
    faulty = {one.figures.get("row") for one in told}
    remedy = "Give every candidate its longitude and latitude"
    return [
        Problem("no_position", table.place(index), "the row has no position", remedy)
        for index, geometry in enumerate(geometries)
        if geometry is None and table.row_numbers[index] not in faulty
    ]
