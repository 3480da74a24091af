"""The closed schema of a layer file: collection, features, and what must agree between a feature's parts.

Every fault of a file is found in one reading. Pointers are JSON pointers into the file; messages name the feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.catalog import Catalog, Layer
from geo.errors import Problem
from geo.geometry_checks import check_geometry, crs_problem, distance_outside_m
from geo.property_checks import Problems, Value, check_properties
from geo.strict_json import examine_json, pointer_step, shown
from geo.text_checks import hidden_character_problems
from geo.ulid import is_ulid

MAX_LAYER_BYTES = 20_000_000
MAX_LAYER_VERTICES = 100_000
_COLLECTION_MEMBERS = frozenset({"type", "name", "features", "crs"})
_FEATURE_MEMBERS = frozenset({"type", "id", "geometry", "properties"})
_ACCURACY_NEEDED = frozenset({"address", "approximate"})


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file is held against: its layer, the catalogue, and outlines of subdistricts (by slug, WGS-84)."""

    layer: Layer
    catalog: Catalog
    outlines: Mapping[str, Polygon]


@dataclass(frozen=True, slots=True)
class Facility:
    """A feature that was read: its ULID, its geometry (None where unlocated), its properties without nulls."""

    id: str
    geometry: BaseGeometry | None
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class LayerReading:
    """The facilities of a file that have no fault, in the order of the file, and every problem of the file."""

    facilities: tuple[Facility, ...]
    problems: tuple[Problem, ...]


def examine_layer(raw: bytes, schema: Schema) -> LayerReading:
    """Return the facilities and the problems of a layer file."""
    if len(raw) > MAX_LAYER_BYTES:
        found = f"the file has {len(raw)} bytes"
        return LayerReading((), (Problem("file_too_large", "", found, f"Bring {MAX_LAYER_BYTES} at most"),))
    reading = examine_json(raw, "")
    if not reading.readable:
        return LayerReading((), reading.problems)
    problems = list(reading.problems)
    features = _collection_features(reading.value, schema.layer, problems)
    facilities = [] if _too_many_vertices(features, problems) else _read_features(features, schema, problems)
    return LayerReading(tuple(facilities), _once(problems))


def read_feature(feature: object, where: str, schema: Schema, problems: Problems) -> Facility | None:
    """Return the facility of one GeoJSON feature, or None with every fault added to `problems`.

    Warnings are added too and do not refuse it. `where` is the JSON pointer of the feature.
    """
    if not isinstance(feature, dict):
        problems.append(Problem("wrong_type", where, f"{shown(feature)} is not a feature", "Write a GeoJSON feature"))
        return None
    faults: Problems = []
    _check_members(feature, where, faults)
    properties = check_properties(
        feature.get("properties"), f"{where}/properties", schema.layer, schema.catalog, faults
    )
    geometry = _read_geometry(feature, where, schema.layer, faults)
    if properties is not None:
        _check_location(feature, properties.get("location_status"), where, faults)
    if geometry is not None and properties is not None:
        _check_outline(geometry, properties, where, schema.outlines, faults)
    problems += [replace(fault, found=fault.found + _of_feature(feature)) for fault in faults]
    if properties is None or any(not fault.warning for fault in faults):
        return None
    return Facility(feature["id"], geometry, properties)


def _collection_features(value: object, layer: Layer, problems: Problems) -> list[object]:
    """Return the features of a collection; its other members are checked."""
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        kind = value.get("type") if isinstance(value, dict) else value
        remedy = 'Write an object of type "FeatureCollection"'
        problems.append(Problem("not_feature_collection", "", f"{shown(kind)} is not a FeatureCollection", remedy))
        return []
    for name in [name for name in value if name not in _COLLECTION_MEMBERS]:
        found = f"{shown(name)} does not belong in a layer file"
        problems.append(Problem("unknown_member", pointer_step(name), found, "Take it out"))
    crs = crs_problem(value["crs"], "/crs") if "crs" in value else None
    problems += [crs] if crs else []
    if value.get("name") != layer.id:
        found = f"the file's name is {shown(value.get('name'))}"
        problems.append(Problem("wrong_layer_name", "/name", found, f'Write "name": "{layer.id}"'))
    return _feature_list(value, problems)


def _feature_list(collection: Mapping[str, object], problems: Problems) -> list[object]:
    features = collection.get("features")
    if isinstance(features, list):
        return features
    code = "wrong_type" if "features" in collection else "missing_member"
    problems.append(Problem(code, "/features", f"features is {shown(features)}", "Write a list of features"))
    return []


def _too_many_vertices(features: list[object], problems: Problems) -> bool:
    count = sum(count_vertices(feature.get("geometry")) for feature in features if isinstance(feature, dict))
    if count <= MAX_LAYER_VERTICES:
        return False
    remedy = f"Bring {MAX_LAYER_VERTICES} at most: simplify the outlines"
    problems.append(Problem("too_many_vertices", "", f"the file has {count} vertices", remedy))
    return True


