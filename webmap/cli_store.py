"""`lifecircle backup`, `restore`, `export` and `audit`: the store as a file, as layers, and held against itself."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import RequestError
from webmap.command_config import add_instance, config_of

if TYPE_CHECKING:
    from webmap.config import Config
    from webmap.store import Store

_TOLD_EVERY_S = 1.0
_END = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup`, `restore`, `export`, `audit verify` and `audit end`."""
    backup = commands.add_parser("backup", help="write everything that the store keeps to one file")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="make the store what a backup holds")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="even where entries are lost; the store is kept aside")
    restore.set_defaults(run=run_restore)
    export = commands.add_parser(
        "export", help="write the published layers, as canonical GeoJSON unless told otherwise"
    )
    export.add_argument("folder", type=Path, metavar="DIR")
    export.add_argument(
        "--format",
        action="append",
        choices=("geojson", "csv", "xlsx", "gpkg", "kml", "parquet", "fgb"),
        help="repeat it for several; left out: geojson, which git compares well",
    )
    export.set_defaults(run=run_export)
    audit = commands.add_parser("audit", help="hold the history against its hashes")
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("verify", help="print every problem of the history; exit 1 when there is one")
    check.add_argument("--end", type=_end, metavar="NUMBER:HASH", help="an entry that must still be there")
    check.set_defaults(run=run_verify)
    end = actions.add_parser("end", help="print number and hash of the last entry, to be kept elsewhere")
    end.set_defaults(run=run_end)
    for parser in (backup, restore, export, check, end):
        add_instance(parser)


def run_backup(options: argparse.Namespace) -> int:
    """Write a backup and print the end of its chain."""
    from webmap.backup import write_backup

    with closing(_existing_store(config_of(options))) as store:
        seq, link = write_backup(store, options.file, _progress("rows"))
    print(f"{options.file}: {seq} entries, the last is {seq}:{link}")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Restore a backup and print what was kept aside."""
    from webmap.backup import restore_backup

    config = config_of(options)
    aside = config.instance / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    with closing(_store_to_restore(config, options.file, aside, replace=options.replace)) as store:
        done = restore_backup(options.file, store, aside, _progress("rows"), replace=options.replace)
    print(f"restored: {done.seq} entries, the last is {done.seq}:{done.link}")
    if done.aside is not None:
        print(f"{done.set_aside} entries were not in the backup: the store as it was is in {done.aside}")
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write the published layers, seeding a new store first, and name the files that changed."""
    from geo.catalog import read_catalog
    from geo.place import read_outlines
    from webmap.documents import read_documents
    from webmap.layer_export import export_layers
    from webmap.live_layers import read_live_layers
    from webmap.revisions import newest_published
    from webmap.seeding import seed_store
    from webmap.store import open_store

    config = config_of(options)
    bundled = read_catalog(config.data)
    with closing(open_store(config)) as store:
        seed_store(store, config.data, bundled, read_outlines(config.data / "base" / "subdistricts.geojson"))
        with store.reading() as connection:
            seq = newest_published(connection)
            catalog = read_catalog(config.data, read_documents(connection, seq).additions)
            live = read_live_layers(connection, catalog, seq)
    formats = options.format or ["geojson"]
    changed = export_layers(live, catalog, options.folder, formats)
    for path in changed:
        print(path)
    total = len(catalog.layers) * len(set(formats))
    print(f"{len(changed)} of {total} files written to {options.folder}, as of entry {live.seq}")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Print every problem of the history."""
    from webmap.history import holds, length, verify

    with closing(_existing_store(config_of(options))) as store, store.reading() as connection:
        problems = verify(connection, _progress("entries"))
        seq, link = length(connection)
        is_kept = options.end is None or holds(connection, *options.end)
    for problem in problems:
        print(f"problem [{problem.code}] {problem}")
    if not is_kept:
        number, wanted = options.end
        print(f"problem [end_missing] entry {number} with hash {wanted} is not in the history: it was cut or rewritten")
    count = len(problems) + (not is_kept)
    print(f"{seq} entries, the last is {seq}:{link}; {count} problem(s)")
    return 1 if count else 0


def run_end(options: argparse.Namespace) -> int:
    """Print number and hash of the last entry."""
    from webmap.history import length

    with closing(_existing_store(config_of(options))) as store, store.reading() as connection:
        seq, link = length(connection)
    print(f"{seq}:{link}")
    return 0


def _existing_store(config: Config) -> Store:
    """Return the store; RequestError where there is none yet: a command that reads must not make an empty one."""
    from webmap.store import STORE_FILE, open_store

    path = config.instance / STORE_FILE
    if not config.store_url and not path.is_file():
        remedy = "Start the service once, or name the folder in --instance"
        raise RequestError("no_store", str(path), "there is no store yet", remedy)
    return open_store(config)


def _store_to_restore(config: Config, backup: Path, aside: Path, *, replace: bool) -> Store:
    """Return the store; a SQLite file that cannot be read any more is moved to `aside` where `replace` allows it."""
    from webmap.backup import check_backup
    from webmap.store import STORE_FILE, StoreError, open_store

    try:
        return open_store(config)
    except StoreError as error:
        if error.problem.code != "store_damaged" or config.store_url:
            raise
        if not replace:
            remedy = "Stop the service and add --replace; the damaged file is then kept aside"
            raise RequestError("store_damaged", error.problem.where, error.problem.found, remedy) from error
    check_backup(backup)
    for ending in ("", "-wal", "-shm"):
        path = config.instance / f"{STORE_FILE}{ending}"
        if path.exists():
            path.rename(aside.with_name(f"{aside.name}{ending}"))
    print(f"the damaged store is in {aside}; start the service again after this", file=sys.stderr)
    return open_store(config)


def _progress(what: str) -> Callable[[int, int], None]:
    """Return a teller of progress that stays silent for the first second, then speaks once a second."""
    told_at_s = [time.monotonic()]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - told_at_s[0] >= _TOLD_EVERY_S:
            told_at_s[0] = time.monotonic()
            print(f"{done:,} of {total:,} {what}", file=sys.stderr)

    return tell


def _end(text: str) -> tuple[int, str]:
    """Return the entry that `text` names: number and hash."""
    found = _END.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("write NUMBER:HASH, as `lifecircle audit end` prints it")
    return int(found[1]), found[2]
