"""Facilities as places that can be found by name or address: only those that really stand somewhere."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.address_text import fold, read_number
from geo.gazetteer import Candidate, How, KnownNumber

REAL_POSITIONS = ("surveyed", "address", "approximate")
DEFAULT_ACCURACY_M = {"surveyed": 10.0, "address": 50.0, "approximate": 400.0}
COMPOUNDS, NOT_NAMED = "compounds", ("gates",)
"""The layer whose facilities are homes, and those whose facilities nobody looks for by name."""


def facility_places(layers: Mapping[str, gpd.GeoDataFrame]) -> list[Candidate]:
    """Return the facilities of layers (by id) as places; samples and unlocated ones are left out, they are nowhere."""
    places = []
    for layer_id, frame in layers.items():
        how: How = "compound" if layer_id == COMPOUNDS else "facility"
        for row in _real(frame) if layer_id not in NOT_NAMED else []:
            point = row["geometry"].representative_point()
            position = (round(point.x, 6), round(point.y, 6), accuracy_m(row))
            told = {name: row[name] for name in ("address", "name_en") if isinstance(row.get(name), str)}
            places.append(Candidate(row["name"], *position, how, row["subdistrict"], **told))
    return places


def surveyed_numbers(layers: Mapping[str, gpd.GeoDataFrame], streets: set[str]) -> list[KnownNumber]:
    """Return the house numbers that somebody surveyed: they are known positions like those of the gazetteer.

    Positions that were themselves worked out from a house number are left out: nothing is learnt from them.
    """
    numbers = []
    for frame in layers.values():
        for row in _real(frame):
            address = fold(row["address"]) if isinstance(row.get("address"), str) else ""
            street = next((name for name in streets if address.startswith(name)), None)
            number = None if street is None else read_number(address.removeprefix(street))
            if row["location_status"] == "surveyed" and street is not None and number is not None:
                point = row["geometry"].representative_point()
                numbers.append(KnownNumber(street, number, point.x, point.y, accuracy_m(row)))
    return numbers


def accuracy_m(row: Mapping[Hashable, Any]) -> float:
    """Return how far a facility's position may be off: what its record says, else what its status usually means."""
    stated = row.get("accuracy_m")
    if isinstance(stated, int | float) and stated > 0:
        return float(stated)
    return DEFAULT_ACCURACY_M[str(row["location_status"])]


def _real(frame: gpd.GeoDataFrame) -> list[dict[Hashable, Any]]:
    there = frame["location_status"].isin(REAL_POSITIONS) & frame.geometry.notna()
    return pd.DataFrame(frame[there].sort_index()).to_dict(orient="records")
