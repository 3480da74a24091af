"""Demand points along a network's own streets: what stands in until somebody brings homes.

Nothing is known there but a total at most, so it is spread evenly by length of street. Without a total the points carry
nobody: they stand for places along the streets, and the share of them that is covered is still a share.
"""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import shapely

from geo.datum import COORDINATE_DECIMALS, LocalProjection
from geo.network import FloatArray, Int64Array, WalkNetwork
from geo.prepared import prepared_copy

SPACING_M = 50.0
"""Length of street that one point stands for."""

OUTLINE_SLACK_M = 20.0
"""Streets up to this far outside the outline belong to it: they are its boundary."""


def spread_along_streets(
    network: WalkNetwork, outline: shapely.Polygon, prefix: str, unit: str, total: int | None
) -> geopandas.GeoDataFrame:
    """Return demand points every 50 m along the streets inside an outline.

    The edges are laid end to end, by street name and then as the network has them, and a point is set every 50 m; so
    short edges get their share too.

    Args:
        network: The walking network; without streets there are no points.
        outline: The subdistrict, WGS-84.
        prefix: Beginning of the points' ids.
        unit: What the total counts, people or households.
        total: The stated total, None where there is none.

    Returns:
        Points in WGS-84 (7 decimals), index `id`, columns `people` (and `households` where that is the unit; float, 0
        without a total), `street`, `modelled` (always True).
    """
    edge, lonlat = _points(network, outline)
    count = len(edge)
    ids = [f"{prefix}-{number:05d}" for number in range(1, count + 1)]
    shares = _even_shares(total or 0, count)
    columns: dict[str, object] = {"people": shares, **({"households": shares} if unit == "households" else {})}
    names = network.way_name[network.edge_way[edge]]
    columns |= {"street": [network.names[name] for name in names.tolist()], "modelled": True}
    frame = pd.DataFrame(columns, index=pd.Index(ids, name="id", dtype=object))
    return geopandas.GeoDataFrame(frame, geometry=shapely.points(lonlat), crs="EPSG:4326")


def _points(network: WalkNetwork, outline: shapely.Polygon) -> tuple[Int64Array, FloatArray]:
    """Return the edge of each point and its position in degrees, (n,) and (n, 2), those inside the outline."""
    if not network.edge_count:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 2))
    order = np.argsort(network.way_name[network.edge_way], kind="stable")
    ends_m = np.cumsum(network.edge_length_dm[order], dtype=np.int64) / 10.0
    at_m = np.arange(SPACING_M / 2, float(ends_m[-1]), SPACING_M)
    place = np.searchsorted(ends_m, at_m, side="right")
    edge = order[place]
    along = 1 - (ends_m[place] - at_m) / (network.edge_length_dm[edge] / 10.0)
    u, v = network.edge_u[edge], network.edge_v[edge]
    lon = network.lon[u] + (network.lon[v] - network.lon[u]) * along
    lat = network.lat[u] + (network.lat[v] - network.lat[u]) * along
    plane = LocalProjection(outline.centroid.x, outline.centroid.y)
    ring = shapely.transform(outline, lambda xy: np.column_stack(plane.to_xy(xy[:, 0], xy[:, 1])))
    area = prepared_copy(shapely.buffer(ring, OUTLINE_SLACK_M))
    inside = shapely.contains_xy(area, *plane.to_xy(lon, lat))
    return edge[inside], np.column_stack([lon, lat])[inside].round(COORDINATE_DECIMALS)


def _even_shares(total: int, count: int) -> FloatArray:
    """Return whole numbers that differ by 1 at most and sum to the total, float64 (count,)."""
    steps = np.arange(count + 1, dtype=np.int64) * total // max(count, 1)
    return np.diff(steps).astype(np.float64)
