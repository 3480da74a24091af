"""What if: figures of a change, strict about what is asked, kept by name for those who plan, read by everybody."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from geo.what_if import Placed, Scenario
from webmap.scenario_link import read_scenario, scenario_query

BASE = "/planner/caojiadu/nurseries/what-if"
SITE = "121.4325,31.2385"


def test_a_new_site_wins_people_and_far_away_it_wins_nobody(client: FlaskClient) -> None:
    near = client.get(f"{BASE}.json?add={SITE}").json
    assert near["won_people"] > 0
    assert near["people"]["after"]["covered"] == pytest.approx(
        near["people"]["before"]["covered"] + near["won_people"] - near["lost_people"]
    )
    assert near["states"].count("w") > 0
    far = client.get(f"{BASE}.json?add=121.9,31.0").json
    assert far["won_people"] == 0
    assert far["off_network"] == ["new-1"]


def test_what_closes_and_opens_elsewhere_is_what_is_moved(client: FlaskClient) -> None:
    facility = client.get("/api/layers/nurseries?subdistrict=caojiadu").json["features"][0]["id"]
    moved = client.get(f"{BASE}.json?move={facility},{SITE}").json
    replaced = client.get(f"{BASE}.json?close={facility}&add={SITE}").json
    assert moved["people"] == replaced["people"]
    assert moved["lost_people"] > 0


def test_page_without_script_says_what_the_json_says(client: FlaskClient) -> None:
    figures = client.get(f"{BASE}.json?lang=zh&add={SITE}").json["figures"]
    page = client.get(f"{BASE}?lang=zh&add={SITE}&add=&gate=&path=&close=").text
    for name in ("share_after", "fraction_after", "change", "won", "points"):
        assert figures[name] in page
    assert "不是普查" in page


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("add=1", "bad_value"),
        ("add=31.2,121.4", "bad_value"),
        ("add=nan,1", "bad_value"),
        ("close=%3Cscript%3E", "unknown_facility"),
        ("move=x", "bad_value"),
        ("path=121.4,31.2", "bad_value"),
        ("speed=9", "unknown_parameter"),
        ("rule=jgj39&rule=jgj39", "repeated_parameter"),
        ("&".join(["add=121.43,31.23"] * 31), "too_many_changes"),
        ("gate=121.9,31.0", "no_gate"),
    ],
)
def test_a_bad_parameter_is_refused(client: FlaskClient, query: str, code: str) -> None:
    answer = client.get(f"{BASE}.json?{query}")
    assert (answer.status_code, answer.json["problems"][0]["code"]) == (400, code)


def test_a_layer_without_a_limit_has_no_what_if(client: FlaskClient) -> None:
    assert client.get("/planner/caojiadu/heritage_buildings/what-if").status_code == 400
    assert client.get("/planner/nowhere/nurseries/what-if.json").status_code == 404


def test_figures_follow_a_drag(client: FlaskClient) -> None:
    client.get(f"{BASE}.json")
    seconds = []
    for step in range(7):
        begun = time.perf_counter()
        assert client.get(f"{BASE}.json?add=121.43{step},31.2385").status_code == 200
        seconds.append(time.perf_counter() - begun)
    assert sorted(seconds)[3] < 0.25  # 0.1 on a machine that does nothing else


POSITIONS = st.tuples(
    st.floats(-180, 180).map(lambda number: round(number, 6)), st.floats(-90, 90).map(lambda number: round(number, 6))
)


@settings(max_examples=40, deadline=None)
@given(st.lists(POSITIONS, max_size=4), st.lists(POSITIONS, max_size=3), st.lists(POSITIONS, min_size=2, max_size=4))
def test_an_address_holds_the_whole_scenario(added: list, gates: list, path: list) -> None:
    scenario = Scenario(
        added=tuple(Placed(f"new-{number}", *spot) for number, spot in enumerate(added, start=1)),
        moved=(Placed("01J0", 121.4, 31.2),),
        closed=("a", "b"),
        shut_gates=tuple(gates),
        footpaths=(tuple(path),),
    )
    assert read_scenario(MultiDict(scenario_query(scenario))) == scenario


def test_rules_and_profiles_stand_side_by_side(client: FlaskClient, app: Flask) -> None:
    page = client.get("/planner/caojiadu/nurseries?lang=zh").text
    now = app.extensions["lifecircle.results"].current()
    for rule in now.layer("nurseries").rules:
        assert f'data-rule="{rule}"' in page
    assert "没到" in page
    assert "45.5%" in page
    assert "10.8%" in page
    assert client.get("/planner/caojiadu/nurseries?when=tonight").status_code == 400
    night = client.get("/planner/caojiadu/nurseries?when=2026-11-23T03:00&lang=zh").text
    assert "没有开门时间，算作开着" in night
