"""Positions and moments in a query: read strictly, every fault told at once."""

from __future__ import annotations

import datetime as dt
import math
import re

from geo.errors import Problem
from geo.opening_hours import SHANGHAI, now_local
from webmap.parameters import QueryError

FIRST_YEAR, LAST_YEAR = 2004, 2099
_LONGEST_NUMBER = 24
_MOST_POSITIONS = 200


def read_position(lon_text: str, lat_text: str) -> tuple[float, float]:
    """Return longitude and latitude; QueryError with each that is no such number, or says that they are swapped."""
    problems: list[Problem] = []
    lon = _read_degrees("lon", lon_text, 180, problems)
    lat = _read_degrees("lat", lat_text, 180, problems)
    if not problems and abs(lat) > 90:
        swapped = " (they look like latitude and longitude the other way round)" if abs(lon) <= 90 else ""
        found = f"found {lat:g}{swapped}"
        problems.append(Problem("bad_position", "lat", found, "Give degrees between -90 and 90 (WGS-84)"))
    if problems:
        raise QueryError(problems)
    return lon, lat


def read_line(text: str) -> tuple[tuple[float, float], ...]:
    """Return the positions of `lon,lat lon,lat`, parted by blanks, line ends or semicolons.

    Raises:
        QueryError: with each that is no position, or because there are more than 200.
    """
    parts = [part for part in re.split(r"[;；\s]+", text.replace("，", ",")) if part]
    if len(parts) > _MOST_POSITIONS:
        found = f"{len(parts)} positions"
        raise QueryError([Problem("too_many_positions", "line", found, f"Give {_MOST_POSITIONS} at most")])
    found_all: list[tuple[float, float]] = []
    problems: list[Problem] = []
    for part in parts:
        lon, _comma, lat = part.partition(",")
        try:
            found_all.append(read_position(lon, lat))
        except QueryError as error:
            problems += error.problems
    if problems:
        raise QueryError(problems)
    return tuple(found_all)


def _read_degrees(name: str, text: str, most: float, problems: list[Problem]) -> float:
    try:
        value = float(text) if len(text) <= _LONGEST_NUMBER and text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if math.isfinite(value) and abs(value) <= most:
        return value
    shown = ascii(text[:_LONGEST_NUMBER])
    problems.append(Problem("bad_position", name, f"found {shown}", "Give degrees, like 121.4300 (WGS-84)"))
    return math.nan


def read_moment(text: str) -> dt.datetime | None:
    """Return a local time of Shanghai (2026-11-21T15:30, or with its own offset, or "now"); None for an empty text."""
    if not text:
        return None
    if text == "now":
        return now_local()
    try:
        moment = dt.datetime.fromisoformat(text) if len(text) <= 32 else None
        if moment is not None and moment.tzinfo is not None:
            moment = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        found = f"found {text[:32]!a}"
        raise QueryError([Problem("bad_moment", "open_at", found, "Give a local time like 2026-11-21T15:30, or now")])
    return moment.replace(second=0, microsecond=0)
