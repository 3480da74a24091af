"""Geometry for the map's scripts: street lines for labels, people by street block, circles; plain JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.datum import LocalProjection
from geo.network import WalkNetwork

JsonObject: TypeAlias = dict[str, Any]
Coordinates: TypeAlias = list[list[float]]

DECIMALS = 6  # of a degree: 0.1 m, finer than any line on the screen
_CIRCLE_QUARTER_PARTS = 24
_MOST_POSITIONS, _CITY_TOLERANCE_DEG, _CITY_DECIMALS = 40_000, 3e-5, 5
"""Of lines with more positions than this together, bends of less than some 3 m are left out, and a metre is enough."""

_MOST_BLOCKS = 5000
_CELL_DEG = 0.001


def line_coordinates(positions: Iterable[Sequence[float]]) -> Coordinates:
    """Return positions as [[lon, lat], ...] with the decimals that a screen needs."""
    return [[round(float(lon), DECIMALS), round(float(lat), DECIMALS)] for lon, lat in positions]


def polygon_coordinates(area: BaseGeometry) -> list[list[Coordinates]]:
    """Return the polygons of `area`, each as its rings (outer first); lines and points in it are left out."""
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon) and not part.is_empty]
    return [[line_coordinates(ring.coords) for ring in (part.exterior, *part.interiors)] for part in parts]


def screen_lines(lines: Sequence[BaseGeometry] | np.ndarray) -> list[Coordinates]:
    """Return lines in degrees as a screen needs them: those of a whole city without the bends that nobody can see."""
    parts = np.asarray(lines, dtype=object)
    decimals = DECIMALS
    if int(shapely.get_num_coordinates(parts).sum()) > _MOST_POSITIONS:
        parts, decimals = shapely.simplify(parts, _CITY_TOLERANCE_DEG, preserve_topology=False), _CITY_DECIMALS
    positions, owner = shapely.get_coordinates(parts, return_index=True)
    cuts = np.searchsorted(owner, np.arange(1, len(parts)))
    return [part.tolist() for part in np.split(positions.round(decimals), cuts)] if len(parts) else []


def street_lines(network: WalkNetwork, outline: Polygon) -> list[JsonObject]:
    """Return each named street as joined lines, with whether it touches the subdistrict: what labels are set along."""
    names = network.way_name[network.edge_way]
    ends = np.stack([_positions(network, network.edge_u), _positions(network, network.edge_v)], axis=1)
    segments = np.asarray(shapely.linestrings(ends))
    joined = [shapely.line_merge(shapely.multilinestrings(segments[names == name])) for name in np.unique(names)]
    parts, owner = shapely.get_parts(np.array(joined, dtype=object), return_index=True)
    order = np.lexsort((-shapely.length(parts), owner))
    lines = screen_lines(parts[order])
    cuts = np.searchsorted(owner[order], np.arange(len(joined) + 1)).tolist()
    shapely.prepare(outline)
    return [
        {
            "name": network.names[name],
            "inside": bool(shapely.intersects(joined[number], outline)),
            "lines": lines[cuts[number] : cuts[number + 1]],
        }
        for number, name in enumerate(np.unique(names).tolist())
    ]


def _positions(network: WalkNetwork, nodes: np.ndarray) -> np.ndarray:
    return np.column_stack([network.lon[nodes], network.lat[nodes]])


def street_blocks(people: pd.DataFrame, network: WalkNetwork) -> list[JsonObject]:
    """Return uncovered people summed for each street block (the network's edge nearest to the point).

    Where these are more than 5,000, as in a whole city, people are summed for each cell of a grid instead, as coarse as
    it must be.

    Args:
        people: columns lon, lat, weight, distance_m (None: unreachable), street, circle.
        network: the network whose edges are the blocks.
    """
    if people.empty:
        return []
    summed = people.assign(
        block=_blocks(people, network),
        lon=people["lon"] * people["weight"],
        lat=people["lat"] * people["weight"],
        distance_m=people["distance_m"].astype(float),
    ).groupby("block", sort=True)
    blocks = summed.agg(
        lon=("lon", "sum"),
        lat=("lat", "sum"),
        weight=("weight", "sum"),
        points=("weight", "size"),
        distance_m=("distance_m", "median"),
        street=("street", "first"),
        circle=("circle", "mean"),
    )
    return [_block(row) for row in blocks[blocks["weight"] > 0].itertuples()]


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


def _blocks(people: pd.DataFrame, network: WalkNetwork) -> np.ndarray:
    """Return a number for each point that is the same for all of its block, shape (n,)."""
    block, cell_deg = _nearest_edges(people, network), _CELL_DEG
    while len(np.unique(block)) > _MOST_BLOCKS:
        columns, rows = (np.floor(people[axis].to_numpy() / cell_deg).astype(np.int64) for axis in ("lon", "lat"))
        block, cell_deg = columns * (1 << 32) + rows, cell_deg * 1.5
    return block


def _nearest_edges(people: pd.DataFrame, network: WalkNetwork) -> np.ndarray:
    """Return the number of the edge nearest to each point, shape (n,)."""
    tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.linestrings(network.edge_ends_xy()))))
    at_x, at_y = network.projection.to_xy(people["lon"].to_numpy(), people["lat"].to_numpy())
    return np.asarray(tree.nearest(shapely.points(at_x, at_y)))


def _block(row: Any) -> JsonObject:  # noqa: ANN401 - a row of the summed table
    """Return one block as JSON; its circle stands at the weighted middle of its people."""
    return {
        "lon": round(row.lon / row.weight, DECIMALS),
        "lat": round(row.lat / row.weight, DECIMALS),
        "weight": round(float(row.weight), 1),
        "points": int(row.points),
        "distance_m": None if np.isnan(row.distance_m) else round(float(row.distance_m)),
        "street": row.street,
        "circle": bool(row.circle >= 0.5),
    }
