"""A backup of either engine is restored into either, with the same chain."""

from __future__ import annotations

import pytest

from webmap.backup import restore_backup, write_backup
from webmap.history import holds, length, verify
from webmap.revisions import Authorship, Change, published_bodies, read_heads, write_changes
from webmap.store import Store

ALICE = Authorship("alice", "", "form")


def _silent(_done: int, _total: int) -> None:
    return


def test_a_backup_goes_from_engine_to_engine(store, tmp_path, body):
    changes = [Change("lifts", f"{number}", "create", body(number), None) for number in range(30)]
    with store.writing() as connection:
        write_changes(connection, changes, ALICE)
    end = write_backup(store, tmp_path / "b.db", _silent)
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    restore_backup(tmp_path / "b.db", other, tmp_path / "aside.db", _silent, replace=False)
    with store.reading() as one, other.reading() as two:
        assert length(one) == end
        assert holds(two, *end)
        assert verify(two) == []
        assert read_heads(one, "lifts") == read_heads(two, "lifts")
        before = published_bodies(one, end[0])
    back = write_backup(other, tmp_path / "c.db", _silent)
    restore_backup(tmp_path / "c.db", store, tmp_path / "aside.db", _silent, replace=False)
    with store.reading() as connection:
        assert holds(connection, *back)
        assert verify(connection) == []
        assert published_bodies(connection, back[0]) == before
    assert not (tmp_path / "aside.db").exists()
    other.close()


def test_a_restore_that_is_stopped_leaves_no_half(store, tmp_path, body):
    with store.writing() as connection:
        write_changes(connection, [Change("lifts", "1", "create", body(1), None)], ALICE)
    write_backup(store, tmp_path / "b.db", _silent)
    with store.writing() as connection:
        write_changes(connection, [Change("lifts", "1", "delete", None, 1)], ALICE)

    def stopped(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_backup(tmp_path / "b.db", store, tmp_path / "aside.db", stopped, replace=True)
    with store.reading() as connection:
        assert length(connection)[0] == 2
        assert read_heads(connection, "lifts")["1"].body is None
