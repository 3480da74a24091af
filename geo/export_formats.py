"""A layer to the files that people ask for: GeoJSON, CSV, XLSX, GeoPackage, KML, GeoParquet, FlatGeobuf.

What goes out comes back in: for every format that `table_formats` reads, an export imported again changes nothing.
Spreadsheets have `lon` and `lat` in place of a geometry, and `wkt` for what is no point. No cell of a spreadsheet is a
formula: in CSV a text that might be taken for one gets an apostrophe before it, in XLSX every text is written as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely import Point
from shapely.geometry.base import BaseGeometry

from geo.catalog import Layer
from geo.layers import layer_to_geojson
from geo.property_checks import property_types
from geo.table_csv import FORMULA_START

ExportFormat = Literal["geojson", "csv", "xlsx", "gpkg", "kml", "parquet", "fgb"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)

_DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}
_Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file to be handed out: its bytes, its name, and what kind it is (media type)."""

    name: str
    media_type: str
    content: bytes


def export_layer(frame: gpd.GeoDataFrame, layer: Layer, export_format: ExportFormat) -> ExportFile:
    """Return the facilities of a layer's frame (see `geo.layers.FacilityLayer`) as a file.

    Rows are in the order of their ids, columns in that of the schema. In GeoJSON and CSV equal content has equal bytes.
    """
    ending, media_type, write = _WRITERS[export_format]
    return ExportFile(f"{layer.id}.{ending}", media_type, write(frame.sort_index(), layer))


def quoted(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula; `table_csv.unquoted` takes it back."""
    return f"'{text}" if FORMULA_START.match(text) else text


def _csv(frame: gpd.GeoDataFrame, layer: Layer) -> bytes:
    header, rows = _cells(frame, layer)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[quoted(cell) if isinstance(cell, str) else _plain(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: _Cell) -> str:
    """Return a cell that is no text: the schema's words for truth, numbers as they are, nothing for None."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else repr(cell)


def _xlsx(frame: gpd.GeoDataFrame, layer: Layer) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - no start of the service waits for it

    header, rows = _cells(frame, layer)
    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(content, options) as workbook:
        sheet = workbook.add_worksheet(layer.name.zh[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 16)
        bold = workbook.add_format({"bold": True})
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, bool):
                    sheet.write_boolean(number, column, cell)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    return content.getvalue()


def _cells(frame: gpd.GeoDataFrame, layer: Layer) -> tuple[list[str], list[list[_Cell]]]:
    """Return the header and the cells of a spreadsheet: id, properties, lon, lat, and wkt where it is needed."""
    names = list(property_types(layer))
    shapes = list(frame.geometry)
    with_outlines = any(shape is not None and not isinstance(shape, Point) for shape in shapes)
    columns = [[_known(value) for value in frame[name]] for name in names]
    rows = [
        [str(feature_id), *values, *_place(shape, with_outlines=with_outlines)]
        for feature_id, shape, *values in zip(frame.index, shapes, *columns, strict=True)
    ]
    return ["id", *names, "lon", "lat", *(["wkt"] if with_outlines else [])], rows


def _known(value: object) -> _Cell:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
        return None
    return value if isinstance(value, str | bool | int | float) else str(value)


def _place(shape: BaseGeometry | None, *, with_outlines: bool) -> list[_Cell]:
    if shape is None or shape.is_empty:
        return [None] * (3 if with_outlines else 2)
    if isinstance(shape, Point):
        return [shape.x, shape.y, *([None] if with_outlines else [])]
    return [None, None, shape.wkt]


def _typed(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Return the frame with its id as a column and every column in the type of its property."""
    types = property_types(layer)
    columns: dict[str, Sequence[object] | pd.Series] = {"id": [str(feature_id) for feature_id in frame.index]}
    for name, kind in types.items():
        values = [_known(value) for value in frame[name]]
        columns[name] = pd.Series(values, dtype=_DTYPES.get(kind.kind, "str"))
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=list(frame.geometry), crs="EPSG:4326")


def _by_gdal(driver: str, **creation: str) -> Callable[[gpd.GeoDataFrame, Layer], bytes]:
    def write(frame: gpd.GeoDataFrame, layer: Layer) -> bytes:
        content = io.BytesIO()
        geometry_type = "Point" if layer.geometries == ("Point",) else "Unknown"
        pyogrio.write_dataframe(
            _typed(frame, layer), content, driver=driver, layer=layer.id, geometry_type=geometry_type, **creation
        )
        return content.getvalue()

    return write


def _parquet(frame: gpd.GeoDataFrame, layer: Layer) -> bytes:
    content = io.BytesIO()
    _typed(frame, layer).to_parquet(content, index=False, schema_version="1.1.0")
    return content.getvalue()


_WRITERS: dict[ExportFormat, tuple[str, str, Callable[[gpd.GeoDataFrame, Layer], bytes]]] = {
    "geojson": ("geojson", "application/geo+json", layer_to_geojson),
    "csv": ("csv", "text/csv; charset=utf-8", _csv),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
    "gpkg": ("gpkg", "application/geopackage+sqlite3", _by_gdal("GPKG")),
    "kml": ("kml", "application/vnd.google-earth.kml+xml", _by_gdal("KML")),
    "parquet": ("parquet", "application/vnd.apache.parquet", _parquet),
    # without an index the file keeps the order of its rows, and rows without a geometry
    "fgb": ("fgb", "application/vnd.flatgeobuf", _by_gdal("FlatGeobuf", SPATIAL_INDEX="NO")),
}
MEDIA_TYPES: tuple[str, ...] = tuple(media_type.partition(";")[0] for _, media_type, _ in _WRITERS.values())
"""What kinds of file they are, in the order of `EXPORT_FORMATS`."""
