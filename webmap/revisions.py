"""Revisions of features: every save is a new one, decided by the number of the one it was made from.

A feature's revisions form one line. Each has a state: `draft` (somebody is still at it), `review` (waiting for a
reviewer) or `published`. Readers see the newest published one; whoever edits starts from the newest of all, its head.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, and_, bindparam, func, select

from geo.errors import LifecircleError, Problem
from webmap.history import Entry, append, canonical
from webmap.store_schema import HEAD, HISTORY

State = Literal["draft", "review", "published"]
Feature = Mapping[str, Any]
"""A GeoJSON feature that has been checked: type, id, geometry, properties."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision of a feature and the newest published one; a body is None where it says "deleted"."""

    layer: str
    feature: str
    revision: int
    state: State
    body: Feature | None
    source: str
    published_revision: int | None
    published_body: Feature | None


@dataclass(frozen=True, slots=True)
class Change:
    """One feature as it shall be. `body` None deletes it; `made_from` is the revision it was made from, None: none.

    `note` is a line of its own behind the reason that all changes of a save share, such as the row it came from.
    """

    layer: str
    feature: str
    operation: str
    body: Feature | None
    made_from: int | None
    state: State = "published"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who changes something, why, and by which way: form, api, import, undo, seed, command."""

    who: str
    why: str
    source: str
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision as the history keeps it; `at` is UTC."""

    seq: int
    at: str
    who: str
    operation: str
    layer: str
    feature: str
    revision: int
    state: State
    before: Feature | None
    after: Feature | None
    why: str
    source: str
    batch: str | None


class ConflictError(LifecircleError):
    """Somebody else has changed the feature since: `heads` are the current ones, None where there is none."""

    def __init__(self, heads: Sequence[tuple[Change, Head | None]]) -> None:
        """Keep each change that lost with what stands now."""
        self.heads = tuple(heads)
        self.problems = tuple(_lost(change, head) for change, head in heads)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_head(connection: Connection, layer: str, feature: str) -> Head | None:
    """Return the head of a feature, None where the store has never had it."""
    rows = connection.execute(select(HEAD).where(HEAD.c.layer == layer, HEAD.c.feature == feature))
    found = rows.mappings().first()
    return None if found is None else _head(found)


def read_heads(connection: Connection, layer: str) -> dict[str, Head]:
    """Return the heads of a layer by feature id, the deleted ones too."""
    rows = connection.execute(select(HEAD).where(HEAD.c.layer == layer).order_by(HEAD.c.feature))
    return {row["feature"]: _head(row) for row in rows.mappings()}


def write_changes(connection: Connection, changes: Sequence[Change], by: Authorship) -> list[Revision]:
    """Write each change as a new revision, all of them or none; the connection is one of `Store.writing`.

    Raises:
        ConflictError: where a change was not made from the feature's newest revision.
        ValueError: two of the changes are of one feature; the second could not be made from the newest revision.
    """
    twice = [name for name, count in Counter((one.layer, one.feature) for one in changes).items() if count > 1]
    if twice:
        raise ValueError(f"changed twice in one save: {', '.join(map('/'.join, twice))}")
    heads = {layer: _heads_of(connection, layer, changes) for layer in {change.layer for change in changes}}
    pairs = [(change, heads[change.layer].get(change.feature)) for change in changes]
    lost = [(change, head) for change, head in pairs if change.made_from != (head.revision if head else None)]
    if lost:
        raise ConflictError(lost)
    entries = [_entry(change, head, by) for change, head in pairs]
    numbers = append(connection, entries)
    _keep_heads(connection, pairs, numbers, by)
    return revisions_between(connection, numbers[0] - 1, numbers[-1]) if numbers else []


def feature_revisions(connection: Connection, layer: str, feature: str) -> list[Revision]:
    """Return every revision of a feature, the newest first."""
    mine = and_(HISTORY.c.layer == layer, HISTORY.c.feature == feature)
    rows = connection.execute(select(HISTORY).where(mine).order_by(HISTORY.c.revision.desc()))
    return [_revision(row) for row in rows.mappings()]


def revisions_between(connection: Connection, after: int, to: int) -> list[Revision]:
    """Return the revisions with numbers above `after`, up to and with `to`, in order."""
    inside = and_(HISTORY.c.seq > after, HISTORY.c.seq <= to, HISTORY.c.layer.is_not(None))
    rows = connection.execute(select(HISTORY).where(inside).order_by(HISTORY.c.seq))
    return [_revision(row) for row in rows.mappings()]


def newest_published(connection: Connection) -> int:
    """Return the number of the newest published revision, 0 where there is none: readers' version of the layers."""
    found = connection.execute(select(func.max(HISTORY.c.seq)).where(HISTORY.c.state == "published")).scalar()
    return int(found or 0)


def published_at(connection: Connection, until: str) -> int:
    """Return the number of the newest entry not later than `until` (UTC, as the history keeps it), 0 if none is."""
    found = connection.execute(select(func.max(HISTORY.c.seq)).where(HISTORY.c.at <= until)).scalar()
    return int(found or 0)


