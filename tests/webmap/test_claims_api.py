"""The API of claims: what narrows them, what each figure rests on, and an answer that names every fault."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.claim_review import VERDICTS, counts_facilities
from geo.claims_table import COLUMNS

STATUSES = {"surveyed", "address", "approximate", "sample", "unlocated"}


def ask(client: FlaskClient, path: str) -> dict:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    return response.json


def problem(client: FlaskClient, path: str, status: int) -> dict:
    response = client.get(path)
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = json.loads(response.data)
    assert set(body) == {"type", "title", "status", "detail", "problems"}
    assert body["problems"]
    return body


@pytest.fixture
def claims(client: FlaskClient) -> list[dict]:
    return ask(client, "/api/claims")["claims"]


def test_all_claims_of_all_reports(claims: list[dict], app: Flask) -> None:
    reports = app.extensions["lifecircle.results"].current().reports.values()
    assert [(one["report_id"], one["start"]) for one in claims] == [
        (claim.report_id, claim.start) for report in reports for claim in report.claims
    ]
    for one in claims:
        assert set(one) >= {*COLUMNS, "verdict", "difference", "found", "mapped", "mapped_by_status", "reasons"}
        assert one["verdict"] in VERDICTS
        assert one["mapped_by_status"] is None or set(one["mapped_by_status"]) == STATUSES
        assert all(reason["zh"] != reason["en"] for reason in one["reasons"])


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("subdistrict=hudong", "subdistrict", "hudong"),
        ("report=caojiadu-2020", "report_id", "caojiadu-2020"),
        ("layer=lifts", "layer", "lifts"),
        ("layer=none", "layer", None),
        ("kind=plan", "kind", "plan"),
    ],
)
def test_each_parameter_narrows(client: FlaskClient, claims: list[dict], query: str, field: str, value: object) -> None:
    body = ask(client, f"/api/claims?{query}")
    wanted = [one for one in claims if one[field] == value]
    assert 0 < len(wanted) < len(claims)
    assert body["claims"] == wanted
    assert body["count"] == len(wanted)


def test_parameters_narrow_together(client: FlaskClient, claims: list[dict]) -> None:
    body = ask(client, "/api/claims?subdistrict=caojiadu&report=caojiadu-2020&layer=lifts&kind=done")
    assert [one["start"] for one in body["claims"]] == [
        one["start"]
        for one in claims
        if (one["subdistrict"], one["layer"], one["kind"]) == ("caojiadu", "lifts", "done")
    ]
    assert ask(client, "/api/claims?subdistrict=hudong&report=caojiadu-2020")["claims"] == []


def test_reconciliation_holds_what_is_stated_against_the_map(client: FlaskClient, app: Flask) -> None:
    body = ask(client, "/api/reconciliation?subdistrict=hudong")
    now = app.extensions["lifecircle.results"].current()
    counting = [claim for claim in now.reports["hudong-2023"].claims if counts_facilities(claim)]
    assert [row["start"] for row in body["reconciliation"]] == [claim.start for claim in counting]
    houses = next(row for row in body["reconciliation"] if row["layer"] == "safe_houses")
    assert (houses["claimed"], houses["stated"], houses["mapped"], houses["verdict"]) == (42, 42, 0, "all_samples")
    assert houses["mapped_by_status"]["sample"] == 42


def test_reconciliation_agrees_with_the_layer_files(client: FlaskClient) -> None:
    for place in ("caojiadu", "hudong"):
        for row in ask(client, f"/api/reconciliation?subdistrict={place}")["reconciliation"]:
            if row["indicator"] != f"{row['layer']}.count" or row["mapped_by_status"] is None:
                continue
            layer = json.loads(client.get(f"/api/layers/{row['layer']}?subdistrict={place}").data)
            listed = [one["properties"] for one in layer["features"] if one["properties"].get("report_listed", True)]
            found = dict.fromkeys(STATUSES, 0)
            for properties in listed:
                found[properties["location_status"]] += 1
            assert row["mapped_by_status"] == found, row["indicator"]


def test_findings_rest_on_claims(client: FlaskClient) -> None:
    body = ask(client, "/api/reconciliation?subdistrict=caojiadu")
    by_start = {one["start"]: one for one in ask(client, "/api/claims?report=caojiadu-2020")["claims"]}
    assert len(body["findings"]) == 24
    for finding in body["findings"]:
        assert finding["claims"]
        assert set(finding["claims"]) <= by_start.keys()
    share = next(one for one in body["findings"] if one["check"] == "share")
    part, whole = sorted(by_start[start]["value"] for start in share["claims"][:2])
    assert share["found"] == pytest.approx(100 * part / whole)
    assert (share["verdict"], share["stated"]) == ("does_not_add_up", 65.08)


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/api/claims?kind=finished", "kind"),
        ("/api/claims?kind=done&kind=plan", "kind"),
        ("/api/claims?year=2020", "year"),
        ("/api/reconciliation", "subdistrict"),
        ("/api/reconciliation?subdistrict=", "subdistrict"),
        ("/api/reconciliation?subdistrict=hudong&layer=lifts", "layer"),
    ],
)
def test_wrong_question_names_its_parameter(client: FlaskClient, path: str, where: str) -> None:
    assert problem(client, path, 400)["problems"][0]["where"] == where


@pytest.mark.parametrize("name", ["..%2F..%2Fx", "CON", "%00", "托育点", "__proto__", "a" * 500, ""])
def test_unknown_names_are_404(client: FlaskClient, name: str) -> None:
    for parameter in ("subdistrict", "report", "layer"):
        problem(client, f"/api/claims?{parameter}={name}", 404)
    if name:
        problem(client, f"/api/reconciliation?subdistrict={name}", 404)


@pytest.mark.parametrize("path", ["/api/claims", "/api/claims?layer=lifts", "/api/reconciliation?subdistrict=hudong"])
def test_same_data_is_not_sent_twice(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).data == first.data


def test_different_questions_have_different_tags(client: FlaskClient) -> None:
    paths = ("/api/claims", "/api/claims?layer=lifts", "/api/claims?layer=none", "/api/claims?kind=done")
    assert len({client.get(path).headers["ETag"] for path in paths}) == len(paths)
