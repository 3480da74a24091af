"""Compiled kernels that answer for each facility apart: which nodes, and which demand points, lie within its limit.

Many short searches, each over a few hundred nodes: a plain first-in-first-out queue that corrects labels beats every
ordered queue there, because hardly a tenth of the nodes is corrected twice. The arrays belong to one thread and are
cleaned through the list of what was touched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
Number = Any

FAR = np.uint32(0x7FFFFFFF)


@njit(cache=True, nogil=True)
def grow(start: Array, step: Array, sources: Array, limit: Number, work: tuple[Array, Array, Array, Array]) -> int:
    """Settle all nodes within the limit of one facility and return their number.

    Args:
        start: Row starts of the adjacency, uint32 (n + 1,).
        step: Interleaved neighbour and length, uint32.
        sources: Columns node and distance, uint32 (s, 2).
        limit: Limit in dm.
        work: Distance of each node, uint32 (n,), all FAR before, the touched ones are set; touched nodes, uint32
            (n,), the first ones are set; a ring of waiting nodes, uint32, a power of two over n long; whether a node
            is waiting, uint8 (n,), all 0 before and after.
    """
    distance, touched, ring, waiting = work
    one, two = np.uint32(1), np.uint32(2)
    most, mask = np.uint32(limit), np.uint32(ring.size - 1)
    head, tail, count = np.uint32(0), np.uint32(0), np.uint32(0)
    for s in range(sources.shape[0]):
        x, d = sources[s, 0], sources[s, 1]
        if d > most or d >= distance[x]:
            continue
        if distance[x] == FAR:
            touched[count] = x
            count = np.uint32(count + one)
            ring[tail & mask] = x
            tail = np.uint32(tail + one)
            waiting[x] = 1
        distance[x] = d
    while head != tail:
        x = ring[head & mask]
        head = np.uint32(head + one)
        waiting[x] = 0
        d = distance[x]
        for k in range(start[x], start[x + one]):
            y = step[two * k]
            new = np.uint32(d + step[two * k + one])
            old = distance[y]
            if new < old and new <= most:
                distance[y] = new
                if old == FAR:
                    touched[count] = y
                    count = np.uint32(count + one)
                if waiting[y] == 0:
                    ring[tail & mask] = y
                    tail = np.uint32(tail + one)
                    waiting[y] = 1
    return int(count)


@njit(cache=True, nogil=True)
def node_rows(
    graph: tuple[Array, Array],
    first: Array,
    sources: Array,
    part: tuple[Number, Number, Number],
    work: tuple[Array, Array, Array, Array],
    rows: tuple[Array, Array, Array],
) -> int:
    """Write the nodes within the limit of each facility; return the facility at which there was no more room.

    Args:
        graph: Row starts and packed steps.
        first: First source of each facility, int64 (f + 1,).
        sources: Columns node and distance, uint32 (s, 2).
        part: First facility, one behind the last, limit in dm.
        work: As of `grow`.
        rows: Row lengths int64 (f,), nodes and distances uint32, changed in place from their beginning.
    """
    distance, touched = work[0], work[1]
    length, node, far = rows
    used = np.int64(0)
    for f in range(part[0], part[1]):
        count = grow(graph[0], graph[1], sources[first[f] : first[f + 1]], part[2], work)
        fits = used + count <= node.size
        for k in range(count):
            x = touched[k]
            if fits:
                node[used + k] = x
                far[used + k] = distance[x]
            distance[x] = FAR
        if not fits:
            return int(f)
        length[f] = count
        used += count
    return int(part[1])


@njit(cache=True, nogil=True)
def home_rows(
    graph: tuple[Array, Array],
    first: Array,
    sources: Array,
    part: tuple[Number, Number, Number],
    work: tuple[tuple[Array, Array, Array, Array], Array, Array],
    homes: tuple[Array, Array, Array, Array, Array, Array],
    rows: tuple[Array, Array, Array],
) -> int:
    """Write the demand points within the limit of each facility; return the facility at which there was no more room.

    Args:
        graph: Row starts and packed steps.
        first: First source of each facility, int64 (f + 1,).
        sources: Columns node and distance, uint32 (s, 2).
        part: First facility, one behind the last, limit in dm.
        work: As of `grow`, then best (h,), all FAR, and found (h,), uint32.
        homes: First home of each node int64 (n + 1,), home and its way to the node, uint32, nearest first; first home
            of each facility's own edge int64 (f + 1,), home and its distance along the edge, uint32.
        rows: Row lengths int64 (f,), homes and distances uint32, changed in place from their beginning.
    """
    search, best, found = work
    distance, touched = search[0], search[1]
    node_first, node_home, node_more, edge_first, edge_home, edge_far = homes
    length, row_home, row_far = rows
    used = np.int64(0)
    for f in range(part[0], part[1]):
        count = grow(graph[0], graph[1], sources[first[f] : first[f + 1]], part[2], search)
        hits = np.int64(0)
        for k in range(count):
            x = touched[k]
            for j in range(node_first[x], node_first[x + np.uint32(1)]):
                if distance[x] + node_more[j] > part[2]:
                    break
                hits = _note(node_home[j], np.uint32(distance[x] + node_more[j]), part[2], best, found, hits)
            distance[x] = FAR
        for j in range(edge_first[f], edge_first[f + 1]):
            hits = _note(edge_home[j], edge_far[j], part[2], best, found, hits)
        fits = used + hits <= row_home.size
        for k in range(hits):
            h = found[k]
            if fits:
                row_home[used + k] = h
                row_far[used + k] = best[h]
            best[h] = FAR
        if not fits:
            return int(f)
        length[f] = hits
        used += hits
    return int(part[1])


@njit(cache=True, nogil=True)
def _note(home: Number, far: Number, limit: Number, best: Array, found: Array, hits: Number) -> Number:
    if far > limit or far >= best[home]:
        return hits
    if best[home] == FAR:
        found[hits] = home
        hits += 1
    best[home] = far
    return hits
