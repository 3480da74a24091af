"""Behind proxies each visitor has an address of their own; without them nobody can choose one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, request

from geo.errors import DataError
from webmap import create_app
from webmap.config import config_from_environment
from webmap.visitor_address import believe_proxies

PEER = "10.9.9.9"


@pytest.mark.parametrize(
    ("proxies", "header", "seen"),
    [
        (0, None, PEER),
        (0, "203.0.113.7", PEER),
        (0, "203.0.113.7, 198.51.100.1", PEER),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 198.51.100.1", "203.0.113.7"),
        (2, "203.0.113.7", PEER),
        (1, None, PEER),
        (1, "", PEER),
    ],
)
def test_only_what_a_trusted_proxy_wrote_counts(proxies, header, seen):
    app = Flask("asked")
    app.get("/")(lambda: [request.remote_addr, request.headers.get("X-Forwarded-For")])
    believe_proxies(app, proxies)
    sent = {} if header is None else {"X-Forwarded-For": header}
    answer = app.test_client().get("/", headers=sent, environ_base={"REMOTE_ADDR": PEER})
    assert answer.json == [seen, None]


@pytest.mark.parametrize(("proxies", "refused"), [(0, [429, 429]), (1, [429, 401])])
def test_a_limit_by_address_is_the_visitors(app, proxies, refused):
    behind = create_app(replace(app.extensions["lifecircle.config"], trusted_proxies=proxies))
    behind.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
    peer = f"10.77.0.{proxies}"

    def attempt(number, address):
        client = behind.test_client()
        client.environ_base |= {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": address}
        token = client.get("/staff/login").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"csrf_token": token, "login": f"nobody{proxies}{number}", "password": "wrong"}
        return client.post("/staff/login", data=form).status_code

    first = [attempt(number, "203.0.113.7") for number in range(41)]
    assert first == [401] * 40 + [429]
    assert [attempt(41, "203.0.113.7"), attempt(42, "203.0.113.8")] == refused


def test_the_number_of_proxies_is_configured():
    assert config_from_environment({}).trusted_proxies == 0
    assert config_from_environment({"LIFECIRCLE_PROXIES": "2"}).trusted_proxies == 2
    for text in ("-1", "one", "9", "", "²"):
        with pytest.raises(DataError, match="LIFECIRCLE_PROXIES"):
            config_from_environment({"LIFECIRCLE_PROXIES": text})
