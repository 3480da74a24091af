"""Comparisons of properties with values, for filters: what may be compared with what, and the LIKE of CQL2."""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from geo.catalog_model import PropertyType
from geo.errors import RequestError
from geo.feature_table import BoolArray, FeatureTable, ObjectArray
from geo.feature_truth import Truth, any_of, known, known_where

GEOMETRY = "geometry"
ID = "id"

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WANTED = {
    "text": "a text in single quotes",
    "choice": "a text in single quotes",
    "date": "DATE('2023-05-01')",
    "integer": "a number",
    "number": "a number",
    "boolean": "true or false",
}


def compare(table: FeatureTable, sign: str, args: list[Any]) -> Truth:
    """Return the truth of `property sign value`, written either way round."""
    if len(args) != 2:
        _refuse(f"{sign} has {len(args)} sides")
    left, right = args
    if not is_property(left):
        left, right, sign = right, left, _MIRRORED[sign]
    name, folded = _property(left)
    values, wanted = _values(table, name, folded=folded), _literal(table, name, right)
    return _compared(values, sign, wanted)


def one_of(table: FeatureTable, subject: Any, values: list[Any]) -> Truth:  # noqa: ANN401 - CQL2-JSON
    """Return whether a property has one of the values."""
    if not values:
        _refuse("IN has no values")
    return any_of([compare(table, "=", [subject, value]) for value in values])


def is_null(table: FeatureTable, subject: Any) -> Truth:  # noqa: ANN401 - CQL2-JSON
    """Return whether a property is not known; always decided."""
    name, _ = _property(subject)
    if name == GEOMETRY:
        return known(np.isnan(table.bounds[:, 0]))
    return known([value is None for value in _values(table, name, folded=False)])


def resembles(table: FeatureTable, subject: Any, pattern: Any) -> Truth:  # noqa: ANN401 - CQL2-JSON
    """Return whether a text is like a pattern: `%` stands for any characters, `_` for one, a backslash quotes one."""
    name, folded = _property(subject)
    if _kind(table, name) not in {"text", "choice", "date"}:
        _refuse(f"{name} is no text and cannot be LIKE anything")
    if isinstance(pattern, dict) and str(pattern.get("op")).lower() == "casei":
        pattern = _argument(pattern)
        pattern = pattern.casefold() if isinstance(pattern, str) else pattern
    if not isinstance(pattern, str):
        _refuse("LIKE needs a text in single quotes")
    values = _values(table, name, folded=folded)
    there = np.array([value is not None for value in values], dtype=bool)
    parts = _pattern_parts(pattern)
    matched = np.array([value is not None and _is_like(value, parts) for value in values], dtype=bool)
    return known_where(matched, there)


def is_property(node: Any) -> bool:  # noqa: ANN401 - CQL2-JSON
    """Return whether a node names a property, also within CASEI."""
    if isinstance(node, dict) and str(node.get("op", "")).lower() == "casei":
        return is_property(_argument(node))
    return isinstance(node, dict) and "property" in node


def _property(node: Any) -> tuple[str, bool]:  # noqa: ANN401 - CQL2-JSON
    """Return a property's name, and whether its case of letters shall not count."""
    if not is_property(node):
        _refuse("a comparison needs a property on one side")
    if "property" in node:
        return str(node["property"]), False
    return _property(_argument(node))[0], True


def _argument(node: dict[str, Any]) -> Any:  # noqa: ANN401 - CQL2-JSON
    args = node.get("args")
    if not isinstance(args, list) or len(args) != 1:
        _refuse("CASEI takes one text")
    return args[0]


def _kind(table: FeatureTable, name: str) -> str:
    if name == ID:
        return "text"
    field = next((field for field in table.fields if field.name == name), None)
    if field is None:
        _refuse_unknown(table.fields, name)
    return field.kind


def _values(table: FeatureTable, name: str, *, folded: bool) -> ObjectArray:
    kind = _kind(table, name)
    values = np.array(table.ids, dtype=object) if name == ID else table.columns[name]
    if not folded:
        return values
    if kind not in {"text", "choice"}:
        _refuse(f"{name} is no text: CASEI has no meaning for it")
    small = np.empty(len(values), dtype=object)
    small[:] = [None if value is None else value.casefold() for value in values]
    return small


def _literal(table: FeatureTable, name: str, node: Any) -> str | float | bool:  # noqa: ANN401 - CQL2-JSON
    """Return the value that a property is compared with; RequestError where it is of another kind."""
    kind = _kind(table, name)
    folded = isinstance(node, dict) and str(node.get("op", "")).lower() == "casei"
    if folded:
        node = _argument(node)
        node = node.casefold() if isinstance(node, str) else node
    if kind == "date" and isinstance(node, dict) and isinstance(node.get("date"), str) and _is_day(node["date"]):
        return str(node["date"])
    if kind in {"text", "choice"} and isinstance(node, str):
        return node
    if kind == "boolean" and isinstance(node, bool):
        return node
    number = isinstance(node, int | float) and not isinstance(node, bool) and math.isfinite(node)
    if kind in {"integer", "number"} and number:
        return float(node)
    return _refuse(f"{name} is compared with what is no {kind}", f"Write {_WANTED[kind]}")


def _compared(values: ObjectArray, sign: str, wanted: str | float | bool) -> Truth:
    there = np.array([value is not None for value in values], dtype=bool)
    decide = _COMPARE[sign]
    truth: BoolArray = np.zeros(len(values), dtype=bool)
    truth[there] = [bool(decide(value, wanted)) for value in values[there]]
    return known_where(truth, there)


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _pattern_parts(pattern: str) -> list[list[str | None]]:
    """Return what stands between the `%` of a pattern, character by character; None stands for any one."""
    parts: list[list[str | None]] = [[]]
    quoted = False
    for character in pattern:
        if quoted or character not in "\\%_":
            parts[-1].append(character)
            quoted = False
        elif character == "\\":
            quoted = True
        elif character == "_":
            parts[-1].append(None)
        else:
            parts.append([])
    return parts


def _is_like(text: str, parts: list[list[str | None]]) -> bool:
    """Return whether a text has the parts in their order; each is taken where it first fits, so nothing is retried."""
    first, *rest = parts
    if not _fits(text, first, 0) or (not rest and len(text) != len(first)):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = next((place for place in range(at, len(text) - len(part) + 1) if _fits(text, part, place)), None)
        if found is None:
            return False
        at = found + len(part)
    if not rest:
        return True
    last = len(text) - len(rest[-1])
    return last >= at and _fits(text, rest[-1], last)


def _fits(text: str, part: list[str | None], place: int) -> bool:
    if place + len(part) > len(text):
        return False
    return all(wanted in {None, text[place + number]} for number, wanted in enumerate(part))


def _refuse(found: str, remedy: str = "Compare a property with a value: capacity >= 20") -> NoReturn:
    raise RequestError("bad_filter", "filter", found, remedy)


def _refuse_unknown(fields: tuple[PropertyType, ...], name: str) -> NoReturn:
    known_names = ", ".join(field.name for field in fields)
    raise RequestError(
        "unknown_property", "filter", f"there is no property {ascii(name)[:60]}", f"Known: {known_names}"
    )
