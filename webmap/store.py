"""The store: where edits live. SQLite in the instance by default, PostgreSQL by its address in the configuration.

Writers take the whole store in turn (`BEGIN IMMEDIATE`, or one advisory lock in PostgreSQL): the history is one chain,
and a chain must not fork. Readers never wait for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from geo.errors import DataError, LifecircleError, Problem
from webmap.config import Config
from webmap.store_migrations import MIGRATIONS
from webmap.store_schema import META, METADATA

STORE_FILE = "lifecircle.db"
BUSY_TIMEOUT_S = 20
_CHAIN_LOCK = 0x4C494645
_WRITING = "lifecircle_writing"
_NO_SPACE = ("disk is full", "no space left", "could not extend file")
_READ_ONLY = ("readonly database", "read-only", "unable to open database", "permission denied")


class StoreError(LifecircleError):
    """The store cannot be read or written now; nothing was half-saved. `full` tells that the disk is."""

    def __init__(self, code: str, where: str, found: str, remedy: str) -> None:
        """Keep the fault."""
        self.problem = Problem(code, where, found, remedy)
        super().__init__(str(self.problem))

    @property
    def full(self) -> bool:
        """Return whether there is no space left."""
        return self.problem.code == "store_full"


class Store:
    """The way into one store; opened once a process, used by all its threads."""

    def __init__(self, url: str) -> None:
        """Open the store at `url` and bring its tables up to date.

        Raises:
            DataError: the address is none, or a newer Lifecircle has written the store.
            StoreError: it cannot be reached or written.
        """
        self.url = url
        self.engine = _engine(url)
        with self.writing() as connection:
            _migrate(connection, url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the store; faults become StoreError."""
        with _explained(self.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the one connection that may write; all of it is kept at the end, or nothing where an error leaves it."""
        writer = self.engine.execution_options(**{_WRITING: True})
        with _explained(self.url), writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_store(config: Config) -> Store:
    """Return the store that the configuration names, else the SQLite file in its instance."""
    if config.store_url:
        return Store(config.store_url)
    path = config.instance / STORE_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Make the folder writable, or name another in LIFECIRCLE_INSTANCE"
        raise StoreError("store_read_only", str(path), error.strerror or str(error), remedy) from error
    return Store(f"sqlite:///{path}")


def store_file(store: Store) -> Path | None:
    """Return the file of a SQLite store, None for another database."""
    url = make_url(store.url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _engine(url: str) -> Engine:
    """Return the engine of an address; DataError where it is none."""
    try:
        parsed = make_url(url)
        known = parsed.get_backend_name() in {"sqlite", "postgresql"}
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql") if known else None
    except (ArgumentError, NoSuchModuleError, ValueError):
        engine = None
    if engine is None:
        remedy = "Write sqlite:////path/to/file.db or postgresql+psycopg://user@host/database"
        raise DataError.single("bad_store_url", "LIFECIRCLE_STORE", "not the address of a store", remedy)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Make SQLite keep what it has acknowledged, through a loss of power too."""
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where it will be needed: a plain BEGIN fails half-way when another has it."""
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _migrate(connection: Connection, url: str) -> None:
    """Take every step that the store has not taken; DataError where it is newer than this code."""
    if not inspect(connection).has_table(META.name):
        METADATA.create_all(connection, tables=[META])
        connection.execute(META.insert().values(name="version", value="0"))
    has = int(connection.execute(select(META.c.value).where(META.c.name == "version")).scalar_one())
    newest = MIGRATIONS[-1].version
    if has > newest:
        found = f"its tables are of version {has}, this program knows {newest}"
        raise DataError.single("store_too_new", make_url(url).render_as_string(), found, "Use the newer Lifecircle")
    for migration in MIGRATIONS:
        if migration.version > has:
            migration.apply(connection)
    connection.execute(META.update().where(META.c.name == "version").values(value=str(newest)))


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn a database's own faults into StoreError, with what to do."""
    try:
        yield
    except DatabaseError as error:
        raise _explanation(error, make_url(url).render_as_string(hide_password=True)) from error


def _explanation(error: DatabaseError, where: str) -> Exception:
    """Return the StoreError for a fault of the database; a fault of ours (a broken constraint) stays what it is."""
    told = str(error.orig).lower()
    if any(words in told for words in _NO_SPACE):
        return StoreError("store_full", where, "the disk is full; nothing was saved", "Free some space and try again")
    if any(words in told for words in _READ_ONLY):
        remedy = "Make the file and its folder writable for the service"
        return StoreError("store_read_only", where, "the store cannot be opened for writing", remedy)
    if "malformed" in told or "not a database" in told:
        remedy = "Restore a backup: lifecircle restore FILE"
        return StoreError("store_damaged", where, f"the file is damaged: {error.orig}", remedy)
    if isinstance(error, OperationalError):
        return StoreError("store_unavailable", where, f"{error.orig}", "Try again; see that the database is running")
    return error
