"""Snapping: the nearest point on an edge for facilities and demand points, with the straight access leg."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo import snap_kernels as kernels
from geo.network import FloatArray, Int32Array, WalkNetwork

_CELLS_PER_EDGE = 1.0
_NARROWEST_CELL_M, _WIDEST_CELL_M, _MOST_CELLS = 10.0, 1000.0, 4e7
_MARGIN_M = 1.0
_FARTHEST_DM = 1 << 29
POINTS_WORTH_SORTING, _THREADS = 20_000, 2


@dataclass(frozen=True)
class Snaps:
    """Points on edges.

    Attributes:
        edge: Nearest edge of each point, int32 (p,); -1 where the point has no position.
        offset_dm: Distance along the edge from its u, int32 (p,), 0 to the edge's length.
        access_dm: Straight access leg from the point to the edge, int32 (p,).
        fraction: The same place as a share of the edge, float64 (p,).
        access_m: The access leg in metres, float64 (p,), NaN where the point has no position.
    """

    edge: Int32Array
    offset_dm: Int32Array
    access_dm: Int32Array
    fraction: FloatArray
    access_m: FloatArray

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.edge)

    def take(self, chosen: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Snaps:
        """Return the snaps of the chosen points, by index or mask."""
        return Snaps(
            self.edge[chosen],
            self.offset_dm[chosen],
            self.access_dm[chosen],
            self.fraction[chosen],
            self.access_m[chosen],
        )


@dataclass(frozen=True)
class SnapIndex:
    """A uniform grid over the edges of a network, in the network's projection.

    Attributes:
        ends: Columns x1, y1, x2, y2 of the edges in metres, float64 (m, 4).
        index: Starts of the cells, int32; the edges of one cell after the other, int32; how many cells one may go
            from each cell and still be in an empty one, uint16 (rows, columns).
        shape: Columns and rows, int64 (2,).
        frame: x and y of the corner and the width of a cell, float64 (3,).
    """

    ends: FloatArray
    index: tuple[Int32Array, Int32Array, npt.NDArray[np.uint16]]
    shape: npt.NDArray[np.int64]
    frame: FloatArray


def build_snap_index(network: WalkNetwork) -> SnapIndex:
    """Return the grid over the edges, with about one cell for each edge."""
    ends = network.edge_ends_xy().reshape(-1, 4)
    x, y = network.xy
    corner = np.array([x.min(), y.min()]) - _MARGIN_M
    size = np.array([x.max(), y.max()]) + _MARGIN_M - corner
    width = float(np.sqrt(size.prod() / (network.edge_count * _CELLS_PER_EDGE)))
    width = max(min(max(width, _NARROWEST_CELL_M), _WIDEST_CELL_M), float(np.sqrt(size.prod() / _MOST_CELLS)))
    shape = np.maximum(np.ceil(size / width).astype(np.int64), 1)
    frame = np.array([corner[0], corner[1], width])
    count = np.zeros(int(shape.prod()), dtype=np.int64)
    kernels.count_cells(ends, frame, shape, count)
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    cells = np.empty(int(starts[-1]), dtype=np.int32)
    kernels.fill_cells(ends, frame, shape, starts[:-1].copy(), cells)
    gap = np.empty(shape[::-1], dtype=np.uint16)
    kernels.measure_gaps(starts, shape, gap)
    return SnapIndex(ends, (starts.astype(np.int32), cells, gap), shape, frame)


def snap(network: WalkNetwork, lon: FloatArray, lat: FloatArray) -> Snaps:
    """Snap positions to the nearest point on an edge of the network.

    Args:
        network: The walking network.
        lon: Longitudes in degrees, shape (p,); NaN for a point without a position.
        lat: Latitudes in degrees, shape (p,).

    Returns:
        One place for each point, however far its edge is; `access_m` says how far.
    """
    points = _project(network, np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    if not network.edge_count:
        return _nowhere(len(points))
    edge, place = snap_xy(network, points)
    length_dm = network.edge_length_dm[edge]
    has_place = edge >= 0
    return Snaps(
        edge,
        np.where(has_place, np.rint(np.nan_to_num(place[:, 0]) * length_dm), 0).astype(np.int32),
        np.minimum(np.rint(np.nan_to_num(place[:, 1]) * 10.0), _FARTHEST_DM).astype(np.int32),
        place[:, 0],
        place[:, 1],
    )


def _nowhere(count: int) -> Snaps:
    """Return the snaps of points where there is no street to be on."""
    zeros, unknown = np.zeros(count, dtype=np.int32), np.full(count, np.nan)
    return Snaps(zeros - 1, zeros, zeros, unknown, unknown)


def snap_xy(network: WalkNetwork, points: FloatArray) -> tuple[Int32Array, FloatArray]:
    """Return the nearest edge of positions in the network's projection, with fraction along it and distance.

    Args:
        network: The walking network.
        points: Columns x and y in metres, float64 (p, 2); NaN for a point without a position.

    Returns:
        Edge numbers, int32 (p,), -1 without a position; fraction and distance in metres, float64 (p, 2).
    """
    found = snap_index(network)
    edge = np.full(len(points), -1, dtype=np.int32)
    place = np.full(points.shape, np.nan)
    chunks = _chunks(found, points)

    def run(order: npt.NDArray[np.int64]) -> None:
        kernels.snap_points(points, order, found.ends, found.index, found.frame, edge, place)

    if len(chunks) == 1:
        run(chunks[0])
    else:
        with ThreadPoolExecutor(len(chunks)) as pool:
            list(pool.map(run, chunks))
    return edge, place


def _chunks(found: SnapIndex, points: FloatArray) -> list[npt.NDArray[np.int64]]:
    """Return the points in the order of their cells, in one part for each thread."""
    if len(points) < POINTS_WORTH_SORTING:
        return [np.arange(len(points))]
    cell = np.empty(len(points), dtype=np.int32)
    kernels.point_cells(points, found.frame, found.shape, cell)
    return np.array_split(np.argsort(cell, kind="stable"), _THREADS)


def snap_index(network: WalkNetwork) -> SnapIndex:
    """Return the network's grid, built at the first call and kept with the network."""
    found: SnapIndex | None = network.__dict__.get("_snap_index")
    if found is None:
        found = network.__dict__["_snap_index"] = build_snap_index(network)
    return found


def _project(network: WalkNetwork, lon: FloatArray, lat: FloatArray) -> FloatArray:
    known = np.isfinite(lon) & np.isfinite(lat)
    points = np.full((len(lon), 2), np.nan)
    if known.any():
        points[known, 0], points[known, 1] = network.projection.to_xy(lon[known], lat[known])
    return points
