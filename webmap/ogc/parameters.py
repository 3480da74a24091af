"""What may stand in the query of a request for features, read strictly: every fault at once, nothing guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry
from werkzeug.datastructures import MultiDict

from geo.catalog_model import PropertyType
from geo.errors import Problem, RequestError
from geo.feature_crs import CRS84, SYSTEMS, ReferenceSystem, to_wgs84
from geo.feature_filter import filter_mask, read_filter
from geo.feature_query import FeatureQuery, box_area
from geo.feature_table import Cell, FeatureTable
from webmap.config import LANGUAGES
from webmap.i18n import THEMES
from webmap.ogc.formats import FORMATS
from webmap.ogc.moments import read_moments
from webmap.parameters import Choice, QueryError, read_query

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
MAX_WORD_CHARACTERS = 100
CRS_NAMES = tuple(SYSTEMS)
FILTER_LANGUAGE = "cql2-text"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEGMENTS = 32
_FARTHEST_M = 21_000_000  # half way round the earth: no reference system in metres goes farther
_Value = TypeVar("_Value")
_Box: TypeAlias = tuple[float, float, float, float]
_Placed: TypeAlias = tuple[_Box | None, BaseGeometry | None]


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """What is asked of a collection: which features, which page of them, and in which reference system."""

    query: FeatureQuery
    limit: int
    after: str
    before: str
    system: ReferenceSystem


def document_parameters() -> dict[str, Choice]:
    """Return the parameters of every address under /ogc."""
    return {"f": Choice(FORMATS), "lang": Choice(LANGUAGES), "theme": Choice(THEMES)}


def feature_parameters() -> dict[str, Choice]:
    """Return the parameters of an address that gives features."""
    return document_parameters() | {"crs": Choice(CRS_NAMES, CRS84)}


def offered_properties(table: FeatureTable) -> list[PropertyType]:
    """Return the properties that can be asked for by their own name."""
    return [one for one in table.fields if one.name not in _ITEM_PARAMETERS]


def read_items_request(args: MultiDict[str, str], table: FeatureTable) -> ItemsRequest:
    """Return what a request for features asks for.

    Raises:
        QueryError: with every parameter that is unknown, repeated or has no usable value.
    """
    fields = offered_properties(table)
    asked, problems = _asked(args, fields)

    def read(name: str, reader: Callable[[str], _Value], otherwise: _Value) -> _Value:
        if name not in args or any(problem.where == name for problem in problems):
            return otherwise
        try:
            return reader(asked[name])
        except RequestError as error:
            problems.append(error.problem)
            return otherwise

    nowhere: _Placed = (None, None)
    box, area = read("bbox", lambda text: _placed(_read_numbers(text), SYSTEMS[asked["bbox-crs"]].code), nowhere)
    code = SYSTEMS[asked["filter-crs"]].code
    values: dict[str, Cell] = {}
    for one in fields:
        if one.name in args:
            values[one.name] = read(one.name, lambda text, kind=one: _read_value(text, kind), None)  # type: ignore[misc]
    query = FeatureQuery(
        box=box,
        box_area=area,
        time=read("datetime", read_moments, None),
        values=values,
        words=read("q", _read_words, ""),
        mask=read("filter", lambda text: filter_mask(table, read_filter(text), code), None),
    )
    limit = read("limit", _read_limit, DEFAULT_LIMIT)
    if problems:
        raise QueryError(problems)
    return ItemsRequest(query, limit, asked["after"], asked["before"], SYSTEMS[asked["crs"]])


def _asked(args: MultiDict[str, str], fields: list[PropertyType]) -> tuple[dict[str, str], list[Problem]]:
    """Return the text of every parameter, or its default where it is at fault, and the faults."""
    choices = _ITEM_PARAMETERS | {one.name: Choice() for one in fields}
    try:
        return read_query(args, choices), []
    except QueryError as error:
        faulty = {problem.where for problem in error.problems}
        usable = {name: (choice.default or "") for name, choice in choices.items()}
        usable |= {name: args[name] for name in choices if name in args and name not in faulty}
        return usable, list(error.problems)


def _read_limit(text: str) -> int:
    """Return a limit of 1 and more; one that is too large is cut to the largest, as requirement 21 has it."""
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        raise _bad("limit", text, f"Write a whole number from 1 to {MAX_LIMIT}")
    return min(int(text), MAX_LIMIT)


def _read_words(text: str) -> str:
    if not 1 <= len(text) <= MAX_WORD_CHARACTERS:
        raise _bad("q", text, f"Write 1 to {MAX_WORD_CHARACTERS} characters")
    return text


def _read_numbers(text: str) -> _Box:
    """Return the corners of a box; the heights of six numbers are left out, since nothing here has a height."""
    parts = text.split(",")
    remedy = "Write four numbers: west,south,east,north"
    if len(parts) not in {4, 6} or not all(_NUMBER.fullmatch(part) for part in parts):
        raise _bad("bbox", text, remedy)
    numbers = [float(part) for part in parts]
    if not all(math.isfinite(number) for number in numbers):
        raise _bad("bbox", text, remedy)
    half = len(parts) // 2
    return numbers[0], numbers[1], numbers[half], numbers[half + 1]


def _placed(numbers: _Box, code: str | None) -> _Placed:
    """Return a box in WGS-84, or the area that a box of the reference system `code` is there."""
    low, left, high, right = numbers
    if code in {None, "EPSG:4490"}:
        west, south, east, north = numbers if code is None else (left, low, right, high)
        if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
            shown = ",".join(f"{number:g}" for number in numbers)
            raise _bad("bbox", shown, "Keep to -180..180 and -90..90, south before north")
        return (west, south, east, north), None
    if low > high or left > right or max(map(abs, numbers)) > _FARTHEST_M:
        remedy = "Write the lower left corner first, in metres"
        raise _bad("bbox", ",".join(f"{number:g}" for number in numbers), remedy)
    drawn = box_area(numbers)
    longest = max(high - low, right - left)
    return None, to_wgs84(shapely.segmentize(drawn, longest / _SEGMENTS) if longest else drawn, code)


def _read_value(text: str, kind: PropertyType) -> Cell:
    """Return the value of a property as its kind has it."""
    if kind.kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind.kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    if kind.kind == "number" and _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if kind.kind == "text" or (kind.kind == "choice" and text in kind.choices):
        return text
    if kind.kind == "date" and _DATE.fullmatch(text):
        return text
    wanted = {
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a number",
        "choice": f"one of {', '.join(kind.choices)}",
        "date": "a day: 2023-05-01",
    }
    raise _bad(kind.name, text, f"Write {wanted[kind.kind]}")


def _bad(name: str, text: str, remedy: str) -> RequestError:
    return RequestError("bad_value", name, f"found {ascii(text)[:60]}", remedy)


_ITEM_PARAMETERS = feature_parameters() | {
    "limit": Choice(),
    "after": Choice(),
    "before": Choice(),
    "bbox": Choice(),
    "bbox-crs": Choice(CRS_NAMES, CRS84),
    "datetime": Choice(),
    "q": Choice(),
    "filter": Choice(),
    "filter-lang": Choice((FILTER_LANGUAGE,), FILTER_LANGUAGE),
    "filter-crs": Choice(CRS_NAMES, CRS84),
    "at": Choice(),
}
