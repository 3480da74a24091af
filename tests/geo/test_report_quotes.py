"""The sentence round a claim, and what reports and their sections are called."""

from __future__ import annotations

import pytest

from geo.catalog_model import LocalText
from geo.claims_table import Claim
from geo.errors import DataError
from geo.report_list import read_report_list
from geo.report_quotes import LONGEST_AFTER, LONGEST_BEFORE, Quote, quote_claims


def quote(text: str, span: str) -> Quote:
    start = text.index(span)
    place = (start, start + len(span), "0" * 64, "plain-text 1")
    claim = Claim("r-2023", "hudong", 2023, "01", "", "", "done", 133.0, "个", "exact", "", *place)
    return quote_claims(text, 2023, [claim])[start]


def test_the_sentence_ends_at_its_neighbours():
    text = "2023年工作回顾\n去年很好。新增座椅 133 个，持续打造社区。今年更好。\n"
    assert quote(text, "133 个") == Quote("新增座椅", "133个", "，持续打造社区")


def test_a_first_and_a_last_sentence_have_their_ends():
    assert quote("新增座椅133个", "133个") == Quote("新增座椅", "133个", "")
    assert quote("133个。", "133个") == Quote("", "133个", "")


def test_a_long_sentence_is_cut_at_a_pause():
    text = "甲" * 60 + "，" + "乙" * 30 + "133个" + "丙" * 20 + "，" + "丁" * 40 + "。"
    found = quote(text, "133个")
    assert found == Quote("……" + "乙" * 30, "133个", "丙" * 20 + "……")


def test_a_long_sentence_without_a_pause_is_cut_all_the_same():
    found = quote("甲" * 90 + "133个" + "丁" * 90, "133个")
    assert found == Quote("……" + "甲" * LONGEST_BEFORE, "133个", "丁" * LONGEST_AFTER + "……")


def test_no_number_is_cut():
    found = quote("甲" * 10 + "1" * 40 + "甲" * 40 + "133个" + "丁" * (LONGEST_AFTER - 2) + "661弄。", "133个")
    assert found == Quote("……" + "甲" * 40, "133个", "丁" * (LONGEST_AFTER - 2) + "……")


def test_markup_stays_what_it_is():
    assert quote("<b>3个</b>。", "3个") == Quote("<b>", "3个", "</b>")


GOOD = """
[r-2023]
title = { zh = "报告", en = "Report" }
short_title = { zh = "报", en = "R" }
[r-2023.sections]
01 = { zh = "一", en = "One" }
"""


def test_names_of_reports_and_sections(tmp_path):
    (tmp_path / "reports.toml").write_text(GOOD, encoding="utf-8")
    entry = read_report_list(tmp_path)["r-2023"]
    assert (entry.title, entry.sections["01"]) == (LocalText("报告", "Report"), LocalText("一", "One"))
    assert read_report_list(tmp_path / "nowhere") == {}


def test_every_fault_of_the_list_is_named(tmp_path):
    text = GOOD.replace('en = "Report"', 'en = ""').replace('short_title = { zh = "报", en = "R" }', "colour = 3")
    (tmp_path / "reports.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_report_list(tmp_path)
    assert {one.code for one in error.value.problems} == {"empty_text", "missing_key", "unknown_key"}
