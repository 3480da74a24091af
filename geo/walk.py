"""How people walk in a question: the limit, what is closed to them, and where they wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.graph import BoolArray, EdgeGraph, Int32Array, UInt32Array
from geo.kernels import CLOSED_DM

UNLIMITED_DM: Final = int(CLOSED_DM) - 1
DEFAULT_MAX_ACCESS_M: Final = 500.0
"""A point farther than this from every street is unreachable: nobody is moved to a street in silence."""


@dataclass(frozen=True, eq=False)
class Walk:
    """How people walk in a question.

    Attributes:
        limit_dm: Paths longer than this are not looked for.
        max_access_m: Longest access leg; points farther from every street are unreachable.
        closed: Edges that may not be walked, bool (m,), or None; points still snap to them.
        blocked: Nodes that may not be passed (a gate that is shut), bool (n,), or None; people may walk up to them.
        half_wait_dm: Half of what waiting at each node costs, as distance, int32 (n,), or None: one half is charged
            on the way to the node and one on the way from it, so that passing it costs the whole.
    """

    limit_dm: int = UNLIMITED_DM
    max_access_m: float = DEFAULT_MAX_ACCESS_M
    closed: BoolArray | None = None
    blocked: BoolArray | None = None
    half_wait_dm: Int32Array | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every street is open and nobody waits: then chains of edges can stand for their edges."""
        return self.closed is None and self.blocked is None and self.half_wait_dm is None


def toward_steps(network: EdgeGraph, walk: Walk) -> tuple[UInt32Array, UInt32Array]:
    """Return the packed steps against the direction of walking, with what is closed and with waiting in them."""
    start, step = network.toward.packed
    if walk.is_plain:
        return start, step
    neighbour, edge = network.toward.neighbour, network.toward.edge
    length_dm = step[1::2].copy()
    if walk.half_wait_dm is not None:
        origin = np.repeat(np.arange(network.node_count), np.diff(network.toward.start))
        length_dm += (walk.half_wait_dm[origin] + walk.half_wait_dm[neighbour]).astype(np.uint32)
    if walk.closed is not None:
        length_dm[walk.closed[edge]] = CLOSED_DM
    if walk.blocked is not None:
        length_dm[walk.blocked[neighbour]] = CLOSED_DM
    step = step.copy()
    step[1::2] = length_dm
    return start, step


def directions(network: EdgeGraph, walk: Walk) -> tuple[BoolArray, BoolArray]:
    """Return whether each edge may be walked from u to v and from v to u, bool (m,) each."""
    if walk.closed is None:
        return network.edge_forward, network.edge_backward
    return network.edge_forward & ~walk.closed, network.edge_backward & ~walk.closed


def longest_step_dm(network: EdgeGraph, walk: Walk) -> int:
    """Return a bound on the length of a step that may be walked."""
    wait_dm = 0 if walk.half_wait_dm is None else 2 * int(walk.half_wait_dm.max(initial=0))
    return network.longest_edge_dm + wait_dm
