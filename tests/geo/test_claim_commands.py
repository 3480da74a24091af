"""`lifecircle claims` and `lifecircle report` at the command line."""

from __future__ import annotations

import hashlib
import json

import pytest

from webmap.cli import main

TEXT = "2023年工作回顾\n设有普惠班2个,每班可招收20人,已招录41人。新增座椅133个。\n"


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "r.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def extract(report, out, *more):
    return main(
        [
            "claims",
            "extract",
            str(report),
            "--report-id",
            "r-2023",
            "--subdistrict",
            "hudong",
            "--year",
            "2023",
            *more,
            "--out",
            str(out),
        ]
    )


def test_claims_are_written_with_their_place(report, tmp_path, capsys):
    assert extract(report, tmp_path / "c.jsonl") == 0
    rows = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [TEXT[row["start"] : row["end"]] for row in rows] == ["2个", "20人", "41人", "133个"]
    assert {row["doc"] for row in rows} == {"r-2023"}
    assert {row["sha256"] for row in rows} == {hashlib.sha256(TEXT.encode()).hexdigest()}
    assert rows[3]["indicator"] == "seats.added"
    assert "4 claims" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["c.csv", "c.xlsx"])
def test_other_formats_go_by_the_ending(report, tmp_path, name):
    assert extract(report, tmp_path / name) == 0
    assert (tmp_path / name).stat().st_size > 100


def test_an_unknown_format_is_the_command_s_fault(report, tmp_path, capsys):
    assert extract(report, tmp_path / "c.pdf") == 2
    assert ".jsonl" in capsys.readouterr().err
    assert not (tmp_path / "c.pdf").exists()


def test_a_bad_report_is_the_data_s_fault(tmp_path, capsys):
    broken = tmp_path / "r.txt"
    broken.write_bytes("街道工作年内完成了一些".encode("gb18030") * 30)
    assert extract(broken, tmp_path / "c.jsonl") == 1
    assert "--encoding gb18030" in capsys.readouterr().err
    assert extract(broken, tmp_path / "c.jsonl", "--encoding", "gb18030") == 0


def test_several_reports_keep_their_names(report, tmp_path):
    second = tmp_path / "s.txt"
    second.write_text(TEXT, encoding="utf-8")
    out = tmp_path / "c.jsonl"
    assert main(["claims", "extract", str(report), str(second), "--year", "2023", "--out", str(out)]) == 0
    assert {json.loads(line)["doc"] for line in out.read_text(encoding="utf-8").splitlines()} == {"r", "s"}


def test_a_check_says_what_it_found_in_either_language(report, capsys):
    assert main(["report", "check", str(report), "--year", "2023"]) == 0
    assert "却有 41 人，多 1" in capsys.readouterr().out
    assert main(["report", "check", str(report), "--year", "2023", "--lang", "en"]) == 0
    assert "1 where the figures cannot all be right" in capsys.readouterr().out


def test_a_score_tells_what_was_missed(report, tmp_path, capsys):
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    header = "start,end,value,value_max,unit,kind,qualifier,direction"
    start = TEXT.index("133")
    spans = tmp_path / "spans.csv"
    spans.write_text(
        f"# sha256={sha256}\n{header}\n{start},{start + 4},133,,个,done,exact,\n0,4,2023,,年,done,exact,\n",
        encoding="utf-8",
    )
    assert main(["claims", "score", str(report), str(spans), "--year", "2023"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["recall"] == 0.5
    assert json.loads(captured.out)["precision"] == 0.25
    assert "missed at 0" in captured.err
    spans.write_text(f"# sha256={'0' * 64}\n{header}\n", encoding="utf-8")
    assert main(["claims", "score", str(report), str(spans), "--year", "2023"]) == 2
