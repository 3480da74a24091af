"""Who did what and when, for administrators: the events and revisions of the history, newest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Connection, Row, Select, select

from geo.errors import Problem
from webmap.access_control import requires
from webmap.account_records import RESERVED_LOGINS, read_accounts
from webmap.parameters import Choice, QueryError, read_query
from webmap.past import SHANGHAI, end_of_day
from webmap.store_schema import HISTORY
from webmap.views import snapshot, the_store

pages = Blueprint("audit_page", __name__)
PAGE_LENGTH = 50
_SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the history as the page shows it; `told` are the details of an event, `name` a feature's."""

    row: Row[Any]
    name: str
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are asked for: by whom (empty: anybody), of which layer (`*`: events alone), within which days."""

    person: str
    layer: str
    since: date | None
    until: date | None
    before: int | None


@pages.get("/staff/audit")
@requires("administrator")
def index() -> str:
    """Show the history, by person, layer and day, fifty entries a page."""
    asked = _read_asked()
    with the_store().reading() as connection:
        names = {account.staff.login: account.staff.name for account in read_accounts(connection)}
        found = _lines(connection, asked)
    shown = found[:PAGE_LENGTH]
    return render_template(
        "staff_audit.html",
        lines=shown,
        asked=asked,
        older=shown[-1].row.seq if len(found) > PAGE_LENGTH else None,
        names=names,
        people=[*names, *RESERVED_LOGINS],
        all_layers=list(snapshot().catalog.layers.values()),
        section="staff",
        staff_section="audit",
    )


def _read_asked() -> Asked:
    """Return what the query asks for.

    Raises:
        QueryError: a layer, day or number that is none.
    """
    layers = ("", "*", *snapshot().catalog.layers)
    choices = {name: Choice() for name in ("person", "since", "until", "before")} | {"layer": Choice(layers)}
    values = read_query(request.args, choices, ignore_unknown=True)
    problems: list[Problem] = []
    since, until = (_read_day(values[name], name, problems) for name in ("since", "until"))
    number = values["before"]
    if number and not (number.isascii() and number.isdigit() and len(number) < 16):
        problems.append(Problem("bad_value", "before", "no number of an entry", "Follow the links of the page"))
    if problems:
        raise QueryError(problems)
    return Asked(values["person"], values["layer"], since, until, int(number) if number else None)


def _read_day(text: str, name: str, problems: list[Problem]) -> date | None:
    """Return a day, None where none is given; what is no day becomes a problem."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem("bad_day", name, f"found {ascii(text)[:40]}", "Write a day: 2026-11-01"))
        return None


def _lines(connection: Connection, asked: Asked) -> list[Line]:
    """Return a page's entries, and one more where there are older ones."""
    query = _filtered(select(HISTORY), asked).order_by(HISTORY.c.seq.desc()).limit(PAGE_LENGTH + 1)
    return [_line(row) for row in connection.execute(query)]


def _filtered(query: Select[Any], asked: Asked) -> Select[Any]:
    """Return `query` with what is asked for."""
    if asked.person:
        query = query.where(HISTORY.c.who == asked.person)
    if asked.layer:
        query = query.where(HISTORY.c.layer.is_(None) if asked.layer == "*" else HISTORY.c.layer == asked.layer)
    if asked.since:
        midnight = datetime.combine(asked.since, time(), SHANGHAI).astimezone(UTC)
        query = query.where(HISTORY.c.at >= midnight.isoformat(timespec="microseconds").replace("+00:00", "Z"))
    if asked.until:
        query = query.where(HISTORY.c.at <= end_of_day(asked.until))
    return query.where(HISTORY.c.seq < asked.before) if asked.before else query


def _line(row: Row[Any]) -> Line:
    """Return an entry for the page."""
    body = json.loads(row.after or row.before or "{}")
    if row.layer is not None:
        return Line(row, str(body.get("properties", {}).get("name") or row.feature), ())
    told = tuple((name, _short(value)) for name, value in body.items() if name not in {"reason", "method"})
    return Line(row, "", told)


def _short(value: object) -> str:
    """Return a detail of an event as a short text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"
