"""What is odd about a network before anybody trusts a figure from it: pure functions on streets.

Separate components, dead ends that almost touch another street, segments that several ways carry, ways that cross
without a node, the longest edges, and streets without names. Each finding has a place; none of them changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from geo.datum import edge_lengths_dm
from geo.graph import component_labels
from geo.network import WalkNetwork
from geo.streets import FloatArray, Gate, Int32Array, Int64Array, Streets, Way
from geo.topology_plane import NEAR_M, Gap, Meeting, PlaneStreets, find_gaps, find_meetings

FindingKind = Literal["component", "dead_end", "crossing", "duplicate", "longest_edge"]
KINDS: tuple[FindingKind, ...] = ("component", "dead_end", "crossing", "duplicate", "longest_edge")
"""Kinds of findings in the order in which they are told; all but the last are something to look into."""

LONGEST_EDGES = 10


@dataclass(frozen=True, slots=True)
class Street:
    """A street of a finding: its name ("" when it has none), its way's id in the source, its highway tag."""

    name: str
    way_id: int
    highway: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth a look, and where it is.

    Attributes:
        kind: What was found.
        lon: Longitude, WGS-84: a component's most western node, the dead end, the crossing, the middle of a segment.
        lat: Latitude.
        streets: The streets concerned; of a dead end its own first, then the one it almost touches.
        length_m: Length of a component's streets, a dead end's distance to the other street, the doubled length, an
            edge's length; 0 for a crossing.
        count: Nodes of a component, segments that are doubled, otherwise 1.
        explained: Whether the ways pass each other at different levels (bridge, tunnel, layer), so that all is well.
    """

    kind: FindingKind
    lon: float
    lat: float
    streets: tuple[Street, ...]
    length_m: float
    count: int = 1
    explained: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """Streets that hang together: nodes, street length, and the most western node's position."""

    nodes: int
    length_m: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Streets without a name: how many, their length, and what they are (count and metres by highway tag)."""

    streets: int
    length_m: float
    by_highway: dict[str, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class TopologyReport:
    """Everything that was found.

    Attributes:
        nodes: Number of nodes.
        segments: Number of straight segments, each counted once.
        length_m: Their length.
        components: All components, the largest first.
        findings: By kind as in KINDS, the gravest first within a kind.
        unnamed: Streets without names.
        is_network: Whether a saved network was looked at. It keeps one way for each segment and no bridges: it has no
            duplicates any more, and no crossing in it can be explained.
    """

    nodes: int
    segments: int
    length_m: float
    components: tuple[Component, ...]
    findings: tuple[Finding, ...]
    unnamed: Unnamed
    is_network: bool = False

    def of(self, kind: FindingKind) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    @property
    def faults(self) -> int:
        """Number of findings that nothing explains; the longest edges are no faults."""
        return sum(finding.kind != "longest_edge" and not finding.explained for finding in self.findings)


@dataclass(frozen=True)
class _Segments:
    """Segments of streets, each pair of nodes once.

    u, v and way are int32 (s,), length_m float64 (s,), run int32 (s,): the connected stretch of one way it belongs to.
    """

    u: Int32Array
    v: Int32Array
    way: Int32Array
    length_m: FloatArray
    run: Int32Array


def inspect_streets(streets: Streets, near_m: float = NEAR_M) -> TopologyReport:
    """Return what is odd about streets as they were read.

    Args:
        streets: Walkable segments.
        near_m: A dead end this close to another street almost touches it.
    """
    doubled, kept = _doubled_segments(streets)
    segments = _segments(streets, kept)
    plane = _plane(streets, segments)
    meetings = find_meetings(plane)
    gaps = find_gaps(plane, meetings, near_m)
    components = _components(streets, segments)
    nodes = np.unique(np.concatenate([segments.u, segments.v]))
    return TopologyReport(
        nodes=len(nodes),
        segments=len(segments.u),
        length_m=float(segments.length_m.sum()),
        components=components,
        findings=(
            *(Finding("component", one.lon, one.lat, (), one.length_m, one.nodes) for one in components[1:]),
            *(_gap_finding(gap, streets, segments, plane) for gap in gaps),
            *_meeting_findings(meetings, streets, segments, plane),
            *doubled,
            *_longest(streets, segments),
        ),
        unnamed=_unnamed(streets, segments),
    )


def inspect_network(network: WalkNetwork, near_m: float = NEAR_M) -> TopologyReport:
    """Return what is odd about a network; the components that its build left out are among the components."""
    report = inspect_streets(streets_of(network), near_m)
    left_out = tuple(Component(part.nodes, part.length_m, part.lon, part.lat) for part in network.left_out)
    found = (Finding("component", one.lon, one.lat, (), one.length_m, one.nodes) for one in left_out)
    own = report.of("component")
    findings = (*own, *found, *report.findings[len(own) :])
    return replace(report, components=(*report.components, *left_out), findings=findings, is_network=True)


def streets_of(network: WalkNetwork) -> Streets:
    """Return a network's edges as streets, each shut gate as one node again."""
    identity = np.where(network.node_id >= 0, network.node_id, -1 - np.arange(network.node_count))
    _, first, index, times = np.unique(identity, return_index=True, return_inverse=True, return_counts=True)
    ways = zip(
        network.way_id.tolist(),
        (network.names[name] for name in network.way_name.tolist()),
        (network.highways[highway] for highway in network.way_highway.tolist()),
        network.way_step_free.tolist(),
        network.way_accuracy_m.tolist(),
        strict=True,
    )
    return Streets(
        node_id=network.node_id[first],
        lon=network.lon[first],
        lat=network.lat[first],
        segment_u=index[network.edge_u].astype(np.int32),
        segment_v=index[network.edge_v].astype(np.int32),
        segment_way=network.edge_way,
        ways=tuple(
            Way(way_id, name, highway, forward=True, backward=True, step_free=step_free, accuracy_m=accuracy_m)
            for way_id, name, highway, step_free, accuracy_m in ways
        ),
        gates=tuple(Gate(node, "", shut=True) for node in np.flatnonzero(times > 1).tolist()),
        sources=(),
    )


