"""Walking distance: from every node, and from every demand point, to its nearest facility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo import kernels
from geo.network import Adjacency, BoolArray, Int32Array, WalkNetwork
from geo.snapping import Snaps

UNLIMITED_DM: Final = int(kernels.UNREACHED) - 1
DEFAULT_MAX_ACCESS_M: Final = 500.0
"""A point farther than this from every street is unreachable: nobody is moved to a street in silence."""

UInt32Array = npt.NDArray[np.uint32]

NO_POSITION, OFF_NETWORK, NO_FACILITY, NO_PATH = "no_position", "off_network", "no_facility", "no_path"


@dataclass(frozen=True)
class Walk:
    """How people walk in a question.

    Attributes:
        limit_dm: Paths longer than this are not looked for.
        max_access_m: Longest access leg; points farther from every street are unreachable.
        closed: Edges that may not be walked, bool (m,), or None; points still snap to them.
    """

    limit_dm: int = UNLIMITED_DM
    max_access_m: float = DEFAULT_MAX_ACCESS_M
    closed: BoolArray | None = None


@dataclass(frozen=True)
class NodeDistances:
    """Distance in dm from each node to its nearest facility and that facility's index, int32; -1 where none."""

    distance_dm: Int32Array
    facility: Int32Array


@dataclass(frozen=True)
class Nearest:
    """Each demand point's nearest facility.

    Attributes:
        facility: Index of the facility, int32 (p,), -1 where there is none.
        distance_dm: Walking distance with both access legs, int32 (p,), -1 where unreachable.
        reason: Why a point is unreachable, object (p,), None where it is not.
    """

    facility: Int32Array
    distance_dm: Int32Array
    reason: npt.NDArray[np.object_]


def facility_order(ids: Sequence[object]) -> list[int]:
    """Return the facilities' positions in the order of their ids: ties in distance go to the smaller id.

    Numbers are compared as numbers and come before texts, which are compared as texts.
    """
    return sorted(range(len(ids)), key=lambda k: _id_key(ids[k]))


def _id_key(facility_id: object) -> tuple[bool, float, str]:
    if isinstance(facility_id, int | float) and not isinstance(facility_id, bool):
        return False, float(facility_id), ""
    return True, 0.0, str(facility_id)


def nearest_facility(network: WalkNetwork, facilities: Snaps, demand: Snaps, walk: Walk | None = None) -> Nearest:
    """Find each demand point's nearest facility along the network.

    Args:
        network: The walking network.
        facilities: Facilities on edges, in the order in which ties are decided.
        demand: Demand points on edges.
        walk: Limit, longest access leg and closed edges.

    Returns:
        Facility, distance and, where there is none, the reason, in the order of `demand`.
    """
    walk = walk or Walk()
    state = _search(network, facilities, walk)
    result = np.full((2, len(demand)), kernels.UNREACHED, dtype=np.uint32)
    on_edge, on_edges = _facilities_by_edge(network, facilities, walk)
    off_network = ~(demand.access_m <= walk.max_access_m)
    homes = np.stack([np.where(off_network, -1, demand.edge), demand.offset_dm, demand.access_dm]).astype(np.int32)
    kernels.finish_on_edges(homes, _edge_rows(network, walk), state, on_edge, on_edges, result)
    reached = result[0] <= walk.limit_dm
    has_facility = bool((facilities.access_m <= walk.max_access_m).any())
    return Nearest(
        np.where(reached, result[1], 0).astype(np.int32) - np.where(reached, 0, 1).astype(np.int32),
        np.where(reached, result[0].astype(np.int64), -1).astype(np.int32),
        _reasons(demand, off_network, reached, has_facility),
    )


def node_distances(network: WalkNetwork, facilities: Snaps, walk: Walk | None = None) -> NodeDistances:
    """Return the walking distance from every node to its nearest facility, with the facility's access leg."""
    walk = walk or Walk()
    distance, label = _search(network, facilities, walk)
    reached = distance <= walk.limit_dm
    return NodeDistances(
        np.where(reached, distance.astype(np.int64), -1).astype(np.int32),
        np.where(reached, label.astype(np.int64), -1).astype(np.int32),
    )


