"""What is near a position, from the current snapshot: the sites of a place, the tables, the index of addresses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import shapely

from geo.address_places import facility_places, surveyed_numbers
from geo.address_search import AddressIndex, build_address_index, street_lines_of
from geo.assessment import Place
from geo.catalog_model import Layer, Profile
from geo.conditions import Conditions, walk_under
from geo.gazetteer import read_gazetteer
from geo.nearby import Nowhere, Sites, collect_sites, nowhere, reversed_network
from geo.nearest_table import NearestTable, build_nearest_table
from geo.network import WalkNetwork
from geo.opening_hours import state_at
from geo.walk import Walk
from webmap.config import Config
from webmap.snapshot import ALL_LAYERS, NO_LAYER, Snapshot

NOT_SERVICES = ("compounds", "gates")
"""Layers that nobody walks to for a service."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How somebody walks: at which profile's speed, and whether they keep off steps."""

    profile: Profile
    step_free: bool = False

    @property
    def way(self) -> tuple[object, ...]:
        """What of it decides where somebody walks: paces without waiting at crossings differ in minutes alone."""
        waits = self.profile.crossing_delay_s or self.profile.signal_delay_s
        return (self.step_free, self.profile.id if waits else "")


@dataclass(frozen=True, eq=False)
class ServiceTable:
    """The table of the nearest facility of each service; `rows` are the rows in `Sites` of its facilities."""

    table: NearestTable
    rows: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Around:
    """The place that a position belongs to: its own subdistrict, or the nearest with how far away it is."""

    place: Place
    outside_m: float


def services(now: Snapshot) -> list[Layer]:
    """Return the layers that somebody may look for."""
    return [layer for layer in now.catalog.layers.values() if layer.id not in NOT_SERVICES]


def around(now: Snapshot, lon: float, lat: float) -> Around:
    """Return the place that a position lies in, otherwise the nearest one."""
    within = next((one for one in now.places.values() if shapely.intersects_xy(one.outline, lon, lat)), None)
    if within is not None:
        return Around(within, 0.0)
    found = [Around(place, _outside_m(place, lon, lat)) for place in now.places.values()]
    return min(found, key=lambda one: one.outside_m)


def _outside_m(place: Place, lon: float, lat: float) -> float:
    """Return how far outside a place a position is; its outline is not exact, and streets beside it belong to it."""
    x, y = place.network.projection.to_xy(lon, lat)
    return float(shapely.distance(place.area_xy, shapely.Point(float(x), float(y))))


def sites_of(now: Snapshot, place: Place) -> Sites:
    """Return the facilities of a place that people may be sent to."""

    def collect() -> Sites:
        return collect_sites(place.network, {layer.id: place.facilities(layer.id) for layer in services(now)})

    return now.answer(ALL_LAYERS, ("sites", place.subdistrict.id), collect)


def nowhere_of(now: Snapshot, place: Place) -> dict[str, Nowhere]:
    """Return, for each service, what of it people cannot be sent to."""

    def count() -> dict[str, Nowhere]:
        return {layer.id: nowhere(place.facilities(layer.id)) for layer in services(now)}

    return now.answer(ALL_LAYERS, ("nowhere", place.subdistrict.id), count)


def closed_at(sites: Sites, moment: dt.datetime | None) -> frozenset[str]:
    """Return the ids of the sites known to be closed at a moment; hours that are not known close nobody out."""
    if moment is None:
        return frozenset()
    with_hours = ((site.id, site.text("opening_hours")) for site in sites.sites)
    return frozenset(one for one, hours in with_hours if hours and state_at(hours, moment).state == "closed")


def walk_of(now: Snapshot, place: Place, pace: Pace) -> Walk:
    """Return how people of a pace walk, at no hour in particular."""

    def prepare() -> Walk:
        return walk_under(place.network, Conditions(step_free=pace.step_free), pace.profile)

    return now.answer(NO_LAYER, ("walk", place.subdistrict.id, *pace.way), prepare)


def table_of(now: Snapshot, place: Place, pace: Pace, closed: frozenset[str]) -> ServiceTable:
    """Return the table of the nearest facility of each service, without the sites in `closed`."""
    sites = sites_of(now, place)

    def build() -> ServiceTable:
        rows = {layer.id: sites.rows_of(layer.id, closed) for layer in services(now)}
        snaps = {layer_id: sites.snaps.take(np.array(own, dtype=np.int64)) for layer_id, own in rows.items()}
        return ServiceTable(build_nearest_table(place.network, snaps, walk_of(now, place, pace)), rows)

    return now.answer(ALL_LAYERS, ("nearest", place.subdistrict.id, *pace.way, closed), build)


def backward_of(now: Snapshot, place: Place) -> WalkNetwork:
    """Return the network of a place walked the other way."""
    return now.answer(NO_LAYER, ("backward", place.subdistrict.id), lambda: reversed_network(place.network))


def address_index(now: Snapshot, config: Config) -> AddressIndex:
    """Return the index of everything that can be found by typing."""
    return now.answer(ALL_LAYERS, ("addresses",), lambda: _build_index(now, config))


def _build_index(now: Snapshot, config: Config) -> AddressIndex:
    streets = {name: line for place in now.places.values() for name, line in street_lines_of(place.network).items()}
    layers = {layer_id: layer.frame for layer_id, layer in next(iter(now.places.values())).layers.items()}
    gazetteer = read_gazetteer(config.data / "base" / "gazetteer.csv")
    outlines = {place.subdistrict.id: place.outline for place in now.places.values()}
    numbers = surveyed_numbers(layers, set(streets))
    return build_address_index(gazetteer, streets, facility_places(layers), numbers, outlines)
