"""The history: whatever is changed behind its back is found, and named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from webmap.history import FIRST_HASH, Entry, append, entry_hash, holds, length, record_event, verify
from webmap.revisions import Authorship, Change, write_changes

ALICE = Authorship("alice", "走访", "form")


@pytest.fixture
def told(store, body):
    """A store with seven entries: two features, a draft, a deletion and an event."""
    steps = [
        Change("nurseries", "a", "create", body(1), None),
        Change("nurseries", "b", "create", body(2), None),
        Change("nurseries", "a", "update", body(1, "改名"), 1),
        Change("nurseries", "b", "update", body(2, "草稿"), 1, "draft"),
        Change("nurseries", "a", "delete", None, 2),
        Change("nurseries", "a", "restore", body(1), 3),
    ]
    for step in steps:
        with store.writing() as connection:
            write_changes(connection, [step], ALICE)
    with store.writing() as connection:
        record_event(connection, "alice", "login", "", {"address": "127.0.0.1"})
    return store


def _faults(store) -> list[tuple[str, str]]:
    with store.reading() as connection:
        return [(problem.code, problem.where) for problem in verify(connection)]


def _tamper(store, *statements: str) -> list[tuple[str, str]]:
    with store.writing() as connection:
        for statement in statements:
            assert connection.execute(text(statement)).rowcount == 1
    return _faults(store)


def test_an_untouched_history_has_no_fault(told):
    assert _faults(told) == []
    with told.reading() as connection:
        number, link = length(connection)
        assert number == 7
        assert holds(connection, number, link)
        assert holds(connection, 0, FIRST_HASH)
        assert not holds(connection, number, FIRST_HASH)
        assert not holds(connection, number + 1, link)


def test_an_empty_history_has_no_fault(store):
    assert _faults(store) == []


@pytest.mark.parametrize(
    "change",
    [
        "who = 'bob'",
        "at = '2020-01-01T00:00:00.000000Z'",
        "why = 'x'",
        "source = 'seed'",
        "batch = 'x'",
        "state = 'draft'",
    ],
)
def test_a_changed_entry_is_found(told, change):
    assert ("chain_broken", "history/3") in _tamper(told, f"UPDATE history SET {change} WHERE seq = 3")


def test_a_changed_body_is_found_in_the_entry_and_where_the_next_was_made_from_it(told):
    faults = _tamper(told, "UPDATE history SET after = '{}' WHERE seq = 3")
    assert faults == [("chain_broken", "history/3"), ("chain_broken", "history/5")]


def test_an_entry_whose_hash_was_made_to_fit_is_found_by_the_next(told):
    with told.reading() as connection:
        row = connection.execute(text("SELECT hash FROM history WHERE seq = 6")).scalar()
    faults = _tamper(told, f"UPDATE history SET hash = '{row[::-1]}' WHERE seq = 6")
    assert faults == [("chain_broken", "history/6"), ("chain_broken", "history/7")]


def test_an_entry_taken_out_of_the_middle_is_found(told):
    assert ("chain_broken", "history/5") in _tamper(told, "DELETE FROM history WHERE seq = 4")


def test_an_entry_taken_off_the_end_is_found_by_its_head(told):
    faults = _tamper(told, "DELETE FROM history WHERE seq = 7", "DELETE FROM history WHERE seq = 6")
    assert faults == [("head_differs", "nurseries/a")]


def test_an_event_taken_off_the_end_is_found_by_whoever_kept_the_end(told):
    with told.reading() as connection:
        kept = length(connection)
    assert _tamper(told, "DELETE FROM history WHERE seq = 7") == []
    with told.reading() as connection:
        assert not holds(connection, *kept)
        assert entry_hash(connection, 7) is None


@pytest.mark.parametrize(
    "change",
    [
        "revision = 9",
        "seq = 1",
        "state = 'review'",
        "body = '{}'",
        "body = NULL",
        "source = 'seed'",
        "published_revision = 1",
        "published_body = NULL",
    ],
)
def test_a_head_that_does_not_follow_from_its_revisions_is_found(told, change):
    faults = _tamper(told, f"UPDATE feature_head SET {change} WHERE layer = 'nurseries' AND feature = 'a'")
    assert faults == [("head_differs", "nurseries/a")]


def test_a_head_without_revisions_and_a_missing_one_are_found(told):
    gone = "DELETE FROM feature_head WHERE feature = 'b'"
    made_up = "UPDATE feature_head SET feature = 'c' WHERE feature = 'a'"
    assert _tamper(told, gone, made_up) == [("head_differs", f"nurseries/{name}") for name in "abc"]


def test_a_fork_made_with_right_hashes_is_found_by_the_revisions(told):
    with told.writing() as connection:
        append(connection, [Entry("mallory", "update", "", "form", "nurseries", "a", 3, "published", None, "{}")])
    assert ("chain_broken", "history/8") in _faults(told)


def test_times_never_step_back(told):
    future = "2999-01-01T00:00:00.000000Z"
    with told.writing() as connection:
        connection.execute(text(f"UPDATE history SET at = '{future}' WHERE seq = 7"))
        append(connection, [Entry("alice", "later", "", "event")])
        assert connection.execute(text("SELECT at FROM history WHERE seq = 8")).scalar() == future


def test_what_is_kept_is_what_was_told(told):
    with told.writing() as connection:
        record_event(connection, "李", "角色", "‘引号’ ' \" %", {"z": 1, "a": "中\u0000"})
        row = connection.execute(text("SELECT who, why, after, layer FROM history WHERE seq = 8")).one()
    assert tuple(row) == ("李", "‘引号’ ' \" %", '{"a":"中\\u0000","z":1}', None)
    assert _faults(told) == []
