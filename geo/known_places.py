"""Places whose position is known, by name and by address: what a table that somebody brought is held against.

Made of facilities, the gazetteer and the residents' committees. A name that stands at two places more than 100 m apart
is known of neither, and a shop that has branches does not shift a sheet.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from geo.datum import FloatArray, geodesic_lengths_m
from geo.errors import DataError
from geo.strict_json import decode_json

LonLat = tuple[float, float]
_Entry = tuple[str, str, LonLat]

_SAME_PLACE_M = 100.0
_NOT_A_NAME = re.compile(r"[\s·•,，.。、;；:：()（）\[\]【】\"'“”‘’\-—]+")
_ABOVE_STREETS = re.compile(
    r"^(?:中国)?(?:上海市?)?(?:[\u4e00-\u9fff]{1,4}(?:新区|区))?(?:[\u4e00-\u9fff]{2,6}(?:街道|镇))?"
)
_STREET_NUMBER = re.compile(
    r"([\u4e00-\u9fff]{1,8}?(?:路|街|大道|公路|支路)(?:[东南西北中][一二三四]?路)?)\s*"
    r"((?:[0-9]+(?:[-–、][0-9]+)*弄)?\s*(?:[0-9]+(?:[-–、][0-9]+)*(?:甲|乙|丙)?号)?)"
)
_LIKE_AN_ADDRESS = re.compile(r"[0-9]+(?:弄|号)")


@dataclass(frozen=True, slots=True)
class StreetAddress:
    """An address taken apart: street, and what stands after it, such as `605号` or `767弄20号` (may be empty)."""

    street: str
    number: str


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """Positions in WGS-84 degrees by plain name and by plain address."""

    by_name: Mapping[str, LonLat]
    by_address: Mapping[str, LonLat]

    def position(self, name: object, address: object) -> LonLat | None:
        """Return where a facility of this name or address is known to be; the address is asked first."""
        if isinstance(address, str) and (found := self.by_address.get(plain_address(address))):
            return found
        return self.by_name.get(plain_name(name)) if isinstance(name, str) else None


def known_places(base: Path, layers: Iterable[gpd.GeoDataFrame] = ()) -> KnownPlaces:
    """Return what is known from the gazetteer and committees of a folder, and from the facilities of some layers.

    Args:
        base: The folder `data/base`; a file that is not there adds nothing.
        layers: Frames of facilities. Samples count too: only a sheet that was exported before has their names.
    """
    entries = [*_gazetteer(base / "gazetteer.csv"), *_committees(base / "committees.geojson")]
    for frame in layers:
        entries += _facilities(frame)
    return KnownPlaces(
        _unambiguous((plain_name(name), place) for name, _, place in entries if name),
        _unambiguous((plain_address(address), place) for _, address, place in entries if address),
    )


def plain_name(name: str) -> str:
    """Return a name without what does not tell names apart: width, case, blanks and punctuation."""
    return _NOT_A_NAME.sub("", unicodedata.normalize("NFKC", name).casefold())


def plain_address(address: str) -> str:
    """Return street and number of an address, without city, district, subdistrict and floor; empty without both."""
    parts = street_address(address)
    return f"{parts.street}{parts.number}" if parts is not None and parts.number else ""


def street_address(address: str) -> StreetAddress | None:
    """Return the first street of an address with the lane and house number after it, None where there is no street."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", address))
    bare = _ABOVE_STREETS.sub("", text, count=1)
    match = _STREET_NUMBER.search(bare)
    return None if match is None else StreetAddress(match[1], match[2])


def _gazetteer(path: Path) -> Iterable[_Entry]:
    if not path.is_file():
        return
    for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
        place = (float(row["lon"]), float(row["lat"]))
        is_address = row["kind"] == "address" or _LIKE_AN_ADDRESS.search(row["label"]) is not None
        yield row["label"], row["label"] if is_address else "", place


def _committees(path: Path) -> Iterable[_Entry]:
    if not path.is_file():
        return
    document = decode_json(path.read_bytes(), path.name)
    if not isinstance(document, dict):
        raise DataError.single("not_feature_collection", path.name, "the file has no features", "Bring the file again")
    for feature in document["features"]:
        if feature["geometry"] is not None:
            lon, lat = feature["geometry"]["coordinates"][:2]
            yield feature["properties"]["name"], "", (lon, lat)


def _facilities(frame: gpd.GeoDataFrame) -> list[_Entry]:
    located = frame[frame.geometry.notna()]
    points = located.geometry.representative_point()
    return [
        (name, address if isinstance(address, str) else "", (point.x, point.y))
        for name, address, point in zip(located["name"], located["address"], points, strict=True)
    ]


def _unambiguous(entries: Iterable[tuple[str, LonLat]]) -> dict[str, LonLat]:
    """Return the middle of each key's places, without the keys whose places lie far apart."""
    places: dict[str, list[LonLat]] = {}
    for key, place in entries:
        if key:
            places.setdefault(key, []).append(place)
    return {key: _middle(found) for key, found in places.items() if _spread_m(found) <= _SAME_PLACE_M}


def _middle(places: list[LonLat]) -> LonLat:
    lon, lat = np.mean(places, axis=0)
    return float(lon), float(lat)


def _spread_m(places: list[LonLat]) -> float:
    if len(places) == 1:
        return 0.0
    corners: FloatArray = np.array(places)
    west, south = corners.min(axis=0)
    east, north = corners.max(axis=0)
    return float(geodesic_lengths_m(west, south, east, north)[0])
