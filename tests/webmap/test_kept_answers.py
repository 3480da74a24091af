"""Whole answers that are kept: the same as fresh ones in every header, never another's, gone with the data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webmap import kept_answers
from webmap.kept_answers import KeptAnswers

ITEMS = "/ogc/collections/demand/items?limit=7"
KEPT = (
    ITEMS,
    f"{ITEMS}&f=html",
    f"{ITEMS}&bbox=121.4,31.2,121.5,31.3&filter=households%20%3E%201",
    "/ogc/collections/practice_stations/items/01M7XPE6282QSYJFXHKF2ERFQA",
    "/ogc/collections/lifts/queryables",
    "/ogc/collections",
    "/ogc/conformance",
    "/ogc/api",
    "/api/coverage?subdistrict=caojiadu&layer=nurseries",
    "/api/catchments?subdistrict=caojiadu&layer=practice_stations",
)
NEVER_KEPT = (
    *("/healthz", "/api/history"),
    *("/api/nearest?lon=121.43&lat=31.231", "/find", "/staff/login", "/", "/static/css/app.css"),
    *("/ogc/collections/nothing/items", f"{ITEMS}&limit=8", f"{ITEMS}&lang=en", f"{ITEMS}&at=2999-01-01"),
)


@pytest.fixture
def reached(app: Flask) -> Iterator[list[str]]:
    """The addresses of the requests that were not answered from what is kept."""
    seen: list[str] = []

    def note(_app: Flask, **_more: object) -> None:
        from flask import request

        seen.append(request.full_path)

    with request_started.connected_to(note, app):
        yield seen


@contextmanager
def nothing_kept(app: Flask) -> Iterator[None]:
    kept: KeptAnswers = app.wsgi_app  # type: ignore[assignment]
    answers = kept._answers
    kept._answers = {}
    yield
    kept._answers = answers


def told(answer: TestResponse) -> tuple[object, ...]:
    return answer.status, sorted(answer.headers.items()), answer.data


@pytest.mark.parametrize("path", KEPT)
@pytest.mark.parametrize(
    "headers", [{}, {"Accept-Encoding": "gzip"}, {"Accept": "text/html"}, {"If-None-Match": '"other"'}], ids=str
)
def test_a_kept_answer_is_the_fresh_one_in_every_header(app, client, reached, path: str, headers) -> None:
    client.get(path, headers=headers)
    before = len(reached)
    again = client.get(path, headers=headers)
    assert len(reached) == before, "answered from what is kept"
    with nothing_kept(app):
        fresh = client.get(path, headers=headers)
    assert len(reached) == before + 1
    assert told(again) == told(fresh)
    assert again.status_code == 200
    assert again.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert {"Accept-Encoding", "Cookie"} <= set(again.headers["Vary"].split(", "))
    if path == ITEMS:
        assert again.headers.get("Content-Encoding") == ("gzip" if "Accept-Encoding" in headers else None)


@pytest.mark.parametrize("path", KEPT)
def test_what_has_not_changed_is_told_from_what_is_kept_too(client, reached, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    first = client.get(path, headers={"If-None-Match": tag})
    before = len(reached)
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, len(reached)) == (304, b"", before)
    assert told(again) == told(first)


@pytest.mark.parametrize("path", NEVER_KEPT)
def test_what_rests_on_more_than_the_data_reaches_its_view_every_time(app, reached, path: str) -> None:
    for _ in range(2):
        app.test_client().get(path)
    assert len(reached) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "lang=en"},
        {"Cookie": "theme=dark"},
        {"Authorization": "Basic YTpi"},
        {"Range": "bytes=0-3"},
        {"If-Match": '"x"'},
        {"If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
    ],
    ids=str,
)
def test_who_brings_something_of_their_own_is_answered_apart(app, client, reached, headers) -> None:
    client.get(ITEMS)
    before = len(reached)
    mine = app.test_client(use_cookies=False)
    for _ in range(2):
        mine.get(ITEMS, headers=headers)
    assert len(reached) == before + 2


def test_language_and_session_of_one_visitor_never_reach_another(app, signed_in) -> None:
    page = "/ogc/collections/demand/items?limit=7&f=html"
    stranger, english, staff = (app.test_client() for _ in range(3))
    signed_in(staff, "administrator")
    english.set_cookie("lang", "en")
    order = (stranger, english, staff, stranger, staff, english)
    answers = [one.get(page) for one in order]
    plain = [answer for one, answer in zip(order, answers, strict=True) if one is stranger]
    assert told(plain[0]) == told(plain[1])
    assert 'lang="zh-Hans"' in plain[1].text
    for one, answer in zip(order, answers, strict=True):
        assert ('lang="en"' in answer.text[:300]) == (one is english)
        assert answer.headers["Cache-Control"] == ("no-store" if one is staff else "no-cache")


def test_a_name_that_is_not_ours_is_refused_as_before(client: FlaskClient) -> None:
    assert client.get(ITEMS).status_code == 200
    assert client.get(ITEMS, base_url="http://evil.example").status_code == 400
    assert client.get(ITEMS, base_url="http://127.0.0.1:81").headers["Link"].startswith("<http://127.0.0.1:81/")


def test_head_has_no_body_whatever_is_kept(client: FlaskClient) -> None:
    full, head = client.get(ITEMS), client.head(ITEMS)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


def test_no_more_is_kept_than_the_bound_and_the_last_asked_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    class Data:
        live = object()

        def current(self) -> object:
            return self.live

    data, made = Data(), []

    def application(environ, start_response):
        made.append(environ["PATH_INFO"])
        environ[kept_answers._REST_ON] = data.live
        body = b"x" * (100_000 if environ["PATH_INFO"] == "/long" else 10_000)
        start_response("200 OK", [("Content-Length", str(len(body))), ("Cache-Control", "no-cache")])
        return [body]

    monkeypatch.setattr(kept_answers, "MOST_BYTES", 3 * 13_000)
    monkeypatch.setattr(kept_answers, "LONGEST_BYTES", 50_000)
    kept = KeptAnswers(application, data)  # type: ignore[arg-type]

    def ask(path: str) -> int:
        kept({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda *_: None)
        assert kept._held_bytes == sum(one.size_bytes for one in kept._answers.values()) <= kept_answers.MOST_BYTES
        return len(made)

    assert [ask(path) for path in ("/a", "/b", "/c", "/a")] == [1, 2, 3, 3]
    assert ask("/d") == 4  # drives out /b, which nobody has asked for longest
    assert [ask(path) for path in ("/a", "/c", "/d")] == [4, 4, 4]
    assert ask("/b") == 5
    assert [ask("/long"), ask("/long")] == [6, 7]
    assert ask("/b") == 7
    data.live = object()
    assert ask("/b") == 8, "other data: everything is gone"
    assert len(kept._answers) == 1
