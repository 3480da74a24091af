"""The current snapshot: inputs are read again when a file has changed, layers when the store has something new."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from geo.assessment import read_outlines
from geo.catalog import read_catalog
from geo.errors import DataError, LifecircleError
from webmap.config import Config
from webmap.confirmed_claims import ConfirmedClaims, confirmed_changed, read_confirmed
from webmap.documents import documents_changed, read_documents
from webmap.history import holds
from webmap.live_layers import brought_forward, read_live_layers
from webmap.own_places import read_places
from webmap.past import inputs_of, record_inputs, require_same_inputs
from webmap.report_store import known_indicators, read_reports, require_places
from webmap.revisions import newest_published, published_at
from webmap.seeding import seed_store
from webmap.snapshot import Snapshot
from webmap.store import Store, open_store

_log = logging.getLogger("lifecircle")
_Fingerprint = tuple[tuple[str, int, int], ...]
_KEPT_DAYS = 4
_KEPT_BY_HASH = re.compile(r"\.?[0-9a-f]{64}\..*")  # never written again: a document says when one is in use


@dataclass(frozen=True, slots=True)
class _Standing:
    """The snapshot that stands, and the files that it was read from."""

    snapshot: Snapshot
    fingerprint: _Fingerprint


class Results:
    """Gives the current snapshot; asks the store at every call, and looks at the files' dates now and then."""

    def __init__(self, config: Config) -> None:
        """Remember where the data is; nothing is read yet."""
        self._config = config
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._standing: _Standing | None = None
        self._past: dict[tuple[str, int], Snapshot] = {}
        self._looked_at_s = 0.0
        self._mark: int | None = None
        self.fault: LifecircleError | None = None

    @property
    def config(self) -> Config:
        """Return the configuration that these results are of."""
        return self._config

    def store(self) -> Store:
        """Return the store, opened at the first call; StoreError or DataError where it cannot be."""
        with self._lock:
            return self._opened()

    def close(self) -> None:
        """Give back every connection to the store; the next call opens it again, what was read stands."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = self._mark = None

    def current(self) -> Snapshot:
        """Return the snapshot of the newest layers and of the newest files that can be read.

        Raises:
            DataError: when nothing could be read yet. Once something stands, files that cannot be read leave it
                standing, and `fault` says why.
            StoreError: the store cannot be read.
        """
        with self._lock:
            now_s = time.monotonic()
            if self._standing is None or now_s - self._looked_at_s >= self._config.recheck_s:
                self._standing = self._refreshed(self._standing)
                self._looked_at_s = time.monotonic()
                self._mark = None
            # Taken before the store is asked: what is committed in between is seen at the next call.
            mark = self._opened().mark()
            if mark is None or mark != self._mark:
                self._standing = self._followed_or_kept(self._standing)
                self._mark = mark
            return self._standing.snapshot

    def as_of(self, day: str, until: str) -> Snapshot:
        """Return the snapshot of a past day; `until` is the day's end as the history keeps times.

        Raises:
            NotFoundError: nothing is known of that day.
            PastInputsError: streets, people, rules or claims have changed since: figures of that day cannot be had.
        """
        now = self.current()
        with self._lock:
            with self._opened().reading() as connection:
                seq = published_at(connection, until)
                require_same_inputs(connection, inputs_of(now.places), day, seq)
                key = (day, seq)
                past = self._past.get(key)
                if past is None or past.catalog is not now.catalog:
                    # Where nothing was published since, the day's layers are today's, with every answer.
                    is_same = seq >= now.live.seq
                    live = now.live if is_same else read_live_layers(connection, now.catalog, seq)
                    past = now.brought_to(live, as_of=day)
                    if confirmed_changed(connection, seq, now.live.seq):
                        past = _with_confirmed(self._config, past, read_confirmed(connection, seq))
            self._past[key] = past
            while len(self._past) > _KEPT_DAYS:
                del self._past[next(iter(self._past))]
            return past

    def _opened(self) -> Store:
        if self._store is None:
            self._store = open_store(self._config)
        return self._store

    def _followed_or_kept(self, standing: _Standing) -> _Standing:
        """Return what `_followed` gives; where what was published does not fit the catalogue, what stands."""
        try:
            followed = self._followed(standing)
        except DataError as error:
            self.fault = error
            _log.exception("What was published cannot be read; the layers before it stay in use")
            return standing
        if followed is not standing:
            self.fault = None
        return followed

    def _followed(self, standing: _Standing) -> _Standing:
        """Return what stands with everything that was published since; a store restored since is read afresh."""
        old = standing.snapshot
        with self._opened().reading() as connection:
            is_same_chain = holds(connection, old.live.seq, old.live.link)
            seq = newest_published(connection)
            if is_same_chain and seq == old.live.seq:
                return standing
            is_same_ground = is_same_chain and not documents_changed(connection, old.live.seq, seq)
            live = brought_forward(connection, old.live, old.catalog, seq) if is_same_ground else None
            is_news = is_same_chain and confirmed_changed(connection, old.live.seq, seq)
            confirmed = read_confirmed(connection, seq) if is_news else old.confirmed
        if live is None:
            return self._refreshed(standing if is_same_chain else None, again=True)
        fresh = old.brought_to(live)
        return _Standing(_with_confirmed(self._config, fresh, confirmed) if is_news else fresh, standing.fingerprint)

    def _refreshed(self, old: _Standing | None, *, again: bool = False) -> _Standing:
        """Return `old` when no file has changed and nobody wants it read `again`, otherwise a new snapshot."""
        fingerprint = _fingerprint(self._config)
        if old is not None and old.fingerprint == fingerprint and not again:
            return old
        before = old.snapshot if old else None
        try:
            fresh = _or_explain(self._config, lambda: read_snapshot(self._config, self._opened(), before))
        except LifecircleError as error:
            self.fault = error
            if old is None:
                raise
            _log.exception("The changed data cannot be read; the data before it stays in use")
            return old
        self.fault = None
        return _Standing(fresh, fingerprint)


def read_snapshot(config: Config, store: Store, old: Snapshot | None = None) -> Snapshot:
    """Read everything afresh: the data folder, what the instance adds to it, and the layers from the store.

    Layer files are taken into the store before. Networks, homes and answers that are the same as in `old` are kept.
    """
    seed_store(
        store, config.data, read_catalog(config.data), read_outlines(config.data / "base" / "subdistricts.geojson")
    )
    with store.reading() as connection:
        fresh = _read_moment(config, connection, newest_published(connection), old)
    record_inputs(store, inputs_of(fresh.places))
    return fresh if old is None else fresh.with_answers_of(old)


def _read_moment(
    config: Config, connection: Connection, seq: int, old: Snapshot | None, as_of: str | None = None
) -> Snapshot:
    """Return the snapshot after entry `seq` of the history; nothing is written."""
    documents = read_documents(connection, seq)
    catalog = read_catalog(config.data, documents.additions)
    live = read_live_layers(connection, catalog, seq)
    places = read_places(config, catalog, documents, live.layers, old.places if old else None)
    seed = next(iter(places.values())).claims
    require_places(seed, catalog.subdistricts)
    indicators = {indicator.id: indicator for indicator in known_indicators(config, documents.indicators)}
    fresh = Snapshot(catalog, places, live, {}, indicators, as_of, documents, seed)
    return _with_confirmed(config, fresh, read_confirmed(connection, seq))


def _with_confirmed(config: Config, snapshot: Snapshot, confirmed: ConfirmedClaims) -> Snapshot:
    """Return a snapshot with the reports as they are after what staff have confirmed."""
    reports = read_reports(config, confirmed.over(snapshot.seed_claims), confirmed)
    here = {name: report for name, report in reports.items() if report.subdistrict in snapshot.places}
    return snapshot.with_reports(confirmed, here)


def _or_explain(config: Config, read: Callable[[], Snapshot]) -> Snapshot:
    """Return what `read` gives; a file that is missing or may not be read becomes a DataError that names it."""
    try:
        return read()
    except OSError as error:
        where = str(error.filename or config.data)
        remedy = "Put the file back, or name the folders in LIFECIRCLE_DATA and LIFECIRCLE_INSTANCE"
        raise DataError.single("unreadable_file", where, error.strerror or "cannot be read", remedy) from error


def _fingerprint(config: Config) -> _Fingerprint:
    """Return path, date and size of every file that results are made of."""
    folders = (config.data, config.instance / "networks", config.instance / "reports")
    files = sorted(path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file())
    return tuple(_mark(path) for path in files if not _KEPT_BY_HASH.fullmatch(path.name))


def _mark(path: Path) -> tuple[str, int, int]:
    """Return what changes when a file is written again."""
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size
