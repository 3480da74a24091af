"""What a check found in a report, kept as figures and places, so that it can be shown where the text is not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geo.claim_findings import CHECKS, VERDICTS, Finding
from geo.errors import DataError, Problem
from geo.strict_json import decode_json

ENDING = ".findings.json"
REMEDY = "Write it again with `lifecircle report findings`"


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """One finding without the report's text.

    `spans` are the places (start, end) of the claims it rests on, in the report's order; the rest is as in
    `geo.claim_findings.Finding`.
    """

    check: str
    verdict: str
    zh: str
    en: str
    spans: tuple[tuple[int, int], ...]
    stated: float | None
    found: float | None


def keep_finding(finding: Finding) -> KeptFinding:
    """Return a finding with the places of its claims in their stead."""
    spans = tuple((claim.start, claim.end) for claim in finding.claims)
    return KeptFinding(finding.check, finding.verdict, finding.zh, finding.en, spans, finding.stated, finding.found)


def findings_to_json(findings: Sequence[KeptFinding], sha256: str) -> bytes:
    """Return the findings of the text of that SHA-256 as JSON, one finding a line."""
    lines = ",\n".join(json.dumps(_row(finding), ensure_ascii=False, allow_nan=False) for finding in findings)
    return f'{{"sha256": "{sha256}", "findings": [\n{lines}\n]}}\n'.encode()


def read_findings(folder: Path, hashes: Mapping[str, str]) -> dict[str, tuple[KeptFinding, ...]]:
    """Return the kept findings by report id; `hashes` has each report's SHA-256, others are not looked for.

    Raises:
        DataError: with every fault of every file; findings of another text than the claims table's are one.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[KeptFinding, ...]] = {}
    for report_id, sha256 in hashes.items():
        path = folder / f"{report_id}{ENDING}"
        if path.exists():
            found[report_id] = _read_file(path, sha256, problems)
    if problems:
        raise DataError(problems)
    return found


def _row(finding: KeptFinding) -> dict[str, object]:
    """Return a finding as a JSON object."""
    return {
        "check": finding.check,
        "verdict": finding.verdict,
        "zh": finding.zh,
        "en": finding.en,
        "spans": finding.spans,
        "stated": finding.stated,
        "found": finding.found,
    }


def _read_file(path: Path, sha256: str, problems: list[Problem]) -> tuple[KeptFinding, ...]:
    """Return the findings of one file; what is wrong with it is added to `problems`."""
    try:
        document = decode_json(path.read_bytes(), path.name)
    except DataError as error:
        problems += error.problems
        return ()
    rows = document.get("findings") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(rows, list):
        problems.append(Problem("not_findings", path.name, "no list `findings`", REMEDY))
        return ()
    if document.get("sha256") != sha256:
        problems.append(Problem("other_text", path.name, "its places belong to another text than the table's", REMEDY))
        return ()
    read = [_finding(row) for row in rows]
    bad = [place for place, finding in enumerate(read) if finding is None]
    problems += [Problem("not_a_finding", f"{path.name}/findings/{place}", "no finding", REMEDY) for place in bad]
    return tuple(finding for finding in read if finding is not None)


def _finding(row: object) -> KeptFinding | None:
    """Return one finding, None where the row is none."""
    if not isinstance(row, dict) or row.keys() != {"check", "verdict", "zh", "en", "spans", "stated", "found"}:
        return None
    words = isinstance(row["zh"], str) and isinstance(row["en"], str)
    known = row["check"] in CHECKS and row["verdict"] in VERDICTS
    figures = all(value is None or _is_number(value) for value in (row["stated"], row["found"]))
    spans = row["spans"]
    if not (words and known and figures and isinstance(spans, list) and spans and all(map(_is_span, spans))):
        return None
    row = row | {"spans": tuple((start, end) for start, end in spans)}
    return KeptFinding(**row)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_span(value: object) -> bool:
    whole = isinstance(value, list) and len(value) == 2 and all(type(place) is int for place in value)
    return whole and 0 <= value[0] < value[1]  # type: ignore[index]
