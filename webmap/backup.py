"""Backup and restore of the store: one portable file for both engines, never a copy of a database's own file.

A backup is a SQLite store of its own, written from one moment of the store while others write on. A backup of either
engine can be restored into either. Sessions and counted attempts stay out: after a restore everybody logs in again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, func, select

from geo.errors import DataError, RequestError
from webmap.history import entry_hash, length, record_event, verify
from webmap.store import Store, StoreError
from webmap.store_schema import HISTORY, META, METADATA

LEFT_OUT = frozenset({"account_session", "attempts"})
_PAGE = 2000

Progress = Callable[[int, int], None]
"""Told how many rows of how many are done."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the backup's last entry and hash; how many entries only the store had, and where they are."""

    seq: int
    link: str
    set_aside: int
    aside: Path | None


def write_backup(store: Store, path: Path, told: Progress) -> tuple[int, str]:
    """Write a backup of `store` to `path`, all of it or nothing, and return its last entry's number and hash.

    Raises:
        RequestError: there is a file already, or no such folder.
        StoreError: the store cannot be read, or the disk is full.
    """
    if path.exists():
        raise RequestError("file_exists", str(path), "there is a file already", "Give another name")
    if not path.parent.is_dir():
        raise RequestError("no_folder", str(path.parent), "there is no such folder", "Make it, or name another")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
        copy = Store(f"sqlite:///{part}")
        try:
            with store.reading() as source, copy.writing() as target:
                _copy_rows(source, target, told)
                end = length(target)
        finally:
            copy.close()
        _seal(part)
        part.replace(path)
    finally:
        for name in (part.name, f"{part.name}-wal", f"{part.name}-shm"):
            part.with_name(name).unlink(missing_ok=True)
    return end


def restore_backup(backup: Path, store: Store, aside: Path, told: Progress, *, replace: bool) -> Restored:
    """Make `store` what `backup` holds, all at once; services that run on it follow at their next answer.

    Where the store has entries that the backup lacks it is written to `aside` first, and nothing is done without
    `replace`. That the store was restored is itself an entry, after the backup's own.

    Raises:
        DataError: the backup is damaged, its chain is broken, or a newer Lifecircle has written it.
        RequestError: the store has entries that the backup lacks, and `replace` was not asked for.
    """
    with _checked_backup(backup) as source:
        seq, link = length(source)
        with store.writing() as target:
            lost = _entries_only_in(target, source)
            if lost and not replace:
                found = f"{lost} entries of the store are not in {backup.name}"
                raise RequestError("store_has_more", "the store", found, "Add --replace; the store is then kept aside")
            if lost:
                write_backup(store, aside, lambda _done, _of: None)
            for table in reversed(METADATA.sorted_tables):
                target.execute(table.delete() if table is not META else META.delete().where(META.c.name != "version"))
            _copy_rows(source, target, told)
            details = {"backup": backup.name, "entries": seq, "set_aside": lost}
            record_event(target, "command", "restore", "a backup took the store's place", details)
    return Restored(seq, link, lost, aside if lost else None)


def check_backup(backup: Path) -> None:
    """Raise DataError where `backup` could not be restored, with every problem."""
    with _checked_backup(backup):
        return


@contextmanager
def _checked_backup(backup: Path) -> Iterator[Connection]:
    """Give what a backup holds, after its chain was verified."""
    with _opened_backup(backup) as copy, copy.reading() as connection:
        problems = verify(connection)
        if problems:
            raise DataError(problems)
        yield connection


def _entries_only_in(target: Connection, source: Connection) -> int:
    """Return how many entries of `target` come after the last that it shares with `source`."""
    low, high = 0, length(target)[0]
    end = high
    while low < high:  # the chains agree up to some entry and nowhere after it
        middle = (low + high + 1) // 2
        link = entry_hash(target, middle)
        if link is not None and link == entry_hash(source, middle):
            low = middle
        else:
            high = middle - 1
    return end - low


def _copy_rows(source: Connection, target: Connection, told: Progress) -> None:
    """Copy every row of every kept table; the version of the tables is the target's own."""
    tables = [table for table in METADATA.sorted_tables if table.name not in LEFT_OUT]
    total = sum(source.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    done = 0
    for table in tables:
        for rows in _pages(source, table):
            kept = [row for row in rows if not (table is META and row["name"] == "version")]
            if kept:
                target.execute(table.insert(), kept)
            done += len(rows)
            told(done, total)


def _pages(source: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    """Yield a table's rows, some thousands at a time, the history in its order."""
    query = select(table).order_by(*table.primary_key.columns)
    found = source.execution_options(yield_per=_PAGE).execute(query)
    for part in found.partitions():
        yield [row._asdict() for row in part]


def _seal(part: Path) -> None:
    """Make a finished backup one file, and see it on the disk."""
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    for path in (part, part.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _opened_backup(backup: Path) -> Iterator[Store]:
    """Open a copy of a backup with its tables brought up to date; the backup itself is not touched."""
    with tempfile.TemporaryDirectory(prefix="lifecircle-") as folder:
        copy = Path(folder) / "backup.db"
        shutil.copyfile(backup, copy)
        _require_backup(copy, backup)
        try:
            store = Store(f"sqlite:///{copy}")
        except StoreError as error:
            raise _damaged(backup, error.problem.found) from error
        try:
            yield store
        finally:
            store.close()


def _require_backup(copy: Path, backup: Path) -> None:
    """Raise DataError where a file is no whole SQLite database with a history."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise _damaged(backup, str(error)) from error
    if faults != ["ok"]:
        raise _damaged(backup, faults[0])
    if HISTORY.name not in tables:
        raise _damaged(backup, "there is no history in it")


def _damaged(backup: Path, found: str) -> DataError:
    return DataError.single("backup_damaged", str(backup), found, "Take another backup; the store was not touched")