def _reasons(demand: Snaps, off_network: BoolArray, reached: BoolArray, has_facility: bool) -> npt.NDArray[np.object_]:
    reason = np.full(len(demand), None, dtype=object)
    reason[~reached] = NO_PATH if has_facility else NO_FACILITY
    reason[off_network] = OFF_NETWORK
    reason[demand.edge < 0] = NO_POSITION
    return reason


def _search(network: WalkNetwork, facilities: Snaps, walk: Walk) -> UInt32Array:
    """Return rows distance and label of each node, uint32 (2, n)."""
    start, step = _steps(network.toward, walk.closed)
    sources = _sources(network, facilities, walk)
    order = np.argsort(sources[1], kind="stable")
    limits = np.array([walk.limit_dm, kernels.BUCKET_SHIFT], dtype=np.uint32)
    head_size = 1 << int(int(step[1::2].max(initial=1)) >> kernels.BUCKET_SHIFT).bit_length() + 1
    capacity = network.node_count + sources.shape[1] + 64
    while True:
        state = np.empty((2, network.node_count), dtype=np.uint32)
        state[0], state[1] = kernels.UNREACHED, kernels.NO_LABEL
        queue = np.empty((2, capacity), dtype=np.uint32)
        head = np.full(min(head_size, 1 << 22), kernels.NO_LABEL, dtype=np.uint32)
        if kernels.search(start, step, sources, order, limits, state, queue, head):
            return state
        capacity *= 2


def _steps(adjacency: Adjacency, closed: BoolArray | None) -> tuple[UInt32Array, UInt32Array]:
    length_dm = adjacency.length_dm.astype(np.uint32)
    if closed is not None:
        length_dm = np.where(closed[adjacency.edge], kernels.UNREACHED, length_dm).astype(np.uint32)
    step = np.column_stack([adjacency.neighbour.astype(np.uint32), length_dm]).ravel()
    return adjacency.start.astype(np.uint32), np.ascontiguousarray(step)


def _sources(network: WalkNetwork, facilities: Snaps, walk: Walk) -> UInt32Array:
    """Return rows node, distance, label for the ends of the facilities' edges that people may come through."""
    on = np.flatnonzero((facilities.edge >= 0) & (facilities.access_m <= walk.max_access_m))
    edge, offset, access = facilities.edge[on], facilities.offset_dm[on], facilities.access_dm[on]
    length = network.edge_length_dm[edge]
    forward, backward = _directions(network, walk)
    from_u = forward[edge] | (offset == 0)
    from_v = backward[edge] | (offset == length)
    return np.concatenate(
        [
            np.stack([network.edge_u[edge], access + offset, on])[:, from_u],
            np.stack([network.edge_v[edge], access + length - offset, on])[:, from_v],
        ],
        axis=1,
    ).astype(np.uint32)


def _directions(network: WalkNetwork, walk: Walk) -> tuple[BoolArray, BoolArray]:
    if walk.closed is None:
        return network.edge_forward, network.edge_backward
    return network.edge_forward & ~walk.closed, network.edge_backward & ~walk.closed


def _edge_rows(network: WalkNetwork, walk: Walk) -> Int32Array:
    forward, backward = _directions(network, walk)
    rows = [network.edge_u, network.edge_v, network.edge_length_dm, forward, backward]
    return np.stack([row.astype(np.int32) for row in rows])


def _facilities_by_edge(network: WalkNetwork, facilities: Snaps, walk: Walk) -> tuple[Int32Array, Int32Array]:
    on = np.flatnonzero((facilities.edge >= 0) & (facilities.access_m <= walk.max_access_m))
    on = on[np.argsort(facilities.edge[on], kind="stable")]
    first = np.searchsorted(facilities.edge[on], np.arange(network.edge_count + 1)).astype(np.int32)
    return first, np.stack([facilities.offset_dm[on], facilities.access_dm[on], on]).astype(np.int32)
