"""Every route that changes something, now and to come: whom it refuses, and that it says whom it is for.

The routes come from the application's own map, so that a new one is held to this the day it is added.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from webmap import create_app
from webmap.access_control import UNSAFE_METHODS, access_of, requires
from webmap.staff_roles import ROLES

PLAUSIBLE = {
    "layer": "heritage_buildings",
    "subdistrict": "caojiadu",
    "feature": "01J00000000000000000000001",
    "login": "viewer",
    "report": "caojiadu-2020",
}
NONSENSE = ("%00", "..%2f..%2fx", "托育点", "constructor", "9" * 300)
CROSS_SITE = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-origin"},
)


@dataclass(frozen=True)
class Route:
    """One changing method of one address."""

    method: str
    rule: Rule

    def paths(self, app: Flask) -> list[str]:
        """Addresses of the route, with plausible and with nonsense values for what varies in it."""
        names = sorted(self.rule.arguments)
        adapter = app.url_map.bind("localhost")
        plausible = {name: PLAUSIBLE.get(name, "x1") for name in names}
        numbers = dict.fromkeys(names, 7)
        built = []
        for values in (plausible, numbers):
            try:
                built.append(adapter.build(self.rule.endpoint, values, self.method))
                break
            except Exception:  # noqa: BLE001 - a converter that takes no text is given a number
                continue
        assert built, f"no address of {self.rule} could be built: give PLAUSIBLE a value"
        nonsense = [self._with(word) for word in NONSENSE] if names else []
        return built + [path for path in nonsense if _leads_to(app, path, self.method, self.rule.endpoint)]

    def _with(self, word: str) -> str:
        path = self.rule.rule
        for name in self.rule.arguments:
            start = path.rindex("<", 0, path.index(f"{name}>"))
            path = path[:start] + word + path[path.index(">", start) + 1 :]
        return path


def _leads_to(app: Flask, path: str, method: str, endpoint: str) -> bool:
    """Whether the address is the route's: a converter may not take every nonsense."""
    with app.test_request_context(path, method=method) as context:
        return context.request.endpoint == endpoint


def _routes(app: Flask) -> list[Route]:
    found = [Route(method, rule) for rule in app.url_map.iter_rules() for method in rule.methods & UNSAFE_METHODS]
    return sorted(found, key=lambda route: (route.rule.rule, route.method))


def _ask(client, route, path, **request):
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    return client.open(path, method=route.method, **({"content_type": kind} | request))


@pytest.fixture(scope="module")
def routes(app) -> list[Route]:
    found = _routes(app)
    assert len(found) >= 2
    return found


@pytest.fixture(scope="module")
def for_staff(app, routes):
    """The routes that need an account, each with the addresses to try and the role it asks for."""
    marks = [(route, access_of(app, route.rule.endpoint, route.method)) for route in routes]
    return [(route, route.paths(app), mark.role) for route, mark in marks if mark is not None and mark.role]


def test_every_changing_route_says_whom_it_is_for(app, routes):
    bare = [str(route) for route in routes if access_of(app, route.rule.endpoint, route.method) is None]
    assert bare == [], "mark each with @requires(role) or @open_to_all(why), see webmap/access_control.py"


def test_what_is_open_to_all_says_why(app, routes):
    marks = [access_of(app, route.rule.endpoint, route.method) for route in routes]
    assert [mark for mark in marks if mark is not None and mark.role is None and len(mark.why) < 20] == []


def test_nobody_is_refused_and_never_told_what_exists(client, for_staff):
    tried = 0
    for route, paths, _ in for_staff:
        for path in paths:
            answer = _ask(client, route, path)
            assert answer.status_code in (401, 403), (route, path, answer.status_code)
            tried += 1
    assert tried >= len(for_staff)


def test_other_sites_are_refused(app, accounts, sign_in, routes):
    client = app.test_client()
    token = sign_in(client, accounts["administrator"])
    for route in routes:
        for headers in CROSS_SITE:
            answer = _ask(client, route, route.paths(app)[0], headers={**headers, "X-CSRFToken": token})
            assert answer.status_code == 403, (route, headers, answer.status_code)
    assert client.get("/staff/account").status_code == 200


@pytest.mark.parametrize("role", ROLES[:-1])
def test_a_role_that_is_too_little_is_refused(app, accounts, sign_in, for_staff, role):
    client = app.test_client()
    token = sign_in(client, accounts[role])
    above = [(route, paths) for route, paths, least in for_staff if ROLES.index(least) > ROLES.index(role)]
    assert above
    for route, paths in above:
        for path in paths:
            answer = _ask(client, route, path, headers={"X-CSRFToken": token})
            assert answer.status_code == 403, (route, path, answer.status_code)


def test_a_request_without_the_token_is_refused(app, accounts, sign_in, routes):
    client = app.test_client()
    sign_in(client, accounts["administrator"])
    other = app.test_client()
    foreign = sign_in(other, accounts["administrator"])
    for route in routes:
        mark = access_of(app, route.rule.endpoint, route.method)
        if mark is not None and mark.needs_token:
            for headers in ({}, {"X-CSRFToken": "x"}, {"X-CSRFToken": foreign}):
                answer = _ask(client, route, route.paths(app)[0], headers=headers)
                assert answer.status_code == 400, (route, headers, answer.status_code)
    assert client.get("/staff/account").status_code == 200


def test_writes_of_the_api_are_json(app, accounts, sign_in, for_staff):
    client = app.test_client()
    token = sign_in(client, accounts["administrator"])
    for route, paths, _ in for_staff:
        mark = access_of(app, route.rule.endpoint, route.method)
        if paths[0].startswith("/api/") and mark is not None and mark.media_types is None:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "text/json"):
                answer = _ask(client, route, paths[0], headers={"X-CSRFToken": token}, content_type=kind, data="{}")
                assert answer.status_code == 415, (route, kind, answer.status_code)


# The guard itself, on an application with routes that nobody should have written


@pytest.fixture
def careless(app):
    """The application with a changing route that bears no mark, and one of the API that does."""
    careless = create_app(app.extensions["lifecircle.config"])
    careless.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
    careless.add_url_rule("/careless/<thing>", "careless", lambda thing: "done", methods=["POST", "GET"])
    careless.add_url_rule("/api/careful", "careful", requires("editor")(lambda: "done"), methods=["PUT"])
    return careless


def test_a_route_without_a_mark_is_shut_and_found(careless):
    client = careless.test_client()
    assert client.post("/careless/x").status_code == 403
    assert client.get("/careless/x").text == "done"
    bare = [r.rule.endpoint for r in _routes(careless) if access_of(careless, r.rule.endpoint, r.method) is None]
    assert bare == ["careless"]


def test_row_23_cross_site_plain_text_and_no_token(careless, accounts, sign_in):
    client = careless.test_client()
    token = sign_in(client, accounts["editor"])

    def put(kind="application/json", **headers):
        return client.put("/api/careful", data="{}", content_type=kind, headers=headers)

    assert put(**{"X-CSRFToken": token}).text == "done"
    assert put(**{"X-CSRFToken": token, "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}).text == "done"
    assert put(**{"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert put("text/plain", **{"X-CSRFToken": token}).status_code == 415
    assert put().status_code == 400
    body = put().json
    assert body["type"] == "urn:lifecircle:problem:bad_token"
    assert "X-CSRFToken" in body["problems"][0]["remedy"]
