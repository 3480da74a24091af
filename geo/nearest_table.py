"""Residents' question answered from a table: from any point, the nearest facility of each of many layers.

The table holds the key of every node for every layer, so that one question is a snap, two look-ups a layer and the
facilities on the point's own edge: microseconds, whatever the size of the city.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo import kernels, snap_kernels
from geo.access import facilities_by_edge, left_keys, search_from, split_keys
from geo.network import FloatArray, Int32Array, UInt64Array, WalkNetwork
from geo.snapping import SnapIndex, Snaps, snap_index
from geo.walk import Walk, directions

THREADS = 2
_FIRST: npt.NDArray[np.int64] = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class NearestTable:
    """The nearest facility of each layer from every node.

    Attributes:
        network: The walking network.
        walk: How people walk.
        layers: Layer ids, in the order of the rows.
        keys: Key of each node for each layer, uint64 (layers, n).
        edges: Rows u, v, length, may walk forward, may walk backward, int32 (5, m).
        on_edges: Rows edge, offset, access leg, label and layer of every facility, int32 (5, f), by edge.
        index: Grid over the edges.
    """

    network: WalkNetwork
    walk: Walk
    layers: tuple[str, ...]
    keys: UInt64Array
    edges: Int32Array
    on_edges: Int32Array
    index: SnapIndex


class NearestOfLayer(NamedTuple):
    """The nearest facility of one layer: its index among the layer's facilities, and the distance in dm; or None."""

    layer: str
    facility: int | None
    distance_dm: int | None


def layer_keys(
    network: WalkNetwork, layers: Mapping[str, Snaps], walk: Walk | None = None, threads: int = THREADS
) -> UInt64Array:
    """Return the key of each node for each layer, uint64 (layers, n); layers are shared out among threads."""
    walk = walk or Walk()

    def run(facilities: Snaps) -> UInt64Array:
        return search_from(network, facilities, walk)

    if threads <= 1:
        return np.stack([run(facilities) for facilities in layers.values()])
    with ThreadPoolExecutor(threads) as pool:
        return np.stack(list(pool.map(run, layers.values())))


def build_nearest_table(network: WalkNetwork, layers: Mapping[str, Snaps], walk: Walk | None = None) -> NearestTable:
    """Return the table for `layers`, each given as its facilities on edges in the order in which ties are decided."""
    walk = walk or Walk()
    keys = layer_keys(network, layers, walk)
    forward, backward = directions(network, walk)
    rows = [network.edge_u, network.edge_v, network.edge_length_dm, forward, backward]
    return NearestTable(
        network,
        walk,
        tuple(layers),
        np.stack([left_keys(row, walk) for row in keys]),
        np.stack([row.astype(np.int32) for row in rows]),
        _on_edges(network, list(layers.values()), walk),
        snap_index(network),
    )


def _on_edges(network: WalkNetwork, layers: Sequence[Snaps], walk: Walk) -> Int32Array:
    columns = [np.empty((5, 0), dtype=np.int32)]
    for number, facilities in enumerate(layers):
        first, rows = facilities_by_edge(network, facilities, walk)
        edge = np.repeat(np.arange(network.edge_count), np.diff(first))
        columns.append(np.vstack([edge, rows, np.full(len(edge), number)]).astype(np.int32))
    together = np.concatenate(columns, axis=1)
    return np.ascontiguousarray(together[:, np.argsort(together[0], kind="stable")])


def nearest_of_layers(table: NearestTable, lon: float, lat: float) -> list[NearestOfLayer]:
    """Return the nearest facility of each layer from one position, None where none can be reached."""
    x, y = table.network.projection.to_xy(lon, lat)
    keys = np.empty(len(table.layers), dtype=np.uint64)
    place = _snap_one(table, np.array([[float(x), float(y)]]))
    if place is None:
        return [NearestOfLayer(layer, None, None) for layer in table.layers]
    kernels.nearest_rows(place, table.edges, table.keys, table.on_edges, keys)
    distance_dm, facility = split_keys(keys)
    return [
        NearestOfLayer(layer, label, far) if far >= 0 else NearestOfLayer(layer, None, None)
        for layer, label, far in zip(table.layers, facility.tolist(), distance_dm.tolist(), strict=True)
    ]


def _snap_one(table: NearestTable, points: FloatArray) -> tuple[int, int, int] | None:
    edge, place = np.full(1, -1, dtype=np.int32), np.empty((1, 2))
    grid = table.index
    snap_kernels.snap_points(points, _FIRST, grid.ends, grid.index, grid.frame, edge, place)
    if edge[0] < 0 or not place[0, 1] <= table.walk.max_access_m:
        return None
    return int(edge[0]), round(place[0, 0] * int(table.edges[2, edge[0]])), round(place[0, 1] * 10)
