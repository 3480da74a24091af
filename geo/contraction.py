"""Contraction: a network without its dead ends and bends, on which a search gives the same answers sooner.

Most nodes of a real network only bend a street or lead to its end. What is kept are the places where one can choose,
joined by chains; what was taken out stands in groups, each the nodes of one chain with the dead ends that hang on it,
or the dead ends that hang on one kept node. From a node of a group one leaves by one of two ends, so its distance is
the smaller of two sums of whole decimetres: the answers are the same to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from geo import contraction_kernels as kernels
from geo.graph import BoolArray, EdgeGraph, Int32Array, Int64Array, UInt32Array, row_starts, steps_between
from geo.network import WalkNetwork
from geo.walk import Walk, longest_step_dm, toward_steps

_WORTH_IT = 0.8
"""Share of the nodes that may be kept at most; where more are kept, putting the others back costs what is saved."""


@dataclass(frozen=True, eq=False)
class Contraction:
    """The part of a network that searches walk, and the way back from it to the whole.

    Attributes:
        node: The network's number of each kept node, uint32 (k,), ascending.
        position: Number of each node of the network among the kept ones, int32 (n,); -1 less its row in `inner` for
            the others.
        start: Row starts of the steps against the direction of walking, uint32 (k + 1,).
        step: Interleaved kept node and length, uint32.
        longest_dm: A bound on the length of a step.
        mean_dm: Mean length of a step.
        ends: Kept nodes at the two ends of each group, uint32 (2, g).
        first: First row of each group in `inner`, uint32 (g + 1,).
        inner: Rows node of the network, way to the group's first end, way to its second, uint32 (3, i).
    """

    node: UInt32Array
    position: Int32Array
    start: UInt32Array
    step: UInt32Array
    longest_dm: int
    mean_dm: float
    ends: UInt32Array
    first: UInt32Array
    inner: UInt32Array

    @property
    def node_count(self) -> int:
        """Number of kept nodes."""
        return len(self.node)

    @cached_property
    def groups_by_node(self) -> tuple[UInt32Array, UInt32Array]:
        """First group at each kept node in the second array, uint32 (k + 1,), and the groups; a ring stands once."""
        group = np.arange(self.ends.shape[1])
        opens = self.ends[1] != self.ends[0]
        at = np.concatenate([self.ends[0], self.ends[1][opens]])
        order = np.argsort(at, kind="stable")
        first = row_starts(at, self.node_count).astype(np.uint32)
        return first, np.concatenate([group, group[opens]])[order].astype(np.uint32)

    def groups_of(self, rows: npt.NDArray[np.integer]) -> Int64Array:
        """Return the groups in which rows of `inner` stand."""
        return np.searchsorted(self.first, rows.astype(np.uint32), side="right") - 1

    def ways_out(self, nodes: UInt32Array) -> tuple[UInt32Array, UInt32Array, Int64Array]:
        """Return the kept nodes through which one leaves nodes of the network.

        Args:
            nodes: Nodes of the network, uint32 (p,).

        Returns:
            Kept node, way to it in dm, and the place in `nodes`; a kept node leads to itself, any other to two.
        """
        position = self.position[nodes]
        inside = np.flatnonzero(position < 0)
        rows = (-1 - position[inside]).astype(np.int64)
        ends = self.ends[:, self.groups_of(rows)]
        kept = np.flatnonzero(position >= 0)
        at = np.concatenate([position[kept].astype(np.uint32), ends[0], ends[1]])
        way_dm = np.concatenate([np.zeros(len(kept), dtype=np.uint32), self.inner[1, rows], self.inner[2, rows]])
        return at, way_dm, np.concatenate([kept, inside, inside])


def searched_part(network: WalkNetwork, walk: Walk) -> Contraction:
    """Return what a search of this walk steps on: the contraction where it saves time, else the whole network.

    The contraction is made at the first call and kept with the network. Where something is closed or people wait, a
    way through a chain is not the sum of its edges, and the whole network is searched.
    """
    if walk.is_plain:
        if "_contraction" not in network.__dict__:
            made = contract(network)
            worth_it = made.node_count <= _WORTH_IT * network.node_count
            network.__dict__["_contraction"] = made if worth_it else _whole(network, walk)
        found: Contraction = network.__dict__["_contraction"]
        return found
    return _whole(network, walk)


def _whole(network: WalkNetwork, walk: Walk) -> Contraction:
    """Return the network as it is: every node kept, nothing in groups."""
    everything = np.arange(network.node_count, dtype=np.int32)
    none = np.empty((3, 0), dtype=np.uint32)
    start, step = toward_steps(network, walk)
    longest_dm, mean_dm = longest_step_dm(network, walk), network.mean_edge_dm
    first = np.zeros(1, dtype=np.uint32)
    return Contraction(everything.view(np.uint32), everything, start, step, longest_dm, mean_dm, none[:2], first, none)


def contract(network: WalkNetwork) -> Contraction:
    """Take out the dead ends and bends of a network.

    A node is taken out when it has one edge left, or two, and both may be walked both ways; a one-way edge is a chain
    of its own.
    """
    first, beside = _edges_by_node(network)
    graph = (first, beside, np.stack([network.edge_u, network.edge_v, network.edge_length_dm]))
    fixed, degree = _fixed_nodes(network), np.diff(first).astype(np.int32)
    gone = np.zeros(network.edge_count, dtype=np.bool_)
    tree = np.empty((3, network.node_count), dtype=np.int32)
    taken = kernels.peel_dead_ends(graph, degree, fixed, gone, tree)
    passed = (degree == 2) & ~fixed
    on_chain = np.full((2, network.node_count), -1, dtype=np.int32)
    chain = np.empty((5, network.edge_count), dtype=np.int32)
    chain = chain[:, : kernels.trace_chains(graph, passed, gone, on_chain, chain)].copy()
    passed[tree[0, :taken]] = True
    return _joined(network, passed, on_chain, chain, (tree, taken))


def _joined(
    network: WalkNetwork, out: BoolArray, on_chain: Int32Array, chain: Int32Array, dead_ends: tuple[Int32Array, int]
) -> Contraction:
    """Return the contraction of the nodes that are not `out`, joined by the chains."""
    kept = np.flatnonzero(~out)
    position = np.full(network.node_count, -1, dtype=np.int32)
    position[kept] = np.arange(len(kept))
    length_dm = np.append(chain[2], 0)[on_chain[0]]
    group, way = on_chain[0], np.stack([on_chain[1], length_dm - on_chain[1]])
    kernels.ways_out(*dead_ends, position, chain.shape[1], group, way)
    inner = np.flatnonzero(out)
    inner = inner[np.argsort(group[inner], kind="stable")]
    used, first = np.unique(group[inner], return_index=True)
    position[inner] = -1 - np.arange(len(inner))
    ends = np.stack([position[chain[0]], position[chain[1]]])
    chains = int(np.searchsorted(used, chain.shape[1]))
    hang_on = used[chains:] - chain.shape[1]
    sides = np.concatenate([ends[:, used[:chains]], np.stack([hang_on, hang_on])], axis=1)
    forward, backward = network.edge_forward[chain[3]], network.edge_backward[chain[3]]
    onward = np.where(chain[4], forward, backward)
    steps = steps_between(len(kept), ends, chain[2], np.where(chain[4], backward, forward), onward)
    return Contraction(
        kept.astype(np.uint32),
        position,
        *steps.packed,
        int(chain[2].max(initial=1)),
        float(chain[2].mean()) if chain.shape[1] else 1.0,
        sides.astype(np.uint32),
        np.append(first, len(inner)).astype(np.uint32),
        np.stack([inner, *way[:, inner]]).astype(np.uint32),
    )


def _edges_by_node(network: EdgeGraph) -> tuple[Int64Array, Int32Array]:
    """Return the first edge of each node, int64 (n + 1,), and the edges at the nodes; a loop stands there twice."""
    ends = np.concatenate([network.edge_u, network.edge_v])
    order = np.argsort(ends, kind="stable")
    return row_starts(ends, network.node_count), (order % max(network.edge_count, 1)).astype(np.int32)


def _fixed_nodes(network: EdgeGraph) -> BoolArray:
    """Return the nodes that have a one-way edge or a loop: they are kept."""
    choose = ~(network.edge_forward & network.edge_backward) | (network.edge_u == network.edge_v)
    fixed = np.zeros(network.node_count, dtype=np.bool_)
    fixed[network.edge_u[choose]] = fixed[network.edge_v[choose]] = True
    return fixed
