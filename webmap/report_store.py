"""The reports of the data folder, and the reader's own copies of their texts in the instance."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo.catalog_model import LocalText
from geo.claim_checks import check_report
from geo.claims import ExtractedClaim, ReportId, extract_claims
from geo.claims_table import Claim
from geo.errors import DataError, LifecircleError, RequestError
from geo.indicators import Indicator, indicators_of, read_indicators
from geo.report_findings import KeptFinding, keep_finding, read_findings
from geo.report_list import ReportEntry, read_report_list
from geo.report_quotes import Quote, quote_claims
from geo.report_text import PLAIN_TEXT, ReportText, report_text
from webmap.config import Config
from webmap.confirmed_claims import ConfirmedClaims, KeptReport
from webmap.store import StoreError

TextState = Literal["here", "missing", "other"]
_REPORT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Report:
    """One report: what its claims table says, what a check found, and the sentences where its text is here.

    `text_state` is `here` where the instance has the very text that the table was made from, `other` where it has
    another one (which is not shown), `missing` where it has none. `quotes` has the sentence of each claim by its
    start, and is empty unless the text is here. `checked` tells whether `findings` could be had at all.
    """

    id: str
    subdistrict: str
    year: int
    entry: ReportEntry
    claims: tuple[Claim, ...]
    findings: tuple[KeptFinding, ...]
    checked: bool
    text_state: TextState
    quotes: Mapping[int, Quote]

    @property
    def sha256(self) -> str:
        """Return the hash of the text that the claims' places belong to."""
        return self.claims[0].sha256

    @property
    def version(self) -> str:
        """Return a hash that changes with anything that is shown of the report, but for the map."""
        told = repr((self.claims, self.findings, self.entry, self.text_state))
        return hashlib.sha256(told.encode()).hexdigest()


def read_reports(
    config: Config, claims: Iterable[Claim], confirmed: ConfirmedClaims | None = None
) -> dict[str, Report]:
    """Return every report that has claims, by id; a text in the instance that does not fit is left unread.

    `confirmed` tells which reports were uploaded, and of which claims something was decided: what a check found in the
    bundled table about these does not hold any more, and is left out.

    Raises:
        DataError: with every fault of the kept findings, of reports.toml or of the indicators.
    """
    tables: dict[str, list[Claim]] = {}
    for claim in claims:
        tables.setdefault(claim.report_id, []).append(claim)
    folder = config.data / "reports"
    kept = read_findings(folder, {name: table[0].sha256 for name, table in tables.items()})
    entries = read_report_list(folder)
    confirmed = confirmed or ConfirmedClaims()
    uploaded = {name: _entry(report, tables.get(name, ())) for name, report in confirmed.reports.items()}
    return {
        name: _report(tuple(table), uploaded.get(name) or entries.get(name), _Known(config, confirmed, kept.get(name)))
        for name, table in sorted(tables.items(), key=lambda item: (item[1][0].subdistrict, -item[1][0].year))
    }


def text_path(config: Config, report_id: str) -> Path:
    """Return where the instance keeps a report's text; RequestError where the id is no plain name."""
    if not _REPORT_ID.fullmatch(report_id) or ".." in report_id:
        remedy = "Use small letters, figures, dots, dashes and underscores, 64 at the most"
        raise RequestError("bad_report_id", "--report-id", f"{ascii(report_id)[:60]} is no name for a report", remedy)
    return config.instance / "reports" / f"{report_id}.txt"


def keep_text(config: Config, report_id: str, text: str) -> None:
    """Write a report's text so that a reader finds either the old one or the new one, never half of it.

    Raises:
        StoreError: the disk is full or may not be written.
    """
    path = text_path(config, report_id)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode("utf-8"))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        code = "store_full" if error.errno == errno.ENOSPC else "store_read_only"
        remedy = "Make room, or make the folder writable; nothing was stored"
        raise StoreError(code, str(path), error.strerror or str(error), remedy) from error


def kept_text(config: Config, report_id: str) -> ReportText | None:
    """Return the text of a report that the instance keeps, None where there is none or it cannot be read."""
    try:
        path = text_path(config, report_id)
        return report_text(path.read_bytes().decode("utf-8"), PLAIN_TEXT, path.name) if path.exists() else None
    except (OSError, UnicodeDecodeError, LifecircleError):
        return None


