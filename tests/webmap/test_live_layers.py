"""The layers as readers see them: brought forward they are what reading afresh gives, in every worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import DataError
from geo.layers import layer_to_geojson, parse_layer
from webmap.config import Config
from webmap.live_layers import brought_forward, read_live_layers
from webmap.results import Results
from webmap.revisions import Authorship, Change, newest_published, read_head, write_changes
from webmap.store_schema import HEAD, HISTORY

ALICE = Authorship("alice", "", "form")
LAYERS = ("nurseries", "lifts", "meal_points")

_step = st.tuples(
    st.sampled_from(LAYERS),
    st.integers(1, 4),
    st.sampled_from(["write", "write", "delete", "draft", "publish"]),
    st.integers(0, 99),
    st.booleans(),
)


@pytest.fixture(scope="module")
def few_layers(catalog):
    return replace(catalog, layers={name: catalog.layers[name] for name in LAYERS})


def _change(connection, body, layer, number, what, value):
    head = read_head(connection, layer, body(number)["id"])
    new = None if what == "delete" else body(number, f"名{value}", lon=121.43 + value / 10_000)
    if what == "publish" and head is not None:
        new = head.body
    state = "draft" if what == "draft" else "published"
    return Change(layer, body(number)["id"], "update", new, head and head.revision, state)


def _same(left, right) -> None:
    assert (left.seq, left.link, left.lines) == (right.seq, right.link, right.lines)
    assert left.facilities == right.facilities
    for name, layer in left.layers.items():
        assert layer.content_hash == right.layers[name].content_hash
        assert_geodataframe_equal(layer.frame, right.layers[name].frame)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_step, max_size=12))
def test_brought_forward_equals_read_afresh(store, few_layers, body, steps):
    catalog = few_layers
    with store.writing() as connection:
        for table in (HISTORY, HEAD):
            connection.execute(table.delete())
    with store.reading() as connection:
        live = read_live_layers(connection, catalog, 0)
    for layer, number, what, value, is_followed in steps:
        with store.writing() as connection:
            write_changes(connection, [_change(connection, body, layer, number, what, value)], ALICE)
        if is_followed:
            live = _followed(store, live, catalog)
    live = _followed(store, live, catalog)
    with store.reading() as connection:
        _same(live, read_live_layers(connection, catalog, newest_published(connection)))


def _followed(store, live, catalog):
    with store.reading() as connection:
        return brought_forward(connection, live, catalog, newest_published(connection))


def test_layers_without_news_stay_the_same_objects(store, catalog, body):
    with store.reading() as connection:
        before = read_live_layers(connection, catalog, 0)
    with store.writing() as connection:
        write_changes(connection, [Change("lifts", body(1)["id"], "create", body(1), None)], ALICE)
    after = _followed(store, before, catalog)
    assert {name for name, layer in after.layers.items() if layer is not before.layers[name]} == {"lifts"}
    assert before.layers["lifts"].frame.empty


def test_a_live_layer_has_the_hash_of_its_file(store, catalog, body):
    with store.writing() as connection:
        write_changes(connection, [Change("lifts", body(1)["id"], "create", body(1), None)], ALICE)
    with store.reading() as connection:
        live = read_live_layers(connection, catalog, 1).layers["lifts"]
    raw = layer_to_geojson(live.frame, catalog.layers["lifts"])
    assert parse_layer(raw, catalog.layers["lifts"], catalog).content_hash == live.content_hash


def test_what_no_longer_fits_the_catalogue_is_named(store, catalog, body):
    odd = {**body(1), "properties": {**body(1)["properties"], "wings": 2}}
    with store.writing() as connection:
        write_changes(connection, [Change("lifts", odd["id"], "create", odd, None)], ALICE)
    with store.reading() as connection, pytest.raises(DataError, match="wings"):
        read_live_layers(connection, catalog, 1)


# Two workers over one store


@pytest.fixture
def workers(tmp_path: Path, store_url: str):
    config = Config(instance=tmp_path, recheck_s=3600, store_url=store_url)
    two = [Results(config), Results(config)]
    for worker in two:
        worker.current()
    yield two
    for worker in two:
        worker.store().close()


def _save(worker, body, number, name, made_from):
    with worker.store().writing() as connection:
        change = Change("lifts", body(number)["id"], "update", body(number, name), made_from)
        write_changes(connection, [change], ALICE)


def test_workers_see_each_others_changes_at_the_next_call(workers, body):
    first, second = workers
    feature = body(1)["id"]
    for revision in range(6):
        writer, reader = (first, second) if revision % 2 else (second, first)
        _save(writer, body, 1, f"第{revision}版", revision or None)
        for worker in (reader, writer):
            frame = worker.current().live.layers["lifts"].frame
            assert frame.loc[feature, "name"] == f"第{revision}版"
    assert first.current().place("caojiadu").data_version == second.current().place("caojiadu").data_version
    assert first.current() is first.current()


def test_a_snapshot_never_changes_under_its_reader(workers, body):
    first, second = workers
    before = first.current()
    version, place = before.place("caojiadu").data_version, before.place("caojiadu")
    rows = len(place.facilities("lifts"))
    _save(second, body, 1, "新电梯", None)
    after = first.current()
    assert (before.place("caojiadu").data_version, len(before.assessment(place, "lifts").facilities)) == (version, rows)
    assert after.live.seq > before.live.seq
    now = after.place("caojiadu")
    assert len(after.assessment(now, "lifts").facilities) == rows + 1
    assert now.layers is not place.layers
    assert {id(one.layers) for one in after.places.values()} == {id(after.live.layers)}


def test_answers_of_layers_without_news_are_kept(workers, body):
    first, second = workers
    before = first.current()
    place = before.place("caojiadu")
    kept = {name: before.assessment(place, name) for name in ("lifts", "nurseries")}
    _save(second, body, 1, "新电梯", None)
    after = first.current()
    place = after.place("caojiadu")
    assert after.assessment(place, "nurseries") is kept["nurseries"]
    assert after.assessment(place, "lifts") is not kept["lifts"]


def test_a_draft_changes_nothing_that_readers_see(workers, body):
    first, second = workers
    before = first.current()
    with second.store().writing() as connection:
        write_changes(connection, [Change("lifts", body(1)["id"], "create", body(1), None, "draft")], ALICE)
    assert first.current() is before


def test_what_does_not_fit_the_catalogue_leaves_what_stands(workers, body):
    first, second = workers
    before = first.current()
    odd = {**body(1), "properties": {**body(1)["properties"], "wings": 2}}
    with second.store().writing() as connection:
        write_changes(connection, [Change("lifts", odd["id"], "create", odd, None)], ALICE)
    assert first.current() is before
    assert "wings" in str(first.fault)
    _save(second, body, 1, "改好了", 1)
    assert first.current().live.layers["lifts"].frame.loc[body(1)["id"], "name"] == "改好了"
    assert first.fault is None
