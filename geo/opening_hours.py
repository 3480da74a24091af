"""Opening hours in OpenStreetMap's syntax: open or closed at a moment in Shanghai, and the week as people write it.

The syntax is read by opening-hours-py. Its calendar knows one legal day of each holiday and no make-up workdays, so
days are looked up here under the day whose hours they have: a holiday under one that the library calls a public
holiday, a Saturday worked for a long holiday under an ordinary workday. Which days these are comes from
chinesecalendar, as published; of a year that is not published it is said that its holidays are not known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import chinese_calendar
import opening_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
State = Literal["open", "closed", "unknown"]
Note = Literal["", "no_hours", "unreadable", "ask", "holiday_not_stated", "makeup_workday", "holidays_unknown"]
LOOKAHEAD_DAYS = 8
DAY_MIN = 24 * 60
_LONGEST_TEXT = 500
_STATES: dict[opening_hours.State, State] = {
    opening_hours.State.OPEN: "open",
    opening_hours.State.CLOSED: "closed",
    opening_hours.State.UNKNOWN: "unknown",
}
_REFERENCE_MONDAYS = tuple(dt.date(2023, month, day) for month, day in ((2, 6), (5, 8), (8, 7), (11, 6)))


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether a place is open at a moment.

    Attributes:
        state: "open", "closed" or "unknown".
        until: When that changes, local time; None where it does not within a week, or is not known.
        note: What must be said beside it, "" nothing.
    """

    state: State
    until: dt.datetime | None
    note: Note


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in minutes after midnight; `closes_min` beyond 1440 is on the next day."""

    opens_min: int
    closes_min: int


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week (Monday is 0) that follow each other and have the same hours; no span: closed."""

    first: int
    last: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class WeekHours:
    """A week of hours: its days in groups, and public holidays (None: the text does not say)."""

    days: tuple[Days, ...]
    holidays: tuple[Span, ...] | None

    @property
    def is_always(self) -> bool:
        """Whether it never closes."""
        return len(self.days) == 1 and self.days[0].spans == (Span(0, DAY_MIN),) and self.holidays != ()


def now_local() -> dt.datetime:
    """Return the time in Shanghai, without zone, to the minute."""
    return dt.datetime.now(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0)


def state_at(hours: str | None, at: dt.datetime) -> OpenState:
    """Return whether a place with these hours is open at a local time, and until when.

    Args:
        hours: Text in OpenStreetMap's syntax; None or "" where none is on record.
        at: Local time in Shanghai, without zone.
    """
    if not hours:
        return OpenState("unknown", None, "no_hours")
    if not is_readable(hours):
        return OpenState("unknown", None, "unreadable")
    if _never_changes(hours, at):
        return OpenState(_STATES[_parsed(hours).state(at)[0]], None, "")
    stretches = list(_stretches(hours, at))
    now = next(stretch for stretch in stretches if stretch.end > at)
    last = stretches[-1].end
    return OpenState(
        now.state, now.end if now.end < last else None, now.note or _year_note(hours, at.date(), now.state)
    )


def is_readable(hours: str) -> bool:
    """Return whether a text is hours in OpenStreetMap's syntax."""
    return len(hours) <= _LONGEST_TEXT and "\0" not in hours and bool(opening_hours.validate(hours))


@dataclass(frozen=True, slots=True)
class _Stretch:
    end: dt.datetime
    state: State
    note: Note


def _stretches(hours: str, at: dt.datetime) -> Iterator[_Stretch]:
    """Yield the stretches of one state from the day of `at` on; what runs past midnight is one stretch."""
    pending: _Stretch | None = None
    for number in range(LOOKAHEAD_DAYS + 1):
        for stretch in _day(hours, at.date() + dt.timedelta(days=number)):
            if pending is not None and pending.state != stretch.state:
                yield pending
            goes_on = pending is not None and pending.state == stretch.state and pending.end > at
            pending = _Stretch(stretch.end, stretch.state, pending.note) if pending and goes_on else stretch
    if pending is not None:
        yield pending


@lru_cache(maxsize=4096)
def _day(hours: str, day: dt.date) -> tuple[_Stretch, ...]:
    """Return the stretches of one day; of a holiday that the text does not speak of, what would be open is unknown."""
    under, note = _looked_up(hours, day)
    begin = dt.datetime.combine(under, dt.time())
    shift = dt.datetime.combine(day, dt.time()) - begin
    stretches = []
    for _, end, state, _ in _parsed(hours).intervals(begin, begin + dt.timedelta(days=1)):
        told: State = _STATES[state]
        if note == "holiday_not_stated" and told == "open":
            told = "unknown"
        ends = min(end, begin + dt.timedelta(days=1)) + shift
        stretches.append(_Stretch(ends, told, "ask" if told == "unknown" and not note else note))
    return tuple(stretches)


