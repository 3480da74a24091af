"""A report's claims with their verdicts as CSV, XLSX and JSON; figures and places, never the report's text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict

from geo.claim_files import FORMULA_MARK, FORMULA_STARTS
from geo.claim_review import ReviewedClaim
from geo.claims_table import COLUMNS, Claim
from geo.report_findings import KeptFinding

STATUSES = ("surveyed", "address", "approximate", "sample", "unlocated")
FIELDS = (
    *COLUMNS,
    "verdict",
    "difference",
    "found",
    "mapped",
    *(f"mapped_{status}" for status in STATUSES),
    "reason_zh",
    "reason_en",
)
_WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def claim_json(reviewed: ReviewedClaim) -> dict[str, object]:
    """Return a claim with its verdict as a JSON object; what is not known or not compared is null."""
    claim = {name: _whole(value) for name, value in asdict(reviewed.claim).items()}
    claim["indicator"], claim["layer"] = reviewed.claim.indicator or None, reviewed.claim.layer or None
    mapped = reviewed.mapped
    return claim | {
        "verdict": reviewed.verdict,
        "difference": reviewed.difference,
        "found": _whole(reviewed.itemised),
        "mapped": reviewed.located,
        "mapped_by_status": None if mapped is None else {name: mapped.get(name, 0) for name in STATUSES},
        "reasons": [{"verdict": one.verdict, "zh": one.zh, "en": one.en} for one in reviewed.reasons],
    }


def finding_json(finding: KeptFinding, claims: Sequence[Claim]) -> dict[str, object]:
    """Return a finding as a JSON object; its claims are told by their start."""
    known = {claim.start for claim in claims}
    return {
        "check": finding.check,
        "verdict": finding.verdict,
        "zh": finding.zh,
        "en": finding.en,
        "stated": _whole(finding.stated),
        "found": _whole(finding.found),
        "claims": [start for start, _ in finding.spans if start in known],
    }


def claims_csv(reviewed: Sequence[ReviewedClaim]) -> bytes:
    """Return the claims as CSV in UTF-8 with its mark; a cell that looks like a formula is quoted as text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(FIELDS)
    writer.writerows([_csv_cell(cell) for cell in _cells(one)] for one in reviewed)
    return text.getvalue().encode("utf-8-sig")


def claims_xlsx(reviewed: Sequence[ReviewedClaim]) -> bytes:
    """Return the claims as a workbook; texts are written as texts, so that no cell is a formula or a link."""
    import xlsxwriter  # noqa: PLC0415 - no start of the service waits for it

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _WORKBOOK) as book:
        sheet = book.add_worksheet("claims")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(FIELDS):
            sheet.write_string(0, column, name)
        for row, one in enumerate(reviewed, start=1):
            for column, cell in enumerate(_cells(one)):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif isinstance(cell, int | float):
                    sheet.write_number(row, column, cell)
    return out.getvalue()


def _cells(reviewed: ReviewedClaim) -> list[object]:
    """Return the cells of one claim, in the order of `FIELDS`."""
    claim = asdict(reviewed.claim)
    mapped = reviewed.mapped
    by_status = [None if mapped is None else mapped.get(status, 0) for status in STATUSES]
    zh, en = "；".join(one.zh for one in reviewed.reasons), "; ".join(one.en for one in reviewed.reasons)
    judged = [reviewed.verdict, reviewed.difference, _whole(reviewed.itemised), reviewed.located]
    return [*(_whole(claim[name]) for name in COLUMNS), *judged, *by_status, zh, en]


def _csv_cell(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"{FORMULA_MARK}{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _whole(value: object) -> object:
    """Return a figure without needless decimals; everything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
