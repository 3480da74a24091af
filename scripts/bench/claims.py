"""How fast claims are read: `python scripts/bench/claims.py REPORT...`, each report repeated to a megabyte."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from geo.claim_checks import check_report
from geo.claims import ReportId, extract_claims
from geo.indicators import read_indicators
from geo.report_text import read_report, report_text

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000


def main(paths: list[str]) -> int:
    """Print, for each report, the seconds that a megabyte of it takes to read and to check."""
    indicators = read_indicators(ROOT / "data" / "indicators.toml")
    for path in map(Path, paths):
        once = read_report(path).text
        repeated = (once * (MEGABYTE // len(once.encode()) + 1)).encode()[:MEGABYTE].decode(errors="ignore")
        text = report_text(repeated)
        begun = time.perf_counter()
        claims = extract_claims(text, ReportId(path.stem, "", 2023), indicators)
        read = time.perf_counter()
        findings = check_report(text, claims)
        done = time.perf_counter()
        print(f"{path.name}: {len(claims)} claims in {read - begun:.2f} s", end=", ")
        print(f"{len(findings)} findings in {done - read:.2f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
