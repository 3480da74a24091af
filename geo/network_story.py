"""Where two networks tell different stories of a layer: on which streets the walks differ, and what causes it.

A share can stay as it is while a thousand people gain and another thousand lose, so the homes are compared one by one.
The cause is looked for on the shorter of the two ways: streets on it of which the other network has nothing nearby,
homes or the facility stepping onto the streets elsewhere, an edge of the data that hides a shorter way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from geo.access import DEFAULT_MAX_ACCESS_M
from geo.assessment import LayerCoverage, none_where_unknown
from geo.datum import geodesic_lengths_m
from geo.known_area import depths_m
from geo.network import BoolArray, FloatArray, WalkNetwork
from geo.place import Place, positions_lonlat
from geo.route import Leg, find_route
from geo.snapping import Snaps, snap

MOVED_M = 20.0
"""A snap that moves farther than this is told: it is more than the width of a street."""

DIFFERS_M = 100.0
"""A walk that differs by more is told even where nobody changes sides."""

ELSEWHERE_M = 50.0
"""A street with none of the other network within this is not in it; a sketched line may lie 47 m beside a wide road."""

MOST_STREETS = 8
_STEP_M, _SHORTEST_M = 10.0, 30.0


@dataclass(frozen=True, slots=True)
class StreetDifference:
    """The homes of one street whose walk to a layer's nearest facility differs between two networks.

    Attributes:
        street: Its name, "" where it has none.
        points: Demand points that change sides, or whose walk differs by more than `DIFFERS_M`.
        weight: Their people or households; points where nobody is counted.
        gained: Of these, who becomes covered.
        lost: Of these, who no longer is.
        before_m: The walk of the one that differs most, metres; None where it reaches nothing.
        after_m: The same on the other network.
        missing: Streets on the shorter of its two ways that the other network lacks: name, metres; longest first.
        home_moved_m: How far apart it steps onto the streets, where that is over `MOVED_M`; None where only one has it.
        facility_moved_m: The same of the facility that it walks to on the shorter way.
        near_edge: Whether its walk grew, and a shorter one could run over streets beyond the edge of the known ones.
    """

    street: str
    points: int
    weight: float
    gained: float
    lost: float
    before_m: float | None
    after_m: float | None
    missing: tuple[tuple[str, float], ...]
    home_moved_m: float | None
    facility_moved_m: float | None
    near_edge: bool

    @property
    def is_shorter_after(self) -> bool:
        """Whether its walk is shorter on the second network."""
        return is_shorter_after(self.before_m, self.after_m)


@dataclass(frozen=True)
class NetworkPair:
    """Two places that differ in their network, and what is compared of their homes once for all layers."""

    before: Place
    after: Place

    @cached_property
    def homes(self) -> pd.Index:
        """Demand points that both have at the same place: points along the streets are others on other streets."""
        common: pd.Index = self.before.demand.index.intersection(self.after.demand.index)
        places = [positions_lonlat(place.demand.loc[common]) for place in (self.before, self.after)]
        same: pd.Index = common[(places[0] == places[1]).all(axis=1)]
        return same

    @cached_property
    def lonlat(self) -> FloatArray:
        """Positions of the homes, degrees (p, 2)."""
        return positions_lonlat(self.after.demand.loc[self.homes])

    @cached_property
    def moved_m(self) -> FloatArray:
        """How far apart each home steps onto the streets, metres (p,), NaN where only one network has it."""
        return steps_apart_m(self.before.network, self.after.network, self.lonlat)

    @cached_property
    def depth_m(self) -> FloatArray:
        """How far inside the known streets of the second network each home lies, metres (p,)."""
        return depths_m(self.after.network, self.lonlat)

    @cached_property
    def streets(self) -> list[str]:
        """The street of each home: as the homes say, else the one that it steps onto."""
        if "street" in self.after.demand:
            return [str(name or "") for name in self.after.demand.loc[self.homes, "street"]]
        edges = snap(self.after.network, self.lonlat[:, 0], self.lonlat[:, 1]).edge
        return [self.after.network.edge_name(edge) if edge >= 0 else "" for edge in edges.tolist()]

    @cached_property
    def lines_before(self) -> shapely.STRtree:
        """The first network's edges, in the second one's projection."""
        return _lines(self.before.network, self.after.network)

    @cached_property
    def lines_after(self) -> shapely.STRtree:
        """The second network's edges."""
        return _lines(self.after.network, self.after.network)


