"""/api/address and /api/nearest: shapes, honesty, agreement with the engine, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from geo.access import nearest_facility
from geo.nearby import collect_sites, nearest_rows, reversed_network, walks_to
from geo.snapping import snap
from geo.walk import Walk
from webmap.near_data import NOT_SERVICES, services

GAORONG = "lon=121.4276&lat=31.2291"


@pytest.fixture(scope="module")
def now(app):
    return app.extensions["lifecircle.results"].current()


def test_address_has_exactly_these_members(client) -> None:
    found = client.get("/api/address?q=万航渡路605号").json
    assert set(found) == {"candidates"}
    assert [set(one) for one in found["candidates"]] == [{"label", "lon", "lat", "accuracy_m", "how"}] * 2
    assert found["candidates"][0]["label"] == "万航渡路605号"
    assert found["candidates"][0]["accuracy_m"] > 20


@pytest.mark.parametrize("typed", ["(a%2B)%2B$", "%00", "%3Cscript%3E", "%ED%A0%80", "火星"])
def test_address_that_fits_nothing_is_an_empty_list(client, typed: str) -> None:
    answer = client.get(f"/api/address?q={typed}")
    assert (answer.status_code, answer.json) == (200, {"candidates": []})


@pytest.mark.parametrize("query", ["", "q=", "q=a&q=b", "q=x&page=2", f"q={'a' * 101}", f"q={'a' * 10_000}"])
def test_address_asked_wrongly_is_refused(client, query: str) -> None:
    answer = client.get(f"/api/address?{query}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_nearest_of_each_service_is_what_the_engine_says(client, now) -> None:
    place = now.place("caojiadu")
    layers = {layer.id: place.facilities(layer.id) for layer in services(now)}
    sites = collect_sites(place.network, layers)
    for lon, lat in np.random.default_rng(7).uniform((121.425, 31.2275), (121.437, 31.236), (12, 2)):
        told = client.get(f"/api/nearest?lon={lon:.5f}&lat={lat:.5f}&profile=adult").json["nearest"]
        assert [one["layer"] for one in told] == list(layers)
        person = snap(place.network, np.array([round(lon, 5)]), np.array([round(lat, 5)]))
        walks_m = walks_to(reversed_network(place.network), sites, round(lon, 5), round(lat, 5), Walk())
        for one in told:
            rows = sites.rows_of(one["layer"])
            expected = nearest_facility(place.network, sites.snaps.take(np.array(rows, dtype=np.int64)), person)
            if expected.distance_dm[0] < 0:
                assert one["distance_m"] is None
                continue
            assert one["distance_m"] == expected.distance_dm[0] / 10
            assert one["id"] == sites.sites[rows[expected.facility[0]]].id
            assert walks_m[nearest_rows(rows, walks_m, 1)[0]] == one["distance_m"]  # the list of a page agrees


def test_nobody_is_sent_to_a_sample_or_to_what_is_not_open(client, now) -> None:
    told = client.get("/api/nearest?lon=121.5769&lat=31.2726").json
    statuses = {one["location_status"] for one in told["nearest"] if one["id"]}
    assert statuses <= {"surveyed", "address", "approximate"}
    counts = {one["layer"]: one for one in told["not_located"]}
    assert counts["safe_houses"] == {"layer": "safe_houses", "sample": 42, "unlocated": 0, "not_open": 0}
    assert counts["recycling_points"]["not_open"] == 23
    nothing = {one["layer"]: one["reason"] for one in told["nearest"] if one["id"] is None}
    assert nothing["safe_houses"] == "no_known_position"
    lifts = now.place("caojiadu").facilities("lifts")
    building = set(lifts.index[lifts["phase"] == "in_progress"])
    near = client.get(f"/api/nearest?{GAORONG}&layer=lifts").json["nearest"][0]
    assert building
    assert near["id"] not in building


def test_an_approximate_place_adds_its_error_to_the_minutes(client) -> None:
    one = client.get(f"/api/nearest?{GAORONG}&layer=practice_stations&profile=adult").json["nearest"][0]
    assert one["location_status"] == "approximate"
    assert one["within_m"] == one["distance_m"] + one["accuracy_m"]
    assert one["minutes"] == pytest.approx(one["within_m"] / 1.2 / 60, abs=1)
    assert one["minutes"] >= one["within_m"] / 1.2 / 60


def test_pace_changes_minutes_and_not_the_distance(client) -> None:
    adult, frail = (
        client.get(f"/api/nearest?{GAORONG}&layer=heritage_buildings&profile={profile}").json["nearest"][0]
        for profile in ("adult", "frail")
    )
    assert adult["distance_m"] == frail["distance_m"]
    assert adult["minutes"] <= frail["minutes"]


@pytest.mark.parametrize(
    ("position", "inside", "outside_m"),
    [(GAORONG, True, 0), ("lon=121.47&lat=31.23", False, 3200), ("lon=0&lat=0", False, 13_000_000)],
)
def test_outside_the_area_it_says_so(client, position: str, inside: bool, outside_m: float) -> None:
    told = client.get(f"/api/nearest?{position}").json
    assert told["inside"] is inside
    assert told["outside_m"] == pytest.approx(outside_m, rel=0.1)
    assert inside or {one["distance_m"] for one in told["nearest"]} == {None}


def test_no_service_is_a_home_or_a_gate(now) -> None:
    assert len(services(now)) == len(now.catalog.layers) - len(NOT_SERVICES) > 10


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=121.43",
        "lon=nan&lat=31",
        "lon=inf&lat=31",
        "lon=1e999&lat=31",
        "lon=31.2&lat=121.4",
        "lon=121.43&lat=95",
        "lon=1_2&lat=31",
        "lon=１２１&lat=31",
        "lon=121.43&lat=31.23&lon=1",
        f"lon={'1' * 500}&lat=31",
        f"{GAORONG}&profile=bird",
        f"{GAORONG}&layer=compounds",
        f"{GAORONG}&layer=../x",
        f"{GAORONG}&open_at=tomorrow",
        f"{GAORONG}&open_at=9999-12-31T23:59",
        f"{GAORONG}&open_at=0001-01-01T00:00%2B23:59",
        f"{GAORONG}&limit=1",
    ],
)
def test_nearest_asked_wrongly_is_refused(client, query: str) -> None:
    answer = client.get(f"/api/nearest?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["problems"]


@pytest.mark.parametrize("moment", ["2026-11-21T15:30", "2026-11-21T07:30:00Z", "2026-11-21", "now"])
def test_a_moment_is_read_and_hours_that_are_not_known_close_nobody_out(client, moment: str) -> None:
    told = client.get(f"/api/nearest?{GAORONG}&layer=nurseries&open_at={moment}").json
    assert told["open_at"].startswith("20")
    assert told["nearest"][0]["opening"] == {"state": "unknown", "until": None, "note": "no_hours"}
