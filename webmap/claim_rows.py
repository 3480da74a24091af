"""The rows of staff's page of a report: each figure with its sentence, how it stands, and the numbers left unread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.catalog_model import LocalText
from geo.claims_table import Claim
from geo.errors import NotFoundError
from geo.report_list import read_report_list
from geo.report_quotes import Quote, quote_claims
from geo.report_text import ReportText
from geo.unread_figures import UnreadFigure, unread_figures
from webmap.claim_desk import KeptClaim
from webmap.config import Config
from webmap.report_rows import indicator_name
from webmap.report_store import kept_text
from webmap.snapshot import NO_LAYER, Snapshot


@dataclass(frozen=True, slots=True)
class StaffReport:
    """A report as staff see it, whether or not anything of it is confirmed; `source` is the file's name, or empty."""

    id: str
    subdistrict: str
    year: int
    title: LocalText
    sections: Mapping[str, LocalText]
    sha256: str
    extractor: str
    source: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A figure with its indicator's name and its sentence (None: the text is not here)."""

    kept: KeptClaim
    name: LocalText | None
    quote: Quote | None

    @property
    def claim(self) -> Claim:
        """Return the figure itself."""
        return self.kept.claim


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """A section with its rows; `waiting` are those that nobody has decided."""

    number: str
    name: str | LocalText
    rows: tuple[ReviewRow, ...]

    @property
    def waiting(self) -> list[ReviewRow]:
        """Return the rows to be decided."""
        return [row for row in self.rows if row.kept.standing == "proposed"]


@dataclass(frozen=True, slots=True)
class UnreadGroup:
    """The numbers that were left unread for one reason, each with its sentence."""

    reason: str
    figures: tuple[tuple[UnreadFigure, Quote], ...]


def staff_reports(config: Config, now: Snapshot) -> dict[str, StaffReport]:
    """Return every report, the uploaded ones first, by id."""
    named = read_report_list(config.data / "reports")
    found = {
        kept.id: StaffReport(
            kept.id,
            kept.subdistrict,
            kept.year,
            LocalText(kept.title, kept.title),
            {},
            kept.sha256,
            kept.extractor,
            kept.source,
        )
        for kept in now.confirmed.reports.values()
    }
    for claim in now.seed_claims:
        if claim.report_id not in found:
            entry = named.get(claim.report_id)
            title = entry.title if entry else LocalText(claim.report_id, claim.report_id)
            sections = entry.sections if entry else {}
            place = (claim.report_id, claim.subdistrict, claim.year)
            found[claim.report_id] = StaffReport(*place, title, sections, claim.sha256, claim.extractor, "")
    return found


def require_report(config: Config, now: Snapshot, report_id: str) -> StaffReport:
    """Return a report; NotFoundError where there is none of that id."""
    found = staff_reports(config, now).get(report_id)
    if found is None:
        raise NotFoundError("unknown_report", "report", "there is no such report", "Look at the list: /staff/reports")
    return found


def text_of(config: Config, report: StaffReport) -> ReportText | None:
    """Return the text that a report's figures were read from, None where the instance has not got it."""
    text = kept_text(config, report.id)
    return text if text is not None and text.sha256 == report.sha256 else None


def review_sections(
    now: Snapshot, report: StaffReport, kept: Sequence[KeptClaim], text: ReportText | None
) -> list[ReviewSection]:
    """Return figures by section, in the order of the report."""
    quotes = quote_claims(text.text, report.year, [one.claim for one in kept]) if text is not None else {}
    by_section: dict[str, list[ReviewRow]] = {}
    for one in kept:
        row = ReviewRow(one, indicator_name(now, one.claim), quotes.get(one.claim.start))
        by_section.setdefault(one.claim.section, []).append(row)
    return [_section(report, path, rows) for path, rows in by_section.items()]


def unread_groups(
    now: Snapshot, report: StaffReport, kept: Sequence[KeptClaim], text: ReportText | None
) -> list[UnreadGroup]:
    """Return the numbers that were not taken, by reason, the commonest last; none where the text is not here."""
    claimed = {one.claim.start for one in kept}
    groups: dict[str, list[tuple[UnreadFigure, Quote]]] = {}
    for figure, quote in _unread(now, report, text) if text is not None else ():
        if figure.start not in claimed:
            groups.setdefault(figure.reason, []).append((figure, quote))
    return [UnreadGroup(reason, tuple(found)) for reason, found in sorted(groups.items(), key=lambda one: len(one[1]))]


def unread_claim(now: Snapshot, report: StaffReport, start: int, text: ReportText | None) -> Claim | None:
    """Return a number that was left unread as the figure that it would be, None where there is none at `start`."""
    for figure, _quote in _unread(now, report, text) if text is not None else ():
        if figure.start == start:
            return Claim(
                report_id=report.id,
                subdistrict=report.subdistrict,
                year=report.year,
                section=figure.section,
                indicator="",
                layer="",
                kind="state",
                value=figure.value,
                unit=figure.unit,
                qualifier="exact",
                stage="",
                start=figure.start,
                end=figure.end,
                sha256=report.sha256,
                extractor=report.extractor,
            )
    return None


def standing_counts(kept: Sequence[KeptClaim]) -> dict[str, int]:
    """Return how many figures stand how."""
    counts = Counter(one.standing for one in kept)
    return {standing: counts[standing] for standing in ("proposed", "confirmed", "rejected")}


def _unread(now: Snapshot, report: StaffReport, text: ReportText) -> list[tuple[UnreadFigure, Quote]]:
    """Return every number outside the program's own figures with its sentence; kept, for reading takes a while."""

    def read() -> list[tuple[UnreadFigure, Quote]]:
        figures = unread_figures(text.text, report.year, tuple(now.indicators.values()), ())
        quotes = quote_claims(text.text, report.year, figures)
        return [(figure, quotes[figure.start]) for figure in figures]

    return now.answer(NO_LAYER, ("unread", report.id, text.sha256), read)


def _section(report: StaffReport, path: str, rows: Sequence[ReviewRow]) -> ReviewSection:
    """Return one section: of an uploaded report the last of its headings, of a bundled one its name."""
    name = report.sections.get(path)
    if name is not None:
        return ReviewSection(path if path.isdigit() else "", name, tuple(rows))
    return ReviewSection("", path.rpartition(" / ")[2], tuple(rows))
