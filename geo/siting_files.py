"""Siting for anybody's points: demand, candidates, existing facilities and competitors of four files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from geo.candidates import sites_of, street_points
from geo.catalog_model import whole_decimetres
from geo.errors import DataError
from geo.graph import FloatArray
from geo.network import WalkNetwork
from geo.siting_question import Asked, Homes, SiteSet, SitingAnswer, answer_siting
from geo.snapping import Snaps, snap
from geo.walk import Walk


def file_question(
    network: WalkNetwork,
    files: Mapping[str, gpd.GeoDataFrame | None],
    every_m: float | None,
    asked: Asked,
    walk: Walk,
) -> SitingAnswer:
    """Choose sites for points as `geo.points.parse_points` gives them.

    Args:
        network: The walking network.
        files: `demand`, and `candidates`, `existing`, `competitors` or None for each.
        every_m: Street points this far apart are the candidates where no file has any.
        asked: Model, number, budget, limit.
        walk: What is closed, and the longest access leg.

    Raises:
        DataError: There is no demand point, a candidate has no position, or a property of one cannot be read.
    """
    demand, existing = files["demand"], files.get("existing")
    if demand is None or demand.empty:
        raise DataError.single("no_demand", "demand", "there is no demand point", "Bring one at least")
    found = _candidates(network, files.get("candidates"), every_m)
    if existing is not None and len(existing):
        found = _with_existing(found, existing)
    competitors = files.get("competitors")
    rivals = None if competitors is None else _snaps(network, competitors)
    homes = Homes(_snaps(network, demand), demand["people"].to_numpy(dtype=np.float64))
    return answer_siting(network, homes, found, asked, walk, rivals)


def _candidates(network: WalkNetwork, points: gpd.GeoDataFrame | None, every_m: float | None) -> SiteSet:
    if points is None:
        lonlat = street_points(network, every_m or 0.0)
        ids = tuple(f"{lon:.6f},{lat:.6f}" for lon, lat in lonlat.tolist())
        return SiteSet(lonlat, ids, sites_of([{}] * len(ids), 0), np.full(len(ids), -1, dtype=np.int64))
    sites = sites_of(list(points["properties"]), 0)
    order = np.argsort(~sites.existing, kind="stable")
    moved = replace(sites, **{name: getattr(sites, name)[order] for name in sites.__dataclass_fields__})
    return SiteSet(_lonlat(points)[order], tuple(points["id"].iloc[order]), moved, _own_limits(points)[order])


def _with_existing(found: SiteSet, existing: gpd.GeoDataFrame) -> SiteSet:
    both = sites_of([{"role": "existing"} | _capacity(known) for known in existing["properties"]], 0)
    joined = {
        name: np.concatenate([getattr(both, name), getattr(found.sites, name)]) for name in both.__dataclass_fields__
    }
    return SiteSet(
        np.concatenate([_lonlat(existing), found.lonlat]),
        (*existing["id"], *found.ids),
        replace(both, **joined),
        np.concatenate([_own_limits(existing), found.limits_dm]),
    )


def _capacity(known: Mapping[str, object]) -> dict[str, object]:
    return {"capacity": known.get("capacity")}


def _own_limits(points: gpd.GeoDataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    radii = [-1 if radius is None else whole_decimetres(float(radius)) for radius in points["service_radius_m"]]
    return np.array(radii, dtype=np.int64)


def _lonlat(points: gpd.GeoDataFrame) -> FloatArray:
    geometry = points.geometry.to_numpy()
    return np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)])


def _snaps(network: WalkNetwork, points: gpd.GeoDataFrame) -> Snaps:
    return snap(network, *_lonlat(points).T)
