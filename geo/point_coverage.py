"""Coverage of anybody's points by anybody's facilities: two point files and a network in, answers and a summary out."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.access import NO_FACILITY, NO_PATH, OFF_NETWORK, Walk, facility_order
from geo.catchment import catchments
from geo.coverage import Coverage, EdgeOfData, Tally, cover, edge_of_data, tally
from geo.errors import Problem
from geo.known_area import depths_m
from geo.network import FloatArray, WalkNetwork
from geo.snapping import Snaps, snap

REASONS = {
    NO_FACILITY: "no facility stands on the network",
    NO_PATH: "no path leads to any facility",
    OFF_NETWORK: "the nearest street is {access_m:.0f} m away",
    "no_position": "the point has no position",
}


@dataclass(frozen=True)
class PointCoverage:
    """The answer for two point files.

    Attributes:
        points: One row a demand point, in its file's order: `id`, `people`, `nearest_facility`, `distance_m`,
            `access_m`, `status`, `reason`, `geometry`.
        people: People by status.
        counts: Demand points by status.
        edge: Demand within one limit of the edge of the network's area.
        facilities: Number of facilities in the file, located ones, ones too far from every street, and samples.
        warnings: What a reader of the figures must know.
        catchments: One row a facility in the order of ids: `id`, and the columns of `geo.catchment.catchments`.
    """

    points: gpd.GeoDataFrame
    people: Tally
    counts: Tally
    edge: EdgeOfData
    facilities: dict[str, int]
    warnings: tuple[Problem, ...]
    catchments: pd.DataFrame


def cover_points(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    limit_dm: int,
    walk: Walk | None = None,
) -> PointCoverage:
    """Tell for each demand point its nearest facility, its distance and whether it is covered.

    Args:
        network: The walking network.
        facilities: Columns `id`, `location_status`, `geometry`, as `geo.points.parse_points` gives them; a facility
            without a position is counted and left out.
        demand: Columns `id`, `people`, `geometry`.
        limit_dm: The limit, inclusive, in dm.
        walk: Longest access leg and what is closed; what is farther from every street is unreachable.
    """
    walk = walk or Walk()
    ranked = facilities.iloc[facility_order(list(facilities["id"]))]
    places, homes = _snap(network, ranked), _snap(network, demand)
    coverage = cover(network, places, homes, limit_dm, walk)
    people = demand["people"].to_numpy(dtype=np.float64)
    edge = edge_of_data(depths_m(network, _lonlat(demand)), limit_dm, people, coverage.covered)
    counts = _facility_counts(ranked, places, walk.max_access_m)
    nearest = coverage.nearest
    points = gpd.GeoDataFrame(
        {
            "id": demand["id"],
            "people": people,
            "nearest_facility": _ids(ranked, nearest.facility),
            "distance_m": np.where(nearest.distance_dm < 0, np.nan, nearest.distance_dm / 10),
            "access_m": np.round(homes.access_m, 1),
            "status": coverage.status,
            "reason": _in_words(nearest.reason, homes.access_m),
        },
        geometry=demand.geometry,
        crs="EPSG:4326",
    )
    return PointCoverage(
        points,
        tally(people, coverage.status),
        tally(np.ones(len(people)), coverage.status),
        edge,
        counts,
        tuple(_warnings(counts, edge, limit_dm)),
        _catchments(ranked, coverage, people),
    )


def _catchments(facilities: gpd.GeoDataFrame, coverage: Coverage, people: FloatArray) -> pd.DataFrame:
    found = catchments(coverage.nearest, len(facilities), people, coverage.covered)
    found.insert(0, "id", pd.Series(list(facilities["id"]), dtype=object))
    return found


def _lonlat(points: gpd.GeoDataFrame) -> FloatArray:
    geometry = points.geometry.to_numpy()
    return np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)])


def _snap(network: WalkNetwork, points: gpd.GeoDataFrame) -> Snaps:
    return snap(network, *_lonlat(points).T)


def _ids(facilities: gpd.GeoDataFrame, index: np.ndarray[tuple[int], np.dtype[np.int32]]) -> pd.Series:
    """Return the facilities' ids with the type that they have in their file, None where there is no facility."""
    ids = list(facilities["id"])
    return pd.Series([ids[number] if number >= 0 else None for number in index], dtype=object)


def _in_words(reason: npt.NDArray[np.object_], access_m: FloatArray) -> pd.Series:
    """Return the reasons with what is behind them; as objects, or pandas would write NaN where there is none."""
    words = [
        None if code is None else f"{code}: {REASONS[code].format(access_m=leg_m)}"
        for code, leg_m in zip(reason, access_m, strict=True)
    ]
    return pd.Series(words, dtype=object)


def _facility_counts(facilities: gpd.GeoDataFrame, places: Snaps, max_access_m: float) -> dict[str, int]:
    located = places.edge >= 0
    return {
        "total": len(facilities),
        "located": int(located.sum()),
        "off_network": int((located & (places.access_m > max_access_m)).sum()),
        "samples": int(((facilities["location_status"] == "sample").to_numpy() & located).sum()),
    }


def _warnings(counts: dict[str, int], edge: EdgeOfData, limit_dm: int) -> list[Problem]:
    warnings = []
    if edge.points:
        found = f"{edge.points} points ({edge.weight:g} people) lie within {limit_dm / 10:g} m of the network's edge"
        remedy = f"{edge.uncovered_points} of them ({edge.uncovered_weight:g} people) count as not covered and may be."
        warnings.append(_warning("edge_of_data", "network", found, remedy))
    if counts["off_network"]:
        found = f"{counts['off_network']} facilities are too far from every street of the network"
        warnings.append(_warning("facility_off_network", "facilities", found, "Check positions and datum."))
    if counts["samples"]:
        found = f"{counts['samples']} of the facilities are samples: their positions are invented"
        remedy = "Do not quote the figure; --without-samples leaves them out."
        warnings.append(_warning("rests_on_samples", "facilities", found, remedy))
    return warnings


def _warning(code: str, where: str, found: str, remedy: str) -> Problem:
    return Problem(code, where, found, remedy, warning=True)
