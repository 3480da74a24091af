"""What lies within a limit of each facility apart: nodes, and demand points, as sparse rows (an OD matrix)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from geo import reach_kernels as kernels
from geo.access import source_keys, split_keys
from geo.contraction import Contraction, searched_part
from geo.graph import EdgeGraph, Int32Array, Int64Array, UInt32Array, ranges, row_starts
from geo.network import WalkNetwork
from geo.snapping import Snaps
from geo.walk import Walk, directions, toward_steps

THREADS = 2
_FIRST_ROW_LENGTH, _LEAST_ROOM = 1024, 4096
_MOST_WAYS_OUT = 2
"""A facility inside a group leaves it by one of the group's two ends."""

Rows = tuple[Int64Array, UInt32Array, UInt32Array]
Search = tuple[UInt32Array, UInt32Array, UInt32Array, npt.NDArray[np.uint8]]
Run = Callable[[tuple[int, int], Rows], int]


@dataclass(frozen=True)
class SparseRows:
    """One row for each facility: `item[first[f]:first[f + 1]]` and `distance_dm` of the same places.

    Attributes:
        first: Row starts, int64 (f + 1,).
        item: Nodes or demand points, uint32.
        distance_dm: Walking distance from the item to the facility, uint32.
    """

    first: Int64Array
    item: UInt32Array
    distance_dm: UInt32Array

    def row(self, facility: int) -> tuple[UInt32Array, UInt32Array]:
        """Return a facility's items, ascending, and their distances in dm."""
        chosen = slice(int(self.first[facility]), int(self.first[facility + 1]))
        order = np.argsort(self.item[chosen], kind="stable")
        return self.item[chosen][order], self.distance_dm[chosen][order]


def reached_nodes(network: WalkNetwork, facilities: Snaps, walk: Walk, threads: int = THREADS) -> SparseRows:
    """Return the nodes from which each facility is within `walk.limit_dm` on foot.

    Args:
        network: The walking network.
        facilities: Facilities on edges; their access legs count.
        walk: Limit, longest access leg and what is closed.
        threads: Facilities are shared out among this many threads.
    """
    part = searched_part(network, walk)
    whole = (*toward_steps(network, walk), part.position)
    groups = (part.ends, part.first, part.inner, *part.groups_by_node)
    first, sources = _sources_by_facility(network, facilities, walk)
    stands_in = _own_groups(part, first, sources)

    def run(share: tuple[int, int], rows: Rows) -> int:
        graph = (part.start, part.step, part.node)
        work = _work(network.node_count, part.node_count, first)
        return kernels.node_rows(whole, graph, groups, first, (sources, stands_in), (*share, walk.limit_dm), work, rows)

    return _in_threads(run, len(facilities), threads)


def od_matrix(network: WalkNetwork, facilities: Snaps, demand: Snaps, walk: Walk, threads: int = THREADS) -> SparseRows:
    """Return the demand points from which each facility is within `walk.limit_dm`, with all access legs.

    Args:
        network: The walking network.
        facilities: Facilities or candidate sites on edges.
        demand: Demand points on edges; those off the network are in no row.
        walk: Limit, longest access leg and what is closed.
        threads: Facilities are shared out among this many threads.
    """
    part = searched_part(network, walk)
    whole = (*toward_steps(network, walk), part.position)
    first, sources = _sources_by_facility(network, facilities, walk)
    homes = (*_homes_by_node(network, part, demand, walk), *_homes_beside(network, facilities, demand, walk))

    def run(share: tuple[int, int], rows: Rows) -> int:
        best = np.full(len(demand), kernels.FAR, dtype=np.uint32)
        found = np.empty(len(demand), dtype=np.uint32)
        work = (*_work(network.node_count, part.node_count, first), best, found)
        graph = (part.start, part.step)
        return kernels.home_rows(whole, graph, first, sources, (*share, walk.limit_dm), work, homes, rows)

    return _in_threads(run, len(facilities), threads)


def _own_groups(part: Contraction, first: Int64Array, sources: UInt32Array) -> Int64Array:
    """Return the group that each facility stands in, int64 (f,), -1 where both ends of its edge are kept."""
    position = part.position[sources[:, 0]]
    inside = np.flatnonzero(position < 0)
    facility = np.searchsorted(first, inside, side="right") - 1
    own = np.full(len(first) - 1, -1, dtype=np.int64)
    own[facility] = part.groups_of(-1 - position[inside])
    return own


def _work(nodes: int, kept: int, first: Int64Array) -> tuple[Search, Search, UInt32Array]:
    """Return the working arrays of one thread: for the network, for the kept nodes, and room for kept sources."""
    room = int(np.diff(first).max(initial=0)) + _MOST_WAYS_OUT
    return _search_work(nodes), _search_work(kept), np.empty((room, 2), dtype=np.uint32)


def _search_work(count: int) -> Search:
    ring = np.empty(1 << count.bit_length(), dtype=np.uint32)
    distance = np.full(count, kernels.FAR, dtype=np.uint32)
    return distance, np.empty(count, dtype=np.uint32), ring, np.zeros(count, dtype=np.uint8)


