"""Streets to a walking network: merge, split at shut gates, leave out islands, put in Hilbert order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.datum import LocalProjection, edge_lengths_dm
from geo.english_names import names_in_english
from geo.errors import DataError
from geo.graph import component_labels
from geo.network import BoolArray, FloatArray, Int32Array, LeftOut, WalkNetwork, empty_network_error
from geo.osm import OsmOptions, read_osm
from geo.overpass import is_overpass, read_overpass
from geo.street_geojson import read_street_geojson
from geo.streets import Gate, Streets, Way, merge_streets

MIN_COMPONENT_NODES = 50
_HILBERT_LEVEL = 16
_OSM_SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
_GEOJSON_SUFFIXES = (".geojson", ".json")


def read_streets(paths: Sequence[Path], options: OsmOptions | None = None) -> Streets:
    """Read and merge street files of any supported kind.

    Raises:
        DataError: A file is damaged, of an unknown kind, or has nothing that may be walked.
        OSError: A file is not there, or may not be read.
    """
    return merge_streets([_read_one(path, options) for path in paths])


def _read_one(path: Path, options: OsmOptions | None) -> Streets:
    path.stat()  # a path that leads nowhere is the caller's fault, not an unreadable extract
    name = path.name.lower()
    if name.endswith(_OSM_SUFFIXES):
        return read_osm(path, options)
    if name.endswith(_GEOJSON_SUFFIXES):
        # a .json may be either, and which it is stands in its first bytes
        return read_overpass(path, options) if is_overpass(path.read_bytes()) else read_street_geojson(path)
    raise DataError.single(
        "unknown_street_file",
        str(path),
        "neither an OpenStreetMap extract, an Overpass answer nor GeoJSON by its name",
        "Use .osm, .osm.pbf, .osm.gz, .json or .geojson.",
    )


def build_network(streets: Streets, min_component: int = MIN_COMPONENT_NODES) -> WalkNetwork:
    """Return the walking network of `streets`; the same streets in any order give the same network.

    Args:
        streets: Walkable segments.
        min_component: Components with fewer nodes are left out and listed.

    Raises:
        DataError: No component is large enough.
    """
    u, v, way, forward, backward = _merge_parallel(streets)
    streets, u, v = _split_at_shut_gates(streets, u, v)
    keep, left_out = _components(streets, u, v, min_component)
    order, position = _hilbert_order(streets, keep)
    kept = keep[u]
    new_u, new_v = position[u[kept]], position[v[kept]]
    swapped = new_u > new_v
    first, second = np.where(swapped, new_v, new_u), np.where(swapped, new_u, new_v)
    edge_order = np.lexsort((second, first))
    return _assemble(
        streets,
        order,
        (first[edge_order].astype(np.int32), second[edge_order].astype(np.int32)),
        (
            way[kept][edge_order],
            np.where(swapped, backward[kept], forward[kept])[edge_order],
            np.where(swapped, forward[kept], backward[kept])[edge_order],
        ),
        (position, left_out),
    )


def _split_at_shut_gates(streets: Streets, u: Int32Array, v: Int32Array) -> tuple[Streets, Int32Array, Int32Array]:
    """Give every edge at a shut gate an end of its own, so that one can walk up to the gate but not through.

    Returns the streets with the new nodes, and the edges' ends. The new nodes of a gate stand at one place with one
    id, so they are told apart by where their edges lead: the order of the input must change nothing.
    """
    shut = np.array(sorted({gate.node for gate in streets.gates if gate.shut}), dtype=np.int32)
    if not len(shut):
        return streets, u, v
    ends, others = np.concatenate([u, v]), np.concatenate([v, u])
    at_gate = np.flatnonzero(np.isin(ends, shut))
    lead_to = others[at_gate]
    at_gate = at_gate[np.lexsort((streets.node_id[lead_to], streets.lat[lead_to], streets.lon[lead_to]))]
    origin = ends[at_gate]
    ends[at_gate] = np.arange(len(at_gate), dtype=np.int32) + len(streets.lon)
    split = replace(
        streets,
        node_id=np.concatenate([streets.node_id, streets.node_id[origin]]),
        lon=np.concatenate([streets.lon, streets.lon[origin]]),
        lat=np.concatenate([streets.lat, streets.lat[origin]]),
        gates=tuple(gate for gate in streets.gates if not gate.shut),
    )
    return split, ends[: len(u)], ends[len(u) :]


def _merge_parallel(streets: Streets) -> tuple[Int32Array, Int32Array, Int32Array, BoolArray, BoolArray]:
    """Return segments with one edge for each pair of nodes.

    Two straight segments between the same nodes are the same line; the edge may be walked wherever either may, and
    carries the way that tells most: one with a name, then one that is step-free, then the smaller id.
    """
    way_forward = np.array([way.forward for way in streets.ways])[streets.segment_way]
    way_backward = np.array([way.backward for way in streets.ways])[streets.segment_way]
    swapped = streets.segment_u > streets.segment_v
    u = np.where(swapped, streets.segment_v, streets.segment_u)
    v = np.where(swapped, streets.segment_u, streets.segment_v)
    preference = _way_preference(streets)[streets.segment_way]
    order = np.lexsort((preference, v, u))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (u[order][1:] != u[order][:-1]) | (v[order][1:] != v[order][:-1])
    starts = np.flatnonzero(first)
    forward = np.logical_or.reduceat(np.where(swapped, way_backward, way_forward)[order], starts)
    backward = np.logical_or.reduceat(np.where(swapped, way_forward, way_backward)[order], starts)
    chosen = order[starts]
    return u[chosen], v[chosen], streets.segment_way[chosen], forward, backward


def _way_preference(streets: Streets) -> npt.NDArray[np.int64]:
    keys = [(not way.name, way.step_free != 1, *_way_key(way)) for way in streets.ways]
    ranked = sorted(range(len(keys)), key=lambda number: keys[number])
    preference = np.empty(len(keys), dtype=np.int64)
    preference[ranked] = np.arange(len(keys))
    return preference


def _way_key(way: Way) -> tuple[int, str, str, int, float]:
    """Return what a network keeps of a way; ways that agree in it are one way."""
    accuracy_m = -1.0 if math.isnan(way.accuracy_m) else way.accuracy_m
    return way.source_id, way.name, way.highway, way.step_free, accuracy_m


def _components(
    streets: Streets, u: Int32Array, v: Int32Array, min_component: int
) -> tuple[BoolArray, tuple[LeftOut, ...]]:
    """Return which nodes to keep, and the components left out, largest first."""
    count = len(streets.lon)
    label = component_labels(u, v, count)
    touched = np.zeros(count, dtype=bool)
    touched[u] = touched[v] = True
    sizes = np.bincount(label[touched], minlength=int(label.max(initial=0)) + 1)
    large = sizes >= min_component
    if not large.any():
        raise empty_network_error(sorted(sizes[sizes > 0].tolist(), reverse=True), min_component)
    return touched & large[label], _left_out(streets, u, v, label, np.flatnonzero(~large & (sizes > 0)))


def _left_out(
    streets: Streets, u: Int32Array, v: Int32Array, label: Int32Array, small: npt.NDArray[np.int64]
) -> tuple[LeftOut, ...]:
    if not len(small):
        return ()
    is_small = np.isin(label[u], small)
    a, b = u[is_small], v[is_small]
    length_dm = edge_lengths_dm(streets.lon[a], streets.lat[a], streets.lon[b], streets.lat[b])
    total_dm = np.bincount(label[a], weights=length_dm, minlength=int(label.max()) + 1)
    touched = np.zeros(len(label), dtype=bool)
    touched[u] = touched[v] = True
    nodes = np.flatnonzero(touched)
    sizes = np.bincount(label[nodes], minlength=int(label.max()) + 1)
    westward = nodes[np.lexsort((streets.lat[nodes], streets.lon[nodes]))][::-1]
    most_western = np.full(int(label.max()) + 1, -1)
    most_western[label[westward]] = westward
    parts = [
        LeftOut(int(sizes[k]), float(total_dm[k]) / 10, *_place(streets, int(most_western[k]))) for k in small.tolist()
    ]
    return tuple(sorted(parts, key=lambda part: (-part.nodes, -part.length_m, part.lon, part.lat)))


def _place(streets: Streets, node: int) -> tuple[float, float]:
    return float(streets.lon[node]), float(streets.lat[node])


def _hilbert_order(streets: Streets, keep: BoolArray) -> tuple[npt.NDArray[np.int64], Int32Array]:
    """Return the kept nodes in Hilbert order (neighbours in place are neighbours in memory), and each one's rank."""
    nodes = np.flatnonzero(keep)
    lon, lat = streets.lon[nodes], streets.lat[nodes]
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat))
    along = np.zeros(len(nodes)) if len(nodes) < 2 else points.hilbert_distance(level=_HILBERT_LEVEL).to_numpy()
    order = nodes[np.lexsort((nodes, streets.node_id[nodes], lat, lon, along))]
    position = np.full(len(streets.lon), -1, dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    return order, position


def _assemble(
    streets: Streets,
    order: npt.NDArray[np.int64],
    ends: tuple[Int32Array, Int32Array],
    edges: tuple[Int32Array, BoolArray, BoolArray],
    built: tuple[Int32Array, tuple[LeftOut, ...]],
) -> WalkNetwork:
    lon, lat = streets.lon[order], streets.lat[order]
    u, v = ends
    ways, edge_way = _distinct_ways(streets, edges[0])
    names = ("", *sorted({way.name for way in ways} - {""}))
    highways = tuple(sorted({way.highway for way in ways}))
    name_index = {name: number for number, name in enumerate(names)}
    highway_index = {highway: number for number, highway in enumerate(highways)}
    position, left_out = built
    return WalkNetwork(
        lon=lon,
        lat=lat,
        node_id=streets.node_id[order],
        node_crossing=_crossing_kinds(streets)[order],
        edge_u=u,
        edge_v=v,
        edge_length_dm=edge_lengths_dm(lon[u], lat[u], lon[v], lat[v]),
        edge_forward=edges[1],
        edge_backward=edges[2],
        edge_way=edge_way,
        way_id=np.array([way.source_id for way in ways], dtype=np.int64),
        way_name=np.array([name_index[way.name] for way in ways], dtype=np.int32),
        way_highway=np.array([highway_index[way.highway] for way in ways], dtype=np.int32),
        way_step_free=np.array([way.step_free for way in ways], dtype=np.int8),
        way_accuracy_m=np.array([way.accuracy_m for way in ways], dtype=np.float64),
        names=names,
        highways=highways,
        gates=_kept_gates(streets.gates, position),
        area=_covered_area(lon, lat),
        left_out=left_out,
        meta={"sources": [vars(source) for source in streets.sources], "names_en": names_in_english(ways)},
    )


def _distinct_ways(streets: Streets, edge_way: Int32Array) -> tuple[list[Way], Int32Array]:
    """Return the edges' ways once each in the order of their keys, and each edge's index into them."""
    used, by_used = np.unique(edge_way, return_inverse=True)
    key_of = [_way_key(streets.ways[number]) for number in used.tolist()]
    by_key = {key: streets.ways[number] for key, number in zip(key_of, used.tolist(), strict=True)}
    rank = {key: number for number, key in enumerate(sorted(by_key))}
    index = np.array([rank[key] for key in key_of], dtype=np.int32)
    return [by_key[key] for key in rank], index[by_used]


def _crossing_kinds(streets: Streets) -> npt.NDArray[np.int8]:
    kinds = np.zeros(len(streets.lon), dtype=np.int8)
    for node, kind in streets.crossings:
        kinds[node] = kind
    return kinds


def _kept_gates(gates: Sequence[Gate], position: Int32Array) -> tuple[Gate, ...]:
    kept = [Gate(int(position[gate.node]), gate.opening_hours, gate.shut) for gate in gates]
    return tuple(sorted((gate for gate in kept if gate.node >= 0), key=lambda gate: gate.node))


def _covered_area(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return the ring of the convex hull of the nodes, shape (k, 2); a hair of width where all stand on a line."""
    # The hull of one line through all nodes is the hull of the nodes, and takes a tenth of the time.
    hull: BaseGeometry = shapely.LineString(np.column_stack([lon, lat])).convex_hull
    corners = np.asarray(shapely.get_coordinates(hull))
    if hull.geom_type == "Polygon":
        return corners
    projection = LocalProjection.around(lon, lat)
    line = shapely.LineString(np.column_stack(projection.to_xy(*corners.T)))
    ring = shapely.get_coordinates(line.buffer(0.5, quad_segs=2))
    return np.column_stack(projection.to_lonlat(ring[:, 0], ring[:, 1]))
