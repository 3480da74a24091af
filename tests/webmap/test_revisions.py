"""Revisions: a save is decided by the revision it was made from, and the past stays readable."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webmap.history import length, verify
from webmap.revisions import (
    Authorship,
    Change,
    ConflictError,
    feature_revisions,
    newest_published,
    published_at,
    published_bodies,
    read_head,
    read_heads,
    revisions_between,
    write_changes,
)
from webmap.store_schema import HEAD, HISTORY

ALICE = Authorship("alice", "走访", "form", "batch-1")


def _write(store, *changes, by=ALICE):
    with store.writing() as connection:
        return write_changes(connection, changes, by)


def _head(store, feature="a"):
    with store.reading() as connection:
        return read_head(connection, "nurseries", feature)


def test_a_save_is_a_new_revision_with_what_was_before(store, body):
    _write(store, Change("nurseries", "a", "create", body(1), None))
    (second,) = _write(store, Change("nurseries", "a", "update", body(1, "新"), 1))
    assert (second.revision, second.before, second.after) == (2, body(1), body(1, "新"))
    assert (second.who, second.why, second.source, second.batch) == ("alice", "走访", "form", "batch-1")
    with store.reading() as connection:
        assert [one.revision for one in feature_revisions(connection, "nurseries", "a")] == [2, 1]


def test_readers_see_the_published_one_and_staff_the_newest(store, body):
    _write(store, Change("nurseries", "a", "create", body(1), None))
    _write(store, Change("nurseries", "a", "update", body(1, "草稿"), 1, "draft"))
    head = _head(store)
    assert (head.revision, head.state, head.body) == (2, "draft", body(1, "草稿"))
    assert (head.published_revision, head.published_body) == (1, body(1))
    with store.reading() as connection:
        assert newest_published(connection) == 1
        assert published_bodies(connection, 2) == {"nurseries": {"a": body(1)}}
    _write(store, Change("nurseries", "a", "publish", body(1, "草稿"), 2))
    with store.reading() as connection:
        assert published_bodies(connection, 3) == {"nurseries": {"a": body(1, "草稿")}}


def test_a_draft_that_was_never_published_is_seen_by_nobody(store, body):
    _write(store, Change("nurseries", "a", "create", body(1), None, "draft"))
    head = _head(store)
    assert (head.published_revision, head.published_body) == (None, None)
    with store.reading() as connection:
        assert published_bodies(connection, 1) == {}


@pytest.mark.parametrize("made_from", [None, 1, 3])
def test_a_save_from_another_revision_changes_nothing_and_brings_what_stands(store, body, made_from):
    _write(store, Change("nurseries", "a", "create", body(1), None))
    _write(store, Change("nurseries", "a", "update", body(1, "新"), 1))
    late = [
        Change("nurseries", "b", "create", body(2), None),
        Change("nurseries", "a", "update", body(1, "晚"), made_from),
    ]
    with pytest.raises(ConflictError) as lost:
        _write(store, *late)
    ((change, head),) = lost.value.heads
    assert (change, head.body) == (late[1], body(1, "新"))
    assert "revision 2 stands now" in str(lost.value)
    assert _head(store, "b") is None
    with store.reading() as connection:
        assert length(connection)[0] == 2


def test_a_save_of_what_never_was_is_a_conflict(store, body):
    with pytest.raises(ConflictError, match="nothing stands now"):
        _write(store, Change("nurseries", "a", "update", body(1), 1))


def test_two_changes_of_one_feature_in_one_save_are_refused(store, body):
    twice = [Change("nurseries", "a", "create", body(1, name), None) for name in ("一", "二")]
    with pytest.raises(ValueError, match="nurseries/a"):
        _write(store, *twice)
    with store.reading() as connection:
        assert length(connection)[0] == 0


def test_hundreds_of_changes_are_one_save(store, body):
    many = [Change("lifts", f"{number:04d}", "create", body(number), None) for number in range(600)]
    assert len(_write(store, *many)) == 600
    moved = [Change("lifts", f"{number:04d}", "update", body(number, lon=121.44), 1) for number in range(0, 600, 2)]
    _write(store, *moved)
    with store.reading() as connection:
        heads = read_heads(connection, "lifts")
        assert [heads[f"{number:04d}"].revision for number in range(4)] == [2, 1, 2, 1]
        assert len(revisions_between(connection, 600, 900)) == 300
        assert verify(connection) == []


# What was published then is what is read of then

_step = st.tuples(
    st.sampled_from(["nurseries", "lifts"]),
    st.integers(1, 4),
    st.sampled_from(["write", "delete", "draft"]),
    st.integers(0, 9),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_step, max_size=15))
def test_as_of_any_entry_equals_what_was_published_then(store, body, steps):
    _empty(store)
    published: dict[tuple[str, str], object] = {}
    moments = [(0, "", {})]
    for layer, number, what, name in steps:
        with store.reading() as connection:
            head = read_head(connection, layer, f"{number}")
        new = None if what == "delete" else body(number, f"名{name}")
        state = "draft" if what == "draft" else "published"
        change = Change(layer, f"{number}", "update", new, head and head.revision, state)
        (written,) = _write(store, change)
        if state == "published":
            published[layer, f"{number}"] = new
        moments.append((written.seq, written.at, {name: kept for name, kept in published.items() if kept is not None}))
    with store.reading() as connection:
        for seq, at, expected in moments:
            found = published_bodies(connection, seq)
            assert {(layer, name): kept for layer, those in found.items() for name, kept in those.items()} == expected
            assert published_at(connection, at) == max((one for one, then, _ in moments if then <= at), default=0)
        assert verify(connection) == []


def _empty(store) -> None:
    with store.writing() as connection:
        for table in (HISTORY, HEAD):
            connection.execute(table.delete())
