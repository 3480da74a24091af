"""Geometry for the map's scripts: street lines for labels, people by street block, circles; plain JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.datum import LocalProjection
from geo.network import WalkNetwork

JsonObject: TypeAlias = dict[str, Any]
Coordinates: TypeAlias = list[list[float]]

DECIMALS = 6  # of a degree: 0.1 m, finer than any line on the screen
_CIRCLE_QUARTER_PARTS = 24


def line_coordinates(positions: Iterable[Sequence[float]]) -> Coordinates:
    """Return positions as [[lon, lat], ...] with the decimals that a screen needs."""
    return [[round(float(lon), DECIMALS), round(float(lat), DECIMALS)] for lon, lat in positions]


def polygon_coordinates(area: BaseGeometry) -> list[list[Coordinates]]:
    """Return the polygons of `area`, each as its rings (outer first); lines and points in it are left out."""
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon) and not part.is_empty]
    return [[line_coordinates(ring.coords) for ring in (part.exterior, *part.interiors)] for part in parts]


def street_lines(network: WalkNetwork, outline: Polygon) -> list[JsonObject]:
    """Return each named street as joined lines, with whether it touches the subdistrict: what labels are set along."""
    names = network.way_name[network.edge_way]
    ends = np.stack(
        [
            np.column_stack([network.lon[network.edge_u], network.lat[network.edge_u]]),
            np.column_stack([network.lon[network.edge_v], network.lat[network.edge_v]]),
        ],
        axis=1,
    )
    streets = []
    for name_index in np.unique(names):
        joined = shapely.line_merge(MultiLineString(list(ends[names == name_index])))
        lines = [line for line in shapely.get_parts(joined) if isinstance(line, LineString)]
        inside = bool(shapely.intersects(joined, outline))
        drawn = [line_coordinates(line.coords) for line in sorted(lines, key=lambda line: -line.length)]
        streets.append({"name": network.names[name_index], "inside": inside, "lines": drawn})
    return streets


def street_blocks(people: pd.DataFrame, network: WalkNetwork) -> list[JsonObject]:
    """Return uncovered people summed for each street block (the network's edge nearest to the point).

    Args:
        people: columns lon, lat, weight, distance_m (None: unreachable), street, circle.
        network: the network whose edges are the blocks.
    """
    if people.empty:
        return []
    summed = people.assign(
        edge=_nearest_edges(people, network),
        lon=people["lon"] * people["weight"],
        lat=people["lat"] * people["weight"],
        distance_m=people["distance_m"].astype(float),
    ).groupby("edge", sort=True)
    blocks = summed.agg(
        lon=("lon", "sum"),
        lat=("lat", "sum"),
        weight=("weight", "sum"),
        points=("weight", "size"),
        distance_m=("distance_m", "median"),
        street=("street", "first"),
        circle=("circle", "mean"),
    )
    return [_block(row) for _, row in blocks.iterrows() if row["weight"] > 0]


def circle_area(projection: LocalProjection, facilities: pd.DataFrame, limit_m: float) -> BaseGeometry:
    """Return the straight-line circles of `limit_m` round all facilities, united, in degrees.

    A facility's own service radius takes the limit's place.
    """
    points = facilities.geometry.representative_point()
    x, y = projection.to_xy(points.x.to_numpy(), points.y.to_numpy())
    own_m = pd.to_numeric(facilities["service_radius_m"], errors="coerce") if "service_radius_m" in facilities else None
    radius_m = np.full(len(facilities), limit_m) if own_m is None else own_m.fillna(limit_m).to_numpy()
    circles = shapely.buffer(shapely.points(x, y), radius_m, quad_segs=_CIRCLE_QUARTER_PARTS)
    united = shapely.union_all(circles)
    return shapely.transform(united, lambda xy: np.column_stack(projection.to_lonlat(xy[:, 0], xy[:, 1])))


def _nearest_edges(people: pd.DataFrame, network: WalkNetwork) -> np.ndarray:
    """Return the number of the edge nearest to each point, shape (n,)."""
    tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.linestrings(network.edge_ends_xy()))))
    at_x, at_y = network.projection.to_xy(people["lon"].to_numpy(), people["lat"].to_numpy())
    return np.asarray(tree.nearest(shapely.points(at_x, at_y)))


def _block(row: pd.Series[Any]) -> JsonObject:
    """Return one block as JSON; its circle stands at the weighted middle of its people."""
    distance_m = row["distance_m"]
    return {
        "lon": round(row["lon"] / row["weight"], DECIMALS),
        "lat": round(row["lat"] / row["weight"], DECIMALS),
        "weight": round(float(row["weight"]), 1),
        "points": int(row["points"]),
        "distance_m": None if np.isnan(distance_m) else round(float(distance_m)),
        "street": row["street"],
        "circle": bool(row["circle"] >= 0.5),
    }
