"""/staff/reports: bring a work report, see what was read of it, correct, confirm and reject its figures one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from geo.claims_table import Claim
from geo.errors import DataError, NotFoundError, Problem
from geo.report_text import MAX_BYTES, ReportText, read_report_bytes
from geo.text_checks import check_text
from webmap import claim_words
from webmap.access_control import requires
from webmap.claim_desk import (
    ClaimDesk,
    KeptClaim,
    bring_report,
    decide_claims,
    propose_claim,
    read_kept_claims,
    require_subdistrict,
    undo_claim,
)
from webmap.claim_form import FIELDS, KINDS, QUALIFIERS, STAGES, corrected_claim, form_of, read_why
from webmap.claim_rows import (
    StaffReport,
    require_report,
    review_sections,
    staff_reports,
    standing_counts,
    text_of,
    unread_claim,
    unread_groups,
)
from webmap.confirmed_claims import CLAIMS, KeptReport, claim_key
from webmap.report_rows import indicator_name
from webmap.revisions import ConflictError, Revision, feature_revisions
from webmap.staff_desk import staff_names, the_staff
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("staff_reports", __name__)
MAX_CHARACTERS = 300_000
"""Reading takes seconds at that length; the longest work report at hand has a tenth of it."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_WAITING = "waiting"


@pages.get("/staff/reports")
@requires("viewer")
def index() -> str:
    """List every report with what is decided and what waits, and ask for another."""
    return _index_page()


@pages.post("/staff/reports")
@requires("editor", max_body_bytes=MAX_BYTES + 100_000)
def bring() -> AnyResponse:
    """Keep a report's text and propose its figures."""
    form, sent = request.form.to_dict(), request.files.get("report")
    problems: list[Problem] = []
    told = _told(form, problems)
    if sent is None or not sent.filename:
        return Response(_index_page(form, [_("还没有选文件。")]), 422)
    require_subdistrict(the_staff(), told.subdistrict)
    name = Path(sent.filename.replace("\\", "/")).name[:120]
    raw = sent.read()
    sent.close()
    text = _read(raw, name, form.get("encoding", ""), problems)
    if text is None or problems:
        return Response(_index_page(form, [claim_words.claim_fault(one) for one in problems]), 422)
    kept = KeptReport("", told.subdistrict, told.year, told.title or Path(name).stem, text.sha256, text.extractor, name)
    report_id = bring_report(_desk(), text, kept, tuple(snapshot().indicators.values()))
    return redirect(url_for("staff_reports.show", report=report_id), 303)


@pages.get("/staff/reports/<report>")
@requires("viewer")
def show(report: str) -> str:
    """Show a report's figures by section, and the numbers that were left unread."""
    return _report_page(require_report(the_config(), snapshot(), report))


@pages.post("/staff/reports/<report>/decide")
@requires("reviewer")
def decide(report: str) -> AnyResponse:
    """Confirm or reject figures: one, or all of a section that were shown."""
    its_report = require_report(the_config(), snapshot(), report)
    decision = request.form.get("do", "")
    seen = _seen(request.form.getlist("claim"))
    if decision not in ("confirm", "reject") or not seen:
        return Response(_report_page(its_report, _("没有说定哪一条、怎么定。什么都没存。")), 422)
    try:
        count = decide_claims(_desk(), its_report.id, seen, "confirm" if decision == "confirm" else "reject")
    except ConflictError:
        return Response(_report_page(its_report, _("刚刚有人也改了其中的一条，什么都没存。再看一眼，然后再定。")), 412)
    return redirect(_back(its_report, min(seen), {decision: count}), 303)


@pages.get("/staff/reports/<report>/claims/<int:start>")
@requires("viewer")
def one(report: str, start: int) -> str:
    """Show one figure: its sentence, the form to correct it, and who did what with it."""
    its_report = require_report(the_config(), snapshot(), report)
    return _claim_page(its_report, start, None, [])