def street_differences(
    pair: NetworkPair, layer_id: str, old: LayerCoverage, new: LayerCoverage
) -> tuple[StreetDifference, ...]:
    """Return the streets on which the answers to a layer's question differ, `MOST_STREETS` with most people first."""
    was, now = old.demand.loc[pair.homes], new.demand.loc[pair.homes]
    covered = np.column_stack([(frame["status"] == "covered").to_numpy() for frame in (was, now)])
    walked_m = np.column_stack([frame["distance_m"].to_numpy(float) for frame in (was, now)])
    nearest = np.column_stack([none_where_unknown(frame["nearest_facility"]) for frame in (was, now)])
    weight = now["weight"].to_numpy(float) if new.weights.total else np.ones(len(now))
    differs = (covered[:, 0] != covered[:, 1]) | _differ(walked_m)
    by_street = pd.Series(np.flatnonzero(differs)).groupby(np.array(pair.streets, dtype=object)[differs], sort=True)
    rows = {str(name): members.to_numpy() for name, members in by_street}
    most = sorted(rows, key=lambda name: (-weight[rows[name]].sum(), name))[:MOST_STREETS]
    return tuple(_difference(pair, layer_id, name, rows[name], (covered, walked_m, nearest, weight)) for name in most)


def is_shorter_after(before_m: float | None, after_m: float | None) -> bool:
    """Return whether the second of two walks is the shorter one; None is a walk that reaches nothing."""
    return before_m is None or (after_m is not None and after_m < before_m)


def steps_apart_m(before: WalkNetwork, after: WalkNetwork, lonlat: FloatArray) -> FloatArray:
    """Return how far apart points step onto two networks, metres (p,); NaN where only one of them has a street near."""
    places = [_on_street(network, lonlat) for network in (before, after)]
    apart = geodesic_lengths_m(places[0][:, 0], places[0][:, 1], places[1][:, 0], places[1][:, 1])
    neither = np.isnan(places[0]).any(axis=1) & np.isnan(places[1]).any(axis=1)
    return np.where(neither, 0.0, apart)


def _on_street(network: WalkNetwork, lonlat: FloatArray) -> FloatArray:
    """Return where points step onto the streets, degrees (p, 2); NaN where no street is near enough."""
    found: Snaps = snap(network, lonlat[:, 0], lonlat[:, 1])
    near = (found.edge >= 0) & (found.access_m <= DEFAULT_MAX_ACCESS_M)
    place = np.full((len(lonlat), 2), np.nan)
    x, y = network.xy
    u, v = network.edge_u[found.edge[near]], network.edge_v[found.edge[near]]
    along = found.fraction[near]
    step_x, step_y = x[u] + (x[v] - x[u]) * along, y[u] + (y[v] - y[u]) * along
    place[near] = np.column_stack(network.projection.to_lonlat(step_x, step_y))
    return place


def _differ(walked_m: FloatArray) -> BoolArray:
    """Return which walks (p, 2) differ by more than `DIFFERS_M`, or exist on one network only."""
    reached = np.isfinite(walked_m)
    apart_m = np.abs(walked_m[:, 1] - walked_m[:, 0])
    return np.asarray((reached[:, 0] != reached[:, 1]) | (apart_m > DIFFERS_M))


_Answers = tuple[BoolArray, FloatArray, "np.ndarray[tuple[int, int], np.dtype[np.object_]]", FloatArray]


