"""`lifecircle committees`: outlines of residents' committees, in the place of groups by the nearest on foot."""

from __future__ import annotations

import argparse
from pathlib import Path

from webmap.command_author import add_author, authorship, opened, settled, withdraw


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `committees import`, `committees remove` and `committees list`."""
    from geo.datum_shift import DATUMS

    committees = commands.add_parser("committees", help="bring the outlines of residents' committees")
    actions = committees.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("import", help="take outlines from a file; all of them or none")
    add.add_argument("file", type=Path, metavar="FILE", help=".geojson .gpkg .kml, one row a committee")
    add.add_argument("--subdistrict", required=True, metavar="ID")
    add.add_argument("--datum", choices=DATUMS, help="datum of the file, where it does not declare WGS-84 or CGCS2000")
    add.add_argument("--source", required=True, metavar="TEXT", help="where the outlines are from, for the pages")
    add_author(add)
    add.set_defaults(run=run_import)
    remove = actions.add_parser("remove", help="go back to groups by the nearest on foot; the outlines stay kept")
    remove.add_argument("--subdistrict", required=True, metavar="ID")
    add_author(remove)
    remove.set_defaults(run=run_remove)
    listing = actions.add_parser("list", help="every committee, and what it is known by")
    listing.set_defaults(run=run_list)


def run_import(options: argparse.Namespace) -> int:
    """Check the outlines and take them."""
    from geo.committee_outlines import outlines_to_document, read_committee_outlines
    from geo.committees import read_committees
    from geo.table_formats import read_table
    from webmap.taking import Wish, take_documents

    config, results = opened()
    place = results.current().place(options.subdistrict)
    name = options.file.name
    known = read_committees(config.data / "base" / "committees.geojson", options.subdistrict)
    table = read_table(options.file.read_bytes(), name)
    outlines = read_committee_outlines(table, name, options.datum, place.outline, known)
    body = {"areas": outlines_to_document(outlines), "file": name, "source": options.source}
    wish = Wish("@committees", options.subdistrict, body)
    take_documents(config, results.store(), [wish], authorship(options, f"outlines from {name}"))
    committees = settled(results).place(options.subdistrict).committees
    left = f"; without an outline: {', '.join(committees.unplaced)}" if committees.unplaced else ""
    print(f"{options.subdistrict}: {len(committees.groups)} committees by their outlines{left}")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Take the outlines away."""
    withdraw("@committees", options.subdistrict, options, "outlines taken away")
    print(f"{options.subdistrict}: people are grouped by the nearest committee on foot again")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every committee."""
    del options
    _, results = opened()
    for name, place in results.current().places.items():
        for group in place.committees.groups:
            by = "outline" if group.outline is not None else f"position, off by up to {group.accuracy_m:g} m"
            print(f"{name}  {', '.join(group.codes)}  {', '.join(group.names)}  {by}")
        for unplaced in place.committees.unplaced:
            print(f"{name}  -  {unplaced}  not placed")
    return 0
