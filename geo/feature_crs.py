"""Reference systems in which features are given and asked for, with the axes in the order that each one names.

Everything is kept in WGS-84, longitude first (CRS84). EPSG:4490 (CGCS2000) has latitude first, EPSG:4549 (Gauss-Krüger,
120° E, metres) northing first, EPSG:3857 easting first. CGCS2000 and WGS-84 differ by centimetres, which no
transformation between the two in PROJ tells apart; neither do we.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geo.errors import RequestError
from geo.feature_table import ObjectArray

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@dataclass(frozen=True)
class ReferenceSystem:
    """One reference system: its address, its name for PROJ (None: CRS84), and the decimals that are a centimetre."""

    uri: str
    code: str | None
    decimals: int


SYSTEMS: dict[str, ReferenceSystem] = {
    one.uri: one
    for one in (
        ReferenceSystem(CRS84, None, 7),
        ReferenceSystem("http://www.opengis.net/def/crs/EPSG/0/4490", "EPSG:4490", 7),
        ReferenceSystem("http://www.opengis.net/def/crs/EPSG/0/4549", "EPSG:4549", 3),
        ReferenceSystem("http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:3857", 3),
    )
}

# A transformer of PROJ belongs to the thread that made it.
_local = threading.local()


def to_wgs84(geometry: BaseGeometry, code: str | None) -> BaseGeometry:
    """Return a geometry in WGS-84, longitude first, from the system `code` with its own order of axes.

    Raises:
        RequestError: a position lies where the system has none.
    """
    if code is None:
        return geometry
    moved: BaseGeometry = shapely.transform(geometry, lambda xy: _transformed(xy, code, inverse=True))
    at = shapely.get_coordinates(moved)
    if not (np.abs(at[:, 0]) <= 180).all() or not (np.abs(at[:, 1]) <= 90).all():
        found = f"a position lies outside of {code}"
        raise RequestError("outside_crs", "crs", found, "Check the order of the axes")
    return moved


def from_wgs84(geometry: ObjectArray, system: ReferenceSystem) -> ObjectArray:
    """Return geometries in another system, with its order of axes, rounded to a centimetre; None stays None."""
    code = system.code
    if code is None:
        return geometry
    there = np.array([one is not None for one in geometry], dtype=bool)
    moved = np.empty(len(geometry), dtype=object)
    oriented = shapely.orient_polygons(geometry[there])
    moved[there] = shapely.transform(
        oriented, lambda xy: np.round(_transformed(xy, code, inverse=False), system.decimals)
    )
    return moved


def _transformed(xy: npt.NDArray[np.float64], code: str, *, inverse: bool) -> npt.NDArray[np.float64]:
    direction = "INVERSE" if inverse else "FORWARD"
    first, second = _transformer(code).transform(xy[:, 0], xy[:, 1], direction=direction)
    return np.column_stack([first, second])


def _transformer(code: str) -> Transformer:
    kept: dict[str, Transformer] = _local.__dict__.setdefault("transformers", {})
    if code not in kept:
        kept[code] = Transformer.from_crs("OGC:CRS84", code)
    return kept[code]
