"""Importing a sheet over the web: looked at first, written as a whole or not at all, taken back as a whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.datum_shift import from_wgs84
from webmap.history import verify
from webmap.import_origin import Origin, split_reason
from webmap.results import Results
from webmap.revisions import feature_revisions

HEAD = "名称,地址,经度,纬度\n"
ROUGH = {"default-location_status": "approximate", "default-accuracy_m": "50"}
SignIn = Callable[[FlaskClient, str], str]


@pytest.fixture
def editor(app: Flask, signed_in: SignIn) -> tuple[FlaskClient, str]:
    client = app.test_client()
    return client, signed_in(client, "editor")


@pytest.fixture
def reviewer(app: Flask, signed_in: SignIn) -> tuple[FlaskClient, str]:
    client = app.test_client()
    return client, signed_in(client, "reviewer")


def _bring(person: tuple[FlaskClient, str], text: str | bytes, name: str = "一.csv", **told: str):
    client, token = person
    raw = text.encode() if isinstance(text, str) else text
    form = {"csrf_token": token, "layer": "safe_houses", "subdistrict": "caojiadu", "datum": "wgs84"} | told
    data = {**form, "sheet": (io.BytesIO(raw), name)}
    return client.post("/staff/import", data=data, content_type="multipart/form-data")


def _planned(person: tuple[FlaskClient, str], text: str, **told: str) -> tuple[str, str]:
    """Bring a sheet of addresses with 50 m and return the address of its plan and the page."""
    client, token = person
    address = _bring(person, text, **told).headers["Location"]
    said = {"csrf_token": token, "datum": told.get("datum", "wgs84")} | ROUGH
    assert client.post(address, data=said).status_code == 303
    return address, client.get(address).text


def _write(person: tuple[FlaskClient, str], address: str, page: str, **told: str):
    client, token = person
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    form = {"csrf_token": token, "digest": digest[1] if digest else ""} | told
    return client.post(f"{address}/write", data=form)


def _names(client: FlaskClient) -> set[str]:
    layer = client.get("/api/layers/safe_houses?subdistrict=caojiadu").json
    return {one["properties"]["name"] for one in layer["features"]}


def test_a_sheet_is_looked_at_written_and_taken_back(
    app: Flask, client: FlaskClient, reviewer: tuple[FlaskClient, str]
) -> None:
    before = _names(client)
    address, page = _planned(reviewer, HEAD + "甲屋,康定路1号,121.435,31.235\n乙屋,康定路2号,121.436,31.235\n")
    assert "现在什么都没存" in page
    assert _names(client) == before
    written = _write(reviewer, address, page, why="十一月的表")
    assert written.status_code == 303
    done = written.headers["Location"]
    assert _names(client) == before | {"甲屋", "乙屋"}
    assert "写了 2 处" in reviewer[0].get(done).text
    assert reviewer[0].get(address).status_code == 404
    assert reviewer[0].post(f"{done}/undo", data={"csrf_token": reviewer[1]}).status_code == 303
    assert _names(client) == before
    results: Results = app.extensions["lifecircle.results"]
    with results.store().reading() as connection:
        assert verify(connection) == []
    assert reviewer[0].post(f"{done}/undo", data={"csrf_token": reviewer[1]}).status_code == 412


def test_what_an_editor_imports_waits_for_review(client: FlaskClient, editor: tuple[FlaskClient, str]) -> None:
    address, page = _planned(editor, HEAD + "丙屋,康定路3号,121.435,31.235\n")
    assert "送审" in page
    assert _write(editor, address, page).status_code == 303
    assert "丙屋" not in _names(client)


def test_one_bad_row_and_no_row_is_written(client: FlaskClient, reviewer: tuple[FlaskClient, str]) -> None:
    address, page = _planned(reviewer, HEAD + "丁屋,康定路4号,121.435,31.235\n戊屋,康定路5号,abc,31.235\n")
    assert "第 3 行" in page
    assert "这里要填数字" in page or "abc" in page
    assert 'name="digest"' not in page
    assert _write(reviewer, address, page).status_code == 422
    assert "丁屋" not in _names(client)


def test_an_import_without_a_datum_is_refused(reviewer: tuple[FlaskClient, str]) -> None:
    refused = _bring(reviewer, HEAD + "己屋,康定路6号,121.435,31.235\n", datum="")
    assert refused.status_code == 422
    assert "坐标系" in refused.text
    assert _bring(reviewer, HEAD, datum="mars").status_code == 303  # kept, and then refused by the plan
    assert "没有说坐标是哪种坐标系" in reviewer[0].get(_bring(reviewer, HEAD, datum="mars").headers["Location"]).text


def test_a_gcj02_sheet_lands_where_it_should(client: FlaskClient, reviewer: tuple[FlaskClient, str]) -> None:
    lon, lat = 121.4351234, 31.2352345
    shifted = np.asarray(from_wgs84(np.array([[lon, lat]]), "gcj02"))[0]
    text = HEAD + f"庚屋,康定路7号,{shifted[0]:.9f},{shifted[1]:.9f}\n"
    address, page = _planned(reviewer, text, datum="gcj02")
    written = _write(reviewer, address, page)
    layer = client.get("/api/layers/safe_houses?subdistrict=caojiadu").json
    found = next(one for one in layer["features"] if one["properties"]["name"] == "庚屋")
    assert np.abs(np.array(found["geometry"]["coordinates"]) - [lon, lat]).max() < 1e-6  # 0.1 m
    reviewer[0].post(f"{written.headers['Location']}/undo", data={"csrf_token": reviewer[1]})


def test_columns_are_remembered_for_the_next_sheet(reviewer: tuple[FlaskClient, str]) -> None:
    client, token = reviewer
    text = "名称,地址,怪列,经度,纬度\n辛屋,康定路8号,x,121.435,31.235\n"
    address = _bring(reviewer, text).headers["Location"]
    assert "不知道这一列是什么" in client.get(address).text
    columns = {"column-3": "怪列", "target-3": "note"} | ROUGH
    client.post(address, data={"csrf_token": token, "datum": "wgs84"} | columns)
    written = _write(reviewer, address, client.get(address).text)
    assert written.status_code == 303
    again = client.get(_bring(reviewer, text).headers["Location"]).text
    assert "不知道这一列是什么" not in again
    client.post(f"{written.headers['Location']}/undo", data={"csrf_token": token})


def test_a_plan_that_somebody_overtook_is_not_written(reviewer: tuple[FlaskClient, str]) -> None:
    address, page = _planned(reviewer, HEAD + "壬屋,康定路9号,121.435,31.235\n")
    other, other_page = _planned(reviewer, HEAD + "癸屋,康定路10号,121.436,31.235\n")
    first = _write(reviewer, other, other_page)
    assert first.status_code == 303
    late = _write(reviewer, address, page)
    assert late.status_code == 422
    assert "刚刚有人改过" in late.text
    reviewer[0].post(f"{first.headers['Location']}/undo", data={"csrf_token": reviewer[1]})


@pytest.mark.parametrize(
    ("name", "raw", "status"),
    [
        ("一.xlsm", b"PK", 415),
        ("一.exe", b"MZ", 415),
        ("一.csv", "名称\n平安屋\n".encode("gb18030"), 400),
        ("一.xlsx", b"not a zip", 400),
        ("一.geojson", b'{"type":"FeatureCollection","features":[' * 2, 400),
        ("../../etc/passwd", b"x", 415),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_words(
    reviewer: tuple[FlaskClient, str], name: str, raw: bytes, status: int
) -> None:
    brought = _bring(reviewer, raw, name)
    answer = reviewer[0].get(brought.headers["Location"]) if brought.status_code == 303 else brought
    assert answer.status_code == status
    assert "现在什么都没存" in answer.text


def test_a_sheet_is_its_bringers_alone(app: Flask, reviewer: tuple[FlaskClient, str], signed_in: SignIn) -> None:
    address = _bring(reviewer, HEAD + "子屋,康定路1号,121.435,31.235\n").headers["Location"]
    other = app.test_client()
    signed_in(other, "administrator")
    assert other.get(address).status_code == 404
    assert app.test_client().get(address).status_code in {303, 401}
    assert reviewer[0].get("/staff/import/../../x").status_code == 404


def test_names_that_attack_are_shown_as_text(reviewer: tuple[FlaskClient, str]) -> None:
    _, page = _planned(reviewer, HEAD + "<img src=x onerror=alert(1)>,康定路1号,121.435,31.235\n")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_progress_of_a_large_sheet_is_told(reviewer: tuple[FlaskClient, str]) -> None:
    rows = "".join(f"屋{number},康定路{number}号,121.4{number % 9}5,31.235\n" for number in range(4000))
    brought = _bring(reviewer, HEAD + rows)
    assert brought.headers["Location"].endswith("/wait")
    address = brought.headers["Location"].removesuffix("/wait")
    assert reviewer[0].get(f"{address}/progress").json == {"done": 0, "total": 0}
    assert "data-import-plan" in reviewer[0].get(brought.headers["Location"]).text
    reviewer[0].get(address)
    told = reviewer[0].get(f"{address}/progress").json
    assert told == {"done": 4000, "total": 4000}


def test_what_stood_in_the_sheet_is_kept_with_each_place(
    app: Flask, reviewer: tuple[FlaskClient, str], edited_by_hand: Callable[[str], None]
) -> None:
    lon, lat = from_wgs84(np.array([[121.4351234, 31.2354321]]), "gcj02")[0].tolist()
    text = HEAD + f"原点屋,康定路9号,{lon!r},{lat!r}\n"
    address, page = _planned(reviewer, text, datum="gcj02", name="社区 表[1].csv")
    assert _write(reviewer, address, page, why="十一月的表").status_code == 303
    results: Results = app.extensions["lifecircle.results"]
    found = results.current().live.facilities["safe_houses"]
    feature = next(name for name, one in found.items() if one.properties["name"] == "原点屋")
    told = f"来自 社区 表[1].csv 第 2 行，原坐标 {lon!r}, {lat!r}（GCJ-02）"
    form = reviewer[0].get(f"/staff/feature/safe_houses/{feature}").text
    history = reviewer[0].get(f"/staff/feature/safe_houses/{feature}/history").text
    assert told in form
    assert told in history
    assert "“十一月的表”" in history
    with results.store().reading() as connection:
        (revision,) = feature_revisions(connection, "safe_houses", feature)
        assert verify(connection) == []
    assert split_reason(revision) == ("十一月的表", Origin("社区 表[1].csv", 2, "GCJ-02", (lon, lat)))
    edited_by_hand(feature)
    assert "原坐标" not in reviewer[0].get(f"/staff/feature/safe_houses/{feature}").text
    assert told in reviewer[0].get(f"/staff/feature/safe_houses/{feature}/history").text


@pytest.fixture
def edited_by_hand(reviewer: tuple[FlaskClient, str]) -> Callable[[str], None]:
    """Return what moves a facility in its form."""

    def move(feature: str) -> None:
        client, token = reviewer
        form = client.get(f"/staff/feature/safe_houses/{feature}").text
        said = dict(re.findall(r'<input[^>]* name="([a-z_]+)" value="([^"]*)"', form))
        said |= dict(
            re.findall(r'<select id="[a-z_]+" name="([a-z_]+)"[^>]*>.*?value="([^"]*)" selected', form, re.DOTALL)
        )
        said |= {"csrf_token": token, "coordinates": "121.4352, 31.2355", "action": "publish", "why": "走访"}
        answer = client.post(f"/staff/feature/safe_houses/{feature}", data=said)
        assert answer.status_code == 303, answer.text

    return move
