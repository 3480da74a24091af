"""`lifecircle atlas`: every resource map and evacuation sheet of a subdistrict as PDF, to print and put up."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import RequestError

if TYPE_CHECKING:
    from geo.place import Place
    from geo.resource_sheet import Origin
    from webmap.sheets import Edition
    from webmap.snapshot import Snapshot


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `atlas`."""
    atlas = commands.add_parser("atlas", help="print the resource maps of a subdistrict, one A4 page each")
    atlas.add_argument("--subdistrict", required=True, metavar="ID")
    atlas.add_argument("--out", type=Path, required=True, metavar="DIR", help="made when it is not there")
    atlas.add_argument("--lang", choices=("zh", "en"), default="zh", help="language (zh)")
    atlas.add_argument("--public-url", metavar="URL", help="where the live pages are, for the codes; none: no codes")
    atlas.set_defaults(run=run_atlas)


def run_atlas(options: argparse.Namespace) -> int:
    """Write one PDF a sheet, the evacuation sheets in a folder of their own."""
    from datetime import UTC, datetime

    from geo.resource_sheet import sheet_origins
    from webmap.config import config_from_environment
    from webmap.results import Results
    from webmap.sheets import Edition

    environment = dict(os.environ)
    if options.public_url is not None:
        environment["LIFECIRCLE_PUBLIC_URL"] = options.public_url
    config = config_from_environment(environment)
    now = Results(config).current()
    place = now.place(options.subdistrict)
    edition = Edition(options.lang, datetime.now(UTC), config.public_url)
    origins = sheet_origins(place)
    folder = _folder(options.out)
    for number, origin in enumerate(origins, start=1):
        _show_progress(number, len(origins), origin.name)
        _write_sheets(folder, now, place, (number, origin), edition)
    starts = sum(origin.lon is not None for origin in origins)
    print(f"{len(origins)} resource maps in {folder}, {starts} evacuation sheets in {folder / 'evacuation'}")
    return 0


def _write_sheets(folder: Path, now: Snapshot, place: Place, numbered: tuple[int, Origin], edition: Edition) -> None:
    """Write the sheets of one starting point."""
    from geo.evacuation import evacuation
    from geo.resource_sheet import resource_sheet
    from webmap.sheets import SHEET_PROFILE, evacuation_sheet_data, resource_map, resource_sheet_data
    from webmap.typeset import typeset

    number, origin = numbered
    name = f"{number:02}-{origin.kind}-{origin.id}.pdf"
    sheet = resource_sheet(place, now.catalog.layers, origin, now.catalog.profiles[SHEET_PROFILE])
    data = resource_sheet_data(place, now.catalog, sheet, edition, resource_map(place, sheet, edition.language))
    (folder / name).write_bytes(typeset("resource_sheet.typ", data, edition.printed))
    if origin.lon is not None and origin.lat is not None:
        data = evacuation_sheet_data(place, origin, evacuation(place, origin.name, origin.lon, origin.lat), edition)
        (folder / "evacuation" / name).write_bytes(typeset("evacuation_sheet.typ", data, edition.printed))


def _folder(out: Path) -> Path:
    """Return the folder, made with that of the evacuation sheets; RequestError where it is a file."""
    try:
        (out / "evacuation").mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise RequestError("not_a_folder", "--out", f"{out} is a file", "Name a folder") from error
    return out


def _show_progress(number: int, count: int, name: str) -> None:
    """Show how far it is: a bar on a terminal, a line a sheet elsewhere."""
    if not sys.stderr.isatty():
        print(f"{number} of {count}: {name}", file=sys.stderr)
        return
    filled = "█" * (30 * number // count)
    print(f"\r\033[K{filled:░<30} {number}/{count} {name}", end="" if number < count else "\n", file=sys.stderr)
