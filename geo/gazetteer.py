"""The gazetteer: crossings, known house numbers and named places, read from data/base/gazetteer.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo.address_text import HouseNumber, fold, read_number
from geo.catalog_model import LocalText
from geo.errors import DataError, Problem

How = Literal[
    "known_number",
    "between_numbers",
    "beside_number",
    "crossing",
    "street",
    "place",
    "compound",
    "committee",
    "facility",
]
HOW_WORDS: dict[How, LocalText] = {
    "known_number": LocalText("门牌", "known address"),
    "between_numbers": LocalText("估的，在两个门牌之间", "estimated, between two known numbers"),
    "beside_number": LocalText("估的，从近处的门牌推", "estimated from a number nearby"),
    "crossing": LocalText("路口", "crossing"),
    "street": LocalText("整条路，不知道门牌在哪", "the whole street; where the number is, is not known"),
    "place": LocalText("地点", "place"),
    "compound": LocalText("小区，大概位置", "compound, rough position"),
    "committee": LocalText("居委会，大概位置", "residents' committee, rough position"),
    "facility": LocalText("服务点", "facility"),
}
_COLUMNS = ("kind", "label", "street_a", "street_b", "number", "lon", "lat", "accuracy_m", "subdistrict")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where a typed text may be.

    Attributes:
        label: What the place is called; unique in one index.
        lon: Longitude, WGS-84.
        lat: Latitude, WGS-84.
        accuracy_m: How far the position may be off; never a bare point.
        how: How the position is known, see `HOW_WORDS`.
        subdistrict: Slug of the subdistrict that it lies in, "" outside of all.
        score: How well the text fits, 0 to 100; candidates come best first.
        address: The address of a facility, which may be typed for its name.
        name_en: What it is called in English, "" where nobody says.
    """

    label: str
    lon: float
    lat: float
    accuracy_m: float
    how: How
    subdistrict: str
    score: float = 0.0
    address: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """A house number whose position is known."""

    street: str
    number: HouseNumber
    lon: float
    lat: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where two streets cross."""

    streets: frozenset[str]
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What is known by name or number before anything is searched."""

    crossings: tuple[Crossing, ...]
    numbers: tuple[KnownNumber, ...]
    places: tuple[Candidate, ...]


def read_gazetteer(path: Path) -> Gazetteer:
    """Read a gazetteer file (columns: see data/base/README.md).

    Raises:
        DataError: Every row that cannot be read.
    """
    problems: list[Problem] = []
    crossings: list[Crossing] = []
    numbers: list[KnownNumber] = []
    places: list[Candidate] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row_number, row in enumerate(csv.DictReader(file), 2):
            try:
                _sort_in(row, crossings, numbers, places)
            except (KeyError, TypeError, ValueError) as error:
                where = f"{path.name} row {row_number}"
                problems.append(Problem("bad_gazetteer_row", where, str(error), f"Give {', '.join(_COLUMNS)}"))
    if problems:
        raise DataError(problems)
    return Gazetteer(tuple(crossings), tuple(numbers), tuple(places))


def _sort_in(
    row: Mapping[str, str], crossings: list[Crossing], numbers: list[KnownNumber], places: list[Candidate]
) -> None:
    lon, lat, accuracy_m = float(row["lon"]), float(row["lat"]), float(row["accuracy_m"])
    where = (row["label"], lon, lat, accuracy_m)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and 0 < accuracy_m < 10_000):
        raise ValueError(f"{row['label']!r} has no usable position or accuracy")
    if row["kind"] == "crossing":
        streets = frozenset((row["street_a"], row["street_b"]))
        crossings.append(Crossing(streets, Candidate(*where, "crossing", row["subdistrict"])))
    elif row["kind"] == "address":
        number = read_number(fold(row["number"]))
        if number is None:
            raise ValueError(f"{row['number']!r} is no house number")
        numbers.append(KnownNumber(row["street_a"], number, lon, lat, accuracy_m))
    elif row["kind"] == "committee":
        places.append(Candidate(*where, "committee", row["subdistrict"]))
    elif row["kind"] == "place":
        places.append(Candidate(*where, "place", row["subdistrict"]))
    else:
        raise ValueError(f"the kind {row['kind']!r} is unknown")
