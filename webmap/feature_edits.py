"""The one way to save a feature: the API and the forms for staff both come through here.

A body is checked against the closed schema of its layer, the person against their scope, and the revision that it was
made from against the one that stands. Nothing is stored where any of them fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shapely import Polygon
from sqlalchemy import Connection

from geo.catalog_model import Catalog, Layer
from geo.errors import NotFoundError, Problem
from geo.geometry_checks import crs_problem
from geo.layer_checks import Schema, read_feature
from geo.layers import facility_feature
from geo.text_checks import check_text
from webmap.feature_faults import DeletedFeatureError, InvalidFeatureError
from webmap.refusal import RefusedError
from webmap.revisions import (
    Authorship,
    Change,
    Feature,
    Head,
    Revision,
    State,
    feature_revisions,
    read_head,
    write_changes,
)
from webmap.staff_roles import Staff
from webmap.store import Store

MAX_WHY_CHARACTERS = 500
CONFIRMABLE = frozenset({"outside_subdistrict"})
"""Warnings that somebody must confirm before a feature is saved; the others are only told."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What editing needs: the store, the catalogue, outlines of subdistricts by slug (WGS-84), and who edits."""

    store: Store
    catalog: Catalog
    outlines: Mapping[str, Polygon]
    staff: Staff


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is saved: in which state (None: the strongest this person may), why, by which way.

    `confirmed` tells that somebody has confirmed what is `CONFIRMABLE`.
    """

    state: State | None = None
    why: str = ""
    source: str = "form"
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """A revision that was written, and what was told about it without refusing it."""

    revision: Revision
    warnings: tuple[Problem, ...] = ()


def strongest_state(staff: Staff) -> State:
    """Return the state in which this person's changes may be saved at most."""
    return "published" if staff.may_publish else "review"


def checked_body(desk: Desk, layer: Layer, raw: object, *, confirmed: bool) -> tuple[Feature, tuple[Problem, ...]]:
    """Return a feature in its canonical form, with the warnings about it.

    Raises:
        InvalidFeatureError: with every problem, or with the warnings that want a confirmation.
    """
    problems: list[Problem] = []
    if isinstance(raw, dict) and "crs" in raw:
        foreign = crs_problem(raw["crs"], "/crs")
        problems += [foreign] if foreign else []
        raw = {name: value for name, value in raw.items() if name != "crs"}
    facility = read_feature(raw, "", Schema(layer, desk.catalog, desk.outlines), problems)
    refused = [problem for problem in problems if not problem.warning]
    if refused or facility is None:
        raise InvalidFeatureError(refused)
    open_questions = [problem for problem in problems if problem.code in CONFIRMABLE and not confirmed]
    if open_questions:
        raise InvalidFeatureError(open_questions)
    return facility_feature(facility, layer), tuple(problems)


def create_feature(desk: Desk, layer: Layer, raw: object, manner: Manner) -> Saved:
    """Save a feature that the store has never had; errors as of `save_feature`."""
    body, warnings = checked_body(desk, layer, raw, confirmed=manner.confirmed)
    by = _author(desk, manner)
    _require_scope(desk.staff, layer, None, body)
    change = Change(layer.id, str(body["id"]), "create", body, None, _state(desk.staff, manner.state))
    with desk.store.writing() as connection:
        head = read_head(connection, layer.id, change.feature)
        if head is not None and head.body is None:
            raise DeletedFeatureError(head)
        return Saved(write_changes(connection, [change], by)[0], warnings)


def save_feature(desk: Desk, layer: Layer, raw: object, made_from: int, manner: Manner) -> Saved:
    """Save a feature that was changed from its revision `made_from`.

    Raises:
        InvalidFeatureError: it does not fit its layer, or wants a confirmation.
        RefusedError: 403, the person may not change this layer there, or not publish.
        NotFoundError: the store has never had it.
        DeletedFeatureError: it is deleted.
        ConflictError: another revision stands now.
    """
    by, state = _author(desk, manner), _state(desk.staff, manner.state)
    with desk.store.writing() as connection:
        head = require_head(connection, layer.id, _id_of(raw))
        _require_scope(desk.staff, layer, head, None)
        body, warnings = checked_body(desk, layer, raw, confirmed=manner.confirmed)
        _require_scope(desk.staff, layer, head, body)
        if head.body is None:
            raise DeletedFeatureError(head)
        change = Change(layer.id, head.feature, "update", body, made_from, state)
        return Saved(write_changes(connection, [change], by)[0], warnings)


def delete_feature(desk: Desk, layer: Layer, feature: str, made_from: int, manner: Manner) -> Saved:
    """Take a feature away; where the person may not publish, a reviewer decides. Errors as of `save_feature`."""
    return _follow(desk, layer, Change(layer.id, feature, "delete", None, made_from), manner)


def restore_feature(desk: Desk, layer: Layer, feature: str, to_revision: int | None, manner: Manner) -> Saved:
    """Make an earlier revision the newest again (None: the last one that was not a deletion).

    Raises:
        NotFoundError: there is no such revision, or it is a deletion.
    """
    with desk.store.reading() as connection:
        head = require_head(connection, layer.id, feature)
        history = feature_revisions(connection, layer.id, feature)
    change = Change(layer.id, feature, "restore", _body_to_restore(history, to_revision), head.revision)
    return _follow(desk, layer, change, manner)


