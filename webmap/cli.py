"""The command `lifecircle`: one parser, commands in modules of their own, and the exit codes.

0: done. 1: the data is at fault. 2: the command is at fault.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version

from geo.errors import DataError, LifecircleError

DATA_AT_FAULT, COMMAND_AT_FAULT = 1, 2

COMMAND_MODULES = (
    "cli_network",
    "cli_coverage",
    "cli_walk",
    "cli_staff",
    "cli_layer",
    "cli_instance",
    "cli_claims",
    "cli_atlas",
    "cli_jobs",
    "cli_site",
    "cli_run",
    "cli_subdistrict",
    "cli_store",
    "cli_import",
    "cli_homes",
    "cli_committees",
    "cli_rule",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` default to the process's own."""
    options = build_parser().parse_args(_with_western_positions(sys.argv[1:] if arguments is None else arguments))
    try:
        code: int = options.run(options)
    except DataError as error:
        print(f"{len(error.problems)} problem(s):\n{error}", file=sys.stderr)
        return DATA_AT_FAULT
    except LifecircleError as error:
        print(error, file=sys.stderr)
        return COMMAND_AT_FAULT
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        print(f"{error.filename}: {error.strerror}. Check the path.", file=sys.stderr)
        return COMMAND_AT_FAULT
    return code


def _with_western_positions(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--at -51.2,-30.0` as `--at=-51.2,-30.0`, which is not taken for an option."""
    joined: list[str] = []
    for argument in arguments:
        if re.match(r"-\d[\d.]*,", argument) and joined and joined[-1].startswith("--"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="lifecircle",
        description="Community facilities, what the work reports say of them, and who can walk there.",
        epilog="Exit codes: 0 done, 1 the data is at fault, 2 the command is.",
    )
    parser.add_argument("--version", action="version", version=f"lifecircle {version('lifecircle')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMAND_MODULES:
        importlib.import_module(f"webmap.{name}").add_commands(commands)
    return parser