def known_indicators(config: Config, added: Mapping[str, Mapping[str, object]] | None = None) -> tuple[Indicator, ...]:
    """Return the table of indicators (empty where the data folder has none) with those that this instance `added`."""
    path = config.data / "indicators.toml"
    known = {indicator.id: indicator for indicator in (read_indicators(path) if path.exists() else ())}
    return tuple((known | {one.id: one for one in indicators_of(added or {}, "indicators")}).values())


def check_confirmed(text: ReportText, claims: Iterable[Claim]) -> tuple[KeptFinding, ...]:
    """Return what the confirmed claims of an uploaded report say about each other."""
    return tuple(keep_finding(found) for found in check_report(text, tuple(_as_extracted(claim) for claim in claims)))


def check_text(text: ReportText, report: ReportId, indicators: tuple[Indicator, ...]) -> tuple[KeptFinding, ...]:
    """Return what a check of a report's text finds, by the places of the claims."""
    return tuple(keep_finding(found) for found in check_report(text, extract_claims(text, report, indicators)))


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known beside a report's claims: what staff have confirmed, and the findings of the data folder."""

    config: Config
    confirmed: ConfirmedClaims
    findings: tuple[KeptFinding, ...] | None


def _report(claims: tuple[Claim, ...], entry: ReportEntry | None, known: _Known) -> Report:
    """Return one report."""
    first = claims[0]
    kept = kept_text(known.config, first.report_id)
    text = kept if kept is not None and kept.sha256 == first.sha256 else None
    findings = _findings(claims, text, known)
    return Report(
        id=first.report_id,
        subdistrict=first.subdistrict,
        year=first.year,
        entry=entry or _unnamed(first),
        claims=claims,
        findings=findings or (),
        checked=findings is not None,
        text_state="here" if text is not None else _state_of_unfit(known.config, first.report_id),
        quotes=quote_claims(text.text, first.year, claims) if text is not None else {},
    )


def _findings(claims: tuple[Claim, ...], text: ReportText | None, known: _Known) -> tuple[KeptFinding, ...] | None:
    """Return what a report says against itself, None where neither the data folder nor a text can tell."""
    first = claims[0]
    if first.report_id in known.confirmed.reports:
        return check_confirmed(text, claims) if text is not None else None
    found = known.findings
    if found is None and text is not None:
        report_id = ReportId(first.report_id, first.subdistrict, first.year)
        found = check_text(text, report_id, known_indicators(known.config))
    decided = known.confirmed.touched(first.report_id)
    return None if found is None else tuple(one for one in found if not decided & {start for start, _ in one.spans})


def _state_of_unfit(config: Config, report_id: str) -> TextState:
    """Return whether the instance has some other text of that name, or none."""
    try:
        return "other" if text_path(config, report_id).exists() else "missing"
    except RequestError:
        return "missing"


def _unnamed(claim: Claim) -> ReportEntry:
    """Return the names of a report that is not in reports.toml."""
    title = LocalText(f"{claim.year} 年工作报告", f"Work report for {claim.year}")
    return ReportEntry(title, title, {})


def _entry(report: KeptReport, claims: Iterable[Claim]) -> ReportEntry:
    """Return the names of an uploaded report: its title, and its own headings, of each path the last."""
    sections = {claim.section: claim.section.rpartition(" / ")[2] for claim in claims}
    title = LocalText(report.title, report.title)
    return ReportEntry(title, title, {path: LocalText(name, name) for path, name in sections.items() if name})


def _as_extracted(claim: Claim) -> ExtractedClaim:
    """Return a claim as checks of a report take it."""
    values = {name: getattr(claim, name) for name in ExtractedClaim.__slots__ if name != "doc"}
    return ExtractedClaim(doc=claim.report_id, **values)


def require_places(claims: Iterable[Claim], known: Iterable[str]) -> None:
    """Raise DataError where a claims table is about a subdistrict that the catalogue does not have."""
    names = list(known)
    for claim in claims:
        if claim.subdistrict not in names:
            found = f"its claims are about {claim.subdistrict!r}"
            remedy = f"Use a subdistrict of catalog.toml: {', '.join(names)}"
            raise DataError.single("unknown_subdistrict", f"{claim.report_id}.csv", found, remedy)
