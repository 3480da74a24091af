"""`lifecircle report build`: the planner's report of a subdistrict as PDF."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_build_action(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report build` to the actions of `report`."""
    build = actions.add_parser("build", help="write the planner's report of a subdistrict as PDF")
    build.add_argument("--subdistrict", required=True, metavar="ID")
    build.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    build.add_argument("--profile", default="planning", metavar="ID", help="walking profile (planning)")
    build.add_argument("--lang", choices=("zh", "en"), default="zh", help="language (zh)")
    build.set_defaults(run=run_build)


def run_build(options: argparse.Namespace) -> int:
    """Write the report; it is the same as the page's at this moment."""
    from datetime import UTC, datetime

    from webmap import create_app
    from webmap.desk_report import desk_report
    from webmap.typeset import typeset
    from webmap.views import read_view, snapshot

    app = create_app()
    with app.test_request_context("/", query_string={"lang": options.lang, "profile": options.profile}):
        now = snapshot()
        place = now.place(options.subdistrict)
        printed = datetime.now(UTC)
        content = typeset("desk_report.typ", desk_report(now, place, read_view(now.catalog), printed), printed)
    options.out.write_bytes(content)
    print(f"{options.out}: {len(content):,} bytes, data {place.data_version[:8]}")
    return 0
