"""A planner's question of a layer, and the facilities that count in its answer, those of neighbours among them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.catalog import Catalog
from geo.catalog_model import whole_decimetres
from geo.graph import BoolArray, Int32Array
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


@dataclass(frozen=True, eq=False)
class AskedLayer:
    """The facilities that count in a question.

    Attributes:
        facilities: Own and neighbouring ones, sorted by id.
        snaps: Their places on the network.
        limits_dm: The limit of each, its own service radius or the rule's, int32 (f,).
        limit_dm: The rule's limit for the profile.
        outside: Whether each belongs to a neighbour, bool (f,).
    """

    facilities: gpd.GeoDataFrame
    snaps: Snaps
    limits_dm: Int32Array
    limit_dm: int
    outside: BoolArray


def ask_layer(place: Place, catalog: Catalog, question: Question) -> AskedLayer:
    """Return the facilities that count in a question; there may be none."""
    facilities = counted_facilities(
        place, question.layer_id, with_samples=question.with_samples, hard_border=question.hard_border
    )
    lonlat = positions_lonlat(facilities).reshape(-1, 2)
    limit_dm = catalog.rules[question.rule_id].limit_dm(catalog.profiles[question.profile_id])
    return AskedLayer(
        facilities,
        snap(place.network, lonlat[:, 0], lonlat[:, 1]),
        limits_of(facilities, limit_dm),
        limit_dm,
        np.asarray(facilities["subdistrict"] != place.subdistrict.id),
    )


def limits_of(facilities: gpd.GeoDataFrame, limit_dm: int) -> Int32Array:
    """Return the limit of each facility in dm: its own service radius where it has one, else the rule's."""
    own_m = pd.to_numeric(facilities["service_radius_m"]).to_numpy(dtype=np.float64)
    each = [limit_dm if np.isnan(radius_m) else whole_decimetres(radius_m) for radius_m in own_m.tolist()]
    return np.array(each, dtype=np.int32)


def counted_facilities(
    place: Place, layer_id: str, *, with_samples: bool = False, hard_border: bool = False
) -> gpd.GeoDataFrame:
    """Return the facilities that count: with a position, open, and samples only where they were asked for.

    A neighbour's facility counts where a street of the network is within an access leg of it.
    """
    own = _counted(place.facilities(layer_id), with_samples=with_samples)
    if hard_border:
        return own
    frame = place.layers[layer_id].frame
    others = _counted(frame[frame["subdistrict"] != place.subdistrict.id], with_samples=with_samples)
    if others.empty or not place.has_streets:
        return own
    lonlat = positions_lonlat(others)
    near = snap(place.network, lonlat[:, 0], lonlat[:, 1]).access_m <= DEFAULT_MAX_ACCESS_M
    return own if not near.any() else gpd.GeoDataFrame(pd.concat([own, others[near]])).sort_index()


def _counted(facilities: gpd.GeoDataFrame, *, with_samples: bool) -> gpd.GeoDataFrame:
    statuses = [*HEADLINE_STATUSES, *(["sample"] if with_samples else [])]
    open_now = facilities["phase"].isna() | (facilities["phase"] == "open")
    return facilities[facilities["location_status"].isin(statuses) & open_now & facilities.geometry.notna()]
