"""Faults of what staff bring are told in Chinese on Chinese pages, whatever part of the checks found them."""

from __future__ import annotations

import re

import pytest

from geo.errors import Problem
from webmap.fault_words import chinese_words, fault_words
from webmap.staff_words import form_fault

CHECKS = ("geometry_checks", "layer_checks", "property_checks", "column_mapping", "cell_values", "strict_json")
CHECKS_OF_TABLES = ("import_*", "table", "table_*")
IN_FORMS = frozenset({"longitude_out_of_range", "latitude_out_of_range"})
"""Codes whose words have a figure in them, and so stand in `webmap.staff_words`."""


def _codes(root):
    files = [path for name in (*CHECKS, *CHECKS_OF_TABLES) for path in sorted((root / "geo").glob(f"{name}.py"))]
    found = {path.name: re.findall(r'(?:Problem|single)\(\s*"([a-z_]+)"', path.read_text("utf-8")) for path in files}
    return {code for codes in found.values() for code in codes}


def test_every_fault_of_a_sheet_or_a_form_has_chinese_words(root):
    codes = _codes(root)
    assert {"invalid_polygon", "unclosed_ring", "bad_wkt", "not_a_number", "datum_undeclared"} <= codes
    assert {code for code in codes - IN_FORMS if chinese_words(Problem(code, "", "", "")) is None} == set()


@pytest.mark.parametrize(("language", "words"), [("zh", "边线没有闭合"), ("en", "the ring is open")])
def test_a_fault_is_told_in_the_readers_language(app, language, words):
    problem = Problem("unclosed_ring", "/geometry", "the ring is open", "Close it")
    with app.test_request_context(f"/?lang={language}"):
        assert fault_words(problem).what == words
        assert form_fault(problem)[0] == words


FROM_ADDRESSES = ("positions", "network_patch_page", "layer_writing_page", "services_page", "scenario_link", "past")
FROM_FORMS = ("street_patches", "network_patch", "catalog", "toml_tables", "layer_file", "siting_question")


def test_every_fault_of_an_address_or_of_an_administrators_form_has_chinese_words(root):
    files = [root / "webmap" / f"{name}.py" for name in FROM_ADDRESSES] + [
        root / "geo" / f"{name}.py" for name in FROM_FORMS
    ]
    kinds = r'(?:Problem|single|RequestError|NotFoundError|PastInputsError)\(\s*"([a-z_]+)"'
    codes = {code for path in files for code in re.findall(kinds, path.read_text("utf-8"))}
    assert {"bad_position", "no_reason", "layer_exists", "short_line", "bad_glyph"} <= codes
    assert {code for code in codes if chinese_words(Problem(code, "", "", "")) is None} == set()


@pytest.mark.parametrize(
    ("language", "words", "others"), [("zh", "这一项不能这样写", "[A-Za-z]{3}"), ("en", "Allowed", "[\u4e00-\u9fff]")]
)
def test_the_plain_page_speaks_the_readers_language(client, language, words, others):
    page = client.get(f"/planner/caojiadu?samples=perhaps&lang={language}").text
    told = re.sub("<.*?>", "", page[page.index("<main") : page.index('<p class="actions"')])
    assert words in told
    assert re.search(others, told.replace("samples", "")) is None


def test_a_key_that_is_missing_is_named():
    told = chinese_words(Problem("missing_key", "rules.toml: rules.a", "the key 'layers' is missing", "Add layers"))
    other = chinese_words(Problem("missing_key", "indicators/a/words", "no words", "Give at least one word."))
    assert (told.remedy, other.remedy) == ("补上 layers", "补上")
