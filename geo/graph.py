"""A graph of edges with lengths in decimetres: what the searches walk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
UInt32Array = npt.NDArray[np.uint32]
UInt64Array = npt.NDArray[np.uint64]
Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Compressed sparse rows of one direction of walking.

    `neighbour[start[x]:start[x + 1]]` are the nodes one step from x, `length_dm` the edges' lengths and `edge` their
    numbers, all int32. Neighbour and length lie side by side in `step`, uint32: a search reads one cache line a step.
    """

    start: Int32Array
    step: UInt32Array
    edge: Int32Array

    @property
    def neighbour(self) -> Int32Array:
        """The node that each step leads to; a view."""
        return self.step[0::2].view(np.int32)

    @property
    def length_dm(self) -> Int32Array:
        """The length of each step; a view."""
        return self.step[1::2].view(np.int32)

    @property
    def packed(self) -> tuple[UInt32Array, UInt32Array]:
        """Row starts and steps, uint32: what the search walks."""
        return self.start.view(np.uint32), self.step


class EdgeGraph(ABC):
    """What every graph of ours has: the edges' ends, lengths and directions, and the steps that follow from them.

    Attributes:
        edge_u: First node of each edge, shape (m,), int32.
        edge_v: Second node.
        edge_length_dm: Length in decimetres, at least 1.
        edge_forward: Whether it may be walked from u to v.
        edge_backward: Whether it may be walked from v to u.
    """

    edge_u: Int32Array
    edge_v: Int32Array
    edge_length_dm: Int32Array
    edge_forward: BoolArray
    edge_backward: BoolArray

    @property
    @abstractmethod
    def node_count(self) -> int:
        """Number of nodes."""

    @property
    def edge_count(self) -> int:
        """Number of edges, each counted once whether it may be walked one way or both."""
        return len(self.edge_u)

    @cached_property
    def longest_edge_dm(self) -> int:
        """Length of the longest edge."""
        return int(self.edge_length_dm.max(initial=1))

    @cached_property
    def mean_edge_dm(self) -> float:
        """Mean length of an edge."""
        return float(self.edge_length_dm.mean()) if self.edge_count else 1.0

    @cached_property
    def onward(self) -> Adjacency:
        """Steps in the direction of walking, from a node to those that can be reached from it."""
        return _adjacency(self, self.edge_forward, self.edge_backward)

    @cached_property
    def toward(self) -> Adjacency:
        """Steps against the direction of walking: the nodes from which a node can be reached."""
        if bool(self.edge_forward.all()) and bool(self.edge_backward.all()):
            return self.onward
        return _adjacency(self, self.edge_backward, self.edge_forward)


def _adjacency(graph: EdgeGraph, from_u: BoolArray, from_v: BoolArray) -> Adjacency:
    return steps_between(graph.node_count, (graph.edge_u, graph.edge_v), graph.edge_length_dm, from_u, from_v)


def steps_between(
    node_count: int,
    ends: tuple[Int32Array, Int32Array] | Int32Array,
    length_dm: Int32Array,
    from_u: BoolArray,
    from_v: BoolArray,
) -> Adjacency:
    """Return the steps from node to node.

    Args:
        node_count: Number of nodes.
        ends: First and second node of each edge, int32 (m,) each.
        length_dm: Length of each edge, int32 (m,).
        from_u: Whether a step leads from the first node to the second, bool (m,).
        from_v: Whether one leads back.
    """
    edge = np.concatenate([np.flatnonzero(from_u), np.flatnonzero(from_v)]).astype(np.int32)
    first = np.concatenate([ends[0][from_u], ends[1][from_v]])
    second = np.concatenate([ends[1][from_u], ends[0][from_v]])
    order = np.lexsort((second, first))
    start = row_starts(first, node_count).astype(np.int32)
    edge = edge[order]
    step = np.empty(2 * len(edge), dtype=np.uint32)
    step[0::2], step[1::2] = second[order], length_dm[edge]
    return Adjacency(start, step, edge)


def row_starts(row: npt.NDArray[np.integer], count: int) -> Int64Array:
    """Return where each of `count` rows begins among items sorted by row, int64 (count + 1,); `row` in any order."""
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=count), out=starts[1:])
    return starts


def ranges(begin: npt.NDArray[Any], end: npt.NDArray[Any]) -> Int64Array:
    """Return the whole numbers of all half-open ranges, one range after the other, int64."""
    length = (end - begin).astype(np.int64)
    skipped = np.repeat(begin - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    places: Int64Array = (np.arange(int(length.sum())) + skipped).astype(np.int64)
    return places


def component_labels(u: npt.NDArray[np.integer], v: npt.NDArray[np.integer], node_count: int) -> Int32Array:
    """Return the connected component of each node, int32 (node_count,); `u` and `v` are the ends of the edges."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - half a second that a start of the service need not wait for
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(node_count, node_count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)
