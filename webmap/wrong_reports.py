"""What residents say is wrong with a facility: kind and a few words, no name, no address; staff settle it.

The number of reports from one address is limited; the address itself is not kept with a report.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, cast, get_args

from limits import RateLimitItem, RateLimitItemPerHour
from sqlalchemy import Connection, Row, select

from geo.errors import NotFoundError, Problem
from geo.text_checks import check_text
from webmap.attempt_counts import take
from webmap.feature_faults import InvalidFeatureError
from webmap.fresh_ids import fresh_id
from webmap.history import record_event, utc_now
from webmap.wrong_tables import WRONG_REPORT

Kind = Literal["place", "closed", "hours", "name", "phone", "twice", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_WORDS = 300
BY_ADDRESS: RateLimitItem = RateLimitItemPerHour(10, namespace="wrong")
ALL_TOGETHER: RateLimitItem = RateLimitItemPerHour(300, namespace="wrong_all")
NOBODY = "anonymous"


@dataclass(frozen=True, slots=True)
class WrongReport:
    """One report; `settled` is when somebody has dealt with it (UTC), None while it waits."""

    id: str
    layer: str
    feature: str
    kind: Kind
    words: str
    at: str
    settled: str | None
    settled_by: str | None
    settled_why: str | None


def checked_report(kind: str, words: str) -> tuple[Kind, str]:
    """Return kind and words as they are kept; InvalidFeatureError with every problem, `where` names the field."""
    problems: list[Problem] = []
    if kind not in KINDS:
        problems.append(Problem("no_kind", "kind", "nothing was chosen", "Choose what is wrong"))
    plain = words.replace("\r\n", "\n").strip()
    if plain:
        plain = check_text(plain, "words", problems, limit=MAX_WORDS, lines=True) or ""
    if problems:
        raise InvalidFeatureError(problems)
    return cast("Kind", kind), plain


def add_report(connection: Connection, about: tuple[str, str], told: tuple[Kind, str], address: str) -> int:
    """Keep what somebody at `address` says of a feature (`about`: layer, id); within `Store.writing`.

    Returns:
        The seconds to wait because too much came from there, 0 where it was kept.
    """
    wait_s = _seconds_to_wait(connection, address)
    if wait_s:
        return wait_s
    (layer, feature), (kind, words) = about, told
    report = fresh_id()
    row = {"id": report, "layer": layer, "feature": feature, "kind": kind, "words": words, "at": utc_now()}
    connection.execute(WRONG_REPORT.insert().values(**row))
    record_event(connection, NOBODY, "reported_wrong", "", {"report": report, "feature": feature, "layers": layer})
    return 0


def settle_report(connection: Connection, report: str, who: str, why: str) -> WrongReport:
    """Note that `who` has dealt with a report, and how; within `Store.writing`.

    Raises:
        NotFoundError: no such report waits.
        InvalidFeatureError: there is no reason.
    """
    problems: list[Problem] = []
    reason = check_text(why.strip(), "why", problems, limit=MAX_WORDS, lines=True)
    if reason is None:
        raise InvalidFeatureError(problems)
    mine = (WRONG_REPORT.c.id == report, WRONG_REPORT.c.settled.is_(None))
    row = connection.execute(select(WRONG_REPORT).where(*mine)).first()
    if row is None:
        raise NotFoundError("unknown_report", "report", "no such report waits", "Look at the list again")
    settled = {"settled": utc_now(), "settled_by": who, "settled_why": reason}
    connection.execute(WRONG_REPORT.update().where(*mine).values(**settled))
    record_event(connection, who, "report_settled", reason, {"report": report, "feature": row.feature})
    return _report(row)


def waiting_reports(connection: Connection) -> dict[tuple[str, str], list[WrongReport]]:
    """Return the reports that nobody has dealt with, by layer and feature, the oldest first."""
    rows = connection.execute(select(WRONG_REPORT).where(WRONG_REPORT.c.settled.is_(None)).order_by(WRONG_REPORT.c.id))
    found: dict[tuple[str, str], list[WrongReport]] = {}
    for row in rows:
        found.setdefault((row.layer, row.feature), []).append(_report(row))
    return found


def reports_of(connection: Connection, layer: str, feature: str) -> list[WrongReport]:
    """Return every report about a feature, the newest first."""
    mine = (WRONG_REPORT.c.layer == layer, WRONG_REPORT.c.feature == feature)
    return [
        _report(row) for row in connection.execute(select(WRONG_REPORT).where(*mine).order_by(WRONG_REPORT.c.id.desc()))
    ]


def _seconds_to_wait(connection: Connection, address: str) -> int:
    """Count a report from `address`; return the seconds to wait where its limit, or that of all together, is full."""
    hashed = hashlib.sha256(address.encode()).hexdigest()[:32]
    return take(connection, [(BY_ADDRESS, hashed), (ALL_TOGETHER, "all")])


def _report(row: Row[tuple[object, ...]]) -> WrongReport:
    return WrongReport(**row._mapping)  # noqa: SLF001 - the documented way to a row's columns
