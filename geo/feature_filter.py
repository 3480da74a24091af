"""CQL2 filters over a table of features: read within bounds, checked against the table's fields, decided by columns.

The text is parsed by the cql2 package into CQL2-JSON. Its parser takes the whole process down on deep nesting, so
length and levels are counted before it sees anything. What a filter may say: AND, OR, NOT; comparisons, LIKE, BETWEEN,
IN and IS NULL of properties with values; CASEI; the spatial functions of CQL2 between the geometry and one that is
written out. Nothing is decided about what is not known: a comparison with it is neither true nor false, nor is its NOT.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import cql2

from geo.errors import RequestError
from geo.feature_comparison import compare, is_null, one_of, resembles
from geo.feature_spatial import relate
from geo.feature_table import BoolArray, FeatureTable
from geo.feature_truth import Truth, all_of, any_of, known

MAX_FILTER_BYTES = 2048
MAX_FILTER_LEVELS = 32

Expression: TypeAlias = Any
"""CQL2-JSON: objects with `op` and `args`, properties, and plain values."""

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_NEGATIONS = re.compile(r"(?:\bnot\b[\s(]*)+", re.IGNORECASE)
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


def read_filter(text: str) -> Expression:
    """Return a filter in CQL2 text as CQL2-JSON.

    Raises:
        RequestError: It is longer or deeper than allowed, or no CQL2.
    """
    size = len(text.encode())
    if size > MAX_FILTER_BYTES:
        found = f"the filter has {size} bytes"
        raise RequestError("filter_too_long", "filter", found, f"Use {MAX_FILTER_BYTES} at most")
    depth = _levels(text)
    if depth > MAX_FILTER_LEVELS:
        found = f"the filter is {depth} levels deep"
        raise RequestError("filter_too_deep", "filter", found, f"Use {MAX_FILTER_LEVELS} at most")
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        found = f"this is not CQL2 text: {_first_words(str(error))}"
        raise RequestError("bad_filter", "filter", found, "Write a filter such as capacity >= 20") from error


def filter_mask(table: FeatureTable, expression: Expression, crs: str | None = None) -> BoolArray:
    """Return for which features a filter is true, shape (n,).

    Args:
        table: The features.
        expression: CQL2-JSON, from `read_filter`.
        crs: Reference system of the geometries in it (`EPSG:4490`), with axes in that system's order; None: WGS-84,
            longitude first.

    Raises:
        RequestError: It names what the table does not have, compares what cannot be compared, or says what is not
            supported.
    """
    return _truth(table, expression, crs).is_true


def _truth(table: FeatureTable, expression: Expression, crs: str | None) -> Truth:
    if isinstance(expression, bool):
        return known([expression] * len(table))
    if not isinstance(expression, dict):
        raise _unsupported(f"{expression!r} alone")
    if "property" in expression:
        return compare(table, "=", [expression, True])
    operator, args = str(expression.get("op", "")).lower(), expression.get("args", [])
    if operator in {"and", "or"}:
        parts = [_truth(table, arg, crs) for arg in args]
        return all_of(parts) if operator == "and" else any_of(parts)
    if operator == "not":
        return _truth(table, args[0], crs).negated()
    return _decided(table, operator, args, crs)


def _decided(table: FeatureTable, operator: str, args: list[Expression], crs: str | None) -> Truth:
    """Return the truth of one condition that holds no other."""
    if operator in _COMPARISONS:
        return compare(table, operator, args)
    if operator == "between" and len(args) == 3:
        return all_of([compare(table, ">=", args[:2]), compare(table, "<=", [args[0], args[2]])])
    if operator == "in" and len(args) == 2 and isinstance(args[1], list):
        return one_of(table, args[0], args[1])
    if operator == "like" and len(args) == 2:
        return resembles(table, args[0], args[1])
    if operator == "isnull" and len(args) == 1:
        return is_null(table, args[0])
    if operator.startswith("s_") and len(args) == 2:
        return relate(table, operator, args, crs)
    raise _unsupported(operator or "this")


def _levels(text: str) -> int:
    """Return how deep a filter is nested, negations in a row included; what stands in quotes does not count."""
    bare = _QUOTED.sub("", text)
    depth = deepest = 0
    for character in bare:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    runs = (len(re.findall("not", run, re.IGNORECASE)) for run in _NEGATIONS.findall(bare))
    return deepest + max(runs, default=0)


def _unsupported(what: str) -> RequestError:
    remedy = "Use AND, OR, NOT, comparisons, LIKE, BETWEEN, IN, IS NULL, CASEI and the spatial functions (S_...)"
    return RequestError("unsupported_filter", "filter", f"{what[:60]} is not supported", remedy)


def _first_words(message: str) -> str:
    """Return the useful line of the parser's message."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("=")] or lines[-1:] or [message]
    return told[0].lstrip("= ")[:160]
