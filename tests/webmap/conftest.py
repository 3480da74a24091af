"""The application over the bundled data, with an instance folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webmap import create_app
from webmap.config import Config


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; its networks are built from the bundled streets."""
    return create_app(Config(instance=tmp_path_factory.mktemp("instance"), recheck_s=3600))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without cookies."""
    return app.test_client()


@pytest.fixture(scope="session")
def templates(root: Path) -> Path:
    """The folder of the templates."""
    return root / "webmap" / "templates"
