"""Which features of a table are asked for, and which page of them: by box, time, values, words and a filter.

Pages go by id and not by number: the next one begins behind the last id of this one. A feature that is added or taken
away meanwhile moves no other across the edge of a page, so nothing is lost and nothing comes twice.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.feature_table import BoolArray, Cell, FeatureTable
from geo.prepared import prepared_copy

IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FeatureQuery:
    """What features must be to be asked for; everything that is given has to hold.

    Attributes:
        box: West, south, east and north in degrees; west over east crosses the antimeridian. A feature without
            geometry is in every box (OGC API - Features, requirement 23 C): its place is not known to be elsewhere.
        box_area: The box in WGS-84 where its sides are straight in another reference system.
        time: First and last second since 1970, infinite where open. A feature without time holds at any time.
        values: Values that properties must have.
        words: Text that must stand in one of the properties, in any case of letters; no pattern of any kind.
        mask: Truth for each feature, from a filter.
    """

    box: tuple[float, float, float, float] | None = None
    box_area: BaseGeometry | None = None
    time: tuple[float, float] | None = None
    values: dict[str, Cell] = field(default_factory=dict)
    words: str = ""
    mask: BoolArray | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether every feature is asked for."""
        given = (self.box, self.box_area, self.time, self.mask)
        return all(one is None for one in given) and not self.values and not self.words


@dataclass(frozen=True)
class Page:
    """One page: its rows, how many features match in all, and the ids behind which neighbours begin (None: no more)."""

    rows: IndexArray
    matched: int
    next_after: str | None
    previous_before: str | None


def select(table: FeatureTable, query: FeatureQuery) -> IndexArray:
    """Return the rows of the features that are asked for, in the order of their ids."""
    if query.is_empty:
        return table.every_row
    chosen = np.ones(len(table), dtype=bool) if query.mask is None else query.mask.copy()
    for name, value in query.values.items():
        chosen &= np.fromiter((cell == value for cell in table.columns[name]), dtype=bool, count=len(table))
    if query.time is not None:
        begin, end = query.time
        chosen &= np.isnan(table.times[:, 0]) | ((table.times[:, 0] <= end) & (table.times[:, 1] >= begin))
    if query.box is not None or query.box_area is not None:
        chosen = _in_box(table, query, chosen)
    if query.words:
        wanted = query.words.casefold()
        chosen &= np.fromiter((wanted in text for text in table.folded_texts), dtype=bool, count=len(table))
    return np.flatnonzero(chosen)


def turn_page(table: FeatureTable, rows: IndexArray, limit: int, after: str = "", before: str = "") -> Page:
    """Return a page of at most `limit` of the rows (at least 1): the first behind `after`, ahead of `before`.

    Where only `before` is given it is the last ones ahead of it. Ids need not exist (any more).
    """
    start = int(np.searchsorted(rows, bisect_right(table.ids, after))) if after else 0
    end = int(np.searchsorted(rows, bisect_left(table.ids, before))) if before else len(rows)
    end = max(start, end)
    if before and not after:
        start = max(start, end - limit)
    page = rows[start : min(end, start + limit)]
    last = start + len(page)
    more, earlier = last < len(rows) and len(page) > 0, start > 0 and len(page) > 0
    return Page(
        page,
        len(rows),
        table.ids[int(page[-1])] if more else None,
        table.ids[int(page[0])] if earlier else None,
    )


def _in_box(table: FeatureTable, query: FeatureQuery, chosen: BoolArray) -> BoolArray:
    """Return which of the chosen features meet the box; those without geometry do."""
    none = np.isnan(table.bounds[:, 0])
    near = chosen & ~none
    if query.box is not None:
        near &= _bounds_meet(table, query.box)
    area = query.box_area if query.box_area is not None else box_area(query.box)
    rows = np.flatnonzero(near)
    near[rows] = shapely.intersects(prepared_copy(area), table.geometry[rows])
    return near | (chosen & none)


def _bounds_meet(table: FeatureTable, box: tuple[float, float, float, float]) -> BoolArray:
    west, south, east, north = box
    left, low, right, high = table.bounds.T
    across = (right >= west) & (left <= east) if west <= east else (right >= west) | (left <= east)
    return np.asarray(across & (high >= south) & (low <= north), dtype=bool)


def box_area(box: tuple[float, float, float, float] | None) -> BaseGeometry:
    """Return a box as an area; across the antimeridian it is two, and without extent a point or a line."""
    if box is None:
        return shapely.Polygon()
    west, south, east, north = box
    if west > east:
        parts = [box_area((west, south, 180.0, north)), box_area((-180.0, south, east, north))]
        return shapely.GeometryCollection(parts)
    if west == east or south == north:
        ends = [(west, south), (east, north)]
        return shapely.Point(ends[0]) if ends[0] == ends[1] else shapely.LineString(ends)
    area: BaseGeometry = shapely.box(west, south, east, north)
    return area
