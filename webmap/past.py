"""The past: figures of a day are given where everything they rest on still is as it was, and refused otherwise.

The history holds every layer of every day. Streets, people, rules and claims are files: of these it keeps the hashes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from geo.errors import NotFoundError, RequestError
from geo.place import Place
from webmap.history import record_event
from webmap.store import Store
from webmap.store_schema import HISTORY

SHANGHAI = ZoneInfo("Asia/Shanghai")
_INPUTS = "inputs"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # fromisoformat takes weeks and other forms too


class PastInputsError(RequestError):
    """The inputs of a past day are gone: its figures are refused, not guessed."""


def inputs_of(places: Mapping[str, Place]) -> dict[str, str]:
    """Return the version of everything but the layers, by subdistrict."""
    return {name: place.inputs_version for name, place in sorted(places.items())}


def record_inputs(store: Store, inputs: Mapping[str, str]) -> None:
    """Keep in the history that figures rest on `inputs` from now on; nothing is written where they did before."""
    with store.reading() as connection:
        if _inputs_at(connection, None) == inputs:
            return
    with store.writing() as connection:
        if _inputs_at(connection, None) != inputs:
            record_event(connection, "lifecircle", _INPUTS, "streets, people, rules or claims are new", inputs)


def require_same_inputs(connection: Connection, inputs: Mapping[str, str], day: str, seq: int) -> None:
    """Raise where nothing was known at entry `seq` (NotFoundError), or other inputs than `inputs` (PastInputsError)."""
    then = _inputs_at(connection, seq)
    if then is None:
        raise NotFoundError("before_first_entry", "at", f"nothing is known of {day}", "Ask for a later day")
    if then != inputs:
        found = f"streets, people, rules or claims have changed since {day}: its figures cannot be worked out again"
        remedy = "Ask for a later day, or restore the data of that day beside this service"
        raise PastInputsError("inputs_gone", "at", found, remedy)


def end_of_day(day: date) -> str:
    """Return the last moment of a day in Shanghai as the history keeps times (UTC)."""
    midnight = datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
    return (midnight - timedelta(microseconds=1)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_day(text: str) -> date:
    """Return the day that `text` names (2026-11-01).

    Raises:
        RequestError: it names none, or one that has not come yet.
    """
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise RequestError("bad_day", "at", f"found {ascii(text)[:40]}", "Write a day: 2026-11-01")
    if day > datetime.now(SHANGHAI).date():
        raise RequestError("day_to_come", "at", f"{text} has not come yet", "Ask for today or a day before")
    return day


def _inputs_at(connection: Connection, seq: int | None) -> dict[str, str] | None:
    """Return the inputs after entry `seq` (None: now), None where none were known yet."""
    query = select(HISTORY.c.after).where(HISTORY.c.layer.is_(None), HISTORY.c.operation == _INPUTS)
    if seq is not None:
        query = query.where(HISTORY.c.seq <= seq)
    found = connection.execute(query.order_by(HISTORY.c.seq.desc()).limit(1)).scalar()
    return None if found is None else json.loads(found)
