"""Streets before they are a network: straight segments between nodes, and the ways they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

STEP_FREE_NO, STEP_FREE_YES, STEP_FREE_UNKNOWN = 0, 1, 2


@dataclass(frozen=True)
class SourceFile:
    """A file that streets were read from."""

    name: str
    sha256: str
    licence: str

    @classmethod
    def of(cls, path: Path, licence: str) -> SourceFile:
        """Return the file's name and the hash of its bytes."""
        return cls(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), licence)


@dataclass(frozen=True)
class Way:
    """What is known of one street or path, the same along its whole length.

    `level` is the height at which it passes others: 0 the ground, 1 and more a bridge, -1 and less a tunnel. Ways join
    by their nodes alone; the level only explains why two cross without joining. `name_en` is the name in English where
    the source has one: it is shown, and no way is another for it.
    """

    source_id: int
    name: str
    highway: str
    forward: bool
    backward: bool
    step_free: int
    accuracy_m: float
    level: int = 0
    name_en: str = field(default="", compare=False)


@dataclass(frozen=True)
class Gate:
    """A gate on a node: `opening_hours` as written ("" when none), and whether it is shut to the public."""

    node: int
    opening_hours: str
    shut: bool


CROSSING, SIGNAL_CROSSING = 1, 2


@dataclass(frozen=True)
class Streets:
    """Walkable segments read from one or more files.

    Attributes:
        node_id: Id of each node in its source, shape (n,); negative for nodes of GeoJSON files.
        lon: Longitudes, WGS-84 degrees with 7 decimals, shape (n,).
        lat: Latitudes, shape (n,).
        segment_u: Index of each segment's first node in the way's direction, shape (s,).
        segment_v: Index of its second node, shape (s,).
        segment_way: Index into `ways`, shape (s,).
        ways: One entry a way.
        gates: Gates that stand on nodes.
        crossings: Nodes where a road is crossed, with CROSSING or SIGNAL_CROSSING.
        sources: The files read.
    """

    node_id: Int64Array
    lon: FloatArray
    lat: FloatArray
    segment_u: Int32Array
    segment_v: Int32Array
    segment_way: Int32Array
    ways: tuple[Way, ...]
    gates: tuple[Gate, ...]
    sources: tuple[SourceFile, ...]
    crossings: tuple[tuple[int, int], ...] = ()


class StreetsBuilder:
    """Collects nodes and ways in any order; nodes join by the key they are given."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._index: dict[object, int] = {}
        self._nodes: list[tuple[int, float, float]] = []
        self._segments: list[tuple[int, int, int]] = []
        self._ways: list[Way] = []

    def node(self, key: object, node_id: int, lon: float, lat: float) -> int:
        """Return the index of the node with `key`, added at `lon`, `lat` when it is new."""
        index = self._index.get(key)
        if index is None:
            index = self._index[key] = len(self._nodes)
            self._nodes.append((node_id, lon, lat))
        return index

    def find(self, key: object) -> int | None:
        """Return the index of the node with `key`, or None."""
        return self._index.get(key)

    def way(self, way: Way, nodes: Sequence[int]) -> None:
        """Add a way through `nodes`; a node that follows itself adds nothing."""
        number = len(self._ways)
        self._ways.append(way)
        self._segments += [(u, v, number) for u, v in pairwise(nodes) if u != v]

    def segment(self, u: int, v: int) -> None:
        """Add a segment to the way that was added last."""
        self._segments.append((u, v, len(self._ways) - 1))

    def build(
        self, gates: Sequence[Gate], sources: Sequence[SourceFile], crossings: Sequence[tuple[int, int]] = ()
    ) -> Streets:
        """Return what was collected as arrays."""
        nodes = np.array(self._nodes, dtype=[("id", "i8"), ("lon", "f8"), ("lat", "f8")])
        segments = np.array(self._segments, dtype=np.int32).reshape(-1, 3)
        return Streets(
            nodes["id"].copy(),
            nodes["lon"].copy(),
            nodes["lat"].copy(),
            segments[:, 0].copy(),
            segments[:, 1].copy(),
            segments[:, 2].copy(),
            tuple(self._ways),
            tuple(gates),
            tuple(sources),
            tuple(crossings),
        )


def merge_streets(parts: Sequence[Streets]) -> Streets:
    """Return several files' streets as one; nodes join by their source id, GeoJSON nodes also by position.

    A GeoJSON vertex joins an OpenStreetMap node that stands at exactly the same place (7 decimals), so that a
    drawn footpath can be tied to a street; where several stand there the smallest id is taken.
    """
    if len(parts) == 1:
        return parts[0]
    builder = StreetsBuilder()
    gates: list[Gate] = []
    crossings: list[tuple[int, int]] = []
    at_place = _osm_nodes_by_place(parts)
    for part in parts:
        index = [
            builder.node(*_merge_key(int(node_id), lon, lat, at_place))
            for node_id, lon, lat in zip(part.node_id, part.lon.tolist(), part.lat.tolist(), strict=True)
        ]
        _add_ways(builder, part, index)
        gates.extend(Gate(index[gate.node], gate.opening_hours, gate.shut) for gate in part.gates)
        crossings.extend((index[node], kind) for node, kind in part.crossings)
    return builder.build(gates, [source for part in parts for source in part.sources], crossings)


def _osm_nodes_by_place(parts: Sequence[Streets]) -> dict[tuple[float, float], int]:
    at_place: dict[tuple[float, float], int] = {}
    for part in parts:
        for node_id, lon, lat in zip(part.node_id.tolist(), part.lon.tolist(), part.lat.tolist(), strict=True):
            if node_id >= 0:
                at_place[lon, lat] = min(node_id, at_place.get((lon, lat), node_id))
    return at_place


def _merge_key(
    node_id: int, lon: float, lat: float, at_place: dict[tuple[float, float], int]
) -> tuple[object, int, float, float]:
    if node_id < 0 and (lon, lat) in at_place:
        node_id = at_place[lon, lat]
    key: object = node_id if node_id >= 0 else (lon, lat)
    return key, node_id, lon, lat


def _add_ways(builder: StreetsBuilder, part: Streets, index: Sequence[int]) -> None:
    first = np.searchsorted(part.segment_way, np.arange(len(part.ways) + 1))
    for number, way in enumerate(part.ways):
        builder.way(way, [])
        for segment in range(first[number], first[number + 1]):
            builder.segment(index[part.segment_u[segment]], index[part.segment_v[segment]])
