"""/staff/reports: a report is brought, its figures are corrected, confirmed, rejected and taken back."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from geo.claims_table import stated_count
from geo.network_file import save_network
from webmap import create_app
from webmap.confirmed_claims import CLAIMS, read_confirmed
from webmap.history import verify
from webmap.revisions import feature_revisions

REPORT = """曹家渡街道2031年工作总结

一、为老服务
新建社区食堂3个，受理劳动争议169件，调解成功110件，成功率65.09%。
二、托育
新增3岁以下幼儿托育点7个，康定路605号。<script>alert(1)</script>文化活动室5个。
"""
NURSERIES = REPORT.index("7个")
CANTEENS = REPORT.index("3个")
RECEIVED = REPORT.index("169件")


@pytest.fixture(scope="module")
def service(app, add_accounts, tmp_path_factory):
    """An application of its own over the same networks: what is confirmed here must not show in other tests."""
    instance = tmp_path_factory.mktemp("reports")
    config = app.extensions["lifecircle.config"]
    (instance / "networks").mkdir()
    for name, place in app.extensions["lifecircle.results"].current().places.items():
        save_network(place.network, instance / "networks" / f"{name}.lcnet")
    own = create_app(type(config)(instance=instance, recheck_s=3600, staff=config.staff))
    yield own, add_accounts(own)
    own.extensions["lifecircle.results"].store().close()


@pytest.fixture
def enter(service, sign_in):
    """Signs somebody in: `enter("reviewer")` returns a client that sends the token with every form."""
    own, credentials = service

    def come(login: str):
        client = own.test_client()
        token = sign_in(client, credentials[login])
        plain = client.post
        client.post = lambda path, data=None, **more: plain(path, data={"csrf_token": token, **(data or {})}, **more)
        return client

    return come


@pytest.fixture
def brought(service, enter):
    """A reviewer, and the page of the report, which is brought once."""
    client = enter("reviewer")
    answer = bring(client, REPORT.encode())
    assert answer.status_code == 303, answer.text
    return client, answer.location


def bring(client, raw: bytes, name: str = "总结.txt", **form):
    values = {"subdistrict": "caojiadu", "year": "2031", "title": "2031 年工作报告"} | form
    return client.post(
        "/staff/reports", values | {"report": (io.BytesIO(raw), name)}, content_type="multipart/form-data"
    )


def revision_of(page: str, start: int) -> str:
    row = page[page.index(f'id="claim-{start}"') :]
    return re.search(rf'name="claim" value="{start}:(\d+)"', row)[1]


def standing_of(page: str, start: int) -> str:
    return re.search(rf'id="claim-{start}" data-standing="(\w+)"', page)[1]


def decide(client, path: str, start: int, what: str):
    page = client.get(path).text
    return client.post(f"{path}/decide", {"do": what, "claim": f"{start}:{revision_of(page, start)}"})


def stated_nurseries(own) -> int | None:
    claims = own.extensions["lifecircle.results"].current().place("caojiadu").claims
    return stated_count(claims, "caojiadu", "nurseries").value


def data_version(own) -> str:
    return own.extensions["lifecircle.results"].current().place("caojiadu").data_version


def test_only_what_is_confirmed_joins_the_map_at_the_next_request_of_every_worker(service, brought):
    own, _ = service
    client, path = brought
    other = create_app(own.extensions["lifecircle.config"])
    before, version = stated_nurseries(other), data_version(other)
    assert standing_of(client.get(path).text, NURSERIES) == "proposed"
    assert "2031" not in client.get("/reports").text
    assert decide(client, path, NURSERIES, "confirm").status_code == 303
    assert stated_nurseries(own) == stated_nurseries(other) == 7 != before
    page = client.get("/reports/caojiadu-2031").text
    assert "托育点<mark>7个</mark>" in page
    assert "成功率" not in page, "a figure that nobody has confirmed is on readers' page"
    assert other.test_client().get("/api/claims?report=caojiadu-2031").json["count"] == 1
    assert data_version(other) != version
    undone = client.post(f"{path}/claims/{NURSERIES}/undo", {"revision": revision_of(client.get(path).text, NURSERIES)})
    assert undone.status_code == 303
    assert stated_nurseries(other) == before
    assert data_version(other) == version
    other.extensions["lifecircle.results"].store().close()


def test_the_page_says_what_was_read_and_what_was_not(brought):
    client, path = brought
    page = client.get(path).text
    assert "新建社区食堂<mark>3个</mark>" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    unread = page[page.index("没有用上的数字") :]
    assert "<mark>605</mark>" in unread
    assert "门牌和弄号" in unread
    assert "<mark>2031</mark>" in unread


def test_an_editor_proposes_and_a_reviewer_decides(service, brought, enter):
    own, _ = service
    reviewer, path = brought
    editor = enter("editor")
    assert decide(reviewer, path, CANTEENS, "confirm").status_code == 303
    page = editor.get(f"{path}/claims/{CANTEENS}").text
    form = dict(re.findall(r'<input id="(\w+)" name="\w+"[^>]*? value="([^"]*)"', page))
    form |= {
        name: re.search(rf'<select id="{name}".*?value="([^"]*)" selected', page, re.DOTALL)[1]
        for name in ("kind", "qualifier", "indicator", "layer")
    }
    form |= {"revision": re.search(r'name="revision" value="(\d+)"', page)[1], "value": "4", "why": "数错了"}
    assert editor.post(f"{path}/claims/{CANTEENS}", form).status_code == 303
    confirmed = own.extensions["lifecircle.results"].current().report("caojiadu-2031").claims
    assert [claim.value for claim in confirmed if claim.start == CANTEENS] == [3.0]
    assert editor.post(f"{path}/decide", {"do": "confirm", "claim": f"{CANTEENS}:3"}).status_code == 403
    stale = editor.post(f"{path}/claims/{CANTEENS}", form | {"value": "9"})
    assert stale.status_code == 412
    assert 'value="9"' in stale.text, "what somebody wrote is lost"
    assert decide(reviewer, path, CANTEENS, "confirm").status_code == 303
    confirmed = own.extensions["lifecircle.results"].current().report("caojiadu-2031").claims
    assert [claim.value for claim in confirmed if claim.start == CANTEENS] == [4.0]
    told = reviewer.get(f"{path}/claims/{CANTEENS}").text
    for words in ("editor的名字", "reviewer的名字", "数错了", "3.0 → 4.0", "程序读出"):
        assert words in told
    with own.extensions["lifecircle.results"].store().reading() as connection:
        history = feature_revisions(connection, CLAIMS, f"caojiadu-2031:{CANTEENS}")
        assert [(one.who, one.operation, one.state) for one in reversed(history)] == [
            ("reviewer", "create", "review"),
            ("reviewer", "publish", "published"),
            ("editor", "update", "review"),
            ("reviewer", "publish", "published"),
        ]
        assert verify(connection) == []


def test_a_correction_that_is_refused_leaves_the_confirmed_figure(service, brought, enter):
    own, _ = service
    reviewer, path = brought
    editor = enter("editor")
    assert decide(reviewer, path, RECEIVED, "confirm").status_code == 303
    form = {"kind": "done", "qualifier": "exact", "value": "170", "unit": "件", "revision": "2"}
    assert editor.post(f"{path}/claims/{RECEIVED}", form).status_code == 303
    assert "改过，等确认" in reviewer.get(path).text
    assert decide(reviewer, path, RECEIVED, "reject").status_code == 303
    assert standing_of(reviewer.get(path).text, RECEIVED) == "confirmed"
    undone = reviewer.post(f"{path}/claims/{RECEIVED}/undo", {"revision": "4"})
    assert undone.status_code == 303
    page = reviewer.get(path).text
    assert standing_of(page, RECEIVED) == "proposed"
    claims = own.extensions["lifecircle.results"].current().report("caojiadu-2031").claims
    assert [claim.value for claim in claims if claim.start == RECEIVED] == [169.0]


def test_all_of_a_section_at_once_or_none_of_it(brought):
    client, path = brought
    page = client.get(path).text
    waiting = [REPORT.index("110件"), REPORT.index("65.09%")]
    seen = [f"{start}:{revision_of(page, start)}" for start in waiting]
    stale = client.post(f"{path}/decide", {"do": "confirm", "claim": [seen[0], f"{waiting[1]}:99"]})
    assert stale.status_code == 412
    assert {standing_of(client.get(path).text, start) for start in waiting} == {"proposed"}
    assert client.post(f"{path}/decide", {"do": "confirm", "claim": seen}).status_code == 303
    assert {standing_of(client.get(path).text, start) for start in waiting} == {"confirmed"}
    assert client.post(f"{path}/decide", {"do": "confirm"}).status_code == 422


def test_a_bundled_figure_counts_until_somebody_rejects_it(service, brought):
    own, _ = service
    client, _path = brought
    path, results = "/staff/reports/caojiadu-2020", own.extensions["lifecircle.results"]
    claim = next(one for one in results.current().seed_claims if one.layer == "heritage_buildings")
    assert standing_of(client.get(path).text, claim.start) == "confirmed"
    count = len(results.current().report("caojiadu-2020").claims)
    assert decide(client, path, claim.start, "reject").status_code == 303
    kept = results.current().report("caojiadu-2020")
    assert len(kept.claims) == count - 1
    assert all(claim.start not in {start for start, _ in found.spans} for found in kept.findings)
    assert client.post(f"{path}/claims/{claim.start}/undo", {"revision": "1"}).status_code == 303
    assert len(results.current().report("caojiadu-2020").claims) == count
    assert results.current().place("caojiadu").claims == results.current().confirmed.over(results.current().seed_claims)


def test_a_number_that_was_left_unread_can_be_added(brought, enter):
    reviewer, path = brought
    editor, start = enter("editor"), REPORT.index("605")
    page = editor.get(f"{path}/claims/{start}").text
    assert 'value="605"' in page
    form = {"kind": "state", "qualifier": "exact", "value": "605", "unit": "", "revision": "0", "subject": "门牌"}
    assert editor.post(f"{path}/claims/{start}", form).status_code == 303
    assert standing_of(reviewer.get(path).text, start) == "proposed"
    assert editor.post(f"{path}/claims/{start}/undo", {"revision": "1"}).status_code == 303
    assert f'id="claim-{start}"' not in reviewer.get(path).text
    assert editor.get(f"{path}/claims/{start + 1}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": "x"}, "这里只写数字"),
        ({"value": "1e999"}, "这里只写数字"),
        ({"value": ""}, "没有写数"),
        ({"value_max": "2"}, "要比前面的大"),
        ({"kind": "__proto__"}, "从可选的里挑一个"),
        ({"layer": "../../x"}, "从可选的里挑一个"),
        ({"indicator": "nurseries.count", "layer": "lifts"}, "两个要一致"),
        ({"subject": "a\u202eb"}, "看不见的字符"),
        ({"unit": "个" * 21}, "写短一点"),
    ],
)
def test_a_correction_with_a_fault_is_told_and_not_kept(brought, enter, wrong, words):
    editor, path = enter("editor"), brought[1]
    form = {"kind": "done", "qualifier": "exact", "value": "5", "unit": "个", "revision": "1", "subject": "留着"}
    start = REPORT.index("5个")
    answer = editor.post(f"{path}/claims/{start}", form | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    if "subject" not in wrong:
        assert 'value="留着"' in answer.text
    assert revision_of(brought[0].get(path).text, start) == "1"


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("word/document.xml", b"0" * 101_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "name", "words"),
    [
        (b"", "a.txt", "里面没有字"),
        ("工作报告，的一是在".encode("gb18030") * 40, "a.txt", "GB18030"),
        (b"%PDF-1.7", "a.txt", "不认识这种文件"),
        (b"%PDF-1.7", "a.pdf", "文件坏了"),
        (b"PK\x03\x04", "a.docx", "文件坏了"),
        (b"x", "a.xlsx", "不认识这种文件"),
        (b"a\0b", "a.txt", "里面不是文字"),
        ("字".encode() * 1_001, "a.txt", "字太多"),
        (None, "a.docx", "文件太大"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(monkeypatch, enter, raw, name, words):
    monkeypatch.setattr("webmap.staff_reports.MAX_CHARACTERS", 1000)
    client = enter("editor")
    answer = bring(client, _bomb() if raw is None else raw, name, year="2032")
    assert answer.status_code == 422
    assert words in answer.text
    assert "现在什么都没存" in answer.text
    assert "caojiadu-2032" not in client.get("/staff/reports").text


def test_a_form_without_a_file_or_with_an_odd_year_is_told(enter):
    client = enter("editor")
    assert "还没有选文件" in bring(client, b"", "").text
    answer = bring(client, "共5个".encode(), year="20x4")
    assert answer.status_code == 422
    assert "年份写四位数" in answer.text
    assert bring(client, "共5个".encode(), subdistrict="nowhere").status_code == 404


def test_the_same_text_is_one_report_and_the_bundled_one_gets_its_sentences(brought, enter, root):
    client, path = brought
    assert bring(client, REPORT.encode(), "again.txt").location == path
    text = root.parent / "shared" / "reports" / "caojiadu-2020.txt"
    if not text.exists():
        pytest.skip("the published report is not beside the project")
    answer = bring(client, text.read_bytes(), "x.txt", year="2020")
    assert answer.location == "/staff/reports/caojiadu-2020"
    assert "原文在这台机器上" in client.get(answer.location).text


def test_an_editor_of_another_layer_is_refused(brought, enter):
    heritage, path = enter("heritage_editor"), brought[1]
    form = {"kind": "done", "qualifier": "exact", "value": "8", "unit": "个", "revision": "1"}
    assert heritage.post(f"{path}/claims/{REPORT.index('5个')}", form).status_code == 403
    assert bring(heritage, "共5个".encode(), subdistrict="hudong").status_code == 403
    viewer = enter("viewer")
    assert viewer.get(path).status_code == 200
    assert 'name="do"' not in viewer.get(path).text


def test_a_day_before_a_report_was_confirmed_stays_as_it_was(service, brought):
    own, _ = service
    client, path = brought
    results, start = own.extensions["lifecircle.results"], REPORT.index("5个")
    with results.store().reading() as connection:
        brought_at = feature_revisions(connection, CLAIMS, f"caojiadu-2031:{start}")[-1]
        assert read_confirmed(connection, brought_at.seq).bodies == {}
    assert decide(client, path, start, "confirm").status_code == 303
    past, now = results.as_of("2026-01-01", brought_at.at), results.current()
    assert past.place("caojiadu").claims == past.seed_claims
    assert "caojiadu-2031" not in past.reports
    assert start in {claim.start for claim in now.report("caojiadu-2031").claims}
