"""What is near a position: every facility that people may be sent to, with the walk to it, and what is nowhere.

Samples are invented and unlocated facilities have no position: neither is ever the answer. They are counted apart.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.access import nearest_facility
from geo.address_places import REAL_POSITIONS, accuracy_m
from geo.network import FloatArray, WalkNetwork
from geo.snapping import Snaps, snap
from geo.walk import Walk

STARTS = ("surveyed", "address")
"""Statuses whose position is used as it is; an approximate one adds its error to the walk."""


@dataclass(frozen=True, slots=True)
class Site:
    """A facility that people may be sent to.

    Attributes:
        layer: Id of its layer.
        id: Id of the facility.
        lon: Longitude of the facility, or of a point inside it.
        lat: Latitude of the same point.
        status: How its position is known.
        accuracy_m: How far the position may be off.
        record: Everything that is on record of it.
    """

    layer: str
    id: str
    lon: float
    lat: float
    status: str
    accuracy_m: float
    record: Mapping[Hashable, Any]

    def text(self, name: str) -> str | None:
        """Return a property as text, None where the record has none."""
        value = self.record.get(name)
        return value if isinstance(value, str) and value else None

    def within_m(self, distance_m: float) -> float:
        """Return how far the walk is at most: an approximate position adds its error."""
        return distance_m if self.status in STARTS else distance_m + self.accuracy_m


@dataclass(frozen=True, eq=False)
class Sites:
    """The facilities of several layers on one network, by layer and then by id."""

    network: WalkNetwork
    sites: tuple[Site, ...]
    snaps: Snaps

    def rows_of(self, layer: str, closed: Collection[str] = ()) -> list[int]:
        """Return the rows of a layer's facilities, without those whose ids are in `closed`."""
        return [row for row, site in enumerate(self.sites) if site.layer == layer and site.id not in closed]


@dataclass(frozen=True, slots=True)
class Nowhere:
    """What a layer has beside the facilities with a position: samples, facilities without a place, and planned ones."""

    sample: int
    unlocated: int
    not_open: int

    @property
    def total(self) -> int:
        """How many there are of all three."""
        return self.sample + self.unlocated + self.not_open


def collect_sites(network: WalkNetwork, layers: Mapping[str, gpd.GeoDataFrame]) -> Sites:
    """Return the facilities that people may be sent to: they have a real position, and are open today."""
    sites = [_site(layer, key, row) for layer, frame in layers.items() for key, row in _rows(frame[_usable(frame)])]
    lon, lat = (np.array([getattr(site, axis) for site in sites], dtype=np.float64) for axis in ("lon", "lat"))
    return Sites(network, tuple(sites), snap(network, lon, lat))


def nowhere(frame: gpd.GeoDataFrame) -> Nowhere:
    """Return how many facilities of a layer people cannot be sent to, and why."""
    opened = is_open(frame)
    counts = frame.loc[opened, "location_status"].value_counts()
    return Nowhere(int(counts.get("sample", 0)), int(counts.get("unlocated", 0)), int((~opened).sum()))


def _usable(frame: gpd.GeoDataFrame) -> pd.Series[bool]:
    usable: pd.Series[bool] = frame["location_status"].isin(REAL_POSITIONS) & frame.geometry.notna() & is_open(frame)
    return usable


def is_open(frame: gpd.GeoDataFrame) -> pd.Series[bool]:
    """Return which facilities of a layer are there today, and not only planned or being built."""
    opened: pd.Series[bool] = frame["phase"].isna() | (frame["phase"] == "open")
    return opened


def _rows(frame: gpd.GeoDataFrame) -> list[tuple[str, dict[Hashable, Any]]]:
    records: dict[Hashable, dict[Hashable, Any]] = pd.DataFrame(frame.sort_index()).to_dict(orient="index")
    return [(str(key), record) for key, record in records.items()]


def _site(layer: str, site_id: str, record: Mapping[Hashable, Any]) -> Site:
    point = shapely.point_on_surface(record["geometry"])
    told = {name: value for name, value in record.items() if name != "geometry"}
    return Site(
        layer, site_id, round(point.x, 7), round(point.y, 7), str(record["location_status"]), accuracy_m(record), told
    )


def walking_minutes(length_m: float, speed_mps: float) -> int:
    """Return the whole minutes of a walk, rounded up: nobody is told that they are there before they are."""
    return max(1, math.ceil(length_m / speed_mps / 60 - 1e-9))


def reversed_network(network: WalkNetwork) -> WalkNetwork:
    """Return the network walked the other way: one search from a position then gives the walk to every facility."""
    return replace(network, edge_forward=network.edge_backward, edge_backward=network.edge_forward)


def walks_to(backward: WalkNetwork, sites: Sites, lon: float, lat: float, walk: Walk) -> FloatArray:
    """Return the walking distance in metres from a position to every site, NaN where there is no way.

    Args:
        backward: The network of the sites, reversed.
        sites: The facilities.
        lon: Longitude of the position.
        lat: Latitude of the position.
        walk: How people walk.
    """
    if not sites.sites:
        return np.empty(0)
    person = snap(backward, np.array([lon]), np.array([lat]))
    distance_dm = nearest_facility(backward, person, sites.snaps, walk).distance_dm
    return np.where(distance_dm < 0, np.nan, distance_dm / 10)


def nearest_rows(rows: Sequence[int], distances_m: FloatArray, most: int) -> list[int]:
    """Return the rows of the nearest sites that can be reached, at most `most`; ties keep the order of ids."""
    reached = [row for row in rows if not np.isnan(distances_m[row])]
    return sorted(reached, key=lambda row: float(distances_m[row]))[:most]
