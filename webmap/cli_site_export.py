"""`lifecircle site export`: the whole service as files that any web server can hold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_export(site: argparse.ArgumentParser) -> None:
    """Add `site export` beside the siting options of `site`."""
    actions = site.add_subparsers(metavar="ACTION", title="another thing that `site` does")
    export = actions.add_parser("export", help="a static copy of every page, dated and marked as a copy")
    export.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder, or an earlier copy")
    export.add_argument(
        "--no-pdf", action="store_true", help="leave the sheets as PDF out, which take most of the time"
    )
    export.set_defaults(run=run_export)


def run_export(options: argparse.Namespace) -> int:
    """Write the copy; 1 where the service answered some of its own links with an error."""
    from webmap import create_app
    from webmap.command_author import opened
    from webmap.static_copy import write_copy

    config, results = opened()
    now = results.current()
    report = write_copy(create_app(config), options.folder, now, with_pdf=not options.no_pdf, progress=_tell)
    print(file=sys.stderr)
    size_mb = report.size_bytes / 1e6
    print(f"{options.folder}: {report.pages} pages and {report.files} files, {size_mb:.1f} MB")
    for link in report.missing[:20]:
        print(f"not in it: {link}")
    return 1 if report.missing else 0


def _tell(done: int, waiting: int) -> None:
    """Say how far it is, on one line of the terminal."""
    if done % 50 == 0:
        print(f"\r{done} done, {waiting} waiting", end="", file=sys.stderr)