def _in_threads(run: Run, count: int, threads: int) -> SparseRows:
    lengths = np.zeros(count, dtype=np.int64)
    parts = list(pairwise(np.linspace(0, count, max(min(threads, count), 1) + 1).astype(int).tolist()))
    if len(parts) == 1:
        found = _fill(run, parts[0], lengths)
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            pieces = pool.map(lambda part: _fill(run, part, lengths), parts)
            found = [piece for filled in pieces for piece in filled]
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    # Joined once, here: the rows of a city are tens of megabytes.
    item, distance_dm = (np.concatenate(column) for column in zip(*found, strict=True))
    return SparseRows(first, item, distance_dm)


def _fill(run: Run, part: tuple[int, int], lengths: Int64Array) -> list[tuple[UInt32Array, UInt32Array]]:
    """Run one part to its end; where there is no more room for rows, go on with new room."""
    begin, end = part
    pieces = [(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint32))]
    room = max((end - begin) * _FIRST_ROW_LENGTH, _LEAST_ROOM)
    while begin < end:
        item, far = np.empty(room, dtype=np.uint32), np.empty(room, dtype=np.uint32)
        stopped = run((begin, end), (lengths, item, far))
        used = int(lengths[begin:stopped].sum())
        pieces.append((item[:used], far[:used]))
        room *= 4 if stopped == begin else 1
        begin = stopped
    return pieces


def _sources_by_facility(network: EdgeGraph, facilities: Snaps, walk: Walk) -> tuple[Int64Array, UInt32Array]:
    nodes, keys = source_keys(network, facilities, walk)
    distance_dm, facility = split_keys(keys)
    order = np.argsort(facility, kind="stable")
    first = np.searchsorted(facility[order], np.arange(len(facilities) + 1)).astype(np.int64)
    return first, np.column_stack([nodes[order], distance_dm[order].astype(np.uint32)])


def _homes_by_node(
    network: EdgeGraph, part: Contraction, demand: Snaps, walk: Walk
) -> tuple[UInt32Array, UInt32Array, UInt32Array, UInt32Array, UInt32Array, UInt32Array]:
    """Return the homes that come through each kept node, and how far it is to there; then through each node."""
    on = np.flatnonzero((demand.edge >= 0) & (demand.access_m <= walk.max_access_m))
    edge, offset, access = demand.edge[on], demand.offset_dm[on], demand.access_dm[on]
    length = network.edge_length_dm[edge]
    forward, backward = directions(network, walk)
    at_u, at_v = backward[edge] | (offset == 0), forward[edge] | (offset == length)
    node = np.concatenate([network.edge_u[edge][at_u], network.edge_v[edge][at_v]])
    more = np.concatenate([(offset + access)[at_u], (length - offset + access)[at_v]])
    if walk.half_wait_dm is not None:
        more = more + walk.half_wait_dm[node]
    home = np.concatenate([on[at_u], on[at_v]])
    kept, way_dm, source = part.ways_out(node)
    inside = part.position[node] < 0
    return (
        *_by_node(part.node_count, kept, home[source], more[source] + way_dm.astype(np.int64)),
        *_by_node(network.node_count, node[inside], home[inside], more[inside]),
    )


def _by_node(
    count: int, node: npt.NDArray[np.integer], home: Int64Array, more: npt.NDArray[np.integer]
) -> tuple[UInt32Array, UInt32Array, UInt32Array]:
    # Nearest first at each node, so that the kernel may stop at the first that is too far.
    order = np.argsort((node.astype(np.int64) << 32) | more)
    first = row_starts(node, count).astype(np.uint32)
    return first, home[order].astype(np.uint32), more[order].astype(np.uint32)


def _homes_beside(
    network: EdgeGraph, facilities: Snaps, demand: Snaps, walk: Walk
) -> tuple[Int64Array, UInt32Array, UInt32Array]:
    """Return the homes on each facility's own edge that may walk along it, and how far it is."""
    on = np.flatnonzero((demand.edge >= 0) & (demand.access_m <= walk.max_access_m))
    on = on[np.argsort(demand.edge[on], kind="stable")]
    edges = demand.edge[on]
    usable = (facilities.edge >= 0) & (facilities.access_m <= walk.max_access_m)
    begin = np.where(usable, np.searchsorted(edges, facilities.edge), 0)
    end = np.where(usable, np.searchsorted(edges, facilities.edge, side="right"), 0)
    facility = np.repeat(np.arange(len(facilities)), end - begin)
    home = on[ranges(begin, end)]
    ahead = facilities.offset_dm[facility] - demand.offset_dm[home]
    forward, backward = directions(network, walk)
    edge = demand.edge[home]
    may = (ahead == 0) | ((ahead > 0) & forward[edge]) | ((ahead < 0) & backward[edge])
    far = np.abs(ahead) + facilities.access_dm[facility] + demand.access_dm[home]
    first = np.searchsorted(facility[may], np.arange(len(facilities) + 1)).astype(np.int64)
    return first, home[may].astype(np.uint32), far[may].astype(np.uint32)


def facilities_within(rows: SparseRows, count: int) -> Int32Array:
    """Return how many facilities each of `count` items has within the limit, int32 (count,)."""
    return np.bincount(rows.item, minlength=count).astype(np.int32)