def _street(streets: Streets, way: int) -> Street:
    known = streets.ways[way]
    return Street(known.name, known.source_id, known.highway)


# --- segments and components ---


def _segments(streets: Streets, kept: Int64Array) -> _Segments:
    u, v, way = streets.segment_u[kept], streets.segment_v[kept], streets.segment_way[kept]
    length_m = edge_lengths_dm(streets.lon[u], streets.lat[u], streets.lon[v], streets.lat[v]) / 10.0
    return _Segments(u, v, way, length_m, _runs(u, v, way, len(streets.lon)))


def _runs(u: Int32Array, v: Int32Array, way: Int32Array, nodes: int) -> Int32Array:
    """Number the connected stretches of each way: several streets may be one way in a network, or lie apart."""
    count = len(u)
    place = np.concatenate([way, way]).astype(np.int64) * nodes + np.concatenate([u, v])
    known, place = np.unique(place, return_inverse=True)
    segment = np.tile(np.arange(count), 2)
    size = count + len(known)
    return component_labels(segment, count + place, size)[:count]


def _components(streets: Streets, segments: _Segments) -> tuple[Component, ...]:
    """Return the components, the largest first; a shut gate ends every street that leads to it."""
    ends, count = np.concatenate([segments.u, segments.v]).astype(np.int64), len(streets.lon)
    at_gate = np.flatnonzero(np.isin(ends, [gate.node for gate in streets.gates if gate.shut]))
    place = np.concatenate([np.arange(count), ends[at_gate]])
    ends[at_gate] = count + np.arange(len(at_gate))
    u, v = ends[: len(segments.u)], ends[len(segments.u) :]
    label = component_labels(u, v, len(place))
    labels = int(label.max(initial=-1)) + 1
    nodes = np.unique(ends)
    size = np.bincount(label[nodes], minlength=labels)
    length_m = np.bincount(label[u], weights=segments.length_m, minlength=labels)
    westward = nodes[np.lexsort((streets.lat[place[nodes]], streets.lon[place[nodes]]))][::-1]
    western = np.zeros(labels, dtype=np.int64)
    western[label[westward]] = place[westward]
    found = [
        Component(int(size[k]), float(length_m[k]), float(streets.lon[western[k]]), float(streets.lat[western[k]]))
        for k in np.flatnonzero(size).tolist()
    ]
    return tuple(sorted(found, key=lambda one: (-one.nodes, -one.length_m, one.lon, one.lat)))


# --- segments that stand more than once ---


