"""A table to what it would change in a layer: new, changed, gone and unchanged facilities, and every fault.

Nothing is written here. A plan with a problem is never written, not even the rows that have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geo.column_mapping import ColumnMapping, mapping_problems
from geo.errors import Problem
from geo.geometry_checks import distances_outside_m
from geo.import_matching import Match, match_rows
from geo.import_model import (
    ImportOptions,
    ImportPlan,
    ImportTarget,
    PlannedChange,
    PlannedFacility,
    Progress,
)
from geo.import_positions import Positions, datum_problems, read_positions
from geo.import_rows import RowContext, RowPosition, field_changes, read_row, row_keys, row_values
from geo.layer_checks import Facility, Schema, outside_warning
from geo.property_checks import Problems
from geo.table import Table

_ROWS_BETWEEN_REPORTS = 250
MOST_PROBLEMS = 10_000
"""After this many problems and warnings no further row is looked at: nobody corrects more of them one by one."""


def plan_import(
    table: Table,
    mapping: ColumnMapping,
    target: ImportTarget,
    options: ImportOptions,
    progress: Progress | None = None,
) -> ImportPlan:
    """Return what importing a table into a layer would do.

    Args:
        table: The table.
        mapping: Which column is what; one that cannot be used is a problem, and then no row is looked at.
        target: What the table is imported into.
        options: What somebody chose; without a declared datum the plan has a problem, whatever the table holds.
        progress: Told now and then how many rows are done.
    """
    unusable = [*_option_problems(options, target), *mapping_problems(mapping, table, target.layer)]
    if unusable:
        return _refused(target, table, [*datum_problems(options.datum, None), *unusable, *table.problems])
    problems: Problems = list(table.problems)
    positions = read_positions(table, mapping, target, options)
    problems += positions.problems
    schema = Schema(target.layer, target.catalog, {})  # outlines are held against all rows at once
    context = RowContext(table, mapping, target, options, schema, positions.said)
    values = row_values(context)
    matches = match_rows(row_keys(context, values), target.existing, options.key, problems)
    read = _read_rows(context, values, positions, matches, progress, problems)
    problems += _outside_warnings(context, read)
    return _sorted_out(context, positions, list(zip(matches, read, strict=True)), problems)


def _option_problems(options: ImportOptions, target: ImportTarget) -> list[Problem]:
    if options.subdistrict is None or options.subdistrict in target.catalog.subdistricts:
        return []
    remedy = f"Choose one of {', '.join(target.catalog.subdistricts)}"
    return [Problem("unknown_subdistrict", "subdistrict", f"there is no subdistrict {options.subdistrict!r}", remedy)]


def _refused(target: ImportTarget, table: Table, problems: Problems) -> ImportPlan:
    faults = tuple(problem for problem in problems if not problem.warning)
    warnings = tuple(problem for problem in problems if problem.warning)
    return ImportPlan(target.layer.id, len(table), (), (), (), (), faults, warnings)


def _read_rows(
    context: RowContext,
    values: list[dict[str, object]],
    positions: Positions,
    matches: Sequence[Match],
    progress: Progress | None,
    problems: Problems,
) -> list[Facility | None]:
    faulty = {problem.figures.get("row") for problem in positions.problems if not problem.warning}
    read: list[Facility | None] = []
    for index, (said, match) in enumerate(zip(values, matches, strict=True)):
        if match.refused or len(problems) > MOST_PROBLEMS:
            read.append(None)
            continue
        position = RowPosition(positions.geometries[index], context.table.row_numbers[index] in faulty)
        own_id = match.existing.id if match.existing is not None else match.own_id or context.options.new_id()
        read.append(read_row(context, (index, said), position, match.existing, own_id, problems))
        if progress is not None and (index + 1) % _ROWS_BETWEEN_REPORTS == 0:
            progress(index + 1, len(values))
    if len(problems) > MOST_PROBLEMS:
        found = f"there are more than {MOST_PROBLEMS:,} problems and warnings; the rows after them were not looked at"
        problems.append(Problem("too_many_problems", "table", found, "Correct what the first ones have in common"))
    if progress is not None and len(values) % _ROWS_BETWEEN_REPORTS:
        progress(len(values), len(values))
    return read


def _outside_warnings(context: RowContext, read: Sequence[Facility | None]) -> Problems:
    """Return a warning for each row that lies outside the outline of its subdistrict, with its distance."""
    warnings: dict[int, Problem] = {}
    for slug, outline in context.target.outlines.items():
        mine = [k for k, facility in enumerate(read) if facility and facility.properties.get("subdistrict") == slug]
        shapes = np.array([facility.geometry for k in mine if (facility := read[k])], dtype=object)
        for k, distance_m in zip(mine, distances_outside_m(shapes, outline), strict=True):
            if distance_m > 0:
                warning = outside_warning(float(distance_m), slug, context.table.place(k))
                figures = warning.figures | {"row": context.table.row_numbers[k]}
                name = getattr(read[k], "properties", {}).get("name")
                warnings[k] = replace(warning, found=f"{warning.found} ({name})", figures=figures)
    return [warnings[k] for k in sorted(warnings)]


def _sorted_out(
    context: RowContext, positions: Positions, rows: list[tuple[Match, Facility | None]], problems: Problems
) -> ImportPlan:
    """Return the plan: each row is a new facility, a change or none, and what no row belongs to is gone."""
    new: list[PlannedFacility] = []
    changed: list[PlannedChange] = []
    unchanged: list[str] = []
    numbered = zip(context.table.row_numbers, rows, positions.originals, strict=True)
    for number, (match, facility), original in numbered:
        if facility is None:
            continue
        if match.existing is None:
            new.append(PlannedFacility(number, facility, original))
        elif fields := field_changes(match.existing, facility):
            changed.append(PlannedChange(number, match.existing, facility, fields, original))
        else:
            unchanged.append(facility.id)
    return replace(
        _refused(context.target, context.table, problems),
        new=tuple(new),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        gone=_gone(context, rows),
        shift=positions.shift,
        swap_offered=positions.swap_offered,
    )


def _gone(context: RowContext, rows: list[tuple[Match, Facility | None]]) -> tuple[Facility, ...]:
    """Return the facilities that no row belongs to, in the subdistricts that the table is about."""
    if context.options.subdistrict is not None:
        about = {context.options.subdistrict}
    else:
        about = {str(facility.properties["subdistrict"]) for _, facility in rows if facility is not None}
    matched = {match.existing.id for match, _ in rows if match.existing is not None}
    return tuple(
        facility
        for feature_id, facility in sorted(context.target.existing.items())
        if feature_id not in matched and facility.properties.get("subdistrict") in about
    )
