"""The API: figures, layers, and an answer that names every fault of a wrong question."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

ASK = {"subdistrict": "caojiadu", "layer": "nurseries"}


def problem(client: FlaskClient, path: str, status: int) -> dict:
    response = client.get(path)
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = json.loads(response.data)
    assert set(body) == {"type", "title", "status", "detail", "problems"}
    assert body["status"] == status
    for one in body["problems"]:
        assert set(one) == {"code", "where", "found", "remedy"}
    return body


def test_coverage_of_the_headline_rule(client: FlaskClient) -> None:
    body = client.get("/api/coverage", query_string=ASK).json
    assert body["rule"]["id"] == "sh2016-15"
    assert body["limit_m"] == 900
    assert body["unit"] == "people"
    assert body["with_samples"] is False
    people = body["coverage"]["people"]
    assert people["total"] == pytest.approx(82_884)
    assert people["covered"] + people["uncovered"] + people["unreachable"] == pytest.approx(people["total"])
    assert people["share"] == pytest.approx(people["covered"] / people["total"])


def test_rule_and_profile_change_the_limit(client: FlaskClient) -> None:
    body = client.get("/api/coverage", query_string=ASK | {"rule": "jgj39", "profile": "frail"}).json
    assert body["limit_m"] == 300
    assert client.get("/api/coverage", query_string=ASK | {"profile": "frail"}).json["limit_m"] == 576


def test_samples_count_only_when_asked_for(client: FlaskClient) -> None:
    ask = {"subdistrict": "hudong", "layer": "safe_houses"}
    honest = client.get("/api/coverage", query_string=ask).json
    assert honest["coverage"] is None
    assert "samples do not count" in honest["reason"]
    assert honest["locations"] == {"surveyed": 0, "address": 0, "approximate": 0, "sample": 42, "unlocated": 0}
    assert honest["stated"] == {"value": 42, "parts": [42.0], "plan": False}
    sampled = client.get("/api/coverage", query_string=ask | {"samples": "1"}).json
    assert sampled["coverage"]["facilities_used"] == 42
    assert "reason" not in sampled
    assert sampled["coverage"]["households"]["total"] == 26_907
    assert "people" not in sampled["coverage"]


def test_layer_without_a_rule_has_no_coverage(client: FlaskClient) -> None:
    body = client.get("/api/coverage?subdistrict=caojiadu&layer=lifts").json
    assert body["rule"] is None
    assert body["coverage"] is None
    assert "no rule" in body["reason"]


def test_every_fault_is_named_at_once(client: FlaskClient) -> None:
    body = problem(client, "/api/coverage?subdistrict=caojiadu&layer=nurseries&profile=fast&samples=2&x=1&x=2", 400)
    assert {(one["code"], one["where"]) for one in body["problems"]} == {
        ("unknown_parameter", "x"),
        ("bad_value", "profile"),
        ("bad_value", "samples"),
    }
    assert "planning, adult, older, frail" in json.dumps(body)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("layer=nurseries", "subdistrict"),
        ("subdistrict=caojiadu", "layer"),
        ("subdistrict=caojiadu&layer=nurseries&layer=lifts", "layer"),
        ("subdistrict=caojiadu&layer=nurseries&rule=safe-house-200", "rule"),
        ("subdistrict=caojiadu&layer=lifts&rule=sh2016-15", "rule"),
        ("subdistrict=&layer=nurseries", "subdistrict"),
        ("subdistrict=caojiadu&layer=nurseries&profile=", "profile"),
    ],
)
def test_wrong_question_names_its_parameter(client: FlaskClient, query: str, where: str) -> None:
    assert problem(client, f"/api/coverage?{query}", 400)["problems"][0]["where"] == where


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fx", "..%5Cx", "CON", "%00", "托育点", "nurseries%00", "__proto__", "a" * 500]
)
def test_unknown_names_are_404(client: FlaskClient, name: str) -> None:
    problem(client, f"/api/layers/{name}", 404)
    problem(client, f"/api/coverage?subdistrict=caojiadu&layer={name}", 404)
    problem(client, f"/api/coverage?subdistrict={name}&layer=nurseries", 404)
    problem(client, f"/api/layers/nurseries/{name}", 404)


def test_overlong_query_is_400(client: FlaskClient) -> None:
    body = problem(client, "/api/coverage?layer=" + "(a+)+$" * 2000, 400)
    assert body["problems"][0]["code"] == "query_too_long"


def test_layer_is_geojson_of_one_place_or_all(client: FlaskClient) -> None:
    response = client.get("/api/layers/heritage_buildings")
    assert response.mimetype == "application/geo+json"
    everywhere = json.loads(response.data)
    here = json.loads(client.get("/api/layers/heritage_buildings?subdistrict=caojiadu").data)
    assert {one["properties"]["subdistrict"] for one in here["features"]} == {"caojiadu"}
    assert 0 < len(here["features"]) < len(everywhere["features"])
    assert all(one["properties"]["location_status"] for one in everywhere["features"])


def test_one_feature_is_the_one_of_the_layer(client: FlaskClient) -> None:
    first = json.loads(client.get("/api/layers/nurseries").data)["features"][0]
    assert json.loads(client.get(f"/api/layers/nurseries/{first['id']}").data) == first
    problem(client, "/api/layers/lifts/" + first["id"], 404)
    problem(client, f"/api/layers/nurseries/{first['id']}?x=1", 400)


@pytest.mark.parametrize(
    "path",
    [
        "/api/coverage?subdistrict=caojiadu&layer=nurseries",
        "/api/layers/nurseries",
        "/map/caojiadu/nurseries/data.json",
        "/frame/caojiadu/script.js",
    ],
)
def test_same_data_is_not_sent_twice(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"other"'}).data == first.data


def test_health(client: FlaskClient, app: Flask) -> None:
    body = client.get("/healthz").json
    assert body["status"] == "ok"
    assert body["stale"] is False
    places = app.extensions["lifecircle.results"].current().places
    assert body["data_versions"] == {name: place.data_version for name, place in places.items()}
    problem(client, "/healthz?x=1", 400)
