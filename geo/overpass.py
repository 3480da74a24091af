"""Answers of an Overpass server (JSON) to walkable streets, by the same rules as an extract.

An answer holds nodes and ways by their OpenStreetMap ids, as `out body; >; out skel qt;` or `out geom;` give them. It
is refused where the server says that it did not get to the end: half a district looks like a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.datum import COORDINATE_DECIMALS
from geo.errors import DataError, Problem
from geo.osm import NodeFacts, OsmOptions, Tags, add_way, walkable_way
from geo.streets import Streets, StreetsBuilder
from geo.strict_json import examine_json, shown

Element = dict[str, Any]
Position = tuple[float, float]

_HEAD_BYTES = 4096
_ASK_FOR_POSITIONS = "Ask with `out body; >; out body qt;`, or with `out geom;`."
_UNFINISHED = re.compile(r"error|timed out|out of memory", re.IGNORECASE)


@dataclass
class _Reading:
    """The elements of one answer, sorted by kind, and the faults found on the way."""

    nodes: dict[int, Position] = field(default_factory=dict)
    ways: dict[int, Element] = field(default_factory=dict)
    facts: NodeFacts = field(default_factory=NodeFacts)
    problems: list[Problem] = field(default_factory=list)


def is_overpass(raw: bytes) -> bool:
    """Tell whether a JSON file is the answer of an Overpass server, by what it begins with; it may be cut short."""
    head = raw[:_HEAD_BYTES]
    return b'"elements"' in head and b'"FeatureCollection"' not in head


def read_overpass(path: Path, options: OsmOptions | None = None) -> Streets:
    """Read the walkable streets of an Overpass answer.

    Raises:
        DataError: The answer is cut short, is a server's fault report, has elements at fault (all of them are named),
            or has no walkable way.
    """
    reading = _sorted(answer_elements(path.read_bytes(), str(path)))
    if not reading.problems and reading.ways and not any(_is_located(way, reading) for way in reading.ways.values()):
        reading.problems.append(
            Problem("no_positions", str(path), "ways, but no position of their nodes", _ASK_FOR_POSITIONS)
        )
    if reading.problems:
        raise DataError(reading.problems)
    builder = StreetsBuilder()
    for way_id, element in reading.ways.items():
        way = walkable_way(way_id, _tags(element), options)
        if way is not None:
            add_way(builder, way, _located_nodes(element, reading.nodes))
    return reading.facts.build(builder, path)


def answer_elements(raw: bytes, where: str) -> list[Any]:
    """Return the elements of an answer that is complete.

    Raises:
        DataError: `overpass_unreadable` (cut short, or no JSON at all), `overpass_unfinished` (the server gave up, and
            says so in its `remark`), or a fault of the JSON.
    """
    reading = examine_json(raw, where)
    if not reading.readable:
        raise DataError.single(
            "overpass_unreadable", where, f"{_what_came(raw)} ({reading.problems[0].found})", "Ask the server again."
        )
    if reading.problems:
        raise DataError(reading.problems)
    document = reading.value
    elements = document.get("elements") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(elements, list):
        raise DataError.single("overpass_unreadable", where, "no list of elements", "Ask with `[out:json]`.")
    remark = str(document.get("remark", ""))
    if _UNFINISHED.search(remark):
        raise DataError.single(
            "overpass_unfinished",
            where,
            f"the server did not finish its answer; it says {shown(remark, 160)}",
            "Ask for a smaller area, or give the query more time with `[timeout:180]`.",
        )
    return elements


def _what_came(raw: bytes) -> str:
    start = raw.lstrip()[:1]
    if start == b"<":
        return "a page for people instead of an answer"
    return "an answer that is cut short" if start == b"{" else "no answer of an Overpass server"


def _sorted(elements: list[Any]) -> _Reading:
    reading = _Reading()
    for number, element in enumerate(elements):
        where = f"/elements/{number}"
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in ("node", "way"):
            if not isinstance(kind, str):
                reading.problems.append(Problem("not_an_element", where, f"{element!r:.60}", "Ask the server again."))
            continue
        problem = _element_problem(element, where)
        if problem is not None:
            reading.problems.append(problem)
        elif kind == "node":
            reading.nodes[element["id"]] = _rounded(element)
            reading.facts.note(element["id"], _tags(element))
        else:
            # an answer may give a way twice, with and without its tags
            fuller = {**reading.ways.get(element["id"], {}), **element}
            reading.ways[element["id"]] = fuller
    return reading


def _element_problem(element: Element, where: str) -> Problem | None:
    """Return the first fault of one node or way."""
    tags = element.get("tags", {})
    if not _is_whole(element.get("id")):
        return Problem("no_id", f"{where}/id", f"{element.get('id')!r:.60}", "An element has a whole number as its id.")
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        return Problem("not_tags", f"{where}/tags", f"{tags!r:.60}", "Tags are texts by their keys.")
    if element["type"] == "node":
        return None if _is_position(element) else _no_position(where, element)
    nodes, geometry = element.get("nodes"), element.get("geometry")
    if not isinstance(nodes, list) or not all(_is_whole(node) for node in nodes):
        remedy = "Ask with `out body;` or `out geom;`: ways join by their nodes."
        return Problem("no_nodes", f"{where}/nodes", f"{nodes!r:.60}", remedy)
    return None if geometry is None else _geometry_problem(geometry, len(nodes), f"{where}/geometry")


def _geometry_problem(geometry: object, nodes: int, where: str) -> Problem | None:
    if not isinstance(geometry, list) or len(geometry) != nodes:
        length = len(geometry) if isinstance(geometry, list) else 0
        return Problem("not_a_line", where, f"{length} positions for {nodes} nodes", "Ask the server again.")
    for number, position in enumerate(geometry):
        if position is not None and not _is_position(position):
            return _no_position(f"{where}/{number}", position)
    return None


def _no_position(where: str, found: object) -> Problem:
    return Problem("not_a_position", where, f"{found!r:.80}", "Give `lat` and `lon` as degrees.")


def _is_position(value: object) -> bool:
    return isinstance(value, dict) and _is_degrees(value.get("lon"), 180) and _is_degrees(value.get("lat"), 90)


def _is_degrees(value: object, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62


def _rounded(position: Mapping[str, float]) -> Position:
    lon, lat = float(position["lon"]), float(position["lat"])
    return round(lon, COORDINATE_DECIMALS), round(lat, COORDINATE_DECIMALS)


def _tags(element: Element) -> Tags:
    tags: Tags = element.get("tags", {})
    return tags


def _located_nodes(way: Element, nodes: Mapping[int, Position]) -> Iterator[tuple[int, float, float] | None]:
    """Yield the way's nodes with their positions, None for one of which the answer does not say where it is."""
    geometry = way.get("geometry") or [None] * len(way["nodes"])
    for node_id, own in zip(way["nodes"], geometry, strict=True):
        position = nodes.get(node_id) if own is None else _rounded(own)
        yield None if position is None else (node_id, *position)


def _is_located(way: Element, reading: _Reading) -> bool:
    return any(node is not None for node in _located_nodes(way, reading.nodes))
