"""The reader of claims tables and the rules by which a stated number is made of claims."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pandas as pd
import pytest

from geo.claims_table import COLUMNS, Claim, counted_by_report, read_claims, stated_count
from geo.errors import DataError

CLAIM = Claim(
    *("r-2020", "caojiadu", 2020, "01", "lifts.count", "lifts", "done", 3.0, "台", "exact", ""),
    *(10, 13, "0" * 64, "plain-text 1"),
)


def table(folder: Path, *rows: tuple, header: tuple = COLUMNS, name: str = "r-2020") -> Path:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in (header, *rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_claims(table(tmp_path, astuple(CLAIM))) == (CLAIM,)


def test_every_fault_of_every_table_is_told(tmp_path: Path) -> None:
    bad = {
        "kind": "finished",
        "qualifier": "perhaps",
        "value": "nan",
        "start": 13,
        "sha256": "0" * 63,
        "report_id": "x",
        "year": "二〇二〇",
        "section": "",
    }
    cells = dict(zip(COLUMNS, astuple(CLAIM), strict=True))
    table(
        tmp_path, astuple(CLAIM), *[tuple({**cells, name: value}.values()) for name, value in bad.items()], ("short",)
    )
    table(tmp_path, header=("report_id",), name="s-2020")
    with pytest.raises(DataError) as refused:
        read_claims(tmp_path)
    assert [(problem.where, problem.code) for problem in refused.value.problems] == [
        ("r-2020.csv, row 3", "unknown_choice"),
        ("r-2020.csv, row 4", "unknown_choice"),
        ("r-2020.csv, row 5", "not_a_number"),
        ("r-2020.csv, row 6", "empty_span"),
        ("r-2020.csv, row 7", "not_a_hash"),
        ("r-2020.csv, row 8", "wrong_report"),
        ("r-2020.csv, row 9", "not_a_number"),
        ("r-2020.csv, row 10", "empty_cell"),
        ("r-2020.csv, row 11", "bad_row"),
        ("s-2020.csv", "bad_header"),
    ]


def test_a_table_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r-2020.csv").write_bytes("平安屋四十二处".encode("gb18030"))
    with pytest.raises(DataError, match="UTF-8"):
        read_claims(tmp_path)


@pytest.mark.parametrize(
    ("others", "value", "parts", "plan"),
    [
        ([], 3, 1, False),
        ([{"start": 90}], 3, 1, False),  # said twice
        ([{"value": 4.0}], None, 2, False),  # two figures that disagree
        ([{"indicator": "lifts.count.b", "value": 4.0}], 7, 2, False),
        ([{"indicator": "lifts.count.b", "kind": "in_progress"}], None, 2, False),
        ([{"kind": "target", "value": 2.0}], 3, 1, False),
        ([{"kind": "plan", "value": 9.0}], 3, 1, False),
        ([{"indicator": "lifts.announced", "value": 38.0}], 3, 1, False),
        ([{"indicator": "lifts.counted", "value": 38.0}], 3, 1, False),
        ([{"layer": "gates", "indicator": "gates.count"}], 3, 1, False),
        ([{"subdistrict": "hudong", "value": 9.0}], 3, 1, False),
        ([{"year": 2021, "value": 5.0}], 5, 1, False),
    ],
)
def test_a_stated_number_is_made_of_claims(others: list[dict], value: int | None, parts: int, plan: bool) -> None:
    claims = [CLAIM, *(replace(CLAIM, **change) for change in others)]
    stated = stated_count(claims, "caojiadu", "lifts")
    assert (stated.value, len(stated.parts), stated.plan) == (value, parts, plan)


def test_a_plan_alone_is_marked_and_nothing_stated_is_none() -> None:
    planned = stated_count([replace(CLAIM, kind="plan")], "caojiadu", "lifts")
    assert (planned.value, planned.plan) == (3, True)
    nothing = stated_count([CLAIM], "caojiadu", "gates")
    assert (nothing.value, nothing.parts, nothing.plan) == (None, (), False)


def test_only_what_is_marked_as_not_listed_is_left_out_of_a_count() -> None:
    marks = pd.DataFrame({"report_listed": pd.Series([True, False, None], dtype=object)})
    assert counted_by_report(marks).tolist() == [True, False, True]
    assert counted_by_report(pd.DataFrame({"name": ["a", "b"]})).tolist() == [True, True]
