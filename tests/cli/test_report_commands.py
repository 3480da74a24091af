"""`lifecircle report add`, `list` and `findings`: a reader's own text is kept when it is the very one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from geo.claims_table import COLUMNS
from geo.report_text import report_text

TEXT = "2021年工作回顾\n受理纠纷169件、调解成功110件,成功率65.08%。\n"


@pytest.fixture
def folders(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A data folder with the claims table of one report, and an empty instance."""
    data, instance = tmp_path / "data", tmp_path / "instance"
    (data / "reports").mkdir(parents=True)
    shutil.copy(root / "data" / "indicators.toml", data)
    start = TEXT.index("65.08%")
    place = [str(start), str(start + 6), report_text(TEXT).sha256, "plain-text 1"]
    row = ["made-2021", "hudong", "2021", "01", "", "", "done", "65.08", "%", "exact", "", *place, "", "", "", "率"]
    table = f"{','.join(COLUMNS)}\n{','.join(row)}\n"
    (data / "reports" / "made-2021.csv").write_text(table, encoding="utf-8")
    monkeypatch.setenv("LIFECIRCLE_DATA", str(data))
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(instance))
    return data, instance


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "made-2021.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def kept(instance: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (instance / "reports").glob("*")}


def test_the_very_text_is_kept(run, folders, report):
    ran = run("report", "add", report)
    assert ran.code == 0
    assert kept(folders[1]) == {"made-2021.txt": TEXT}
    assert "/reports/made-2021" in ran.out


def test_it_is_kept_as_extracted(run, folders, tmp_path):
    page = tmp_path / "other.txt"
    page.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert run("report", "add", page, "--report-id", "made-2021").code == 0
    assert kept(folders[1]) == {"made-2021.txt": TEXT}


def test_another_encoding_must_be_said(run, folders, report):
    report.write_bytes(TEXT.encode("gb18030"))
    assert run("report", "add", report).code == 1
    assert run("report", "add", report, "--encoding", "gb18030").code == 0
    assert kept(folders[1]) == {"made-2021.txt": TEXT}


def test_another_text_is_refused_in_words(run, folders, report):
    report.write_text(TEXT.replace("169", "170"), encoding="utf-8")
    ran = run("report", "add", report)
    assert ran.code == 1
    for words in ("made-2021.txt", report_text(TEXT).sha256[:8], "plain-text 1", "Nothing was stored"):
        assert words in ran.err
    assert kept(folders[1]) == {}


def test_a_refused_text_leaves_the_old_one(run, folders, report):
    assert run("report", "add", report).code == 0
    report.write_text(TEXT.replace("169", "170"), encoding="utf-8")
    assert run("report", "add", report).code == 1
    assert kept(folders[1]) == {"made-2021.txt": TEXT}


def test_a_report_without_a_table_is_kept_and_told_how_to_get_one(run, folders, report):
    ran = run("report", "add", report, "--report-id", "new-2022")
    assert ran.code == 0
    assert kept(folders[1]) == {"new-2022.txt": TEXT}
    assert "lifecircle claims extract" in ran.err
    assert "--report-id new-2022" in ran.err
    assert str(folders[0] / "reports" / "new-2022.csv") in ran.err


@pytest.mark.parametrize("name", ["../x", "..", "/etc/x", "a/b", "A", "托育", "", "x" * 65, ".hidden", "a..b"])
def test_an_id_that_is_no_plain_name_is_refused(run, folders, report, name):
    ran = run("report", "add", report, f"--report-id={name}" if name else "--report-id= ")
    assert ran.code == 2
    assert "--report-id" in ran.err
    assert not (folders[1] / "reports").exists()


def test_a_missing_file_is_named(run, folders, tmp_path):
    ran = run("report", "add", tmp_path / "no.txt", "--report-id", "made-2021")
    assert ran.code == 1
    assert "no.txt" in ran.err


def test_the_list_says_whose_text_is_here(run, folders, report):
    assert "made-2021: hudong 2021, 1 claims, no text here" in run("report", "list").out
    run("report", "add", report)
    run("report", "add", report, "--report-id", "new-2022")
    out = run("report", "list").out
    assert "made-2021: hudong 2021, 1 claims, text here" in out
    assert "new-2022: a text without a claims table" in out
    (folders[1] / "reports" / "made-2021.txt").write_text("别的", encoding="utf-8")
    assert "another text here, not shown" in run("report", "list").out


def test_another_instance_may_be_named(run, folders, report, tmp_path):
    other = tmp_path / "elsewhere"
    assert run("report", "add", report, "--instance", other).code == 0
    assert kept(other) == {"made-2021.txt": TEXT}
    assert kept(folders[1]) == {}
    assert "text here" in run("report", "list", "--instance", other).out


def test_findings_are_written_without_the_text(run, folders, report):
    assert run("report", "findings", report).code == 0
    written = (folders[0] / "reports" / "made-2021.findings.json").read_text(encoding="utf-8")
    body = json.loads(written)
    assert body["sha256"] == report_text(TEXT).sha256
    assert [(one["check"], one["verdict"]) for one in body["findings"]] == [("share", "does_not_add_up")]
    assert [TEXT[start:end] for start, end in body["findings"][0]["spans"]] == ["169件", "110件", "65.08%"]
    assert "受理纠纷" not in written


def test_findings_of_another_text_or_an_unknown_report_are_refused(run, folders, report):
    assert run("report", "findings", report, "--report-id", "new-2022").code == 1
    report.write_text(TEXT.replace("169", "170"), encoding="utf-8")
    ran = run("report", "findings", report)
    assert ran.code == 1
    assert "SHA-256" in ran.err
    assert not list((folders[0] / "reports").glob("*.json"))
