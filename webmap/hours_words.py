"""Opening hours in words, as a neighbour would say them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask_babel import gettext as _

from geo.opening_hours import DAY_MIN, Days, OpenState, Span, state_at, week_hours

ROUND_THE_CLOCK = (Span(0, DAY_MIN),)


@dataclass(frozen=True, slots=True)
class OpeningWords:
    """Whether a place is open, in words; `tone` is "good", "bad" or "quiet"."""

    tone: str
    text: str
    is_open: bool | None


def opening_words(hours: str | None, now: dt.datetime) -> OpeningWords:
    """Return in words whether a place with these hours is open now and until when."""
    found = state_at(hours, now)
    beside = _beside(found)
    if found.state == "open":
        text = _("一直开着") if found.until is None else _("现在开着，%(time)s 关", time=_moment(found.until, now))
        return OpeningWords("good", text + beside, is_open=True)
    if found.state == "closed":
        if found.until is None:
            return OpeningWords("bad", _("现在关着，这一周都不开") + beside, is_open=False)
        return OpeningWords("bad", _("已经关了，%(time)s 开", time=_moment(found.until, now)) + beside, is_open=False)
    return OpeningWords("quiet", _unknown(found, hours), is_open=None)


def _unknown(found: OpenState, hours: str | None) -> str:
    texts: dict[str, str] = {
        "no_hours": _("没有开门时间，去之前先问一声"),
        "unreadable": _("开门时间写的是“%(hours)s”，看不懂，先问一声", hours=(hours or "")[:60]),
        "holiday_not_stated": _("今天放假，没写开不开，去之前先问一声"),
    }
    return texts.get(found.note) or str(_("这个时候开不开，要先问一声"))


def _beside(found: OpenState) -> str:
    texts: dict[str, str] = {
        "makeup_workday": _("（今天调休上班，按工作日算）"),
        "holidays_unknown": _("（今年的放假安排还没公布）"),
    }
    return texts.get(found.note, "")


def _moment(moment: dt.datetime, now: dt.datetime) -> str:
    """Return a time within the next days: 17:00, tomorrow 9:00, Monday 9:00."""
    clock = f"{moment.hour}:{moment.minute:02d}"
    days = (moment.date() - now.date()).days
    if days == 0:
        return clock
    if days == 1:
        return str(_("明天 %(clock)s", clock=clock))
    return str(_("%(day)s %(clock)s", day=weekday(moment.weekday()), clock=clock))


def weekday(number: int) -> str:
    """Return the name of a day of the week; Monday is 0."""
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return str(names[number])


def week_words(hours: str | None) -> list[str]:
    """Return a week of hours line by line; the text itself where it cannot be told so, nothing where there is none."""
    if not hours:
        return []
    week = week_hours(hours)
    if week is None:
        return [hours]
    if week.is_always:
        return [_("每天 24 小时")]
    lines = [_days(days, of_week=len(week.days) == 1) for days in week.days]
    if week.holidays is not None:
        lines.append(_("节假日 %(spans)s", spans=_spans(week.holidays)))
    return lines


def _days(days: Days, *, of_week: bool) -> str:
    spans = _spans(days.spans)
    if of_week:
        return str(_("每天 %(spans)s", spans=spans))
    if days.first == days.last:
        return f"{weekday(days.first)} {spans}"
    return str(_("%(first)s至%(last)s %(spans)s", first=weekday(days.first), last=weekday(days.last), spans=spans))


def _spans(spans: tuple[Span, ...]) -> str:
    if not spans:
        return str(_("关"))
    if spans == ROUND_THE_CLOCK:
        return str(_("24 小时"))
    return str(_("，")).join(f"{_clock(span.opens_min)}–{_clock(span.closes_min)}" for span in spans)


def _clock(minute: int) -> str:
    if minute > DAY_MIN:
        return str(_("次日 %(clock)s", clock=_clock(minute - DAY_MIN)))
    return f"{minute // 60}:{minute % 60:02d}"
