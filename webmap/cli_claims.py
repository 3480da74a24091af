"""`lifecircle claims` and `lifecircle report`: read a report's claims, score them, hold a report against itself."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import RequestError
from webmap.cli_desk_report import add_build_action
from webmap.cli_reports import add_report_actions

if TYPE_CHECKING:
    from geo.claim_score import Annotation, Score
    from geo.claims import ExtractedClaim
    from geo.indicators import Indicator

FIELDS_SCORED = ("kind", "value", "unit", "value_max", "qualifier", "direction")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `claims extract`, `claims score`, `report check` and what `cli_reports` adds to `report`."""
    claims = commands.add_parser("claims", help="read the figures of work reports")
    actions = claims.add_subparsers(required=True, metavar="ACTION")
    extract = actions.add_parser("extract", help="write every claim of a report (.txt, .html, .docx, .pdf) to a file")
    extract.add_argument("reports", nargs="+", type=Path, metavar="REPORT")
    _add_report_options(extract)
    extract.add_argument(
        "--out", type=Path, metavar="FILE", help=".jsonl, .csv or .xlsx; left out: JSON lines on the screen"
    )
    extract.set_defaults(run=run_extract)
    score = actions.add_parser("score", help="compare claims with a table of spans marked by hand")
    score.add_argument("report", type=Path, metavar="REPORT")
    score.add_argument("spans", type=Path, metavar="SPANS", help="a span table as in tests/claims")
    _add_report_options(score)
    score.set_defaults(run=run_score)
    report = commands.add_parser("report", help="hold a work report against itself, or keep its text")
    checks = report.add_subparsers(required=True, metavar="ACTION")
    check = checks.add_parser("check", help="print what the report's own figures say about each other")
    check.add_argument("report", type=Path, metavar="REPORT")
    _add_report_options(check)
    check.add_argument("--lang", choices=("zh", "en"), default="zh", help="the language of the findings")
    check.set_defaults(run=run_check)
    add_report_actions(checks)
    add_build_action(checks)


add_claims_commands = add_commands


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which report a file is."""
    parser.add_argument("--report-id", metavar="ID", help="left out: the file's name without its ending")
    parser.add_argument("--subdistrict", default="", metavar="ID", help="the slug of the subdistrict")
    parser.add_argument("--year", required=True, type=int, metavar="Y", help="the year that the report looks back on")
    parser.add_argument("--encoding", metavar="NAME", help="of a text that is not UTF-8, for example gb18030")


def run_extract(options: argparse.Namespace) -> int:
    """Write the claims of one or more reports; each report's claims carry its id in `doc`."""
    from geo.claim_files import WRITERS, claims_to_jsonl

    suffix = options.out.suffix.lower() if options.out else ".jsonl"
    if suffix not in WRITERS:
        remedy = f"End its name in one of {', '.join(WRITERS)}."
        raise RequestError("unknown_format", "--out", f"a file ending in {suffix or 'nothing'}", remedy)
    indicators = _indicators()
    claims = [claim for path in options.reports for claim in _read(path, options, indicators)]
    if options.out is None:
        sys.stdout.buffer.write(claims_to_jsonl(claims))
        return 0
    options.out.write_bytes(WRITERS[suffix](claims))
    assigned = sum(bool(claim.indicator) for claim in claims)
    print(f"{options.out}: {len(claims)} claims, {assigned} with an indicator, {len(claims) - assigned} not assigned")
    return 0


def run_score(options: argparse.Namespace) -> int:
    """Print precision, recall and how the fields compare as JSON; misses and false claims go to standard error."""
    from geo.claim_score import read_annotations, score_claims
    from geo.report_text import read_report

    text = read_report(options.report, options.encoding)
    sha256, annotations = read_annotations(options.spans)
    if sha256 != text.sha256:
        found = f"its spans belong to another text ({sha256[:8]}, not {text.sha256[:8]})"
        raise RequestError("other_text", str(options.spans), found, "Give the spans of this very text.")
    score = score_claims(text.text, _read(options.report, options, _indicators()), annotations)
    _print_where(text.text, score)
    figures = {"precision": score.precision, "recall": score.recall, "others": score.others, "taken": score.taken}
    print(json.dumps(figures | {field: score.right(field) for field in FIELDS_SCORED}))
    return 0


def _print_where(text: str, score: Score) -> None:
    """Print every miss and every false claim with the words round it."""
    wrong: list[tuple[str, Annotation | ExtractedClaim]] = [("missed", mark) for mark in score.misses]
    wrong += [("false claim", claim) for claim in score.false_claims]
    for what, mark in wrong:
        around = text[max(0, mark.start - 12) : mark.end + 8].replace("\n", " ")
        print(f"{what} at {mark.start}: {text[mark.start : mark.end]} in {around}", file=sys.stderr)


def run_check(options: argparse.Namespace) -> int:
    """Print every finding with the figures it rests on; the exit code tells of bad files, not of bad reports."""
    from geo.claim_checks import check_report
    from geo.report_text import read_report

    text = read_report(options.report, options.encoding)
    findings = check_report(text, _read(options.report, options, _indicators()))
    for finding in findings:
        places = ", ".join(f"{claim.start}-{claim.end}" for claim in finding.claims)
        print(f"[{finding.check} {finding.verdict}] {getattr(finding, options.lang)} ({places})")
    faults = sum(finding.verdict in {"contradicts", "does_not_add_up"} for finding in findings)
    print(f"{options.report}: {len(findings)} finding(s), {faults} where the figures cannot all be right")
    return 0


def _indicators() -> tuple[Indicator, ...]:
    """Return the table of indicators of the data folder."""
    from geo.indicators import read_indicators
    from webmap.config import config_from_environment

    return read_indicators(config_from_environment(os.environ).data / "indicators.toml")


def _read(path: Path, options: argparse.Namespace, indicators: tuple[Indicator, ...]) -> tuple[ExtractedClaim, ...]:
    """Return the claims of one file; where several share one id, each is told apart by its file's name."""
    from geo.claims import ReportId, extract_claims
    from geo.report_text import read_report

    several = len(getattr(options, "reports", ())) > 1
    name = options.report_id or path.stem
    if several and options.report_id:
        name = f"{options.report_id}:{path.stem}"
    return extract_claims(
        read_report(path, options.encoding), ReportId(name, options.subdistrict, options.year), indicators
    )
