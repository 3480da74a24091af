"""`lifecircle jobs`: work through the long computations that people asked for, and list them."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webmap.snapshot import Snapshot


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `jobs work` and `jobs list`."""
    jobs = commands.add_parser("jobs", help="work through long computations; scripts/serve starts this by itself")
    actions = jobs.add_subparsers(required=True, metavar="ACTION")
    work = actions.add_parser("work", help="run jobs one after the other until told to end")
    work.set_defaults(run=run_work)
    listed = actions.add_parser("list", help="list the newest jobs")
    listed.set_defaults(run=run_list)


def run_work(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command is given its options
    """Run jobs until the process is told to end."""
    from webmap.config import config_from_environment
    from webmap.job_kinds import computations
    from webmap.job_queue import JobQueue
    from webmap.results import Results

    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    config = config_from_environment(os.environ)
    results = Results(config)
    queue = JobQueue(config, results.store(), computations(results))
    _compile_siting(results.current())
    queue.work()
    return 0


def _compile_siting(now: Snapshot) -> None:
    """Answer one small question of siting, so that no planner waits for the compiler; it keeps what it has compiled."""
    from geo.errors import LifecircleError
    from geo.siting_place import SitingQuestion, site_in_place

    ruled = [layer for layer in now.catalog.layers.values() if layer.headline_rule]
    for place in now.places.values():
        for layer in ruled:
            question = SitingQuestion(layer.id, str(layer.headline_rule), p=1, every_m=200.0)
            with contextlib.suppress(LifecircleError):
                site_in_place(place, now.catalog, question)
                return


def run_list(options: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the newest jobs, one a line."""
    from sqlalchemy import select

    from webmap.config import config_from_environment
    from webmap.job_tables import JOB
    from webmap.store import open_store

    store = open_store(config_from_environment(os.environ))
    with store.reading() as connection:
        for row in connection.execute(select(JOB).order_by(JOB.c.id.desc()).limit(50)):
            print(f"{row.id} {row.kind} {row.state} {row.done}/{row.total} {row.step} ({row.who}, {row.asked_at})")
    return 0
