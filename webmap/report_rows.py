"""The rows of a report's page: one verdict a claim, by section, narrowed to what the visitor asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from werkzeug.datastructures import MultiDict

from geo.catalog_model import LocalText
from geo.claim_review import PROBLEMS, VERDICTS, Reason, ReviewedClaim
from geo.claims_table import Claim, Kind
from geo.report_findings import KeptFinding
from geo.report_quotes import Quote
from webmap.parameters import Choice, read_query
from webmap.report_store import Report
from webmap.snapshot import Snapshot

KINDS: tuple[str, ...] = get_args(Kind)
NO_LAYER = "none"
ONLY_PROBLEMS = "problems"
_FIRST_PROBLEMS = ("contradicts", "does_not_add_up", "short", "exceeds")


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What a visitor wants to see of a report; empty texts narrow nothing, layer `none` is "not assigned"."""

    layer: str = ""
    kind: str = ""
    verdict: str = ""
    only: str = ""

    @property
    def is_narrow(self) -> bool:
        """Return whether anything is left out."""
        return any((self.layer, self.kind, self.verdict, self.only))

    def lets_through(self, reviewed: ReviewedClaim) -> bool:
        """Return whether a claim is asked for."""
        claim = reviewed.claim
        return (
            self.layer in {"", claim.layer or NO_LAYER}
            and self.kind in {"", claim.kind}
            and self.verdict in {"", reviewed.verdict}
            and (not self.only or reviewed.is_problem)
        )


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim on the page: its verdict, its name, and its sentence where the report's text is here."""

    reviewed: ReviewedClaim
    name: LocalText | None
    quote: Quote | None

    @property
    def claim(self) -> Claim:
        """Return the claim itself."""
        return self.reviewed.claim


@dataclass(frozen=True, slots=True)
class SectionRows:
    """A section of a report with its rows; `number` is the report's own where it is one (`07`)."""

    number: str
    name: LocalText | None
    rows: tuple[ClaimRow, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with the claims that it rests on, and the section (without rows) of the first."""

    finding: KeptFinding
    claims: tuple[Claim, ...]
    section: SectionRows


def read_filter(query: MultiDict[str, str], snapshot: Snapshot) -> ClaimFilter:
    """Return what the query asks for; QueryError where a value is not allowed."""
    choices = {
        "layer": Choice(("", NO_LAYER, *snapshot.catalog.layers)),
        "kind": Choice(("", *KINDS)),
        "verdict": Choice(("", *VERDICTS)),
        "only": Choice(("", ONLY_PROBLEMS)),
    }
    return ClaimFilter(**read_query(query, choices, ignore_unknown=True))


def section_rows(snapshot: Snapshot, report: Report, wanted: ClaimFilter) -> list[SectionRows]:
    """Return the wanted claims by section, both in the report's order."""
    by_section: dict[str, list[ClaimRow]] = {}
    for reviewed in snapshot.review(report):
        if wanted.lets_through(reviewed):
            by_section.setdefault(reviewed.claim.section, []).append(_row(snapshot, report, reviewed))
    return [_section(report, section, rows) for section, rows in by_section.items()]


def finding_rows(report: Report, shown: Sequence[SectionRows]) -> list[FindingRow]:
    """Return the findings that rest on a shown claim, those that tell of a fault first."""
    starts = {row.claim.start for section in shown for row in section.rows}
    claims = {(claim.start, claim.end): claim for claim in report.claims}
    rows = []
    for finding in report.findings:
        its_claims = tuple(claims[span] for span in finding.spans if span in claims)
        if starts & {claim.start for claim in its_claims}:
            rows.append(FindingRow(finding, its_claims, _section(report, its_claims[0].section, ())))
    return sorted(rows, key=lambda row: _gravity(row.finding.verdict))


def verdict_counts(reviewed: Sequence[ReviewedClaim]) -> list[tuple[str, int]]:
    """Return how many claims have each verdict, what agrees first, then the gravest."""
    counts = Counter(one.verdict for one in reviewed)
    order = ("agrees", "exceeds", *(name for name in VERDICTS if name in PROBLEMS), "cannot_tell", "off_map")
    return [(name, counts[name]) for name in order if counts[name]]


def indicator_name(snapshot: Snapshot, claim: Claim) -> LocalText | None:
    """Return what a claim counts, as the table of indicators calls it; None where it is not assigned."""
    indicator = snapshot.indicators.get(claim.indicator)
    return None if indicator is None else LocalText(indicator.name_zh, indicator.name_en)


def contradiction(snapshot: Snapshot, parts: Sequence[Claim]) -> Reason | None:
    """Return why a report contradicts itself in one of the claims `parts`, None where it does not."""
    starts = {(claim.report_id, claim.start) for claim in parts}
    reviewed = (one for name in {claim.report_id for claim in parts} for one in snapshot.review(snapshot.report(name)))
    found = (one for one in reviewed if (one.claim.report_id, one.claim.start) in starts)
    return next((one.reasons[0] for one in found if one.verdict == "contradictory"), None)


def _gravity(verdict: str) -> int:
    """Return a finding's place in the list: faults first, then what cannot be told, then what agrees."""
    order = (*_FIRST_PROBLEMS, "cannot_tell", "agrees")
    return order.index(verdict)


def _row(snapshot: Snapshot, report: Report, reviewed: ReviewedClaim) -> ClaimRow:
    """Return one claim's row."""
    claim = reviewed.claim
    return ClaimRow(reviewed, indicator_name(snapshot, claim), report.quotes.get(claim.start))


def _section(report: Report, section: str, rows: Sequence[ClaimRow]) -> SectionRows:
    """Return one section with its rows."""
    name = report.entry.sections.get(section)
    return SectionRows(section if section.isdigit() or name is None else "", name, tuple(rows))
