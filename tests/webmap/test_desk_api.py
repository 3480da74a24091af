"""The desk for programs: gaps, siting and scenarios; the same figures as its pages, jobs limited for each client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerMinute
from shapely.geometry import shape

from webmap import jobs, siting_limit
from webmap.api import siting
from webmap.job_tables import JOB
from webmap.jobs import ask_for, run_job

CAOJIADU = {"subdistrict": "caojiadu", "layer": "nurseries"}
SignIn = Callable[[FlaskClient, str], str]


@pytest.fixture
def empty_queue(app: Flask) -> Iterator[None]:
    """No job is under way before, and none is left behind."""
    store = app.extensions["lifecircle.results"].store()

    def empty() -> None:
        with store.writing() as connection:
            connection.execute(JOB.delete())

    empty()
    yield
    empty()


def people_in(answer: dict) -> float:
    return sum(one["people"] for one in answer["gaps"])


def test_the_gaps_of_a_layer_hold_everybody_who_is_not_covered(client: FlaskClient) -> None:
    ask = CAOJIADU | {"layer": "practice_stations"}
    gaps = client.get("/api/gaps", query_string=ask).json
    people = client.get("/api/coverage", query_string=ask).json["coverage"]["people"]
    assert people_in(gaps) == pytest.approx(people["uncovered"] + people["unreachable"])
    assert gaps["gaps"][0]["letter"] == "A"
    for one in gaps["gaps"]:
        assert sum(one["people_by_reason"].values()) == pytest.approx(one["people"])
        assert one["missing_m"] is None or one["missing_m"] == pytest.approx(one["distance_m"] - gaps["limit_m"])
        assert one["geometry"] is None or shape(one["geometry"]).is_valid


def test_a_layer_without_a_rule_has_null_and_a_reason(client: FlaskClient) -> None:
    for path, name in (("/api/gaps", "gaps"), ("/api/siting", "siting"), ("/api/what-if", "what_if")):
        body = client.get(path, query_string=CAOJIADU | {"layer": "lifts"}).json
        assert (body[name], body["reason"]) == (None, "no rule gives this layer a walking limit")


def test_gaps_are_a_collection_with_the_same_people(client: FlaskClient) -> None:
    query = {"layer": "nurseries", "subdistrict": "caojiadu", "limit": 1000}
    page = client.get("/ogc/collections/gaps/items", query_string=query).json
    gaps = client.get("/api/gaps", query_string=CAOJIADU).json
    assert page["numberMatched"] == len(gaps["gaps"]) > 0
    told = [(one["properties"]["letter"], one["properties"]["people"]) for one in page["features"]]
    assert told == [(one["letter"], pytest.approx(one["people"], abs=1e-3)) for one in gaps["gaps"]]
    first = page["features"][0]
    assert (first["id"], first["properties"]["rule"]) == ("caojiadu.nurseries.001", gaps["rule"])
    assert {one["properties"]["network_version"] for one in page["features"]} == {gaps["network_version"]}
    assert client.get(f"/ogc/collections/gaps/items/{first['id']}").json["geometry"] == first["geometry"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("p=4", "bad_value"),
        ("every_m=25", "bad_value"),
        ("model=guess", "bad_value"),
        ("rule=none", "bad_value"),
        ("x=1", "unknown_parameter"),
        ("p=1&p=2", "repeated_parameter"),
        ("budget=0", "bad_amount"),
        ("budget=", "bad_amount"),
        ("cost_each=1_0", "bad_amount"),
        ("capacity_each=nan", "bad_amount"),
    ],
)
def test_siting_at_once_is_bounded(client: FlaskClient, query: str, code: str) -> None:
    answer = client.get(f"/api/siting?subdistrict=caojiadu&layer=nurseries&{query}")
    assert (answer.status_code, answer.json["type"]) == (400, f"urn:lifecircle:problem:{code}")


def test_a_budget_bounds_the_cost_of_the_sites_in_a_query_too(client: FlaskClient) -> None:
    ask = CAOJIADU | {"p": 3, "every_m": 100}
    freely = client.get("/api/siting", query_string=ask).json["siting"]
    bounded = client.get("/api/siting", query_string=ask | {"budget": "25", "cost_each": "12.5"}).json["siting"]
    assert (len(freely["sites"]), freely["budget"], freely["cost"]) == (3, None, 3)
    assert (len(bounded["sites"]), bounded["budget"], bounded["cost"]) == (2, 25, 25)
    too_little = client.get("/api/siting", query_string=ask | {"model": "lscp", "budget": "1"}).json["siting"]
    assert [(one["code"], one["figures"]) for one in too_little["explanation"]] == [
        ("budget_too_small", {"least_budget": 2.0})
    ]
    both = client.get("/api/siting", query_string=ask | {"budget": "-1", "cost_each": "much"}).json["problems"]
    assert [one["where"] for one in both] == ["budget", "cost_each"]
    nowhere = client.get("/api/siting", query_string=CAOJIADU | {"layer": "lifts", "budget": "-1"})
    assert nowhere.status_code == 400, "where nothing can be sited, too"


def test_a_place_with_too_many_candidates_is_one_for_a_job(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siting, "MOST_CANDIDATES", 10)
    answer = client.get("/api/siting", query_string=CAOJIADU)
    assert (answer.status_code, answer.json["problems"][0]["code"]) == (400, "too_large_at_once")
    assert "POST" in answer.json["problems"][0]["remedy"]


def test_new_questions_are_counted_for_each_client_and_known_ones_are_free(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siting_limit, "NEW_QUESTIONS", RateLimitItemPerMinute(1, namespace="siting_test"))

    def ask(every_m: int, address: str) -> tuple[int, str | None]:
        query = CAOJIADU | {"model": "lscp", "every_m": every_m}
        answer = client.get("/api/siting", query_string=query, environ_base={"REMOTE_ADDR": address})
        return answer.status_code, answer.headers.get("Retry-After")

    assert ask(200, "192.0.2.1") == (200, None)
    status, wait_s = ask(100, "192.0.2.1")
    assert status == 429
    assert 1 <= int(wait_s or 0) <= 60
    assert ask(200, "192.0.2.1") == (200, None)
    assert ask(100, "192.0.2.2") == (200, None)


@pytest.mark.usefixtures("empty_queue")
def test_a_siting_goes_through_the_queue_from_202_to_its_result(
    app: Flask, client: FlaskClient, signed_in: SignIn
) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    asked = client.post("/api/siting", json=CAOJIADU | {"p": 2, "every_m": 100}, headers=token)
    assert (asked.status_code, asked.json["kind"], asked.json["result_url"]) == (202, "siting", None)
    address = asked.headers["Location"]
    assert client.get(f"{address}/result").json["problems"][0]["code"] == "no_result"
    run_job(app.extensions["lifecircle.results"].store(), asked.json["id"], app.extensions["lifecircle.computations"])
    job = client.get(address).json
    assert (job["state"], job["done"], job["total"]) == ("done", 2, 2)
    result = client.get(job["result_url"]).json["result"]
    at_once = client.get("/api/siting", query_string=CAOJIADU | {"p": 2, "every_m": 100}).json["siting"]
    assert [site["id"] for site in result["sites"]] == [site["id"] for site in at_once["sites"]]
    assert result["people"] == at_once["people"]
    waiting = client.post("/api/siting", json=CAOJIADU, headers=token)
    assert client.delete(waiting.headers["Location"], headers=token).status_code == 204
    assert client.get(waiting.headers["Location"]).json["state"] == "cancelled"
    gone = client.get(f"{waiting.headers['Location']}/result")
    assert (gone.status_code, gone.json["type"]) == (409, "urn:lifecircle:problem:no_result")


@pytest.mark.usefixtures("empty_queue")
def test_nobody_has_more_than_three_jobs_and_all_together_no_more_than_the_queue_holds(
    app: Flask, client: FlaskClient, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    body = CAOJIADU | {"p": 1}
    assert [client.post("/api/siting", json=body, headers=token).status_code for _ in range(3)] == [202] * 3
    fourth = client.post("/api/siting", json=body, headers=token)
    assert (fourth.status_code, fourth.json["problems"][0]["code"]) == (429, "too_many_jobs")
    assert int(fourth.headers["Retry-After"]) > 0
    first = client.get("/api/jobs").json["jobs"][-1]["id"]
    client.delete(f"/api/jobs/{first}", headers=token)
    monkeypatch.setattr(jobs, "MOST_OPEN", 3)
    with app.extensions["lifecircle.results"].store().writing() as connection:
        ask_for(connection, "siting", body, "somebody else")
    full = client.post("/api/siting", json=body, headers=token)
    assert (full.status_code, full.json["problems"][0]["code"]) == (503, "queue_full")
    assert int(full.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ([], 400, "body"),
        ({"layer": "nurseries"}, 400, "/subdistrict"),
        (CAOJIADU | {"p": "2"}, 400, "/p"),
        (CAOJIADU | {"p": True}, 400, "/p"),
        (CAOJIADU | {"p": 31}, 400, "p"),
        (CAOJIADU | {"p": 10**30}, 400, "p"),
        (CAOJIADU | {"every_m": 1}, 400, "every_m"),
        (CAOJIADU | {"rule": "none"}, 400, "rule"),
        (CAOJIADU | {"money": 1}, 400, "/money"),
        (CAOJIADU | {"budget": "1"}, 400, "/budget"),
        (CAOJIADU | {"budget": 0}, 400, "budget"),
        (CAOJIADU | {"layer": "nothing"}, 404, "layer"),
        (CAOJIADU | {"rule": "x" * 5000}, 413, "request"),
    ],
)
def test_what_cannot_be_sited_is_refused_before_it_waits(
    client: FlaskClient, signed_in: SignIn, body: object, status: int, where: str
) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    before = len(client.get("/api/jobs").json["jobs"])
    answer = client.post("/api/siting", json=body, headers=token)
    assert (answer.status_code, answer.json["problems"][0]["where"]) == (status, where)
    assert len(client.get("/api/jobs").json["jobs"]) == before


def test_arguments_of_a_job_are_short(client: FlaskClient, signed_in: SignIn) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    long = {"kind": "report", "arguments": {"subdistrict": "x" * 5000}}
    assert client.post("/api/jobs", json=long, headers=token).json["problems"][0]["code"] == "arguments_too_long"


def test_a_scenario_is_tried_kept_read_by_link_and_deleted(app: Flask, client: FlaskClient, signed_in: SignIn) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    added = "121.430000,31.231000"
    tried = client.get("/api/what-if", query_string=CAOJIADU | {"add": added}).json
    page = client.get("/planner/caojiadu/nurseries/what-if.json", query_string={"add": added}).json
    assert tried["what_if"]["people"] == page["people"]
    assert tried["what_if"]["won_people"] == page["won_people"] > 0
    kept = client.post("/api/scenarios", json=CAOJIADU | {"name": "加一处", "changes": {"add": [added]}}, headers=token)
    assert kept.status_code == 201
    address = kept.headers["Location"]
    stranger = app.test_client()
    read = stranger.get(address).json
    assert {name: read[name] for name in ("changes", "what_if", "data_version")} == {
        name: tried[name] for name in ("changes", "what_if", "data_version")
    }
    assert "owner" not in read
    assert [one["url"] for one in client.get("/api/scenarios").json["scenarios"]] == [address]
    assert stranger.get("/api/scenarios").status_code == 401
    assert stranger.delete(address).status_code == 401
    assert client.delete(address, headers=token).status_code == 204
    assert stranger.get(address).json["type"] == "urn:lifecircle:problem:unknown_scenario"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"changes": {"add": ["x"]}}, "add"),
        ({"changes": {"add": "121,31"}}, "/changes/add"),
        ({"changes": {"__proto__": []}}, "/changes"),
        ({"changes": {"close": ["nobody"]}}, "nobody"),
        ({"changes": {"add": ["121.43,31.23"] * 31}}, "query"),
        ({"name": ""}, "name"),
        ({"name": "\u202e"}, "name"),
        ({"name": 1}, "/name"),
        ({"owner": "wang"}, "body"),
    ],
)
def test_a_scenario_at_fault_is_not_kept(client: FlaskClient, signed_in: SignIn, body: dict, where: str) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    answer = client.post("/api/scenarios", json=CAOJIADU | {"name": "x"} | body, headers=token)
    assert (answer.status_code, answer.json["problems"][0]["where"]) == (400, where)
    assert client.get("/api/scenarios").json["scenarios"] == []


@pytest.mark.parametrize("query", ["add=x", "add=31.2,121.4", "move=x", "close=nobody", "path=121,31", "gate=1,1"])
def test_changes_at_fault_are_named(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/what-if?subdistrict=caojiadu&layer=nurseries&{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
