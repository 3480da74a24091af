"""Which reader a file is for, by the end of its name; the bytes are then held to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from geo.errors import DataError
from geo.table import Table, TableFormat
from geo.table_csv import Encoding, read_csv
from geo.table_geojson import read_geojson
from geo.table_gpkg import read_gpkg
from geo.table_kml import read_kml
from geo.table_xlsx import read_xlsx

_BY_ENDING: dict[str, TableFormat] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".kml": "kml",
}
_READERS: dict[TableFormat, Callable[[bytes, str], Table]] = {
    "xlsx": read_xlsx,
    "geojson": read_geojson,
    "gpkg": read_gpkg,
    "kml": read_kml,
}
_HINTS = {
    ".xlsm": "Save it as .xlsx, without macros",
    ".xlsb": "Save it as .xlsx",
    ".xls": "Save it as .xlsx",
    ".kmz": "Unpack it and bring the .kml in it",
    ".shp": "Save the layer as GeoPackage",
    ".zip": "Unpack it and bring the files one by one",
}


def read_table(raw: bytes, name: str, encoding: Encoding = "utf-8") -> Table:
    """Return the table of a file.

    Args:
        raw: The bytes of the file.
        name: Its name; the ending decides which format it must be in.
        encoding: Of a CSV file: GB18030 only where somebody says so. Other formats say theirs themselves.

    Raises:
        DataError: `macro_workbook` and `unknown_format` where we read no such format; what each reader raises.
    """
    table_format = table_format_of(name)
    if table_format == "csv":
        return read_csv(raw, name, encoding)
    return _READERS[table_format](raw, name)


def table_format_of(name: str) -> TableFormat:
    """Return the format that a file's name says; DataError where we read no such format."""
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    code = "macro_workbook" if ending == ".xlsm" else "unknown_format"
    remedy = _HINTS.get(ending, f"Bring one of {', '.join(_BY_ENDING)}")
    raise DataError.single(code, name, f"files named {ending or 'without an ending'} are not read", remedy)
