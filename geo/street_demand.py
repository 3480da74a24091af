"""Demand points along a network's own streets: what stands in until somebody brings homes.

Nothing is known there but a total at most, so it is spread evenly by length of street. Without a total the points carry
nobody: they stand for places along the streets, and the share of them that is covered is still a share.
"""

from __future__ import annotations

import geopandas
import numpy as np
import shapely

from geo.demand import DemandModel, model_demand
from geo.errors import DataError
from geo.network import WalkNetwork

_NO_COMMITTEES = geopandas.GeoDataFrame(geometry=geopandas.GeoSeries([], crs="EPSG:4326"))


def spread_along_streets(
    network: WalkNetwork, outline: shapely.Polygon, prefix: str, unit: str, total: int | None
) -> geopandas.GeoDataFrame:
    """Return demand points every 50 m or so along the streets inside an outline.

    Args:
        network: The walking network; without streets there are no points.
        outline: The subdistrict, WGS-84.
        prefix: Beginning of the points' ids.
        unit: What the total counts, people or households.
        total: The stated total, None where there is none.

    Returns:
        The frame of `geo.demand.model_demand`; `people` (and `households`) are 0 where there is no total.
    """
    model = DemandModel(id_prefix=prefix, unit=unit, floor=1.0)
    try:
        frame = model_demand(_street_lines(network), outline, _NO_COMMITTEES, total or 1, model)
    except DataError:
        frame = _nothing(unit)
    if total is None:
        frame[[name for name in ("people", "households") if name in frame]] = 0.0
    return frame.astype({name: float for name in ("people", "households") if name in frame})


def _street_lines(network: WalkNetwork) -> geopandas.GeoDataFrame:
    """Return the streets of a network by name, each as its lines from crossing to crossing; the unnamed ones last."""
    ends = np.stack(
        [
            np.column_stack([network.lon[network.edge_u], network.lat[network.edge_u]]),
            np.column_stack([network.lon[network.edge_v], network.lat[network.edge_v]]),
        ],
        axis=1,
    )
    names = network.way_name[network.edge_way]
    rows: list[tuple[str, shapely.LineString]] = []
    for name in sorted(set(names.tolist()), key=lambda number: (number == 0, network.names[number])):
        joined = shapely.line_merge(shapely.MultiLineString(list(ends[names == name])))
        rows += [(network.names[name], line) for line in shapely.get_parts(joined) if line.geom_type == "LineString"]
    geometry = geopandas.GeoSeries([line for _, line in rows], crs="EPSG:4326")
    return geopandas.GeoDataFrame({"name": [name for name, _ in rows]}, geometry=geometry)


def _nothing(unit: str) -> geopandas.GeoDataFrame:
    """Return a frame of demand points without any."""
    columns: dict[str, list[float]] = {"people": [], **({"households": []} if unit == "households" else {})}
    frame = geopandas.GeoDataFrame(columns, geometry=geopandas.GeoSeries([], crs="EPSG:4326"))
    frame["street"], frame["modelled"] = [], []
    return frame.rename_axis("id")
