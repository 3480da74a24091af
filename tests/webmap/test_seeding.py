"""Layer files seed the store: what staff have touched stays theirs, the rest follows its file."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from geo.errors import DataError
from geo.place import read_outlines
from webmap.history import length, verify
from webmap.revisions import Authorship, Change, read_heads, write_changes
from webmap.seeding import seed_store
from webmap.store import StoreError

ALICE = Authorship("alice", "走访", "form")


@pytest.fixture
def data(root: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(root / "data", tmp_path / "data"))


@pytest.fixture
def seed(store, data, catalog):
    """Seed the store from `data` and return how many revisions that made."""
    outlines = read_outlines(data / "base" / "subdistricts.geojson")
    return lambda: seed_store(store, data, catalog, outlines)


def _rewrite(data: Path, change) -> None:
    path = data / "layers" / "nurseries.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document["features"])
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _heads(store):
    with store.reading() as connection:
        return read_heads(connection, "nurseries")


def _edit(store, feature, new, operation="update"):
    head = _heads(store)[feature]
    with store.writing() as connection:
        write_changes(connection, [Change("nurseries", feature, operation, new, head.revision)], ALICE)


def test_the_bundled_layers_are_taken_in_once(store, seed, root):
    files = [json.loads(path.read_bytes()) for path in (root / "data" / "layers").glob("*.geojson")]
    assert seed() == sum(len(document["features"]) for document in files)
    assert seed() == 0
    with store.reading() as connection:
        assert verify(connection) == []


def test_an_untouched_feature_follows_its_file_and_an_edited_one_stays(store, seed, data):
    seed()
    edited, untouched = list(_heads(store))[:2]
    mine = {**_heads(store)[edited].body}
    mine["properties"] = {**mine["properties"], "name": "走访后的名字"}
    _edit(store, edited, mine)

    def rename(features):
        for feature in features:
            feature["properties"]["name"] = "文件里的新名字"

    _rewrite(data, rename)
    seed()
    heads = _heads(store)
    assert heads[edited].body["properties"]["name"] == "走访后的名字"
    assert heads[untouched].body["properties"]["name"] == "文件里的新名字"
    assert heads[untouched].revision == 2


def test_a_feature_gone_from_its_file_is_deleted_unless_somebody_has_edited_it(store, seed, data):
    seed()
    edited, untouched = list(_heads(store))[:2]
    _edit(store, edited, _heads(store)[edited].body)
    _rewrite(data, lambda features: features.clear())
    seed()
    heads = _heads(store)
    assert heads[edited].body is not None
    assert heads[untouched].body is None
    assert heads[untouched].published_body is None


def test_a_feature_that_staff_deleted_does_not_come_back(store, seed, data):
    seed()
    feature = next(iter(_heads(store)))
    _edit(store, feature, None, "delete")
    _rewrite(data, lambda features: features[0]["properties"].update(note="neu"))
    seed()
    assert _heads(store)[feature].body is None


def test_a_feature_that_comes_back_into_its_file_is_restored(store, seed, data):
    seed()
    path = data / "layers" / "nurseries.geojson"
    first = path.read_bytes()
    before = {name: head.body for name, head in _heads(store).items()}
    _rewrite(data, lambda features: features.clear())
    seed()
    path.write_bytes(first)
    seed()
    heads = _heads(store)
    assert {name: head.body for name, head in heads.items()} == before
    assert {head.revision for head in heads.values()} == {3}


def test_a_broken_file_changes_nothing_at_all(store, seed, data):
    seed()
    with store.reading() as connection:
        before = length(connection)
    _rewrite(data, lambda features: features[0]["properties"].update(name="gut"))
    (data / "layers" / "lifts.geojson").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"lifts\.geojson"):
        seed()
    with store.reading() as connection:
        assert length(connection) == before


def test_the_same_content_in_another_order_makes_no_revision(store, seed, data):
    seed()
    with store.reading() as connection:
        before = length(connection)
    _rewrite(data, lambda features: features.reverse())
    assert seed() == 0
    with store.reading() as connection:
        assert length(connection) == before


# Several processes at once


@pytest.fixture
def large(data):
    """Return what puts `count` nurseries more into the data folder."""

    def put(count):
        def add(features):
            first = json.dumps(features[0], ensure_ascii=False)
            for number in range(count):
                features.append(json.loads(first) | {"id": f"01J{number:023d}"})
                features[-1]["properties"] = features[-1]["properties"] | {"name": f"第 {number} 处"}

        _rewrite(data, add)
        return data

    return put


def _seed_at_once(monkeypatch, race, store_url, data, processes):
    monkeypatch.setenv("SEED_DATA", str(data))
    told = sorted(written for (written,) in race("seed", store_url, processes, 1))
    files = [json.loads(path.read_bytes()) for path in (data / "layers").glob("*.geojson")]
    assert told == [0] * (processes - 1) + [sum(len(document["features"]) for document in files)]


def test_of_several_processes_one_seeds(monkeypatch, store_url, store, data, race):
    _seed_at_once(monkeypatch, race, store_url, data, 4)
    with store.reading() as connection:
        assert verify(connection) == []


@pytest.mark.slow
def test_two_processes_seed_a_city(monkeypatch, store_url, store, large, race):
    _seed_at_once(monkeypatch, race, store_url, large(25_000), 2)
    assert len(_heads(store)) >= 25_000


def test_who_seeds_waits_longer_than_who_saves(monkeypatch, store, store_url, seed):
    if not store_url.startswith("sqlite"):
        pytest.skip("in PostgreSQL every writer waits as long as it takes")
    monkeypatch.setattr("webmap.store.BUSY_TIMEOUT_S", 0.05)
    started, written = threading.Event(), []

    def wait_and_seed():
        started.set()
        written.append(seed())

    other = threading.Thread(target=wait_and_seed)
    with store.writing():
        other.start()
        started.wait()
        with pytest.raises(StoreError, match="locked"), store.writing():
            pass
        assert other.is_alive()
    other.join()
    assert written[0] > 0
