"""The outline of a subdistrict out of a file that somebody brought: which row is meant, in which datum, is it sound."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry

from geo.datum import COORDINATE_DECIMALS, FloatArray, LocalProjection
from geo.datum_shift import DATUM_NAMES, DATUMS, Datum, to_wgs84
from geo.errors import DataError, Problem
from geo.geometry_checks import check_geometry
from geo.table import Table

SMALLEST_KM2, LARGEST_KM2 = 0.01, 2000.0
_CRS_DATUMS: dict[str, Datum] = {
    "EPSG:4326": "wgs84",
    "OGC:CRS84": "wgs84",
    "URN:OGC:DEF:CRS:OGC:1.3:CRS84": "wgs84",
    "URN:OGC:DEF:CRS:EPSG::4326": "wgs84",
    "EPSG:4490": "cgcs2000",
    "URN:OGC:DEF:CRS:EPSG::4490": "cgcs2000",
}


def read_boundary(table: Table, name: str, datum: Datum | None, feature: str | None) -> shapely.Polygon:
    """Return the one outline that is meant, WGS-84.

    Args:
        table: What a reader of `geo.table_formats` made of the file.
        name: The file's name, for messages.
        datum: The datum that the positions are in; None: the file must declare WGS-84 or CGCS2000 itself.
        feature: A value that one row has in any of its columns; None: the file has one row.

    Raises:
        DataError: with every fault of the outline, or because it is not clear which row or datum is meant.
    """
    its_datum = declared_datum(table.crs, datum, name)
    row = _meant_row(table, name, feature)
    value = table.geometries[row] if table.geometries is not None else None
    if value is None:
        raise DataError.single("no_outline", table.place(row), "the row has no geometry", "Bring a Polygon")
    problems: list[Problem] = []
    outline = check_geometry(value, table.place(row, "geometry"), ("Polygon",), problems)
    faults = [problem for problem in problems if not problem.warning]
    if faults or not isinstance(outline, shapely.Polygon):
        raise DataError(faults)
    moved = shapely.transform(outline, lambda lonlat: to_wgs84(lonlat, its_datum).round(COORDINATE_DECIMALS))
    _check_size(moved, table.place(row, "geometry"))
    return moved


def declared_datum(crs: str | None, datum: Datum | None, where: str) -> Datum:
    """Return the datum that somebody declared, else the one that the file declares.

    Raises:
        DataError: `no_datum` where nobody has, `foreign_crs` where the file is in another system altogether.
    """
    by_file = _CRS_DATUMS.get((crs or "").upper())
    if crs is not None and by_file is None:
        found = f"the file is in {crs}"
        raise DataError.single(
            "foreign_crs", where, found, "Save it in longitude and latitude (EPSG:4326 or EPSG:4490)"
        )
    chosen = datum or by_file
    if chosen is None:
        found = "nobody has said which datum the positions are in"
        remedy = f"Say --datum with one of {', '.join(DATUMS)} ({', '.join(DATUM_NAMES.values())})"
        raise DataError.single("no_datum", where, found, remedy)
    return chosen


def area_km2(outline: BaseGeometry) -> float:
    """Return the area of an outline in km², from the plane round its middle."""
    middle = outline.representative_point()
    plane = LocalProjection(middle.x, middle.y)

    def to_plane(lonlat: FloatArray) -> FloatArray:
        return shapely.get_coordinates(shapely.points(*plane.to_xy(lonlat[:, 0], lonlat[:, 1])))

    return float(shapely.transform(outline, to_plane).area) / 1e6


def _meant_row(table: Table, name: str, feature: str | None) -> int:
    """Return the number of the one row that is meant."""
    meant = [
        index
        for index, row in enumerate(table.rows)
        if feature is None or any(str(cell) == feature for cell in row if cell is not None)
    ]
    if len(meant) == 1:
        return meant[0]
    if feature is None:
        found = f"the file has {len(table)} rows"
        raise DataError.single(
            "which_outline", name, found, "Say which one is meant: --feature VALUE, such as its name"
        )
    found = f"{len(meant)} rows have the value {feature[:60]!r}"
    raise DataError.single("which_outline", name, found, f"Name one of: {_titles(table)}")


def _titles(table: Table) -> str:
    """Return what the first rows are called, to choose from."""
    column = next((index for index, title in enumerate(table.columns) if title.lower() in ("name", "名称")), 0)
    return ", ".join(str(row[column]) for row in table.rows[:12] if column < len(row)) or "nothing"


def _check_size(outline: shapely.Polygon, where: str) -> None:
    """Refuse what is too small or too large to be a subdistrict or a city."""
    size_km2 = area_km2(outline)
    if not SMALLEST_KM2 <= size_km2 <= LARGEST_KM2:
        found = f"the outline encloses {size_km2:.4g} km²"
        remedy = f"Bring one of {SMALLEST_KM2:g} to {LARGEST_KM2:g} km²"
        raise DataError.single("outline_size", where, found, remedy)
