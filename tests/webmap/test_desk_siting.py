"""Siting on the page: the same answer as the command's, bounded for everybody, longer ones for planners as jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webmap.cli import main
from webmap.job_kinds import computations

BASE = "/planner/caojiadu/nurseries/siting"
CURVE = re.compile(r'data-p="(\d+)" data-covered="([\d.]+)"')
SITE = re.compile(r'data-site="([\d.,]+)"')


def test_nurseries_of_caojiadu_have_one_answer_on_the_page_by_command_and_as_a_job(
    client: FlaskClient, app: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(app.extensions["lifecircle.config"].instance))
    asked = ["--subdistrict", "caojiadu", "--layer", "nurseries", "--model", "mclp", "--curve", "5", "--json"]
    for p in (1, 5):
        page = client.get(f"{BASE}?p={p}").text
        main(["site", *asked, "-p", str(p)])
        told = json.loads(capsys.readouterr().out)
        assert SITE.findall(page) == [site["id"] for site in told["sites"]]
        curve = {point["p"]: point["covered_people"] for point in told["curve"]}
        assert {int(p): float(people) for p, people in CURVE.findall(page)} == {
            number: people for number, people in curve.items() if number <= p
        }
    steps: list[tuple[int, int]] = []
    arguments: Mapping[str, Any] = {"subdistrict": "caojiadu", "layer": "nurseries", "p": 2}
    run = computations(app.extensions["lifecircle.results"])["siting"]
    result = run(arguments, lambda done, total, _: steps.append((done, total)))
    assert {point["p"]: point["covered_people"] for point in result["curve"]} == {
        number: people for number, people in curve.items() if number <= 2
    }
    assert steps == [(0, 2), (1, 2), (2, 2)]
    json.dumps(result)


def test_sites_are_named_by_crossing_and_bound_and_caution_stand_beside(client: FlaskClient) -> None:
    page = client.get(f"{BASE}?p=1&lang=zh").text
    assert "路口" in page
    assert "不是普查" in page
    assert re.search(r"目标值 [\d,]+，界 [\d,]+，差 0\.0%", page)


@pytest.mark.parametrize("query", ["p=0", "p=31", "p=x", "model=guess", "every_m=1", "rule=none", "p=1&p=2"])
def test_what_is_out_of_bounds_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"{BASE}?{query}").status_code == 400


def test_a_large_question_is_one_for_a_job(client: FlaskClient) -> None:
    page = client.get(f"{BASE}?p=20&lang=zh").text
    assert "这一题要多算一会儿" in page
    assert client.post(f"{BASE}?p=20").status_code in (400, 401)
    assert client.get(f"{BASE}?job=01J00000000000000000000000").status_code == 404


def test_fairness_says_that_committees_are_modelled_and_how_sure_the_figure_is(client: FlaskClient) -> None:
    page = client.get("/planner/caojiadu/nurseries/fairness?lang=zh").text
    totals = re.findall(r'data-committee="[\d]+">.*?/ ([\d,]+) 人', page, re.DOTALL)
    assert sum(int(total.replace(",", "")) for total in totals) == pytest.approx(82_884, abs=len(totals))
    assert "是模拟的" in page
    assert "个居委会不知道在哪" in page
    low, high = map(float, re.findall(r'data-band="([\d.]+)-([\d.]+)"', page)[0])
    assert 0 < low <= 37_719 <= high < 82_884
    assert client.get("/planner/caojiadu/heritage_buildings/fairness").status_code == 400


def test_subdistricts_are_compared_in_shares_and_never_in_people(client: FlaskClient) -> None:
    page = client.get("/compare?lang=zh").text
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert "45.5%" in table
    assert not re.search(r"\d 人|\d 户", table)
