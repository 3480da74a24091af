"""`?at=`: any page and any figure as of a past day, or a refusal that says why."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from geo.errors import RequestError
from webmap import create_app
from webmap.config import Config
from webmap.past import SHANGHAI, end_of_day, read_day
from webmap.revisions import Authorship, Change, read_heads, write_changes

ALICE = Authorship("alice", "", "form")
SEEDED, MOVED, CLOSED = "2020-03-01T08:00:00.000000Z", "2020-03-10T15:59:59.999999Z", "2020-03-10T16:00:00.000000Z"


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """An application whose practice_stations of 曹家渡 were closed one by one, the first by a hair before midnight."""
    with pytest.MonkeyPatch.context() as patch:
        moments = iter([SEEDED] * 2 + [MOVED, CLOSED])
        patch.setattr("webmap.history.utc_now", lambda: next(moments))
        app = create_app(Config(instance=tmp_path_factory.mktemp("past"), recheck_s=3600))
        app.test_client().get("/healthz")
        store = app.extensions["lifecircle.results"].store()
        with store.reading() as connection:
            heads = [head for head in read_heads(connection, "practice_stations").values() if _is_here(head.body)]
        for head in heads[:2]:
            with store.writing() as connection:
                write_changes(
                    connection, [Change("practice_stations", head.feature, "delete", None, head.revision)], ALICE
                )
    yield app, [head.feature for head in heads]
    store.close()


def _is_here(body) -> bool:
    return body["properties"]["subdistrict"] == "caojiadu" and body["geometry"] is not None


@pytest.fixture
def visitor(history):
    return history[0].test_client()


def _practice_stations(visitor, query: str) -> set[str]:
    features = visitor.get(f"/api/layers/practice_stations?subdistrict=caojiadu{query}").json["features"]
    return {feature["id"] for feature in features if feature["geometry"]}


def test_a_layer_is_read_as_it_was_at_the_end_of_the_day_in_shanghai(visitor, history):
    first, second, *rest = history[1]
    assert _practice_stations(visitor, "&at=2020-03-01") == {first, second, *rest}
    assert _practice_stations(visitor, "&at=2020-03-09") == {first, second, *rest}
    assert _practice_stations(visitor, "&at=2020-03-10") == {second, *rest}
    assert _practice_stations(visitor, "&at=2020-03-11") == set(rest)
    assert _practice_stations(visitor, "") == set(rest)


def test_one_feature_is_there_on_the_day_that_it_was(visitor, history):
    url = f"/api/layers/practice_stations/{history[1][0]}"
    assert visitor.get(f"{url}?at=2020-03-01").status_code == 200
    assert visitor.get(url).status_code == 404


def test_figures_and_versions_are_those_of_the_day(visitor):
    asked = "/api/coverage?subdistrict=caojiadu&layer=practice_stations&samples=1"
    now, then, unchanged = (visitor.get(asked + at).json for at in ("", "&at=2020-03-01", "&at=2020-03-11"))
    assert then["data_version"] != now["data_version"]
    assert then["locations"] != now["locations"]
    assert unchanged == now


@pytest.mark.parametrize("path", ["/", "/about", "/planner/caojiadu", "/map/caojiadu/practice_stations", "/reports"])
@pytest.mark.parametrize(("language", "words"), [("zh", "这是 2020-03-01 的样子"), ("en", "As it was on 2020-03-01")])
def test_every_page_of_the_past_says_so_and_leads_back(visitor, path, language, words):
    page = visitor.get(f"{path}?at=2020-03-01&lang={language}", follow_redirects=True)
    assert page.status_code == 200
    assert words in page.text
    back = re.search(r'class="past-day".*?<a href="([^"]*)"', page.text, re.DOTALL).group(1)
    assert "at=" not in back
    assert "past-day" not in visitor.get(back).text


@pytest.mark.parametrize("path", ["/planner/caojiadu", "/map/caojiadu/practice_stations", "/reports"])
def test_every_link_of_a_page_of_the_past_stays_there(visitor, path):
    text = visitor.get(f"{path}?at=2020-03-01").text
    links = re.findall(r'(?:href|src|data-[a-z-]*url)="(/[^"]*)"', text)
    kept = [link for link in links if "at=2020-03-01" in link]
    others = {link.split("?")[0] for link in links} - {link.split("?")[0] for link in kept}
    back = re.search(r'class="past-day".*?<a href="([^"#?]*)', text, re.DOTALL).group(1)
    assert len(kept) >= 5
    assert [link for link in others if not link.startswith(("/static/", "/frame/", "/staff", back))] == []
    for link in kept:
        assert link.count("?") == 1
        assert len(re.findall(r"(?:[?&]|amp;)at=", link)) == 1


def test_what_a_map_of_the_past_draws_is_of_the_past(visitor, history):
    page = visitor.get("/map/caojiadu/practice_stations?at=2020-03-01").text
    (data,) = set(re.findall(r'"(/map/caojiadu/practice_stations/data\.json[^"]*)"', page))
    drawn = visitor.get(data.replace("&amp;", "&")).json["facilities"]
    assert len(drawn) == len(history[1])


def test_before_the_first_entry_there_is_nothing(visitor):
    answer = visitor.get("/api/layers/practice_stations?at=2020-02-29")
    assert (answer.status_code, answer.json["problems"][0]["code"]) == (404, "before_first_entry")
    page = visitor.get("/planner/caojiadu?at=2020-02-29")
    assert page.status_code == 404
    assert "那一天还没有任何记录" in page.text


def test_a_day_whose_streets_are_gone_is_refused_in_words(visitor, history, monkeypatch):
    results = history[0].extensions["lifecircle.results"]
    now = results.current()
    places = {name: replace(place, inputs_version="other") for name, place in now.places.items()}
    monkeypatch.setattr(type(results), "current", lambda _self: replace(now, places=places))
    answer = visitor.get("/api/coverage?subdistrict=caojiadu&layer=practice_stations&at=2020-03-01")
    assert (answer.status_code, answer.json["problems"][0]["code"]) == (409, "inputs_gone")
    page = visitor.get("/planner/caojiadu?at=2020-03-01")
    assert page.status_code == 409
    assert "就不是那天的数字" in page.text
    assert visitor.get("/planner/caojiadu").status_code == 200


@pytest.mark.parametrize(
    "day", ["2020-3-1", "20200301", "2020-02-30", "yesterday", "2020-03-01T00:00", "2020-W10-1", "٢٠٢٠-03-01"]
)
def test_what_is_no_day_is_refused(visitor, day):
    answer = visitor.get("/api/layers/practice_stations", query_string={"at": day})
    assert (answer.status_code, answer.json["problems"][0]["code"]) == (400, "bad_day")
    assert visitor.get("/planner/caojiadu", query_string={"at": day}).status_code == 400


def test_a_day_to_come_is_refused_and_today_is_not():
    today = datetime.now(SHANGHAI).date()
    assert read_day(today.isoformat()) == today
    with pytest.raises(RequestError, match="not come yet"):
        read_day((today + timedelta(days=2)).isoformat())


def test_the_end_of_a_day_is_midnight_in_shanghai():
    day = read_day("2020-03-10")
    assert end_of_day(day) == MOVED
    assert datetime.fromisoformat(end_of_day(day)).astimezone(UTC).date() == day


def test_what_changes_something_and_staff_pages_speak_of_today(visitor):
    assert "past-day" not in visitor.get("/staff/login?at=2020-02-29").text
    assert visitor.get("/staff/login?at=2020-02-29").status_code != 400
    assert visitor.post("/staff/login?at=nonsense").status_code in {400, 401, 403}
