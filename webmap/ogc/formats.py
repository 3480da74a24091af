"""The forms in which answers are given, and their media types."""

from __future__ import annotations

from dataclasses import dataclass

from geo.feature_files import FileFormat

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
SCHEMA_JSON = "application/schema+json"
OPENAPI_JSON = "application/vnd.oai.openapi+json;version=3.0"


@dataclass(frozen=True, slots=True)
class BulkFormat:
    """A file of a whole collection: its ending, its media type, and its name for people."""

    ending: FileFormat
    media_type: str
    name: str


BULK: dict[str, BulkFormat] = {
    one.ending: one
    for one in (
        BulkFormat("parquet", "application/vnd.apache.parquet", "GeoParquet"),
        BulkFormat("fgb", "application/vnd.flatgeobuf", "FlatGeobuf"),
        BulkFormat("gpkg", "application/geopackage+sqlite3", "GeoPackage"),
    )
}
FORMATS = ("json", "html")
