"""What an import is made of: what it is for, what somebody chose, and the plan that comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import geopandas as gpd
from shapely import Polygon

from geo.catalog import Catalog, Layer
from geo.datum_shift import Datum, Shift
from geo.errors import Problem
from geo.known_places import KnownPlaces
from geo.layer_checks import Facility
from geo.property_checks import Value, property_types

MatchKey = Literal["auto", "id", "source_id", "name_address"]
MATCH_KEYS: tuple[MatchKey, ...] = get_args(MatchKey)

CONFIRMABLE = frozenset({"outside_subdistrict"})
"""Codes of warnings that somebody has to confirm before the import is written."""

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows there are."""

FieldValue = Value | Mapping[str, object] | None


@dataclass(frozen=True, eq=False)
class ImportTarget:
    """What a table is imported into.

    Attributes:
        layer: The layer.
        catalog: The catalogue.
        existing: The facilities that the layer has now, by id.
        outlines: Outlines of the subdistricts by slug, WGS-84.
        known: Places that are known, to measure a shift against; None: no shift can be named.
    """

    layer: Layer
    catalog: Catalog
    existing: Mapping[str, Facility]
    outlines: Mapping[str, Polygon] = field(default_factory=dict)
    known: KnownPlaces | None = None


@dataclass(frozen=True, eq=False)
class ImportOptions:
    """What somebody chose for an import.

    Attributes:
        new_id: Gives the id of a new facility, a ULID each time.
        datum: The datum that the positions are in; None: not declared, and then the import is refused.
        key: How rows find their facility: `auto` is the id where the row has one, else the id in the source, else
            name and address.
        subdistrict: The subdistrict that the table is about; rows that name none belong to it.
        defaults: Values for properties that neither a row nor the facility it belongs to has, such as `source`;
            `location_status` and `accuracy_m` also where the position is another one than before.
        swapped: Take the first number of a position for the latitude; only where somebody has said so.
    """

    new_id: Callable[[], str]
    datum: Datum | None = None
    key: MatchKey = "auto"
    subdistrict: str | None = None
    defaults: Mapping[str, Value] = field(default_factory=dict)
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One property, or `geometry`, as it was and as it shall be; None where there is nothing."""

    name: str
    before: FieldValue
    after: FieldValue
    moved_m: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedFacility:
    """A row that has become a facility; `row` is its number as a person sees it.

    `original` are longitude and latitude as they stood there, in the declared datum; None where no point did.
    """

    row: int
    facility: Facility
    original: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A row that changes a facility: as it is, as it shall be, and which of its fields differ.

    `original` as of `PlannedFacility`.
    """

    row: int
    before: Facility
    after: Facility
    fields: tuple[FieldChange, ...]
    original: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """What an import would do; nothing of it is done while there is a problem.

    Attributes:
        layer: Id of the layer.
        rows: Rows of the table.
        new: Facilities that the layer does not have yet.
        changed: Facilities with another value than before.
        gone: Facilities of the subdistricts that the table is about which no row belongs to. They are only listed;
            who writes the plan takes them away where somebody has asked for that.
        unchanged: Ids of facilities that stay as they are.
        problems: Every fault; each names its row and column, what stands there, and what to do.
        warnings: What is told but not refused; those of `CONFIRMABLE` want a yes.
        shift: How far rows lie from known places, where enough of them match.
        swap_offered: Whether every position would make sense with latitude and longitude swapped.
    """

    layer: str
    rows: int
    new: tuple[PlannedFacility, ...]
    changed: tuple[PlannedChange, ...]
    gone: tuple[Facility, ...]
    unchanged: tuple[str, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    shift: Shift | None = None
    swap_offered: bool = False

    @property
    def can_be_written(self) -> bool:
        """Whether nothing is at fault; warnings may still want a yes."""
        return not self.problems

    @property
    def to_confirm(self) -> tuple[Problem, ...]:
        """The warnings that somebody has to confirm before the import is written."""
        return tuple(warning for warning in self.warnings if warning.code in CONFIRMABLE)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many facilities are new, changed, gone and unchanged, and how many problems there are."""
        parts: dict[str, Sequence[object]] = {
            "new": self.new,
            "changed": self.changed,
            "gone": self.gone,
            "unchanged": self.unchanged,
            "problems": self.problems,
            "warnings": self.warnings,
        }
        return {name: len(part) for name, part in parts.items()}


def facilities_of(frame: gpd.GeoDataFrame, layer: Layer) -> dict[str, Facility]:
    """Return the facilities of a layer's frame by id (see `geo.layers.FacilityLayer`)."""
    names = list(property_types(layer))
    records = frame[names].to_dict("records")
    found: dict[str, Facility] = {}
    for feature_id, geometry, record in zip(map(str, frame.index), frame.geometry, records, strict=True):
        known = {name: value for name, value in record.items() if value is not None and value == value}  # noqa: PLR0124 - NaN
        found[feature_id] = Facility(feature_id, geometry, known)
    return found
