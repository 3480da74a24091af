"""A table that somebody brought, whatever file it came in, and the limits on what may be brought.

Readers (`table_formats` and its siblings) make one of these; nothing in it has been held against a layer yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from geo.errors import DataError, Problem
from geo.strict_json import pointer_step

TableFormat = Literal["csv", "xlsx", "geojson", "gpkg", "kml"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)

MAX_TABLE_BYTES = 20_000_000
MAX_TABLE_ROWS = 50_000
MAX_TABLE_COLUMNS = 200
MAX_TABLE_CELLS = 2_000_000
MAX_UNPACKED_BYTES = 300_000_000
"""What the parts of a workbook may come to when unpacked."""

Cell = object
Geometry = Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows under named columns.

    Attributes:
        format: The format of the file.
        columns: Names of the columns, no two alike.
        rows: Cells of each row, as many as there are columns; None where a cell is empty.
        row_numbers: The number of each row as a person sees it: line of the sheet, or number of the feature from 1.
        geometries: For formats that have them: the GeoJSON geometry of each row as it stood, None where there is none.
        crs: The coordinate system that the file declares, such as `EPSG:4490`; None where it declares none.
        problems: Faults of single cells and warnings; faults of the file as a whole are raised instead.
    """

    format: TableFormat
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    row_numbers: Sequence[int]
    geometries: Sequence[object] | None = None
    crs: str | None = None
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def place(self, index: int, column: str | None = None) -> str:
        """Return where a row or a cell is: a JSON pointer in GeoJSON, else `row 12, column 经度`.

        `column` may also be `geometry`, where the file's format has geometries of its own.
        """
        own_geometry = column == "geometry" and self.geometries is not None
        if self.format == "geojson":
            feature = f"/features/{self.row_numbers[index] - 1}"
            if column is None:
                return feature
            return f"{feature}/geometry" if own_geometry else f"{feature}/properties{pointer_step(column)}"
        row = f"row {self.row_numbers[index]}"
        return row if column is None else f"{row}, {'geometry' if own_geometry else f'column {column}'}"


def refuse_if_too_large(raw: bytes, name: str) -> None:
    """Raise DataError `file_too_large` for a file over the limit."""
    if len(raw) > MAX_TABLE_BYTES:
        found = f"the file has {len(raw):,} bytes"
        raise DataError.single("file_too_large", name, found, f"Bring {MAX_TABLE_BYTES:,} at most, in several files")


def refuse_if_too_many(rows: int, columns: int, name: str) -> None:
    """Raise DataError `too_many_rows`, `too_many_columns` or `too_many_cells` for a table over a limit."""
    for count, limit, what in (
        (rows, MAX_TABLE_ROWS, "rows"),
        (columns, MAX_TABLE_COLUMNS, "columns"),
        (rows * columns, MAX_TABLE_CELLS, "cells"),
    ):
        if count > limit:
            found = f"the table has {count:,} {what}"
            raise DataError.single(f"too_many_{what}", name, found, f"Bring {limit:,} at most, in several files")


def checked_columns(header: Sequence[object], used: Sequence[bool], name: str) -> tuple[tuple[str, ...], list[int]]:
    """Return the names of a header row and which of its places they stand at.

    Args:
        header: The cells of the header row.
        used: Whether any row has something in each place; an unnamed place that nothing uses is left out.
        name: The file's name, for the message.

    Raises:
        DataError: `unnamed_column`, `duplicate_column`, `no_columns`.
    """
    problems: list[Problem] = []
    first_at: dict[str, int] = {}
    places: list[int] = []
    for index, filled in enumerate(used):
        title = str(header[index]).strip() if index < len(header) and header[index] is not None else ""
        if not title and not filled:
            continue
        if not title:
            found = f"column {index + 1} has cells but no name"
            problems.append(Problem("unnamed_column", name, found, "Name every column in the first row"))
        elif title in first_at:
            found = f"columns {first_at[title] + 1} and {index + 1} are both named {title!r}"
            problems.append(Problem("duplicate_column", name, found, "Give every column a name of its own"))
        first_at.setdefault(title, index)
        places.append(index)
    if not places and not problems:
        problems.append(Problem("no_columns", name, "the table is empty", "Name the columns in the first row"))
    if problems:
        raise DataError(problems)
    return tuple(first_at), places


def is_empty(cell: object) -> bool:
    """Return whether nothing stands in a cell: no value, or blanks only."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
