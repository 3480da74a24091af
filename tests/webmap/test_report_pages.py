"""The pages of the reports: verdicts, filters, findings, sentences only where the very text is here, no code in any."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.claim_review import PROBLEMS
from geo.claims_table import COLUMNS
from geo.report_text import report_text
from webmap import create_app
from webmap.config import Config

ROW = re.compile(r'<tr id="claim-(\d+)" data-claim="\d+" data-verdict="(\w+)" data-kind="(\w+)" data-layer="(\w*)"')
REPORT = "caojiadu-2020"
TEXT = "07\n新增2个托育点\n今年新增1个托育点<b>粗</b>，已招录31人。\n"


def rows(client: FlaskClient, path: str) -> list[tuple[str, str, str, str]]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return ROW.findall(response.text)


def row_of(page: str, start: int) -> str:
    return page.split(f'<tr id="claim-{start}"', 1)[1].split("</tr>", 1)[0]


def write_table(data: Path, report_id: str, claims: list[dict[str, object]]) -> None:
    with (data / "reports" / f"{report_id}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, restval="")
        table.writeheader()
        table.writerows(claims)


def claim_cells(text: str, span: str, **others: object) -> dict[str, object]:
    start = text.index(span)
    return {
        "report_id": "made-2021",
        "subdistrict": "caojiadu",
        "year": 2021,
        "section": "07",
        "kind": "done",
        "value": 1,
        "unit": "个",
        "qualifier": "exact",
        "start": start,
        "end": start + len(span),
        "sha256": report_text(text).sha256,
        "extractor": "plain-text 1",
    } | others


@pytest.fixture
def data(root: Path, tmp_path: Path) -> Path:
    """A copy of the data with one more report, whose text is ours to give."""
    data = Path(shutil.copytree(root / "data", tmp_path / "data"))
    nursery = {"indicator": "nurseries.count", "layer": "nurseries", "subject": "托育点"}
    claims = [
        claim_cells(TEXT, "2个", value=2, kind="target", **nursery),
        claim_cells(TEXT, "1个", **nursery),
        claim_cells(TEXT, "31人", value=31, unit="人", subject="<i>招录</i>"),
    ]
    write_table(data, "made-2021", claims)
    return data


def visitor(data: Path, instance: Path, text: str | None = None) -> FlaskClient:
    if text is not None:
        (instance / "reports").mkdir(parents=True, exist_ok=True)
        (instance / "reports" / "made-2021.txt").write_bytes(text.encode())
    return create_app(Config(data=data, instance=instance, recheck_s=0)).test_client()


def test_every_claim_has_a_row_and_the_counts_add_up(client: FlaskClient, app: Flask) -> None:
    now = app.extensions["lifecircle.results"].current()
    for report in now.reports.values():
        found = rows(client, f"/reports/{report.id}")
        assert [int(start) for start, *_ in found] == [claim.start for claim in report.claims]
        page = client.get(f"/reports/{report.id}").text
        tally = [int(count) for count in re.findall(r"<b>(\d+)</b> <span class=\"chip", page)]
        assert sum(tally) == len(report.claims)


@pytest.mark.parametrize(
    ("start", "verdict", "words"),
    [
        (3040, "contradictory", "康定路991号 两边都算了"),
        (3095, "contradictory", "合起来只有 5 个地址"),
        (3628, "does_not_add_up", "110 ÷ 169 = 65.09%，印的是 65.08%"),
        (3695, "itemised_short", "417 + 107 = 524，差 156"),
        (346, "agrees", "14 + 8 = 22 个，分开是 14 + 8 = 22，对得上"),
        (2177, "agrees", "2 × 20 = 40 个名额，31 人，没超"),
        (361, "short_by", "写 14，图上 8"),
        (2000, "agrees", "写 1，图上 1"),
        (3705, "not_mapped", "知道有、不知道在哪"),
    ],
)
def test_the_reason_stands_beside_the_verdict(client: FlaskClient, start: int, verdict: str, words: str) -> None:
    page = client.get(f"/reports/{REPORT}").text
    assert words in row_of(page, start)
    assert (str(start), verdict) in {(place, word) for place, word, *_ in ROW.findall(page)}


def test_samples_are_called_samples(client: FlaskClient) -> None:
    [found] = [row for row in rows(client, "/reports/hudong-2023") if row[3] == "safe_houses"]
    assert found[1] == "all_samples"


@pytest.mark.parametrize("name", [REPORT, "hudong-2023"])
def test_filters_narrow_and_nothing_else(client: FlaskClient, name: str) -> None:
    path = f"/reports/{name}"
    everything = rows(client, path)
    for _, verdict, kind, layer in {("", *row[1:]) for row in everything}:
        chosen = [row for row in everything if row[1:] == (verdict, kind, layer)]
        assert rows(client, f"{path}?verdict={verdict}&kind={kind}&layer={layer or 'none'}") == chosen
    problems = [row for row in everything if row[1] in PROBLEMS]
    assert 0 < len(problems) < len(everything)
    assert rows(client, f"{path}?only=problems") == problems
    assert rows(client, f"{path}?layer=&kind=&verdict=&only=") == everything


def test_a_filter_that_fits_nothing_says_so(client: FlaskClient) -> None:
    page = client.get(f"/reports/{REPORT}?layer=lifts&kind=plan").text
    assert "没有这样的数字" in page
    assert not ROW.findall(page)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/none", 404),
        ("/reports/..%2Fx", 404),
        ("/reports/none/claims.csv", 404),
        (f"/reports/{REPORT}?kind=x", 400),
        (f"/reports/{REPORT}?layer=托育点", 400),
        (f"/reports/{REPORT}?verdict=agrees&verdict=agrees", 400),
        (f"/reports/{REPORT}?only=all", 400),
    ],
)
def test_wrong_addresses_are_refused(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_findings_name_the_claims_they_rest_on(client: FlaskClient) -> None:
    page = client.get(f"/reports/{REPORT}").text
    twice = page.split('data-check="listed_twice"', 1)[1].split("</li>", 1)[0]
    assert re.findall(r'href="([^"]*#claim-\d+)"', twice) == ["#claim-3040", "#claim-3095"]
    narrowed = client.get(f"/reports/{REPORT}?only=problems").text
    assert f'href="/reports/{REPORT}#claim-3040"' in narrowed
    assert 'data-check="capacity"' not in narrowed


def test_without_the_text_there_are_figures_and_places_only(data: Path, tmp_path: Path) -> None:
    page = visitor(data, tmp_path / "instance").get("/reports/made-2021").text
    assert "托育点 <mark>1&nbsp;个</mark>" in page
    assert "第 16–17 字" in page
    assert "今年新增" not in page
    assert "lifecircle report add made-2021.txt" in page
    assert "要有原文才能核" in page


def test_with_the_text_each_figure_has_its_sentence_and_the_report_is_checked(data: Path, tmp_path: Path) -> None:
    client = visitor(data, tmp_path / "instance", TEXT)
    page = client.get("/reports/made-2021").text
    assert '<span class="sentence" lang="zh-Hans">今年新增<mark>1个</mark>托育点&lt;b&gt;粗&lt;/b&gt;，' in page
    assert "目标 2 个，列出的是 1，差 1 个" in page
    assert "lifecircle report add" not in page
    english = client.get("/reports/made-2021?lang=en").text
    assert '<span class="sentence" lang="zh-Hans">今年新增<mark>1个</mark>' in english


def test_a_text_that_does_not_fit_is_not_shown(data: Path, tmp_path: Path) -> None:
    page = visitor(data, tmp_path / "instance", TEXT.replace("31人", "32人")).get("/reports/made-2021").text
    assert "今年新增" not in page
    assert "可它和读数字时用的不是同一份" in page


def test_a_text_that_cannot_be_read_stops_nothing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "instance" / "reports").mkdir(parents=True)
    (tmp_path / "instance" / "reports" / "made-2021.txt").write_bytes(b"\xff\xfe\x00")
    page = visitor(data, tmp_path / "instance").get("/reports/made-2021")
    assert page.status_code == 200
    assert "可它和读数字时用的不是同一份" in page.text


def test_a_text_that_is_put_there_is_noticed(data: Path, tmp_path: Path) -> None:
    client = visitor(data, tmp_path / "instance")
    assert "今年新增" not in client.get("/reports/made-2021").text
    (tmp_path / "instance" / "reports").mkdir(parents=True)
    (tmp_path / "instance" / "reports" / "made-2021.txt").write_bytes(TEXT.encode())
    assert "今年新增" in client.get("/reports/made-2021").text


def test_the_text_is_in_no_file_to_keep(data: Path, tmp_path: Path) -> None:
    client = visitor(data, tmp_path / "instance", TEXT)
    for path in ("/reports/made-2021/claims.csv", "/reports/made-2021/claims.json", "/api/claims?report=made-2021"):
        assert "今年新增" not in client.get(path).data.decode()


ATTACKS = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}",
    "'\"><svg onload=alert(1)>",
)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_claims_stay_text(data: Path, tmp_path: Path, attack: str, language: str) -> None:
    text = f"{attack} 3个{attack}。\n"
    cells = {"value": 3, "section": attack, "indicator": "", "layer": "", "stage": attack, "subject": f"托育{attack}"}
    write_table(data, "made-2021", [claim_cells(text, "3个", unit=attack, **cells)])
    (data / "reports" / "reports.toml").unlink()
    for given in (None, text):
        client = visitor(data, tmp_path / f"instance{given is None}", given)
        for path in ("/reports", "/reports/made-2021", "/reports/compare"):
            page = client.get(path, query_string={"lang": language}).text
            assert attack not in page or "<" not in attack
            assert "<svg onload" not in page
            assert ">49<" not in page


@pytest.mark.parametrize("start", ["=HYPERLINK(1)", "＝1+1", "\t=1", "@SUM(A1)", "+1", "-1", "\r=1"])
def test_no_cell_of_a_download_is_a_formula(data: Path, tmp_path: Path, start: str) -> None:
    subject = start.strip("\r")
    write_table(data, "made-2021", [claim_cells(TEXT, "31人", subject=subject, unit=subject)])
    client = visitor(data, tmp_path / "instance")
    table = list(csv.DictReader(io.StringIO(client.get("/reports/made-2021/claims.csv").data.decode("utf-8-sig"))))
    assert [row["subject"] for row in table] == [f"'{subject}"]
    book = zipfile.ZipFile(io.BytesIO(client.get("/reports/made-2021/claims.xlsx").data))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert json.loads(client.get("/reports/made-2021/claims.json").data)["claims"][0]["subject"] == subject


def test_downloads_hold_every_claim_with_its_verdict(client: FlaskClient) -> None:
    shown = rows(client, f"/reports/{REPORT}")
    response = client.get(f"/reports/{REPORT}/claims.csv")
    assert "attachment" in response.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert [(row["start"], row["verdict"]) for row in table] == [row[:2] for row in shown]
    body = json.loads(client.get(f"/reports/{REPORT}/claims.json").data)
    assert [(str(one["start"]), one["verdict"]) for one in body["claims"]] == [row[:2] for row in shown]
    assert len(body["findings"]) == 24
    book = zipfile.ZipFile(io.BytesIO(client.get(f"/reports/{REPORT}/claims.xlsx").data))
    assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == len(shown) + 1


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_download_is_not_sent_twice(client: FlaskClient, kind: str) -> None:
    first = client.get(f"/reports/{REPORT}/claims.{kind}")
    assert client.get(first.request.path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_stated_numbers_lead_to_their_claims(client: FlaskClient) -> None:
    for path in ("/planner/caojiadu", "/planner/hudong", "/map/caojiadu/lifts", "/map/hudong/safe_houses"):
        links = re.findall(r'class="stated-link" href="(/reports/[^"#]+)#claim-(\d+)"', client.get(path).text)
        assert links, path
        for address, start in links:
            assert start in {row[0] for row in rows(client, address.replace("&amp;", "&"))}, (path, address, start)


def test_the_planner_says_where_the_report_contradicts_itself(client: FlaskClient) -> None:
    page = client.get("/planner/caojiadu").text
    row = page.split('data-layer="lifts"', 1)[1].split("</tr>", 1)[0]
    assert "自相矛盾" in row
    assert "康定路991号 两边都算了" in row


def test_reports_side_by_side(client: FlaskClient) -> None:
    page = client.get("/reports/compare").text
    found = re.findall(r'<tr data-comparable="(\w+)">\s*<th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL)
    by_name = {name: (comparable, row) for comparable, name, row in found}
    assert by_name["加装电梯完工"][0] == "yes"
    figures = re.findall(r'<a href="/reports/[^>]*>(.*?)</a>', by_name["加装电梯完工"][1])
    assert [re.sub(r"<[^>]+>|&nbsp;", "", figure) for figure in figures] == ["3台", "14台"]
    comparable, row = by_name["托育点"]
    assert comparable == "no"
    assert "不能比" in row
    assert "单位不同" in row
    english = client.get("/reports/compare?lang=en").text
    assert "different units" in english
    assert "Not comparable: " not in english


def test_list_of_reports_says_what_they_rest_on(client: FlaskClient, app: Flask) -> None:
    page = client.get("/reports").text
    for report in app.extensions["lifecircle.results"].current().reports.values():
        assert f'data-report="{report.id}"' in page
        assert report.sha256[:8] in page
    assert page.count("原文不在这台机器上") == 2


def test_a_report_of_an_unknown_place_is_told(data: Path, tmp_path: Path) -> None:
    write_table(data, "made-2021", [claim_cells(TEXT, "31人", subdistrict="atlantis")])
    body = json.loads(visitor(data, tmp_path / "instance").get("/healthz").data)
    assert body["status"] == 503
    assert "atlantis" in body["problems"][0]["found"]


def test_findings_of_another_text_are_told(data: Path, tmp_path: Path) -> None:
    kept = data / "reports" / f"{REPORT}.findings.json"
    kept.write_text(kept.read_text(encoding="utf-8").replace('"sha256": "c', '"sha256": "d'), encoding="utf-8")
    body = json.loads(visitor(data, tmp_path / "instance").get("/healthz").data)
    assert body["problems"][0]["code"] == "other_text"
