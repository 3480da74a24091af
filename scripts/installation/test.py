"""scripts/test: every check of the project on a fresh clone."""

from __future__ import annotations

import argparse
import os
import subprocess
import threading

from . import chromium, frontend, packages, postgresql
from .checkout import Checkout, this_checkout
from .progress import SetupError, clean_environment, say


def main(arguments: list[str]) -> int:
    """Set up what is missing and run every check; pytest comes last, so that its closing line is the last line."""
    options = parse(arguments)
    checkout = this_checkout()
    problems = packages.packages_problems(checkout, "test")
    if problems:
        raise SetupError.missing(problems)
    packages.install(checkout, "test")
    frontend.build(checkout, with_test_libraries=True)
    chromium.install_if_missing(checkout)
    if options.all:
        postgresql.install_if_possible(checkout)
    warming = threading.Thread(target=_warm_kernels, args=(checkout,))
    warming.start()
    failed = [name for name, command in checks(checkout).items() if not _passes(name, command, checkout)]
    warming.join()
    if failed:
        say(f"Failed so far: {', '.join(failed)}")
    passed = _passes("pytest", pytest_command(checkout, options), checkout)
    return 0 if passed and not failed else 1


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options; `pytest` holds what stands after `--`."""
    parser = argparse.ArgumentParser(prog="scripts/test", description="Set up what is missing and run every check.")
    parser.add_argument("--all", action="store_true", help="run the slow tests too")
    parser.add_argument("pytest", nargs="*", metavar="-- PYTEST-OPTION", help="options and files for pytest")
    return parser.parse_args(arguments)


def checks(checkout: Checkout) -> dict[str, list[str]]:
    """Return the commands of the checks that come before the tests, by name."""
    tools = checkout.venv / "bin"
    return {
        "ruff check": [f"{tools}/ruff", "check", "."],
        "ruff format": [f"{tools}/ruff", "format", "--check", "."],
        "mypy": [f"{tools}/mypy"],
        "import-linter": [f"{tools}/lint-imports", "--no-cache"],
    }


def pytest_command(checkout: Checkout, options: argparse.Namespace) -> list[str]:
    """Return the command of the tests: two processes, a file in one of them because its tests share what they build."""
    selection = [] if options.all else ["-m", "not slow"]
    return [str(checkout.python), "-m", "pytest", "-n", "2", "--dist", "loadfile", *selection, *options.pytest]


def _passes(name: str, command: list[str], checkout: Checkout) -> bool:
    """Run one check, its output to the terminal, and return whether it found nothing."""
    say(f"== {name}")
    return subprocess.run(command, cwd=checkout.root, env=_environment(checkout), check=False).returncode == 0


def _warm_kernels(checkout: Checkout) -> None:
    """Compile the kernels beside the checks, which leave a processor idle; the tests compile what is not there then."""
    instance = checkout.venv / "warm"
    for action in ("prepare", "warm", "warm-sites"):
        command = [str(checkout.command), "instance", action, "--instance", str(instance)]
        with checkout.log(f"kernels-{action}").open("wb") as log:
            subprocess.run(command, env=_environment(checkout), stdout=log, stderr=log, check=False)


def _environment(checkout: Checkout) -> dict[str, str]:
    """Return the environment of the checks; compiled kernels are kept for the next run."""
    path = os.pathsep.join([str(checkout.venv / "bin"), os.environ.get("PATH", os.defpath)])
    return {**clean_environment(), "PATH": path, "NUMBA_CACHE_DIR": str(checkout.venv / "kernels")}