def published_bodies(connection: Connection, until: int) -> dict[str, dict[str, Feature]]:
    """Return the features as readers saw them after entry `until`, by layer and id; the deleted ones are left out."""
    inside = and_(HISTORY.c.seq <= until, HISTORY.c.state == "published", HISTORY.c.layer.is_not(None))
    newest = (
        select(HISTORY.c.layer, HISTORY.c.feature, func.max(HISTORY.c.seq).label("seq"))
        .where(inside)
        .group_by(HISTORY.c.layer, HISTORY.c.feature)
        .subquery()
    )
    rows = connection.execute(
        select(HISTORY.c.layer, HISTORY.c.feature, HISTORY.c.after)
        .join(newest, HISTORY.c.seq == newest.c.seq)
        .where(HISTORY.c.after.is_not(None))
    )
    layers: dict[str, dict[str, Feature]] = {}
    for row in rows:
        layers.setdefault(row.layer, {})[row.feature] = json.loads(row.after)
    return layers


def _heads_of(connection: Connection, layer: str, changes: Iterable[Change]) -> dict[str, Head]:
    """Return the heads that `changes` of a layer are about: one by one where they are few, else the layer's."""
    ids = [change.feature for change in changes if change.layer == layer]
    if len(ids) > 50:
        return read_heads(connection, layer)
    found = {feature: read_head(connection, layer, feature) for feature in ids}
    return {feature: head for feature, head in found.items() if head is not None}


def _entry(change: Change, head: Head | None, by: Authorship) -> Entry:
    """Return the entry of one change."""
    return Entry(
        who=by.who,
        operation=change.operation,
        why="\n".join(filter(None, (by.why, change.note))),
        source=by.source,
        layer=change.layer,
        feature=change.feature,
        revision=(head.revision if head else 0) + 1,
        state=change.state,
        before=_text(head.body) if head else None,
        after=_text(change.body),
        batch=by.batch,
    )


def _keep_heads(
    connection: Connection, pairs: Sequence[tuple[Change, Head | None]], numbers: Sequence[int], by: Authorship
) -> None:
    """Make the written revisions the heads of their features."""
    rows = [
        (_head_row(change, head, seq, by), head is None) for (change, head), seq in zip(pairs, numbers, strict=True)
    ]
    new, old = ([row for row, is_new in rows if is_new is wanted] for wanted in (True, False))
    if new:
        connection.execute(HEAD.insert(), new)
    if old:
        # The lock has decided already; the number is compared once more, where the row is changed.
        mine = (HEAD.c.layer == bindparam("its_layer"), HEAD.c.feature == bindparam("its_feature"))
        statement = HEAD.update().where(*mine, HEAD.c.revision == bindparam("made_from"))
        written = connection.execute(statement, [_renamed(row) for row in old])
        if written.rowcount != len(old):
            raise AssertionError("a head changed under the lock")


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a head for an update that also says which row it is about."""
    values = {name: value for name, value in row.items() if name not in {"layer", "feature"}}
    return values | {"its_layer": row["layer"], "its_feature": row["feature"], "made_from": row["revision"] - 1}


def _head_row(change: Change, head: Head | None, seq: int, by: Authorship) -> dict[str, Any]:
    """Return the columns of a feature's new head; what is published stays so until something newer is."""
    revision = (head.revision if head else 0) + 1
    body = _text(change.body)
    is_published = change.state == "published"
    return {
        "layer": change.layer,
        "feature": change.feature,
        "revision": revision,
        "seq": seq,
        "state": change.state,
        "body": body,
        "source": by.source,
        "published_revision": revision if is_published else head and head.published_revision,
        "published_body": body if is_published else head and _text(head.published_body),
    }


def _head(row: Mapping[Any, Any]) -> Head:
    """Return a row of the table of heads."""
    return Head(
        layer=row["layer"],
        feature=row["feature"],
        revision=row["revision"],
        state=row["state"],
        body=_body(row["body"]),
        source=row["source"],
        published_revision=row["published_revision"],
        published_body=_body(row["published_body"]),
    )


def _revision(row: Mapping[Any, Any]) -> Revision:
    """Return a row of the history as a revision."""
    kept = {name: row[name] for name in Revision.__slots__ if name not in {"before", "after"}}
    return Revision(**kept, before=_body(row["before"]), after=_body(row["after"]))


def _body(text: str | None) -> Feature | None:
    """Return a kept body."""
    return None if text is None else json.loads(text)


def _text(body: Feature | None) -> str | None:
    """Return a body as it is kept."""
    return None if body is None else canonical(body)


def _lost(change: Change, head: Head | None) -> Problem:
    """Return the problem of one change that was made from another revision than the newest."""
    now = f"revision {head.revision}" if head else "nothing"
    found = f"the change was made from revision {change.made_from or 'none'}, and {now} stands now"
    return Problem("changed_meanwhile", f"{change.layer}/{change.feature}", found, "Look at both and save again")
