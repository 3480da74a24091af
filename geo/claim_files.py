"""Claims as files: JSON lines, CSV and XLSX with the same fields, and read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields

from geo.claims import ExtractedClaim
from geo.errors import DataError, Problem

FIELDS = tuple(field.name for field in fields(ExtractedClaim))
WHOLE = frozenset(("year", "start", "end"))
# A cell that begins so is a formula to a spreadsheet, in half or full width; the mark before it makes it text.
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
FORMULA_MARK = "'"


def claims_to_jsonl(claims: Sequence[ExtractedClaim]) -> bytes:
    """Return one JSON object a line, in UTF-8, keys in the order of the fields."""
    lines = (json.dumps(_plain(claim), ensure_ascii=False, allow_nan=False) for claim in claims)
    return "".join(f"{line}\n" for line in lines).encode()


def claims_to_csv(claims: Sequence[ExtractedClaim]) -> bytes:
    """Return a CSV table with a header, in UTF-8 with its mark so that spreadsheets read it; formulas become text."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(FIELDS)
    table.writerows([_cell(value) for value in _plain(claim).values()] for claim in claims)
    return out.getvalue().encode("utf-8-sig")


def claims_to_xlsx(claims: Sequence[ExtractedClaim]) -> bytes:
    """Return a workbook with one sheet; no cell of it is a formula or a link."""
    import xlsxwriter  # noqa: PLC0415 - no start of the service waits for it

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("claims")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(FIELDS):
            sheet.write_string(0, column, name)
        for row, claim in enumerate(claims, start=1):
            for column, value in enumerate(_plain(claim).values()):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write_number(row, column, value)
    return out.getvalue()


WRITERS: dict[str, Callable[[Sequence[ExtractedClaim]], bytes]] = {
    ".jsonl": claims_to_jsonl,
    ".csv": claims_to_csv,
    ".xlsx": claims_to_xlsx,
}


def claims_from_jsonl(raw: bytes, where: str) -> tuple[ExtractedClaim, ...]:
    """Return the claims of a JSON lines file; raises DataError with every line that is none."""
    problems: list[Problem] = []
    claims: list[ExtractedClaim] = []
    for number, line in enumerate(raw.decode("utf-8-sig", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            claims.append(ExtractedClaim(**{name: row[name] for name in FIELDS}))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            found, remedy = f"no claim ({error})", "Give a file written by `lifecircle claims extract`."
            problems.append(Problem("not_a_claim", f"{where}, line {number}", found, remedy))
    if problems:
        raise DataError(problems)
    return tuple(claims)


def _plain(claim: ExtractedClaim) -> dict[str, str | int | float | None]:
    """Return a claim's fields, whole figures without decimals."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in asdict(claim).items()
    }


def _cell(value: str | float | None) -> str:
    """Return a CSV cell; what a spreadsheet would take for a formula is marked as text."""
    if value is None:
        return ""
    text = str(value)
    return FORMULA_MARK + text if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
