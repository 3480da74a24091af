"""The walking network: streets as integer arrays in Hilbert order, ready for the search.

Every node of the streets is a node of the network and every edge is one straight segment, so an edge's length is the
geodesic between its two ends and anybody can check it. Lengths are integer decimetres.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from geo.datum import LocalProjection
from geo.errors import DataError, Problem
from geo.graph import (
    Adjacency,
    BoolArray,
    EdgeGraph,
    FloatArray,
    Int8Array,
    Int32Array,
    Int64Array,
    UInt32Array,
    UInt64Array,
    ranges,
)
from geo.streets import Gate

__all__ = [
    "ARRAY_FIELDS",
    "FORMAT_VERSION",
    "Adjacency",
    "BoolArray",
    "FloatArray",
    "Int8Array",
    "Int32Array",
    "Int64Array",
    "LeftOut",
    "UInt32Array",
    "UInt64Array",
    "WalkNetwork",
    "check_network",
    "content_hash",
    "empty_network",
    "empty_network_error",
    "ranges",
]

FORMAT_VERSION = 1


@dataclass(frozen=True)
class LeftOut:
    """A component too small to walk in: its number of nodes, its street length and where it stands."""

    nodes: int
    length_m: float
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class WalkNetwork(EdgeGraph):
    """Nodes and edges that may be walked; nothing in it changes.

    Attributes:
        lon: Longitudes of the nodes, WGS-84 degrees, shape (n,), in Hilbert order.
        lat: Latitudes, shape (n,).
        node_id: Ids of the nodes in their source, shape (n,); a shut gate's node stands once for each of its edges.
        node_crossing: 0, CROSSING or SIGNAL_CROSSING of geo.streets, int8 (n,).
        edge_u: First node of each edge, shape (m,), int32.
        edge_v: Second node.
        edge_length_dm: Geodesic length in decimetres, at least 1.
        edge_forward: Whether it may be walked from u to v.
        edge_backward: Whether it may be walked from v to u.
        edge_way: Index into the way columns below.
        way_id: Ids of the ways in their source, shape (w,).
        way_name: Index into `names` ("" is 0).
        way_highway: Index into `highways`.
        way_step_free: 0 no, 1 yes, 2 unknown.
        way_accuracy_m: Accuracy of the way's position in metres, NaN where not stated.
        names: Street names.
        highways: Values of the highway tag.
        gates: Gates that stand on nodes and keep hours.
        area: Ring of the area that the network covers, shape (k, 2), closed.
        left_out: Components that were left out, largest first.
        meta: Sources, options and names in English, plain JSON values.
    """

    lon: FloatArray
    lat: FloatArray
    node_id: Int64Array
    node_crossing: Int8Array
    edge_u: Int32Array
    edge_v: Int32Array
    edge_length_dm: Int32Array
    edge_forward: BoolArray
    edge_backward: BoolArray
    edge_way: Int32Array
    way_id: Int64Array
    way_name: Int32Array
    way_highway: Int32Array
    way_step_free: Int8Array
    way_accuracy_m: FloatArray
    names: tuple[str, ...]
    highways: tuple[str, ...]
    gates: tuple[Gate, ...]
    area: FloatArray
    left_out: tuple[LeftOut, ...]
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.lon)

    @property
    def names_en(self) -> dict[str, str]:
        """What streets are called in English, by their names, where the source says it."""
        return dict(self.meta.get("names_en", {}))

    @property
    def length_m(self) -> float:
        """Length of all edges in metres."""
        return float(self.edge_length_dm.sum(dtype=np.int64)) / 10.0

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of everything that answers depend on, as 64 hex digits."""
        return content_hash(self)

    @cached_property
    def projection(self) -> LocalProjection:
        """The plane in which points are snapped."""
        return LocalProjection.around(self.lon, self.lat)

    @cached_property
    def xy(self) -> tuple[FloatArray, FloatArray]:
        """Positions of the nodes in the projection, metres."""
        return self.projection.to_xy(self.lon, self.lat)

    def edge_ends_xy(self) -> FloatArray:
        """Return where each edge begins and ends in the projection, metres, shape (m, 2, 2)."""
        x, y = self.xy
        return np.stack([np.column_stack([x[ends], y[ends]]) for ends in (self.edge_u, self.edge_v)], axis=1)

    def edge_name(self, edge: int) -> str:
        """Return the name of the street that an edge belongs to, "" when it has none."""
        return self.names[int(self.way_name[self.edge_way[edge]])]


ARRAY_FIELDS = (
    "lon",
    "lat",
    "node_id",
    "node_crossing",
    "edge_u",
    "edge_v",
    "edge_length_dm",
    "edge_forward",
    "edge_backward",
    "edge_way",
    "way_id",
    "way_name",
    "way_highway",
    "way_step_free",
    "way_accuracy_m",
    "area",
)


def content_hash(network: WalkNetwork) -> str:
    """Return the SHA-256 over the arrays, names and gates of a network; English names count where there are any."""
    digest = hashlib.sha256(f"lifecircle network {FORMAT_VERSION}".encode())
    for name in ARRAY_FIELDS:
        array = np.ascontiguousarray(getattr(network, name))
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.view(np.uint8).data if array.size else b"")
    gates = [[gate.node, gate.opening_hours] for gate in network.gates]
    words = [network.names, network.highways, gates, *([network.names_en] if network.names_en else [])]
    digest.update(json.dumps(words, ensure_ascii=False).encode())
    return digest.hexdigest()


def empty_network(lon: float, lat: float) -> WalkNetwork:
    """Return a network without any street, in the plane round a position: a place whose streets nobody has brought."""
    none32, none64, no = np.zeros(0, np.int32), np.zeros(0, np.float64), np.zeros(0, np.bool_)
    network = WalkNetwork(
        lon=none64,
        lat=none64,
        node_id=np.zeros(0, np.int64),
        node_crossing=np.zeros(0, np.int8),
        edge_u=none32,
        edge_v=none32,
        edge_length_dm=none32,
        edge_forward=no,
        edge_backward=no,
        edge_way=none32,
        way_id=np.zeros(0, np.int64),
        way_name=none32,
        way_highway=none32,
        way_step_free=np.zeros(0, np.int8),
        way_accuracy_m=none64,
        names=("",),
        highways=(),
        gates=(),
        area=np.array([[lon, lat]] * 4),
        left_out=(),
    )
    network.__dict__["projection"] = LocalProjection(lon, lat)
    return network


def check_network(network: WalkNetwork) -> list[Problem]:
    """Return what a planner should know of a network before trusting it: many islands, very long edges."""
    warnings = []
    if network.left_out:
        nodes = sum(part.nodes for part in network.left_out)
        largest = network.left_out[0].nodes
        warnings.append(
            Problem(
                "components_left_out",
                "",
                f"{len(network.left_out)} separate components with {nodes} nodes are left out (largest: {largest})",
                "See `lifecircle network info`; --min-component N keeps smaller ones.",
                warning=True,
                figures={"components": len(network.left_out), "nodes": nodes, "largest": largest},
            )
        )
    return warnings


def empty_network_error(sizes: list[int], min_component: int) -> DataError:
    """Return the error for streets of which no component is large enough to walk in."""
    shown = ", ".join(str(size) for size in sizes[:5])
    return DataError.single(
        "network_of_islands",
        "",
        f"no component has {min_component} nodes; the largest have {shown}",
        "The streets may not share nodes where they cross. Join them, or keep smaller ones with --min-component.",
    )
