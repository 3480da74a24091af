"""Checks of what a layer says of its facilities: doubles, contradictions, opening hours, age, what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import combinations

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.datum import geodesic_lengths_m
from geo.known_places import plain_address, plain_name, street_address
from geo.opening_hours import is_readable
from geo.quality_model import Figures, Finding, FindingKind, QualityContext

DUPLICATE_M = 100.0
"""Two facilities of one name are taken for one where they lie no farther apart, or where one is not located."""
_CLOSED = ("closed",)


def duplicates(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield pairs of facilities of one subdistrict and name at one place; the accuracy of their positions counts."""
    keys = [(str(slug), plain_name(str(name))) for slug, name in zip(frame["subdistrict"], frame["name"], strict=True)]
    by_key: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(keys):
        by_key.setdefault(key, []).append(place)
    ids, shapes = [str(feature_id) for feature_id in frame.index], list(frame.geometry)
    addresses = [plain_address(address) if isinstance(address, str) else "" for address in frame["address"]]
    reach_m = [accuracy if isinstance(accuracy, int | float) else 0.0 for accuracy in frame["accuracy_m"]]
    for (slug, _), places in by_key.items():
        for one, other in combinations(places, 2):
            if addresses[one] and addresses[other] and addresses[one] != addresses[other]:
                continue
            distance_m = _apart_m(shapes[one], shapes[other])
            if distance_m is None or distance_m <= max(DUPLICATE_M, reach_m[one], reach_m[other]):
                yield Finding("duplicate", (ids[one], ids[other]), slug, distance_m)


def contradictions(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield facilities whose name holds another address than their address is."""
    for feature_id, row in _rows(frame):
        name, address = row["name"], row["address"]
        if not isinstance(address, str):
            continue
        in_name, told = plain_address(str(name)), plain_address(address)
        same = in_name in plain_name(address) or told in plain_name(str(name))
        if in_name and told and not same:
            figures: Figures = {"in_name": _address_words(str(name)), "address": address}
            yield Finding("name_address_differ", (feature_id,), str(row["subdistrict"]), None, figures)


def opening_hours(frame: gpd.GeoDataFrame, context: QualityContext) -> Iterator[Finding]:
    """Yield facilities whose opening hours cannot be read, or are missing in a layer whose facilities have some."""
    for feature_id, row in _rows(frame):
        hours, slug = row["opening_hours"], str(row["subdistrict"])
        if isinstance(hours, str):
            if not is_readable(hours):
                yield Finding("opening_hours_unreadable", (feature_id,), slug, None, {"hours": hours})
        elif context.layer.has_opening_hours and row["phase"] in {None, "open"}:
            yield Finding("opening_hours_missing", (feature_id,), slug)


def age(frame: gpd.GeoDataFrame, context: QualityContext) -> Iterator[Finding]:
    """Yield facilities that nobody has verified, or not for longer than the layer allows."""
    allowed = context.layer.stale_after_days
    if allowed is None:
        return
    for feature_id, row in _rows(frame):
        if row["phase"] in _CLOSED:
            continue
        told, slug = row["verified_on"], str(row["subdistrict"])
        if not isinstance(told, str):
            yield Finding("never_verified", (feature_id,), slug)
            continue
        days = (context.today - dt.date.fromisoformat(told)).days
        if days > allowed:
            figures: Figures = {"verified_on": told, "days": days, "allowed": allowed}
            yield Finding("stale", (feature_id,), slug, None, figures)


def open_positions(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield facilities whose position is a sample or not known at all."""
    kinds: dict[object, FindingKind] = {"sample": "sample", "unlocated": "unlocated"}
    for feature_id, row in _rows(frame):
        kind = kinds.get(row["location_status"])
        if kind is not None:
            yield Finding(kind, (feature_id,), str(row["subdistrict"]))


def _rows(frame: gpd.GeoDataFrame) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the id and the properties of each facility, None where nothing is known."""
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for feature_id, row in zip(plain.index, plain.to_dict("records"), strict=True):
        yield str(feature_id), {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _address_words(text: str) -> str:
    parts = street_address(text)
    return "" if parts is None else f"{parts.street}{parts.number}"


def _apart_m(one: BaseGeometry | None, other: BaseGeometry | None) -> float | None:
    """Return how far two geometries lie apart by their middles, metres; None where one is not located."""
    if one is None or other is None:
        return None
    a, b = one.representative_point(), other.representative_point()
    return float(geodesic_lengths_m(a.x, a.y, b.x, b.y)[0])
