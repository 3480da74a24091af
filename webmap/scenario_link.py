"""A scenario in an address: what is added, moved, closed, shut and drawn, so that it can be shared as a link.

?add=121.43,31.23&move=01J…,121.44,31.24&close=01J…&gate=121.43,31.23&path=121.43,31.23;121.44,31.23
"""

from __future__ import annotations

import math

from werkzeug.datastructures import MultiDict

from geo.errors import Problem
from geo.what_if import Placed, Scenario
from webmap.parameters import QueryError

CHANGES = ("add", "move", "close", "gate", "path")
MOST_CHANGES = 30
MOST_CORNERS = 20
_LONGEST = 900
_DECIMALS = 6

Position = tuple[float, float]


def read_scenario(query: MultiDict[str, str]) -> Scenario:
    """Return the scenario of a query; fields that were left empty are none.

    Raises:
        QueryError: with every value that cannot be read, or too many of them.
    """
    given = {name: [text.strip() for text in query.getlist(name) if text.strip()] for name in CHANGES}
    problems: list[Problem] = []
    count = sum(len(texts) for texts in given.values())
    if count > MOST_CHANGES:
        raise QueryError([Problem("too_many_changes", "query", f"{count} changes", f"Make {MOST_CHANGES} at most")])
    added = [_position(text, "add", problems) for text in given["add"]]
    moved = [_moved(text, problems) for text in given["move"]]
    gates = [_position(text, "gate", problems) for text in given["gate"]]
    paths = [_path(text, problems) for text in given["path"]]
    problems += [_fault("close", text, "Give the id of a facility") for text in given["close"] if len(text) > _LONGEST]
    moved_ids = [each.id for each in moved if each is not None]
    if len(set(moved_ids)) < len(moved_ids):
        problems.append(Problem("repeated_parameter", "move", "a facility is moved twice", "Move it once"))
    if problems:
        raise QueryError(problems)
    return Scenario(
        added=tuple(Placed(new_id(number), *spot) for number, spot in enumerate(added, start=1) if spot is not None),
        moved=tuple(each for each in moved if each is not None),
        closed=tuple(dict.fromkeys(given["close"])),
        shut_gates=tuple(spot for spot in gates if spot is not None),
        footpaths=tuple(path for path in paths if path),
    )


def new_id(number: int) -> str:
    """Return the id of a scenario's added site: new-1, new-2 ..."""
    return f"new-{number}"


def scenario_query(scenario: Scenario) -> list[tuple[str, str]]:
    """Return a scenario as the names and values of a query; `read_scenario` reads the same scenario from it."""
    return [
        *(("add", _text((each.lon, each.lat))) for each in scenario.added),
        *(("move", f"{each.id},{_text((each.lon, each.lat))}") for each in scenario.moved),
        *(("close", name) for name in scenario.closed),
        *(("gate", _text(spot)) for spot in scenario.shut_gates),
        *(("path", ";".join(_text(spot) for spot in path)) for path in scenario.footpaths),
    ]


def _text(spot: Position) -> str:
    return f"{round(spot[0], _DECIMALS):.{_DECIMALS}f},{round(spot[1], _DECIMALS):.{_DECIMALS}f}"


def _moved(text: str, problems: list[Problem]) -> Placed | None:
    name, _, rest = text.partition(",")
    spot = _position(rest, "move", problems) if name and rest else None
    if not (name and rest):
        problems.append(_fault("move", text, "Write ID,longitude,latitude"))
    return None if spot is None else Placed(name, *spot)


def _path(text: str, problems: list[Problem]) -> tuple[Position, ...]:
    corners = text.split(";")
    if not 2 <= len(corners) <= MOST_CORNERS or len(text) > _LONGEST:
        problems.append(_fault("path", text, f"Write 2 to {MOST_CORNERS} positions, with semicolons between"))
        return ()
    spots = [_position(corner, "path", problems) for corner in corners]
    return tuple(spot for spot in spots if spot is not None)


def _position(text: str, where: str, problems: list[Problem]) -> Position | None:
    """Return a position in degrees, longitude first."""
    parts = text.replace("，", ",").split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        problems.append(_fault(where, text, "Write longitude,latitude: 121.43,31.23"))
        return None
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        problems.append(_fault(where, text, "Longitude (121...) comes first, then latitude (31...)"))
        return None
    return round(lon, _DECIMALS), round(lat, _DECIMALS)


def _fault(where: str, text: str, remedy: str) -> Problem:
    short = text if len(text) <= 60 else f"{text[:60]}…"
    return Problem("bad_value", where, f"found {short!r}" if short.isprintable() else f"found {short!a}", remedy)