@pages.post("/staff/reports/<report>/claims/<int:start>")
@requires("editor")
def correct(report: str, start: int) -> AnyResponse:
    """Save a figure as somebody has corrected it; it waits for a reviewer."""
    now, form = snapshot(), request.form.to_dict()
    its_report = require_report(the_config(), now, report)
    before = _claim_at(its_report, start)[0]
    claim, problems = corrected_claim(before, form, now.catalog, now.indicators)
    why = read_why(form, problems)
    if problems:
        return Response(_claim_page(its_report, start, form, problems), 422)
    try:
        propose_claim(_desk(), claim, _number(form.get("revision", "")), why)
    except ConflictError as error:
        return Response(_claim_page(its_report, start, form, list(error.problems)), 412)
    return redirect(_back(its_report, start, {"proposed": 1}), 303)


@pages.post("/staff/reports/<report>/claims/<int:start>/undo")
@requires("editor")
def undo(report: str, start: int) -> AnyResponse:
    """Take the newest revision of a figure back."""
    its_report = require_report(the_config(), snapshot(), report)
    try:
        undo_claim(_desk(), its_report.id, start, _number(request.form.get("revision", "")))
    except ConflictError:
        return Response(_report_page(its_report, _("刚刚有人也改了这一条，什么都没存。再看一眼，然后再定。")), 412)
    return redirect(_back(its_report, start, {"undone": 1}), 303)


def _index_page(form: Mapping[str, str] | None = None, faults: list[str] | None = None) -> str:
    """Return the list of reports, with what somebody typed and what is wrong with it."""
    now = snapshot()
    reports = staff_reports(the_config(), now)
    with the_store().reading() as connection:
        counts = {name: standing_counts(read_kept_claims(connection, now.seed_claims, name)) for name in reports}
    return render_template(
        "staff_reports.html",
        reports=reports.values(),
        counts=counts,
        shown=now.reports,
        typed=form or {},
        faults=faults or [],
        subdistricts=now.catalog.subdistricts,
        may_bring=[slug for slug in now.catalog.subdistricts if _may_bring(slug)],
        staff_section="reports",
        section="staff",
    )


def _report_page(report: StaffReport, fault: str = "") -> str:
    """Return staff's page of a report."""
    now, text = snapshot(), text_of(the_config(), report)
    with the_store().reading() as connection:
        kept = read_kept_claims(connection, now.seed_claims, report.id)
        names = staff_names(connection)
    wanted = [one for one in kept if request.args.get("only") != _WAITING or one.standing == "proposed"]
    return render_template(
        "staff_report.html",
        report=report,
        subdistrict=now.subdistrict(report.subdistrict),
        counts=standing_counts(kept),
        total=len(kept),
        sections=review_sections(now, report, wanted, text),
        unread=unread_groups(now, report, kept, text),
        has_text=text is not None,
        layers=now.catalog.layers,
        names=names,
        is_shown=report.id in now.reports,
        only=request.args.get("only") == _WAITING,
        done=_done(),
        fault=fault,
        words=claim_words,
        staff_section="reports",
        section="staff",
    )


def _claim_page(report: StaffReport, start: int, form: Mapping[str, str] | None, problems: list[Problem]) -> str:
    """Return the page of one figure, with what somebody typed and what is wrong with it."""
    now, text = snapshot(), text_of(the_config(), report)
    claim, kept, history = _claim_at(report, start)
    with the_store().reading() as connection:
        names = staff_names(connection)
    shown = kept or KeptClaim(claim, "proposed", history[0].revision if history else 0, None)
    row = review_sections(now, report, [shown], text)[0].rows[0]
    return render_template(
        "staff_claim.html",
        report=report,
        row=row,
        is_new=kept is None,
        history=[(revision, _changes(revision)) for revision in history],
        names=names,
        form=form or form_of(claim),
        faults={problem.where: claim_words.claim_fault(problem) for problem in problems},
        stale=next((claim_words.claim_fault(one) for one in problems if one.code == "changed_meanwhile"), ""),
        choices={"kind": KINDS, "qualifier": QUALIFIERS, "stage": STAGES},
        indicators=sorted(now.indicators.values(), key=lambda one: (one.layer is None, one.layer or "", one.id)),
        layers=now.catalog.layers,
        can_edit=the_staff().includes("editor"),
        words=claim_words,
        counted=indicator_name(now, claim),
        staff_section="reports",
        section="staff",
    )


