"""What another network would change: its size, the coverage of each layer, and who would step onto another street.

Two places are compared that differ in their network (and in what is modelled along it). Nothing is decided here: the
figures are for whoever takes the network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo.assessment import LayerCoverage, Question, assess_coverage
from geo.catalog_model import DEFAULT_PROFILE, Catalog
from geo.datum import geodesic_lengths_m
from geo.known_area import depth_m
from geo.network import WalkNetwork
from geo.network_story import MOVED_M, NetworkPair, StreetDifference, steps_apart_m, street_differences
from geo.place import Place, positions_lonlat
from geo.prepared import prepared_copy
from geo.service_area import to_metres

SAME_STORY_SHARE = 0.05
"""Two networks tell the same story of a layer while fewer people than this share change sides, either way."""

_EDGE_M = 900.0
_SIDES = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """A network in figures; `hash` is its content hash, `outline_share` the part of the subdistrict in its area."""

    hash: str
    nodes: int
    edges: int
    length_m: float
    length_inside_m: float
    outline_share: float


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A layer's headline figure before and after: shares of people (None where there is none), and who changes sides.

    `gained` and `lost` are people (or households) of demand points that both networks have, `total` all of them;
    `differences` the streets on which the walks differ, with the cause. `of_points` tells that all of it is in demand
    points, because nobody is counted.
    """

    layer_id: str
    rule_id: str
    before: float | None
    after: float | None
    gained: float
    lost: float
    total: float
    differences: tuple[StreetDifference, ...]
    of_points: bool = False

    @property
    def tells_same(self) -> bool:
        """Whether both figures tell the same story; where there was no figure there was no story."""
        if self.before is None or self.after is None:
            return self.before is None
        changing = (self.gained + self.lost) / self.total if self.total else 0.0
        return max(abs(self.after - self.before), changing) < SAME_STORY_SHARE


@dataclass(frozen=True, slots=True)
class MovedFacility:
    """A facility that would step onto another place: how far it moves, or None where it would lose or find a street."""

    layer_id: str
    id: str
    name: str
    moved_m: float | None


@dataclass(frozen=True, slots=True)
class EdgeWarning:
    """Demand within 900 m of the edge of the known streets, or outside: how much, on which of the sides N E S W."""

    points: int
    share: float
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """Everything that another network would change in a subdistrict."""

    before: NetworkSize
    after: NetworkSize
    layers: tuple[LayerChange, ...]
    facilities: tuple[MovedFacility, ...]
    homes_moved: int
    homes: int
    edge: EdgeWarning


def compare_networks(before: Place, after: Place, catalog: Catalog) -> NetworkChange:
    """Return what differs between two places that stand on different networks, under the default walking profile."""
    layers = [layer for layer in catalog.layers.values() if layer.headline_rule is not None]
    pair = NetworkPair(before, after)
    changes = [
        _layer_change(pair, catalog, Question(layer.id, str(layer.headline_rule), DEFAULT_PROFILE)) for layer in layers
    ]
    moved = [one for layer in catalog.layers for one in _moved_facilities(before, after, layer)]
    same_homes = before.demand.index.equals(after.demand.index) and len(before.demand)
    away_m = pair.moved_m if same_homes else np.zeros(0)
    return NetworkChange(
        before=_size(before),
        after=_size(after),
        layers=tuple(change for change in changes if change is not None),
        facilities=tuple(sorted(moved, key=lambda one: -(one.moved_m if one.moved_m is not None else np.inf))),
        homes_moved=int((~(away_m <= MOVED_M)).sum()),
        homes=len(away_m),
        edge=_edge_warning(after),
    )


def covers(network: WalkNetwork, outline: shapely.Polygon) -> bool:
    """Return whether any street of a network runs through an outline."""
    area = prepared_copy(to_metres(network, outline))
    ends = network.edge_ends_xy()
    return bool(shapely.intersects(area, shapely.linestrings(ends)).any()) if len(ends) else False


