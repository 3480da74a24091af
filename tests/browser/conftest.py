"""A real server on loopback and a Chromium that notes everything a good page must not do."""

from __future__ import annotations

import functools
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from webmap import create_app
from webmap.config import Config
from webmap.staff_config import PasswordCost, StaffConfig

from .waits import MOST_S

expect.set_options(timeout=1000 * MOST_S)
_LOOKED_AT_BY_DEFAULT = ({"phone", "zh", "light"}, {"desk", "en", "dark"})
_DIMENSIONS = ({"phone", "desk"}, {"zh", "en"}, {"light", "dark"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at a page in two of its forms by default, a Chinese phone and an English desk; in all with --all.

    Each form is a page load and a run of axe: all of them together would take the suite over its time.
    """
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or Path(__file__).parent not in item.path.parents:
            continue
        told = set(callspec.id.split("-"))
        form = {word for dimension in _DIMENSIONS for word in dimension & told}
        if len(form) > 1 and not any(form <= kept for kept in _LOOKED_AT_BY_DEFAULT):
            item.add_marker(pytest.mark.slow)


@dataclass
class Visit:
    """A page that was opened, with what went wrong on it and where it asked."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Site:
    """The served application and the browser that looks at it."""

    url: str
    browser: Browser
    app: Flask

    def context(self, width: int, height: int, *, dark: bool = False) -> BrowserContext:
        """A fresh visitor with a window of that size."""
        return self.browser.new_context(
            viewport={"width": width, "height": height},
            is_mobile=width < 500,
            has_touch=width < 500,
            color_scheme="dark" if dark else "light",
        )

    def open(self, context: BrowserContext, path: str) -> Visit:
        """Open a page, and where it has a map wait until the map says that it is drawn."""
        visit = Visit(context.new_page())
        visit.page.on("console", lambda said: visit.errors.append(said.text) if said.type == "error" else None)
        visit.page.on("pageerror", lambda fault: visit.errors.append(str(fault)))
        visit.page.on("request", lambda asked: visit.requests.append(asked.url))
        visit.page.goto(self.url + path)
        if visit.page.locator("[data-map]").count():
            visit.page.wait_for_selector("[data-map][data-layer-state=ready]", timeout=20_000)
        return visit

    def signed_in(self, context: BrowserContext, who: Any) -> Page:
        """Return a page of somebody who has signed in."""
        page = context.new_page()
        page.goto(self.url + "/staff/login")
        page.fill("#login", who.login)
        page.fill("#password", who.password)
        page.click(".sign-in button[type=submit]")
        page.wait_for_selector(".staff-bar")
        return page


@pytest.fixture(scope="session")
def people(site: Site, add_accounts: Callable[[Flask], dict[str, Any]]) -> dict[str, Any]:
    """The credentials of an account of every role in the served application, by role."""
    return add_accounts(site.app)


@pytest.fixture(scope="session", autouse=True)
def _clicks_wait_for_nothing(pytestconfig: pytest.Config) -> Iterator[None]:
    """With --late a click returns at once, as it sometimes does on a busy machine where a page is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.getoption("--late"):
            for kind, name in itertools.product((Page, Locator), ("click", "press")):
                patch.setattr(kind, name, functools.partialmethod(getattr(kind, name), no_wait_after=True))
        yield


@pytest.fixture(scope="session")
def serve_app(pytestconfig: pytest.Config) -> Callable[[Flask], AbstractContextManager[str]]:
    """Serves an application on a free port of the loopback for as long as a `with` block; gives its address."""
    late_s = pytestconfig.getoption("--late") / 1000

    @contextmanager
    def serve(app: Flask) -> Iterator[str]:
        def answer(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
            if late_s and not environ["PATH_INFO"].startswith("/static/"):
                time.sleep(late_s)
            body = app(environ, start_response)
            with (
                closing(body) if hasattr(body, "close") else nullcontext()
            ):  # this server forgets it when a reader leaves
                yield from body

        server = make_server("127.0.0.1", 0, answer, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return serve


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    chromium_path: Path,
    chromium_arguments: list[str],
    serve_app: Callable[[Flask], AbstractContextManager[str]],
) -> Iterator[Site]:
    """The service on a free port of the loopback, and a browser."""
    staff = StaffConfig(password_cost=PasswordCost(passes=1, memory_kib=8, lanes=1))
    app = create_app(Config(instance=tmp_path_factory.mktemp("instance"), recheck_s=3600, staff=staff))
    with serve_app(app) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=chromium_arguments)
        yield Site(url, browser, app)
        browser.close()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The script of axe-core, which finds what keeps people out; scripts/test installs it."""
    path = root / "webmap" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.fail(f"{path} is not there: scripts/test installs it")
    return path.read_text(encoding="utf-8")


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desk", "phone"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The two windows that every page must fit."""
    width, height = request.param
    return width, height
