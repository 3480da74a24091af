"""`lifecircle import`: a table into a layer, looked at first, written as a whole or not at all."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import DataError, Problem, RequestError
from webmap.command_author import add_author, opened

if TYPE_CHECKING:
    from geo.column_mapping import ColumnMapping
    from geo.import_model import FieldChange, ImportOptions, ImportPlan
    from geo.table import Table
    from webmap.results import Results
    from webmap.revisions import Head
    from webmap.snapshot import Snapshot

_MOST_LINES = 20
_BAR_WIDTH = 30
_TOLD_EVERY_S = 1.0


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `import`."""
    from geo.datum_shift import DATUMS
    from geo.import_model import MATCH_KEYS

    command = commands.add_parser("import", help="bring a table into a layer: .csv .xlsx .geojson .gpkg .kml")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--layer", required=True, metavar="NAME", help="the layer that the table is for")
    command.add_argument("--datum", choices=DATUMS, help="the datum of the positions; without it nothing is imported")
    command.add_argument("--subdistrict", metavar="ID", help="the subdistrict that the table is about")
    command.add_argument("--map", action="append", default=[], type=_pair, metavar="COLUMN=PROPERTY", help=_MAP_HELP)
    command.add_argument("--set", action="append", default=[], type=_pair, metavar="PROPERTY=VALUE", help=_SET_HELP)
    command.add_argument("--key", choices=MATCH_KEYS, default="auto", help="how rows find their facility")
    command.add_argument("--encoding", choices=("utf-8", "gb18030"), default="utf-8", help="of a CSV file")
    command.add_argument("--swap", action="store_true", help="positions are latitude first")
    command.add_argument("--confirm", action="store_true", help="positions outside their subdistrict are meant so")
    command.add_argument("--remove-gone", action="store_true", help="take away facilities that no row belongs to")
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    command.add_argument("--json", action="store_true", help="print the plan as JSON")
    add_author(command)
    command.set_defaults(run=run_import)


_MAP_HELP = "what a column is; nothing after = leaves it out. Others are guessed from their names"
_SET_HELP = "a value for rows that say none, such as location_status=address or source=..."


def run_import(options: argparse.Namespace) -> int:
    """Plan the import, print it, and write it unless something speaks against it."""
    from geo.column_mapping import guess_mapping
    from geo.table_formats import read_table

    table = read_table(options.file.read_bytes(), options.file.name, options.encoding)
    config, results = opened()
    _check_layer(results.current(), options.layer)
    heads = _heads(results, options.layer)
    snapshot = results.current()
    mapping = guess_mapping(table, snapshot.catalog.layers[options.layer], dict(options.map))
    plan = _plan(table, mapping, snapshot, config.data / "base", options)
    unconfirmed = plan.to_confirm and not options.confirm
    writes = not (options.dry_run or plan.problems or unconfirmed)
    written = _write(plan, results, snapshot, heads, options) if writes else 0
    if options.json:
        print(json.dumps(_as_json(plan, mapping, written), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_as_text(plan, written)))
    if unconfirmed and not plan.problems and not options.dry_run:
        print(f"{len(plan.to_confirm)} position(s) want a yes: look at them, then add --confirm", file=sys.stderr)
    return 0 if options.dry_run and not plan.problems else int(not writes)


def _check_layer(snapshot: Snapshot, layer_id: str) -> None:
    if layer_id not in snapshot.catalog.layers:
        known = ", ".join(snapshot.catalog.layers)
        raise RequestError("unknown_layer", "--layer", f"no layer {layer_id!r}", f"Use one of {known}.")


def _heads(results: Results, layer_id: str) -> dict[str, Head]:
    """Return the heads of the layer; read before the plan is made, so that what is saved meanwhile is noticed."""
    from webmap.revisions import read_heads

    with results.store().reading() as connection:
        return read_heads(connection, layer_id)


def _plan(
    table: Table, mapping: ColumnMapping, snapshot: Snapshot, base: Path, options: argparse.Namespace
) -> ImportPlan:
    from geo.import_model import ImportTarget
    from geo.import_plan import plan_import
    from geo.known_places import known_places

    layer_id = options.layer
    known = known_places(base, [layer.frame for layer in snapshot.live.layers.values()])
    outlines = {slug: place.outline for slug, place in snapshot.places.items()}
    existing = snapshot.live.facilities[layer_id]
    target = ImportTarget(snapshot.catalog.layers[layer_id], snapshot.catalog, existing, outlines, known)
    return plan_import(table, mapping, target, _chosen(snapshot, options), _bar())


