"""The store: where edits live. SQLite in the instance by default, PostgreSQL by its address in the configuration.

Writers take the whole store in turn (`BEGIN IMMEDIATE`, or one advisory lock in PostgreSQL): the history is one chain,
and a chain must not fork. Readers never wait for them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
        self._reader = self._reading_engine()
        self._watching = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the store; faults become StoreError."""
        with _explained(self.url), self._reader.connect() as connection:
            yield connection

    def mark(self) -> int | None:
        """Return a number that is another one as soon as anybody has written to the store; None where it has none.

        It costs microseconds, so that it can be asked before every answer.
        """
        if self.engine.dialect.name != "sqlite":
            return None
        with self._watching:
            try:
                if self._watch is None:
                    self._watch = _watching_connection(self.url)
                return int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                return None  # whoever asks the store itself then gets the fault explained

    @contextmanager
    def writing(self, patience_s: float | None = None) -> Iterator[Connection]:
        """Give the one connection that may write; all of it is kept at the end, or nothing where an error leaves it.

        In SQLite it waits `patience_s` for another writer to end, `BUSY_TIMEOUT_S` where that is not said.
        """
        writer = self.engine.execution_options(**{_WRITING: BUSY_TIMEOUT_S if patience_s is None else patience_s})
        with _explained(self.url), writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self.engine.dispose()

    def _bring_up_to_date(self) -> None:
        """Take the steps that are missing; nothing is written, and nobody waited for, where none is."""
        with self.reading() as connection:
            has = _version(connection)
        if has != MIGRATIONS[-1].version:
            with self.writing() as connection:
                _migrate(connection, self.url)

    def _reading_engine(self) -> Engine:
        """Return the engine of readers: PostgreSQL must be told that a reader wants to see one moment only."""
        if self.engine.dialect.name == "sqlite":
            return self.engine
        return self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def open_store(config: Config) -> Store:
    """Return the store that the configuration names, else the SQLite file in its instance."""
    if config.store_url:
        return Store(config.store_url)
    path = config.instance / STORE_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)  # it holds the hashes of passwords
    except OSError as error:
        remedy = "Make the folder writable, or name another in LIFECIRCLE_INSTANCE"
        raise StoreError("store_read_only", str(path), error.strerror or str(error), remedy) from error
    return Store(f"sqlite:///{path}")


def _engine(url: str) -> Engine:
    """Return the engine of an address; DataError where it is none."""
    try:
        parsed = make_url(url)
        known = parsed.get_backend_name() in {"sqlite", "postgresql"}
        is_remote = parsed.get_backend_name() == "postgresql"
        # An error goes to the log; what was to be saved does not.
        engine = create_engine(parsed, pool_pre_ping=is_remote, hide_parameters=True) if known else None
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


def _watching_connection(url: str) -> sqlite3.Connection:
    """Return a connection that never writes: its `data_version` changes with what anybody else commits."""
    path = make_url(url).database or ""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where it will be needed: a plain BEGIN fails half-way when another has it."""
    patience_s = connection.get_execution_options().get(_WRITING)
    if patience_s is not None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={round(patience_s * 1000)}")
    connection.exec_driver_sql("BEGIN" if patience_s is None else "BEGIN IMMEDIATE")


def _version(connection: Connection) -> int | None:
    """Return the version of the store's tables, None where it has none yet."""
    if not inspect(connection).has_table(META.name):
        return None
    return int(connection.execute(select(META.c.value).where(META.c.name == "version")).scalar_one())


def _migrate(connection: Connection, url: str) -> None:
    """Take every step that the store has not taken; DataError where it is newer than this code."""
    has = _version(connection)
    if has is None:
        METADATA.create_all(connection, tables=[META])
        connection.execute(META.insert().values(name="version", value="0"))
        has = 0
    newest = MIGRATIONS[-1].version
    if has > newest:
        found = f"its tables are of version {has}, this program knows {newest}"
        where = make_url(url).render_as_string(hide_password=True)
        raise DataError.single("store_too_new", where, found, "Use the newer Lifecircle")
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
