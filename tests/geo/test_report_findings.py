"""Findings kept as figures and places: written and read back, and every fault of a file named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.claim_checks import check_report
from geo.claims import ReportId, extract_claims
from geo.claims_table import read_claims
from geo.errors import DataError
from geo.indicators import read_indicators
from geo.report_findings import KeptFinding, findings_to_json, keep_finding, read_findings
from geo.report_text import read_report

FINDING = KeptFinding("share", "does_not_add_up", "算出来“不一样”", 'not "so"', ((3, 5), (7, 9)), 65.08, None)
SHA256 = "a" * 64


def write(folder: Path, text: str | bytes) -> None:
    (folder / "r.findings.json").write_bytes(text if isinstance(text, bytes) else text.encode())


def faults(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(DataError) as error:
        read_findings(folder, {"r": SHA256})
    return [(one.code, one.where) for one in error.value.problems]


def test_findings_come_back_as_they_were_written(tmp_path):
    write(tmp_path, findings_to_json([FINDING, FINDING], SHA256))
    assert read_findings(tmp_path, {"r": SHA256, "other": SHA256}) == {"r": (FINDING, FINDING)}


def test_findings_of_another_text_are_refused(tmp_path):
    write(tmp_path, findings_to_json([FINDING], "b" * 64))
    assert faults(tmp_path) == [("other_text", "r.findings.json")]


@pytest.mark.parametrize("text", ["[]", "{}", '{"findings": 3}'])
def test_a_file_without_findings_is_refused(tmp_path, text):
    write(tmp_path, text)
    assert faults(tmp_path) == [("not_findings", "r.findings.json")]


@pytest.mark.parametrize(
    "change",
    [
        {"check": "astrology"},
        {"verdict": "maybe"},
        {"zh": 3},
        {"spans": []},
        {"spans": [[5, 3]]},
        {"spans": [[1, 2, 3]]},
        {"spans": [[True, 2]]},
        {"stated": "65"},
        {"found": True},
        {"extra": 1},
    ],
)
def test_a_row_that_is_no_finding_is_named(tmp_path, change):
    document = json.loads(findings_to_json([FINDING, FINDING], SHA256))
    document["findings"][1] |= change
    write(tmp_path, json.dumps(document))
    assert faults(tmp_path) == [("not_a_finding", "r.findings.json/findings/1")]


@pytest.mark.parametrize("name", ["caojiadu-2020", "hudong-2023"])
def test_kept_findings_are_those_of_a_check_of_the_text(root: Path, name: str):
    path = root.parent / "shared" / "reports" / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"{path} is not there: the reports are not part of the project, so this was not checked")
    text = read_report(path)
    claims = [claim for claim in read_claims(root / "data" / "reports") if claim.report_id == name]
    report = ReportId(name, claims[0].subdistrict, claims[0].year)
    extracted = extract_claims(text, report, read_indicators(root / "data" / "indicators.toml"))
    kept = read_findings(root / "data" / "reports", {name: text.sha256})[name]
    assert kept == tuple(keep_finding(found) for found in check_report(text, extracted)), (
        f"write them again: lifecircle report findings {path}"
    )
