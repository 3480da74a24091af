"""Candidates that a planner brings: page, job and command answer alike; whom it refuses, and how it says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geo.datum_shift import from_wgs84
from webmap.cli import main
from webmap.job_kinds import computations
from webmap.jobs import run_job
from webmap.siting_words import reason_words

BASE = "/planner/caojiadu/nurseries/siting"
SITE = re.compile(r'data-site="([^"]+)"')
SheetOf = Callable[..., TestResponse]
SPOTS = {"a": (121.4325, 31.2385), "b": (121.4280, 31.2340), "c": (121.4300, 31.2420), "d": (121.4370, 31.2330)}
COSTS = {"a": 3, "b": 2, "c": 1, "d": 4}
TABLE = "id,名称,经度,纬度,造价(万元),楼层\n" + "".join(
    f"{name},点{name},{lon},{lat},{COSTS[name]},2\n" for name, (lon, lat) in SPOTS.items()
)


@pytest.fixture
def bring(client: FlaskClient, signed_in: Callable[[FlaskClient, str], str]) -> SheetOf:
    """Sends a file of candidates as a planner."""
    token = signed_in(client, "planner")

    def send(text: str = TABLE, query: str = "", datum: str = "wgs84", name: str = "candidates.csv") -> TestResponse:
        form = {"csrf_token": token, "datum": datum, "sheet": (BytesIO(text.encode()), name)}
        return client.post(f"{BASE}/candidates?{query}", data=form, content_type="multipart/form-data")

    return send


@pytest.fixture
def told_by_command(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[str]], Any]:
    """What `lifecircle site` says of the same file, as JSON, with the options given."""
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(app.extensions["lifecircle.config"].instance))
    path = tmp_path / "candidates.csv"
    path.write_text(TABLE, encoding="utf-8")
    asked = ["site", "--subdistrict", "caojiadu", "--layer", "nurseries", "--candidates", str(path), "--json"]

    def tell(options: list[str]) -> Any:
        main([*asked, *options])
        return json.loads(capsys.readouterr().out)

    return tell


@pytest.mark.parametrize(
    "asked",
    [
        ("p=2", ["-p", "2"]),
        ("p=3&budget=4", ["-p", "3", "--budget", "4"]),
        ("p=2&capacity_each=9000", ["-p", "2", "--capacity-each", "9000"]),
    ],
)
def test_page_job_and_command_choose_the_same_of_a_file(
    bring: SheetOf,
    client: FlaskClient,
    app: Flask,
    told_by_command: Callable[[list[str]], Any],
    asked: tuple[str, list[str]],
) -> None:
    query, options = asked
    told = told_by_command(options)
    chosen = [site["id"] for site in told["sites"]]
    assert chosen
    assert told["cost"] == sum(COSTS[name] for name in chosen)
    sent = bring(query=query)
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"] + "&lang=zh").text
    assert SITE.findall(page) == chosen
    assert f"{round(told['people']['after']['covered']):,}" in page
    assert "没用这些列：楼层" in page
    if "budget" in query:
        assert told["cost"] <= 4
        assert f'data-cost="{told["cost"]:.1f}"' in page
    arguments = {"subdistrict": "caojiadu", "layer": "nurseries"} | dict(
        part.split("=") for part in sent.headers["Location"].split("?")[1].split("&")
    )
    numbers = {"p": int(arguments["p"]), "every_m": int(arguments["every_m"]), "who": "planner"}
    result = computations(app.extensions["lifecircle.results"])["siting"](arguments | numbers, lambda *_: None)
    assert [site["id"] for site in result["sites"]] == chosen
    assert result["people"]["after"]["covered"] == told["people"]["after"]["covered"]


def test_a_declared_datum_moves_the_points(bring: SheetOf, client: FlaskClient) -> None:
    chinese = {name: from_wgs84(np.array([spot]), "gcj02")[0].tolist() for name, spot in SPOTS.items()}
    shifted = "id,经度,纬度\n" + "".join(f"{name},{lon:.7f},{lat:.7f}\n" for name, (lon, lat) in chinese.items())
    same = client.get(bring(shifted, "p=2", "gcj02").headers["Location"]).text
    plain = client.get(
        bring("id,经度,纬度\n" + "".join(f"{n},{x},{y}\n" for n, (x, y) in SPOTS.items()), "p=2").headers["Location"]
    ).text
    other = client.get(bring(shifted, "p=2", "wgs84").headers["Location"]).text
    covered = re.compile(r'class="big-figure"><b>[^<]+</b> <span class="nowrap">([\d,]+)')
    assert covered.findall(same) == covered.findall(plain) != covered.findall(other)


def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_kept(bring: SheetOf, app: Flask) -> None:
    kept = app.extensions["lifecircle.config"].instance / "imports"
    before = set(kept.iterdir()) if kept.is_dir() else set()
    bad = "id,经度,纬度,造价,角色\na,121.43,31.23,三,必建\na,,,2,谁\nc,121.43,,1,\n"
    sent = bring(bad, "lang=zh", "")
    assert sent.status_code == 422
    faults = sent.text[sent.text.index('id="candidate-faults"') : sent.text.index("layer-page")]
    for words in (
        "没有说坐标是哪种坐标系",
        "第 2 行，「造价」列",
        "第 3 行，「角色」列",
        "编号重复了",
        "没有位置",
        "经度和纬度只有一个",
    ):
        assert words in faults
    assert bring("not json", "", name="x.geojson").status_code == 400
    assert bring("id,经度,纬度\n").status_code == 422
    assert bring("x", "", name="x.exe").status_code == 415
    assert (set(kept.iterdir()) if kept.is_dir() else set()) == before


def test_candidates_are_for_planners_and_each_planner_s_own(
    bring: SheetOf, client: FlaskClient, app: Flask, signed_in: Callable[[FlaskClient, str], str]
) -> None:
    address = bring(query="p=1").headers["Location"]
    assert client.get(address).status_code == 200
    assert client.get(address.replace("nurseries", "practice_stations")).status_code in {400, 404}
    form = {"datum": "wgs84", "sheet": (BytesIO(TABLE.encode()), "c.csv")}
    assert client.post(f"{BASE}/candidates", data=dict(form), content_type="multipart/form-data").status_code == 400
    assert app.test_client().get(address).status_code == 404
    for role in ("editor", "administrator"):
        other = app.test_client()
        signed_in(other, role)
        assert other.get(address).status_code == 404
        assert other.get(address.replace("/siting?", "/siting/map.json?")).status_code == 404
    weak = app.test_client()
    token = signed_in(weak, "viewer")
    form = {"csrf_token": token, "datum": "wgs84", "sheet": (BytesIO(TABLE.encode()), "c.csv")}
    assert weak.post(f"{BASE}/candidates", data=form, content_type="multipart/form-data").status_code == 403


def test_a_job_reads_the_candidates_of_whoever_asked_for_it_alone(
    bring: SheetOf, app: Flask, signed_in: Callable[[FlaskClient, str], str]
) -> None:
    file = bring().headers["Location"].rsplit("candidates=", maxsplit=1)[1]
    thief = app.test_client()
    token = {"X-CSRFToken": signed_in(thief, "editor")}
    arguments = {"subdistrict": "caojiadu", "layer": "nurseries", "candidates": file, "who": "planner"}
    asked = thief.post("/api/jobs", json={"kind": "siting", "arguments": arguments}, headers=token)
    assert asked.status_code == 202
    run_job(app.extensions["lifecircle.results"].store(), asked.json["id"], app.extensions["lifecircle.computations"])
    job = thief.get(asked.headers["Location"]).json
    assert (job["state"], job["fault"]["code"]) == ("failed", "unknown_upload")


@pytest.mark.parametrize("body", [{"budget": 2}, {"budget": 2.0, "cost_each": 1}])
def test_programs_give_a_budget_too(
    client: FlaskClient, app: Flask, signed_in: Callable[[FlaskClient, str], str], body: dict[str, float]
) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    common = {"subdistrict": "caojiadu", "layer": "nurseries", "p": 4, "every_m": 200}
    asked = client.post("/api/siting", json=common | body, headers=token)
    run_job(app.extensions["lifecircle.results"].store(), asked.json["id"], app.extensions["lifecircle.computations"])
    result = client.get(f"{asked.headers['Location']}/result").json["result"]
    assert (len(result["sites"]), result["cost"]) == (2, 2.0)
    assert client.post("/api/siting", json=common | {"budget": "2"}, headers=token).status_code == 400
    assert client.post("/api/siting", json=common | {"budget": -2}, headers=token).status_code == 400


@pytest.mark.parametrize("query", ["budget=x", "budget=-1", "budget=nan", "cost_each=0", "capacity_each=1e13"])
def test_amounts_out_of_bounds_are_refused_all_at_once(client: FlaskClient, query: str) -> None:
    assert client.get(f"{BASE}?{query}").status_code == 400
    told = client.get(f"{BASE}?{query}&budget=y" if "budget" not in query else f"{BASE}?{query}&cost_each=y").text
    assert "budget" in told
    assert query.split("=", maxsplit=1)[0] in told


def test_what_cannot_be_done_is_explained_in_the_language_of_the_page(bring: SheetOf, client: FlaskClient) -> None:
    far = bring(query="model=lscp").headers["Location"]
    page = client.get(f"{far}&lang=zh").text
    told = re.findall(r'data-reason="(\w+)">([^<]+)<', page)
    assert [code for code, _ in told] == ["out_of_reach"]
    assert re.search(r"\d+ 个住处（[\d,]+ 人）.*限值放到 \d+ m 就够", told[0][1])
    assert "A limit of" in client.get(f"{far}&lang=en").text
    required = TABLE.replace("楼层", "role").replace(",2\n", ",required\n")
    page = client.get(bring(required, "p=2&budget=1").headers["Location"] + "&lang=zh").text
    assert {code for code, _ in re.findall(r'data-reason="(\w+)">([^<]+)<', page)} == {
        "p_below_required",
        "budget_below_required",
    }


def test_a_reason_without_words_of_its_own_is_told_as_the_solver_says_it() -> None:
    assert reason_words({"code": "new", "found": "no way", "remedy": "Go round"}) == "no way. Go round."
    assert reason_words({"code": "new", "found": "no way"}) == "no way."
