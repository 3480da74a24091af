"""scripts/lock: write the locked dependencies anew, and prove that each of them can be installed everywhere."""

from __future__ import annotations

import argparse
import subprocess

from . import packages
from .checkout import Checkout, this_checkout
from .progress import SetupError, say

PYTHON_VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
COMPILE = ("pip", "compile", "--quiet", "--only-binary", ":all:")

# Each lock and what it is made of. The tests' lock holds the runtime's in the same versions.
SOURCES = {
    "runtime": ("pyproject.toml", "requirements/build.in"),
    "test": ("pyproject.toml", "requirements/build.in", "--extra", "test", "--constraints", "requirements/runtime.txt"),
    "node": ("requirements/node.in",),
}


def main(arguments: list[str]) -> int:
    """Refresh the locks with `uv` (unless --check), then look for a wheel for every Python and machine we promise."""
    parser = argparse.ArgumentParser(prog="scripts/lock", description="Refresh and prove the locked dependencies.")
    parser.add_argument("--check", action="store_true", help="change nothing, only look for the wheels")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    options = parser.parse_args(arguments)
    checkout = this_checkout()
    packages.install(checkout, "test")
    if not options.check:
        for name in SOURCES:
            write_lock(checkout, name, upgrade=options.upgrade)
    for name in SOURCES:
        check_wheels(checkout, name)
    return 0


def write_lock(checkout: Checkout, name: str, *, upgrade: bool) -> None:
    """Write one lock, for every Python and machine at once, with the hashes of all its files."""
    say(f"Writing {checkout.lock(name).relative_to(checkout.root)}")
    options = ["--universal", "--generate-hashes", "--python-version", PYTHON_VERSIONS[0], "--no-header"]
    newest = ["--upgrade"] if upgrade else []
    _uv(checkout, [*COMPILE, *options, *newest, *SOURCES[name], "-o", str(checkout.lock(name))])


def check_wheels(checkout: Checkout, name: str) -> None:
    """Raise SetupError when a package of the lock has no wheel for one of the Pythons and machines."""
    for version in PYTHON_VERSIONS:
        for platform in PLATFORMS:
            say(f"Looking for the wheels of {name} for Python {version} on {platform}")
            target = ["--no-deps", "--python-version", version, "--python-platform", platform]
            _uv(checkout, [*COMPILE, *target, str(checkout.lock(name)), "-o", "/dev/null"])


def _uv(checkout: Checkout, arguments: list[str]) -> None:
    """Run uv and raise SetupError with what it says when it fails."""
    uv = checkout.venv / "bin" / "uv"
    result = subprocess.run([uv, *arguments], cwd=checkout.root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SetupError(f"{result.stderr.strip()}\nFailed: uv {' '.join(arguments)}")
