"""Patches on a network: a path that is missing is drawn, one that is not there is closed, by people who know the place.

A patch is kept as a line and put on whatever network comes next. A drawn path is tied to the nearest street at both
ends; a closed stretch takes out the edges that run along its line. Where the next network has nothing there to close,
the patch is kept and said to find nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
import shapely

from geo.datum import COORDINATE_DECIMALS
from geo.errors import DataError, Problem
from geo.graph import component_labels
from geo.network import BoolArray, FloatArray, WalkNetwork
from geo.network_build import MIN_COMPONENT_NODES, build_network
from geo.snapping import snap
from geo.streets import STEP_FREE_UNKNOWN, Gate, Streets, Way

PatchKind = Literal["add", "close"]
TIE_M = 25.0
"""A drawn path is tied to a street that is at most this far from its end."""

ALONG_M = 8.0
"""Edges whose middle is at most this far from a closing line, and that run along it, are closed."""

_NODE_M = 2.0
_STEEPEST = np.cos(np.radians(35.0))
PATCH_WAY_ID = -2
"""Way id of every drawn path."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch: its id, what it does, its line as (lon, lat) positions in WGS-84, and the name of a drawn path."""

    id: str
    kind: PatchKind
    line: tuple[tuple[float, float], ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class AppliedPatch:
    """What became of a patch: edges added or closed, and in words why nothing was done where `applies` is False."""

    patch: Patch
    applies: bool
    edges: int
    told: str = ""


@dataclass(slots=True)
class _Draft:
    """Streets while patches are put on them."""

    lon: list[float]
    lat: list[float]
    segments: list[tuple[int, int, int]]
    ways: list[Way]
    cuts: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    at: dict[tuple[float, float], int] = field(default_factory=dict)


def apply_patches(base: WalkNetwork, patches: Sequence[Patch]) -> tuple[WalkNetwork, tuple[AppliedPatch, ...]]:
    """Return a network with patches, and what became of each; without any that applies it is the network itself.

    Raises:
        DataError: so much is closed that nothing is left to walk on.
    """
    closed = np.zeros(base.edge_count, dtype=bool)
    draft = _Draft(base.lon.tolist(), base.lat.tolist(), [], [])
    applied = tuple(
        _close(base, patch, closed) if patch.kind == "close" else _draw(base, patch, draft) for patch in patches
    )
    if not any(one.applies for one in applied):
        return base, applied
    return build_network(_streets(base, draft, closed), _smallest_component(base)), applied


def check_patch(patch: Patch) -> None:
    """Raise DataError with what is wrong with a patch's line."""
    problems = [
        Problem("bad_position", f"line/{number}", f"{lon}, {lat} are no degrees", "Write longitude,latitude")
        for number, (lon, lat) in enumerate(patch.line)
        if not (abs(lon) <= 180 and abs(lat) <= 90)
    ]
    if len(set(patch.line)) < 2:
        problems.append(Problem("short_line", "line", "a path needs two different positions", "Give two or more"))
    if problems:
        raise DataError(problems)


def edge_at(base: WalkNetwork, lon: float, lat: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the two ends of the edge nearest to a position, to be closed.

    Raises:
        DataError: no edge is within `TIE_M`.
    """
    found = snap(base, np.array([lon]), np.array([lat]))
    if not found.access_m[0] <= TIE_M:
        remedy = "Give a position on the street that shall be closed"
        raise DataError.single("no_street_here", "at", f"no street within {TIE_M:g} m of {lon}, {lat}", remedy)
    ends = (int(base.edge_u[found.edge[0]]), int(base.edge_v[found.edge[0]]))
    first, second = ((float(base.lon[node]), float(base.lat[node])) for node in ends)
    return first, second


def _close(base: WalkNetwork, patch: Patch, closed: BoolArray) -> AppliedPatch:
    """Mark the edges that run along a line."""
    x, y = base.xy
    line = shapely.LineString(np.column_stack(base.projection.to_xy(*np.array(patch.line).T)))
    first, second = (np.column_stack([x[ends], y[ends]]) for ends in (base.edge_u, base.edge_v))
    middle = (first + second) / 2
    near = np.flatnonzero(shapely.dwithin(shapely.points(middle), line, ALONG_M))
    at_m = shapely.line_locate_point(line, shapely.points(middle[near]))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, np.minimum(at_m + 1.0, line.length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(at_m - 1.0, 0.0)))
    across = np.abs((_unit(ahead - behind) * _unit(second[near] - first[near])).sum(axis=1))
    chosen = near[across >= _STEEPEST]
    closed[chosen] = True
    told = "" if len(chosen) else "no street runs along this line"
    return AppliedPatch(patch, bool(len(chosen)), len(chosen), told)


def _unit(vectors: FloatArray) -> FloatArray:
    """Return vectors (n, 2) with length 1; those without length stay 0."""
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def _draw(base: WalkNetwork, patch: Patch, draft: _Draft) -> AppliedPatch:
    """Add a path, its ends tied to the nearest streets."""
    lon, lat = np.array(patch.line).T
    found = snap(base, lon[[0, -1]], lat[[0, -1]])
    if not (found.access_m <= TIE_M).all():
        told = f"an end of the path is {found.access_m.max():.0f} m from the nearest street, farther than {TIE_M:g} m"
        return AppliedPatch(patch, applies=False, edges=0, told=told)
    ties = [_tie(base, draft, int(edge), float(along)) for edge, along in zip(found.edge, found.fraction, strict=True)]
    nodes = [_node(draft, a, b) for a, b in patch.line]
    draft.ways.append(
        Way(
            PATCH_WAY_ID,
            patch.name,
            "path",
            forward=True,
            backward=True,
            step_free=STEP_FREE_UNKNOWN,
            accuracy_m=math.nan,
        )
    )
    number = len(draft.ways) - 1
    pairs = [(u, v) for u, v in pairwise([ties[0], *nodes, ties[1]]) if u != v]
    draft.segments += [(u, v, number) for u, v in pairs]
    return AppliedPatch(patch, applies=True, edges=len(pairs))


def _tie(base: WalkNetwork, draft: _Draft, edge: int, along: float) -> int:
    """Return the node at which a path meets an edge: one of its ends where that is near, else a cut."""
    length_m = float(base.edge_length_dm[edge]) / 10
    u, v = int(base.edge_u[edge]), int(base.edge_v[edge])
    if along * length_m <= _NODE_M:
        return u
    if (1 - along) * length_m <= _NODE_M:
        return v
    lon = base.lon[u] + (base.lon[v] - base.lon[u]) * along
    lat = base.lat[u] + (base.lat[v] - base.lat[u]) * along
    node = _node(draft, float(lon), float(lat))
    draft.cuts.setdefault(edge, []).append((along, node))
    return node


def _node(draft: _Draft, lon: float, lat: float) -> int:
    """Return the node at a position, added when it is new."""
    place = (round(lon, COORDINATE_DECIMALS), round(lat, COORDINATE_DECIMALS))
    if place not in draft.at:
        draft.at[place] = len(draft.lon)
        draft.lon.append(place[0])
        draft.lat.append(place[1])
    return draft.at[place]


def _streets(base: WalkNetwork, draft: _Draft, closed: BoolArray) -> Streets:
    """Return the base's edges without the closed ones, cut where paths meet them, and the drawn paths."""
    ways, segments = _own_segments(base, draft, closed)
    drawn = [(u, v, way + len(ways)) for u, v, way in draft.segments]
    table = np.array([*segments, *drawn], dtype=np.int32).reshape(-1, 3)
    added = len(draft.lon) - base.node_count
    return Streets(
        node_id=np.concatenate([base.node_id, -(10**12) - np.arange(added, dtype=np.int64)]),
        lon=np.array(draft.lon),
        lat=np.array(draft.lat),
        segment_u=table[:, 0].copy(),
        segment_v=table[:, 1].copy(),
        segment_way=table[:, 2].copy(),
        ways=(*ways, *draft.ways),
        gates=tuple(Gate(gate.node, gate.opening_hours, shut=False) for gate in base.gates),
        sources=(),
        crossings=tuple((int(node), int(base.node_crossing[node])) for node in np.flatnonzero(base.node_crossing)),
    )


def _own_segments(base: WalkNetwork, draft: _Draft, closed: BoolArray) -> tuple[list[Way], list[tuple[int, int, int]]]:
    """Return the base's ways, each twice (both ways, one way), and its segments in their direction."""
    ways = [_way(base, number, backward=both) for both in (True, False) for number in range(len(base.way_id))]
    one_way = base.edge_forward != base.edge_backward
    turned = one_way & base.edge_backward
    first, second = np.where(turned, base.edge_v, base.edge_u), np.where(turned, base.edge_u, base.edge_v)
    way = base.edge_way + np.where(one_way, len(base.way_id), 0)
    segments = []
    for edge in np.flatnonzero(~closed).tolist():
        cuts = sorted(draft.cuts.get(edge, []), reverse=bool(turned[edge]))
        stops = [int(first[edge]), *(node for _, node in cuts), int(second[edge])]
        segments += [(u, v, int(way[edge])) for u, v in pairwise(stops) if u != v]
    return ways, segments


def _way(base: WalkNetwork, number: int, *, backward: bool) -> Way:
    """Return one way of a network, walkable both ways or forward only."""
    return Way(
        source_id=int(base.way_id[number]),
        name=base.names[base.way_name[number]],
        highway=base.highways[base.way_highway[number]],
        forward=True,
        backward=backward,
        step_free=int(base.way_step_free[number]),
        accuracy_m=float(base.way_accuracy_m[number]),
    )


def _smallest_component(base: WalkNetwork) -> int:
    """Return from how many nodes on a component is walked in: as the build has it, less where the base has less."""
    label = component_labels(base.edge_u, base.edge_v, base.node_count)
    return min(MIN_COMPONENT_NODES, int(np.bincount(label).min()))