def _claim_at(report: StaffReport, start: int) -> tuple[Claim, KeptClaim | None, list[Revision]]:
    """Return the figure at a place, how it stands (None: it was left unread), and its revisions, the newest first."""
    now = snapshot()
    with the_store().reading() as connection:
        kept = read_kept_claims(connection, now.seed_claims, report.id)
        history = feature_revisions(connection, CLAIMS, claim_key(report.id, start))
    found = next((one for one in kept if one.claim.start == start), None)
    claim = found.claim if found else unread_claim(now, report, start, text_of(the_config(), report))
    if claim is None:
        raise NotFoundError("unknown_claim", "claim", f"there is no number at {start}", "Look at the report's page")
    return claim, found, history


def _changes(revision: Revision) -> list[tuple[str, str, str]]:
    """Return the fields that a revision changed: label, before, after."""
    bodies = [body["claim"] if body else {} for body in (revision.before, revision.after)]
    if not all(bodies):
        return []
    changed = [name for name in FIELDS if bodies[0].get(name) != bodies[1].get(name)]
    return [(claim_words.field_name(name), *(str(body.get(name) or "—") for body in bodies)) for name in changed]  # type: ignore[misc]


def _told(form: Mapping[str, str], problems: list[Problem]) -> KeptReport:
    """Return what the form says of a report."""
    now = snapshot()
    subdistrict = now.subdistrict(form.get("subdistrict", "")).id
    year = form.get("year", "").strip()
    if not _YEAR.fullmatch(year):
        problems.append(Problem("bad_year", "year", f"{ascii(year)[:20]} is no year", "Write four figures: 2024"))
        year = "2000"
    title = form.get("title", "").strip()
    title = (check_text(title, "title", problems, limit=100) or "") if title else ""
    return KeptReport("", subdistrict, int(year), title, "", "", "")


def _read(raw: bytes, name: str, encoding: str, problems: list[Problem]) -> ReportText | None:
    """Return the text of an upload; what is wrong with it is added to `problems`."""
    try:
        text = read_report_bytes(raw, name, "gb18030" if encoding == "gb18030" else None)
    except DataError as error:
        problems += error.problems
        return None
    if len(text.text) > MAX_CHARACTERS:
        remedy = f"A report has at most {MAX_CHARACTERS:,} here: is it the right file?"
        problems.append(Problem("report_too_long", name, f"{len(text.text):,} characters of text", remedy))
    return text


def _seen(claims: list[str]) -> dict[int, int]:
    """Return the figures that a form names as START:REVISION."""
    pairs = [one.partition(":") for one in claims]
    return {_number(start): _number(revision) for start, _colon, revision in pairs}


def _number(text: str) -> int:
    """Return a whole number of a form; -1, which nothing has, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _back(report: StaffReport, start: int, done: Mapping[str, int]) -> str:
    """Return the way back to a figure, with what was done."""
    only = request.form.get("only", "")
    query = urlencode({name: str(count) for name, count in done.items()} | ({"only": only} if only == _WAITING else {}))
    return f"{url_for('staff_reports.show', report=report.id)}?{query}#claim-{start}"


def _done() -> str:
    """Return what was done, as the address says it; empty where nothing was."""
    counts = {name: _number(request.args.get(name, "")) for name in ("confirm", "reject", "proposed", "undone")}
    words = {
        "confirm": _("确认了 %(count)d 条。", count=counts["confirm"]),
        "reject": _("%(count)d 条不算。", count=counts["reject"]),
        "proposed": _("存好了，等人确认。"),
        "undone": _("撤回了。"),
    }
    return next((words[name] for name, count in counts.items() if count >= 0), "")


def _may_bring(subdistrict: str) -> bool:
    """Return whether who is signed in may bring reports of a subdistrict."""
    staff = the_staff()
    in_scope = "*" in staff.subdistricts or subdistrict in staff.subdistricts
    return staff.includes("reviewer") or (staff.includes("editor") and in_scope)


def _desk() -> ClaimDesk:
    now = snapshot()
    return ClaimDesk(the_store(), the_config(), now.catalog, now.seed_claims, the_staff())
