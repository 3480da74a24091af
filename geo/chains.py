"""Chains: the streets between places where one can choose, each as one edge.

Most nodes of a real network only bend a street. A search that steps from crossing to crossing visits a fraction of
the nodes, and what lies on a chain is worked out from its two ends: sums of whole decimetres, so that the answers are
the same to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geo import chain_kernels
from geo.graph import BoolArray, EdgeGraph, Int32Array, Int64Array
from geo.network import WalkNetwork
from geo.snapping import Snaps
from geo.walk import Walk

_WORTH_IT = 0.5


@dataclass(frozen=True, eq=False)
class ChainGraph(EdgeGraph):
    """A network's crossings and dead ends, with the chains of edges between them as edges.

    Attributes:
        node: The network's number of each of our nodes, int64 (k,).
        edge_u: First of our nodes of each chain; as of `EdgeGraph` the following too.
        edge_v: Second node.
        edge_length_dm: Length of the chain.
        edge_forward: Whether it may be walked from u to v.
        edge_backward: Whether it may be walked from v to u.
        on_chain: Rows chain, offset of the edge's u, +1 or -1 as the chain runs, for each edge of the network.
        passed: Rows chain and offset of each of the network's nodes, chain -1 for nodes of our own.
    """

    node: Int64Array
    edge_u: Int32Array
    edge_v: Int32Array
    edge_length_dm: Int32Array
    edge_forward: BoolArray
    edge_backward: BoolArray
    on_chain: Int32Array
    passed: Int32Array

    @property
    def node_count(self) -> int:
        """Number of crossings and dead ends."""
        return len(self.node)

    @property
    def is_worth_it(self) -> bool:
        """Whether most of the network's nodes lie on chains; where they do not, chains only cost."""
        return self.node_count < int(_WORTH_IT * self.passed.shape[1])

    @cached_property
    def expansion(self) -> tuple[Int32Array, Int32Array]:
        """Rows chain and offset of each node, an own one as -1 less its number; rows of the chains' ends and length."""
        place = self.passed.copy()
        place[0, self.node] = -1 - np.arange(self.node_count)
        return place, np.stack([self.edge_u, self.edge_v, self.edge_length_dm])

    def places(self, snaps: Snaps) -> Snaps:
        """Return places on edges of the network as the same places on chains."""
        chain, begin, sign = self.on_chain[:, snaps.edge]
        known = snaps.edge >= 0
        offset = np.where(known, begin + sign * snaps.offset_dm, 0).astype(np.int32)
        return Snaps(
            np.where(known, chain, -1).astype(np.int32), offset, snaps.access_dm, snaps.fraction, snaps.access_m
        )


def searched_graph(network: WalkNetwork, walk: Walk) -> ChainGraph | None:
    """Return the chains where they can stand for the network in this walk and save time, else None.

    They are traced at the first call and kept with the network; where they do not save time nothing is kept.
    """
    if not walk.is_plain:
        return None
    if "_chains" not in network.__dict__:
        traced = build_chains(network)
        network.__dict__["_chains"] = traced if traced.is_worth_it else None
    found: ChainGraph | None = network.__dict__["_chains"]
    return found


def build_chains(network: WalkNetwork) -> ChainGraph:
    """Trace the chains of a network.

    A node is passed when it has two edges and both may be walked both ways; a one-way edge is a chain of its own.
    """
    first, beside = _edges_by_node(network)
    passed = _passed_nodes(network, first)
    edge = np.full((3, network.edge_count), -1, dtype=np.int32)
    node = np.full((2, network.node_count), -1, dtype=np.int32)
    chain = np.empty((4, network.edge_count), dtype=np.int32)
    edges = np.stack([network.edge_u, network.edge_v, network.edge_length_dm])
    chain = chain[:, : chain_kernels.trace_chains(first, beside, edges, passed, edge, node, chain)]
    own = np.flatnonzero(~passed)
    number = np.full(network.node_count, -1, dtype=np.int32)
    number[own] = np.arange(len(own))
    runs_on = edge[2, chain[3]] > 0
    forward, backward = network.edge_forward[chain[3]], network.edge_backward[chain[3]]
    return ChainGraph(
        own,
        number[chain[0]],
        number[chain[1]],
        chain[2].copy(),
        np.where(runs_on, forward, backward),
        np.where(runs_on, backward, forward),
        edge,
        node,
    )


def _edges_by_node(network: WalkNetwork) -> tuple[Int64Array, Int32Array]:
    """Return the first edge of each node, int64 (n + 1,), and the edges at the nodes; a loop stands there twice."""
    ends = np.concatenate([network.edge_u, network.edge_v])
    order = np.argsort(ends, kind="stable")
    first = np.zeros(network.node_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=network.node_count), out=first[1:])
    return first, (order % network.edge_count).astype(np.int32)


def _passed_nodes(network: WalkNetwork, first: Int64Array) -> BoolArray:
    choose = ~(network.edge_forward & network.edge_backward) | (network.edge_u == network.edge_v)
    passed = np.diff(first) == 2
    passed[network.edge_u[choose]] = passed[network.edge_v[choose]] = False
    return np.asarray(passed)
