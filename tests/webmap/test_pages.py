"""Every page in both languages: it is there, it carries the strict policy, and nothing in it is inline."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

LAYERS = (
    "nurseries", "meal_points", "elder_homes", "red_cross_stations", "safe_houses", "heritage_buildings",
    "practice_stations", "cultural_rooms", "employment_stations", "service_kiosks", "mediation_centres",
    "enterprise_hubs", "lifts", "recycling_points", "compounds", "gates", "assembly_places",
)  # fmt: skip
PLACES = ("caojiadu", "hudong")
PAGES = (
    "/",
    "/about",
    *(f"/planner/{place}" for place in PLACES),
    *(f"/map/{place}/{layer}" for place in PLACES for layer in LAYERS),
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_data(self, data):
        if data.strip():
            self.text.append((self._open[-1] if self._open else "", data.strip()))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page_stands_in_both_languages(client: FlaskClient, path: str, language: str) -> None:
    response = client.get(path, query_string={"lang": language})
    assert response.status_code == 200
    page = Page(response.text)
    assert page.all("html")[0]["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
    assert page.all("title")
    assert len(page.all("h1")) == 1


@pytest.mark.parametrize("path", [*PAGES, "/no-such-page", "/map/caojiadu/nurseries?rule=none"])
def test_nothing_is_inline(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path).text)
    assert not page.all("style")
    assert all("src" in script for script in page.all("script"))
    for tag, attributes in page.elements:
        inline = [name for name in attributes if name == "style" or name.startswith("on")]
        assert not inline, (tag, inline)
        for name in ("src", "href"):
            address = attributes.get(name, "")
            assert not address.startswith("javascript:")
            if name in attributes and tag in ("script", "link", "img"):
                assert address.startswith(("/static/", "/frame/", "/manifest.webmanifest")), address


@pytest.mark.parametrize("path", ["/", "/api/coverage", "/static/css/base.css", "/no", "/frame/caojiadu/script.js"])
def test_policy_is_on_every_answer(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; ")
    assert "script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Cookie" in headers["Vary"]


def _shape(path: str) -> str:
    """Return an address with ids taken for one another: pages of one kind differ by them alone, and are many."""
    return re.sub(r"/(01[0-9A-Z]{24}|\d{12})(?=[/.]|$)", "/ID", path)


def test_every_link_of_the_site_leads_somewhere(client: FlaskClient) -> None:
    waiting, seen, shapes = ["/"], set(), set()
    while waiting:
        path = waiting.pop()
        response = client.get(path, follow_redirects=True)
        assert response.status_code == 200, path
        if response.mimetype != "text/html":
            continue
        for link in Page(response.text).all("a"):
            target = link["href"]
            plain = target.split("?")[0]
            if target.startswith("/") and plain not in seen and _shape(plain) not in shapes:
                seen.add(plain)
                shapes.add(_shape(plain))
                waiting.append(target)
    assert {"/about", "/planner/hudong", "/map/caojiadu/nurseries"} <= seen


def test_english_page_has_no_chinese_of_ours(client: FlaskClient) -> None:
    # Names of streets and facilities and the sources of records are data and stay as they are.
    for path in ("/", "/about"):
        page = Page(client.get(path, query_string={"lang": "en"}).text)
        found = {text for tag, text in page.text if CHINESE.search(text) and tag != "text"}
        assert found <= {"中文"}, found


def test_language_and_theme_are_kept(app) -> None:
    visitor = app.test_client()
    visitor.get("/?lang=en&theme=dark")
    page = Page(visitor.get("/about").text)
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("html")[0]["data-theme"] == "dark"
    visitor.get("/?lang=zh&theme=light")
    page = Page(visitor.get("/about").text)
    assert page.all("html")[0]["lang"] == "zh-Hans"
    assert page.all("html")[0]["data-theme"] == "light"


def test_refused_page_keeps_nothing(app) -> None:
    visitor = app.test_client()
    assert visitor.get("/?lang=en&theme=purple").status_code == 400
    assert Page(visitor.get("/about").text).all("html")[0]["lang"] == "zh-Hans"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/map/caojiadu/nope", 404),
        ("/map/nowhere/nurseries", 404),
        ("/planner/nowhere", 404),
        ("/map/caojiadu/CON", 404),
        ("/map/caojiadu/托育点", 404),
        ("/map/caojiadu/%00", 404),
        ("/map/caojiadu/..%5Cx", 404),
        ("/map/caojiadu/..%2F..%2Fx", 404),
        ("/map/caojiadu/nurseries?rule=safe-house-200", 400),
        ("/map/caojiadu/nurseries?profile=fast", 400),
        ("/map/caojiadu/nurseries?samples=2", 400),
        ("/map/caojiadu/nurseries?samples=1&samples=0", 400),
        ("/planner/caojiadu?layer=nope", 400),
    ],
)
def test_error_page_speaks_the_language_and_offers_the_other(app: Flask, path: str, status: int) -> None:
    for language, start, other in (("zh", "回首页", "English"), ("en", "To the start", "中文")):
        response = app.test_client().get(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert response.status_code == status
        assert response.mimetype == "text/html"
        assert start in response.text
        assert f">{other}</a>" in response.text
        ours = response.text.replace("中文", "").replace("托育点", "")
        assert bool(CHINESE.search(ours)) is (language == "zh")
        assert 'href="/"' in response.text


def test_foreign_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil"}).status_code == 400
    assert client.get("/healthz", headers={"Host": "evil.example:8000"}).status_code == 400
    for name in ("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/healthz", headers={"Host": name}).status_code == 200, name


def test_overlong_query_is_refused(client: FlaskClient) -> None:
    assert client.get("/?q=" + "a" * 10_000).status_code == 400
    assert client.get("/?q=" + "a" * 1000).status_code == 200