def _doubled_segments(streets: Streets) -> tuple[list[Finding], Int64Array]:
    """Return segments that several ways carry, and the numbers of the segments that are left when each stands once.

    Two segments are the same when their ends stand at the same places, whether they share the nodes or not.
    """
    if not len(streets.segment_u):
        return [], np.zeros(0, dtype=np.int64)
    _, place = np.unique(np.column_stack([streets.lon, streets.lat]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    ends = np.sort(np.column_stack([place[streets.segment_u], place[streets.segment_v]]), axis=1)
    unnamed = np.array([not way.name for way in streets.ways])[streets.segment_way]
    order = np.lexsort((streets.segment_way, unnamed, ends[:, 1], ends[:, 0]))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (ends[order][1:] != ends[order][:-1]).any(axis=1)
    begin = np.flatnonzero(first)
    end = np.append(begin[1:], len(order))
    ways: dict[tuple[int, ...], list[int]] = {}
    for group in np.flatnonzero(end - begin > 1).tolist():
        same = order[begin[group] : end[group]]
        carriers = tuple(sorted(set(streets.segment_way[same].tolist())))
        if len(carriers) > 1:
            ways.setdefault(carriers, []).append(int(same[0]))
    doubled = [_doubled(streets, carriers, same) for carriers, same in ways.items()]
    kept: Int64Array = np.sort(order[first & (ends[order][:, 0] != ends[order][:, 1])])
    return sorted(doubled, key=lambda one: (-one.length_m, one.lon, one.lat)), kept


def _doubled(streets: Streets, carriers: Sequence[int], same: Sequence[int]) -> Finding:
    u, v = streets.segment_u[list(same)], streets.segment_v[list(same)]
    length_m = edge_lengths_dm(streets.lon[u], streets.lat[u], streets.lon[v], streets.lat[v]) / 10.0
    lon, lat = _middle(streets, u, v, int(length_m.argmax()))
    named = sorted(carriers, key=lambda way: (not streets.ways[way].name, streets.ways[way].source_id, way))
    return Finding(
        "duplicate", lon, lat, tuple(_street(streets, way) for way in named), float(length_m.sum()), len(same)
    )


def _middle(streets: Streets, u: npt.NDArray[np.int32], v: npt.NDArray[np.int32], number: int) -> tuple[float, float]:
    lon = (streets.lon[u[number]] + streets.lon[v[number]]) / 2
    return float(lon), float((streets.lat[u[number]] + streets.lat[v[number]]) / 2)


# --- dead ends and crossings, in the plane ---


def _plane(streets: Streets, segments: _Segments) -> PlaneStreets:
    level = np.array([way.level for way in streets.ways], dtype=np.int32)
    shut = np.array([gate.node for gate in streets.gates if gate.shut], dtype=np.int64)
    return PlaneStreets.of(
        (streets.lon, streets.lat),
        (segments.u, segments.v),
        segments.length_m,
        segments.run,
        level[segments.way] if len(level) else level,
        shut,
    )


def _gap_finding(gap: Gap, streets: Streets, segments: _Segments, plane: PlaneStreets) -> Finding:
    concerned = tuple(_street(streets, int(segments.way[number])) for number in (gap.segment, gap.near))
    lon, lat = float(streets.lon[gap.node]), float(streets.lat[gap.node])
    return Finding("dead_end", lon, lat, concerned, gap.distance_m, explained=plane.is_explained(gap.segment, gap.near))


def _meeting_findings(
    meetings: Sequence[Meeting], streets: Streets, segments: _Segments, plane: PlaneStreets
) -> list[Finding]:
    lon, lat = plane.projection.to_lonlat([one.x for one in meetings], [one.y for one in meetings])
    return [
        Finding(
            "crossing",
            *place,
            tuple(_street(streets, int(segments.way[number])) for number in (meeting.segment, meeting.other)),
            0.0,
            explained=plane.is_explained(meeting.segment, meeting.other),
        )
        for meeting, place in zip(meetings, zip(lon.tolist(), lat.tolist(), strict=True), strict=True)
    ]


# --- long edges and names ---


def _longest(streets: Streets, segments: _Segments) -> list[Finding]:
    order = np.lexsort((streets.lat[segments.u], streets.lon[segments.u], -segments.length_m))[:LONGEST_EDGES]
    return [
        Finding(
            "longest_edge",
            *_middle(streets, segments.u, segments.v, number),
            (_street(streets, int(segments.way[number])),),
            float(segments.length_m[number]),
        )
        for number in order.tolist()
    ]


def _unnamed(streets: Streets, segments: _Segments) -> Unnamed:
    lacks = np.array([not way.name for way in streets.ways], dtype=bool)
    chosen = np.flatnonzero(lacks[segments.way])
    highways, highway = np.unique([way.highway for way in streets.ways], return_inverse=True)
    of_segment, length_m = highway[segments.way[chosen]], segments.length_m[chosen]
    # a run is one way, so it has one highway: its first segment speaks for it
    runs, first = np.unique(segments.run[chosen], return_index=True)
    counts = np.bincount(of_segment[first], minlength=len(highways)).tolist()
    sums_m = np.bincount(of_segment, weights=length_m, minlength=len(highways)).tolist()
    by_highway = {name: (counts[k], sums_m[k]) for k, name in enumerate(highways.tolist()) if counts[k]}
    longest_first = sorted(by_highway.items(), key=lambda entry: (-entry[1][1], entry[0]))
    return Unnamed(len(runs), float(length_m.sum()), dict(longest_first))
