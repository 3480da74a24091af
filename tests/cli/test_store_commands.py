"""`lifecircle backup`, `restore`, `export`, `audit`: what was kept comes back, and nothing is lost on the way."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select, text

from webmap.account_tables import ACCOUNT, SESSION
from webmap.backup import restore_backup, write_backup
from webmap.cli import main
from webmap.config import Config
from webmap.history import holds, length, verify
from webmap.live_layers import read_live_layers
from webmap.results import Results
from webmap.revisions import Authorship, Change, newest_published, published_bodies, read_heads, write_changes
from webmap.store import Store, StoreError

ALICE = Authorship("alice", "走访", "form")


@pytest.fixture(autouse=True)
def instance(tmp_path, monkeypatch):
    folder = tmp_path / "instance"
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(folder))
    return folder


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A store file with the bundled layers."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIFECIRCLE_INSTANCE", str(folder))
        assert main(["export", str(folder / "layers")]) == 0
    return folder / "lifecircle.db"


@pytest.fixture
def seeded(prepared, instance):
    """An instance with the bundled layers; gives its store."""
    instance.mkdir()
    shutil.copyfile(prepared, instance / "lifecircle.db")
    store = Store(f"sqlite:///{instance / 'lifecircle.db'}")
    yield store
    store.close()


def _rename(store, name):
    with store.writing() as connection:
        head = next(iter(read_heads(connection, "nurseries").values()))
        new = {**head.body, "properties": {**head.body["properties"], "name": name}}
        write_changes(connection, [Change("nurseries", head.feature, "update", new, head.revision)], ALICE)


def _state(store):
    with store.reading() as connection:
        assert verify(connection) == []
        return length(connection), published_bodies(connection, newest_published(connection))


# Export


def test_a_fresh_instance_exports_the_layers_byte_for_byte(run, root, tmp_path):
    done = run("export", tmp_path / "out")
    assert done.code == 0
    for path in (root / "data" / "layers").glob("*.geojson"):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(list((tmp_path / "out").iterdir())) == len(list((root / "data" / "layers").glob("*.geojson")))


def test_git_shows_what_has_changed_and_nothing_else(run, root, tmp_path, seeded):
    out = tmp_path / "out"
    shutil.copytree(root / "data" / "layers", out)
    git = ["git", "-C", str(out), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "before"]):
        subprocess.run([*git, *arguments], check=True)
    _rename(seeded, "走访后的名字")
    done = run("export", out)
    assert done.out.splitlines()[0].endswith("nurseries.geojson")
    changed = subprocess.run([*git, "diff", "--numstat"], check=True, capture_output=True, text=True).stdout
    assert changed.split() == ["1", "1", "nurseries.geojson"]
    again = run("export", out)
    assert again.out.startswith("0 of ")


def test_layers_are_exported_in_other_formats(run, tmp_path):
    out = tmp_path / "out"
    assert run("export", out, "--format", "csv", "--format", "parquet").code == 0
    names = {path.name for path in out.iterdir()}
    assert {"heritage_buildings.csv", "heritage_buildings.parquet"} <= names
    assert not any(name.endswith(".geojson") for name in names)


def test_drafts_are_not_exported(run, root, tmp_path, seeded):
    with seeded.writing() as connection:
        head = next(iter(read_heads(connection, "nurseries").values()))
        write_changes(connection, [Change("nurseries", head.feature, "delete", None, head.revision, "draft")], ALICE)
    run("export", tmp_path / "out")
    for path in (root / "data" / "layers").glob("*.geojson"):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


# Backup and restore


def test_a_backup_brings_everything_back_into_a_new_instance(run, tmp_path, seeded, instance, monkeypatch):
    _rename(seeded, "改名")
    before = _state(seeded)
    done = run("backup", tmp_path / "b.db")
    (seq, link), bodies = before
    assert f"{seq}:{link}" in done.out
    assert (tmp_path / "b.db").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.part*"))
    other = tmp_path / "other"
    assert run("restore", tmp_path / "b.db", "--instance", other).code == 0
    store = Store(f"sqlite:///{other / 'lifecircle.db'}")
    with store.reading() as connection:
        assert holds(connection, seq, link)
        assert published_bodies(connection, seq) == bodies
        assert read_heads(connection, "nurseries").keys() == bodies["nurseries"].keys()
        assert connection.execute(text("SELECT operation FROM history ORDER BY seq DESC LIMIT 1")).scalar() == "restore"
    assert _state(store)[1] == bodies
    store.close()


def test_a_backup_is_of_one_moment_while_others_write(tmp_path, seeded):
    before = _state(seeded)
    moments = []

    def meanwhile(_done, _total):
        if not moments:
            moments.append(_rename(seeded, "währenddessen"))

    assert write_backup(seeded, tmp_path / "b.db", meanwhile) == before[0]
    copy = Store(f"sqlite:///{tmp_path / 'b.db'}")
    assert _state(copy) == before
    copy.close()
    assert _state(seeded)[0][0] == before[0][0] + 1


def test_a_backup_never_takes_the_place_of_a_file(run, tmp_path, seeded):
    (tmp_path / "b.db").write_text("dear", encoding="utf-8")
    assert run("backup", tmp_path / "b.db").code == 2
    assert (tmp_path / "b.db").read_text(encoding="utf-8") == "dear"
    assert run("backup", tmp_path / "nowhere" / "b.db").code == 2


def test_newer_entries_are_not_lost_unasked_and_are_kept_aside_when_asked(run, tmp_path, seeded, instance):
    run("backup", tmp_path / "b.db")
    before = _state(seeded)
    _rename(seeded, "nachher")
    after = _state(seeded)
    refused = run("restore", tmp_path / "b.db")
    assert refused.code == 2
    assert "1 entries" in refused.err
    assert _state(seeded) == after
    done = run("restore", tmp_path / "b.db", "--replace")
    assert done.code == 0
    assert _state(seeded)[1] == before[1]
    (aside,) = instance.glob("before-restore-*.db")
    assert str(aside) in done.out
    copy = Store(f"sqlite:///{aside}")
    assert _state(copy) == after
    copy.close()


def test_nothing_newer_needs_no_replace(run, tmp_path, seeded, instance):
    run("backup", tmp_path / "b.db")
    assert run("restore", tmp_path / "b.db").code == 0
    assert list(instance.glob("before-restore-*")) == []


def test_a_service_that_runs_follows_a_restore(run, tmp_path, seeded, instance):
    results = Results(Config(instance=instance, recheck_s=3600))
    first = results.current()
    run("backup", tmp_path / "b.db")
    _rename(seeded, "verschwindet wieder")
    assert results.current().live.layers["nurseries"].content_hash != first.live.layers["nurseries"].content_hash
    run("restore", tmp_path / "b.db", "--replace")
    assert results.current().live.layers["nurseries"].content_hash == first.live.layers["nurseries"].content_hash
    with seeded.reading() as connection:
        afresh = read_live_layers(connection, first.catalog, newest_published(connection))
    assert results.current().live.lines == afresh.lines
    results.store().close()


def test_sessions_do_not_come_back(run, tmp_path, seeded):
    with seeded.writing() as connection:
        account = {"login": "a", "name": "A", "role": "viewer", "layers": "[]", "subdistricts": "[]", "created": "x"}
        connection.execute(ACCOUNT.insert().values(id="1", **account))
        session = {"account": "1", "created": "x", "seen": "x", "agent": "x"}
        connection.execute(SESSION.insert().values(id_hash="h", **session))
    run("backup", tmp_path / "b.db")
    assert run("restore", tmp_path / "b.db").code == 0
    with seeded.reading() as connection:
        assert [len(connection.execute(select(table)).all()) for table in (ACCOUNT, SESSION)] == [1, 0]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _blot(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 9000] = b"\xff" * 9000
    path.write_bytes(raw)


def _forge(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE history SET who = 'mallory' WHERE seq = 5")


def _other(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("{}" * 999, encoding="utf-8")


@pytest.mark.parametrize("damage", [_cut, _blot, _forge, _other, _empty, _text])
def test_a_damaged_backup_is_refused_and_the_store_stays(run, tmp_path, seeded, instance, damage):
    run("backup", tmp_path / "b.db")
    before = _state(seeded)
    damage(tmp_path / "b.db")
    refused = run("restore", tmp_path / "b.db", "--replace")
    assert refused.code == 1
    assert "problem(s)" in refused.err
    assert _state(seeded) == before
    assert list(instance.glob("before-restore-*")) == []


def test_a_backup_that_is_not_there_is_named(run, tmp_path, seeded):
    refused = run("restore", tmp_path / "none.db")
    assert refused.code == 2
    assert "none.db" in refused.err


def test_a_disk_that_fills_up_while_restoring_leaves_the_store_as_it_was(tmp_path, seeded):
    write_backup(seeded, tmp_path / "b.db", lambda _done, _total: None)
    before = _state(seeded)

    def full(_done, _total):
        raise StoreError("store_full", "x", "the disk is full", "Free some space")

    with pytest.raises(StoreError):
        restore_backup(tmp_path / "b.db", seeded, tmp_path / "aside.db", full, replace=False)
    assert _state(seeded) == before
    with pytest.raises(StoreError):
        write_backup(seeded, tmp_path / "c.db", full)
    assert not [path.name for path in tmp_path.iterdir() if "c.db" in path.name]


def test_a_damaged_store_is_put_aside_and_restored(run, tmp_path, seeded, instance):
    run("backup", tmp_path / "b.db")
    before = _state(seeded)[1]
    seeded.close()
    (instance / "lifecircle.db").write_bytes(b"gone" * 5000)
    for ending in ("-wal", "-shm"):
        (instance / f"lifecircle.db{ending}").unlink(missing_ok=True)
    assert run("restore", tmp_path / "b.db").code == 2
    assert (instance / "lifecircle.db").read_bytes()[:4] == b"gone"
    _damaged = tmp_path / "damaged.db"
    _damaged.write_bytes(b"x" * 5000)
    assert run("restore", _damaged, "--replace").code == 1
    assert (instance / "lifecircle.db").read_bytes()[:4] == b"gone"
    assert run("restore", tmp_path / "b.db", "--replace").code == 0
    (aside,) = instance.glob("before-restore-*.db")
    assert aside.read_bytes()[:4] == b"gone"
    again = Store(f"sqlite:///{instance / 'lifecircle.db'}")
    assert _state(again)[1] == before
    again.close()


# Audit


def test_audit_tells_the_end_and_finds_what_was_changed(run, seeded, instance):
    end = run("audit", "end").out.strip()
    good = run("audit", "verify", "--end", end)
    assert (good.code, good.out.splitlines()[-1].endswith("0 problem(s)")) == (0, True)
    with sqlite3.connect(instance / "lifecircle.db") as connection:
        connection.execute("UPDATE history SET who = 'mallory' WHERE seq IN (3, 7)")
    bad = run("audit", "verify")
    assert bad.code == 1
    assert "history/3" in bad.out
    assert "history/7" in bad.out


def test_audit_finds_what_was_taken_off_the_end_by_the_end_that_was_kept(run, seeded, instance):
    _rename(seeded, "x")
    end = run("audit", "end").out.strip()
    with sqlite3.connect(instance / "lifecircle.db") as connection:
        connection.execute(f"DELETE FROM history WHERE seq = {end.split(':')[0]}")
        connection.execute("DELETE FROM feature_head WHERE revision = 2")
        connection.execute("DELETE FROM history WHERE layer = 'none'")
    assert run("audit", "verify", "--end", end).code == 1
    assert "end_missing" in run("audit", "verify", "--end", end).out
    assert run("audit", "verify", "--end", "nonsense").code == 2


@pytest.mark.parametrize("command", [["backup", "b.db"], ["audit", "verify"], ["audit", "end"]])
def test_what_reads_makes_no_store(run, instance, command):
    refused = run(*command)
    assert refused.code == 2
    assert "no store" in refused.err
    assert not (instance / "lifecircle.db").exists()
