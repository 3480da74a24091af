"""All features of a table in one file: GeoParquet, FlatGeobuf, GeoPackage. Equal features have equal bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.feature_table import FeatureTable

FileFormat = Literal["parquet", "fgb", "gpkg"]

_DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}
_DRIVERS: Mapping[FileFormat, str] = MappingProxyType({"fgb": "FlatGeobuf", "gpkg": "GPKG"})
# GDAL writes this into a GeoPackage in place of the time of writing.
_WRITTEN_ON = "2000-01-01T00:00:00Z"


def feature_frame(table: FeatureTable) -> gpd.GeoDataFrame:
    """Return a table as a frame in WGS-84: a column `id`, one for each property in its own type, and `geometry`."""
    columns: dict[str, Any] = {"id": pd.Series(list(table.ids), dtype="str")}
    for field in table.fields:
        columns[field.name] = pd.Series(table.columns[field.name].tolist(), dtype=_DTYPES.get(field.kind, "str"))
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=table.geometry, crs="EPSG:4326")


def feature_file(table: FeatureTable, name: str, file_format: FileFormat) -> bytes:
    """Return all features as a file; `name` is that of the layer in it.

    A FlatGeobuf has no spatial index: with one it could hold no feature without a geometry, and would be in another
    order.
    """
    content = io.BytesIO()
    frame = feature_frame(table)
    if file_format == "parquet":
        frame.to_parquet(content, index=False, schema_version="1.1.0")
        return content.getvalue()
    options = {"SPATIAL_INDEX": "NO"} if file_format == "fgb" else {}
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_ON})
    kinds = {type(one).__name__ for one in table.geometry if one is not None}
    geometry_type = kinds.pop() if len(kinds) == 1 else "Unknown"
    pyogrio.write_dataframe(
        frame, content, driver=_DRIVERS[file_format], layer=name, geometry_type=geometry_type, **options
    )
    return content.getvalue()
