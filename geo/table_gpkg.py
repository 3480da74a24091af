"""Tables in GeoPackage: the one layer of a file, by GDAL, out of a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError
from geo.table import Cell, Table, is_empty, refuse_if_too_large, refuse_if_too_many
from geo.table_geojson import MAX_TABLE_VERTICES

_MAGIC = b"SQLite format 3\x00"
_APPLICATIONS = (b"GPKG", b"GP10", b"GP11")  # bytes 68 to 71 of the header, by OGC 12-128


def read_gpkg(raw: bytes, name: str) -> Table:
    """Return the table of a GeoPackage with one layer.

    Raises:
        DataError: `not_gpkg`, `several_layers`, `too_many_vertices`, `too_many_numbers`, limits.
    """
    refuse_if_too_large(raw, name)
    if not raw.startswith(_MAGIC) or raw[68:72] not in _APPLICATIONS:
        raise DataError.single("not_gpkg", name, "the file is no GeoPackage", "Save it again as GeoPackage")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.gpkg"
        path.write_bytes(raw)
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                table = _read(path, name)
        except (DataSourceError, DataLayerError, FeatureError, shapely.errors.GEOSException) as error:
            raise DataError.single("not_gpkg", name, "the GeoPackage cannot be read", "Save it again") from error
    if any("Measured" in str(warning.message) for warning in told):  # GDAL's words for a fourth number
        found = "positions have a fourth number, M"
        raise DataError.single("too_many_numbers", name, found, "Save it with longitude and latitude only")
    return table


def _read(path: Path, name: str) -> Table:
    layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
    if len(layers) != 1:
        found = f"the file has {len(layers)} layers{': ' + ', '.join(layers[:5]) if layers else ''}"
        raise DataError.single("several_layers", name, found, "Bring a GeoPackage with the one layer that is meant")
    info = pyogrio.read_info(path, force_feature_count=True)
    refuse_if_too_many(int(info["features"]), len(info["fields"]), name)
    meta, _, binary, fields = pyogrio.raw.read(path)
    columns = tuple(map(str, meta["fields"]))
    rows = [tuple(map(_cell, row)) for row in zip(*fields, strict=True)] if fields else [()] * int(info["features"])
    shapes = [None] * len(rows) if binary is None else shapely.from_wkb(binary)
    if shapely.get_num_coordinates(np.asarray(shapes, dtype=object)).sum() > MAX_TABLE_VERTICES:
        raise DataError.single("too_many_vertices", name, "the outlines have too many vertices", "Simplify them")
    geometries = [_geometry(shape) for shape in shapes]
    return Table("gpkg", columns, rows, range(1, len(rows) + 1), geometries, meta["crs"])


def _cell(value: object) -> Cell:
    """Return a cell as text, number, boolean or None: GDAL gives NaN and NaT where nothing stands."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - NaN
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return None if is_empty(value) else value


def _geometry(shape: BaseGeometry | None) -> dict[str, object] | None:
    """Return a shape as GeoJSON, with its heights: the checks of positions say that they are dropped."""
    if shape is None or shape.is_empty:
        return None
    if isinstance(shape, shapely.Point):
        return {"type": "Point", "coordinates": _positions(shape)[0]}
    if isinstance(shape, shapely.Polygon):
        return {"type": "Polygon", "coordinates": [_positions(ring) for ring in (shape.exterior, *shape.interiors)]}
    if isinstance(shape, shapely.MultiPoint | shapely.MultiPolygon) and len(shape.geoms) == 1:
        return _geometry(shape.geoms[0])
    return {"type": shape.geom_type, "coordinates": []}


def _positions(shape: BaseGeometry) -> list[list[float]]:
    numbers: list[list[float]] = shapely.get_coordinates(shape, include_z=shape.has_z).tolist()
    return numbers
