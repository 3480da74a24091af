"""scripts/serve: from a fresh clone to a running service; the second time at once and without a network."""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import NoReturn

from . import announce, frontend, instance, job_worker, machine, packages
from .checkout import Checkout, this_checkout
from .progress import SetupError, say

SPARING_MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "262144",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""What glibc and Arrow read: large arrays go back to the system when they are let go; threads share small change."""

INSTANCE_BYTES = 100 * machine.MEGABYTE


def main(arguments: list[str]) -> int:
    """Set up what is missing and become the server; raises SetupError with a line for everything missing."""
    started = time.monotonic()
    options = parse(arguments)
    checkout = this_checkout()
    problems = find_problems(checkout, options)
    if problems:
        raise SetupError.missing(problems)
    packages.install(checkout, "runtime")
    frontend.build(checkout, with_test_libraries=False)
    instance.prepare(checkout, options.instance)
    if options.setup_only:
        say("Everything is set up")
        return 0
    announce.announce_when_up(options.host, options.port, started)
    return become_server(checkout, options)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options, with `instance` as an absolute path."""
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Set up what is missing and serve the maps.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default %(default)s)")
    parser.add_argument("--workers", type=_workers, default=2, help="server processes (default %(default)s)")
    parser.add_argument(
        "--instance",
        type=Path,
        default=os.environ.get("LIFECIRCLE_INSTANCE") or this_checkout().root / "instance",
        help="folder for what the service keeps (default: LIFECIRCLE_INSTANCE, or instance/ in the checkout)",
    )
    parser.add_argument("--setup-only", action="store_true", help="set up and stop before serving")
    options = parser.parse_args(arguments)
    options.instance = Path(options.instance).absolute()
    return options


def find_problems(checkout: Checkout, options: argparse.Namespace) -> list[str]:
    """Return a line for everything that is missing for what is still to be done."""
    problems = [
        machine.port_problem(options.host, options.port),
        machine.writable_problem(options.instance),
        machine.disk_problem(options.instance, INSTANCE_BYTES),
    ]
    return [*packages.packages_problems(checkout, "runtime"), *filter(None, problems)]


def server_command(checkout: Checkout, options: argparse.Namespace) -> list[str]:
    """Return the command of the server."""
    command = [str(checkout.python), "-m", "webmap.server"]
    return [*command, "--host", options.host, "--port", str(options.port), "--workers", str(options.workers)]


def become_server(checkout: Checkout, options: argparse.Namespace) -> NoReturn:
    """Turn this process into the server, so that whoever started us signals the server itself."""
    command, environment = server_command(checkout, options), server_environment(options)
    os.chdir(checkout.root)
    jobs = [str(checkout.command), "jobs", "work"]
    first = partial(instance.warm_sites, checkout, options.instance)
    job_worker.watch_over(jobs, environment, options.instance / "logs" / "jobs.log", first)
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted


def server_environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the environment of the server; it may be called by the address that it was told to listen on."""
    environment = {**SPARING_MEMORY, **instance.environment(options.instance)}
    hosts = [environment.get("LIFECIRCLE_HOSTS", ""), options.host]
    return {**environment, "LIFECIRCLE_HOSTS": ",".join(filter(None, hosts))}


def _port(text: str) -> int:
    """Return the port that `text` names."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: write a number from 1 to 65535")


def _workers(text: str) -> int:
    """Return the number of worker processes that `text` names."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers: write a number from 1 to 64")
