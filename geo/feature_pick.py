"""Facilities of one kind picked out of a file with many: features by a tag, in one subdistrict, as points.

What comes out is a plain table that the importer takes like any other; it says where each row is from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.boundary import declared_datum
from geo.datum import COORDINATE_DECIMALS
from geo.datum_shift import Datum, to_wgs84
from geo.errors import DataError, Problem
from geo.geometry_checks import check_geometry, distances_outside_m
from geo.table import Table

_NAMES = ("name", "name:zh", "名称")
_SOURCE_IDS = ("osm", "@id", "id", "osm_id")
_COPIED = {"name_en": ("name:en", "name_en"), "opening_hours": ("opening_hours",), "phone": ("phone", "contact:phone")}


@dataclass(frozen=True, slots=True)
class Picked:
    """Rows that were picked, as GeoJSON features (WGS-84 points), and how many of the kind lie outside."""

    features: tuple[Mapping[str, object], ...]
    outside: int
    unnamed: int


def pick_features(
    table: Table, name: str, where: Sequence[tuple[str, str]], outline: shapely.Polygon, datum: Datum | None
) -> Picked:
    """Return the rows of a table that have one of some values and lie in a subdistrict.

    Args:
        table: What was read of the file.
        name: The file's name, for messages.
        where: Column and value; a row is picked when any of them fits.
        outline: The subdistrict, WGS-84. A feature belongs to it when a point inside the feature does.
        datum: Datum of the positions; None: the file must declare WGS-84 or CGCS2000 itself.

    Raises:
        DataError: no column of that name, no row of the kind, faults of their geometry.
    """
    its_datum = declared_datum(table.crs, datum, name)
    missing = [column for column, _ in where if column not in table.columns]
    if missing:
        found = f"there is no column {missing[0]!r}"
        raise DataError.single("unknown_column", name, found, f"There are: {', '.join(table.columns[:30])}")
    rows = [row for row in range(len(table)) if any(_cell(table, row, (column,)) == value for column, value in where)]
    if not rows:
        raise DataError.single("nothing_picked", name, "no row has that value", "See how the file spells it")
    places = _places(table, rows)
    lonlat = np.round(to_wgs84(shapely.get_coordinates(places), its_datum), COORDINATE_DECIMALS)
    inside = distances_outside_m(np.asarray(shapely.points(lonlat)).reshape(-1), outline) == 0
    picked = [(row, place) for row, place, keep in zip(rows, lonlat.tolist(), inside, strict=True) if keep]
    unnamed = sum(_cell(table, row, _NAMES) is None for row, _ in picked)
    features = tuple(_feature(table, row, place, where[0][1]) for row, place in picked)
    return Picked(features, int((~inside).sum()), unnamed)


def picked_geojson(picked: Picked) -> bytes:
    """Return what was picked as GeoJSON, one feature a line."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in picked.features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()


def _places(table: Table, rows: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return a point inside each row's geometry; DataError with every fault."""
    problems: list[Problem] = []
    found = []
    for row in rows:
        value = table.geometries[row] if table.geometries is not None else None
        where = table.place(row, "geometry")
        found.append(check_geometry(value, where, ("Point", "Polygon"), problems))
    faults = [problem for problem in problems if not problem.warning]
    if faults:
        raise DataError(faults)
    return np.asarray(shapely.point_on_surface(np.array(found, dtype=object)))


def _cell(table: Table, row: int, columns: Sequence[str]) -> str | None:
    """Return the first of some columns that has something in a row."""
    for column in columns:
        if column in table.columns:
            cell = table.rows[row][table.columns.index(column)]
            if cell is not None and str(cell).strip():
                return str(cell).strip()
    return None


def _feature(table: Table, row: int, place: Sequence[float], kind: str) -> dict[str, object]:
    """Return one picked row as a feature; one without a name is called after its kind and id."""
    source_id = _cell(table, row, _SOURCE_IDS)
    title = _cell(table, row, _NAMES) or f"{kind} {source_id or table.row_numbers[row]}"
    street, number = _cell(table, row, ("addr:street",)), _cell(table, row, ("addr:housenumber",))
    told = {"name": title, "source_id": source_id, "address": f"{street}{number}" if street and number else None}
    told |= {name: _cell(table, row, columns) for name, columns in _COPIED.items()}
    properties = {name: value for name, value in told.items() if value is not None}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(place)}, "properties": properties}
