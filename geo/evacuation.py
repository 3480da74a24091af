"""Two ways out: from a compound's gates to the nearest assembly place, by routes that share no stretch of street.

The second way is the shortest one with every street of the first closed, but for the streets that start and goal stand
on. Where nothing is left, or nothing but the first way again, there is one way only, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from geo.access import nearest_facility
from geo.network import BoolArray, WalkNetwork
from geo.place import HEADLINE_STATUSES, Place, positions_lonlat
from geo.route import Route, find_route
from geo.snapping import Snaps, snap
from geo.walk import Walk

ASSEMBLY_LAYER, GATES_LAYER = "assembly_places", "gates"
_SHUT = ("nobody",)


@dataclass(frozen=True)
class Way:
    """One way out: from a gate (None: the compound's middle) to an assembly place, by its id and name."""

    gate: str | None
    goal: str
    goal_name: str
    route: Route


@dataclass(frozen=True)
class Evacuation:
    """The ways out of a compound, at most two; `missing` says why there is none: "assembly_places" or "no_path"."""

    gates_known: bool
    ways: tuple[Way, ...]
    missing: str | None


def evacuation(place: Place, compound: str, lon: float, lat: float) -> Evacuation:
    """Return the ways out of a compound.

    Args:
        place: The subdistrict.
        compound: The compound's name, by which its gates are found.
        lon: Where people start when no gate is known.
        lat: The same.
    """
    goals = _usable(place, ASSEMBLY_LAYER)
    gates = _gates(place, compound)
    if goals.empty:
        return Evacuation(not gates.empty, (), ASSEMBLY_LAYER)
    starts = positions_lonlat(gates) if not gates.empty else np.array([[lon, lat]])
    names: list[str | None] = [None] if gates.empty else [str(name) for name in gates["name"]]
    first = _nearest_way(place.network, starts, names, goals, Walk())
    if first is None:
        return Evacuation(not gates.empty, (), "no_path")
    way, closed = first
    second = _nearest_way(place.network, starts, names, goals, Walk(closed=closed))
    if second is None or _edges(second[0].route) <= _edges(way.route):
        return Evacuation(not gates.empty, (way,), None)
    return Evacuation(not gates.empty, (way, second[0]), None)


def _usable(place: Place, layer_id: str) -> gpd.GeoDataFrame:
    """Return a layer's facilities with a real position; none where the catalogue has no such layer."""
    frame = place.facilities(layer_id) if layer_id in place.layers else place.demand.iloc[:0]
    return frame if frame.empty else frame[frame["location_status"].isin(HEADLINE_STATUSES) & frame.geometry.notna()]


def _gates(place: Place, compound: str) -> gpd.GeoDataFrame:
    """Return the gates of a compound that somebody may pass."""
    gates = _usable(place, GATES_LAYER)
    return gates if gates.empty else gates[(gates["compound"] == compound) & ~gates["pass"].isin(_SHUT)]


def _nearest_way(
    network: WalkNetwork, starts: np.ndarray, names: list[str | None], goals: gpd.GeoDataFrame, walk: Walk
) -> tuple[Way, BoolArray] | None:
    """Return the shortest way from any start to any goal, and the streets that it takes; None where there is none."""
    goal_lonlat = positions_lonlat(goals)
    goal_snaps = snap(network, goal_lonlat[:, 0], goal_lonlat[:, 1])
    start_snaps = snap(network, starts[:, 0], starts[:, 1])
    nearest = nearest_facility(network, goal_snaps, start_snaps, walk)
    reached = np.flatnonzero(nearest.distance_dm >= 0)
    if not len(reached):
        return None
    begin = int(reached[np.argmin(nearest.distance_dm[reached])])
    goal = int(nearest.facility[begin])
    ends = _joined(start_snaps.take(np.array([begin])), goal_snaps.take(np.array([goal])))
    route = find_route(network, ends, walk)
    way = Way(names[begin], str(goals.index[goal]), str(goals["name"].iloc[goal]), route)
    return way, _taken(network, route, ends)


def _joined(first: Snaps, second: Snaps) -> Snaps:
    """Return the places of both, one after the other."""
    columns = (
        np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("edge", "offset_dm", "access_dm", "fraction", "access_m")
    )
    return Snaps(*columns)


def _taken(network: WalkNetwork, route: Route, ends: Snaps) -> BoolArray:
    """Return the edges of a route, but for those that start and goal stand on, as closed edges."""
    closed = np.zeros(network.edge_count, dtype=np.bool_)
    closed[sorted(_edges(route))] = True
    closed[ends.edge] = False
    return closed


def _edges(route: Route) -> set[int]:
    return {int(edge) for leg in route.legs for edge in leg.edges}
