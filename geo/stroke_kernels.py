"""Compiled: join parts of streets into strokes, lines that go straight on through crossings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any

NONE = -1


@njit(cache=True, nogil=True)
def pair_ends(first: Array, end: Array, direction: Array, partner: Array) -> None:
    """Pair the ends of parts that meet at a node, the straightest pair first.

    Args:
        first: First end of each meeting node in `end`, int64 (k + 1,).
        end: Ends at the nodes, int64: twice the part's number, and one more for its second end.
        direction: Unit vector from the first to the second end of each part, float64 (p, 2).
        partner: The end that each end goes on at, int64 (2 p,), all NONE before.
    """
    for node in range(first.size - 1):
        while True:
            best, one, other = 2.0, NONE, NONE
            for i in range(first[node], first[node + 1]):
                if partner[end[i]] != NONE:
                    continue
                for j in range(i + 1, first[node + 1]):
                    if partner[end[j]] != NONE:
                        continue
                    a, b = end[i] // 2, end[j] // 2
                    cosine = direction[a, 0] * direction[b, 0] + direction[a, 1] * direction[b, 1]
                    if end[i] % 2 != end[j] % 2:
                        cosine = -cosine
                    if cosine < best:
                        best, one, other = cosine, end[i], end[j]
            if one == NONE:
                break
            partner[one] = other
            partner[other] = one


@njit(cache=True, nogil=True)
def trace_strokes(partner: Array, end: Array, stroke: Array) -> int:
    """Write the ends that each stroke passes, one stroke after the other; return how many were written.

    Args:
        partner: As `pair_ends` leaves it.
        end: Ends passed, int64 (2 p,), changed in place.
        stroke: The stroke of each of them, int64 (2 p,), changed in place.
    """
    parts = partner.size // 2
    used = np.zeros(parts, dtype=np.uint8)
    written, number = 0, 0
    for part in range(parts):
        if used[part]:
            continue
        begin = 2 * part
        here = partner[begin]
        while here != NONE and here // 2 != part:
            begin = here ^ 1
            here = partner[begin]
        end[written] = begin
        stroke[written] = number
        written += 1
        here = begin
        while here != NONE and not used[here // 2]:
            used[here // 2] = 1
            end[written] = here ^ 1
            stroke[written] = number
            written += 1
            here = partner[here ^ 1]
        number += 1
    return written
