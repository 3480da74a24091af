"""Walking distance: from every node, and from every demand point, to its nearest facility."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo import contraction_kernels, kernels
from geo.contraction import Contraction, searched_part
from geo.graph import BoolArray, EdgeGraph, Int32Array, UInt32Array, UInt64Array, row_starts
from geo.network import WalkNetwork
from geo.snapping import Snaps
from geo.walk import DEFAULT_MAX_ACCESS_M, UNLIMITED_DM, Walk, directions, longest_step_dm, toward_steps

__all__ = [
    "DEFAULT_MAX_ACCESS_M",
    "UNLIMITED_DM",
    "Nearest",
    "NodeDistances",
    "Walk",
    "facilities_by_edge",
    "facility_order",
    "left_keys",
    "nearest_facility",
    "nearest_from_state",
    "node_distances",
    "search_from",
    "settle",
    "source_keys",
    "split_keys",
]

_FAR_KEY = np.uint64(1 << 62)
"""Key of a kept node that was not reached: above every limit, and a way through a chain can be added to it."""

_NODES_A_GROUP, _GROUP_OVER_REACH = 16_000, 20.0

NO_POSITION, OFF_NETWORK, NO_FACILITY, NO_PATH = "no_position", "off_network", "no_facility", "no_path"


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
        return False, facility_id, ""
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
    off_network = ~(demand.access_m <= walk.max_access_m)
    state = left_keys(search_from(network, facilities, walk), walk)
    distance_dm, facility = split_keys(_finished_keys(network, state, facilities, demand, walk))
    has_facility = bool((facilities.access_m <= walk.max_access_m).any())
    return Nearest(facility, distance_dm, _reasons(demand, off_network, distance_dm >= 0, has_facility))


def nearest_from_state(network: WalkNetwork, state: UInt64Array, facilities: Snaps, demand: Snaps) -> Nearest:
    """Find each demand point's nearest facility from the keys of the nodes (`search_from` without a limit).

    The answer is that of `nearest_facility`; the search is already done.
    """
    walk = Walk()
    keys = _finished_keys(network, state, facilities, demand, walk)
    distance_dm, facility = split_keys(keys)
    has_facility = bool((facilities.access_m <= walk.max_access_m).any())
    off_network = ~(demand.access_m <= walk.max_access_m)
    return Nearest(facility, distance_dm, _reasons(demand, off_network, distance_dm >= 0, has_facility))


def _finished_keys(
    network: WalkNetwork, state: UInt64Array, facilities: Snaps, homes: Snaps, walk: Walk
) -> UInt64Array:
    """Return the key of each home from those of the nodes, as they are for somebody who comes to the node."""
    on_edge, on_edges = facilities_by_edge(network, facilities, walk)
    edge = np.where(homes.access_m <= walk.max_access_m, homes.edge, -1)
    places = np.stack([edge, homes.offset_dm, homes.access_dm]).astype(np.int32)
    result = np.full(len(homes), kernels.NOT_REACHED)
    edges = (network.edge_u, network.edge_v, network.edge_length_dm, *directions(network, walk))
    kernels.finish_on_edges(places, edges, state, on_edge, on_edges, result)
    result[result > _last_key(walk.limit_dm)] = kernels.NOT_REACHED
    return result


def node_distances(network: WalkNetwork, facilities: Snaps, walk: Walk | None = None) -> NodeDistances:
    """Return the walking distance from every node to its nearest facility, with the facility's access leg."""
    return NodeDistances(*split_keys(search_from(network, facilities, walk or Walk())))


def split_keys(keys: UInt64Array) -> tuple[Int32Array, Int32Array]:
    """Return the distances in dm and labels of keys, int32, -1 where not reached; views, nothing is copied."""
    halves = keys.view(np.int32)
    return (halves[1::2], halves[0::2]) if sys.byteorder == "little" else (halves[0::2], halves[1::2])


def left_keys(state: UInt64Array, walk: Walk) -> UInt64Array:
    """Return the nodes' keys as they are for somebody who comes to the node: with the first half of the waiting."""
    if walk.half_wait_dm is None:
        return state
    waited = state + (walk.half_wait_dm.astype(np.uint64) << np.uint64(32))
    return np.where(state == kernels.NOT_REACHED, state, waited)


def _last_key(limit_dm: int) -> np.uint64:
    return np.uint64((limit_dm << 32) | 0xFFFFFFFF)


def _reasons(demand: Snaps, off_network: BoolArray, reached: BoolArray, has_facility: bool) -> npt.NDArray[np.object_]:
    reason = np.full(len(demand), None, dtype=object)
    reason[~reached] = NO_PATH if has_facility else NO_FACILITY
    reason[off_network] = OFF_NETWORK
    reason[demand.edge < 0] = NO_POSITION
    return reason


def search_from(network: WalkNetwork, facilities: Snaps, walk: Walk) -> UInt64Array:
    """Return the key of each node, uint64 (n,): its distance and nearest facility, see `split_keys`."""
    part = searched_part(network, walk)
    nodes, keys = source_keys(network, facilities, walk)
    if not part.inner.size:
        return _searched(part, nodes, keys, walk.limit_dm, kernels.NOT_REACHED)
    at, way_dm, source = part.ways_out(nodes)
    own = _searched(part, at, keys[source] + (way_dm.astype(np.uint64) << np.uint64(32)), walk.limit_dm, _FAR_KEY)
    state = np.empty(network.node_count, dtype=np.uint64)
    groups = (part.ends, part.first, part.inner)
    contraction_kernels.expand(own, part.node, groups, _last_key(walk.limit_dm), kernels.NOT_REACHED, state)
    # What is left is the way from a facility to its neighbours inside one group, which touches no kept node.
    inside = np.flatnonzero(part.position[nodes] < 0)
    inside = inside[np.argsort(keys[inside], kind="stable")]
    settle(network, nodes[inside], keys[inside], state, walk)
    return state


