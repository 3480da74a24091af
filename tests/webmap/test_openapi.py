"""The API's definition: it names every route, its examples work, and a machine that goes by it finds no fault."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS30Validator

from webmap.api.openapi_desk import EXAMPLE_SCENARIO
from webmap.history import utc_now
from webmap.scenario_tables import SCENARIO

ENVELOPES = {
    "/api/coverage": "coverage",
    "/api/catchments": "catchments",
    "/api/isochrone": "isochrones",
    "/api/route": "route",
    "/api/nearest": "nearest",
    "/api/gaps": "gaps",
    "/api/siting": "siting",
    "/api/what-if": "what_if",
    "/api/scenarios/{scenario}": "what_if",
    "/api/claims": "claims",
    "/api/reconciliation": "reconciliation",
    "/api/history": "history",
}
# Parts of pages, and what only staff may do (docs/accounts.md): no part of the interface for everybody.
NOT_IN_THE_DEFINITION = re.compile(r"/frame/|^/api/openapi\.json$|^/ogc/$|/all\.<ending>$")


@pytest.fixture(scope="module")
def document(app: Flask) -> dict:
    """The definition; the scenario of its example is kept by somebody."""
    results = app.extensions["lifecircle.results"]
    told = {"owner": "wang", "name": "试试", "subdistrict": "caojiadu", "layer": "nurseries", "rule": "sh2016-15"}
    kept = {"id": EXAMPLE_SCENARIO, "profile": "planning", "changes": "add=121.43,31.231", "saved_at": utc_now()}
    results.current()
    with results.store().writing() as connection:
        connection.execute(SCENARIO.insert().values(told | kept))
    return app.test_client().get("/api/openapi.json").json


def parameters(document: dict, path: str) -> list[dict]:
    shared = document["components"]["parameters"]
    told = document["paths"][path]["get"]["parameters"]
    return [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in told]


def text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def examples(document: dict, path: str) -> list[tuple[str, dict[str, str]]]:
    """Addresses with queries: what has to be given, then each other parameter beside it, with the examples' values."""
    told = parameters(document, path)
    address = path
    for one in told:
        if one["in"] == "path":
            address = address.replace(f"{{{one['name']}}}", text(one["example"]))
    needed = {one["name"]: text(one["example"]) for one in told if one["required"] and one["in"] == "query"}
    others = [one for one in told if not one["required"] and "example" in one]
    return [(address, needed), *((address, needed | {one["name"]: text(one["example"])}) for one in others)]


def test_every_route_is_in_the_definition(app: Flask, document: dict) -> None:
    routes = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and str(rule).startswith(("/api/", "/ogc", "/healthz"))
    }
    told = {path for path in document["paths"] if "GET".lower() in document["paths"][path]}
    named = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in routes if not NOT_IN_THE_DEFINITION.search(route)}
    generic = {path.replace("{collectionId}", "{collection}") for path in told}
    generic |= {re.sub(r"^(/ogc/collections)/\w+/items", r"\1/{collection}/items", path) for path in told}
    generic |= {path.replace("{featureId}", "{feature}") for path in generic}
    assert named - generic == set()
    assert len(told) > 50
    changing = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}
        if str(rule).startswith(("/api/", "/ogc"))
    }
    assert changing == {
        (path, method) for path, item in document["paths"].items() for method in item if method != "get"
    }


def test_what_asks_for_an_account_says_so(client: FlaskClient, document: dict) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert ("security" in operation) == (operation["tags"] == ["staff"])
            if "security" in operation:
                response = client.open(path.replace("{layer}", "nurseries"), method=method.upper(), json={})
                assert response.status_code in {400, 401, 403, 428}, path


def test_the_examples_of_the_analysis_work_and_fit_their_schemas(client: FlaskClient, document: dict) -> None:
    open_to_all = [
        path for path, item in document["paths"].items() if "security" not in item.get("get", {"security": 1})
    ]
    for path in (path for path in open_to_all if path.startswith(("/api/", "/healthz"))):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        for address, query in examples(document, path):
            response = client.get(address, query_string=query)
            assert response.status_code == 200, f"{address} {query} {response.text[:300]}"
            if response.mimetype == "application/vnd.pmtiles":
                assert response.data[:7] == b"PMTiles", address
                response.close()
                continue
            schema = content[response.mimetype]["schema"] | {"components": document["components"]}
            assert [error.message[:200] for error in OAS30Validator(schema).iter_errors(response.json)] == [], address


@pytest.mark.parametrize("collection", ["practice_stations", "claims"])
def test_the_examples_of_a_collection_work(client: FlaskClient, document: dict, collection: str) -> None:
    path = f"/ogc/collections/{collection}/items"
    tried = examples(document, path)
    assert len(tried) > 25
    for address, query in tried:
        response = client.get(address, query_string=query)
        assert response.status_code == 200, f"{address} {query} {response.text[:300]}"