def count_vertices(geometry: object) -> int:
    """Return how many positions a geometry has, without trusting its form: lists that hold no list count as one."""
    waiting = [geometry.get("coordinates")] if isinstance(geometry, dict) else []
    count = 0
    while waiting:
        item = waiting.pop()
        inner = [part for part in item if isinstance(part, list)] if isinstance(item, list) else []
        waiting += inner
        count += not inner
    return count


def _read_features(features: list[object], schema: Schema, problems: Problems) -> list[Facility]:
    first_with: dict[str, int] = {}
    facilities: list[Facility] = []
    for index, feature in enumerate(features):
        where = f"/features/{index}"
        facility = read_feature(feature, where, schema, problems)
        feature_id = feature.get("id") if isinstance(feature, dict) else None
        if isinstance(feature_id, str) and first_with.setdefault(feature_id, index) != index:
            found = f"{shown(feature_id)} is also the id of /features/{first_with[feature_id]}"
            problems.append(Problem("duplicate_id", f"{where}/id", found, "Give one of them a new id"))
        elif facility is not None:
            facilities.append(facility)
    return facilities


def _check_members(feature: Mapping[str, object], where: str, faults: Problems) -> None:
    for name in [name for name in feature if name not in _FEATURE_MEMBERS]:
        found = f"{shown(name)} does not belong in a feature"
        faults.append(Problem("unknown_member", where + pointer_step(name), found, "Take it out"))
    if feature.get("type") != "Feature":
        found = f"{shown(feature.get('type'))} is not the type of a feature"
        faults.append(Problem("not_a_feature", f"{where}/type", found, 'Write "type": "Feature"'))
    if feature.get("id") is None:
        faults.append(Problem("missing_id", where, "the feature has no id", "Give it a ULID"))
    elif not is_ulid(feature["id"]):
        found = f"{shown(feature['id'])} is not a ULID"
        faults.append(
            Problem("bad_id", f"{where}/id", found, "Write 26 characters, figures and capitals without I, L, O, U")
        )
    if isinstance(feature.get("id"), str):
        faults += hidden_character_problems(str(feature["id"]), f"{where}/id")


def _read_geometry(feature: Mapping[str, object], where: str, layer: Layer, faults: Problems) -> BaseGeometry | None:
    if "geometry" not in feature:
        faults.append(
            Problem("missing_member", where, "the feature has no geometry", "Add it, or null where unlocated")
        )
    geometry = feature.get("geometry")
    return None if geometry is None else check_geometry(geometry, f"{where}/geometry", layer.geometries, faults)


def _check_location(feature: Mapping[str, object], status: Value | None, where: str, faults: Problems) -> None:
    """Check that geometry, location status and accuracy say the same thing."""
    properties = feature.get("properties")
    if status is None or "geometry" not in feature or not isinstance(properties, dict):
        return
    geometry = feature["geometry"]
    if geometry is None and status != "unlocated":
        remedy = "Give the place, or set location_status to unlocated"
        faults.append(
            Problem("missing_geometry", f"{where}/geometry", f"null, but location_status is {status}", remedy)
        )
    if geometry is not None and status == "unlocated":
        remedy = "Write null, or say how the place is known"
        found = "there is a geometry, but location_status is unlocated"
        faults.append(Problem("unexpected_geometry", f"{where}/geometry", found, remedy))
    if status in _ACCURACY_NEEDED and properties.get("accuracy_m") is None:
        found = f"location_status is {status}, but accuracy_m is missing"
        faults.append(
            Problem("missing_accuracy", f"{where}/properties", found, "Say how far off the place may be, in metres")
        )


def _check_outline(
    geometry: BaseGeometry,
    properties: Mapping[str, Value],
    where: str,
    outlines: Mapping[str, Polygon],
    faults: Problems,
) -> None:
    """Warn of a geometry outside the outline of its subdistrict, with the distance in metres on the ellipsoid."""
    slug = str(properties.get("subdistrict"))
    outline = outlines.get(slug)
    if outline is None:
        return
    distance_m = distance_outside_m(geometry, outline)
    if distance_m > 0:
        faults.append(outside_warning(distance_m, slug, f"{where}/geometry"))


def outside_warning(distance_m: float, subdistrict: str, where: str) -> Problem:
    """Return the warning of a place that lies `distance_m` metres outside its subdistrict."""
    found = f"the place is {distance_m:.0f} m outside {subdistrict}"
    remedy = "Confirm that it serves this subdistrict, or correct the place"
    figures: dict[str, float | int | str] = {"distance_m": round(distance_m, 1), "subdistrict": subdistrict}
    return Problem("outside_subdistrict", where, found, remedy, warning=True, figures=figures)


def _of_feature(feature: Mapping[str, object]) -> str:
    """Return the words that name a feature in a message, as far as it has an id or a name."""
    properties = feature.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    parts = [shown(part, 60) for part in (feature.get("id"), name) if isinstance(part, str) and part]
    return f" (feature {', '.join(parts)})" if parts else ""


def _once(problems: Problems) -> tuple[Problem, ...]:
    """Return the problems without those that two checks found at the same place."""
    return tuple({(problem.code, problem.where, problem.warning): problem for problem in problems}.values())
