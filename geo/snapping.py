"""Snapping: the nearest point on an edge for facilities and demand points, with the straight access leg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo import kernels
from geo.network import FloatArray, Int32Array, WalkNetwork

_EDGES_PER_CELL = 2.0
_NARROWEST_CELL_M, _WIDEST_CELL_M = 10.0, 1000.0
_MARGIN_M = 1.0


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
    """A uniform grid over the edges of a network, in the network's projection."""

    ends: FloatArray
    grid: npt.NDArray[np.int64]
    frame: FloatArray


def build_snap_index(network: WalkNetwork) -> SnapIndex:
    """Return the grid over the edges; cells are sized to hold about two edges each."""
    x, y = network.xy
    ends = np.stack([x[network.edge_u], y[network.edge_u], x[network.edge_v], y[network.edge_v]])
    corner = np.array([x.min(), y.min()]) - _MARGIN_M
    size = np.array([x.max(), y.max()]) + _MARGIN_M - corner
    width = float(np.sqrt(size[0] * size[1] * _EDGES_PER_CELL / network.edge_count))
    width = max(min(max(width, _NARROWEST_CELL_M), _WIDEST_CELL_M), float(np.sqrt(size.prod() / 4e7)))
    shape = np.maximum(np.ceil(size / width).astype(np.int64), 1)
    frame = np.array([corner[0], corner[1], width])
    count = np.zeros(int(shape.prod()), dtype=np.int64)
    kernels.count_cells(ends, frame, shape, count)
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    cells = np.empty(int(starts[-1]), dtype=np.int32)
    kernels.fill_cells(ends, frame, shape, starts[:-1].copy(), cells)
    return SnapIndex(ends, np.concatenate([shape, starts, cells.astype(np.int64)]), frame)


def snap(network: WalkNetwork, lon: FloatArray, lat: FloatArray) -> Snaps:
    """Snap positions to the nearest point on an edge of the network.

    Args:
        network: The walking network.
        lon: Longitudes in degrees, shape (p,); NaN for a point without a position.
        lat: Latitudes in degrees, shape (p,).

    Returns:
        One place for each point, however far its edge is; `access_m` says how far.
    """
    index = snap_index(network)
    points = _project(network, np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    edge = np.full(points.shape[1], -1, dtype=np.int32)
    place = np.full(points.shape, np.nan)
    kernels.snap_points(points, index.ends, index.grid, index.frame, edge, place)
    length_dm = network.edge_length_dm[edge]
    has_place = edge >= 0
    return Snaps(
        edge,
        np.where(has_place, np.rint(np.nan_to_num(place[0]) * length_dm), 0).astype(np.int32),
        np.minimum(np.rint(np.nan_to_num(place[1]) * 10.0), 2**29).astype(np.int32),
        place[0],
        place[1],
    )


def snap_index(network: WalkNetwork) -> SnapIndex:
    """Return the network's grid, built at the first call and kept with the network."""
    found: SnapIndex | None = network.__dict__.get("_snap_index")
    if found is None:
        found = network.__dict__["_snap_index"] = build_snap_index(network)
    return found


def _project(network: WalkNetwork, lon: FloatArray, lat: FloatArray) -> FloatArray:
    known = np.isfinite(lon) & np.isfinite(lat)
    points = np.full((2, len(lon)), np.nan)
    if known.any():
        points[0, known], points[1, known] = network.projection.to_xy(lon[known], lat[known])
    return points
