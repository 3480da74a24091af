"""Tables in CSV: UTF-8, with or without a byte order mark; GB18030 only where somebody says so.

GBK bytes often make sense as other text, so an encoding is never guessed: it is refused with a hint. The separator is
the one of comma, tab and semicolon that stands most often in the first line. A cell that was quoted as text on export
(an apostrophe before what a spreadsheet would take for a formula, see `export_formats`) gets its own text back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Literal

from geo.errors import DataError, Problem
from geo.strict_json import guessed_encoding
from geo.table import (
    MAX_TABLE_COLUMNS,
    MAX_TABLE_ROWS,
    Table,
    checked_columns,
    is_empty,
    refuse_if_too_large,
    refuse_if_too_many,
)

Encoding = Literal["utf-8", "gb18030"]

# What a spreadsheet may take for the beginning of a formula, also after blanks, and in full width.
FORMULA_START = re.compile(r"'*\s*[=+\-@|%＝＋－＠\t\r\n]")

_Line = tuple[int, list[str]]


def read_csv(raw: bytes, name: str, encoding: Encoding = "utf-8") -> Table:
    """Return the table of a CSV file; its row numbers are line numbers.

    Raises:
        DataError: `not_utf8` with a hint, `wrong_encoding`, `not_csv`, limits, faults of the header.
    """
    refuse_if_too_large(raw, name)
    text = _decoded(raw, name, encoding)
    lines = _lines(text, name)
    _, header = next(lines, (1, []))
    body = list(lines)
    refuse_if_too_many(len(body), max(map(len, (header, *(cells for _, cells in body)))), name)
    width = len(header)
    used = [any(len(cells) > column and cells[column].strip() for _, cells in body) for column in range(width)]
    columns, places = checked_columns(header, used, name)
    problems = [_too_long(number, len(cells), width) for number, cells in body if not _fits(cells, width)]
    rows = [tuple(_cell(cells, place) for place in places) for _, cells in body]
    return Table("csv", columns, rows, [number for number, _ in body], problems=tuple(problems))


def unquoted(text: str) -> str:
    """Return the text of a cell without the apostrophe that kept a spreadsheet from taking it for a formula."""
    return text[1:] if text.startswith("'") and FORMULA_START.match(text[1:]) else text


def _decoded(raw: bytes, name: str, encoding: Encoding) -> str:
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            found, remedy = f"byte {error.start} is not {encoding.upper()}", "Choose UTF-8, or save the file again"
            raise DataError.single("wrong_encoding", name, found, remedy) from error
        guess = guessed_encoding(raw)
        found = f"byte {error.start} is not UTF-8" + (f"; the text looks like {guess}" if guess else "")
        remedy = "Choose the encoding GB18030, or save the file as CSV UTF-8" if guess else "Save the file as CSV UTF-8"
        raise DataError.single("not_utf8", name, found, remedy) from error


def _lines(text: str, name: str) -> Iterator[_Line]:
    """Yield the number and the cells of every line in which something stands."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = count = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MAX_TABLE_ROWS + 1 or len(cells) > MAX_TABLE_COLUMNS:
                    refuse_if_too_many(count - 1, len(cells), name)
                yield number + 1, cells
            number = reader.line_num
    except csv.Error as error:
        found = f"line {number + 1}: {error}"
        raise DataError.single("not_csv", name, found, "Correct the quotation marks there") from error


def _separator(text: str) -> str:
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",\t;", key=bare.count)


def _cell(cells: list[str], place: int) -> str | None:
    if place >= len(cells) or is_empty(cells[place]):
        return None
    return unquoted(cells[place])


def _fits(cells: list[str], width: int) -> bool:
    return not any(cell.strip() for cell in cells[width:])


def _too_long(number: int, count: int, width: int) -> Problem:
    found = f"the row has {count} cells, but there are {width} columns"
    remedy = "Put quotation marks round a cell that has the separator in it"
    return Problem("too_many_cells_in_row", f"row {number}", found, remedy, figures={"row": number})
