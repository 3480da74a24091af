"""Siting in a subdistrict: a layer under a rule, with the facilities that count as they stand, and street points."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.candidates import sites_of, street_points
from geo.catalog import Catalog
from geo.errors import RequestError
from geo.layer_question import counted_facilities, limits_of
from geo.place import Place, positions_lonlat
from geo.siting import Effort
from geo.siting_problem import MODELS, Model
from geo.siting_question import Asked, Homes, SiteSet, SitingAnswer, answer_siting

DEFAULT_EVERY_M = 50.0


@dataclass(frozen=True)
class SitingQuestion:
    """What is asked of a subdistrict.

    Attributes:
        layer_id: The layer that a site is looked for; its counted facilities are the existing sites.
        rule_id: The rule that sets the limit.
        profile_id: The walking profile.
        model: The location-allocation model.
        p: Most new sites.
        budget: Most that they may cost together.
        cost_each: What a candidate costs that says nothing of its cost.
        capacity_each: People that a candidate has room for that says nothing of it; None for any number.
        every_m: Candidates are street points at most this far apart, inside the outline.
        candidates_layer: Candidates are the located facilities of this layer instead.
        with_samples: Whether invented facilities count as existing.
        hard_border: Whether facilities of neighbours are left out.
        curve_to: The people covered with every number of sites up to this are worked out too.
    """

    layer_id: str
    rule_id: str
    profile_id: str = "planning"
    model: Model = "mclp"
    p: int | None = None
    budget: float | None = None
    every_m: float = DEFAULT_EVERY_M
    candidates_layer: str | None = None
    with_samples: bool = False
    hard_border: bool = False
    curve_to: int = 0
    cost_each: float = 1.0
    capacity_each: float | None = None


def homes_of(place: Place) -> Homes:
    """Return a place's demand on its streets."""
    return Homes(place.door_snaps, place.weights, None if place.doors is None else place.doors.owner)


def site_in_place(
    place: Place,
    catalog: Catalog,
    question: SitingQuestion,
    candidates: gpd.GeoDataFrame | None = None,
    effort: Effort | None = None,
) -> SitingAnswer:
    """Choose sites for a layer in a place.

    Args:
        place: The subdistrict.
        catalog: Rules and profiles.
        question: What is asked.
        candidates: Points with `id` and `properties`, as `geo.points.parse_points` gives them; street points where
            None.
        effort: How hard to look.
    """
    if question.model not in MODELS:
        raise RequestError("unknown_model", "model", f"no model {question.model!r}", f"Use one of {', '.join(MODELS)}.")
    limit_dm = catalog.rules[question.rule_id].limit_dm(catalog.profiles[question.profile_id])
    existing = counted_facilities(
        place, question.layer_id, with_samples=question.with_samples, hard_border=question.hard_border
    )
    bounded = question.model in {"lscp", "mclp"}
    asked = Asked(
        question.model,
        question.p,
        question.budget,
        limit_dm if bounded else None,
        question.curve_to,
        effort or Effort(),
    )
    if candidates is None:
        candidates = _candidates(place, catalog, question)
    found = site_set(existing, _with_amounts(candidates, question))
    if not bounded:
        found = SiteSet(found.lonlat, found.ids, found.sites, np.full(len(found.ids), -1, dtype=np.int64))
    return answer_siting(place.network, homes_of(place), found, asked)


def _with_amounts(candidates: gpd.GeoDataFrame, question: SitingQuestion) -> gpd.GeoDataFrame:
    """Return candidates with the common cost and capacity where they have none of their own."""
    each: dict[str, object] = {"cost": question.cost_each, "capacity": question.capacity_each}
    owns = candidates["properties"]
    known = [each | {name: value for name, value in own.items() if value is not None} for own in owns]
    return candidates.assign(properties=pd.Series(known, dtype=object, index=candidates.index))


def _candidates(place: Place, catalog: Catalog, question: SitingQuestion) -> gpd.GeoDataFrame:
    if question.candidates_layer is None:
        return street_candidates(place, question.every_m)
    if question.candidates_layer not in catalog.layers:
        found = f"no layer {question.candidates_layer!r}"
        raise RequestError("unknown_layer", "candidates_layer", found, f"Use one of {', '.join(catalog.layers)}.")
    return layer_candidates(place, question.candidates_layer)


def layer_candidates(place: Place, layer_id: str) -> gpd.GeoDataFrame:
    """Return the subdistrict's facilities of a layer that have a real position as candidates, with their own ids."""
    located = counted_facilities(place, layer_id, hard_border=True)
    lonlat = positions_lonlat(located).reshape(-1, 2)
    points = gpd.points_from_xy(lonlat[:, 0], lonlat[:, 1], crs="EPSG:4326")
    known = pd.Series([{} for _ in range(len(located))], dtype=object)
    return gpd.GeoDataFrame({"id": list(located.index), "properties": known}, geometry=points)


def street_candidates(place: Place, every_m: float) -> gpd.GeoDataFrame:
    """Return street points inside a place as candidates, with their positions as ids."""
    lonlat = street_points(place.network, every_m, place.area_xy)
    ids = [f"{lon:.6f},{lat:.6f}" for lon, lat in lonlat.tolist()]
    points = gpd.points_from_xy(lonlat[:, 0], lonlat[:, 1], crs="EPSG:4326")
    known = pd.Series([{} for _ in ids], dtype=object)
    return gpd.GeoDataFrame({"id": ids, "properties": known}, geometry=points)


def site_set(existing: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame) -> SiteSet:
    """Return existing facilities (index id, `service_radius_m`) and candidates as sites."""
    lonlat = np.concatenate([positions_lonlat(existing).reshape(-1, 2), positions_lonlat(candidates).reshape(-1, 2)])
    limits_dm = np.concatenate([limits_of(existing, -1), np.full(len(candidates), -1)]).astype(np.int64)
    ids = (*existing.index.tolist(), *candidates["id"].tolist())
    return SiteSet(lonlat, ids, sites_of(list(candidates["properties"]), len(existing)), limits_dm)
