"""Homes from a population raster, such as WorldPop's: each cell with people whose middle is in the subdistrict.

Reading needs rasterio, which is heavy (36 MB) and not installed by default: `pip install lifecircle[raster]`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.datum import COORDINATE_DECIMALS, FloatArray
from geo.errors import DataError
from geo.homes import Homes, home_frame

IntArray = npt.NDArray[np.int64]
MOST_CELLS = 300_000
"""Cells with people in one subdistrict: what a city has at 100 m."""


def read_homes_raster(path: Path, outline: shapely.Polygon, household_people: float | None = None) -> Homes:
    """Return the cells of a GeoTIFF as homes.

    Args:
        path: A raster whose first band counts people in each cell.
        outline: The subdistrict, WGS-84; a cell belongs to it when its middle does.
        household_people: People in a household, to tell households too; None: they stay unknown.

    Raises:
        DataError: rasterio is not installed, the file is no raster, has no projection, does not lie here, or has no
            people here.
    """
    try:
        import rasterio  # noqa: PLC0415 - optional
        from rasterio.errors import RasterioIOError  # noqa: PLC0415
    except ImportError as error:
        remedy = "Install it beside Lifecircle: pip install 'lifecircle[raster]'"
        raise DataError.single("no_rasterio", path.name, "rasterio is not installed", remedy) from error
    try:
        with rasterio.open(path) as raster:
            people, rows, columns = _window(raster, outline, path.name)
            lonlat = _middles(raster, rows, columns)
    except RasterioIOError as error:
        raise DataError.single("not_a_raster", path.name, "it cannot be read as a raster", "Bring a GeoTIFF") from error
    inside = shapely.contains_xy(outline, lonlat[:, 0], lonlat[:, 1]) & np.isfinite(people) & (people > 0)
    if not inside.any():
        found = "no cell with people has its middle inside the subdistrict"
        raise DataError.single("nobody_here", path.name, found, "See that it is the right raster and subdistrict")
    if inside.sum() > MOST_CELLS:
        found = f"{inside.sum():,} cells have people"
        raise DataError.single("too_many_cells", path.name, found, f"Bring coarser cells, {MOST_CELLS:,} at most")
    ids = [f"cell-{row}-{column}" for row, column in zip(rows[inside].tolist(), columns[inside].tolist(), strict=True)]
    counts = people[inside].astype(np.float64)
    households = counts / household_people if household_people else np.full(len(counts), np.nan)
    numbers = {"name": [""] * len(ids), "people": counts.tolist(), "households": households.tolist()}
    frame = home_frame(ids, numbers, lonlat[inside].round(COORDINATE_DECIMALS))
    return Homes("raster", frame, np.full(len(ids), None, dtype=object))


def _window(raster: Any, outline: shapely.Polygon, name: str) -> tuple[FloatArray, IntArray, IntArray]:  # noqa: ANN401 - rasterio has no types
    """Return values, rows and columns of the cells in the outline's bounding box, nodata as NaN."""
    from rasterio.windows import Window  # noqa: PLC0415

    if raster.crs is None:
        found = "the raster does not say which projection it is in"
        raise DataError.single("no_projection", name, found, "Bring one with a projection (gdal_edit -a_srs EPSG:4326)")
    to_raster = pyproj.Transformer.from_crs("EPSG:4326", raster.crs.to_wkt(), always_xy=True)
    west, south, east, north = to_raster.transform_bounds(*outline.bounds)
    corners = np.array([[west, south, 1.0], [west, north, 1.0], [east, south, 1.0], [east, north, 1.0]])
    columns, rows, _ = np.linalg.inv(np.array(raster.transform).reshape(3, 3)) @ corners.T
    left, right = (int(np.clip(edge, 0, raster.width)) for edge in (np.floor(columns.min()), np.ceil(columns.max())))
    top, bottom = (int(np.clip(edge, 0, raster.height)) for edge in (np.floor(rows.min()), np.ceil(rows.max())))
    if left >= right or top >= bottom:
        found = "the raster does not cover the subdistrict"
        raise DataError.single("raster_elsewhere", name, found, "Bring the raster of this region")
    band = raster.read(1, window=Window(left, top, right - left, bottom - top), masked=True)
    values = np.ma.filled(band.astype(np.float64), np.nan)
    row, column = np.meshgrid(*(np.arange(count) for count in values.shape), indexing="ij")
    return values.ravel(), row.ravel() + top, column.ravel() + left


def _middles(raster: Any, rows: IntArray, columns: IntArray) -> FloatArray:  # noqa: ANN401 - rasterio has no types
    """Return the middles of cells in degrees, WGS-84, shape (n, 2)."""
    affine = raster.transform
    x = affine.a * (columns + 0.5) + affine.b * (rows + 0.5) + affine.c
    y = affine.d * (columns + 0.5) + affine.e * (rows + 0.5) + affine.f
    to_degrees = pyproj.Transformer.from_crs(raster.crs.to_wkt(), "EPSG:4326", always_xy=True)
    return np.column_stack(to_degrees.transform(x, y))