def _looked_up(hours: str, day: dt.date) -> tuple[dt.date, Note]:
    """Return the day under which a day's hours stand, and what must be said of it."""
    try:
        is_off, holiday = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return day, ""
    if holiday is None:
        return day, ""
    if not is_off:
        workday = _nearest(day, _is_plain_workday)
        differs = _opens(hours, day) != _opens(hours, workday)
        return (workday, "makeup_workday") if differs else (day, "")
    if "PH" in hours:
        return _nearest(day, _is_library_holiday), ""
    return day, "holiday_not_stated"


def _year_note(hours: str, day: dt.date, state: State) -> Note:
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return "holidays_unknown" if state == "open" or "PH" in hours else ""
    return ""


def _opens(hours: str, day: dt.date) -> list[tuple[dt.time, str]]:
    begin = dt.datetime.combine(day, dt.time())
    found = _parsed(hours).intervals(begin, begin + dt.timedelta(days=1))
    return [(start.time(), _STATES[state]) for start, _, state, _ in found]


def _nearest(day: dt.date, fits: Callable[[dt.date], bool]) -> dt.date:
    """Return the day nearest to `day` that fits; the same half of the year, so that seasons stay."""
    near = (day + dt.timedelta(days=sign * away) for away in range(1, 200) for sign in (-1, 1))
    return next((one for one in near if fits(one)), day)


def _is_plain_workday(day: dt.date) -> bool:
    try:
        return day.weekday() < 5 and chinese_calendar.get_holiday_detail(day) == (False, None)
    except NotImplementedError:
        return False


@lru_cache(maxsize=4096)
def _is_library_holiday(day: dt.date) -> bool:
    return bool(_parsed("PH").is_open(dt.datetime.combine(day, dt.time(12))))


@lru_cache(maxsize=1024)
def _parsed(hours: str) -> opening_hours.OpeningHours:
    return opening_hours.OpeningHours(hours, country="CN")


@lru_cache(maxsize=1024)
def _never_changes(hours: str, at: dt.datetime) -> bool:
    return _parsed(hours).next_change(at) is None


def week_hours(hours: str) -> WeekHours | None:
    """Return a week of hours as people write it; None where the text cannot be read or depends on the season."""
    if not is_readable(hours):
        return None
    weeks = [_week(hours, monday) for monday in _REFERENCE_MONDAYS]
    if any(week is None or week != weeks[0] for week in weeks) or weeks[0] is None:
        return None
    holiday = _spans(hours, _nearest(_REFERENCE_MONDAYS[0], _is_library_holiday)) if "PH" in hours else None
    return WeekHours(_grouped(weeks[0]), holiday)


def _week(hours: str, monday: dt.date) -> list[tuple[Span, ...]] | None:
    days = [_spans(hours, monday + dt.timedelta(days=number)) for number in range(7)]
    return None if None in days else [day for day in days if day is not None]


def _spans(hours: str, day: dt.date) -> tuple[Span, ...] | None:
    """Return when a day opens and closes; None where that is not known. What began the day before is its own."""
    begin = dt.datetime.combine(day, dt.time())
    spans = []
    for start, end, state, _ in _parsed(hours).intervals(begin - dt.timedelta(days=1), begin + dt.timedelta(days=2)):
        if _STATES[state] == "unknown" and start < begin + dt.timedelta(days=1) and end > begin:
            return None
        if _STATES[state] == "open":
            spans += _span_of(begin, start, end)
    return tuple(spans)


def _span_of(begin: dt.datetime, start: dt.datetime, end: dt.datetime) -> list[Span]:
    """Return the part of an open stretch that belongs to the day of `begin`."""
    opens_min, closes_min = ((moment - begin) // dt.timedelta(minutes=1) for moment in (start, end))
    if closes_min - opens_min >= DAY_MIN:  # open round the clock: each day has its own part
        first, last = max(opens_min, 0), min(closes_min, DAY_MIN)
        return [Span(first, last)] if first < last else []
    return [Span(opens_min, closes_min)] if 0 <= opens_min < DAY_MIN else []


def _grouped(week: list[tuple[Span, ...]]) -> tuple[Days, ...]:
    groups: list[Days] = []
    for number, spans in enumerate(week):
        if groups and groups[-1].spans == spans:
            groups[-1] = Days(groups[-1].first, number, spans)
        else:
            groups.append(Days(number, number, spans))
    return tuple(groups)