def _chosen(snapshot: Snapshot, options: argparse.Namespace) -> ImportOptions:
    from geo.cell_values import cell_value
    from geo.import_model import ImportOptions
    from geo.property_checks import property_types
    from webmap.fresh_ids import fresh_id

    types = property_types(snapshot.catalog.layers[options.layer])
    defaults: dict[str, Any] = {"source": options.file.name}
    for name, text in options.set:
        if name not in types:
            raise RequestError("unknown_property", "--set", f"no property {name!r}", f"Use one of {', '.join(types)}.")
        defaults[name] = cell_value(text, types[name], snapshot.catalog)
    return ImportOptions(
        fresh_id,
        options.datum,
        options.key,
        options.subdistrict,
        defaults,
        options.swap,
    )


def _write(
    plan: ImportPlan, results: Results, snapshot: Snapshot, heads: Mapping[str, Head], options: argparse.Namespace
) -> int:
    """Write the plan and return how many revisions that were."""
    from geo.datum_shift import DATUM_NAMES
    from webmap.import_writing import IMPORT, SheetSource, planned_changes, write_import
    from webmap.revisions import Authorship, ConflictError

    layer = snapshot.catalog.layers[options.layer]
    source = SheetSource(options.file.name, DATUM_NAMES[options.datum])
    changes = planned_changes(plan, layer, heads, source, remove_gone=options.remove_gone)
    why = options.why or f"{source.file}, {source.datum}"
    try:
        written = write_import(results.store(), changes, Authorship(options.who, why, IMPORT))
    except ConflictError as error:
        raise DataError(error.problems) from error
    return len(written)


def _bar() -> Callable[[int, int], None]:
    """Return a progress bar on the terminal; silent for the first second, and lines where there is no terminal."""
    began_at_s = told_at_s = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told_at_s
        now_s = time.monotonic()
        if now_s - began_at_s < _TOLD_EVERY_S or (done < total and now_s - told_at_s < _TOLD_EVERY_S / 4):
            return
        told_at_s = now_s
        filled = _BAR_WIDTH * done // max(total, 1)
        line = f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {done:,} of {total:,} rows"
        end = "\n" if done == total or not sys.stderr.isatty() else "\r"
        print(line, end=end, file=sys.stderr, flush=True)

    return tell


def _as_text(plan: ImportPlan, written: int) -> list[str]:
    counts = plan.counts
    lines = [", ".join(f"{counts[name]:,} {name}" for name in ("new", "changed", "gone", "unchanged"))]
    lines += _some("new", [f"row {item.row}: {item.facility.properties['name']}" for item in plan.new])
    lines += _some(
        "changed",
        [
            f"row {item.row}: {item.after.properties['name']}: {'; '.join(map(_field_words, item.fields))}"
            for item in plan.changed
        ],
    )
    lines += _some("gone", [f"{item.id}: {item.properties['name']}" for item in plan.gone])
    lines += _some("problem", [f"[{problem.code}] {problem}" for problem in plan.problems])
    lines += _some("warning", [f"[{warning.code}] {warning}" for warning in plan.warnings])
    if plan.swap_offered:
        lines.append("every position makes sense with latitude and longitude swapped: --swap does that")
    lines.append(f"{written:,} revision(s) written" if written else "nothing was written")
    return lines


def _some(title: str, lines: list[str]) -> list[str]:
    more = [f"{title}: {len(lines) - _MOST_LINES:,} more"] if len(lines) > _MOST_LINES else []
    return [f"{title} {line}" for line in lines[:_MOST_LINES]] + more


def _field_words(field: FieldChange) -> str:
    if field.name == "geometry":
        return "position" if field.moved_m is None else f"moved {field.moved_m:.0f} m"
    return f"{field.name} {field.before!r} -> {field.after!r}"


def _as_json(plan: ImportPlan, mapping: ColumnMapping, written: int) -> dict[str, object]:
    return {
        "layer": plan.layer,
        "rows": plan.rows,
        "counts": plan.counts,
        "mapping": dict(mapping.targets),
        "new": [{"row": item.row, "id": item.facility.id, **_named(item.facility.properties)} for item in plan.new],
        "changed": [_changed(item.row, item.after.id, item.fields) for item in plan.changed],
        "gone": [{"id": item.id, **_named(item.properties)} for item in plan.gone],
        "problems": [_told(problem) for problem in plan.problems],
        "warnings": [_told(warning) for warning in plan.warnings],
        "swap_offered": plan.swap_offered,
        "written": written,
    }


def _named(properties: Mapping[str, object]) -> dict[str, object]:
    return {"name": properties.get("name")}


def _changed(row: int, feature_id: str, fields: tuple[FieldChange, ...]) -> dict[str, object]:
    told = [
        {"name": field.name, "before": field.before, "after": field.after, "moved_m": field.moved_m} for field in fields
    ]
    return {"row": row, "id": feature_id, "fields": told}


def _told(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "where": problem.where,
        "found": problem.found,
        "remedy": problem.remedy,
        "figures": problem.figures,
    }


def _pair(text: str) -> tuple[str, str]:
    """Return the two sides of `name=value`; the name may hold no `=`."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value
