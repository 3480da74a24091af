"""Compiled: take the dead ends and bends out of a graph, and put them back behind a search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
Number = Any


@njit(cache=True, nogil=True)
def peel_dead_ends(graph: tuple[Array, Array, Array], degree: Array, fixed: Array, gone: Array, tree: Array) -> int:
    """Take away nodes with one edge until none is left, the last node of a component excepted; return their number.

    Args:
        graph: First edge of each node in the next, int64 (n + 1,); the edges at the nodes, int32 (2 m,), a loop twice;
            rows u, v and length of the edges, int32 (3, m).
        degree: Edges left at each node, int32 (n,), changed in place.
        fixed: Nodes that stay whatever their degree, bool (n,).
        gone: Whether an edge was taken away, bool (m,), changed in place.
        tree: Rows node in the order of taking, and for each node the node it hangs on and the length to it,
            int32 (3, n), changed in place.
    """
    first, beside, edges = graph
    waiting, taken, head = 0, 0, 0
    for x in range(degree.size):
        if degree[x] == 1 and not fixed[x]:
            tree[0, waiting] = x
            waiting += 1
    while head < waiting:
        x = tree[0, head]
        head += 1
        if degree[x] != 1:
            continue
        for k in range(first[x], first[x + 1]):
            e = beside[k]
            if not gone[e]:
                break
        other = edges[1, e] if edges[0, e] == x else edges[0, e]
        gone[e] = True
        degree[x] = 0
        degree[other] -= 1
        tree[1, x], tree[2, x] = other, edges[2, e]
        tree[0, taken] = x
        taken += 1
        if degree[other] == 1 and not fixed[other]:
            tree[0, waiting] = other
            waiting += 1
    return taken


@njit(cache=True, nogil=True)
def trace_chains(graph: tuple[Array, Array, Array], passed: Array, gone: Array, node: Array, chain: Array) -> int:
    """Follow what is left of the edges through the nodes where there is nothing to choose; return the chains' number.

    Args:
        graph: As of `peel_dead_ends`.
        passed: Whether a node has exactly two edges left and both may be walked both ways, bool (n,), changed in
            place: a node of a ring without any other is made an end of it.
        gone: Edges that are not followed, bool (m,); in the end all.
        node: Rows chain and offset of the passed nodes, int32 (2, n), changed in place.
        chain: Rows first and last node, length, first edge, whether that runs from its u, int32 (5, m), changed.
    """
    first, beside, edges = graph
    count = 0
    # The second round is for rings: no end of a chain lies on them, so one of their nodes is made one.
    for ring in range(2):
        for x in range(passed.size):
            if passed[x] and ring == 0:
                continue
            for k in range(first[x], first[x + 1]):
                e = beside[k]
                if gone[e]:
                    continue
                passed[x] = False
                here, offset = x, 0
                chain[3, count], chain[4, count] = e, edges[0, e] == x
                while True:
                    gone[e] = True
                    offset += edges[2, e]
                    here = edges[1, e] if edges[0, e] == here else edges[0, e]
                    if not passed[here]:
                        break
                    node[0, here], node[1, here] = count, offset
                    for j in range(first[here], first[here + 1]):
                        e = beside[j]
                        if not gone[e]:
                            break
                chain[0, count], chain[1, count], chain[2, count] = x, here, offset
                count += 1
    return count


@njit(cache=True, nogil=True)
def ways_out(tree: Array, taken: Number, position: Array, trees_from: Number, group: Array, way: Array) -> None:
    """Write the group of every node on a dead end and its ways to the two ends of that.

    Args:
        tree: As of `peel_dead_ends`.
        taken: Number of nodes taken.
        position: Number of each node among those kept, int32 (n,), -1 for the others.
        trees_from: Group of what hangs on the first kept node.
        group: Group of each node, int32 (n,), changed in place; given for nodes on chains.
        way: Rows way to the first and to the second end of its group, int32 (2, n), changed in place.
    """
    for k in range(taken - 1, -1, -1):
        x = tree[0, k]
        on, length = tree[1, x], tree[2, x]
        if position[on] >= 0:
            group[x] = trees_from + position[on]
            way[0, x] = way[1, x] = length
        else:
            group[x] = group[on]
            way[0, x] = way[0, on] + length
            way[1, x] = way[1, on] + length


@njit(cache=True, nogil=True)
def expand(
    own: Array, node: Array, groups: tuple[Array, Array, Array], most: Number, not_reached: Number, state: Array
) -> None:
    """Write the key of every node of a network from the keys of the kept ones.

    Args:
        own: Key of each kept node, uint64 (k,), below 2^63 also where it was not reached.
        node: The network's number of each kept node, uint32 (k,).
        groups: Ends of each group, uint32 (2, g); first of its nodes, uint32 (g + 1,); rows node and ways to both
            ends of the nodes that were taken out, uint32 (3, i).
        most: Largest key within the limit.
        not_reached: The key of a node beyond it.
        state: Key of each node, uint64 (n,), changed in place.
    """
    ends, first, inner = groups
    inner_node, one_way, other_way = inner[0], inner[1], inner[2]
    half, one = np.uint64(32), np.uint32(1)
    for k in range(np.uint32(node.size)):
        key = own[k]
        state[node[k]] = key if key <= most else not_reached
    for g in range(np.uint32(ends.shape[1])):
        key, other = own[ends[0, g]], own[ends[1, g]]
        for i in range(first[g], first[g + one]):
            best = min(key + (np.uint64(one_way[i]) << half), other + (np.uint64(other_way[i]) << half))
            state[inner_node[i]] = best if best <= most else not_reached
