"""What every test may use: where the project stands, where real extracts may lie, which Chromium there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Before geo.kernels is imported: compiled kernels outlive the run, and the checkout may be read-only.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".venv" / "kernels"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def extracts() -> Path:
    """The folder of real OpenStreetMap extracts beside the checkout; a test that needs it is skipped without."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no extracts here: {folder} does not exist")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The machine's Chromium; scripts/test installs it or says what to install."""
    from installation import chromium

    path = chromium.find()
    if path is None:
        pytest.fail("no Chromium: scripts/test says what to install")
    return path


@pytest.fixture(scope="session")
def chromium_arguments() -> list[str]:
    """Arguments that Chromium needs here: as root it has no sandbox, and it must look for nothing outside."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return [*quiet, "--no-sandbox"] if os.geteuid() == 0 else quiet
