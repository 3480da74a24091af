"""The planner's report: page and PDF say the same, and no figure stands alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.demand_basis import DemandBasis
from webmap.cli import main
from webmap.desk_plots import curve_plot
from webmap.desk_report import caution, method_notes
from webmap.views import read_view


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


def test_people_who_were_brought_are_not_called_modelled(app: Flask) -> None:
    place = app.extensions["lifecircle.results"].current().place("caojiadu")
    basis = DemandBasis(kind="buildings", total=3.0, source="户籍表", version="b" * 64)
    paved = replace(place.network, highways=(*place.network.highways, "footway"))
    brought = replace(place, basis=basis, network=paved)
    with app.test_request_context("/?lang=zh"):
        view = read_view(app.extensions["lifecircle.results"].current().catalog)
        told = [" ".join([*caution(one, []), *method_notes(one, view)]) for one in (place, brought)]
    assert all(words in told[0] for words in ("按街道长度模拟", "弄堂和小区路不在里面", "实有人口"))
    assert not any(words in told[1] for words in ("模拟", "弄堂和小区路不在里面", "实有人口"))
    assert "户籍表" in told[1]


@pytest.mark.parametrize("share", [0.0, 0.08, 0.455, 0.84, 0.86, 0.97])
@pytest.mark.parametrize("gain", [0.1, 0.97, 1.0])
@pytest.mark.parametrize("most", [1, 2, 5, 20])
def test_no_word_of_a_curve_stands_on_another(app: Flask, share: float, gain: float, most: int) -> None:
    shares = [share + (gain - share) * p / most for p in range(most + 1)]
    with app.test_request_context("/?lang=zh"):
        plot = curve_plot([{"p": p, "share": one} for p, one in enumerate(shares)], "文化活动室")
    boxes = [
        _box(*found)
        for found in re.findall(
            r'<text x="(.*?)" y="(.*?)" font-size="(.*?)" text-anchor="(.*?)".*?>(.*?)</text>', plot
        )
    ]
    assert len(boxes) >= 3 + 3 + 2 + 2
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


def _box(x: str, y: str, size: str, anchor: str, words: str) -> tuple[float, float, float, float, str]:
    """What a text covers: digits half as wide as high, Chinese as wide as high, the tops of letters at 0.75."""
    wide = float(size) * sum(1.0 if ord(letter) > 255 else 0.55 for letter in words)
    left = float(x) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return left, float(y) - 0.75 * float(size), left + wide, float(y), words