def distance_km(network: WalkNetwork, outline: shapely.Polygon) -> float:
    """Return how far the middle of an outline is from the middle of a network, in km."""
    middle = outline.representative_point()
    lon, lat = network.projection.lon0, network.projection.lat0
    return float(geodesic_lengths_m([middle.x], [middle.y], [lon], [lat])[0]) / 1000


def _size(place: Place) -> NetworkSize:
    """Return a place's network in figures."""
    network = place.network
    if not place.has_streets:
        return NetworkSize(network.content_hash, 0, 0, 0.0, 0.0, 0.0)
    lines = np.asarray(shapely.linestrings(network.edge_ends_xy())).reshape(-1)
    area = prepared_copy(to_metres(network, place.outline))
    inside_m = float(shapely.length(shapely.intersection(lines[shapely.intersects(area, lines)], area)).sum())
    covered = shapely.intersection(area, to_metres(network, shapely.Polygon(network.area))).area / area.area
    return NetworkSize(
        network.content_hash, network.node_count, network.edge_count, network.length_m, inside_m, float(covered)
    )


def _layer_change(pair: NetworkPair, catalog: Catalog, question: Question) -> LayerChange | None:
    """Return one layer's change, None where neither network gives it a figure."""
    old, new = (assess_coverage(place, catalog, question) for place in (pair.before, pair.after))
    counted = new or old
    if counted is None:
        return None
    of_points = counted.weights.total == 0
    both = (old, new) if old and new and pair.before.has_streets and pair.after.has_streets else None
    gained, lost = _flips(pair, *both) if both else (0.0, 0.0)
    return LayerChange(
        layer_id=question.layer_id,
        rule_id=question.rule_id,
        before=_share(old, of_points=of_points),
        after=_share(new, of_points=of_points),
        gained=gained,
        lost=lost,
        total=(counted.points if of_points else counted.weights).total,
        differences=street_differences(pair, question.layer_id, *both) if both else (),
        of_points=of_points,
    )


def _share(found: LayerCoverage | None, *, of_points: bool) -> float | None:
    if found is None:
        return None
    return found.points.share if of_points else found.weights.share


def _flips(pair: NetworkPair, old: LayerCoverage, new: LayerCoverage) -> tuple[float, float]:
    """Return who becomes covered and who no longer is."""
    was = old.demand.loc[pair.homes, "status"] == "covered"
    now = new.demand.loc[pair.homes, "status"] == "covered"
    weight = new.demand.loc[pair.homes, "weight"] if new.weights.total else pd.Series(1.0, pair.homes)
    return float(weight[now & ~was].sum()), float(weight[was & ~now].sum())


def _moved_facilities(before: Place, after: Place, layer_id: str) -> list[MovedFacility]:
    """Return the facilities of a layer whose place on the streets moves by more than `MOVED_M`."""
    facilities = before.facilities(layer_id)
    placed = facilities[facilities.geometry.notna()]
    if placed.empty:
        return []
    away_m = steps_apart_m(before.network, after.network, positions_lonlat(placed))
    rows = zip(placed.index, placed["name"], away_m, strict=True)
    return [
        MovedFacility(layer_id, str(name), str(title), None if np.isnan(moved_m) else round(float(moved_m), 1))
        for name, title, moved_m in rows
        if not moved_m <= MOVED_M
    ]


def _edge_warning(place: Place) -> EdgeWarning:
    """Return the demand near the edge of the known streets, and the sides of the subdistrict that it is on."""
    if not place.has_streets or place.demand.empty:
        return EdgeWarning(0, 0.0, ())
    network, lonlat = place.network, positions_lonlat(place.demand)
    x, y = network.projection.to_xy(lonlat[:, 0], lonlat[:, 1])
    near = depth_m(network, x, y) < _EDGE_M
    if not near.any():
        return EdgeWarning(0, 0.0, ())
    leaving = {
        side: float((depth_m(network, x[near] + _EDGE_M * east, y[near] + _EDGE_M * north) == 0).mean())
        for side, (east, north) in _SIDES.items()
    }
    sides = tuple(sorted((side for side, share in leaving.items() if share >= 0.25), key=lambda side: -leaving[side]))
    return EdgeWarning(int(near.sum()), float(near.mean()), sides)
