"""/reports: what each work report claims, and whether it fits itself and the map."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, json, render_template, request

from geo.catalog_model import LocalText, Subdistrict
from geo.claim_review import without_targets_met
from geo.claims_table import Claim
from geo.reconciliation import Comparison, compare_reports
from webmap.report_files import claim_json, claims_csv, claims_xlsx, finding_json
from webmap.report_rows import (
    KINDS,
    NO_LAYER,
    ONLY_PROBLEMS,
    finding_rows,
    indicator_name,
    read_filter,
    section_rows,
    verdict_counts,
)
from webmap.report_store import Report
from webmap.responses import unless_known
from webmap.snapshot import Snapshot
from webmap.verdicts import main_status
from webmap.views import read_view, snapshot

pages = Blueprint("reports", __name__)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class ReportCard:
    """A report on the list of reports: how many claims have each verdict, and how many somebody should look into."""

    report: Report
    counts: tuple[tuple[str, int], ...]
    problems: int


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One indicator in several reports: its claims report by report, and why they cannot be compared (or empty)."""

    name: LocalText
    cells: tuple[tuple[Claim, ...], ...]
    reason: LocalText | None


@pages.get("/reports")
def index() -> str:
    """List every report, by subdistrict."""
    now = snapshot()
    read_view(now.catalog)
    cards: dict[Subdistrict, list[ReportCard]] = {}
    for report in now.reports.values():
        cards.setdefault(now.subdistrict(report.subdistrict), []).append(_card(now, report))
    return render_template("reports.html", cards=cards, section="reports")


@pages.get("/reports/compare")
def compare() -> str:
    """Show what several reports count, side by side."""
    now = snapshot()
    read_view(now.catalog)
    rows = [_comparison_row(now, one) for one in compare_reports(without_targets_met(_all_claims(now)))]
    return render_template(
        "report_compare.html",
        reports=list(now.reports.values()),
        rows=sorted(rows, key=lambda row: row.reason is not None),
        subdistricts=now.catalog.subdistricts,
        section="reports",
    )


@pages.get("/reports/<report>")
def show(report: str) -> str:
    """Show a report's claims with their verdicts."""
    now = snapshot()
    read_view(now.catalog)
    its_report = now.report(report)
    wanted = read_filter(request.args, now)
    reviewed = now.review(its_report)
    sections = section_rows(now, its_report, wanted)
    place = now.place(its_report.subdistrict)
    layers = [layer for layer in now.catalog.layers.values() if any(c.layer == layer.id for c in its_report.claims)]
    return render_template(
        "report.html",
        report=its_report,
        place=place,
        reports=list(now.reports.values()),
        sections=sections,
        findings=finding_rows(its_report, sections),
        wanted=wanted,
        counts=verdict_counts(reviewed),
        problems=sum(one.is_problem for one in reviewed),
        layers={layer.id: layer for layer in layers},
        statuses={layer.id: main_status(now.assessment(place, layer.id)) for layer in layers},
        subdistricts=now.catalog.subdistricts,
        kinds=[kind for kind in KINDS if any(claim.kind == kind for claim in its_report.claims)],
        names={"no_layer": NO_LAYER, "problems": ONLY_PROBLEMS},
        section="reports",
    )


@pages.get("/reports/<report>/claims.csv")
def as_csv(report: str) -> Response:
    """Return every claim of a report with its verdict as CSV."""
    return _file(report, "csv")


@pages.get("/reports/<report>/claims.xlsx")
def as_xlsx(report: str) -> Response:
    """Return every claim of a report with its verdict as a workbook."""
    return _file(report, "xlsx")


@pages.get("/reports/<report>/claims.json")
def as_json(report: str) -> Response:
    """Return every claim of a report with its verdict, and the findings, as JSON."""
    return _file(report, "json")


def _file(report_id: str, kind: str) -> Response:
    """Return a report's claims as a file to keep."""
    now = snapshot()
    report = now.report(report_id)

    def answer() -> Response:
        reviewed = now.review(report)
        if kind == "csv":
            response = Response(claims_csv(reviewed), mimetype="text/csv")
        elif kind == "xlsx":
            response = Response(claims_xlsx(reviewed), mimetype=_XLSX)
        else:
            response = Response(_json_text(now, report), mimetype="application/json")
        response.headers["Content-Disposition"] = f'attachment; filename="{report.id}-claims.{kind}"'
        return response

    return unless_known(now.version_of(report), answer)


def _json_text(now: Snapshot, report: Report) -> str:
    """Return a report's claims and findings as JSON text."""
    body = {
        "report": report.id,
        "subdistrict": report.subdistrict,
        "year": report.year,
        "sha256": report.sha256,
        "data_version": now.version_of(report),
        "claims": [claim_json(one) for one in now.review(report)],
        "findings": [finding_json(one, report.claims) for one in report.findings],
    }
    return json.dumps(body, ensure_ascii=False, indent=1)


def _card(now: Snapshot, report: Report) -> ReportCard:
    """Return one report's card."""
    reviewed = now.review(report)
    return ReportCard(report, tuple(verdict_counts(reviewed)), sum(one.is_problem for one in reviewed))


def _all_claims(now: Snapshot) -> list[Claim]:
    """Return the claims of every report."""
    return [claim for report in now.reports.values() for claim in report.claims]


def _comparison_row(now: Snapshot, comparison: Comparison) -> ComparisonRow:
    """Return one indicator's row."""
    claims = [claim for claim in comparison.claims if isinstance(claim, Claim)]
    cells = tuple(tuple(claim for claim in claims if claim.report_id == name) for name in now.reports)
    name = indicator_name(now, claims[0]) or LocalText(comparison.indicator, comparison.indicator)
    if comparison.comparable:
        return ComparisonRow(name, cells, None)
    # The reason begins with the words of the chip beside it, which need not be said twice.
    zh, en = comparison.zh.partition("：")[2] or comparison.zh, comparison.en.partition(": ")[2] or comparison.en
    return ComparisonRow(name, cells, LocalText(zh, en))
