"""The parameter `datetime`: a moment, a day or an interval of them, as RFC 3339 writes it."""

from __future__ import annotations

import datetime as dt
import math
import re

from geo.errors import RequestError
from geo.feature_table import day_in_shanghai

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OPEN = ("", "..")
_REMEDY = "Write 2023-05-01T00:00:00Z, or an interval: 2023-05-01T00:00:00Z/.."


def read_moments(text: str) -> tuple[float, float]:
    """Return the first and the last second since 1970 that `text` names, infinite where it is open.

    A day is taken whole, as it is in Shanghai.

    Raises:
        RequestError: It is neither a moment nor an interval with a begin or an end, or ends before it begins.
    """
    parts = text.split("/")
    if len(parts) == 1:
        return _bounds(parts[0], text)
    if len(parts) != 2 or all(part in _OPEN for part in parts):
        raise _bad(text)
    begin = -math.inf if parts[0] in _OPEN else _bounds(parts[0], text)[0]
    end = math.inf if parts[1] in _OPEN else _bounds(parts[1], text)[1]
    if begin > end:
        raise _bad(text)
    return begin, end


def _bounds(part: str, text: str) -> tuple[float, float]:
    """Return the first and the last second of one moment or day."""
    try:
        if _DAY.fullmatch(part):
            first, last = day_in_shanghai(part)
            return first.timestamp(), last.timestamp()
        if _MOMENT.fullmatch(part):
            second = dt.datetime.fromisoformat(part.upper()).timestamp()
            return second, second
    except (ValueError, OverflowError) as error:
        raise _bad(text) from error
    raise _bad(text)


def _bad(text: str) -> RequestError:
    return RequestError("bad_value", "datetime", f"found {ascii(text)[:80]}", _REMEDY)
