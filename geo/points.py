"""The open reader: any GeoJSON of points, as facilities or demand points of the coverage command.

Unlike a layer file it has no closed schema. Ids, order and all properties are kept as they are; what a distance is
computed from (coordinates, people, service radius) is checked as strictly as anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, Problem
from geo.geometry_checks import check_geometry, crs_problem
from geo.strict_json import examine_json, is_finite, not_finite, place, pointer_step, shown

Problems = list[Problem]


@dataclass(frozen=True, slots=True)
class _OpenPoint:
    id: object
    people: float
    location_status: str | None
    service_radius_m: float | None
    properties: Mapping[str, object]
    geometry: BaseGeometry | None


def parse_points(raw: bytes, where: str) -> gpd.GeoDataFrame:
    """Return the points of a GeoJSON FeatureCollection, or of one Feature, in the order of the file.

    Args:
        raw: The bytes of the file.
        where: The name of the file for problems (empty for JSON pointers alone).

    Returns:
        A frame with a plain index 0..n-1 and the columns `id` (the feature's `id`, else its property `id`, with the
        type it has in the file; else its place in the file from 0 as a text), `people` (float, 1.0 where absent),
        `location_status` (text or None), `service_radius_m` (float or None), `properties` (the feature's own, as a
        dict) and `geometry` (Point in EPSG:4326, or None).

    Raises:
        DataError: with every problem of the file.
    """
    reading = examine_json(raw, "")
    problems = list(reading.problems)
    points = _read_points(reading.value, problems) if reading.readable else []
    refused = {(problem.code, problem.where): problem for problem in problems if not problem.warning}
    if refused:
        raise DataError([_in_file(problem, where) for problem in refused.values()])
    return _frame(points)


def _in_file(problem: Problem, where: str) -> Problem:
    return Problem(problem.code, place(where, problem.where), problem.found, problem.remedy, figures=problem.figures)


def _frame(points: list[_OpenPoint]) -> gpd.GeoDataFrame:
    columns = {
        "id": pd.Series([point.id for point in points], dtype=object),
        "people": pd.Series([point.people for point in points], dtype="float64"),
        "location_status": pd.Series([point.location_status for point in points], dtype=object),
        "service_radius_m": pd.Series([point.service_radius_m for point in points], dtype=object),
        "properties": pd.Series([point.properties for point in points], dtype=object),
    }
    geometry = gpd.GeoSeries([point.geometry for point in points], crs="EPSG:4326")
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=geometry, crs="EPSG:4326")


def _read_points(value: object, problems: Problems) -> list[_OpenPoint]:
    kind = value.get("type") if isinstance(value, dict) else value
    if not isinstance(value, dict) or kind not in ("FeatureCollection", "Feature"):
        remedy = "Bring a GeoJSON FeatureCollection of points, or one Feature"
        problems.append(Problem("not_feature_collection", "", f"{shown(kind)} is not a FeatureCollection", remedy))
        return []
    crs = crs_problem(value["crs"], "/crs") if value.get("crs") is not None else None
    problems += [crs] if crs else []
    if kind == "Feature":
        point = _read_point(value, "", 0, problems)
        return [] if point is None else [point]
    features = value.get("features")
    if not isinstance(features, list):
        problems.append(
            Problem("wrong_type", "/features", f"features is {shown(features)}", "Write a list of features")
        )
        return []
    found = [_read_point(feature, f"/features/{index}", index, problems) for index, feature in enumerate(features)]
    problems += _repeated_ids(found)
    return [point for point in found if point is not None]


def _read_point(feature: object, where: str, index: int, problems: Problems) -> _OpenPoint | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        problems.append(
            Problem("not_a_feature", where, f"{shown(feature)} is not a feature", "Write a GeoJSON feature")
        )
        return None
    before = len(problems)
    properties = _properties(feature, where, problems)
    point_id = _point_id(feature, properties, where, index, problems)
    geometry = _geometry(feature, where, problems)
    people = _amount(properties, "people", where, problems)
    radius_m = _amount(properties, "service_radius_m", where, problems)
    if any(not problem.warning for problem in problems[before:]):
        return None
    status = properties.get("location_status")
    people = 1.0 if people is None else people
    return _OpenPoint(point_id, people, status if isinstance(status, str) else None, radius_m, properties, geometry)


def _properties(feature: Mapping[str, object], where: str, problems: Problems) -> dict[str, object]:
    properties = feature.get("properties")
    if isinstance(properties, dict):
        return properties
    if properties is not None:
        found = f"{shown(properties)} is not a set of properties"
        problems.append(Problem("wrong_type", f"{where}/properties", found, "Write an object or null"))
    return {}


def _point_id(
    feature: Mapping[str, object], properties: Mapping[str, object], where: str, index: int, problems: Problems
) -> object:
    for owner, pointer in ((feature, f"{where}/id"), (properties, f"{where}/properties/id")):
        point_id = owner.get("id")
        if point_id is None:
            continue
        if isinstance(point_id, bool) or not isinstance(point_id, str | int | float):
            problems.append(Problem("bad_id", pointer, f"{shown(point_id)} is not an id", "Write a text or a number"))
        return point_id
    return str(index)


def _geometry(feature: Mapping[str, object], where: str, problems: Problems) -> BaseGeometry | None:
    if "geometry" not in feature:
        problems.append(Problem("missing_member", where, "the feature has no geometry", "Add a Point, or null"))
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    members = (
        {key: geometry[key] for key in ("type", "coordinates") if key in geometry}
        if isinstance(geometry, dict)
        else geometry
    )
    return check_geometry(members, f"{where}/geometry", ("Point",), problems)


def _amount(properties: Mapping[str, object], name: str, where: str, problems: Problems) -> float | None:
    """Return people (0 or more) or a radius in metres (over 0); None where the property is absent."""
    value = properties.get(name)
    here = f"{where}/properties{pointer_step(name)}"
    if name not in properties or (value is None and name != "people"):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        remedy = f"Write a number, or leave {name} out"
        problems.append(Problem("wrong_type", here, f"{shown(value)} is not a number", remedy))
    elif not is_finite(value):
        problems.append(not_finite(value, here))
    elif value < 0 or (value == 0 and name != "people"):
        remedy = f"Write a number {'of 0 or more' if name == 'people' else 'over 0'}"
        problems.append(Problem("out_of_range", here, f"{shown(value)} is out of range", remedy))
    else:
        return float(value)
    return None


def _repeated_ids(points: list[_OpenPoint | None]) -> Problems:
    """Return the problems of ids that would read the same in an answer: 1, 1.0 and "1" are one id."""
    first_with: dict[str, int] = {}
    problems: Problems = []
    for index, point in enumerate(points):
        if point is None:
            continue
        words = str(int(point.id)) if isinstance(point.id, float) and point.id.is_integer() else str(point.id)
        if first_with.setdefault(words, index) != index:
            found = f"the id {shown(point.id)} is also that of /features/{first_with[words]}"
            problems.append(Problem("duplicate_id", f"/features/{index}", found, "Give every point its own id"))
    return problems
