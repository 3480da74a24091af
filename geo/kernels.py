"""The compiled kernels of the nearest-facility search: on nodes, and its end on edges.

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
def finish_on_edges(
    homes: Array, edges: tuple[Array, ...], state: Array, on_edge: Array, facilities: Array, result: Array
) -> None:
    """Take each demand point from its place on an edge to its nearest facility.

    Args:
        homes: Rows edge, offset from u, access leg, int32 (3, h); edge -1 is left alone.
        edges: u, v and length, int32 (m,) each; may walk forward, may walk backward, bool (m,) each.
        state: Key of each node, uint64 (n,).
        on_edge: First facility of each edge in `facilities`, int32 (m + 1,).
        facilities: Rows offset from u, access leg, label, int32 (3, f), sorted by edge.
        result: Key of each demand point, uint64 (h,), changed in place.
    """
    first_node, second_node, length_dm, forward, backward = edges
    for h in range(homes.shape[1]):
        e = homes[0, h]
        if e < 0:
            continue
        offset, access = homes[1, h], homes[2, h]
        length = length_dm[e]
        best = NOT_REACHED
        # A point on a node has left its edge already, whichever way the edge may be walked.
        if backward[e] or offset == 0:
            best = min(best, _further(state[first_node[e]], offset + access))
        if forward[e] or offset == length:
            best = min(best, _further(state[second_node[e]], length - offset + access))
        for k in range(on_edge[e], on_edge[e + 1]):
            ahead = facilities[0, k] - offset
            if (ahead > 0 and not forward[e]) or (ahead < 0 and not backward[e]):
                continue
            best = min(best, _further(np.uint64(facilities[2, k]), abs(ahead) + access + facilities[1, k]))
        result[h] = best


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
def give_back(
    steps: tuple[Array, Array], onward: tuple[Array, Array], gone: Array, seeds: Array, state: Array, room: Array
) -> tuple[int, int]:
    """Take the nodes of some facilities off them, and the nodes from which others can come in.

    What a facility has won hangs together from its own edge on, so that nothing else of the network is looked at.

    Args:
        steps: Row starts and packed steps against the direction of walking, as they were searched.
        onward: The same in the direction of walking.
        gone: Whether each label is taken away, bool (f,).
        seeds: Nodes at the ends of the edges of those facilities, uint32.
        state: Key of each node, uint64 (n,), changed in place: both kinds of nodes are not reached any more.
        room: Rows node and key, uint64 (2, n): first the nodes given back, then those round them with their keys.

    Returns:
        How many of the first kind, and how many of both.
    """
    start, step = steps
    on_start, on_step = onward
    node, key = room[0], room[1]
    one, two = np.uint32(1), np.uint32(2)
    count, head = np.uint32(0), np.uint32(0)
    for s in range(seeds.size):
        x = np.uint32(seeds[s])
        if state[x] != NOT_REACHED and gone[np.uint32(state[x])]:
            state[x] = NOT_REACHED
            node[count] = x
            count = np.uint32(count + one)
    while head < count:
        x = np.uint32(node[head])
        head = np.uint32(head + one)
        for k in range(start[x], start[x + one]):
            y = step[two * k]
            if state[y] != NOT_REACHED and gone[np.uint32(state[y])]:
                state[y] = NOT_REACHED
                node[count] = y
                count = np.uint32(count + one)
    end = count
    for i in range(count):
        x = np.uint32(node[i])
        for k in range(on_start[x], on_start[x + one]):
            y = on_step[two * k]
            if state[y] != NOT_REACHED:
                node[end], key[end] = y, state[y]
                state[y] = NOT_REACHED
                end = np.uint32(end + one)
    return int(count), int(end)
