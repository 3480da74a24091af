"""The application over the bundled data, with an instance folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from geo.catalog import read_catalog
from geo.catalog_model import Catalog
from installation.postgresql import private_server
from installation.progress import SetupError
from webmap import create_app
from webmap.config import Config
from webmap.staff_config import PasswordCost, StaffConfig
from webmap.store import Store


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; its networks are built from the bundled streets."""
    staff = StaffConfig(password_cost=PasswordCost(passes=1, memory_kib=8, lanes=1))
    return create_app(Config(instance=tmp_path_factory.mktemp("instance"), recheck_s=3600, staff=staff))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without cookies."""
    return app.test_client()


@pytest.fixture(scope="session")
def templates(root: Path) -> Path:
    """The folder of the templates."""
    return root / "webmap" / "templates"


# The store, on each engine


@pytest.fixture(scope="session")
def postgresql_address() -> Iterator[str]:
    """The address of a private PostgreSQL, with NAME where a database goes; skips where there is none."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(private_server())
        except SetupError as error:
            pytest.skip(f"the store was not tried on PostgreSQL: {error}")
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of its own, on each engine; PostgreSQL with the slow tests."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'lifecircle.db'}"
    address: str = request.getfixturevalue("postgresql_address")
    name = f"store_{uuid4().hex}"
    engine = create_engine(address.replace("NAME", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return address.replace("NAME", name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store."""
    opened = Store(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def race() -> Callable[[str, str, int, int], list[list[int]]]:
    """Runs `races.py`: what is done, the store's address, how many processes, how many rounds; what each told."""

    def run(what: str, url: str, processes: int, rounds: int) -> list[list[int]]:
        command = [sys.executable, Path(__file__).with_name("races.py"), what, url, str(processes), str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told: list[list[int]] = json.loads(done.stdout)
        return told

    return run


@pytest.fixture(scope="session")
def catalog(root: Path) -> Catalog:
    """The bundled catalogue."""
    return read_catalog(root / "data")


@pytest.fixture(scope="session")
def body() -> Callable[..., Mapping[str, Any]]:
    """Makes a feature that every plain layer takes: `body(number, name, lon, lat)`."""

    def make(number: int, name: str = "一处", lon: float = 121.43, lat: float = 31.235) -> Mapping[str, Any]:
        properties = {"name": name, "subdistrict": "caojiadu", "location_status": "surveyed", "source": "走访"}
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        return {"type": "Feature", "id": f"01J{number:023d}", "geometry": geometry, "properties": properties}

    return make


# Staff


@pytest.fixture(scope="session")
def accounts(app: Flask, add_accounts: Callable[[Flask], dict[str, Any]]) -> dict[str, Any]:
    """The credentials of an account of every role in the store of `app`, by role; and of `heritage_editor`."""
    return add_accounts(app)


@pytest.fixture
def signed_in(
    accounts: dict[str, Any], sign_in: Callable[[FlaskClient, Any], str]
) -> Callable[[FlaskClient, str], str]:
    """Return what signs a client in as a role and gives the CSRF token."""
    return lambda client, role: sign_in(client, accounts[role])


@pytest.fixture(scope="session")
def edited(
    app: Flask, tmp_path_factory: pytest.TempPathFactory, add_accounts: Callable[[Flask], dict[str, Any]]
) -> tuple[Flask, dict[str, Any]]:
    """An application whose layers tests may change, and its accounts."""
    known = app.extensions["lifecircle.config"]
    mine = create_app(replace(known, instance=tmp_path_factory.mktemp("edited")))
    return mine, add_accounts(mine)
