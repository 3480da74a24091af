"""Demand points: where people are thought to live, modelled along streets from one published total.

No count of people by building is published for the subdistricts, so the total is spread over points along their
streets: a point stands for a length of street, and weighs more the nearer it is to a placed residents' committee,
because committees are placed at the compound they are named after. Every such point is marked `modelled`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.datum import COORDINATE_DECIMALS, LocalProjection
from geo.errors import DataError, Problem
from geo.strict_json import decode_json

Shape = TypeVar("Shape")

MODEL_COLUMNS = ("people", "households", "street", "modelled")


@dataclass(frozen=True, slots=True)
class DemandModel:
    """How a total is spread along streets.

    Attributes:
        id_prefix: Beginning of every point's id (the subdistrict's slug).
        unit: What the total counts, `people` or `households`.
        spacing_m: Length of street that one point stands for, about; each piece of street is cut evenly.
        outline_slack_m: Streets up to this far outside the outline belong to it (they are its boundary).
        reach_m: Nearness to a committee falls to 1/2 of its peak at this distance.
        floor: Nearness far from every placed committee; not 0 where committees are missing from the map.
        farthest_m: Points farther than this from every placed committee are left out.
        without_streets: Streets nobody lives along (a shipyard's wall, a river).
        household_people: People in a household, used where the unit is households.
    """

    id_prefix: str
    unit: str = "people"
    spacing_m: float = 50.0
    outline_slack_m: float = 20.0
    reach_m: float = 250.0
    floor: float = 0.25
    farthest_m: float = math.inf
    without_streets: frozenset[str] = frozenset()
    household_people: float = 2.32


BUNDLED_MODELS = {
    "caojiadu": DemandModel(id_prefix="caojiadu"),
    "hudong": DemandModel(
        id_prefix="hudong", unit="households", farthest_m=600.0, without_streets=frozenset({"浦东大道"})
    ),
}
"""The models behind the bundled files; data/base/README.md gives the reasons."""

# No piece of street shorter than this carries a point: it is where a street only touches the outline.
_SHORTEST_PIECE_M = 15.0


def model_demand(
    streets: geopandas.GeoDataFrame,
    outline: shapely.Polygon,
    committees: geopandas.GeoDataFrame,
    total: int,
    model: DemandModel,
) -> geopandas.GeoDataFrame:
    """Spread `total` over points along the streets of one subdistrict.

    The weight of a point is `length_m * (floor + (1 - floor) / (1 + (d / reach_m) ** 2))`, where `length_m` is the
    length of street it stands for and `d` its straight distance in metres to the nearest placed committee. Weights
    are scaled to the total and made whole numbers by the largest remainder, so that they sum to it exactly. A length
    of street that two streets share counts once, for the first.

    Args:
        streets: LineStrings in WGS-84 with a column `name`, in the order that decides the ids.
        outline: The subdistrict in WGS-84.
        committees: Residents' committees in WGS-84; rows without geometry are not placed and play no part.
        total: People or households to spread, over 0.
        model: How they are spread.

    Returns:
        Points in WGS-84 (7 decimals), index `id`, columns `people` (float), `households` (int, where they are the
        unit), `street`, `modelled` (always True).

    Raises:
        DataError: if the total is not over 0, no committee is placed, or no street runs through the outline.
    """
    centre = outline.centroid
    projection = LocalProjection(centre.x, centre.y)
    area = _to_plane(outline, projection).buffer(model.outline_slack_m)
    placed = shapely.get_coordinates(_to_plane(committees.geometry.dropna().to_numpy(), projection))
    pieces = pd.DataFrame(_street_points(streets, projection, area, model), columns=["street", "length_m", "x", "y"])
    _check_inputs(total, len(placed), len(pieces))
    pieces["to_committee_m"] = _nearest_m(pieces[["x", "y"]].to_numpy(), placed)
    pieces = pieces[pieces["to_committee_m"] <= model.farthest_m].reset_index(drop=True)
    _check_inputs(total, len(placed), len(pieces))
    nearness = model.floor + (1 - model.floor) / (1 + (pieces["to_committee_m"] / model.reach_m) ** 2)
    counts = _largest_remainder((pieces["length_m"] * nearness).to_numpy(), total)
    return _demand_frame(pieces, counts, projection, model)


def read_demand(path: Path) -> geopandas.GeoDataFrame:
    """Return the demand points of a GeoJSON file.

    Returns:
        Points in WGS-84, index `id` in file order, column `people` (float), and `households` (float), `street` and
        `modelled` where the file has them.

    Raises:
        DataError: with every problem of the file.
    """
    features = _features(decode_json(path.read_bytes(), path.name), path.name)
    problems = [problem for index, feature in enumerate(features) for problem in _faults(feature, f"/features/{index}")]
    ids = [str(feature.get("id")) for feature in features]
    problems += [
        Problem("duplicate_id", f"/features/{index}/id", f"{found!r} stands there twice", "Give each point its own id")
        for index, found in _repeated(ids)
    ]
    if problems:
        raise DataError(problems)
    rows = [{name: feature["properties"].get(name) for name in MODEL_COLUMNS} for feature in features]
    frame = pd.DataFrame(rows, index=pd.Index(ids, name="id"), columns=list(MODEL_COLUMNS))
    frame = frame.dropna(axis="columns", how="all")
    numbers = {name: float for name in ("people", "households") if name in frame}
    points = shapely.points([feature["geometry"]["coordinates"] for feature in features])
    return geopandas.GeoDataFrame(frame.astype(numbers), geometry=points, crs="EPSG:4326")


def _repeated(ids: list[str]) -> Iterator[tuple[int, str]]:
    """Yield place and id of every id that stood before."""
    seen: set[str] = set()
    for index, found in enumerate(ids):
        if found in seen:
            yield index, found
        seen.add(found)


def demand_to_geojson(frame: geopandas.GeoDataFrame, name: str) -> bytes:
    """Return the GeoJSON of a frame of `model_demand`, one feature a line, in the frame's order."""
    lines = [_feature_line(str(row.Index), row._asdict()) for row in frame.itertuples()]
    head = f'{{"type":"FeatureCollection","name":{json.dumps(name, ensure_ascii=False)},"features":[\n'
    return (head + ",\n".join(lines) + "\n]}\n").encode()


def _feature_line(point_id: str, row: dict[str, Any]) -> str:
    people = float(row["people"])
    properties = {
        "people": int(people) if people.is_integer() else round(people, 2),
        **({"households": int(row["households"])} if "households" in row else {}),
        "street": row["street"],
        "modelled": row["modelled"],
    }
    coordinates = [round(value, COORDINATE_DECIMALS) for value in shapely.get_coordinates(row["geometry"])[0]]
    feature = {
        "type": "Feature",
        "id": point_id,
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": properties,
    }
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _to_plane(shape: Shape, projection: LocalProjection) -> Shape:
    """Return a geometry, or an array of them, in metres."""

    def to_xy(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(projection.to_xy(lonlat[:, 0], lonlat[:, 1]))

    in_metres: Shape = shapely.transform(shape, to_xy)  # type: ignore[call-overload]
    return in_metres


def _street_points(
    streets: geopandas.GeoDataFrame, projection: LocalProjection, area: shapely.Polygon, model: DemandModel
) -> Iterator[tuple[str, float, float, float]]:
    """Yield street name, length stood for in metres, x and y in metres of every point, in the streets' order."""
    for name, line in _own_lines(streets):
        if name in model.without_streets:
            continue
        for piece in _pieces(_to_plane(line, projection), area):
            count = max(1, round(piece.length / model.spacing_m))
            for index in range(count):
                point = piece.interpolate((index + 0.5) / count, normalized=True)
                yield name, piece.length / count, point.x, point.y


def _own_lines(streets: geopandas.GeoDataFrame) -> Iterator[tuple[str, shapely.LineString]]:
    """Yield the runs of each street that no street before it has taken."""
    taken: set[frozenset[tuple[float, ...]]] = set()
    for name, line in zip(streets["name"], streets.geometry, strict=True):
        run: list[tuple[float, ...]] = []
        for start, end in zip(line.coords[:-1], line.coords[1:], strict=True):
            segment = frozenset((start, end))
            if segment in taken:
                if len(run) > 1:
                    yield str(name), shapely.LineString(run)
                run = []
                continue
            taken.add(segment)
            run = [*run, end] if run else [start, end]
        if len(run) > 1:
            yield str(name), shapely.LineString(run)


def _pieces(line: shapely.LineString, area: shapely.Polygon) -> Iterator[shapely.LineString]:
    """Yield the parts of a line (metres) inside `area`, from the line's start to its end."""
    parts = shapely.get_parts(shapely.line_merge(shapely.intersection(line, area)))
    inside = [part for part in parts if part.geom_type == "LineString" and part.length >= _SHORTEST_PIECE_M]
    yield from sorted(inside, key=lambda part: line.project(part.interpolate(0.5, normalized=True)))


def _nearest_m(points: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance in metres from each of `points` (n, 2) to the nearest of `places` (m, 2), shape (n,)."""
    apart = points[:, None, :] - places[None, :, :]
    nearest: NDArray[np.float64] = np.hypot(apart[..., 0], apart[..., 1]).min(axis=1)
    return nearest


def _largest_remainder(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to `weights` (n,) that sum to `total`; ties go to the earlier point."""
    # Rounding to 1e-9 keeps the last bits of a machine's arithmetic out of the choice.
    quotas = np.round(weights / weights.sum() * total, 9)
    counts: NDArray[np.int64] = np.floor(quotas).astype(np.int64)
    by_remainder = np.argsort(counts - quotas, kind="stable")
    counts[by_remainder[: total - int(counts.sum())]] += 1
    return counts


def _demand_frame(
    pieces: pd.DataFrame, counts: NDArray[np.int64], projection: LocalProjection, model: DemandModel
) -> geopandas.GeoDataFrame:
    lon, lat = projection.to_lonlat(pieces["x"].to_numpy(), pieces["y"].to_numpy())
    ids = [f"{model.id_prefix}-{number:04d}" for number in range(1, len(pieces) + 1)]
    columns: dict[str, object] = {"people": counts.astype(np.float64)}
    if model.unit == "households":
        columns = {"people": np.round(counts * model.household_people, 2), "households": counts}
    return geopandas.GeoDataFrame(
        {**columns, "street": pieces["street"].to_numpy(), "modelled": True},
        index=pd.Index(ids, name="id"),
        geometry=shapely.points(np.round(lon, COORDINATE_DECIMALS), np.round(lat, COORDINATE_DECIMALS)),
        crs="EPSG:4326",
    )


def _check_inputs(total: int, committees: int, points: int) -> None:
    if total <= 0:
        raise DataError.single("no_total", "total", f"{total} is not a total", "Give a number over 0")
    if committees == 0:
        raise DataError.single("no_committee", "committees", "none is placed", "Place one residents' committee")
    if points == 0:
        raise DataError.single("no_street", "streets", "none lies where people live", "Bring the subdistrict's streets")


def _features(collection: object, where: str) -> list[dict[str, Any]]:
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise DataError.single("no_features", where, "there is no list of features", "Bring a FeatureCollection")
    strange = [index for index, feature in enumerate(features) if not isinstance(feature, dict)]
    if strange:
        raise DataError([Problem("not_a_feature", f"/features/{n}", "no object", "Bring Features") for n in strange])
    return features


def _faults(feature: dict[str, Any], where: str) -> Iterator[Problem]:
    """Yield what is wrong with one demand point."""
    if not isinstance(feature.get("id"), str) or not feature["id"]:
        yield Problem("missing_id", f"{where}/id", "the point has no id", "Give it one of its own")
    if not _is_point(feature.get("geometry")):
        yield Problem("bad_position", f"{where}/geometry", "it is no Point in degrees", "Write [longitude, latitude]")
    properties = feature.get("properties")
    numbers = properties if isinstance(properties, dict) else {}
    for name, absent in (("people", None), ("households", 0)):
        value = numbers.get(name, absent)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            found = f"{value!r} is no number of {name}"
            yield Problem("bad_number", f"{where}/properties/{name}", found, "Write a number of 0 or more")


def _is_point(geometry: object) -> bool:
    """Return whether a GeoJSON geometry is a Point in degrees."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return False
    position = geometry.get("coordinates")
    if not isinstance(position, list) or len(position) != 2:
        return False
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in position):
        return False
    return bool(abs(position[0]) <= 180 and abs(position[1]) <= 90)
