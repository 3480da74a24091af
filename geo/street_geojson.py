"""Streets drawn as GeoJSON lines (the bundled streets, or somebody's own) to walkable segments.

Lines join where they have a vertex at the same position, compared with 7 decimals of a degree; lines that only cross
on the drawing do not join.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geo.datum import COORDINATE_DECIMALS
from geo.errors import DataError, Problem
from geo.osm import OSM_LICENCE, walkable_way
from geo.streets import SourceFile, Streets, StreetsBuilder
from geo.strict_json import decode_json

_WORLD = (180.0, 90.0)

DRAWN_WAY_ID = -1
"""Way id of every drawn street: a line's place in its file is no id, and the order of lines must change nothing."""


def read_street_geojson(path: Path) -> Streets:
    """Read the lines of a GeoJSON file as streets.

    Properties `name`, `accuracy_m`, and OpenStreetMap's own tags (`highway`, `foot`, `oneway:foot`, `wheelchair` ...)
    count where they are given; a line without a `highway` is a walkable street.

    Raises:
        DataError: Every fault of the file, or no walkable line in it.
    """
    document = decode_json(path.read_bytes(), str(path))
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise DataError.single(
            "not_a_feature_collection", str(path), "no list of features", "Bring a GeoJSON FeatureCollection of lines."
        )
    builder, problems = StreetsBuilder(), list[Problem]()
    for number, feature in enumerate(features):
        _read_feature(builder, feature, number, problems)
    if problems:
        raise DataError(problems)
    streets = builder.build([], [SourceFile.of(path, OSM_LICENCE)])
    if not len(streets.segment_u):
        raise DataError.single(
            "no_walkable_way", str(path), "no line in this file may be walked", "Check the file's lines and tags."
        )
    return streets


def _read_feature(builder: StreetsBuilder, feature: object, number: int, problems: list[Problem]) -> None:
    where = f"/features/{number}"
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        problems.append(Problem("not_a_line", where, "no geometry", "Give each street a LineString."))
        return
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        problems.append(
            Problem("not_properties", f"{where}/properties", f"{properties!r:.60}", "Give an object or null.")
        )
        return
    properties = properties or {}
    tags = {key: str(value) for key, value in properties.items() if isinstance(value, str)}
    tags.setdefault("highway", "road")
    lines = _lines(feature["geometry"], where, problems)
    way = walkable_way(DRAWN_WAY_ID, tags, accuracy_m=_number_or_nan(properties.get("accuracy_m")))
    if way is None:
        return
    for line in lines:
        builder.way(way, [_node(builder, position) for position in line])


def _lines(geometry: dict[str, Any], where: str, problems: list[Problem]) -> list[list[tuple[float, float]]]:
    coordinates = geometry.get("coordinates")
    kind = geometry.get("type")
    raw_lines = coordinates if kind == "MultiLineString" else [coordinates] if kind == "LineString" else None
    if not isinstance(raw_lines, list):
        problems.append(
            Problem("not_a_line", f"{where}/geometry", f"a {kind}", "Streets are LineStrings or MultiLineStrings.")
        )
        return []
    here = f"{where}/geometry/coordinates"
    several = kind == "MultiLineString"
    return [
        _positions(line, f"{here}/{number}" if several else here, problems) for number, line in enumerate(raw_lines)
    ]


def _positions(line: object, where: str, problems: list[Problem]) -> list[tuple[float, float]]:
    if not isinstance(line, list) or len(line) < 2:
        problems.append(Problem("not_a_line", where, "fewer than two positions", "A line has two ends."))
        return []
    return [position for number, raw in enumerate(line) if (position := _position(raw, f"{where}/{number}", problems))]


def _position(raw: object, where: str, problems: list[Problem]) -> tuple[float, float] | None:
    if not isinstance(raw, list) or len(raw) not in (2, 3) or not all(_is_number(part) for part in raw):
        problems.append(Problem("not_a_position", where, f"{raw!r:.60}", "Give longitude and latitude as numbers."))
        return None
    lon, lat = round(float(raw[0]), COORDINATE_DECIMALS), round(float(raw[1]), COORDINATE_DECIMALS)
    if abs(lon) > _WORLD[0] or abs(lat) > _WORLD[1]:
        problems.append(Problem("out_of_range", where, f"{raw!r:.60}", "Longitude comes first, then latitude."))
        return None
    return lon, lat


def _number_or_nan(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _node(builder: StreetsBuilder, position: tuple[float, float]) -> int:
    known = builder.find(position)
    return known if known is not None else builder.node(position, -1, *position)
