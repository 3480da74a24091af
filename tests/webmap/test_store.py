"""The store: several at once, faults in words, nothing half-saved, on both engines."""

from __future__ import annotations

import stat
import threading

import pytest
from limits import RateLimitItemPerHour
from sqlalchemy import event, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from geo.errors import DataError
from webmap.account_tables import ATTEMPTS
from webmap.attempt_counts import take
from webmap.config import Config
from webmap.history import Entry, append, length, verify
from webmap.revisions import Authorship, Change, read_head, write_changes
from webmap.store import Store, StoreError, open_store
from webmap.store_migrations import MIGRATIONS
from webmap.store_schema import META

ALICE = Authorship("alice", "", "form")


def _say(store: Store, what: str) -> None:
    with store.writing() as connection:
        append(connection, [Entry("alice", what, "", "event")])


def _length(store: Store) -> int:
    with store.reading() as connection:
        return length(connection)[0]


def test_a_store_that_is_up_to_date_opens_while_somebody_writes(store):
    with store.writing() as connection:
        append(connection, [Entry("alice", "first", "", "event")])
        again = Store(store.url)
        assert _length(again) == 0
        again.close()
    assert _length(store) == 1


def test_a_reader_sees_one_moment(store):
    with store.reading() as connection:
        assert length(connection)[0] == 0
        _say(store, "meanwhile")
        assert length(connection)[0] == 0
    assert _length(store) == 1


