"""Tables in GeoJSON: features as rows, properties as columns; read strictly, geometry kept as it stands."""

from __future__ import annotations

from collections.abc import Mapping

from geo.errors import DataError, Problem
from geo.layer_checks import count_vertices
from geo.strict_json import decode_json, shown
from geo.table import MAX_TABLE_COLUMNS, Table, refuse_if_too_large, refuse_if_too_many

MAX_TABLE_VERTICES = 100_000
_FEATURE_MEMBERS = frozenset({"type", "id", "geometry", "properties", "bbox"})


def read_geojson(raw: bytes, name: str) -> Table:
    """Return the table of a FeatureCollection; a feature's own id is its column `id`.

    Raises:
        DataError: what `strict_json` refuses, `not_feature_collection`, `not_a_feature`, `unknown_member`,
            `too_many_vertices`, limits.
    """
    refuse_if_too_large(raw, name)
    document = decode_json(raw, name)
    features = _features(document, name)
    refuse_if_too_many(len(features), 1, name)
    vertices = sum(count_vertices(feature.get("geometry")) for feature in features)
    if vertices > MAX_TABLE_VERTICES:
        found = f"the file has {vertices:,} vertices"
        raise DataError.single("too_many_vertices", name, found, f"Bring {MAX_TABLE_VERTICES:,} at most")
    known = [_properties(feature) for feature in features]
    columns = tuple(dict.fromkeys(column for properties in known for column in properties))
    refuse_if_too_many(len(features), len(columns), name)
    rows = [tuple(properties.get(column) for column in columns) for properties in known]
    geometries = [feature.get("geometry") for feature in features]
    return Table("geojson", columns, rows, range(1, len(rows) + 1), geometries, _declared_crs(document))


def _features(document: object, name: str) -> list[dict[str, object]]:
    """Return the features of a collection, every one of them an object with an object of properties."""
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection" or not isinstance(features, list):
        found = "the file is not a FeatureCollection with a list of features"
        raise DataError.single("not_feature_collection", name, found, "Save it as a GeoJSON FeatureCollection")
    refuse_if_too_many(len(features), 1, name)
    problems = [problem for index, feature in enumerate(features) for problem in _feature_faults(feature, index)]
    if problems:
        raise DataError(problems)
    return features


def _feature_faults(feature: object, index: int) -> list[Problem]:
    where = f"/features/{index}"
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return [Problem("not_a_feature", where, f"{shown(feature)} is not a feature", "Write GeoJSON features only")]
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        found = f"{shown(properties)} is not a set of properties"
        return [Problem("wrong_type", f"{where}/properties", found, "Write an object")]
    faults = [
        Problem("unknown_member", where, f"{shown(member)} does not belong in a feature", "Take it out")
        for member in feature
        if member not in _FEATURE_MEMBERS
    ]
    if len(properties or {}) > MAX_TABLE_COLUMNS:
        found = f"the feature has {len(properties or {})} properties"
        faults.append(Problem("too_many_columns", where, found, f"Bring {MAX_TABLE_COLUMNS} at most"))
    return faults


def _properties(feature: Mapping[str, object]) -> dict[str, object]:
    own_id = {"id": feature["id"]} if feature.get("id") is not None else {}
    properties = feature.get("properties")
    return {**own_id, **(properties if isinstance(properties, dict) else {}), **own_id}


def _declared_crs(document: object) -> str | None:
    """Return the name in the file's `crs` member, the member itself as JSON where it has none, None without one."""
    crs = document.get("crs") if isinstance(document, dict) else None
    if crs is None:
        return None
    inner = crs.get("properties") if isinstance(crs, dict) else None
    crs_name = inner.get("name") if isinstance(inner, dict) else None
    return crs_name if isinstance(crs_name, str) else shown(crs)
