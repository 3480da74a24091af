"""Printed sheets: one page each, nothing over anything else, and pages that lead to them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import shapely
from flask.testing import FlaskClient

from webmap.cli import main
from webmap.print_labels import SYMBOL_PX, Sheet, place_symbols, set_street_names
from webmap.print_map import fitted_view
from webmap.sheet_words import WORDS
from webmap.typeset import typeset

MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


def _pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    texts = []
    for page in document:
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return texts


@pytest.mark.parametrize("subdistrict", ["caojiadu", "hudong"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sheet_of_a_whole_subdistrict_is_one_page(client: FlaskClient, subdistrict: str, language: str) -> None:
    answer = client.get(f"/sheet/{subdistrict}/{subdistrict}.pdf?lang={language}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(_pages(answer.data)) == 1


def test_a_sheet_tells_what_its_page_tells(client: FlaskClient) -> None:
    index = client.get("/sheet/caojiadu").text
    compound = re.search(r'href="(/sheet/caojiadu/01[0-9A-Z]{24})"', index)
    assert compound is not None
    page, printed = client.get(compound[1]).text, _pages(client.get(f"{compound[1]}.pdf").data)
    assert len(printed) == 1
    names = re.findall(r'<th scope="row">([^<]+)</th>', page)
    assert len(names) >= 5
    on_paper = re.sub(r"\s", "", printed[0])  # Chinese and figures are set with a little room between them
    for name in names:
        assert re.sub(r"\s", "", name) in on_paper
    assert client.get(f"{compound[1]}.svg").mimetype == "image/svg+xml"
    assert "示例" not in "".join(names)


def test_an_evacuation_sheet_without_assembly_places_says_not_to_post_it(client: FlaskClient) -> None:
    index = client.get("/sheet/caojiadu").text
    compound = re.search(r'href="(/sheet/caojiadu/01[0-9A-Z]{24})"', index)
    assert compound is not None
    printed = _pages(client.get(f"{compound[1]}/evacuation.pdf").data)
    assert len(printed) == 1
    assert "还不能张贴" in printed[0]
    assert client.get("/sheet/caojiadu/caojiadu/evacuation.pdf").status_code == 404


@pytest.mark.parametrize("wrong", ["nowhere", "../x", "01M7XPE65EKMWMPZ79JYNR4W9Z", "%00", "${x}"])
def test_an_unknown_sheet_is_404(client: FlaskClient, wrong: str) -> None:
    assert client.get(f"/sheet/caojiadu/{wrong}").status_code == 404
    assert client.get(f"/sheet/{wrong}").status_code == 404


def test_names_are_data_and_never_markup(client: FlaskClient) -> None:
    attack = '#eval("1") $x$ *b* </text><script>`${1}`\\ "'
    row = {"symbol": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "cells": ["a", attack, "c"]}
    data = {
        **dict.fromkeys(("pace", "qr", "scan", "rough_frame", "nothing", "printed", "caution"), ""),
        "language": "zh",
        "kicker": attack,
        "title": attack,
        "map": row["symbol"],
        "legend": None,
        "shapes": [],
        "head": ["a", "b", "c"],
        "rows": [row] * 40,
        "not_drawn_word": "x",
        "not_drawn": [attack] * 8,
    }
    printed = _pages(typeset("resource_sheet.typ", data, MOMENT))
    assert len(printed) == 1
    assert '#eval("1")' in printed[0]
    assert typeset("resource_sheet.typ", data, MOMENT) == typeset("resource_sheet.typ", data, MOMENT)


def test_symbols_never_cover_each_other() -> None:
    random = np.random.default_rng(5)
    sheet = Sheet(800, 500)
    crowded = [(float(x), float(y)) for x, y in random.normal((400, 250), 25, (30, 2))]
    spots = place_symbols(sheet, crowded)
    boxes = [shapely.box(x - SYMBOL_PX / 2, y - SYMBOL_PX / 2, x + SYMBOL_PX / 2, y + SYMBOL_PX / 2) for x, y in spots]
    for number, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in boxes[number + 1 :])
    assert place_symbols(Sheet(800, 500), crowded) == spots
    assert place_symbols(Sheet(800, 500), [(100.0, 100.0)]) == [(100.0, 100.0)]


def test_a_name_stands_along_its_street_and_clear_of_symbols() -> None:
    sheet = Sheet(400, 400)
    place_symbols(sheet, [(200.0, 200.0)])
    street = shapely.LineString([(20, 200), (380, 200)])
    (name,) = set_street_names(sheet, [("康定路", street)])
    assert name.angle_deg == 0
    assert abs(name.at[0] - 200) > SYMBOL_PX / 2 + 3 * 13 / 2
    assert set_street_names(Sheet(400, 400), [("万航渡路", shapely.LineString([(0, 0), (20, 20)]))]) == []
    (down,) = set_street_names(Sheet(400, 400), [("路", shapely.LineString([(300, 300), (100, 100)]))])
    assert down.angle_deg == pytest.approx(45)


def test_a_view_holds_every_point_in_the_shape_of_the_map() -> None:
    points = np.array([[0.0, 0.0], [1000.0, 100.0]])
    west, south, east, north = fitted_view(points, 800, 400)
    assert (east - west) / (north - south) == pytest.approx(2)
    assert west < 0
    assert east > 1000
    assert south < 0
    assert north > 100
    west, _, east, _ = fitted_view(np.zeros((1, 2)), 800, 400)
    assert east - west >= 400


def test_words_are_complete_in_both_languages() -> None:
    for chinese, english in WORDS.values():
        assert set(re.findall(r"{(\w+)", chinese)) == set(re.findall(r"{(\w+)", english))
        assert chinese
        assert english


@pytest.mark.slow
def test_an_atlas_has_a_sheet_for_every_neighbourhood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    assert main(["atlas", "--subdistrict", "hudong", "--out", str(tmp_path / "atlas")]) == 0
    files = sorted((tmp_path / "atlas").glob("*.pdf"))
    assert len(files) == 46
    assert all(len(_pages(file.read_bytes())) == 1 for file in files)
    assert len(list((tmp_path / "atlas" / "evacuation").glob("*.pdf"))) == 45


def test_an_atlas_of_an_unknown_subdistrict_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    assert main(["atlas", "--subdistrict", "nowhere", "--out", str(tmp_path / "atlas")]) == 2
    assert not (tmp_path / "atlas").exists()
