"""What a map draws as PMTiles, where it is too much to be sent as GeoJSON: streets, reach and facilities of a city.

An archive is made when it is first asked for, and kept in the instance under a name that stands for its content; all
workers send the same file.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from geo.feature_tiles import write_tiles
from webmap.map_features import coarse_polygons

TILE_LIBRARY = "protomaps-leaflet.js"
PMTILES = "application/vnd.pmtiles"
MOST_JSON_BYTES = 2_000_000
MOST_KEPT = 60
FOLDER = "tiles"
_HEAVY = ("streets", "bands", "reach", "people", "blocks")
_AREAS = ("circle", "circle_only")
_BLOCK = ("weight", "circle", "distance_m", "street")
REACH_FORM, STREETS_FORM = "2", "2"
"""Changes with what `reach_tiles` writes, so that an archive of an older form is not given again."""


def is_heavy(data: Mapping[str, Any], names: Sequence[str] = _HEAVY) -> bool:
    """Return whether the parts `names` of a map's data are too much to be sent as JSON."""
    return sum(len(json.dumps(data[name], ensure_ascii=False)) for name in names) > MOST_JSON_BYTES


def without_heavy(data: Mapping[str, Any], tiles: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map's data with the addresses of its tiles in place of what they hold; areas are as fine as needed.

    Args:
        data: what the map's scripts draw.
        tiles: `streets`, `reach` and `facilities` to their addresses, `facility` to what one facility's id is put
            behind, `samples` to whether samples are drawn; markers stay where they are not too many.
    """
    light = dict(data) | {name: [] for name in _HEAVY} | {name: coarse_polygons(data[name]) for name in _AREAS}
    light["gaps"] = [gap | {"area": coarse_polygons(gap["area"])} for gap in data["gaps"]]
    if is_heavy(light, ("gaps", *_AREAS)):
        light["gaps"] = [gap | {"area": []} for gap in light["gaps"]]  # the letters stay, and what they say
    addresses = {name: tiles[name] for name in ("library", "streets")}
    if data["bands"]:
        addresses["reach"] = tiles["reach"]
    if is_heavy(data, ("facilities",)):
        addresses |= {name: tiles[name] for name in ("facilities", "facility", "samples")}
        light["facilities"] = []
    return light | {"tiles": addresses}


def street_tiles(streets: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Return the streets of a map, one feature a name: name, name_en ("" where it is not known), inside."""
    lines = [shapely.MultiLineString(street["lines"]) for street in streets]
    columns = {name: [street[name] for street in streets] for name in ("name", "name_en", "inside")}
    return gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326")


def reach_tiles(data: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return what a map draws of a walk, by `kind`.

    `area` is the band along what is reached, `band` the streets by walking distance (`band` 1 to 5, 0: unreachable;
    `inside` the subdistrict), `block` uncovered people by street block (`weight`, whether in a `circle` all the same,
    `distance_m` to the nearest facility unless none can be reached, `street`).
    """
    area = shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in data["reach"]])
    rows: list[dict[str, Any]] = [{"kind": "area", "geometry": area}] if not area.is_empty else []
    for group in data["bands"]:
        told = {"kind": "band", "band": group["band"], "inside": group["inside"]}
        rows += [told | {"geometry": shapely.LineString(line)} for line in group["lines"]]
    for block in data["blocks"]:
        told = {name: block[name] for name in _BLOCK}
        rows.append({"kind": "block", "geometry": shapely.Point(block["lon"], block["lat"])} | told)
    columns = {name: [row.get(name) for row in rows] for name in ("kind", "band", "inside", *_BLOCK)}
    return gpd.GeoDataFrame(columns, geometry=[row["geometry"] for row in rows], crs="EPSG:4326").astype(
        {"band": "Int32", "inside": "boolean", "weight": "Float64", "circle": "boolean", "distance_m": "Float64"}
    )


def facility_tiles(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities that have a position as points: id, name, name_en, location_status."""
    known = facilities[facilities.geometry.notna()]
    names = [name for name in ("name", "name_en", "location_status") if name in known]
    columns = {"id": list(known.index)} | {name: known[name].tolist() for name in names}
    return gpd.GeoDataFrame(columns, geometry=known.geometry.representative_point().to_numpy(), crs="EPSG:4326")


def kept_archive(instance: Path, name: str, version: str, make: Callable[[], gpd.GeoDataFrame]) -> Path:
    """Return the archive of a version, made where it is not there; the oldest go when there are too many.

    Args:
        instance: the instance's folder.
        name: the layer in the tiles.
        version: changes with anything that the archive is made of.
        make: gives the features.
    """
    folder = instance / FOLDER
    path = folder / f"{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()}.pmtiles"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        written = Path(unfinished) / "new.pmtiles"
        write_tiles(make(), name, written)
        written.replace(path)
    _forget_oldest(folder)
    return path


def _forget_oldest(folder: Path) -> None:
    """Take away the archives that were made longest ago; another worker may be faster."""
    by_age = sorted(folder.glob("*.pmtiles"), key=lambda path: -path.stat().st_mtime_ns)
    for path in by_age[MOST_KEPT:]:
        path.unlink(missing_ok=True)
