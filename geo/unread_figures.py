"""The numbers of a report that were not taken as claims, each with the reason, so that a reader can judge it."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from geo.claim_numerals import fold
from geo.claims import ReadFigure, read_figures
from geo.indicators import Indicator

NO_UNIT, DATE, ADDRESS = "no_unit", "date", "address"
_DIGITS = re.compile(r"\d[\d,.]*\d|\d")
_DATE_AFTER = re.compile(r"\s?(?:年|月|日|[:：]\d)")
_ADDRESS_AFTER = re.compile(r"\s?[弄号]")


@dataclass(frozen=True, slots=True)
class UnreadFigure:
    """One number that is no claim.

    `start` and `end` are offsets in the report's text, `value` the number in its base unit, `unit` its measure word
    (empty: none was found), `section` the path of headings. `reason` is the guard of `geo.claim_guards` that left it
    out, or `date`, `address`, `no_unit` for figures that nothing counted stands behind.
    """

    start: int
    end: int
    value: float
    unit: str
    section: str
    reason: str


def unread_figures(
    text: str, year: int, indicators: tuple[Indicator, ...], claimed: Iterable[tuple[int, int]]
) -> tuple[UnreadFigure, ...]:
    """Return every number of a report's text outside the `claimed` spans (start, end), in the order of the text."""
    taken = sorted(claimed)
    read = list(read_figures(text, year, indicators))
    found = [_left_out(one) for one in read if one.rejected and not _inside(one.context.figure.start, taken)]
    spans = sorted([*taken, *((one.context.figure.start, one.context.figure.end) for one in read)])
    found += list(_without_unit(fold(text), spans))
    return tuple(sorted(found, key=lambda one: one.start))


def _left_out(read: ReadFigure) -> UnreadFigure:
    """Return a figure that a guard has left out."""
    figure = read.context.figure
    section = " / ".join(read.section.path)
    return UnreadFigure(figure.start, figure.end, figure.value, figure.unit, section, read.rejected or NO_UNIT)


def _without_unit(folded: str, spans: list[tuple[int, int]]) -> Iterator[UnreadFigure]:
    """Yield the figures that stand in no span: years, house numbers, and others with nothing counted behind them."""
    for match in _DIGITS.finditer(folded):
        if _inside(match.start(), spans):
            continue
        reason = NO_UNIT
        if _DATE_AFTER.match(folded, match.end()):
            reason = DATE
        elif _ADDRESS_AFTER.match(folded, match.end()):
            reason = ADDRESS
        yield UnreadFigure(match.start(), match.end(), _value(match[0]), "", "", reason)


def _value(digits: str) -> float:
    """Return a number that is written in figures; a date such as 2023.5.1 is its first part."""
    plain = digits.replace(",", "")
    whole, _, rest = plain.partition(".")
    return float(plain if "." not in rest else whole)


def _inside(start: int, spans: list[tuple[int, int]]) -> bool:
    """Return whether a place lies in one of the sorted spans."""
    before = bisect.bisect_right(spans, (start, 1 << 62)) - 1
    return before >= 0 and spans[before][0] <= start < spans[before][1]
