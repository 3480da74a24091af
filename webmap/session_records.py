"""Who is in: one record a login, found by the id in the cookie, ended by time, by leaving or by an administrator."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from webmap.account_records import staff_of
from webmap.account_tables import ACCOUNT, SESSION
from webmap.staff_config import StaffConfig
from webmap.staff_roles import Staff

SEEN_EVERY_S = 60
"""A session's last request is written down once a minute at most: a read should not cost a write each time."""
KEPT_DAYS = 90
_AGENT_LENGTH = 160


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session that is alive; times are UTC as the history keeps them."""

    id_hash: str
    created: str
    seen: str
    agent: str


def moment(time: datetime | None = None) -> str:
    """Return a time (this moment) as the store keeps it: 2026-11-01T08:30:00.123456Z."""
    return (time or datetime.now(UTC)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def hashed(session_id: str) -> str:
    """Return what the store keeps of a session's id."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def begin_session(connection: Connection, account: str, agent: str) -> str:
    """Write down a new session of `account` and return its id, which nobody could guess; `agent` names the browser.

    Records of the account's sessions that began long ago are taken away; the history keeps the logins.
    """
    old = moment(datetime.now(UTC) - timedelta(days=KEPT_DAYS))
    connection.execute(SESSION.delete().where(SESSION.c.account == account, SESSION.c.created < old))
    session_id = secrets.token_urlsafe(32)
    now = moment()
    row = {"id_hash": hashed(session_id), "account": account, "created": now, "seen": now, "ended": None}
    connection.execute(SESSION.insert().values(**row, ended_why=None, agent=agent[:_AGENT_LENGTH]))
    return session_id


def find_staff(connection: Connection, session_id: str, config: StaffConfig) -> tuple[Staff, SessionRecord] | None:
    """Return whose session it is; None where it is unknown, ended, idle or too old, or the account is disabled."""
    oldest, idle = _limits(config)
    joined = select(ACCOUNT, SESSION).join(SESSION, SESSION.c.account == ACCOUNT.c.id)
    alive = (SESSION.c.ended.is_(None), SESSION.c.created > oldest, SESSION.c.seen > idle, ACCOUNT.c.disabled.is_(None))
    row = connection.execute(joined.where(SESSION.c.id_hash == hashed(session_id), *alive)).first()
    if row is None:
        return None
    return staff_of(row), _record(row)


def is_stale(record: SessionRecord) -> bool:
    """Return whether the time of a session's last request should be written down again."""
    return record.seen <= moment(datetime.now(UTC) - timedelta(seconds=SEEN_EVERY_S))


def mark_seen(connection: Connection, record: SessionRecord) -> None:
    """Write down that a session has just made a request."""
    mine = (SESSION.c.id_hash == record.id_hash, SESSION.c.ended.is_(None))
    connection.execute(SESSION.update().where(*mine).values(seen=moment()))


def sessions_of(connection: Connection, account: str, config: StaffConfig) -> list[SessionRecord]:
    """Return the sessions of an account that are alive, the newest first."""
    oldest, idle = _limits(config)
    alive = (SESSION.c.ended.is_(None), SESSION.c.created > oldest, SESSION.c.seen > idle)
    query = select(SESSION).where(SESSION.c.account == account, *alive).order_by(SESSION.c.created.desc())
    return [_record(row) for row in connection.execute(query)]


def last_seen(connection: Connection) -> dict[str, str]:
    """Return when each account was last in use, by account; who never came is missing."""
    query = select(SESSION.c.account, func.max(SESSION.c.seen)).group_by(SESSION.c.account)
    return {row[0]: row[1] for row in connection.execute(query)}


def end_sessions(connection: Connection, account: str, why: str, only: Sequence[str] | None = None) -> int:
    """End sessions of an account, all of them or those whose hashed ids are in `only`; return how many were ended.

    `why` is logout, password, disabled, revoked.
    """
    query = SESSION.update().where(SESSION.c.account == account, SESSION.c.ended.is_(None))
    if only is not None:
        query = query.where(SESSION.c.id_hash.in_(only))
    return connection.execute(query.values(ended=moment(), ended_why=why)).rowcount


def _limits(config: StaffConfig) -> tuple[str, str]:
    """Return the moments since which a session must have begun and must have been used."""
    now = datetime.now(UTC)
    return (
        moment(now - timedelta(minutes=config.lifetime_min)),
        moment(now - timedelta(minutes=config.idle_min)),
    )


def _record(row: Row[Any]) -> SessionRecord:
    """Return a row of the table of sessions."""
    known = row._mapping  # noqa: SLF001 - the documented way to a row's columns
    return SessionRecord(*(known[SESSION.c[name]] for name in ("id_hash", "created", "seen", "agent")))
