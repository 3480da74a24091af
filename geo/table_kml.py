"""Tables in KML: Placemarks as rows, name, description and extended data as columns.

Read from the XML itself, by a parser that knows no entities: what we need of KML is little, and a general reader adds a
dozen columns of its own to every file. KML is always in the datum its author drew in, and its coordinates end in a
height that most programs fill with 0; such a 0 is left out, any other third number is dropped with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from geo.errors import DataError
from geo.layer_checks import count_vertices
from geo.table import MAX_TABLE_COLUMNS, Table, is_empty, refuse_if_too_large, refuse_if_too_many
from geo.table_geojson import MAX_TABLE_VERTICES

_SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", "Track", "MultiTrack"})
_TEXTS = {"name": "name", "description": "description", "address": "address", "phoneNumber": "phone"}


def read_kml(raw: bytes, name: str) -> Table:
    """Return the table of a KML file.

    Raises:
        DataError: `not_kml`, `too_many_vertices`, limits.
    """
    refuse_if_too_large(raw, name)
    try:
        root = fromstring(raw)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        found = "the file is no KML that can be read, or it declares XML entities"
        raise DataError.single("not_kml", name, found, "Save it again as KML (not KMZ)") from error
    if _kind(root) != "kml":
        raise DataError.single("not_kml", name, f"the file begins with <{_kind(root)}>", "Save it again as KML")
    marks = [element for element in root.iter() if _kind(element) == "Placemark"]
    refuse_if_too_many(len(marks), 1, name)
    known = [_texts(mark) for mark in marks]
    columns = tuple(dict.fromkeys(column for texts in known for column in texts))
    refuse_if_too_many(len(marks), len(columns), name)
    geometries = [_geometry(mark) for mark in marks]
    _refuse_many_vertices(geometries, name)
    rows = [tuple(texts.get(column) for column in columns) for texts in known]
    return Table("kml", columns, rows, range(1, len(rows) + 1), geometries)


def _kind(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts(mark: Element) -> dict[str, str]:
    """Return what a Placemark says about itself, by column; empty texts are left out."""
    found = {_TEXTS[_kind(child)]: child.text for child in mark if _kind(child) in _TEXTS}
    extended = [child for child in mark if _kind(child) == "ExtendedData"]
    for element in (inner for data in extended for inner in data.iter()):
        column = element.get("name", "").strip()
        if column and _kind(element) == "SimpleData":
            found[column] = element.text
        elif column and _kind(element) == "Data":
            found[column] = next((child.text for child in element if _kind(child) == "value"), None)
        if len(found) > MAX_TABLE_COLUMNS:
            break
    return {column: text for column, text in found.items() if text is not None and not is_empty(text)}


def _geometry(mark: Element) -> dict[str, object] | None:
    """Return the geometry of a Placemark as GeoJSON; a kind that no layer takes keeps its name and no coordinates."""
    shape = next((child for child in mark if _kind(child) in _SHAPES), None)
    if shape is None:
        return None
    if _kind(shape) == "MultiGeometry":
        parts = [child for child in shape if _kind(child) in _SHAPES]
        if len(parts) != 1:
            return {"type": "GeometryCollection", "coordinates": []}
        shape = parts[0]
    if _kind(shape) == "Point":
        return {"type": "Point", "coordinates": next(iter(_positions(shape)), [])}
    if _kind(shape) == "Polygon":
        boundaries = [
            child for edge in ("outerBoundaryIs", "innerBoundaryIs") for child in shape if _kind(child) == edge
        ]
        return {"type": "Polygon", "coordinates": [list(_positions(boundary)) for boundary in boundaries]}
    return {"type": "LineString", "coordinates": list(_positions(shape))}


def _positions(element: Element) -> Iterator[list[object]]:
    for child in element.iter():
        if _kind(child) == "coordinates":
            for position in (child.text or "").split():
                numbers = [_number(part) for part in position.split(",")]
                yield numbers[:2] if len(numbers) == 3 and numbers[2] == 0 else numbers


def _number(text: str) -> object:
    """Return a number, or the text itself where it is none: the checks of geometry then say so."""
    try:
        return float(text)
    except ValueError:
        return text


def _refuse_many_vertices(geometries: list[dict[str, object] | None], name: str) -> None:
    vertices = sum(map(count_vertices, geometries))
    if vertices > MAX_TABLE_VERTICES:
        found = f"the file has {vertices:,} vertices"
        raise DataError.single("too_many_vertices", name, found, f"Bring {MAX_TABLE_VERTICES:,} at most")
