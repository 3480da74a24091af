"""Geometry for the map's scripts: street lines for labels, people by street block, circles; plain JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.datum import LocalProjection
from geo.network import BoolArray, WalkNetwork
from geo.prepared import prepared_copy
from geo.service_area import EdgeParts, lines_to_degrees, named_strokes
from geo.street_length import whole_edges

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


def coarse_polygons(polygons: Sequence[Sequence[Coordinates]]) -> list[list[Coordinates]]:
    """Return polygons, each as its rings, as a screen needs those of a whole city: without bends of less than 3 m."""
    shapes = shapely.simplify([shapely.Polygon(rings[0], rings[1:]) for rings in polygons], _CITY_TOLERANCE_DEG)
    parts = [part for part in shapely.get_parts(shapely.set_precision(shapes, 10.0**-_CITY_DECIMALS)) if part.area > 0]
    return [
        [shapely.get_coordinates(ring).round(_CITY_DECIMALS).tolist() for ring in (part.exterior, *part.interiors)]
        for part in parts
    ]


def screen_lines(lines: Sequence[BaseGeometry] | np.ndarray) -> list[Coordinates]:
    """Return lines in degrees as a screen needs them: those of a whole city without the bends that nobody can see."""
    parts = np.asarray(lines, dtype=object)
    decimals = DECIMALS
    if int(shapely.get_num_coordinates(parts).sum()) > _MOST_POSITIONS:
        parts, decimals = shapely.simplify(parts, _CITY_TOLERANCE_DEG, preserve_topology=False), _CITY_DECIMALS
    positions, owner = shapely.get_coordinates(parts, return_index=True)
    cuts = np.searchsorted(owner, np.arange(1, len(parts)))
    return [part.tolist() for part in np.split(positions.round(decimals), cuts)] if len(parts) else []


def street_lines(network: WalkNetwork, outline: Polygon, near: BoolArray | None = None) -> list[JsonObject]:
    """Return each named street as joined lines, with whether it touches the subdistrict: what labels are set along.

    Args:
        network: the streets.
        outline: of the subdistrict, in degrees.
        near: the edges that are wanted, bool (m,); None for all.
    """
    every = whole_edges(network)
    wanted = every if near is None else EdgeParts(every.edge[near], every.from_dm[near], every.to_dm[near])
    strokes, name = named_strokes(network, wanted)
    order = np.lexsort((-shapely.length(strokes), name))
    parts, name = lines_to_degrees(network, strokes[order]), name[order]
    lines = screen_lines(parts)
    touches = shapely.intersects(prepared_copy(outline), parts)
    first = np.flatnonzero(np.diff(name, prepend=-1))
    return [
        {
            "name": network.names[name[begin]],
            "inside": bool(touches[begin:end].any()),
            "lines": lines[begin:end],
        }
        for begin, end in pairwise([*first.tolist(), len(lines)])
    ]


def street_blocks(people: pd.DataFrame) -> list[JsonObject]:
    """Return uncovered people summed for each street block (the network's edge nearest to the point).

    Where these are more than 5,000, as in a whole city, people are summed for each cell of a grid instead, as coarse as
    it must be.

    Args:
        people: columns lon, lat, weight, distance_m (None: unreachable), street, circle, edge (the nearest one).
    """
    if people.empty:
        return []
    summed = people.assign(
        block=_blocks(people),
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


def _blocks(people: pd.DataFrame) -> np.ndarray:
    """Return a number for each point that is the same for all of its block, shape (n,)."""
    block, cell_deg = people["edge"].to_numpy(), _CELL_DEG
    while len(np.unique(block)) > _MOST_BLOCKS:
        columns, rows = (np.floor(people[axis].to_numpy() / cell_deg).astype(np.int64) for axis in ("lon", "lat"))
        block, cell_deg = columns * (1 << 32) + rows, cell_deg * 1.5
    return block


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
