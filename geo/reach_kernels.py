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
Work = tuple[Array, Array, Array, Array]

FAR = np.uint32(0x7FFFFFFF)


@njit(cache=True, nogil=True)
def grow(start: Array, step: Array, sources: Array, limit: Number, work: Work) -> int:
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
def leave(
    steps: tuple[Array, Array], position: Array, sources: Array, limit: Number, work: Work, kept: Array
) -> tuple[int, int]:
    """Walk from one facility through the nodes that were taken out, up to the kept ones.

    Args:
        steps: Row starts and packed steps of the whole network.
        position: Number of each node among the kept ones, int32 (n,), negative for the others.
        sources: Columns node of the network and distance, uint32 (s, 2).
        limit: Limit in dm.
        work: As of `grow`, for the whole network.
        kept: Columns kept node and distance, uint32, the first rows are set: where the search of the others starts.

    Returns:
        How many nodes stand in the list of touched ones, all of them taken out, and how many rows of `kept` are set.
    """
    start, step = steps
    # The steps of the queue stand here as in `grow`: one function for both took twice the time, however it was inlined.
    distance, touched, ring, waiting = work
    one, two = np.uint32(1), np.uint32(2)
    most, mask = np.uint32(limit), np.uint32(ring.size - 1)
    head, tail, count, out = np.uint32(0), np.uint32(0), np.uint32(0), np.uint32(0)
    for s in range(sources.shape[0]):
        x, d = sources[s, 0], sources[s, 1]
        if position[x] >= 0:
            kept[out, 0], kept[out, 1] = position[x], d
            out += one
        elif d <= most and d < distance[x]:
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
            if new > most or new >= distance[y]:
                continue
            if position[y] >= 0:
                # One way out is enough in the list; a shorter one found later takes its place.
                at = np.uint32(0)
                while at < out and kept[at, 0] != np.uint32(position[y]):
                    at += one
                if at == out:
                    kept[at, 0], kept[at, 1] = position[y], new
                    out += one
                else:
                    kept[at, 1] = min(kept[at, 1], new)
                continue
            if distance[y] == FAR:
                touched[count] = y
                count = np.uint32(count + one)
            distance[y] = new
            if waiting[y] == 0:
                ring[tail & mask] = y
                tail = np.uint32(tail + one)
                waiting[y] = 1
    return int(count), int(out)


@njit(cache=True, nogil=True)
def node_rows(
    whole: tuple[Array, Array, Array],
    part: tuple[Array, Array, Array],
    groups: tuple[Array, Array, Array, Array, Array],
    first: Array,
    sources: tuple[Array, Array],
    share: tuple[Number, Number, Number],
    work: tuple[Work, Work, Array],
    rows: tuple[Array, Array, Array],
) -> int:
    """Write the nodes within the limit of each facility; return the facility at which there was no more room.

    Args:
        whole: Row starts and packed steps of the network, and the position of each node among the kept ones.
        part: Row starts and packed steps of the kept nodes, and the network's number of each.
        groups: Ends, first nodes and nodes of the groups as of `contraction_kernels.expand`; first group of each kept
            node, and the groups.
        first: First source of each facility, int64 (f + 1,).
        sources: Columns node and distance, uint32 (s, 2); group that each facility stands in, int64 (f,), or -1.
        share: First facility, one behind the last, limit in dm.
        work: As of `grow` for the network and for the kept nodes; room for kept sources.
        rows: Row lengths int64 (f,), nodes and distances uint32, changed in place from their beginning.
    """
    # The arrays are taken out of their tuples here: taking one out inside the loop costs a reference count.
    start, step, position = whole
    near_start, near_step, node = part
    ends, begin, inner, groups_from, beside = groups
    one_end, other_end, inner_node, one_way, other_way = ends[0], ends[1], inner[0], inner[1], inner[2]
    nodes_left, own_group = sources
    (far, mine), (near, touched), kept = (work[0][0], work[0][1]), (work[1][0], work[1][1]), work[2]
    length, row_node, row_far = rows
    one, most, room = np.uint32(1), np.uint32(share[2]), np.uint64(row_node.size)
    used = np.uint64(0)
    for f in range(share[0], share[1]):
        inside, out = leave((start, step), position, nodes_left[first[f] : first[f + 1]], most, work[0], kept)
        count = grow(near_start, near_step, kept[:out], most, work[1])
        own, end = own_group[f], used
        for k in range(np.uint32(count)):
            x = touched[k]
            if end < room:
                row_node[end], row_far[end] = node[x], near[x]
            end += np.uint64(1)
            for j in range(groups_from[x], groups_from[x + one]):
                g = beside[j]
                # A group with both ends reached is written from its first, the facility's own one at last.
                if g == own or (one_end[g] != x and near[one_end[g]] != FAR):
                    continue
                d, e = near[one_end[g]], near[other_end[g]]
                for i in range(begin[g], begin[g + one]):
                    least = min(np.uint32(d + one_way[i]), np.uint32(e + other_way[i]))
                    if least <= most:
                        if end < room:
                            row_node[end], row_far[end] = inner_node[i], least
                        end += np.uint64(1)
        if own >= 0:
            d, e = near[one_end[own]], near[other_end[own]]
            for i in range(begin[own], begin[own + 1]):
                least = min(np.uint32(d + one_way[i]), np.uint32(e + other_way[i]), far[inner_node[i]])
                if least <= most:
                    if end < room:
                        row_node[end], row_far[end] = inner_node[i], least
                    end += np.uint64(1)
        for k in range(np.uint32(inside)):
            far[mine[k]] = FAR
        for k in range(np.uint32(count)):
            near[touched[k]] = FAR
        if end > room:
            return int(f)
        length[f] = end - used
        used = end
    return int(share[1])


