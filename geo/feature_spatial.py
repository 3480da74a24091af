"""The spatial functions of CQL2 between features and a geometry that is written out in a filter."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.errors import RequestError
from geo.feature_comparison import GEOMETRY, is_property
from geo.feature_crs import to_wgs84
from geo.feature_table import FeatureTable
from geo.feature_truth import Truth, known_where
from geo.prepared import prepared_copy

_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_within": shapely.within,
    "s_contains": shapely.contains,
    "s_overlaps": shapely.overlaps,
}
_MIRRORED = {"s_within": "s_contains", "s_contains": "s_within"}
_REMEDY = "Write S_INTERSECTS(geometry, POINT(121.43 31.23)), or another function of CQL2"


def relate(table: FeatureTable, function: str, args: list[Any], crs: str | None) -> Truth:
    """Return the truth of a spatial function for each feature; not known where a feature has no geometry."""
    if function not in _RELATIONS:
        _refuse(f"there is no function {function[:40].upper()}")
    left, right = args
    if not is_property(left):
        left, right, function = right, left, _MIRRORED.get(function, function)
    if not is_property(left) or left.get("property") != GEOMETRY:
        _refuse(f"{function.upper()} needs the property {GEOMETRY} on one side")
    other = prepared_copy(to_wgs84(_written(right), crs))
    there = ~np.isnan(table.bounds[:, 0])
    truth = np.zeros(len(table), dtype=bool)
    truth[there] = _RELATIONS[function](table.geometry[there], other)
    return known_where(truth, there)


def _written(node: Any) -> BaseGeometry:  # noqa: ANN401 - CQL2-JSON
    """Return the geometry that a filter writes out, in the filter's reference system and axis order."""
    if isinstance(node, dict) and "bbox" in node:
        return _box(node["bbox"])
    if not isinstance(node, dict) or "type" not in node:
        _refuse("the other side must be a geometry that is written out")
    try:
        geometry = shape(node)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RequestError("bad_filter", "filter", f"the geometry cannot be read: {error}", _REMEDY) from error
    if geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
        _refuse("the geometry has no usable coordinates")
    if not geometry.is_valid:
        _refuse(f"the geometry is not valid: {shapely.is_valid_reason(geometry)}")
    return shapely.force_2d(geometry)


def _box(numbers: Any) -> BaseGeometry:  # noqa: ANN401 - CQL2-JSON
    if not isinstance(numbers, list) or len(numbers) not in {4, 6}:
        _refuse("a BBOX has four numbers")
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        _refuse("a BBOX has four numbers")
    half = len(numbers) // 2
    west, south, east, north = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    if west > east or south > north:
        _refuse("the first corner of the BBOX must be the lower left one")
    box: BaseGeometry = shapely.box(west, south, east, north)
    return box


def _refuse(found: str) -> NoReturn:
    raise RequestError("bad_filter", "filter", found, _REMEDY)
