"""A planner's question of a layer, and the facilities that count in its answer, those of neighbours among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import Catalog
from geo.catalog_model import whole_decimetres
from geo.graph import BoolArray, FloatArray, Int32Array
from geo.layer_state import FacilityPlaces, facility_places
from geo.place import HEADLINE_STATUSES, Place, positions_lonlat
from geo.snapping import Snaps, snap
from geo.walk import DEFAULT_MAX_ACCESS_M


@dataclass(frozen=True)
class Question:
    """What is asked: a layer under a rule, for a walking profile, with samples or without.

    Facilities of neighbouring subdistricts count where they stand on the network's streets, unless `hard_border` asks
    for the subdistrict's own alone.
    """

    layer_id: str
    rule_id: str
    profile_id: str
    with_samples: bool = False
    hard_border: bool = False

    @property
    def facilities_asked(self) -> tuple[str, bool, bool]:
        """What tells which facilities are asked for: the same for every rule and profile."""
        return self.layer_id, self.with_samples, self.hard_border


@dataclass(frozen=True, eq=False)
class AskedLayer:
    """The facilities that count in a question.

    Attributes:
        facilities: Own and neighbouring ones, sorted by id.
        places: Where they are.
        limits_dm: The limit of each, its own service radius or the rule's, int32 (f,).
        limit_dm: The rule's limit for the profile.
        outside: Whether each belongs to a neighbour, bool (f,).
    """

    facilities: gpd.GeoDataFrame
    places: FacilityPlaces
    limits_dm: Int32Array
    limit_dm: int
    outside: BoolArray

    @property
    def snaps(self) -> Snaps:
        """Their places on the network."""
        return self.places.snaps


def ask_layer(place: Place, catalog: Catalog, question: Question) -> AskedLayer:
    """Return the facilities that count in a question; there may be none."""
    facilities = counted_facilities(
        place, question.layer_id, with_samples=question.with_samples, hard_border=question.hard_border
    )
    ids, lonlat = facilities.index.to_numpy(dtype=object), positions_lonlat(facilities).reshape(-1, 2)
    before = cast("FacilityPlaces | None", place.layer_states.get(question.facilities_asked))
    limit_dm = catalog.rules[question.rule_id].limit_dm(catalog.profiles[question.profile_id])
    return AskedLayer(
        facilities,
        facility_places(place.network, ids, lonlat, before),
        limits_of(facilities, limit_dm),
        limit_dm,
        facilities["subdistrict"].to_numpy() != place.subdistrict.id,
    )


def limits_of(facilities: gpd.GeoDataFrame, limit_dm: int) -> Int32Array:
    """Return the limit of each facility in dm: its own service radius where it has one, else the rule's."""
    own_m = pd.to_numeric(facilities["service_radius_m"]).to_numpy(dtype=np.float64)
    each = np.full(len(own_m), limit_dm, dtype=np.int32)
    own = np.flatnonzero(~np.isnan(own_m))
    each[own] = [whole_decimetres(radius_m) for radius_m in own_m[own].tolist()]
    return each


def counted_facilities(
    place: Place, layer_id: str, *, with_samples: bool = False, hard_border: bool = False
) -> gpd.GeoDataFrame:
    """Return the facilities that count: with a position, open, and samples only where they were asked for.

    A neighbour's facility counts where a street of the network is within an access leg of it.
    """
    if hard_border:
        own = place.facilities(layer_id)
        return own[_is_counted(own, with_samples=with_samples)]
    frame = place.layers[layer_id].frame
    counted = _is_counted(frame, with_samples=with_samples)
    outside = np.flatnonzero(counted & (frame["subdistrict"].to_numpy() != place.subdistrict.id))
    if len(outside):
        counted[outside] = _is_near(place, positions_lonlat(frame.iloc[outside])) if place.has_streets else False
    return frame[counted].sort_index()


def _is_near(place: Place, lonlat: FloatArray) -> BoolArray:
    """Return whether a street of the network is within an access leg of positions in degrees, shape (p, 2)."""
    return np.asarray(snap(place.network, lonlat[:, 0], lonlat[:, 1]).access_m <= DEFAULT_MAX_ACCESS_M)


def _is_counted(facilities: gpd.GeoDataFrame, *, with_samples: bool) -> BoolArray:
    """Return which facilities have a position and are open; samples only where they are asked for."""
    statuses = [*HEADLINE_STATUSES, *(["sample"] if with_samples else [])]
    phase = facilities["phase"]
    is_open = phase.isna() | (phase == "open")
    there = ~shapely.is_missing(facilities.geometry.to_numpy())
    return np.array(facilities["location_status"].isin(statuses) & is_open & there)
