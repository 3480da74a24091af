"""The compiled kernels: nearest-facility search on nodes, its end on edges, and snapping. Nothing else is compiled.

Distances are integer decimetres. The search is Dijkstra's with a circular bucket queue
(Dial): a bucket is 2^shift dm wide, and nodes inside one bucket are corrected until they settle, so that the answer
is exact for every width. Ties go to the smaller label, which makes the answer one and the same in any node order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NOT_REACHED = np.uint64(0xFFFFFFFFFFFFFFFF)
"""Key of a node that was not reached. A key is the distance in its upper and the label in its lower 32 bits."""

CLOSED_DM = np.uint32(1 << 30)
"""Length of an edge that may not be walked: above every limit, and a limit and it still fit 32 bits."""

NIL = np.uint32(0xFFFFFFFF)
BUCKET_SHIFT = 4

Array = Any
Number = Any


@njit(cache=True, nogil=True)
def search(
    start: Array, step: Array, node: Array, key: Array, limits: Array, state: Array, queue: Array, head: Array
) -> bool:
    """Settle every node within the limit; return False when the queue's pool was too small.

    Args:
        start: Row starts of the adjacency, uint32 (n + 1,).
        step: Interleaved neighbour and length, uint32 (2 * steps,).
        node: Nodes to start from, uint32 (s,).
        key: Their keys, uint64 (s,), ascending.
        limits: Limit in dm and bucket shift, uint64 (2,).
        state: Key of each node, uint64 (n,), changed in place; a search may go on from an earlier one's.
        queue: Rows node and next entry, uint32 (2, capacity); a pool with a free list.
        head: First entry of each bucket, uint32, a power of two long, all NIL; all NIL again when done.
    """
    # Every index is unsigned and no array is replaced inside the loop: signed indices cost a wrap-around check and a
    # replaced array a reference count, together a factor of four. Distance and label in one word are one cache line
    # and one comparison, ties included: a factor of two.
    one, two, half = np.uint32(1), np.uint32(2), np.uint64(32)
    most = np.uint64(np.uint64(limits[0] << half) | np.uint64(NIL))
    shift = np.uint64(limits[1] + half)
    entry_node, entry_next = queue[0], queue[1]
    mask, capacity = np.uint32(head.size - 1), np.uint32(entry_node.size)
    free, used, live = NIL, np.uint32(0), np.int64(0)
    admitted, total = np.int64(0), np.int64(node.size)
    bucket = np.uint32(0)
    if total > 0:
        bucket = np.uint32(key[0] >> shift)
    while True:
        here = np.uint32(bucket & mask)
        while admitted < total and np.uint32(key[admitted] >> shift) <= bucket:
            x, own = node[admitted], key[admitted]
            admitted += 1
            if own <= most and own < state[x]:
                state[x] = own
                if free != NIL:
                    e = free
                    free = entry_next[e]
                else:
                    if used == capacity:
                        return False
                    e = used
                    used = np.uint32(used + one)
                entry_node[e] = x
                entry_next[e] = head[here]
                head[here] = e
                live += 1
        while True:
            e = head[here]
            if e == NIL:
                break
            x = entry_node[e]
            head[here] = entry_next[e]
            entry_next[e] = free
            free = e
            live -= 1
            own = state[x]
            if np.uint32(own >> shift) != bucket:
                continue
            for k in range(start[x], start[x + one]):
                y = step[two * k]
                new = own + (np.uint64(step[two * k + one]) << half)
                if new < state[y] and new <= most:
                    state[y] = new
                    if free != NIL:
                        e = free
                        free = entry_next[e]
                    else:
                        if used == capacity:
                            return False
                        e = used
                        used = np.uint32(used + one)
                    there = np.uint32(np.uint32(new >> shift) & mask)
                    entry_node[e] = y
                    entry_next[e] = head[there]
                    head[there] = e
                    live += 1
        if live == 0:
            if admitted >= total:
                return True
            bucket = np.uint32(key[admitted] >> shift)
        else:
            bucket = np.uint32(bucket + one)


@njit(cache=True, nogil=True)
def finish_on_edges(homes: Array, edges: Array, state: Array, on_edge: Array, facilities: Array, result: Array) -> None:
    """Take each demand point from its place on an edge to its nearest facility.

    Args:
        homes: Rows edge, offset from u, access leg, int32 (3, h); edge -1 is left alone.
        edges: Rows u, v, length, may walk forward, may walk backward, int32 (5, m).
        state: Key of each node, uint64 (n,).
        on_edge: First facility of each edge in `facilities`, int32 (m + 1,).
        facilities: Rows offset from u, access leg, label, int32 (3, f), sorted by edge.
        result: Key of each demand point, uint64 (h,), changed in place.
    """
    for h in range(homes.shape[1]):
        e = homes[0, h]
        if e < 0:
            continue
        offset, access = homes[1, h], homes[2, h]
        length = edges[2, e]
        best = NOT_REACHED
        # A point on a node has left its edge already, whichever way the edge may be walked.
        if edges[4, e] or offset == 0:
            best = min(best, _further(state[edges[0, e]], offset + access))
        if edges[3, e] or offset == length:
            best = min(best, _further(state[edges[1, e]], length - offset + access))
        for k in range(on_edge[e], on_edge[e + 1]):
            ahead = facilities[0, k] - offset
            if (ahead > 0 and not edges[3, e]) or (ahead < 0 and not edges[4, e]):
                continue
            best = min(best, _further(np.uint64(facilities[2, k]), abs(ahead) + access + facilities[1, k]))
        result[h] = best


@njit(cache=True, nogil=True)
def expand_chains(
    place: Array, chains: Array, own: Array, on_chain: Array, facilities: Array, most: Number, state: Array
) -> None:
    """Write the key of every node of a network from the keys at the ends of its chains.

    Args:
        place: Rows chain and offset of each node, int32 (2, n); for an end of chains -1 less its number among them.
        chains: Rows first end, second end, length of each chain, int32 (3, c); chains with nodes on them are two-way.
        own: Key of each end, uint64.
        on_chain: First facility of each chain in `facilities`, int32 (c + 1,).
        facilities: Rows offset, access leg, label, int32 (3, f), by chain.
        most: Largest key within the limit.
        state: Key of each node, uint64 (n,), changed in place.
    """
    for x in range(state.size):
        c = place[0, x]
        if c < 0:
            state[x] = own[-1 - c]
            continue
        offset = place[1, x]
        best = min(_further(own[chains[0, c]], offset), _further(own[chains[1, c]], chains[2, c] - offset))
        for k in range(on_chain[c], on_chain[c + 1]):
            beside = _further(np.uint64(facilities[2, k]), abs(facilities[0, k] - offset) + facilities[1, k])
            best = min(best, beside)
        state[x] = best if best <= most else NOT_REACHED


@njit(cache=True, nogil=True)
def nearest_rows(place: tuple[int, int, int], edges: Array, states: Array, on_edges: Array, result: Array) -> None:
    """Take one point from its place on an edge to the nearest facility of each of many layers.

    Args:
        place: The point's edge, its offset from u and its access leg in dm.
        edges: Rows u, v, length, may walk forward, may walk backward, int32 (5, m).
        states: Key of each node for each layer, uint64 (layers, n).
        on_edges: Rows edge, offset, access leg, label and layer of every facility, int32 (5, f), by edge.
        result: Key for each layer, uint64 (layers,), changed in place.
    """
    edge, offset, access = place
    u, v, length = edges[0, edge], edges[1, edge], edges[2, edge]
    through_u, through_v = edges[4, edge] or offset == 0, edges[3, edge] or offset == length
    for layer in range(states.shape[0]):
        best = NOT_REACHED
        if through_u:
            best = min(best, _further(states[layer, u], offset + access))
        if through_v:
            best = min(best, _further(states[layer, v], length - offset + access))
        result[layer] = best
    for k in range(np.searchsorted(on_edges[0], edge), on_edges.shape[1]):
        if on_edges[0, k] != edge:
            break
        ahead = on_edges[1, k] - offset
        if (ahead > 0 and not edges[3, edge]) or (ahead < 0 and not edges[4, edge]):
            continue
        layer = on_edges[4, k]
        beside = _further(np.uint64(on_edges[3, k]), abs(ahead) + access + on_edges[2, k])
        result[layer] = min(result[layer], beside)


@njit(cache=True, nogil=True)
def _further(key: Number, more_dm: Number) -> Number:
    if key == NOT_REACHED:
        return NOT_REACHED
    return key + (np.uint64(more_dm) << np.uint64(32))


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
    points: Array, order: Array, ends: Array, index: Array, shape: Array, frame: Array, edge: Array, place: Array
) -> None:
    """Find the nearest edge of each point, the smaller number where two are equally near.

    Args:
        points: Columns x and y in metres, float64 (p, 2); NaN is left alone.
        order: The order to take them in, int64: neighbours one after the other find their edges in the cache.
        ends: Columns x1, y1, x2, y2 of the edges, float64 (m, 4).
        index: Starts of the cells, then their edge numbers, int32.
        shape: Columns and rows of the grid, int64 (2,).
        frame: x and y of the grid's corner and the cell's width, float64 (3,).
        edge: Nearest edge, int32 (p,), changed in place.
        place: Columns fraction along the edge and distance in metres, float64 (p, 2), changed in place.
    """
    columns, rows, width = shape[0], shape[1], frame[2]
    starts, cells = index[: columns * rows + 1], index[columns * rows + 1 :]
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
        for ring in range(columns + rows):
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                stride = 1 if abs(r - row) == ring else max(2 * ring, 1)
                for c in range(column - ring, column + ring + 1, stride):
                    if c < 0 or c >= columns:
                        continue
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
