"""The virtual environment: made once, filled from the lock file, with the project itself in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from . import machine, stamps
from .checkout import Checkout
from .progress import Step, clean_environment, run_step

# Measured: the environment is 760 MB, the tests' part 250 MB more, the downloads half of that.
DISK_BYTES = {"runtime": 1_300 * machine.MEGABYTE, "test": 1_800 * machine.MEGABYTE}
NETWORK_HINT = "Is the network up, and does pip reach its package index?"


def packages_problems(checkout: Checkout, lock: str) -> list[str]:
    """Return what is missing for installing the locked dependencies called `lock`; nothing when they are installed."""
    if is_installed(checkout, lock):
        return []
    problems = [
        machine.python_problem(sys.version_info[:2]),
        None if _is_usable(checkout) else machine.venv_problem(),
        machine.disk_problem(checkout.venv, DISK_BYTES[lock]),
        machine.writable_problem(checkout.venv),
    ]
    return [problem for problem in problems if problem is not None]


def is_installed(checkout: Checkout, lock: str) -> bool:
    """Return whether the environment stands here and was last filled from this very lock file."""
    if not checkout.python.exists() or not stamps.is_current(checkout.stamp("venv"), _place(checkout)):
        return False
    inputs = _inputs(checkout, lock).items()
    return all(stamps.is_current(checkout.stamp(name), stamps.digest(paths)) for name, paths in inputs)


def install(checkout: Checkout, lock: str) -> None:
    """Make the environment, install the locked dependencies called `lock` and the project; skip what is done."""
    if is_installed(checkout, lock):
        return
    if not _is_usable(checkout):
        _make_venv(checkout)
    stamps.write(checkout.stamp("venv"), _place(checkout))
    inputs = _inputs(checkout, lock)
    if not stamps.is_current(checkout.stamp(lock), stamps.digest(inputs[lock])):
        install_lock(checkout, lock)
        stamps.write(checkout.stamp(lock), stamps.digest(inputs[lock]))
        if lock == "test":  # its lock holds all of the other's, in the same versions; tests/test_house.py makes sure
            stamps.write(checkout.stamp("runtime"), stamps.digest([checkout.lock("runtime")]))
    _install_project(checkout)
    stamps.write(checkout.stamp("project"), stamps.digest(inputs["project"]))


def install_lock(checkout: Checkout, lock: str) -> None:
    """Install the locked dependencies called `lock`: wheels only, each with its hash checked."""
    total = sum(line[:1].isalnum() for line in checkout.lock(lock).read_text(encoding="utf-8").splitlines())
    options = ["--require-hashes", "--only-binary", ":all:", "--no-compile", "--progress-bar", "off"]
    run_step(
        Step(
            what=f"Installing the {total} packages of {checkout.lock(lock).name}",
            command=[checkout.python, "-m", "pip", "install", *options, "-r", checkout.lock(lock)],
            log=checkout.log(f"pip-{lock}"),
            hint=NETWORK_HINT,
            folder=checkout.root,
            environment=_pip_environment(),
            detail=lambda log: f"{log.count('Collecting ')} of {total} fetched",
        )
    )


def _inputs(checkout: Checkout, lock: str) -> dict[str, list[Path]]:
    """Return the files that each installed part depends on, by the name of its stamp."""
    return {lock: [checkout.lock(lock)], "project": [checkout.root / "pyproject.toml"]}


def _place(checkout: Checkout) -> str:
    """Return what ties an environment to its place and Python: its scripts hold its path, its folders the version."""
    return f"{checkout.venv} Python {sys.version_info.major}.{sys.version_info.minor}"


def _is_usable(checkout: Checkout) -> bool:
    """Return whether an environment with a Python that will do and pip stands here and was made here."""
    if checkout.stamp("venv").is_file() and not stamps.is_current(checkout.stamp("venv"), _place(checkout)):
        return False
    probe = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))"
    try:
        return subprocess.run([checkout.python, "-I", "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv(checkout: Checkout) -> None:
    """Make the environment, in place of one that is damaged, was moved or belongs to another version of Python."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    own = Path(sys.base_prefix) / "bin" / f"python{version}"  # sys.executable may stand in what is being replaced
    run_step(
        Step(
            what=f"Making {checkout.venv} with Python {version}",
            command=[own if own.exists() else sys.executable, "-m", "venv", "--clear", checkout.venv],
            log=checkout.root / "build" / "venv.log",
            hint="On Debian or Ubuntu the python3-venv package is needed",
            folder=checkout.root,
            environment=_pip_environment(),
        )
    )


def _pip_environment() -> dict[str, str]:
    """Return the environment for pip: the machine's settings, but into this environment whatever they say of users."""
    return {**clean_environment(), "PIP_USER": "0"}


def _install_project(checkout: Checkout) -> None:
    """Put the project into its environment as it stands, so that `lifecircle` runs from these files."""
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--editable"]
    run_step(
        Step(
            what="Installing the lifecircle command",
            command=[checkout.python, "-m", "pip", "install", *options, checkout.root],
            log=checkout.log("pip-project"),
            hint="The log says why",
            folder=checkout.root,
            environment=_pip_environment(),
        )
    )
