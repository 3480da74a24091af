"""What every test may use: where the project stands, where real extracts may lie, which Chromium there is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

ROOT = Path(__file__).resolve().parents[1]

# Before geo.kernels is imported: compiled kernels outlive the run, and the checkout may be read-only.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".venv" / "kernels"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--late 1500`: answers to a browser come late, which finds a test that does not wait for them."""
    parser.addoption("--late", type=float, default=0, metavar="MS", help="answers to a browser come that much later")


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


# Staff


@dataclass(frozen=True)
class Credentials:
    """What somebody types to sign in."""

    login: str
    password: str


@pytest.fixture(scope="session")
def add_accounts() -> Callable[[Flask], dict[str, Credentials]]:
    """Adds an account of every role to an application, and `heritage_editor`, who edits one layer of Caojiadu."""

    def add(app: Flask) -> dict[str, Credentials]:
        from webmap.account_records import Grant, add_account, set_password
        from webmap.passwords import Passwords
        from webmap.staff_roles import ROLES

        everything = ("*",)
        grants = {role: Grant(role, everything, everything) for role in ROLES}
        grants["heritage_editor"] = Grant("editor", ("heritage_buildings",), ("caojiadu",))
        hashing = Passwords(app.extensions["lifecircle.config"].staff.password_cost)
        with app.extensions["lifecircle.results"].store().writing() as connection:
            for login, grant in grants.items():
                account = add_account(connection, login, f"{login}的名字", grant, "command")
                set_password(connection, account, hashing.hash(f"long enough for {login}"), "command")
        return {login: Credentials(login, f"long enough for {login}") for login in grants}

    return add


@pytest.fixture(scope="session")
def sign_in() -> Callable[[FlaskClient, Credentials], str]:
    """Signs a client in and returns the CSRF token of its new session."""

    def enter(client: FlaskClient, who: Credentials) -> str:
        before = csrf_token(client.get("/staff/login").text)
        form = {"csrf_token": before, "login": who.login, "password": who.password}
        assert client.post("/staff/login", data=form).status_code == 303
        return csrf_token(client.get("/staff/account").text)

    return enter


def csrf_token(page: str) -> str:
    """The token of a page's first form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None, "the page has no token"
    return found[1]
