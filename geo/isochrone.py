"""Isochrones: what of the streets lies within each of several limits of a place, as lines and as nested polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.access import NodeDistances, node_distances
from geo.network import FloatArray, WalkNetwork
from geo.service_area import (
    Runs,
    cut_runs,
    distance_runs,
    join_parts,
    part_coordinates,
    reach_band,
    street_strokes,
    to_degrees,
)
from geo.snapping import Snaps
from geo.walk import Walk

_HAIR_DEG = 3e-7
"""About 3 cm: more than twice what rounding to seven decimals moves a polygon's side."""


@dataclass(frozen=True)
class Isochrone:
    """What lies within one limit: reached parts of streets, their length, and the band along them (WGS-84)."""

    limit_m: float
    lines: BaseGeometry
    street_m: float
    polygon: BaseGeometry


def isochrones(
    network: WalkNetwork, places: Snaps, limits_dm: Sequence[int], walk: Walk | None = None
) -> list[Isochrone]:
    """Return one isochrone a limit, from the smallest up; each polygon contains the one before it exactly.

    People walk toward the places: one-way streets count in that direction. The access leg is walked first, so that a
    place 50 m off its street reaches 50 m less of it.

    Args:
        network: The walking network.
        places: One or many places on edges.
        limits_dm: Limits in dm, in any order; equal ones count once.
        walk: Longest access leg and what is closed.
    """
    limits = sorted(set(limits_dm))
    walk = replace(walk or Walk(), limit_dm=limits[-1])
    runs = near_runs(network, node_distances(network, places, walk), places, walk)
    found: list[Isochrone] = []
    polygon: BaseGeometry = shapely.Polygon()
    for limit_dm in limits:
        parts = cut_runs(runs, -1.0, limit_dm)
        polygon = _around(to_degrees(network, reach_band(network, parts)), polygon)
        lines: BaseGeometry = to_degrees(network, shapely.MultiLineString(list(street_strokes(network, parts))))
        found.append(Isochrone(limit_dm / 10, lines, float(parts.length_m.sum()), polygon))
    return found


def _around(band: BaseGeometry, inner: BaseGeometry) -> BaseGeometry:
    """Return the band united with the polygon of the next smaller limit, both in degrees.

    Buffers alone do not nest: a part cut a little later has its round end elsewhere. Nor does a plain union, whose
    crossings are rounded and whose long sides bend when they go into degrees; a hair more does, also once written.
    """
    if inner.is_empty:
        return band
    united: BaseGeometry = shapely.union(band, shapely.buffer(inner, _HAIR_DEG, join_style="mitre"))
    return united


def near_runs(network: WalkNetwork, nodes: NodeDistances, places: Snaps, walk: Walk) -> Runs:
    """Return the runs of the edges that anything within the limit can lie on, instead of the whole network's."""
    reached = nodes.distance_dm >= 0
    near = reached[network.edge_u] | reached[network.edge_v]
    near[places.edge[places.edge >= 0]] = True
    return distance_runs(network, nodes, places, walk, edges=np.flatnonzero(near))


def reached_coordinates(network: WalkNetwork, places: Snaps, limit_dm: int, walk: Walk | None = None) -> FloatArray:
    """Return the ends of every reached part of a street in WGS-84, shape (p, 2, 2): a city's layer in one go."""
    walk = replace(walk or Walk(), limit_dm=limit_dm)
    runs = near_runs(network, node_distances(network, places, walk), places, walk)
    return part_coordinates(network, join_parts(cut_runs(runs, -1.0, limit_dm)))
