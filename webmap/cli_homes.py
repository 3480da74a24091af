"""`lifecircle homes`: compounds, buildings or a population raster in the place of modelled people."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import DataError
from webmap.command_author import add_author, authorship, opened, settled, withdraw

if TYPE_CHECKING:
    from geo.catalog_model import LocalText
    from geo.homes import Homes
    from geo.place import Place
    from webmap.config import Config

_RASTERS = (".tif", ".tiff")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `homes import`, `homes remove` and `homes list`."""
    homes = commands.add_parser("homes", help="bring homes in the place of modelled people")
    actions = homes.add_subparsers(required=True, metavar="ACTION")
    _add_import(actions)
    remove = actions.add_parser("remove", help="go back to modelled people; the homes stay in the history")
    remove.add_argument("--subdistrict", required=True, metavar="ID")
    add_author(remove)
    remove.set_defaults(run=run_remove)
    listing = actions.add_parser("list", help="what the people of each subdistrict rest on")
    listing.set_defaults(run=run_list)


def _add_import(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `homes import`."""
    from geo.datum_shift import DATUMS

    add = actions.add_parser("import", help="take homes from files; all of them or none")
    add.add_argument("files", type=Path, nargs="+", metavar="FILE", help=".csv .xlsx .geojson .gpkg .kml, or one .tif")
    add.add_argument("--subdistrict", required=True, metavar="ID")
    add.add_argument("--as", dest="kind", choices=("compounds", "buildings"), default="compounds", help="what a row is")
    add.add_argument("--datum", choices=DATUMS, help="datum of the positions, where the file does not declare it")
    add.add_argument("--encoding", choices=("utf-8", "gb18030"), default="utf-8", help="of a CSV file")
    add.add_argument("--source", required=True, metavar="TEXT", help="where the numbers are from, for the pages")
    add.add_argument("--household-people", type=float, metavar="N", help="people in a household, to work out either")
    add.add_argument("--leave-out-outside", action="store_true", help="leave out homes outside the subdistrict")
    add.add_argument(
        "--group-name", action="append", default=[], metavar="COLUMN=中文|English", help="name of a group of people"
    )
    add.add_argument("--dry-run", action="store_true", help="show what it comes to, and take nothing")
    add_author(add)
    add.set_defaults(run=run_import)


@dataclass(frozen=True, eq=False)
class _Brought:
    """Homes of all files, and what is told of them."""

    homes: Homes
    warnings: tuple[Any, ...]


def run_import(options: argparse.Namespace) -> int:
    """Check the homes, reconcile their total, and take them."""
    from geo.homes import homes_bytes
    from webmap.own_places import homes_file
    from webmap.taking import Wish, take_documents

    config, results = opened()
    place = results.current().place(options.subdistrict)
    brought = _brought(options, place, config)
    for warning in brought.warnings:
        print(f"warning: {warning}")
    print(_reconciled(brought.homes, place))
    if options.dry_run:
        print("Nothing was changed.")
        return 0
    raw, digest = homes_bytes(brought.homes)
    path = homes_file(config, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    body = _document(options, brought.homes, digest)
    why = f"homes from {', '.join(file.name for file in options.files)}"
    take_documents(config, results.store(), [Wish("@homes", options.subdistrict, body)], authorship(options, why))
    settled(results)
    print(f"{options.subdistrict}: figures now rest on these {len(brought.homes.frame)} {brought.homes.kind}")
    return 0


def _brought(options: argparse.Namespace, place: Place, config: Config) -> _Brought:
    """Return the homes of the files."""
    if any(path.suffix.lower() in _RASTERS for path in options.files):
        from geo.homes_raster import read_homes_raster

        if len(options.files) > 1:
            raise DataError.single("several_rasters", "FILE", "more than one file", "Bring one raster")
        options.files[0].stat()
        return _Brought(read_homes_raster(options.files[0], place.outline, options.household_people), ())
    return _from_tables(options, place, config)


def _from_tables(options: argparse.Namespace, place: Place, config: Config) -> _Brought:
    """Return the homes of tables, as one."""
    from geo.homes_table import HomesOptions, join_homes, read_homes_table
    from geo.known_places import known_places
    from geo.table_formats import read_table

    chosen = HomesOptions(
        kind=options.kind,
        unit=place.subdistrict.population.unit,
        outline=place.outline,
        datum=options.datum,
        household_people=options.household_people,
        leave_out_outside=options.leave_out_outside,
        group_names=dict(_group_name(text) for text in options.group_name),
        known=known_places(config.data / "base", [layer.frame for layer in place.layers.values()]),
    )
    readings = [
        read_homes_table(read_table(path.read_bytes(), path.name, options.encoding), path.name, chosen)
        for path in options.files
    ]
    return _Brought(join_homes([one.homes for one in readings]), tuple(w for one in readings for w in one.warnings))


def _group_name(text: str) -> tuple[str, LocalText]:
    """Return column and names of `age_60_plus=60 岁以上|aged 60 and over`."""
    from geo.catalog_model import LocalText

    column, _, names = text.partition("=")
    zh, _, en = names.partition("|")
    if not (column and zh):
        raise DataError.single("bad_group_name", "--group-name", f"{text[:60]!r}", "Write COLUMN=中文|English")
    return column, LocalText(zh, en or zh)


def _reconciled(homes: Homes, place: Place) -> str:
    """Return how the homes' total compares with what the subdistrict states."""
    stated = place.subdistrict.population
    total = homes.total(stated.unit)
    told = f"{len(homes.frame):,} {homes.kind}, {total:,.0f} {stated.unit}, {homes.with_gates} with gates"
    if homes.groups:
        told += f", groups: {', '.join(group.id for group in homes.groups)}"
    if stated.value is None:
        return f"{told}; the subdistrict states no total to compare with"
    difference = total - stated.value
    return f"{told}; the subdistrict states {stated.value:,}: {difference:+,.0f} ({difference / stated.value:+.1%})"


def _document(options: argparse.Namespace, homes: Homes, digest: str) -> dict[str, Any]:
    """Return what is kept of imported homes beside their table."""
    import math

    totals = {unit: homes.total(unit) for unit in ("people", "households") if not homes.frame[unit].isna().all()}
    return {
        "kind": homes.kind,
        "file": digest,
        "rows": len(homes.frame),
        **{unit: round(total, 2) for unit, total in totals.items() if math.isfinite(total)},
        "with_gates": homes.with_gates,
        "groups": [{"id": group.id, "zh": group.name.zh, "en": group.name.en} for group in homes.groups],
        "source": options.source,
        "files": [path.name for path in options.files],
        "household_people": options.household_people,
    }


def run_remove(options: argparse.Namespace) -> int:
    """Go back to modelled people."""
    place = withdraw("@homes", options.subdistrict, options, "homes taken away").place(options.subdistrict)
    print(f"{options.subdistrict}: people are {place.basis.kind} again")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print what the people of each subdistrict rest on."""
    del options
    _, results = opened()
    for name, place in results.current().places.items():
        basis, unit = place.basis, place.subdistrict.population.unit
        against = "" if basis.difference is None else f", {basis.difference:+,.0f} against the stated {basis.stated:,}"
        print(f"{name}: {basis.kind}, {len(place.demand):,} points, {basis.total:,.0f} {unit}{against}  {basis.source}")
    return 0