@njit(cache=True, nogil=True)
def home_rows(
    whole: tuple[Array, Array, Array],
    part: tuple[Array, Array],
    first: Array,
    sources: Array,
    share: tuple[Number, Number, Number],
    work: tuple[Work, Work, Array, Array, Array],
    homes: tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array],
    rows: tuple[Array, Array, Array],
) -> int:
    """Write the demand points within the limit of each facility; return the facility at which there was no more room.

    Args:
        whole: Row starts and packed steps of the network, and the position of each node among the kept ones.
        part: Row starts and packed steps of the kept nodes.
        first: First source of each facility, int64 (f + 1,).
        sources: Columns node and distance, uint32 (s, 2).
        share: First facility, one behind the last, limit in dm.
        work: As of `grow` for the network and for the kept nodes; room for kept sources; best (h,), all FAR, and
            found (h,), uint32.
        homes: First home of each kept node uint32 (k + 1,), home and its way to the node, uint32, nearest first; the
            same for each node of the network; first home of each facility's own edge int64 (f + 1,), home and its
            distance along the edge, uint32.
        rows: Row lengths int64 (f,), homes and distances uint32, changed in place from their beginning.
    """
    start, step, position = whole
    near_start, near_step = part
    (far, mine), (near, touched), kept, best, found = (work[0][0], work[0][1]), (work[1][0], work[1][1]), *work[2:]
    near_first, near_home, near_more, far_first, far_home, far_more, edge_first, edge_home, edge_far = homes
    length, row_home, row_far = rows
    one, most, room = np.uint32(1), np.uint32(share[2]), np.uint64(row_home.size)
    used = np.uint64(0)
    for f in range(share[0], share[1]):
        inside, out = leave((start, step), position, sources[first[f] : first[f + 1]], most, work[0], kept)
        count = grow(near_start, near_step, kept[:out], most, work[1])
        hits = np.uint32(0)
        for k in range(np.uint32(count)):
            x = touched[k]
            d = near[x]
            near[x] = FAR
            for j in range(near_first[x], near_first[x + one]):
                if d + near_more[j] > most:
                    break
                hits = _note(near_home[j], np.uint32(d + near_more[j]), most, best, found, hits)
        for k in range(np.uint32(inside)):
            x = mine[k]
            d = far[x]
            far[x] = FAR
            for j in range(far_first[x], far_first[x + one]):
                hits = _note(far_home[j], np.uint32(d + far_more[j]), most, best, found, hits)
        for j in range(edge_first[f], edge_first[f + 1]):
            hits = _note(edge_home[j], edge_far[j], most, best, found, hits)
        fits = used + hits <= room
        for k in range(hits):
            h = found[k]
            if fits:
                row_home[used + k], row_far[used + k] = h, best[h]
            best[h] = FAR
        if not fits:
            return int(f)
        length[f] = hits
        used += np.uint64(hits)
    return int(share[1])


@njit(cache=True, nogil=True, inline="always")
def _note(home: Number, far: Number, limit: Number, best: Array, found: Array, hits: Number) -> Number:
    if far > limit or far >= best[home]:
        return hits
    if best[home] == FAR:
        found[hits] = home
        hits = np.uint32(hits + np.uint32(1))
    best[home] = far
    return hits
