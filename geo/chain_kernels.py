"""Compiled: follow edges through the nodes where there is nothing to choose."""

from __future__ import annotations

from typing import Any

from numba import njit

Array = Any


@njit(cache=True, nogil=True)
def trace_chains(
    first: Array, beside: Array, edges: Array, passed: Array, edge: Array, node: Array, chain: Array
) -> int:
    """Write each edge's and each passed node's place on its chain; return the number of chains.

    Args:
        first: First edge of each node in `beside`, int64 (n + 1,).
        beside: The edges at the nodes, int32 (2 m,).
        edges: Rows u, v, length, int32 (3, m).
        passed: Whether a node has exactly two edges and both may be walked both ways, bool (n,); a node of a ring
            without any other is made an end of it.
        edge: Rows chain, offset of u, +1 or -1 as the chain runs, int32 (3, m), chains -1 before.
        node: Rows chain, offset, int32 (2, n), chains -1 before.
        chain: Rows first and last node, length, first edge, int32 (4, m).
    """
    count = 0
    # The second round is for rings: no end of a chain lies on them, so one of their nodes is made one.
    for ring in range(2):
        for x in range(first.size - 1):
            if passed[x] and ring == 0:
                continue
            for k in range(first[x], first[x + 1]):
                e = beside[k]
                if edge[0, e] >= 0:
                    continue
                passed[x] = False
                here, offset, begun = x, 0, e
                while True:
                    along = edges[0, e] == here
                    there = edges[1, e] if along else edges[0, e]
                    edge[0, e] = count
                    edge[1, e] = offset if along else offset + edges[2, e]
                    edge[2, e] = 1 if along else -1
                    offset += edges[2, e]
                    here = there
                    if not passed[here]:
                        break
                    node[0, here] = count
                    node[1, here] = offset
                    one, other = beside[first[here]], beside[first[here] + 1]
                    e = other if one == e else one
                chain[0, count] = x
                chain[1, count] = here
                chain[2, count] = offset
                chain[3, count] = begun
                count += 1
    return count
