"""A footpath drawn on a network: streets are cut where it meets them, and it becomes edges of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geo.datum import edge_lengths_dm
from geo.errors import RequestError
from geo.graph import BoolArray, FloatArray, Int32Array, Int64Array
from geo.network import WalkNetwork
from geo.snapping import Snaps, snap
from geo.streets import STEP_FREE_UNKNOWN

JOIN_M = 20.0
"""A drawn position this near to a street is meant to be on it."""

HIGHWAY = "footway"


def with_footpath(network: WalkNetwork, positions: Sequence[tuple[float, float]]) -> WalkNetwork:
    """Return the network with a footpath along `positions` (lon, lat; two at least).

    Each position within `JOIN_M` of a street is moved onto it, and the street is cut there; the others become bends.
    The new way may be walked both ways; whether it is free of steps is unknown.

    Raises:
        RequestError: There are fewer than two positions, or none of them is near a street.
    """
    if len(positions) < 2 or not np.isfinite(np.array(positions, dtype=np.float64)).all():
        raise RequestError("no_footpath", "footpath", "a footpath has two positions at least", "Draw one more")
    lon, lat = np.array(positions, dtype=np.float64).T
    places = snap(network, lon, lat)
    joined = places.access_m <= JOIN_M
    if not joined.any():
        found = f"the nearest street is {places.access_m.min():.0f} m from the drawn path"
        raise RequestError("footpath_apart", "footpath", found, f"Begin or end within {JOIN_M:g} m of a street")
    cut, node = _cut_streets(network, places.take(joined))
    number = np.full(len(lon), -1, dtype=np.int32)
    number[joined] = node
    bends = np.flatnonzero(~joined)
    number[bends] = cut.node_count + np.arange(len(bends))
    return _with_way(_with_nodes(cut, lon[bends], lat[bends]), number)


def _cut_streets(network: WalkNetwork, places: Snaps) -> tuple[WalkNetwork, Int32Array]:
    """Return the network with a node at each place, and the numbers of those nodes."""
    length = network.edge_length_dm[places.edge]
    node = np.where(places.offset_dm == 0, network.edge_u[places.edge], network.edge_v[places.edge]).astype(np.int32)
    inside = (places.offset_dm > 0) & (places.offset_dm < length)
    spots, which = np.unique(
        np.column_stack([places.edge[inside], places.offset_dm[inside]]), axis=0, return_inverse=True
    )
    node[inside] = network.node_count + which.reshape(-1)
    share = spots[:, 1] / network.edge_length_dm[spots[:, 0]]
    u, v = network.edge_u[spots[:, 0]], network.edge_v[spots[:, 0]]
    lon = (1 - share) * network.lon[u] + share * network.lon[v]
    lat = (1 - share) * network.lat[u] + share * network.lat[v]
    return _split_edges(_with_nodes(network, lon, lat), spots.astype(np.int64), network.node_count), node


def _split_edges(network: WalkNetwork, spots: Int64Array, first: int) -> WalkNetwork:
    """Return the network with its edges cut at `spots`, rows edge and offset in dm, whose nodes begin at `first`."""
    whole = np.ones(network.edge_count, dtype=bool)
    whole[spots[:, 0]] = False
    pieces: list[tuple[int, int, int, int]] = []
    for edge in np.unique(spots[:, 0]).tolist():
        rows = np.flatnonzero(spots[:, 0] == edge)
        nodes = [int(network.edge_u[edge]), *(first + rows).tolist(), int(network.edge_v[edge])]
        offsets = [0, *spots[rows, 1].tolist(), int(network.edge_length_dm[edge])]
        pieces += [(nodes[k], nodes[k + 1], offsets[k + 1] - offsets[k], edge) for k in range(len(nodes) - 1)]
    return _with_edges(network, whole, np.array(pieces, dtype=np.int32).reshape(-1, 4))


def _with_edges(network: WalkNetwork, kept: BoolArray, pieces: Int32Array) -> WalkNetwork:
    """Return the network with the kept edges and pieces (rows u, v, length in dm, edge that they are a piece of)."""
    origin = pieces[:, 3]
    return replace(
        network,
        edge_u=np.concatenate([network.edge_u[kept], pieces[:, 0]]).astype(np.int32),
        edge_v=np.concatenate([network.edge_v[kept], pieces[:, 1]]).astype(np.int32),
        edge_length_dm=np.concatenate([network.edge_length_dm[kept], pieces[:, 2]]).astype(np.int32),
        edge_forward=np.concatenate([network.edge_forward[kept], network.edge_forward[origin]]),
        edge_backward=np.concatenate([network.edge_backward[kept], network.edge_backward[origin]]),
        edge_way=np.concatenate([network.edge_way[kept], network.edge_way[origin]]).astype(np.int32),
    )


def _with_nodes(network: WalkNetwork, lon: FloatArray, lat: FloatArray) -> WalkNetwork:
    """Return the network with nodes added behind the others; their ids are below every id there is."""
    lowest = min(int(network.node_id.min(initial=0)), 0)
    ids = lowest - 1 - np.arange(len(lon), dtype=np.int64)
    return replace(
        network,
        lon=np.concatenate([network.lon, lon]),
        lat=np.concatenate([network.lat, lat]),
        node_id=np.concatenate([network.node_id, ids]),
        node_crossing=np.concatenate([network.node_crossing, np.zeros(len(lon), dtype=np.int8)]),
    )


def _with_way(network: WalkNetwork, nodes: Int32Array) -> WalkNetwork:
    """Return the network with a new way through `nodes`; a step from a node to itself is none."""
    u, v = nodes[:-1], nodes[1:]
    moves = u != v
    u, v = u[moves], v[moves]
    highways = network.highways if HIGHWAY in network.highways else (*network.highways, HIGHWAY)
    names = network.names if "" in network.names else (*network.names, "")
    both = np.ones(len(u), dtype=bool)
    way = np.full(len(u), len(network.way_id), dtype=np.int32)
    length = edge_lengths_dm(network.lon[u], network.lat[u], network.lon[v], network.lat[v]) if len(u) else u
    return replace(
        network,
        edge_u=np.concatenate([network.edge_u, u]),
        edge_v=np.concatenate([network.edge_v, v]),
        edge_length_dm=np.concatenate([network.edge_length_dm, length]).astype(np.int32),
        edge_forward=np.concatenate([network.edge_forward, both]),
        edge_backward=np.concatenate([network.edge_backward, both]),
        edge_way=np.concatenate([network.edge_way, way]),
        way_id=np.append(network.way_id, min(int(network.way_id.min(initial=0)), 0) - 1),
        way_name=np.append(network.way_name, names.index("")).astype(np.int32),
        way_highway=np.append(network.way_highway, highways.index(HIGHWAY)).astype(np.int32),
        way_step_free=np.append(network.way_step_free, STEP_FREE_UNKNOWN).astype(np.int8),
        way_accuracy_m=np.append(network.way_accuracy_m, np.nan),
        names=names,
        highways=highways,
    )
