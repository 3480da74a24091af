"""The history: one chain of entries an instance, each with the hash of the one before, so that none can be changed.

An entry is a revision of a feature, or an event (a login refused, a role given) whose layer is None. The hash of an
entry is SHA-256 of its columns as canonical JSON, after the hash before it. Entries are only added, in `Store.writing`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from geo.errors import Problem
from webmap.store_schema import HEAD, HISTORY

FIRST_HASH = "0" * 64
_HASHED = tuple(column.name for column in HISTORY.columns if column.name not in {"previous_hash", "hash"})
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry before it is written: what happened, without its place in the chain.

    `operation` of a revision: create, update, delete, restore, publish, reject, undo. `state` of a revision: draft,
    review, published. `before` and `after` are canonical JSON or None. `source`: form, api, import, undo,
    seed, command; of an event: event.
    """

    who: str
    operation: str
    why: str
    source: str
    layer: str | None = None
    feature: str | None = None
    revision: int | None = None
    state: str | None = None
    before: str | None = None
    after: str | None = None
    batch: str | None = None


class _Kept(NamedTuple):
    """What the table of heads says of a feature, with hashes in the place of bodies."""

    revision: int
    seq: int
    state: str
    source: str
    body: bytes
    published_revision: int | None
    published_body: bytes


def canonical(value: object) -> str:
    """Return `value` as the one JSON text that is kept and hashed."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)


def utc_now() -> str:
    """Return this moment as it is kept: 2026-11-01T08:30:00.123456Z."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def append(connection: Connection, entries: Sequence[Entry]) -> list[int]:
    """Add `entries` to the chain and return their numbers; the connection is one of `Store.writing`.

    All of them get one time, never earlier than that of the entry before: the clock of a machine may step back.
    """
    last = connection.execute(
        select(HISTORY.c.seq, HISTORY.c.at, HISTORY.c.hash).order_by(HISTORY.c.seq.desc()).limit(1)
    ).first()
    seq, at, link = (0, "", FIRST_HASH) if last is None else (last.seq, last.at, last.hash)
    at = max(at, utc_now())
    rows = []
    for entry in entries:
        seq += 1
        row: dict[str, object] = {"seq": seq, "at": at, **asdict(entry), "previous_hash": link}
        link = _hash(link, row)
        rows.append(row | {"hash": link})
    if rows:
        connection.execute(HISTORY.insert(), rows)
    return [seq - len(rows) + number for number in range(1, len(rows) + 1)]


def record_event(connection: Connection, who: str, operation: str, why: str, details: Mapping[str, object]) -> None:
    """Add an event to the chain: what `who` did or was refused, with `details` that hold no secret."""
    append(connection, [Entry(who, operation, why, "event", after=canonical(dict(details)))])


def verify(connection: Connection, told: Callable[[int, int], None] | None = None) -> list[Problem]:
    """Return what is wrong with the history: broken links, changed entries, gaps, heads that do not follow from it.

    Entries taken off the end together with the heads they made leave no trace in the store: `holds` tells of these
    by a number and a hash that were kept elsewhere. `told` is told how many entries of how many are done.
    """
    total = length(connection)[0]
    problems: list[Problem] = []
    link, expected = FIRST_HASH, 1
    heads: dict[tuple[str, str], _Kept] = {}
    for row in _rows(connection):
        if row.seq != expected or row.previous_hash != link:
            found = f"expected entry {expected} after {link[:12]}…, found {row.seq} after {row.previous_hash[:12]}…"
            problems.append(_broken(row.seq, found))
        if _hash(row.previous_hash, row._asdict()) != row.hash:
            problems.append(_broken(row.seq, "its content is not what its hash was made of"))
        if row.layer is not None:
            before = heads.get((row.layer, row.feature))
            problems += _broken_line(row, before)
            heads[row.layer, row.feature] = _kept_after(row, before)
        link, expected = row.hash, row.seq + 1
        if told is not None and row.seq % _PAGE == 0:
            told(row.seq, total)
    return problems + _wrong_heads(connection, heads)


def holds(connection: Connection, seq: int, link: str) -> bool:
    """Return whether entry `seq` of the chain has the hash `link`; 0 with the first hash is every chain's beginning."""
    return entry_hash(connection, seq) == link


def entry_hash(connection: Connection, seq: int) -> str | None:
    """Return the hash of entry `seq`, None where there is none; of 0 the one that every chain begins with."""
    if seq == 0:
        return FIRST_HASH
    found: str | None = connection.execute(select(HISTORY.c.hash).where(HISTORY.c.seq == seq)).scalar()
    return found


def length(connection: Connection) -> tuple[int, str]:
    """Return the number of the last entry and its hash: whoever keeps them can tell later whether any was taken off."""
    last = connection.execute(select(HISTORY.c.seq, HISTORY.c.hash).order_by(HISTORY.c.seq.desc()).limit(1)).first()
    return (0, FIRST_HASH) if last is None else (last.seq, last.hash)


def _rows(connection: Connection) -> Iterator[Row[Any]]:
    """Yield every entry in order, some thousands at a time."""
    after = 0
    while True:
        page = connection.execute(
            select(HISTORY).where(HISTORY.c.seq > after).order_by(HISTORY.c.seq).limit(_PAGE)
        ).all()
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def _hash(link: str, row: Mapping[str, object]) -> str:
    """Return the hash of an entry that follows `link`."""
    told = canonical([row[name] for name in _HASHED])
    return hashlib.sha256(f"{link}\n{told}".encode()).hexdigest()


def _kept_after(row: Row[Any], before: _Kept | None) -> _Kept:
    """Return what the table of heads must say after a revision; bodies as their hashes, which need less room."""
    body = _digest(row.after)
    if row.state == "published":
        return _Kept(row.revision, row.seq, row.state, row.source, body, row.revision, body)
    published = (before.published_revision, before.published_body) if before else (None, _digest(None))
    return _Kept(row.revision, row.seq, row.state, row.source, body, *published)


def _broken_line(row: Row[Any], before: _Kept | None) -> list[Problem]:
    """Return what is wrong with a revision: its number, or the body that it says it was made from."""
    expected = (before.revision if before else 0) + 1
    problems = []
    if row.revision != expected:
        problems.append(_broken(row.seq, f"revision {row.revision} of {row.layer}/{row.feature}, expected {expected}"))
    if _digest(row.before) != (before.body if before else _digest(None)):
        problems.append(_broken(row.seq, f"was not made from the newest revision of {row.layer}/{row.feature}"))
    return problems


def _digest(text: str | None) -> bytes:
    """Return the hash of a kept body, of none an empty one."""
    return b"" if text is None else hashlib.sha256(text.encode()).digest()


def _wrong_heads(connection: Connection, expected: Mapping[tuple[str, str], _Kept]) -> list[Problem]:
    """Return the features whose head is not what the newest of their revisions say."""
    kept = {
        (row.layer, row.feature): _Kept(
            row.revision,
            row.seq,
            row.state,
            row.source,
            _digest(row.body),
            row.published_revision,
            _digest(row.published_body),
        )
        for row in connection.execute(select(HEAD))
    }
    wrong = sorted(name for name in kept.keys() | expected.keys() if kept.get(name) != expected.get(name))
    remedy = "Restore a backup: lifecircle restore FILE"
    return [
        Problem("head_differs", f"{layer}/{feature}", "its head is not what its revisions say", remedy)
        for layer, feature in wrong
    ]


def _broken(seq: int, found: str) -> Problem:
    """Return the problem of an entry that was changed, added or taken away outside the service."""
    return Problem("chain_broken", f"history/{seq}", found, "Restore a backup: lifecircle restore FILE")
