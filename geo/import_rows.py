"""One row of a table to the facility that it describes, by the rules of what a row may leave open.

- An empty cell of a mapped column means that nothing is known; a property without a column keeps its value. Location
  status and accuracy belong to the position: they are kept with it.
- A row without a position is unlocated; a table without columns for positions leaves every position as it is.
- How a position is known is never guessed: a new or moved position needs a location status, from its row or from
  whoever imports. A position that has not moved keeps the status it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from shapely.geometry.base import BaseGeometry

from geo.cell_values import cell_value
from geo.column_mapping import LEFT_OUT, PLACE_TARGETS, ColumnMapping
from geo.datum import geodesic_lengths_m
from geo.errors import Problem
from geo.import_matching import RowKey
from geo.import_model import FieldChange, ImportOptions, ImportTarget
from geo.layer_checks import Facility, Schema, read_feature
from geo.layers import facility_feature
from geo.property_checks import Problems, Value, property_types
from geo.table import Table

_FEATURE_WORDS = re.compile(r" \(feature .*\)\Z", re.DOTALL)
_OF_THE_POSITION = frozenset({"location_status", "accuracy_m"})
_NOT_OF_A_FAULTY_POSITION = frozenset({"missing_geometry", "unexpected_geometry", "location_status_missing"})


@dataclass(frozen=True, slots=True)
class RowContext:
    """What the rows of one table have in common."""

    table: Table
    mapping: ColumnMapping
    target: ImportTarget
    options: ImportOptions
    schema: Schema
    positions_said: bool


@dataclass(frozen=True, slots=True)
class RowPosition:
    """The position of a row, WGS-84; `faulty` where it has one that cannot be read."""

    geometry: BaseGeometry | None
    faulty: bool


def row_values(context: RowContext) -> list[dict[str, object]]:
    """Return the values that each row says, by property; None where its cell is empty."""
    types = property_types(context.target.layer)
    mapped = [
        (context.table.columns.index(column), types[target])
        for column, target in context.mapping.targets.items()
        if target not in PLACE_TARGETS and target != LEFT_OUT
    ]
    catalog = context.target.catalog
    return [{kind.name: cell_value(row[place], kind, catalog) for place, kind in mapped} for row in context.table.rows]


def row_keys(context: RowContext, values: list[dict[str, object]]) -> list[RowKey]:
    """Return what of each row may say which facility it is."""
    id_column = context.mapping.column_of("id")
    id_at = None if id_column is None else context.table.columns.index(id_column)
    return [
        RowKey(
            context.table.place(index),
            context.table.row_numbers[index],
            None if id_at is None else context.table.rows[index][id_at],
            said.get("source_id"),
            said.get("name"),
            said.get("address"),
            said.get("subdistrict") or context.options.subdistrict,
        )
        for index, said in enumerate(values)
    ]


def read_row(
    context: RowContext,
    row: tuple[int, Mapping[str, object]],
    position: RowPosition,
    before: Facility | None,
    own_id: str,
    problems: Problems,
) -> Facility | None:
    """Return the facility that a row describes, or None with every fault added to `problems`.

    Args:
        context: What the rows have in common.
        row: The index of the row and the values that it says.
        position: Its position.
        before: The facility that it belongs to, None for a new one.
        own_id: The id of the facility.
        problems: Problems found so far.
    """
    index, said = row
    geometry = position.geometry
    if not context.positions_said or position.faulty:
        geometry = None if before is None else before.geometry
    properties = _merged(context.options, said, before)
    faults: Problems = []
    properties |= _of_position(context.options, said, (geometry, before), faults)
    known = {name: value for name, value in properties.items() if value is not None}
    raw = Facility(
        own_id, geometry, cast("Mapping[str, Value]", known)
    )  # cells as they stand: read_feature checks them
    feature = facility_feature(raw, context.target.layer)
    facility = read_feature(feature, "", context.schema, faults)
    if any(fault.code == "location_status_missing" for fault in faults):
        faults = [fault for fault in faults if "'location_status'" not in fault.found]
    if position.faulty:
        faults = [fault for fault in faults if fault.code not in _NOT_OF_A_FAULTY_POSITION]
    problems += [_placed(fault, context, index) for fault in faults]
    return None if position.faulty or any(not fault.warning for fault in faults) else facility


def field_changes(before: Facility, after: Facility) -> tuple[FieldChange, ...]:
    """Return the properties that differ between two versions of a facility, and the geometry where it does."""
    names = dict.fromkeys([*before.properties, *after.properties])
    changes = [
        FieldChange(name, before.properties.get(name), after.properties.get(name))
        for name in names
        if before.properties.get(name) != after.properties.get(name)
    ]
    if not _same_place(before.geometry, after.geometry):
        changes.append(_move(before, after))
    return tuple(changes)


def _merged(options: ImportOptions, said: Mapping[str, object], before: Facility | None) -> dict[str, object]:
    """Return the properties of a row over those of its facility, and the defaults where neither has one."""
    kept: dict[str, object] = dict(before.properties) if before is not None else {}
    properties = kept | {name: _as_before(value, kept.get(name)) for name, value in said.items()}
    defaults: dict[str, Value] = dict(options.defaults)
    if options.subdistrict is not None:
        defaults.setdefault("subdistrict", options.subdistrict)
    for name, value in defaults.items():
        if properties.get(name) is None and name not in _OF_THE_POSITION:
            properties[name] = value
    return properties


def _as_before(value: object, before: object) -> object:
    """Return a text as the facility has it where they differ in blanks at their ends alone."""
    same = isinstance(value, str) and isinstance(before, str) and before.strip() == value
    return before if same else value


def _of_position(
    options: ImportOptions,
    said: Mapping[str, object],
    places: tuple[BaseGeometry | None, Facility | None],
    faults: Problems,
) -> dict[str, object]:
    """Return location status and accuracy of a row: its own, or what its position allows to be kept or filled in."""
    geometry, before = places
    stayed = before is not None and _same_place(before.geometry, geometry)
    kept: Mapping[str, object] = before.properties if before is not None and stayed else {}
    filled: Mapping[str, object] = {"location_status": "unlocated"} if geometry is None else options.defaults
    found = {name: said.get(name) or kept.get(name) or filled.get(name) for name in sorted(_OF_THE_POSITION)}
    if found["location_status"] is None:
        remedy = "Add a column for the location status, or say for all rows how their positions are known"
        words = "the position is new here, and nothing says how it is known"
        faults.append(Problem("location_status_missing", "/properties/location_status", words, remedy))
    return found


def _same_place(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.normalize().equals_exact(other.normalize(), 1e-9))


def _move(before: Facility, after: Facility) -> FieldChange:
    ends = [facility.geometry for facility in (before, after)]
    points = [None if end is None else end.representative_point() for end in ends]
    moved_m = None
    if points[0] is not None and points[1] is not None:
        moved_m = round(float(geodesic_lengths_m(points[0].x, points[0].y, points[1].x, points[1].y)[0]), 1)
    shown = [None if end is None else end.__geo_interface__ for end in ends]
    return FieldChange("geometry", shown[0], shown[1], moved_m)


def _placed(fault: Problem, context: RowContext, index: int) -> Problem:
    """Return a fault of a feature with the row and column that it came from, and its words without the made-up id."""
    name = fault.where.removeprefix("/properties/").partition("/")[0] if "/properties/" in fault.where else ""
    column = context.mapping.column_of(name) if name else None
    if fault.where.startswith("/geometry") and context.table.geometries is not None:
        column = "geometry"
    figures: dict[str, float | int | str] = {**fault.figures, "row": context.table.row_numbers[index]}
    if column or name:
        figures["column"] = column or name
    found = _FEATURE_WORDS.sub("", fault.found)
    if fault.code == "missing_property" and fault.where == "/properties":
        found = f"{found}: neither a column nor a value for all rows gives it"
    return replace(fault, where=context.table.place(index, column), found=found, figures=figures)