def _difference(
    pair: NetworkPair, layer_id: str, street: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]], answers: _Answers
) -> StreetDifference:
    """Return what differs on one street, with the cause as its home that differs most shows it."""
    covered, walked_m, nearest, weight = answers
    apart_m = np.abs(np.nan_to_num(walked_m[rows, 1], nan=np.inf) - np.nan_to_num(walked_m[rows, 0], nan=np.inf))
    most = int(rows[np.argmax(np.nan_to_num(apart_m, nan=0.0))])
    before_m, after_m = (None if np.isnan(value) else float(value) for value in walked_m[most])
    shorter_is_after = is_shorter_after(before_m, after_m)
    facility = _facility_lonlat(pair, layer_id, nearest[most, int(shorter_is_after)])
    flips = covered[rows].astype(int) @ [-1, 1]
    return StreetDifference(
        street=street,
        points=len(rows),
        weight=float(weight[rows].sum()),
        gained=float(weight[rows][flips > 0].sum()),
        lost=float(weight[rows][flips < 0].sum()),
        before_m=before_m,
        after_m=after_m,
        missing=_missing(pair, np.vstack([pair.lonlat[[most]], facility]), shorter_is_after=shorter_is_after),
        home_moved_m=_told(pair.moved_m[most]),
        facility_moved_m=_told(steps_apart_m(pair.before.network, pair.after.network, facility)[0]),
        near_edge=not shorter_is_after and _may_leave(pair, most, facility, after_m),
    )


def _may_leave(pair: NetworkPair, home: int, facility: FloatArray, walked_m: float | None) -> bool:
    """Return whether a way to the edge of the known streets and from there to the facility could be shorter."""
    out_and_back_m = pair.depth_m[home] + depths_m(pair.after.network, facility)[0]
    return walked_m is None or bool(out_and_back_m < walked_m)


def _told(moved_m: float) -> float | None:
    return float(moved_m) if moved_m > MOVED_M else None


def _facility_lonlat(pair: NetworkPair, layer_id: str, facility: object) -> FloatArray:
    """Return the position of a facility, degrees (1, 2)."""
    return positions_lonlat(pair.after.layers[layer_id].frame.loc[[facility]])


def _missing(pair: NetworkPair, ends: FloatArray, *, shorter_is_after: bool) -> tuple[tuple[str, float], ...]:
    """Return the streets on the shorter way between two positions of which the other network has nothing nearby."""
    network = (pair.after if shorter_is_after else pair.before).network
    other = pair.lines_before if shorter_is_after else pair.lines_after
    route = find_route(network, snap(network, ends[:, 0], ends[:, 1]))
    lengths_m = _lengths_elsewhere_m(route.legs, pair.after.network, other)
    long_enough = ((name, round(length_m)) for name, length_m in lengths_m.items() if length_m >= _SHORTEST_M)
    return tuple(sorted(long_enough, key=lambda one: (-one[1], one[0])))


def _lengths_elsewhere_m(legs: Iterable[Leg], network: WalkNetwork, other: shapely.STRtree) -> dict[str, float]:
    """Return by street name how much of a way has none of the other network's edges within `ELSEWHERE_M`."""
    lengths_m: dict[str, float] = {}
    for leg in legs:
        lonlat = np.asarray(leg.coordinates)
        line = shapely.LineString(np.column_stack(network.projection.to_xy(lonlat[:, 0], lonlat[:, 1])))
        along = np.linspace(0, 1, max(2, round(line.length / _STEP_M)))
        points = shapely.line_interpolate_point(line, along, normalized=True)
        _, away_m = other.query_nearest(points, return_distance=True, all_matches=False)
        elsewhere_m = float((away_m > ELSEWHERE_M).mean()) * leg.length_m
        lengths_m[leg.street] = lengths_m.get(leg.street, 0.0) + elsewhere_m
    return lengths_m


def _lines(network: WalkNetwork, base: WalkNetwork) -> shapely.STRtree:
    """Return the edges of a network as lines in another's projection."""
    lonlat = np.column_stack([network.lon, network.lat])
    xy = np.column_stack(base.projection.to_xy(lonlat[:, 0], lonlat[:, 1]))
    ends = np.stack([xy[network.edge_u], xy[network.edge_v]], axis=1)
    return shapely.STRtree(np.asarray(shapely.linestrings(ends)).reshape(-1))
