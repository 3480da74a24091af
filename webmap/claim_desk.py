"""What staff do with the figures of a report: bring it, correct, confirm and reject its figures, take that back.

Editors propose, reviewers decide. Every save is a revision that says which one it was made from, so that two people
cannot decide over each other's heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, select

from geo.catalog_model import Catalog
from geo.claims import ExtractedClaim, ReportId, extract_claims
from geo.claims_table import Claim
from geo.errors import NotFoundError, Problem, RequestError
from geo.indicators import Indicator
from geo.report_text import ReportText
from webmap.config import Config
from webmap.confirmed_claims import (
    CLAIMS,
    REPORTS,
    Body,
    KeptReport,
    claim_body,
    claim_key,
    claim_of,
    report_body,
    split_key,
)
from webmap.refusal import RefusedError
from webmap.report_store import keep_text
from webmap.revisions import (
    Authorship,
    Change,
    Head,
    Revision,
    State,
    feature_revisions,
    read_head,
    read_heads,
    write_changes,
)
from webmap.staff_roles import EVERY, Staff
from webmap.store import Store
from webmap.store_schema import HEAD, HISTORY

Decision = Literal["confirm", "reject"]
_OPERATIONS: dict[Decision, str] = {"confirm": "publish", "reject": "reject"}


@dataclass(frozen=True, slots=True)
class ClaimDesk:
    """What deciding needs: the store, the configuration, the catalogue, the claims of the data folder, and who does."""

    store: Store
    config: Config
    catalog: Catalog
    seed: Sequence[Claim]
    staff: Staff

    def seed_claim(self, report_id: str, start: int) -> Claim | None:
        """Return a figure of a bundled table, None where there is none."""
        found = (claim for claim in self.seed if (claim.report_id, claim.start) == (report_id, start))
        return next(found, None)


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """A figure as staff see it.

    `claim` is what stands for them: the newest proposal, or what is confirmed. `standing`: `proposed`, `confirmed`,
    `rejected`. `revision` is the newest one, 0 for a bundled figure that nobody has touched; `confirmed` is what
    readers see, None where that is nothing. `who`, `at` (UTC) and `operation` are of the newest revision.
    """

    claim: Claim
    standing: str
    revision: int
    confirmed: Claim | None
    who: str = ""
    at: str = ""
    operation: str = ""
    source: str = "seed"

    @property
    def is_changed(self) -> bool:
        """Return whether a proposal waits that differs from what readers see."""
        return self.standing == "proposed" and self.confirmed is not None


def bring_report(desk: ClaimDesk, text: ReportText, told: KeptReport, indicators: tuple[Indicator, ...]) -> str:
    """Keep a report's text and propose its figures; return its id, which is new unless this very text is known.

    `told` has subdistrict, year, title and the file's name; its id is left out of account. Figures that are brought
    with a text already known stay as they are: only the text is kept, so that sentences are shown.

    Raises:
        RefusedError: 403, the person works for other subdistricts.
        StoreError: nothing could be written.
    """
    require_subdistrict(desk.staff, told.subdistrict)
    found = extract_claims(text, ReportId("", told.subdistrict, told.year), indicators)
    with desk.store.writing() as connection:
        known = _known_reports(connection, desk.seed)
        same = [name for name, sha256 in known.items() if sha256 == text.sha256]
        report_id = same[0] if same else _free_id(f"{told.subdistrict}-{told.year}", known)
        if not same:
            _write_report(connection, desk, replace(told, id=report_id), found)
        keep_text(desk.config, report_id, text.text)
    return report_id


def read_kept_claims(connection: Connection, seed: Sequence[Claim], report_id: str) -> list[KeptClaim]:
    """Return every figure of a report as staff see it, in the order of its text."""
    kept = {claim.start: KeptClaim(claim, "confirmed", 0, claim) for claim in seed if claim.report_id == report_id}
    mine = (HEAD.c.layer == CLAIMS, HEAD.c.feature.startswith(f"{report_id}:", autoescape=True))
    rows = connection.execute(
        select(HEAD.c.feature, HISTORY.c.who, HISTORY.c.at, HISTORY.c.operation, HISTORY.c.source)
        .join(HISTORY, HISTORY.c.seq == HEAD.c.seq)
        .where(*mine)
    ).all()
    heads = read_heads(connection, CLAIMS) if rows else {}
    for row in rows:
        start = split_key(row.feature)[1]
        one = _kept(heads[row.feature], kept[start].claim if start in kept else None)
        if one is not None:
            kept[start] = replace(one, who=row.who, at=row.at, operation=row.operation, source=row.source)
        else:
            kept.pop(start, None)
    return [kept[start] for start in sorted(kept)]


def propose_claim(desk: ClaimDesk, claim: Claim, made_from: int, why: str) -> Revision:
    """Save a figure as somebody has corrected it, or one that was left unread; it waits for a reviewer.

    Raises:
        RefusedError: 403, the person may not edit the figure's layer, or the one it had, in its subdistrict.
        ConflictError: another revision stands now.
    """
    with desk.store.writing() as connection:
        head = read_head(connection, CLAIMS, claim_key(claim.report_id, claim.start))
        before = _stands(desk, (claim.report_id, claim.start), head)
        for layer in {claim.layer, before.claim.layer if before else claim.layer}:
            require_scope(desk.staff, layer, claim.subdistrict)
        operation = "update" if head is not None else "create"
        name = claim_key(claim.report_id, claim.start)
        change = Change(CLAIMS, name, operation, claim_body(claim, "proposed"), made_from or None, "review")
        return write_changes(connection, [change], Authorship(desk.staff.login, why, "form"))[0]


def decide_claims(desk: ClaimDesk, report_id: str, seen: Mapping[int, int], decision: Decision) -> int:
    """Confirm or reject figures, given by start with the revision that was seen (0: none); return how many changed.

    Rejecting a proposal about a figure that is confirmed leaves the confirmed one standing.

    Raises:
        NotFoundError: the report has no such figure.
        ConflictError: somebody has changed one since; none is decided.
    """
    with desk.store.writing() as connection:
        decided = (_decided(connection, desk, (report_id, start), decision) for start in sorted(seen))
        changes = [change for change in decided if change is not None]
        told = {claim_key(report_id, start): revision or None for start, revision in seen.items()}
        asked = [replace(one, made_from=told[one.feature]) for one in changes]
        return len(write_changes(connection, asked, Authorship(desk.staff.login, "", "form")))


def undo_claim(desk: ClaimDesk, report_id: str, start: int, revision: int) -> Revision:
    """Take the newest revision of a figure back; what readers saw before it, they see again.

    Raises:
        NotFoundError: there is no such revision.
        RequestError: it is the one by which the program read the figure: reject the figure instead.
        RefusedError: 403, readers would see something else, and the person is no reviewer; or is out of scope.
        ConflictError: another revision stands now.
    """
    name = claim_key(report_id, start)
    with desk.store.writing() as connection:
        history = {one.revision: one for one in feature_revisions(connection, CLAIMS, name)}
        undone = history.get(revision)
        if undone is None:
            raise NotFoundError("unknown_revision", "revision", f"there is no revision {revision}", "Load the page")
        if undone.source == "import":
            remedy = "Reject the figure instead"
            raise RequestError("not_undoable", "revision", "the program has read this figure", remedy)
        head = read_head(connection, CLAIMS, name)
        body, state = _before(undone, history, head)
        _require_undo(desk, body or undone.before or undone.after, state, head, body)
        change = Change(CLAIMS, name, "undo", body, revision, state)
        return write_changes(connection, [change], Authorship(desk.staff.login, "", "undo"))[0]


def require_subdistrict(staff: Staff, subdistrict: str) -> None:
    """Raise RefusedError (403) where this person may not bring the reports of a subdistrict."""
    allowed = staff.includes("reviewer") or subdistrict in staff.subdistricts or EVERY in staff.subdistricts
    if not allowed:
        found = f"you may not work on the reports of {subdistrict}"
        raise RefusedError(403, Problem("outside_scope", "request", found, "Ask an administrator"))


def require_scope(staff: Staff, layer: str, subdistrict: str) -> None:
    """Raise RefusedError (403) where this person may not change figures of a layer (empty: of none) somewhere."""
    require_subdistrict(staff, subdistrict)
    if layer and not staff.may_edit(layer, subdistrict):
        found = f"you may not change {layer} in {subdistrict}"
        raise RefusedError(403, Problem("outside_scope", "request", found, "Ask an administrator"))


def _kept(head: Head, seed: Claim | None) -> KeptClaim | None:
    """Return a figure as its head has it, None where nothing is left of it."""
    published = head.published_body
    confirmed = _confirmed(published, seed)
    if head.body is None:
        return None if seed is None else KeptClaim(seed, "confirmed", head.revision, seed)
    return KeptClaim(claim_of(head.body), str(head.body["standing"]), head.revision, confirmed)


def _confirmed(published: Body | None, seed: Claim | None) -> Claim | None:
    """Return what readers see of a figure whose published body is known."""
    if published is None or published["standing"] == "proposed":
        return seed
    return claim_of(published) if published["standing"] == "confirmed" else None


def _stands(desk: ClaimDesk, which: tuple[str, int], head: Head | None) -> KeptClaim | None:
    """Return how a figure stands, None where the report has none there."""
    seed = desk.seed_claim(*which)
    if head is not None:
        return _kept(head, seed)
    return None if seed is None else KeptClaim(seed, "confirmed", 0, seed)


def _decided(connection: Connection, desk: ClaimDesk, which: tuple[str, int], decision: Decision) -> Change | None:
    """Return the change that a decision about one figure comes to, None where it stands so already."""
    name = claim_key(*which)
    head = read_head(connection, CLAIMS, name)
    stands = _stands(desk, which, head)
    if stands is None:
        raise NotFoundError("unknown_claim", "claim", f"the report has no figure at {which[1]}", "Load the page again")
    operation = _OPERATIONS[decision]
    made_from = head.revision if head is not None else None
    if decision == "reject" and stands.is_changed:
        body = head.published_body if head is not None else None
        return Change(CLAIMS, name, operation, body, made_from)
    standing: Literal["confirmed", "rejected"] = "confirmed" if decision == "confirm" else "rejected"
    if stands.standing == standing:
        return None
    return Change(CLAIMS, name, operation, claim_body(stands.claim, standing), made_from)


def _before(undone: Revision, history: Mapping[int, Revision], head: Head | None) -> tuple[Body | None, State]:
    """Return body and state of a figure as they were before a revision; published is what readers saw then."""
    earlier = [one for number, one in sorted(history.items()) if number < undone.revision and one.state == "published"]
    readers = earlier[-1].after if earlier else None
    if undone.state != "published" or undone.after == readers:
        state: State = "published" if head is not None and undone.before == head.published_body else "review"
        return undone.before, state
    if earlier:
        return readers, "published"
    return (None if undone.before is None else {**undone.before, "standing": "proposed"}), "published"


def _require_undo(desk: ClaimDesk, body: Body | None, state: State, head: Head | None, after: Body | None) -> None:
    """Refuse an undo by somebody who may not: whoever changes what readers see must be a reviewer."""
    changes_readers = state == "published" and head is not None and after != head.published_body
    if changes_readers and not desk.staff.may_publish:
        found = f"this needs reviewer, you are {desk.staff.role}"
        raise RefusedError(403, Problem("role_too_little", "request", found, "Ask a reviewer"))
    if body is not None:
        claim = claim_of(body)
        require_scope(desk.staff, claim.layer, claim.subdistrict)


def _known_reports(connection: Connection, seed: Sequence[Claim]) -> dict[str, str]:
    """Return the hash of the text of every report, bundled and uploaded, by id."""
    known = {claim.report_id: claim.sha256 for claim in seed}
    for row in connection.execute(select(HEAD.c.feature).where(HEAD.c.layer == REPORTS)).all():
        head = read_head(connection, REPORTS, row.feature)
        known[row.feature] = "" if head is None or head.body is None else str(head.body["sha256"])
    return known


def _free_id(wanted: str, known: Mapping[str, str]) -> str:
    """Return an id that no report has: the subdistrict and the year, and a number where these have one already."""
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(known) + 2))
    return next(name for name in names if name not in known)


def _write_report(connection: Connection, desk: ClaimDesk, report: KeptReport, found: Sequence[ExtractedClaim]) -> None:
    """Write the document of a new report, and one for each of its figures, waiting to be decided."""
    claims = [_as_claim(one, report.id, desk.catalog) for one in found]
    changes = [Change(REPORTS, report.id, "create", report_body(report), None)]
    changes += [
        Change(CLAIMS, claim_key(report.id, claim.start), "create", claim_body(claim, "proposed"), None, "review")
        for claim in claims
    ]
    write_changes(connection, changes, Authorship(desk.staff.login, report.source, "import"))


def _as_claim(one: ExtractedClaim, report_id: str, catalog: Catalog) -> Claim:
    """Return a figure as the program has read it as a claim; a layer that this instance has not is left out."""
    values = {name: getattr(one, name) for name in ExtractedClaim.__slots__ if name != "doc"}
    layer = one.layer if one.layer in catalog.layers else ""
    return Claim(report_id=report_id, **(values | {"layer": layer}))