def undo_revision(desk: Desk, layer: Layer, feature: str, revision: int, manner: Manner) -> Saved:
    """Take back the newest revision: what stood before it stands again, as a new revision.

    Where it was published, readers see again what they saw before; where it sent something back, that waits again.

    Raises:
        ConflictError: it is not the newest any more.
        NotFoundError: there is no such revision.
    """
    with desk.store.reading() as connection:
        require_head(connection, layer.id, feature)
        history = {one.revision: one for one in feature_revisions(connection, layer.id, feature)}
    undone = history.get(revision)
    if undone is None:
        raise _no_revision(revision)
    body, state = _before(undone, history)
    if state == "published" and not desk.staff.may_publish:
        state = "review"
    change = Change(layer.id, feature, "undo", body, revision)
    return _follow(desk, layer, change, replace(manner, state=state, source="undo"))


def publish_feature(desk: Desk, layer: Layer, feature: str, made_from: int, manner: Manner) -> Saved:
    """Publish what waits for review, as it stands. Errors as of `save_feature`, but a deletion is published too."""
    with desk.store.reading() as connection:
        head = require_head(connection, layer.id, feature)
    return _follow(desk, layer, Change(layer.id, feature, "publish", head.body, made_from), _published(manner))


def reject_feature(desk: Desk, layer: Layer, feature: str, made_from: int, manner: Manner) -> Saved:
    """Send back what waits for review: what readers see stands again. The reason must be given."""
    if not manner.why.strip():
        raise InvalidFeatureError([Problem("missing_reason", "/why", "there is no reason", "Say why it goes back")])
    with desk.store.reading() as connection:
        head = require_head(connection, layer.id, feature)
    change = Change(layer.id, feature, "reject", head.published_body, made_from)
    return _follow(desk, layer, change, _published(manner))


def require_head(connection: Connection, layer: str, feature: str) -> Head:
    """Return the head of a feature; NotFoundError where the store has never had it."""
    head = read_head(connection, layer, feature)
    if head is None:
        raise NotFoundError("unknown_feature", "feature", f"{layer} has no such feature", "Ask for the layer")
    return head


def require_scope(staff: Staff, layer: Layer, subdistrict: str) -> None:
    """Raise RefusedError (403) where this person may not change a layer in a subdistrict."""
    if not staff.may_edit(layer.id, subdistrict):
        found = f"you may not change {layer.id} in {subdistrict}"
        raise RefusedError(403, Problem("outside_scope", "request", found, "Ask an administrator"))


def _follow(desk: Desk, layer: Layer, change: Change, manner: Manner) -> Saved:
    """Write a change whose body the store has had before; the catalogue may have changed since, so it is checked."""
    by = _author(desk, manner)
    warnings: tuple[Problem, ...] = ()
    if change.body is not None:
        _, warnings = checked_body(desk, layer, dict(change.body), confirmed=True)
    with desk.store.writing() as connection:
        head = require_head(connection, layer.id, change.feature)
        _require_scope(desk.staff, layer, head, change.body)
        if head.body is None and change.operation == "delete":
            raise DeletedFeatureError(head)
        is_news = change.body != head.published_body
        state = _state(desk.staff, manner.state) if is_news else "published"
        return Saved(write_changes(connection, [replace(change, state=state)], by)[0], warnings)


def _state(staff: Staff, wanted: State | None) -> State:
    """Return the state to save in; RefusedError where the person may not publish."""
    if wanted == "published" and not staff.may_publish:
        found = f"this needs reviewer, you are {staff.role}"
        raise RefusedError(403, Problem("role_too_little", "state", found, "Send it for review"))
    return wanted or strongest_state(staff)


def _published(manner: Manner) -> Manner:
    return replace(manner, state="published")


def _author(desk: Desk, manner: Manner) -> Authorship:
    """Return who saves and why; InvalidFeatureError where the reason is no plain text."""
    problems: list[Problem] = []
    why = manner.why.strip()
    if why:
        why = check_text(why, "/why", problems, limit=MAX_WHY_CHARACTERS, lines=True) or ""
    if problems:
        raise InvalidFeatureError(problems)
    return Authorship(desk.staff.login, why, manner.source)


def _require_scope(staff: Staff, layer: Layer, head: Head | None, body: Feature | None) -> None:
    """Refuse a change of a feature that belongs, or would then belong, to where the person may not edit."""
    bodies = (head.body, head.published_body, body) if head else (body,)
    for subdistrict in sorted({str(one["properties"]["subdistrict"]) for one in bodies if one is not None}):
        require_scope(staff, layer, subdistrict)


def _id_of(raw: object) -> str:
    """Return the id that a feature gives itself, empty where it gives none."""
    return str(raw.get("id", "")) if isinstance(raw, dict) else ""


def _body_to_restore(history: list[Revision], to_revision: int | None) -> Feature:
    """Return the body of the revision to restore, out of a history with the newest first."""
    wanted = [one for one in history if to_revision is None or one.revision == to_revision]
    found: list[Mapping[str, Any]] = [one.after for one in wanted if one.after is not None]
    if not found:
        raise _no_revision(to_revision)
    return found[0]


def _before(undone: Revision, history: Mapping[int, Revision]) -> tuple[Feature | None, State]:
    """Return what stood before a revision: for readers, where it was published; else for whoever was editing."""
    before = history.get(undone.revision - 1)
    if undone.state == "published" and undone.operation != "reject":
        earlier = [one for one in history.values() if one.revision < undone.revision and one.state == "published"]
        return max(earlier, key=lambda one: one.revision).after if earlier else None, "published"
    return undone.before, before.state if before else "published"


def _no_revision(revision: int | None) -> NotFoundError:
    return NotFoundError("unknown_revision", "revision", f"there is no revision {revision}", "Look at the history")
