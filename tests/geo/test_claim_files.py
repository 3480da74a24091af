"""Claims written to files: the same fields in three formats, no formula in any."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import fields, replace

import pytest

from geo.claim_files import FIELDS, WRITERS, claims_from_jsonl, claims_to_csv, claims_to_jsonl, claims_to_xlsx
from geo.claims import ExtractedClaim
from geo.errors import DataError

CLAIM = ExtractedClaim(
    "r",
    "hudong",
    2023,
    10,
    14,
    133.0,
    None,
    "个",
    "exact",
    "",
    "done",
    "",
    "座椅",
    "一、回顾",
    "seats.added",
    "",
    "0" * 64,
    "plain-text 1",
)
HOSTILE = ["=HYPERLINK(1)", "＝1+1", "\t=1", "+1", "-1", "@a", "＋1", "－1", "＠a"]


def test_json_lines_come_back_as_they_went():
    claims = (CLAIM, replace(CLAIM, value=65.08, value_max=70.0, subject="“引号”,\n换行"))
    assert claims_from_jsonl(claims_to_jsonl(claims), "c.jsonl") == claims
    first = json.loads(claims_to_jsonl(claims).splitlines()[0])
    assert tuple(first) == FIELDS == tuple(field.name for field in fields(ExtractedClaim))
    assert first["value"] == 133


def test_what_is_no_claim_is_refused_line_by_line():
    good = claims_to_jsonl([CLAIM]).decode()
    with pytest.raises(DataError) as refused:
        claims_from_jsonl((good + "{}\n[1]\nnonsense\n" + "[" * 100_000).encode(), "c.jsonl")
    assert [problem.where for problem in refused.value.problems] == [f"c.jsonl, line {n}" for n in (2, 3, 4, 5)]


def test_the_csv_has_the_fields_and_a_mark():
    raw = claims_to_csv([CLAIM])
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert tuple(rows[0]) == FIELDS
    assert (rows[0]["value"], rows[0]["value_max"], rows[0]["unit"]) == ("133", "", "个")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text):
    claim = replace(CLAIM, subject=text)
    [row] = csv.DictReader(io.StringIO(claims_to_csv([claim]).decode("utf-8-sig"), newline=""))
    assert row["subject"] == f"'{text}"
    sheet = zipfile.ZipFile(io.BytesIO(claims_to_xlsx([claim]))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_a_negative_value_stays_a_number():
    [row] = csv.DictReader(io.StringIO(claims_to_csv([replace(CLAIM, value=-1.5)]).decode("utf-8-sig")))
    assert row["value"] == "-1.5"


def test_the_workbook_holds_numbers_as_numbers():
    book = zipfile.ZipFile(io.BytesIO(claims_to_xlsx([CLAIM])))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>133</v>" in sheet
    assert sheet.count("<row ") == 2
    assert "座椅" in book.read("xl/sharedStrings.xml").decode()


def test_every_format_takes_no_claims_at_all():
    assert set(WRITERS) == {".jsonl", ".csv", ".xlsx"}
    for write in WRITERS.values():
        assert isinstance(write(()), bytes)
