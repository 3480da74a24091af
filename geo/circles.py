"""What straight-line circles promise: the union of the facilities' circles inside an area, without drawing them all.

Of thousands of circles a few dozen cover nearly everything that all of them do. They are taken from a coarse grid to
ever finer ones, and only where something of the area is still open; what is left out lies wholly inside the others.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.graph import BoolArray, FloatArray, Int32Array
from geo.prepared import prepared_copy

_QUARTER_PARTS = 32
_FEW = 48
_FINER, _FINEST = 4.0, 0.01
_NOTHING_M2 = 1e-6
_RIM_M = 0.01


def circles_within(centres_xy: FloatArray, radius_m: FloatArray, area_xy: BaseGeometry) -> BaseGeometry:
    """Return the union of circles, drawn with 32 straight parts a quarter, as far as it lies inside an area.

    Where they fill the area, that is the same object.

    Args:
        centres_xy: Centres in metres, shape (f, 2), at least one.
        radius_m: Radius of each in metres, shape (f,).
        area_xy: The area, in the same projection.
    """
    open_area = area_xy
    left = np.unique(np.column_stack([centres_xy, radius_m]), axis=0, return_index=True)[1]
    points, share = np.asarray(shapely.points(centres_xy), dtype=object), 1.0
    while len(left) and open_area.area > _NOTHING_M2:
        left = left[shapely.dwithin(prepared_copy(open_area), points[left], cast("float", radius_m[left]))]
        left = left[np.argsort(-radius_m[left], kind="stable")]
        width_m = share * float(radius_m.max())
        chosen = left if len(left) <= _FEW or share < _FINEST else _one_a_cell(centres_xy, left, width_m)
        circles = shapely.buffer(points[chosen], radius_m[chosen], quad_segs=_QUARTER_PARTS)
        open_area = shapely.difference(open_area, shapely.union_all(circles))
        left, share = np.setdiff1d(left, chosen, assume_unique=True), share / _FINER
    return area_xy if open_area.is_empty else shapely.difference(area_xy, open_area)


def nearest_centre(centres_xy: FloatArray, points_xy: FloatArray) -> npt.NDArray[np.int64]:
    """Return the centre nearest to each point, shape (p,); at least one centre, finite points (p, 2)."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - a tenth of a second that no start of the service waits for

    return np.asarray(KDTree(centres_xy).query(points_xy)[1], dtype=np.int64)


def told_apart(
    centres_xy: FloatArray, radius_m: FloatArray, nodes_xy: FloatArray, ends: tuple[Int32Array, Int32Array]
) -> tuple[BoolArray, BoolArray]:
    """Tell which straight lines surely lie inside one of the circles that `circles_within` draws, and which in none.

    A circle is round outwards: what has both ends in it lies in it whole. Lines near a rim are said to be neither.

    Args:
        centres_xy: Centres in metres, shape (f, 2), at least one.
        radius_m: Radius of each in metres, shape (f,).
        nodes_xy: Where lines end, metres, shape (n, 2).
        ends: The node at each end of each line, shape (m,) each.
    """
    u, v = ends
    length_m = np.hypot(*(nodes_xy[v] - nodes_xy[u]).T)
    inside, outside = np.zeros(len(u), dtype=bool), np.ones(len(u), dtype=bool)
    for radius in np.unique(radius_m):
        same = centres_xy[radius_m == radius]
        nearest = nearest_centre(same, nodes_xy)
        away_m = np.hypot(*(nodes_xy - same[nearest]).T)
        farther_m = np.maximum(away_m[u], away_m[v])
        drawn_m = radius * np.cos(np.pi / (4 * _QUARTER_PARTS)) - _RIM_M
        inside |= (nearest[u] == nearest[v]) & (farther_m <= drawn_m)
        outside &= farther_m > radius + length_m + _RIM_M
    return inside, outside


def _one_a_cell(centres_xy: FloatArray, left: npt.NDArray[np.int64], width_m: float) -> npt.NDArray[np.int64]:
    """Return the first of `left` in each cell of a grid."""
    cells = np.floor((centres_xy[left] - centres_xy[left].min(axis=0)) / width_m).astype(np.int64)
    first = np.unique(cells[:, 0] << np.int64(32) | cells[:, 1], return_index=True)[1]
    return left[np.sort(first)]