def test_all_of_a_write_is_kept_or_nothing(store):
    def half() -> None:
        with store.writing() as connection:
            append(connection, [Entry("alice", "half", "", "event")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert _length(store) == 0
    _say(store, "whole")
    assert _length(store) == 1


def test_writers_of_one_process_take_turns(store):
    threads = [threading.Thread(target=lambda: [_say(store, "turn") for _ in range(5)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        assert length(connection)[0] == 40
        assert verify(connection) == []


def test_the_mark_changes_with_every_write_of_anybody(store_url):
    mine, other = Store(store_url), Store(store_url)
    if mine.engine.dialect.name != "sqlite":
        assert mine.mark() is None
    else:
        marks = [mine.mark(), mine.mark()]
        assert marks[0] == marks[1]
        for writer in (other, mine):
            _say(writer, "news")
            marks.append(mine.mark())
        assert len(set(marks)) == 3
    mine.close()
    other.close()


def test_a_newer_store_is_refused(store):
    with store.writing() as connection:
        connection.execute(META.update().where(META.c.name == "version").values(value="99"))
    with pytest.raises(DataError, match="99"):
        Store(store.url)


def test_an_older_store_is_brought_up_to_date_with_what_it_holds(store, monkeypatch):
    later = []
    newest = MIGRATIONS[-1]
    step = type(newest)(newest.version + 1, "one more", lambda connection: later.append(length(connection)[0]))
    _say(store, "old")
    monkeypatch.setattr("webmap.store.MIGRATIONS", (*MIGRATIONS, step))
    for _ in range(2):
        Store(store.url).close()
    assert later == [1]


def test_a_store_of_version_6_counts_sign_ins_after_its_next_opening(store_url, monkeypatch):
    """Version 6 gave the time of a counted attempt four bytes in PostgreSQL: no sign-in could be counted."""
    monkeypatch.setattr("webmap.store.MIGRATIONS", tuple(step for step in MIGRATIONS if step.version <= 6))
    old = Store(store_url)
    _say(old, "kept")
    if old.engine.dialect.name == "postgresql":
        with old.writing() as connection:
            connection.execute(text("ALTER TABLE attempts ALTER COLUMN expires_ms TYPE integer"))
        with pytest.raises((StoreError, DatabaseError)), old.writing() as connection:
            take(connection, [(RateLimitItemPerHour(5), "somebody")])
    old.close()
    monkeypatch.undo()
    for counted in (1, 2):
        new = Store(store_url)
        with new.writing() as connection:
            take(connection, [(RateLimitItemPerHour(5), "somebody")])
        with new.reading() as connection:
            version = connection.execute(select(META.c.value).where(META.c.name == "version")).scalar_one()
            assert version == str(MIGRATIONS[-1].version)
            assert connection.execute(select(ATTEMPTS.c["count"])).scalar_one() == counted
            assert length(connection)[0] == 1
        new.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://a/b", "sqlite+nothing:///x", ""])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(DataError, match="LIFECIRCLE_STORE"):
        Store(url)


def test_a_password_in_the_address_is_never_shown():
    with pytest.raises(StoreError) as fault:
        Store("postgresql+psycopg://staff:hunter2@/none?host=/nowhere/at/all&connect_timeout=1")
    assert "hunter2" not in str(fault.value)
    assert not fault.value.full


def test_only_its_owner_reads_the_file(tmp_path):
    open_store(Config(instance=tmp_path)).close()
    assert stat.S_IMODE((tmp_path / "lifecircle.db").stat().st_mode) == 0o600


# Faults (bad input 28)


def _small(store: Store) -> None:
    """Let the database have no page more than it has: SQLite then answers as on a full disk."""

    @event.listens_for(store.engine, "begin")
    def limit(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_half_saves_nothing(tmp_path, body):
    store = Store(f"sqlite:///{tmp_path / 'a.db'}")
    _say(store, "before")
    _small(store)
    changes = [Change("meal_points", f"01J{number:023d}", "create", body(number), None) for number in range(500)]
    with pytest.raises(StoreError) as fault, store.writing() as connection:
        write_changes(connection, changes, ALICE)
    assert fault.value.full
    assert "Free some space" in str(fault.value)
    with store.reading() as connection:
        assert length(connection)[0] == 1
        assert verify(connection) == []
    store.close()


def test_a_read_only_store_is_read_and_says_why_it_is_not_written(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'a.db'}")
    _say(store, "before")

    @event.listens_for(store.engine, "connect")
    def read_only(connection, _record):
        connection.execute("PRAGMA query_only = ON")

    store.engine.dispose()
    assert _length(store) == 1
    with pytest.raises(StoreError) as fault:
        _say(store, "after")
    assert (fault.value.problem.code, fault.value.full) == ("store_read_only", False)
    assert _length(store) == 1
    store.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError) as fault:
        open_store(Config(instance=tmp_path / "file" / "instance"))
    assert str(tmp_path / "file") in fault.value.problem.where


def test_a_damaged_file_says_how_to_get_a_backup_back(tmp_path):
    (tmp_path / "lifecircle.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="lifecircle restore"):
        open_store(Config(instance=tmp_path))


@pytest.mark.parametrize(("code", "status"), [("store_full", 507), ("store_read_only", 503), ("store_damaged", 503)])
def test_a_fault_of_the_store_has_its_status(app, monkeypatch, code, status):
    def fail(_results):
        raise StoreError(code, "lifecircle.db", "out of order", "Mend it")

    monkeypatch.setattr("webmap.results.Results.current", fail)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["problems"][0]["code"]) == (status, code)
    assert app.test_client().get("/about").status_code == status


# Many processes


def test_many_processes_open_a_new_store_at_once(store_url, race):
    assert sorted(race("open", store_url, 12, 0)) == [[number] for number in range(12)]
    store = Store(store_url)
    assert _length(store) == 12
    store.close()


@pytest.mark.parametrize("rounds", [6, pytest.param(100, marks=pytest.mark.slow)])
def test_of_twenty_processes_exactly_one_wins_each_round(store_url, rounds, race):
    Store(store_url).close()
    won = race("write", store_url, 20, rounds)
    assert sorted(turn for turns in won for turn in turns) == list(range(rounds))
    store = Store(store_url)
    with store.reading() as connection:
        assert read_head(connection, "meal_points", "contested").revision == rounds
        assert length(connection)[0] == rounds
        assert verify(connection) == []
    store.close()


def test_sqlite_keeps_what_it_acknowledged_and_refuses_what_does_not_fit(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'a.db'}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with store.reading() as connection:
        assert {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted} == wanted
    _say(store, "one")
    with pytest.raises(IntegrityError, match="cannot store TEXT"), store.writing() as connection:
        connection.execute(text("UPDATE history SET revision = 'x'"))
    store.close()
