"""`lifecircle report add`, `list` and `findings`: the reader's own copies of reports, and what a check finds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import DataError
from webmap.command_config import add_instance, config_of

if TYPE_CHECKING:
    from geo.claims_table import Claim
    from geo.report_text import ReportText
    from webmap.config import Config


def add_report_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report add`, `report list` and `report findings` to the actions of `report`."""
    add = actions.add_parser("add", help="put a report's text into the instance, so that pages show its sentences")
    _add_file_options(add)
    add.set_defaults(run=run_add)
    listed = actions.add_parser("list", help="list the reports with a claims table, and whose texts are here")
    add_instance(listed)
    listed.set_defaults(run=run_list)
    findings = actions.add_parser("findings", help="write what a check finds: figures and places, not the text")
    _add_file_options(findings)
    findings.add_argument("--out", type=Path, metavar="FILE", help="left out: data/reports/ID.findings.json")
    findings.set_defaults(run=run_findings)


def run_add(options: argparse.Namespace) -> int:
    """Keep a report's text as extracted; a text that the claims table was not made from is refused."""
    from geo.report_text import read_report
    from webmap.report_store import keep_text, text_path

    config = config_of(options)
    report_id = options.report_id or options.file.stem
    path = text_path(config, report_id)
    text = read_report(options.file, options.encoding)
    claims = _tables(config).get(report_id, [])
    if claims:
        _require_same_text(text, claims[0], options.file)
    keep_text(config, report_id, text.text)
    print(f"{path}: {len(text.text):,} characters, SHA-256 {text.sha256[:8]}…")
    if claims:
        print(f"The sentences of {len(claims)} claims are shown at /reports/{report_id}.")
    else:
        _explain_extraction(config, report_id, options.file)
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every report with a claims table, then the texts that belong to none."""
    from webmap.report_store import kept_text

    config = config_of(options)
    tables = _tables(config)
    for report_id, claims in tables.items():
        text = kept_text(config, report_id)
        fits = text is not None and text.sha256 == claims[0].sha256
        state = "text here" if fits else _other_state(config, report_id)
        print(f"{report_id}: {claims[0].subdistrict} {claims[0].year}, {len(claims)} claims, {state}")
    folder = config.instance / "reports"
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else []:
        if path.stem not in tables:
            print(f"{path.stem}: a text without a claims table")
    return 0


def run_findings(options: argparse.Namespace) -> int:
    """Write what a check of a report finds, so that pages can show it where the text is not."""
    from geo.claims import ReportId
    from geo.report_findings import ENDING, findings_to_json
    from geo.report_text import read_report
    from webmap.report_store import check_text, known_indicators

    config = config_of(options)
    report_id = options.report_id or options.file.stem
    claims = _tables(config).get(report_id, [])
    if not claims:
        remedy = f"Known: {', '.join(_tables(config)) or 'none'}; `lifecircle claims extract` writes one"
        raise DataError.single("no_table", report_id, "there is no claims table of that report", remedy)
    text = read_report(options.file, options.encoding)
    _require_same_text(text, claims[0], options.file)
    report = ReportId(report_id, claims[0].subdistrict, claims[0].year)
    findings = check_text(text, report, known_indicators(config))
    out = options.out or config.data / "reports" / f"{report_id}{ENDING}"
    out.write_bytes(findings_to_json(findings, text.sha256))
    print(f"{out}: {len(findings)} finding(s)")
    return 0


def _add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of an action that reads a report."""
    parser.add_argument("file", type=Path, metavar="FILE", help=".txt, .html, .docx or .pdf")
    parser.add_argument("--report-id", metavar="ID", help="left out: the file's name without its ending")
    parser.add_argument("--encoding", metavar="NAME", help="of a text that is not UTF-8, for example gb18030")
    add_instance(parser)


def _tables(config: Config) -> dict[str, list[Claim]]:
    """Return the claims of every report of the data folder, by report id."""
    from geo.claims_table import read_claims

    tables: dict[str, list[Claim]] = {}
    for claim in read_claims(config.data / "reports"):
        tables.setdefault(claim.report_id, []).append(claim)
    return tables


def _require_same_text(text: ReportText, claim: Claim, file: Path) -> None:
    """Raise DataError where a file's text is not the one that a claims table was made from."""
    if text.sha256 == claim.sha256:
        return
    found = (
        f"its text has SHA-256 {text.sha256[:8]}… (read by {text.extractor}), but the figures of {claim.report_id} "
        f"were taken from a text with {claim.sha256[:8]}… (read by {claim.extractor}); their places would not fit"
    )
    remedy = "Give the file that the table was made from. Nothing was stored"
    raise DataError.single("other_text", file.name, found, remedy)


def _explain_extraction(config: Config, report_id: str, file: Path) -> None:
    """Say how a claims table for a report comes about."""
    table = config.data / "reports" / f"{report_id}.csv"
    print(
        f"There is no claims table {table}, so no page shows this report yet. To make one, run\n"
        f"  lifecircle claims extract {file} --report-id {report_id} --subdistrict ID --year YEAR "
        f"--out {report_id}.csv\n"
        f"read it through against the text, give it the columns that {table.parent / 'README.md'} lists, "
        f"and save it as\n"
        f"  {table}",
        file=sys.stderr,
    )


def _other_state(config: Config, report_id: str) -> str:
    """Return why a report's text is not shown."""
    from webmap.report_store import text_path

    return "another text here, not shown" if text_path(config, report_id).exists() else "no text here"
