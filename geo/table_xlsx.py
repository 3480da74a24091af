"""Tables in XLSX: the first sheet, read by calamine, after a look into the file itself.

A workbook is a zip of XML parts that may lie about its own size, so the parts are measured before anything is unpacked
for good. One pass over the sheet's XML then finds what a reader of values cannot see: formulas (whose stored result
may be stale), merged cells (of which only one has the value), and how far the cells really reach.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, cast
from xml.etree.ElementTree import Element, ParseError
from xml.parsers.expat import ExpatError, ParserCreate

from defusedxml.common import DefusedXmlException, EntitiesForbidden
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineError, CalamineWorkbook

from geo.errors import DataError, Problem
from geo.table import (
    MAX_UNPACKED_BYTES,
    Cell,
    Table,
    checked_columns,
    is_empty,
    refuse_if_too_large,
    refuse_if_too_many,
)

_MAX_PARTS = 2_000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_UNREADABLE = (
    *(zipfile.BadZipFile, NotImplementedError, CalamineError, ParseError, ExpatError),
    *(KeyError, ValueError, StopIteration),
)
_SAVE_AGAIN = "Save it again as .xlsx"

_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a sheet's XML says: how many rows and columns its cells reach, its formulas, its merged ranges."""

    rows: int
    columns: int
    formulas: tuple[_Place, ...]
    merged: tuple[tuple[_Place, str], ...]


def read_xlsx(raw: bytes, name: str) -> Table:
    """Return the table of a workbook's first sheet; its first row with cells is the header.

    Raises:
        DataError: `macro_workbook`, `not_xlsx`, `unpacked_too_large`, limits, faults of the header.
    """
    refuse_if_too_large(raw, name)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _refuse_bombs_and_macros(archive, name)
            sheet = _look_into_first_sheet(archive)
        refuse_if_too_many(sheet.rows, sheet.columns, name)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        grid = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except DefusedXmlException as error:
        raise DataError.single("not_xlsx", name, "the workbook declares XML entities", _SAVE_AGAIN) from error
    except (
        zipfile.BadZipFile,
        CalamineError,
        ParseError,
        ExpatError,
        KeyError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise DataError.single("not_xlsx", name, "the file is no workbook that can be read", _SAVE_AGAIN) from error
    return _table(grid, sheet, workbook.sheet_names, name)


def _refuse_bombs_and_macros(archive: zipfile.ZipFile, name: str) -> None:
    parts = archive.infolist()
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        found = "the workbook has macros"
        raise DataError.single("macro_workbook", name, found, "Save it as .xlsx, without macros")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or len(parts) > _MAX_PARTS:
        found = f"unpacked, its {len(parts):,} parts come to {unpacked:,} bytes"
        raise DataError.single("unpacked_too_large", name, found, f"Bring {MAX_UNPACKED_BYTES:,} bytes at most")
    damaged = archive.testzip()  # a part that is longer than it declares does not match its checksum
    if damaged is not None:
        raise zipfile.BadZipFile(damaged)


def _look_into_first_sheet(archive: zipfile.ZipFile) -> _Sheet:
    with archive.open(_first_sheet_part(archive)) as stream:
        return _scan(stream)


def _first_sheet_part(archive: zipfile.ZipFile) -> str:
    """Return the path of the first sheet's part, by the workbook's list of sheets and its relations."""
    book = fromstring(archive.read("xl/workbook.xml"))
    first = next(element for element in book.iter() if _kind(element) == "sheet")
    wanted = first.get(_RELATION) or first.get(_STRICT_RELATION)
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(relation.get("Target", "") for relation in relations if relation.get("Id") == wanted)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _scan(stream: IO[bytes]) -> _Sheet:
    """Look at the beginning of every element of a sheet once; entities are refused where they are declared."""
    formulas: list[_Place] = []
    merged: list[tuple[_Place, str]] = []
    row = column = last_row = last_column = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, last_row, last_column
        kind = tag.rpartition(":")[2]
        if kind == "c":
            row, column = _place(attributes.get("r", ""), (row, column + 1))
            last_row, last_column = max(last_row, row), max(last_column, column)
        elif kind == "row":
            row, column = int(attributes.get("r", row + 1)), 0
            last_row = max(last_row, row)
        elif kind == "f":
            formulas.append((row, column))
        elif kind == "mergeCell":
            merged.append((_place(attributes.get("ref", ""), (1, 1)), attributes.get("ref", "")))

    parser = ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse_entity
    parser.ParseFile(stream)
    return _Sheet(last_row, last_column, tuple(formulas), tuple(merged))


def _refuse_entity(name: str, *_others: object) -> None:
    raise EntitiesForbidden(name, None, None, None, None, None)


def _kind(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _place(reference: str, otherwise: _Place) -> _Place:
    """Return row and column, from 1, of a reference such as `B3` (of a range, its first)."""
    match = _REFERENCE.match(reference)
    if match is None:
        return otherwise
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def _table(grid: Sequence[Sequence[object]], sheet: _Sheet, sheet_names: Sequence[str], name: str) -> Table:
    filled = [index for index, row in enumerate(grid) if not all(map(is_empty, row))]
    header_at = filled[0] if filled else 0
    header = grid[header_at] if filled else []
    body = filled[1:]
    used = [any(not is_empty(grid[index][column]) for index in body) for column in range(len(header))]
    columns, places = checked_columns(header, used, name)
    rows = [tuple(_cell(grid[index][place]) for place in places) for index in body]
    named = {place + 1: column for column, place in zip(columns, places, strict=True)}
    problems = [*_formula_problems(sheet, named), *_merged_problems(sheet, named), *_other_sheets(sheet_names, name)]
    return Table("xlsx", columns, rows, [index + 1 for index in body], problems=tuple(problems))


def _cell(value: object) -> Cell:
    """Return a cell as text, number, boolean or None; days as YYYY-MM-DD, whole numbers without a fraction."""
    if is_empty(value):
        return None
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, str | bool | int | float) else str(value)


def _formula_problems(sheet: _Sheet, named: dict[int, str]) -> list[Problem]:
    remedy = "Paste the cell's value in place of the formula"
    return [
        Problem(
            "formula_cell", _where(place, named), "the cell holds a formula", remedy, figures=_figures(place, named)
        )
        for place in sheet.formulas
    ]


def _merged_problems(sheet: _Sheet, named: dict[int, str]) -> list[Problem]:
    remedy = "Take the merging back, and write the value in every row that it is meant for"
    return [
        Problem(
            "merged_cells",
            _where(place, named),
            f"the cells {cells} are merged",
            remedy,
            figures=_figures(place, named),
        )
        for place, cells in sheet.merged
    ]


def _where(place: _Place, named: dict[int, str]) -> str:
    return f"row {place[0]}, column {named.get(place[1], place[1])}"


def _figures(place: _Place, named: dict[int, str]) -> dict[str, float | int | str]:
    return {"row": place[0], "column": cast("str | int", named.get(place[1], place[1]))}


def _other_sheets(names: Sequence[str], name: str) -> list[Problem]:
    if len(names) < 2:
        return []
    found = f"only the first sheet, {names[0]}, is read; there are {len(names) - 1} more"
    return [Problem("other_sheets", name, found, "Bring each sheet that is meant as a file of its own", warning=True)]
