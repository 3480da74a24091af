"""The shape of a feature as text in its form: well-known text out, well-known text or GeoJSON in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.datum import COORDINATE_DECIMALS, FloatArray
from geo.datum_shift import Datum, to_wgs84
from geo.errors import DataError, Problem
from geo.geometry_checks import check_geometry, geojson_of_wkt
from geo.strict_json import decode_json

MOST_CHARACTERS = 200_000


def shape_text(geometry: Mapping[str, Any] | None) -> str:
    """Return a polygon as well-known text with 7 decimals; empty for a point and for nothing."""
    if geometry is None or geometry["type"] == "Point":
        return ""
    rings = geometry["coordinates"]
    return str(shapely.to_wkt(Polygon(rings[0], rings[1:]), rounding_precision=COORDINATE_DECIMALS))


def read_shape(text: str, datum: Datum, allowed: tuple[str, ...], problems: list[Problem]) -> dict[str, Any] | None:
    """Return the geometry that somebody has typed or pasted, in WGS-84; None with every fault added to `problems`.

    Args:
        text: Well-known text, a GeoJSON geometry, a feature, or a collection of one feature.
        datum: What its positions are in.
        allowed: The types that the layer takes, out of Point and Polygon.
        problems: Faults found so far.
    """
    value = _value(text)
    if value is None:
        remedy = "Paste one POLYGON ((...)), or the geometry of one GeoJSON feature"
        problems.append(Problem("bad_shape", "/geometry", f"{text[:60]!r} is no shape", remedy))
        return None
    found: list[Problem] = []
    shape = check_geometry(value, "/geometry", allowed, found)
    problems += [problem for problem in found if not problem.warning]
    return None if shape is None else _written(shape, datum)


def _value(text: str) -> object:
    """Return the geometry in a text as GeoJSON; None where there is none."""
    if len(text) > MOST_CHARACTERS:
        return None
    if not text.lstrip().startswith("{"):
        return geojson_of_wkt(text)
    try:
        value = decode_json(text.encode("utf-8", "surrogatepass"), "shape")
    except DataError:
        return None
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        features = value.get("features")
        value = features[0] if isinstance(features, list) and len(features) == 1 else None
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    return value


def _written(shape: BaseGeometry, datum: Datum) -> dict[str, Any]:
    def to_lonlat(lonlat: FloatArray) -> FloatArray:
        return np.round(to_wgs84(lonlat, datum), COORDINATE_DECIMALS)

    moved = shapely.transform(shape, to_lonlat)
    if not isinstance(moved, Polygon):
        return {"type": "Point", "coordinates": shapely.get_coordinates(moved)[0].tolist()}
    rings = [shapely.get_coordinates(ring).tolist() for ring in (moved.exterior, *moved.interiors)]
    return {"type": "Polygon", "coordinates": rings}
