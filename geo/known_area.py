"""Where the streets of a network are known: the area that they fill, without single roads that run on beyond it.

A hull of the nodes is no such area: one motorway feeder that was cut a kilometre later than its neighbours pulls it
out over ground of which nothing is known. Here a grid of 50 m cells is closed over blocks of up to 500 m and then
opened by 150 m, so that a lone road does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.network import BoolArray, FloatArray, WalkNetwork
from geo.prepared import prepared_copy

CELL_M = 50.0
BLOCK_M, LONE_ROAD_M = 250.0, 150.0
_MARGIN_CELLS = 8
_STEP_M = 25.0
_MOST_CELLS = 3e7
_SKETCH_NODES = 1000
"""A network with fewer nodes is a sketch of main streets: it has no texture to tell a lone road by; its hull counts."""


@dataclass(frozen=True, eq=False)
class KnownArea:
    """How far each cell of a grid lies inside the known streets.

    Attributes:
        corner: x and y of the grid's corner in the network's projection, metres.
        cell_m: Width of a cell.
        inside_m: Distance from the middle of each cell to the nearest cell outside, 0 outside, float64 (rows, columns).
    """

    corner: FloatArray
    cell_m: float
    inside_m: FloatArray

    def depth_m(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return how far inside the known streets positions are, metres (p,), 0 outside; right to a cell or so."""
        column = np.floor((x - self.corner[0]) / self.cell_m)
        row = np.floor((y - self.corner[1]) / self.cell_m)
        rows, columns = self.inside_m.shape
        there = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        depth = np.zeros(len(x))
        depth[there] = self.inside_m[row[there].astype(int), column[there].astype(int)]
        return depth


def depth_m(network: WalkNetwork, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return how far inside the known streets positions are, metres (p,), 0 outside; x and y in the projection."""
    area = shapely.Polygon(np.column_stack(network.projection.to_xy(network.area[:, 0], network.area[:, 1])))
    points = np.asarray(shapely.points(x, y)).reshape(-1)
    inside = shapely.contains(prepared_copy(area), points)
    depth = np.where(inside, shapely.distance(shapely.boundary(area), points), 0.0)
    return depth if network.node_count < _SKETCH_NODES else np.minimum(depth, known_area(network).depth_m(x, y))


def depths_m(network: WalkNetwork, lonlat: FloatArray) -> FloatArray:
    """Return `depth_m` of positions in degrees, shape (p, 2); NaN where there is no position."""
    known = np.isfinite(lonlat).all(axis=1)
    depth = np.full(len(lonlat), np.nan)
    depth[known] = depth_m(network, *network.projection.to_xy(lonlat[known, 0], lonlat[known, 1]))
    return depth


def known_area(network: WalkNetwork) -> KnownArea:
    """Return the known area of a network, worked out at the first call and kept with it."""
    found: KnownArea | None = network.__dict__.get("_known_area")
    if found is None:
        found = network.__dict__["_known_area"] = _work_out(network)
    return found


def _work_out(network: WalkNetwork) -> KnownArea:
    x, y = _along_streets(network)
    size = float(max(np.ptp(x), np.ptp(y)))
    cell_m = max(CELL_M, size / np.sqrt(_MOST_CELLS))
    corner = np.array([x.min(), y.min()]) - _MARGIN_CELLS * cell_m
    columns, rows = (
        int((axis.max() - low) / cell_m) + 1 + _MARGIN_CELLS for axis, low in zip((x, y), corner, strict=True)
    )
    streets = np.zeros((rows, columns), dtype=bool)
    streets[((y - corner[1]) / cell_m).astype(int), ((x - corner[0]) / cell_m).astype(int)] = True
    closed = _shrunk(_grown(streets, BLOCK_M / cell_m), BLOCK_M / cell_m)
    opened = _grown(_shrunk(closed, LONE_ROAD_M / cell_m), LONE_ROAD_M / cell_m)
    return KnownArea(corner, cell_m, _distance(opened) * cell_m)


def _along_streets(network: WalkNetwork) -> tuple[FloatArray, FloatArray]:
    """Return positions every 25 m or so along all edges, metres."""
    x, y = network.xy
    counts = np.maximum(1, np.ceil(network.edge_length_dm / (10 * _STEP_M)).astype(int))
    edge = np.repeat(np.arange(network.edge_count), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    along = (np.arange(len(edge)) - first + 0.5) / counts[edge]
    u, v = network.edge_u[edge], network.edge_v[edge]
    return x[u] + (x[v] - x[u]) * along, y[u] + (y[v] - y[u]) * along


def _distance(mask: BoolArray) -> FloatArray:
    """Return the distance in cells from each cell of a mask to the nearest one outside."""
    from scipy import ndimage  # noqa: PLC0415 - a third of a second that only networks of a city need

    return np.asarray(ndimage.distance_transform_edt(mask))


def _grown(mask: BoolArray, cells: float) -> BoolArray:
    return np.asarray(_distance(~mask) <= cells) if mask.any() else mask


def _shrunk(mask: BoolArray, cells: float) -> BoolArray:
    return np.asarray(_distance(mask) > cells)
