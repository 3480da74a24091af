"""`lifecircle jobs`: work through the long computations that people asked for, and list them."""

from __future__ import annotations

import argparse
import logging
import os


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
    JobQueue(config, results.store(), computations(results)).work()
    return 0


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
