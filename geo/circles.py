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

from geo.graph import BoolArray, FloatArray

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
        shapely.prepare(open_area)
        left = left[shapely.dwithin(open_area, points[left], cast("float", radius_m[left]))]
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


def told_apart(centres_xy: FloatArray, radius_m: FloatArray, ends_xy: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell which straight lines surely lie inside one of the circles that `circles_within` draws, and which in none.

    A circle is round outwards: what has both ends in it lies in it whole. Lines near a rim are said to be neither.

    Args:
        centres_xy: Centres in metres, shape (f, 2), at least one.
        radius_m: Radius of each in metres, shape (f,).
        ends_xy: Both ends of each line, shape (m, 2, 2).
    """
    length_m = np.hypot(*(ends_xy[:, 1] - ends_xy[:, 0]).T)
    inside, outside = np.zeros(len(ends_xy), dtype=bool), np.ones(len(ends_xy), dtype=bool)
    for radius in np.unique(radius_m):
        same = centres_xy[radius_m == radius]
        nearest = np.column_stack([nearest_centre(same, ends_xy[:, end]) for end in (0, 1)])
        away_m = np.hypot(*np.moveaxis(ends_xy - same[nearest], 2, 0))
        drawn_m = radius * np.cos(np.pi / (4 * _QUARTER_PARTS)) - _RIM_M
        inside |= (nearest[:, 0] == nearest[:, 1]) & (away_m.max(axis=1) <= drawn_m)
        outside &= away_m.max(axis=1) > radius + length_m + _RIM_M
    return inside, outside


def _one_a_cell(centres_xy: FloatArray, left: npt.NDArray[np.int64], width_m: float) -> npt.NDArray[np.int64]:
    """Return the first of `left` in each cell of a grid."""
    cells = np.floor((centres_xy[left] - centres_xy[left].min(axis=0)) / width_m).astype(np.int64)
    first = np.unique(cells[:, 0] << np.int64(32) | cells[:, 1], return_index=True)[1]
    return left[np.sort(first)]
