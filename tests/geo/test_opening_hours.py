"""Opening hours: moments, midnight, holidays that are published and not, and the week as people write it."""

from __future__ import annotations

import datetime as dt

import opening_hours as library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.opening_hours import DAY_MIN, Days, OpenState, Span, WeekHours, is_readable, now_local, state_at, week_hours

NINE_TO_FIVE = (Span(540, 1020),)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        ("Mo-Su 09:00-17:00", "2026-11-18 12:00", ("open", "2026-11-18 17:00", "")),
        ("Mo-Su 09:00-17:00", "2026-11-18 09:00", ("open", "2026-11-18 17:00", "")),
        ("Mo-Su 09:00-17:00", "2026-11-18 17:00", ("closed", "2026-11-19 09:00", "")),
        ("Mo-Fr 09:00-17:00", "2026-11-20 18:00", ("closed", "2026-11-23 09:00", "")),
        ("Mo-Fr 09:00-11:30,13:00-17:00", "2026-11-18 12:00", ("closed", "2026-11-18 13:00", "")),
        ("Fr 22:00-02:00", "2026-11-20 23:00", ("open", "2026-11-21 02:00", "")),
        ("Fr 22:00-02:00", "2026-11-21 01:59", ("open", "2026-11-21 02:00", "")),
        ("Fr 22:00-02:00", "2026-11-21 02:00", ("closed", "2026-11-27 22:00", "")),
        ("24/7", "2026-10-01 03:00", ("open", None, "")),
        ("off", "2026-11-18 12:00", ("closed", None, "")),
        ("Mo-Fr unknown", "2026-11-18 12:00", ("unknown", "2026-11-21 00:00", "ask")),
        # holidays: 1-7 October 2026 are off, the library itself knows only the 1st
        ("Mo-Su 09:00-17:00; PH off", "2026-10-01 12:00", ("closed", "2026-10-08 09:00", "")),
        ("Mo-Su 09:00-17:00; PH off", "2026-10-07 12:00", ("closed", "2026-10-08 09:00", "")),
        ("Mo-Su 09:00-17:00; PH 10:00-12:00", "2026-10-03 11:00", ("open", "2026-10-03 12:00", "")),
        ("Mo-Su 09:00-17:00; PH off", "2026-04-05 12:00", ("closed", "2026-04-07 09:00", "")),
        ("Mo-Fr 09:00-17:00", "2026-10-06 12:00", ("unknown", "2026-10-06 17:00", "holiday_not_stated")),
        ("Mo-Fr 09:00-17:00", "2026-10-06 18:00", ("closed", "2026-10-07 09:00", "holiday_not_stated")),
        # Saturday 10 October 2026 is worked for the holiday
        ("Mo-Fr 09:00-17:00", "2026-10-10 12:00", ("open", "2026-10-10 17:00", "makeup_workday")),
        ("Mo-Su 09:00-17:00", "2026-10-10 12:00", ("open", "2026-10-10 17:00", "")),
        # nobody has published 2029
        ("Mo-Fr 09:00-17:00", "2029-10-02 12:00", ("open", "2029-10-02 17:00", "holidays_unknown")),
        (None, "2026-11-18 12:00", ("unknown", None, "no_hours")),
        ("", "2026-11-18 12:00", ("unknown", None, "no_hours")),
        ("ring the bell", "2026-11-18 12:00", ("unknown", None, "unreadable")),
        ("Mo-Fr 09:00-17:00" * 100, "2026-11-18 12:00", ("unknown", None, "unreadable")),
    ],
)
def test_state_at_a_moment(hours: str | None, moment: str, expected: tuple[str, str | None, str]) -> None:
    state, until, note = expected
    assert state_at(hours, at(moment)) == OpenState(state, None if until is None else at(until), note)


@given(
    st.sampled_from(["Mo-Fr 09:00-17:00", "Sa 22:00-03:00; Su 08:00-12:00", "Tu-Th 06:30-11:00,13:00-19:45", "24/7"]),
    st.datetimes(at("2026-11-01"), at("2026-12-20")),
)
@settings(max_examples=60)
def test_on_ordinary_days_the_library_agrees(hours: str, moment: dt.datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    told, other = state_at(hours, moment), library.OpeningHours(hours)
    assert (told.state == "open") == other.is_open(moment)
    if told.until is not None:
        assert other.next_change(moment) == told.until
        assert state_at(hours, told.until).state != told.state


@pytest.mark.parametrize(
    ("hours", "week"),
    [
        ("Mo-Su 09:00-17:00", WeekHours((Days(0, 6, NINE_TO_FIVE),), None)),
        ("09:00-17:00", WeekHours((Days(0, 6, NINE_TO_FIVE),), None)),
        ("Mo-Fr 09:00-17:00; PH off", WeekHours((Days(0, 4, NINE_TO_FIVE), Days(5, 6, ())), ())),
        (
            "Mo-Sa 09:00-17:00; We off",
            WeekHours((Days(0, 1, NINE_TO_FIVE), Days(2, 2, ()), Days(3, 5, NINE_TO_FIVE), Days(6, 6, ())), None),
        ),
        ("Fr 22:00-02:00", WeekHours((Days(0, 3, ()), Days(4, 4, (Span(1320, 1560),)), Days(5, 6, ())), None)),
        ("24/7", WeekHours((Days(0, 6, (Span(0, DAY_MIN),)),), None)),
        ("Mo 00:00-24:00", WeekHours((Days(0, 0, (Span(0, DAY_MIN),)), Days(1, 6, ())), None)),
        ("Apr-Sep 09:00-18:00; Oct-Mar 09:00-17:00", None),
        ("Mo-Fr unknown", None),
        ("ring the bell", None),
    ],
)
def test_week_as_people_write_it(hours: str, week: WeekHours | None) -> None:
    assert week_hours(hours) == week


def test_round_the_clock_is_always() -> None:
    always, daily = week_hours("24/7"), week_hours("09:00-17:00")
    assert always is not None
    assert daily is not None
    assert always.is_always
    assert not daily.is_always


@pytest.mark.parametrize("text", ["\0", "Mo-Fr 25:00-99:00", "(a+)+$", "<b>", "9点到17点"])
def test_other_texts_cannot_be_read(text: str) -> None:
    assert not is_readable(text)


def test_now_is_shanghai_time_to_the_minute() -> None:
    there = now_local()
    utc = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert dt.timedelta(hours=7, minutes=58) < there - utc <= dt.timedelta(hours=8)
    assert there.second == there.microsecond == 0