@pytest.mark.parametrize("path", ENVELOPES)
def test_one_envelope(client: FlaskClient, document: dict, path: str) -> None:
    """Each analysis has the version of its data, what was asked, and its result under one name; units are in names."""
    address, query = examples(document, path)[0]
    body = client.get(address, query_string=query).json
    assert re.fullmatch("[0-9a-f]{64}", body["data_version"])
    assert ENVELOPES[path] in body
    lengths = {name for name in names_in(body) if re.search("distance|length|limit|radius|accuracy", name)}
    assert {name for name in lengths if not name.endswith(("_m", "_min"))} == set()


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in names_in(one)}
    return {name for one in value for name in names_in(one)} if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/isochrone?lon=121.43", 400, "missing_parameter"),
        ("/api/isochrone?lon=121.43&lat=31.231&limits_min=0", 400, "bad_value"),
        ("/api/isochrone?lon=121.43&lat=31.231&limits_min=1,2,3,4,5,6,7", 400, "bad_value"),
        ("/api/isochrone?lon=121.43&lat=31.231&limits_min=1,1,1,1,1,1,1", 400, "bad_value"),
        ("/api/isochrone?lon=31.231&lat=121.43", 400, "bad_position"),
        ("/api/route?from_lon=1&from_lat=x&to_lon=y&to_lat=4", 400, "bad_position"),
        ("/api/catchments?subdistrict=nowhere&layer=lifts", 404, "unknown_subdistrict"),
        ("/api/history?limit=0", 400, "bad_value"),
        ("/api/history?layer=nothing", 404, "unknown_layer"),
        ("/ogc/collections/nothing", 404, "unknown_collection"),
        ("/ogc/collections/lifts/items/nothing", 404, "unknown_feature"),
        ("/ogc/collections/lifts/all.shp", 404, "unknown_format"),
        ("/ogc/collections/lifts/items?at=2001-01-01", 404, "before_first_entry"),
        ("/ogc/collections/lifts/items?at=x", 400, "bad_day"),
    ],
)
def test_a_fault_has_a_type_that_stays(client: FlaskClient, path: str, status: int, kind: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.json["type"] == f"urn:lifecircle:problem:{kind}"
    assert {"code", "where", "found", "remedy"} <= set(response.json["problems"][0])


def test_both_ends_of_a_route_are_named_as_they_are_called(client: FlaskClient) -> None:
    body = client.get("/api/route?from_lon=1&from_lat=x&to_lon=2&to_lat=4").json
    assert [one["where"] for one in body["problems"]] == ["from_lat"]


def test_a_place_without_a_street_near_is_null_with_a_reason(client: FlaskClient) -> None:
    body = client.get("/api/isochrone?lon=121.0&lat=30.5").json
    assert (body["isochrones"], body["reason"]) == (None, "off_network")
    body = client.get("/api/route?from_lon=121.43&from_lat=31.231&to_lon=121.0&to_lat=30.5").json
    assert (body["route"], body["reason"]) == (None, "off_network")


def test_isochrones_nest_and_a_route_is_as_long_as_its_parts(client: FlaskClient) -> None:
    from shapely.geometry import shape

    body = client.get("/api/isochrone?lon=121.43&lat=31.231&limits_min=15,5,10&profile=frail").json
    small, middle, large = (shape(one["geometry"]) for one in body["isochrones"])
    assert [one["limit_min"] for one in body["isochrones"]] == [5, 10, 15]
    assert large.covers(middle)
    assert middle.covers(small)
    found = client.get("/api/route?from_lon=121.43&from_lat=31.231&to_lon=121.435&to_lat=31.229").json["route"]
    parts = sum(leg["length_m"] for leg in found["legs"]) + found["access_from_m"] + found["access_to_m"]
    assert parts == pytest.approx(found["distance_m"], abs=0.2)


def test_catchments_add_up_to_everybody_who_can_walk_somewhere(client: FlaskClient) -> None:
    ask = {"subdistrict": "caojiadu", "layer": "practice_stations"}
    catchments = client.get("/api/catchments", query_string=ask).json["catchments"]
    people = client.get("/api/coverage", query_string=ask).json["coverage"]["people"]
    assert sum(one["people"] for one in catchments) == pytest.approx(people["total"] - people["unreachable"])
    assert sum(one["covered_people"] for one in catchments) == pytest.approx(people["covered"])


def test_history_is_of_what_was_published_and_names_nobody(client: FlaskClient) -> None:
    first = client.get("/api/history?limit=3").json["history"]
    assert set(first[0]) == {"seq", "at", "layer", "feature", "revision", "operation"}
    onward = client.get(f"/api/history?limit=3&before_seq={first[-1]['seq']}").json["history"]
    assert [one["seq"] for one in first + onward] == sorted((one["seq"] for one in first + onward), reverse=True)
    assert len({one["seq"] for one in first + onward}) == 6


# Rows 26 and 27 of the table of bad inputs


@pytest.mark.parametrize("query", ["bbox=", "bbox=1,2,3", "limit=-1", "limit=x", "unknown=1"])
def test_row_26_bad_parameters(client: FlaskClient, query: str) -> None:
    response = client.get(f"/ogc/collections/demand/items?{query}")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert response.json["problems"][0]["where"] == query.partition("=")[0]


def test_row_26_a_limit_that_is_too_large_is_cut(client: FlaskClient) -> None:
    body = client.get("/ogc/collections/demand/items?limit=999999").json
    assert body["numberReturned"] == 575


def test_row_27_an_overlong_query(client: FlaskClient) -> None:
    response = client.get(f"/ogc/collections/demand/items?q={'x' * 10_000}")
    assert (response.status_code, response.json["type"]) == (400, "urn:lifecircle:problem:query_too_long")
    deep = "(" * 700 + "modelled" + ")" * 700
    response = client.get("/ogc/collections/demand/items", query_string={"filter": deep})
    assert (response.status_code, response.json["type"]) == (400, "urn:lifecircle:problem:filter_too_deep")


def test_row_27_a_search_is_for_the_text_and_no_pattern(client: FlaskClient) -> None:
    here = "/ogc/collections/demand/items"
    for query in ({"q": "(a+)+$"}, {"street": "(a+)+$"}, {"filter": "street LIKE '%(a+)+$%'"}):
        assert client.get(here, query_string=query).json["numberMatched"] == 0
    found = client.get(here, query_string={"q": "万航渡"}).json["features"]
    assert found
    assert all("万航渡" in one["properties"]["street"] for one in found)
    assert client.get(here, query_string={"q": "万.渡"}).json["numberMatched"] == 0
