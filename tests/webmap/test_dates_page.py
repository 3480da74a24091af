"""Two days of one subdistrict: figures of both, what changed between them, and a refusal where figures are gone."""

from __future__ import annotations

import re

import pytest

from webmap import create_app
from webmap.config import Config
from webmap.revisions import Authorship, Change, read_heads, write_changes

PAGE = "/planner/caojiadu/dates"
ALICE = Authorship("alice", "", "form")
DAYS = ["2020-03-01T08:00:00.000000Z"] * 2 + ["2020-03-05T08:00:00.000000Z", "2020-03-06T08:00:00.000000Z"]
KINDS = re.compile(r'data-kind="(\w+)"><th scope="row">([^<]+)<')


@pytest.fixture(scope="module")
def visitor(tmp_path_factory):
    """All practice stations but one are closed on one day and another facility renamed and moved on the next."""
    with pytest.MonkeyPatch.context() as patch:
        moments = iter(DAYS)
        patch.setattr("webmap.history.utc_now", lambda: next(moments))
        app = create_app(Config(instance=tmp_path_factory.mktemp("dates"), recheck_s=3600))
        app.test_client().get("/healthz")
        store = app.extensions["lifecircle.results"].store()
        with store.reading() as connection:
            *goes, _ = _located(connection, "practice_stations")
            gone, moved = goes[0], _located(connection, "nurseries")[0]
        body = moved.body | {"properties": moved.body["properties"] | {"name": "<b>新名"}}
        lon, lat = body["geometry"]["coordinates"]
        body["geometry"] = {"type": "Point", "coordinates": [lon, lat + 0.0005]}
        closings = [Change("practice_stations", each.feature, "delete", None, each.revision) for each in goes]
        for changes in (closings, [Change("nurseries", moved.feature, "update", body, moved.revision)]):
            with store.writing() as connection:
                write_changes(connection, changes, ALICE)
    yield app.test_client(), gone
    store.close()


def _located(connection, layer):
    heads = read_heads(connection, layer).values()
    here = [head for head in heads if head.body["properties"]["subdistrict"] == "caojiadu" and head.body["geometry"]]
    return [head for head in here if head.body["properties"]["location_status"] != "sample"]


def test_figures_and_changes_stand_between_the_two_days(visitor):
    client, gone = visitor
    page = client.get(f"{PAGE}?from=2020-03-01&until=2020-03-06&lang=zh").text
    assert ("removed", gone.body["properties"]["name"]) in KINDS.findall(page)
    assert ("moved", "&lt;b&gt;新名") in KINDS.findall(page)
    assert "挪了 5" in page  # 0.0005 degrees of latitude are 55 m
    lost = float(re.search(r'data-layer="practice_stations".*?data-difference="([-\d.]+)"', page, re.DOTALL)[1])
    assert lost < 0
    back = client.get(f"{PAGE}?from=2020-03-06&until=2020-03-01&lang=zh").text
    assert (
        float(re.search(r'data-layer="practice_stations".*?data-difference="([-\d.]+)"', back, re.DOTALL)[1]) == -lost
    )
    assert ("added", gone.body["properties"]["name"]) in KINDS.findall(back)


def test_a_day_without_changes_says_so(visitor):
    client, _ = visitor
    page = client.get(f"{PAGE}?from=2020-03-02&until=2020-03-03&lang=zh").text
    assert "没有变化" in page
    assert KINDS.findall(page) == []


@pytest.mark.parametrize(("day", "status"), [("2019-01-01", 404), ("2020-13-01", 400), ("x", 400), ("2999-01-01", 400)])
def test_a_day_that_is_none_is_refused(visitor, day, status):
    assert visitor[0].get(f"{PAGE}?from={day}").status_code == status


def test_figures_are_refused_where_inputs_changed_and_changes_are_listed(visitor, monkeypatch):
    client, gone = visitor
    monkeypatch.setattr("webmap.results.inputs_of", lambda _: {"caojiadu": "other"})
    page = client.get(f"{PAGE}?from=2020-03-01&until=2020-03-06&lang=zh").text
    assert "不能再算出来" in page
    assert ("removed", gone.body["properties"]["name"]) in KINDS.findall(page)
    assert 'data-difference=""' in page
