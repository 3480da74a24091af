"""One facility layer: read and checked against the closed schema, and written in the one canonical form.

The canonical form is a GeoJSON FeatureCollection in UTF-8: features by id, one a line, keys in a fixed order, WGS-84
longitude and latitude with 7 decimals at most, outer rings anticlockwise, nothing written for what is not known.
Equal content has equal bytes, and so an equal content hash, whatever the order of features and keys in the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.catalog import Catalog, Layer
from geo.errors import DataError, Problem
from geo.layer_checks import Facility, Schema, examine_layer
from geo.property_checks import property_types


@dataclass(frozen=True)
class FacilityLayer:
    """The facilities of one layer.

    `frame` has the feature ids (ULIDs) as its index, sorted, one column for every common property and every property
    of the layer (None where not known) and a geometry in EPSG:4326 (None where unlocated). `content_hash` is SHA-256
    of the canonical form. `warnings` are what was told but not refused, such as places outside their subdistrict.
    """

    id: str
    frame: gpd.GeoDataFrame
    content_hash: str
    warnings: tuple[Problem, ...] = ()


def check_layer(
    raw: bytes, layer: Layer, catalog: Catalog, outlines: Mapping[str, Polygon] | None = None
) -> list[Problem]:
    """Return every problem and warning of a layer file, in the order of the file.

    Args:
        raw: The bytes of the file.
        layer: The layer that the file is for.
        catalog: The catalogue, for the subdistricts.
        outlines: Outlines of subdistricts by slug (WGS-84); without one, places are not held against it.
    """
    return list(examine_layer(raw, Schema(layer, catalog, outlines or {})).problems)


def parse_layer(
    raw: bytes, layer: Layer, catalog: Catalog, outlines: Mapping[str, Polygon] | None = None
) -> FacilityLayer:
    """Return the facilities of a layer file; arguments as of `check_layer`.

    Raises:
        DataError: with every problem of the file; warnings alone do not raise.
    """
    reading = examine_layer(raw, Schema(layer, catalog, outlines or {}))
    refused = [problem for problem in reading.problems if not problem.warning]
    if refused:
        raise DataError(refused)
    facilities = {facility.id: facility for facility in reading.facilities}
    lines = {facility.id: feature_line(facility, layer) for facility in reading.facilities}
    return replace(assemble_layer(facilities, lines, layer), warnings=reading.problems)


def read_layer(
    path: Path, layer: Layer, catalog: Catalog, outlines: Mapping[str, Polygon] | None = None
) -> FacilityLayer:
    """Return the facilities of the layer file at `path`; the other arguments as of `check_layer`.

    Raises:
        DataError: with every problem of the file, each with the file's name before its pointer.
    """
    facilities, warnings = _read_file(path, Schema(layer, catalog, outlines or {}))
    by_id = {facility.id: facility for facility in facilities}
    lines = {facility.id: feature_line(facility, layer) for facility in facilities}
    return replace(assemble_layer(by_id, lines, layer), warnings=warnings)


def read_facilities(
    path: Path, layer: Layer, catalog: Catalog, outlines: Mapping[str, Polygon] | None = None
) -> tuple[Facility, ...]:
    """Return the facilities of the layer file at `path` in the order of the file; errors as of `read_layer`."""
    return _read_file(path, Schema(layer, catalog, outlines or {}))[0]


def _read_file(path: Path, schema: Schema) -> tuple[tuple[Facility, ...], tuple[Problem, ...]]:
    """Return the facilities and the warnings of a file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError.single("file_missing", path.name, f"{path} is not there", "Put the file there") from error
    reading = examine_layer(raw, schema)
    problems = _in_file(reading.problems, path)
    refused = [problem for problem in problems if not problem.warning]
    if refused:
        raise DataError(refused)
    return reading.facilities, tuple(problems)


def facility_frame(facilities: Iterable[Facility], layer: Layer) -> gpd.GeoDataFrame:
    """Return facilities as a frame of the form that `FacilityLayer` describes."""
    ordered = sorted(facilities, key=lambda facility: facility.id)
    index = pd.Index([facility.id for facility in ordered], dtype=object, name="id")
    columns = {
        name: pd.Series([facility.properties.get(name) for facility in ordered], index=index, dtype=object)
        for name in property_types(layer)
    }
    geometry = gpd.GeoSeries([facility.geometry for facility in ordered], index=index, crs="EPSG:4326")
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=index), geometry=geometry, crs="EPSG:4326")


