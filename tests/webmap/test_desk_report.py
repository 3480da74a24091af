"""The planner's report: page and PDF say the same, and no figure stands alone."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
from flask.testing import FlaskClient

from webmap.cli import main


def _text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    texts = []
    for page in document:
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return re.sub(r"\s", "", "".join(texts))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("subdistrict", ["caojiadu", "hudong"])
def test_every_figure_of_the_planner_stands_in_page_and_pdf(
    client: FlaskClient, subdistrict: str, language: str
) -> None:
    planner = client.get(f"/planner/{subdistrict}?lang={language}").text
    page = client.get(f"/planner/{subdistrict}/report?lang={language}").text
    printed = _text(client.get(f"/planner/{subdistrict}/report.pdf?lang={language}").data)
    figures = re.findall(r'data-covered="([\d.]+)" data-total="([\d.]+)"', planner)
    assert figures
    for covered, total in figures:
        words = f"{float(covered):,.0f} / {float(total):,.0f}"
        assert words in page
        assert words.replace(" ", "") in printed
    version = re.search(r"([0-9a-f]{8})", page[page.index('class="basis"') :])
    assert version is not None
    assert version[1] in printed


def test_samples_are_named_and_never_a_figure(client: FlaskClient) -> None:
    page = client.get("/planner/hudong/report?lang=zh").text
    assert "平安屋" in page
    assert "只有示例位置，不算进任何数字" in page
    assert 'id="layer-safe_houses"' not in page
    assert "这里数的是户，不是人" in page
    assert 'id="layer-cultural_rooms"' in page


def test_a_report_is_kept_by_its_day_and_version(client: FlaskClient) -> None:
    first = client.get("/planner/caojiadu/report.pdf")
    again = client.get("/planner/caojiadu/report.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert client.get("/planner/nowhere/report.pdf").status_code == 404


def test_the_command_writes_the_same_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    out = tmp_path / "report.pdf"
    assert main(["report", "build", "--subdistrict", "caojiadu", "--out", str(out)]) == 0
    text = _text(out.read_bytes())
    assert "曹家渡街道：哪些人走不到" in text
    assert "82,884" in text
    assert main(["report", "build", "--subdistrict", "nowhere", "--out", str(tmp_path / "x.pdf")]) == 2
    assert not (tmp_path / "x.pdf").exists()
