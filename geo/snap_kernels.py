"""Compiled: snapping to the nearest edge by a uniform grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
Number = Any


@njit(cache=True, nogil=True)
def count_cells(ends: Array, frame: Array, shape: Array, count: Array) -> None:
    """Count for each cell of a uniform grid the edges that may touch it; see `fill_cells`."""
    for e in range(ends.shape[0]):
        c0, r0, c1, r1 = _cell_range(ends, e, frame, shape)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                if _near_cell(ends, e, frame, r, c):
                    count[r * shape[0] + c] += 1


@njit(cache=True, nogil=True)
def fill_cells(ends: Array, frame: Array, shape: Array, cursor: Array, cells: Array) -> None:
    """Write the edges of each cell.

    Args:
        ends: Columns x1, y1, x2, y2 in metres, float64 (m, 4).
        frame: x and y of the grid's corner and the cell's width in metres, float64 (3,).
        shape: Columns and rows, int64 (2,).
        cursor: Where the next edge of each cell goes, int64 (cells,), changed in place.
        cells: Edge numbers, int32, changed in place.
    """
    for e in range(ends.shape[0]):
        c0, r0, c1, r1 = _cell_range(ends, e, frame, shape)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                if _near_cell(ends, e, frame, r, c):
                    cells[cursor[r * shape[0] + c]] = e
                    cursor[r * shape[0] + c] += 1


@njit(cache=True, nogil=True)
def _cell_range(ends: Array, e: int, frame: Array, shape: Array) -> tuple[int, int, int, int]:
    c0 = _cell(min(ends[e, 0], ends[e, 2]), frame[0], frame[2], shape[0])
    r0 = _cell(min(ends[e, 1], ends[e, 3]), frame[1], frame[2], shape[1])
    c1 = _cell(max(ends[e, 0], ends[e, 2]), frame[0], frame[2], shape[0])
    r1 = _cell(max(ends[e, 1], ends[e, 3]), frame[1], frame[2], shape[1])
    return c0, r0, c1, r1


@njit(cache=True, nogil=True)
def _cell(value: float, corner: float, width: float, count: int) -> int:
    index = np.int64(np.floor((value - corner) / width))
    if index < 0:
        return 0
    return count - 1 if index >= count else int(index)


@njit(cache=True, nogil=True)
def _near_cell(ends: Array, e: int, frame: Array, r: int, c: int) -> bool:
    # The circle round the cell is a little larger than the cell: an edge too many costs time, one too few an answer.
    x, y = frame[0] + (c + 0.5) * frame[2], frame[1] + (r + 0.5) * frame[2]
    square, _ = _to_segment(x, y, ends, e)
    return bool(square <= 0.51 * frame[2] * frame[2])


@njit(cache=True, nogil=True)
def _to_segment(x: float, y: float, ends: Array, e: Number) -> tuple[float, float]:
    """Return the squared distance of a position to an edge, and the fraction along it."""
    x1, y1, x2, y2 = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
    dx, dy = x2 - x1, y2 - y1
    square = dx * dx + dy * dy
    t = 0.0
    if square > 0.0:
        t = ((x - x1) * dx + (y - y1) * dy) / square
    # The ends are taken as they are, so that edges that meet in a node are at exactly the same distance.
    if t <= 0.0:
        return (x - x1) * (x - x1) + (y - y1) * (y - y1), 0.0
    if t >= 1.0:
        return (x - x2) * (x - x2) + (y - y2) * (y - y2), 1.0
    px, py = x1 + t * dx, y1 + t * dy
    return (x - px) * (x - px) + (y - py) * (y - py), t


@njit(cache=True, nogil=True)
def measure_gaps(starts: Array, shape: Array, gap: Array) -> None:
    """Write how many cells one may go from each cell, in any direction, and still be in an empty one.

    Two sweeps over the grid: the gap of an empty cell is one more than the smallest one round it.

    Args:
        starts: Starts of the cells' edges, int32 (cells + 1,).
        shape: Columns and rows, int64 (2,).
        gap: 0 for a cell with edges, else cells to the nearest of these by the king's move, uint16 (rows, columns),
            changed in place.
    """
    columns, rows = shape[0], shape[1]
    widest = 65535
    for r in range(rows):
        for c in range(columns):
            cell = r * columns + c
            least = widest if starts[cell] == starts[cell + 1] else 0
            if r > 0:
                for k in range(max(c - 1, 0), min(c + 2, columns)):
                    least = min(least, gap[r - 1, k] + 1)
            if c > 0:
                least = min(least, gap[r, c - 1] + 1)
            gap[r, c] = least
    for r in range(rows - 1, -1, -1):
        for c in range(columns - 1, -1, -1):
            least = int(gap[r, c])
            if r + 1 < rows:
                for k in range(max(c - 1, 0), min(c + 2, columns)):
                    least = min(least, gap[r + 1, k] + 1)
            if c + 1 < columns:
                least = min(least, gap[r, c + 1] + 1)
            gap[r, c] = least


@njit(cache=True, nogil=True)
def point_cells(points: Array, frame: Array, shape: Array, cell: Array) -> None:
    """Write the cell of each point, the nearest one where it lies outside the grid; NaN goes to cell 0.

    Args:
        points: Columns x and y in metres, float64 (p, 2).
        frame: x and y of the grid's corner and the cell's width, float64 (3,).
        shape: Columns and rows, int64 (2,).
        cell: Cell numbers, int32 (p,), changed in place.
    """
    for p in range(points.shape[0]):
        if np.isnan(points[p, 0]) or np.isnan(points[p, 1]):
            cell[p] = 0
            continue
        column = _cell(points[p, 0], frame[0], frame[2], shape[0])
        cell[p] = _cell(points[p, 1], frame[1], frame[2], shape[1]) * shape[0] + column


@njit(cache=True, nogil=True)
def snap_points(
    points: Array,
    order: Array,
    ends: Array,
    index: tuple[Array, Array, Array],
    frame: Array,
    edge: Array,
    place: Array,
) -> None:
    """Find the nearest edge of each point, the smaller number where two are equally near.

    Args:
        points: Columns x and y in metres, float64 (p, 2); NaN is left alone.
        order: The order to take them in, int64: neighbours one after the other find their edges in the cache.
        ends: Columns x1, y1, x2, y2 of the edges, float64 (m, 4).
        index: Starts of the cells, int32; their edge numbers, int32; gap of each cell, uint16 (rows, columns).
        frame: x and y of the grid's corner and the cell's width, float64 (3,).
        edge: Nearest edge, int32 (p,), changed in place.
        place: Columns fraction along the edge and distance in metres, float64 (p, 2), changed in place.
    """
    starts, cells, gap = index
    rows, columns = gap.shape
    width = frame[2]
    right, top = frame[0] + columns * width, frame[1] + rows * width
    for p in order:
        x, y = points[p, 0], points[p, 1]
        if np.isnan(x) or np.isnan(y):
            continue
        # Outside the grid the search starts from the nearest place on its border: for a convex box the square of
        # the distance to anything inside is at least the sum of the squares of both parts.
        qx, qy = min(max(x, frame[0]), right), min(max(y, frame[1]), top)
        outside = (x - qx) * (x - qx) + (y - qy) * (y - qy)
        column, row = _cell(qx, frame[0], width, columns), _cell(qy, frame[1], width, rows)
        left, low = qx - frame[0] - column * width, qy - frame[1] - row * width
        margin = max(min(left, width - left, low, width - low), 0.0)
        best, best_edge, best_t = np.inf, np.int64(-1), 0.0
        # The nearest cell with edges is `gap` rings away: those between need no look.
        for ring in range(np.int64(gap[row, column]), columns + rows):
            span: Number = ring
            if best < np.inf and ring > 1:
                # What lies farther along a side of the ring than this is beyond the nearest edge found so far.
                across = (ring - 1) * width
                beyond = best - outside - across * across
                span = min(ring, 2 + np.int64(np.sqrt(max(beyond, 0.0)) / width))
            for side in range(4 if ring > 0 else 1):
                lying = side < 2
                r: Number = row
                c: Number = column
                if lying:
                    r += ring if side == 1 else -ring
                    at, last = max(column - span, 0), min(column + span, columns - 1)
                else:
                    c += ring if side == 3 else -ring
                    reach_rows = min(span, ring - 1)
                    at, last = max(row - reach_rows, 0), min(row + reach_rows, rows - 1)
                if r < 0 or r >= rows or c < 0 or c >= columns:
                    continue
                while at <= last:
                    if lying:
                        c = at
                    else:
                        r = at
                    empty = np.int64(gap[r, c])
                    if empty > 0:
                        at += empty
                        continue
                    at += 1
                    cell = r * columns + c
                    for k in range(starts[cell], starts[cell + 1]):
                        e = np.int64(cells[k])
                        square, t = _to_segment(x, y, ends, e)
                        if square < best or (square == best and e < best_edge):
                            best, best_edge, best_t = square, e, t
            reach = ring * width + margin
            # Strictly beyond: an equally near edge of a smaller number may stand in the next ring.
            if best < outside + reach * reach:
                break
        edge[p] = best_edge
        place[p, 0] = best_t
        place[p, 1] = np.sqrt(best)