def _searched(
    part: Contraction, nodes: UInt32Array, keys: UInt64Array, limit_dm: int, not_reached: np.uint64
) -> UInt64Array:
    """Return the key of each kept node, searched from sources in any order."""
    graph = (part.start, part.step, part.longest_dm)
    state = np.full(part.node_count, not_reached)
    for chosen in _source_groups(part, nodes, limit_dm):
        order = chosen[np.argsort(keys[chosen], kind="stable")]
        _settle(graph, nodes[order], keys[order], state, limit_dm)
    return state


def settle(network: EdgeGraph, nodes: UInt32Array, keys: UInt64Array, state: UInt64Array, walk: Walk) -> None:
    """Search on from `nodes` with ascending `keys`, improving the nodes' keys in `state` in place."""
    if len(nodes):
        graph = (*toward_steps(network, walk), longest_step_dm(network, walk))
        _settle(graph, nodes, keys, state, walk.limit_dm)


def _settle(
    graph: tuple[UInt32Array, UInt32Array, int],
    nodes: UInt32Array,
    keys: UInt64Array,
    state: UInt64Array,
    limit_dm: int,
) -> None:
    """Search on along the steps of a graph: row starts, packed steps and a bound on their length."""
    start, step, longest_dm = graph
    limits = np.array([limit_dm, kernels.BUCKET_SHIFT], dtype=np.uint64)
    buckets = 1 << (longest_dm >> kernels.BUCKET_SHIFT).bit_length() + 1
    capacity = 2 * len(state) + len(nodes)
    while True:
        queue = np.empty((2, capacity), dtype=np.uint32)
        head = np.full(buckets, kernels.NIL, dtype=np.uint32)
        if kernels.search(start, step, nodes, keys, limits, state, queue, head):
            return
        # Every key found so far is a real path: with a larger pool the search goes on from all of them, and from the
        # sources, of which some were not looked at yet.
        nodes, keys = _taken_back(state, nodes, keys)
        capacity *= 4


def _taken_back(state: UInt64Array, nodes: UInt32Array, keys: UInt64Array) -> tuple[UInt32Array, UInt64Array]:
    reached = np.flatnonzero(state < _FAR_KEY)
    nodes, keys = np.concatenate([nodes, reached.astype(np.uint32)]), np.concatenate([keys, state[reached]])
    order = np.argsort(keys, kind="stable")
    state[reached] = _FAR_KEY
    return nodes[order], keys[order]


def _source_groups(part: Contraction, nodes: UInt32Array, limit_dm: int) -> list[npt.NDArray[np.int64]]:
    """Return the sources in groups that are settled one after the other, neighbours in Hilbert order together.

    A group's region stays in the cache, which halves the time of a city; what two groups both reach is settled
    twice, so a group must be large against what lies within the limit, and without a limit there is one group.
    """
    reached = 2.0 * (limit_dm / part.mean_dm) ** 2
    groups = int(part.node_count / max(_NODES_A_GROUP, _GROUP_OVER_REACH * reached))
    by_place = np.argsort(nodes, kind="stable")
    return np.array_split(by_place, groups) if 1 < groups <= len(nodes) else [by_place]


def source_keys(network: EdgeGraph, facilities: Snaps, walk: Walk) -> tuple[UInt32Array, UInt64Array]:
    """Return nodes and keys of the ends of the facilities' edges that people may come through."""
    on = np.flatnonzero((facilities.edge >= 0) & (facilities.access_m <= walk.max_access_m))
    edge, offset, access = facilities.edge[on], facilities.offset_dm[on], facilities.access_dm[on]
    length = network.edge_length_dm[edge]
    forward, backward = directions(network, walk)
    through_u = forward[edge] | (offset == 0)
    through_v = backward[edge] | (offset == length)
    nodes = np.concatenate([network.edge_u[edge][through_u], network.edge_v[edge][through_v]]).astype(np.uint32)
    distance = np.concatenate([(access + offset)[through_u], (access + length - offset)[through_v]])
    label = np.concatenate([on[through_u], on[through_v]])
    if walk.half_wait_dm is not None:
        distance = distance + walk.half_wait_dm[nodes]
    keys = (distance.astype(np.uint64) << np.uint64(32)) | label.astype(np.uint64)
    open_nodes = slice(None) if walk.blocked is None else ~walk.blocked[nodes]
    return nodes[open_nodes], keys[open_nodes]


def facilities_by_edge(network: EdgeGraph, facilities: Snaps, walk: Walk) -> tuple[Int32Array, Int32Array]:
    """Return the first facility of each edge, int32 (m + 1,), and rows offset, access leg, label, int32 (3, f)."""
    on = np.flatnonzero((facilities.edge >= 0) & (facilities.access_m <= walk.max_access_m))
    on = on[np.argsort(facilities.edge[on], kind="stable")]
    first = row_starts(facilities.edge[on], network.edge_count).astype(np.int32)
    return first, np.stack([facilities.offset_dm[on], facilities.access_dm[on], on]).astype(np.int32)
