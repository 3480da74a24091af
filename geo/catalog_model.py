"""What the catalogue is made of: frozen dataclasses of texts, profiles, rules, layers and subdistricts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from geo.errors import DataError

Certainty = Literal["high", "medium", "low"]
Family = Literal["care", "safety", "culture", "services", "equipment", "places"]
PropertyKind = Literal["text", "integer", "number", "boolean", "date", "choice"]
GeometryKind = Literal["Point", "Polygon"]
WeightUnit = Literal["people", "households"]

DEFAULT_PROFILE = "planning"
COMMON_PROPERTIES = (
    "name",
    "name_en",
    "subdistrict",
    "location_status",
    "accuracy_m",
    "phase",
    "address",
    "committee",
    "opening_hours",
    "phone",
    "website",
    "capacity",
    "service_radius_m",
    "verified_on",
    "source",
    "source_id",
    "note",
)
_ID = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_ID_LENGTH = 40
# Names that a file system or a script language keeps for itself: no id of ours may be one of them.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "constructor", "prototype", "id", "type", "geometry", "properties"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)
# 1e-6 dm is far below any real limit and far above the rounding error of minutes x 60 x speed.
_DM_SLACK = 1e-6


def whole_decimetres(length_m: float) -> int:
    """Return a limit in whole decimetres, rounded down: the one rounding of every limit, whoever sets it."""
    return math.floor(length_m * 10 + _DM_SLACK)


@dataclass(frozen=True, slots=True)
class LocalText:
    """One text in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A walking profile: how fast somebody walks (`speed_mps`, m/s) and the document that says so.

    `crossing_delay_s` and `signal_delay_s` are the seconds spent waiting at a crossing and at one with signals.
    """

    id: str
    name: LocalText
    speed_mps: float
    document: LocalText
    certainty: Certainty
    crossing_delay_s: float = 0.0
    signal_delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A walking limit in metres or in minutes (exactly one is set), with the document that gives it.

    `target_share` is the share of people (0..1) that the document asks for, where it names one.
    """

    id: str
    layers: tuple[str, ...]
    limit_m: float | None
    limit_min: float | None
    target_share: float | None
    document: LocalText
    short_document: LocalText
    certainty: Certainty
    note: LocalText

    def limit_dm(self, profile: Profile) -> int:
        """Return the limit in whole decimetres, rounded down; minutes are walked at the profile's speed."""
        limit_m = self.limit_m if self.limit_min is None else self.limit_min * 60 * profile.speed_mps
        if limit_m is None:
            raise DataError.single("missing_key", self.id, "the rule has no limit", "Set limit_m or limit_min")
        return whole_decimetres(limit_m)


@dataclass(frozen=True, slots=True)
class PropertyType:
    """One property that a layer has beside the common ones; `choices` only for kind `choice`."""

    name: str
    kind: PropertyKind
    choices: tuple[str, ...]
    required: bool
    label: LocalText


@dataclass(frozen=True, slots=True)
class Layer:
    """A facility layer: its names, its sign on the map, its rules and its own properties.

    `question` is what a resident asks of it; `glyph` one character, unique in the family; `rules` in the order
    they are shown; `headline_rule` the one of them that the planner's table leads with, or None. `stale_after_days`
    is how old `verified_on` may be before a facility is to be looked at again, None: as old as it likes;
    `has_opening_hours` whether a facility that says no hours is a gap to fill.
    """

    id: str
    name: LocalText
    question: LocalText
    family: Family
    glyph: str
    geometries: tuple[GeometryKind, ...]
    rules: tuple[str, ...]
    headline_rule: str | None
    indicators: tuple[str, ...]
    properties: tuple[PropertyType, ...]
    stale_after_days: int | None = None
    has_opening_hours: bool = False


@dataclass(frozen=True, slots=True)
class PopulationFigure:
    """The total that shares are taken of: what is counted, when, by whom, and what to be careful about.

    `value` is None where nobody has stated a total.
    """

    value: int | None
    unit: WeightUnit
    measure: LocalText
    as_of: str
    source: LocalText
    caution: LocalText


NO_POPULATION = PopulationFigure(
    None,
    "people",
    LocalText("没有公布的人口数", "No population stated"),
    "",
    LocalText("", ""),
    LocalText(
        "没有人口数，所以没有人的比例；街道长度和需求点的比例照样算。",
        "Nobody has stated a population, so there is no share of people; the shares of street length and of demand "
        "points hold.",
    ),
)
"""What stands in where a subdistrict came without a figure."""


@dataclass(frozen=True, slots=True)
class Subdistrict:
    """A subdistrict (街道): slug, names, 9-digit code, area in km2, residents' committees, population figure.

    `committees` is None where nobody has said how many there are.
    """

    id: str
    name: LocalText
    code: str
    district: LocalText
    area_km2: float
    committees: int | None
    population: PopulationFigure


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything the two files say, by id and in file order; `content_hash` is SHA-256 of what was read."""

    subdistricts: dict[str, Subdistrict]
    layers: dict[str, Layer]
    rules: dict[str, Rule]
    profiles: dict[str, Profile]
    content_hash: str


def is_layer_id(candidate: str) -> bool:
    """Return whether `candidate` can be the id of a layer: small letters, figures and `_`, nothing to trip over."""
    return "-" not in candidate and is_catalog_id(candidate)


def is_catalog_id(candidate: str) -> bool:
    """Return whether `candidate` can be an id in the catalogue (as a layer's, and `-` is allowed too)."""
    return len(candidate) <= _ID_LENGTH and _ID.fullmatch(candidate) is not None and candidate not in _RESERVED