def layer_to_geojson(frame: gpd.GeoDataFrame, layer: Layer) -> bytes:
    """Return the canonical form of a layer's frame (see the module), ending in a line break."""
    names = list(property_types(layer))
    records = frame[names].to_dict("records")
    features = sorted(zip(map(str, frame.index), frame.geometry, records, strict=True), key=lambda feature: feature[0])
    return _collection([_compact(_feature(*feature)) for feature in features], layer)


def facility_feature(facility: Facility, layer: Layer) -> dict[str, object]:
    """Return a facility as a GeoJSON feature in the canonical form: keys in their order, only what is known."""
    record = {name: facility.properties.get(name) for name in property_types(layer)}
    return _feature(facility.id, facility.geometry, record)


def assemble_layer(facilities: Mapping[str, Facility], lines: Mapping[str, str], layer: Layer) -> FacilityLayer:
    """Return the layer of facilities that were checked before.

    Args:
        facilities: The facilities by id.
        lines: The canonical line of each (`feature_line`), kept by the caller: an edit changes one of thousands.
        layer: The layer they belong to.
    """
    frame = facility_frame(facilities.values(), layer)
    content = _collection([lines[feature_id] for feature_id in sorted(lines)], layer)
    return FacilityLayer(layer.id, frame, hashlib.sha256(content).hexdigest())


def changed_layer(
    before: FacilityLayer,
    facilities: Mapping[str, Facility],
    lines: Mapping[str, str],
    layer: Layer,
    news: Collection[str],
) -> FacilityLayer:
    """Return what `assemble_layer` gives, from the layer before: only the facilities whose ids are `news` differ."""
    content = _collection([lines[feature_id] for feature_id in sorted(lines)], layer)
    frame = _changed_frame(before.frame, facilities, layer, news)
    return FacilityLayer(layer.id, frame, hashlib.sha256(content).hexdigest())


def _changed_frame(
    before: gpd.GeoDataFrame, facilities: Mapping[str, Facility], layer: Layer, news: Collection[str]
) -> gpd.GeoDataFrame:
    """Return a layer's frame with rows added, replaced and left out; the others are taken over as they are."""
    ids = sorted(facilities)
    index = pd.Index(ids, dtype=object, name="id")
    fresh = [(number, facilities[name]) for number, name in enumerate(ids) if name in news]
    if before.empty or len(fresh) == len(ids):
        return facility_frame(facilities.values(), layer)
    names = list(property_types(layer))
    rows = before.index.get_indexer(index)
    # One table of objects, its columns one after the other in memory: thousands of rows in a millisecond.
    values = np.asfortranarray(pd.DataFrame(before[names]).to_numpy(dtype=object).take(rows, axis=0))
    places = before.geometry.to_numpy().take(rows)
    for number, facility in fresh:
        values[number] = [facility.properties.get(name) for name in names]
        places[number] = facility.geometry
    table = pd.DataFrame(values, index=index, columns=names, dtype=object)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(places, index=index, crs="EPSG:4326"))


def feature_line(facility: Facility, layer: Layer) -> str:
    """Return the line of a facility in the canonical form of its layer."""
    return _compact(facility_feature(facility, layer))


def _collection(lines: list[str], layer: Layer) -> bytes:
    head = f'{{"type":"FeatureCollection","name":{_compact(layer.id)},"features":['
    joined = ",\n".join(lines)
    return f"{head}\n{joined}\n]}}\n".encode() if lines else f"{head}]}}\n".encode()


def _feature(feature_id: str, geometry: BaseGeometry | None, record: Mapping[str, object]) -> dict[str, object]:
    known = {name: value for name, value in record.items() if not (value is None or value is pd.NA or value != value)}  # noqa: PLR0124 - NaN
    return {"type": "Feature", "id": feature_id, "geometry": _geometry(geometry), "properties": known}


def _geometry(geometry: BaseGeometry | None) -> dict[str, object] | None:
    if geometry is None or geometry.is_empty:
        return None
    if isinstance(geometry, Polygon):
        oriented = shapely.orient_polygons(geometry)
        rings = [oriented.exterior, *oriented.interiors]
        return {"type": "Polygon", "coordinates": [shapely.get_coordinates(ring).tolist() for ring in rings]}
    return {"type": "Point", "coordinates": shapely.get_coordinates(geometry)[0].tolist()}


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _in_file(problems: Iterable[Problem], path: Path) -> list[Problem]:
    return [replace(problem, where=f"{path.name}{'#' if problem.where else ''}{problem.where}") for problem in problems]
