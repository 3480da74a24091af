"""`lifecircle run`: compute a figure again from its run file, and say whether it is the same."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `run`."""
    run = commands.add_parser("run", help="compute a figure again from its run file")
    run.add_argument("file", type=Path, metavar="FILE", help="JSON: kind, subdistrict, question; see docs/siting.md")
    run.add_argument("--out", type=Path, metavar="FILE", help="write the run file with its figures")
    run.set_defaults(run=run_run)


def run_run(options: argparse.Namespace) -> int:
    """Print the run with its figures; 1 where figures are in the file and differ."""
    from geo.run_file import check_version, compute, differences, read_run
    from webmap.config import config_from_environment
    from webmap.results import Results

    config = config_from_environment(os.environ)
    run = read_run(options.file.read_bytes(), options.file.name)
    now = Results(config).current()
    place = now.place(run.subdistrict)
    check_version(run, place)
    fresh = compute(place, now.catalog, place.committees, run)
    document = json.loads(json.dumps(fresh.document()))
    differing = [] if run.figures is None else differences(run.figures, document["figures"])
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    same = None if run.figures is None else not differing
    print(json.dumps(document | {"same": same, "differences": differing}, ensure_ascii=False, indent=2))
    return 1 if differing else 0
