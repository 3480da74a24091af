"""Single sign-on against a stub of the other service on the loopback: the way there and back, and every way to fail."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug.serving import make_server

from geo.errors import DataError
from webmap import create_app
from webmap.account_records import Grant, add_account, find_account, set_disabled, set_subject
from webmap.config import config_from_environment
from webmap.staff_config import SignOn, is_safe_address
from webmap.store_schema import HISTORY


@dataclass
class Provider:
    """The stub: what it says of itself and of who signs on, and what it was asked."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    url: str = ""
    metadata: dict = field(default_factory=dict)
    claims: dict = field(default_factory=dict)
    signing: RSAKey | None = None
    challenges: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    answer: object = None

    def application(self) -> Flask:
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def description():
            known = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
            return known | self.metadata

        @app.get("/authorize")
        def authorize():
            asked = request.args
            self.challenges["code-1"] = asked
            return redirect(f"{asked['redirect_uri']}?code=code-1&state={asked['state']}")

        @app.post("/token")
        def token():
            self.asked.append(request.form)
            if self.answer is not None:
                return self.answer
            asked = self.challenges[request.form["code"]]
            digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
            assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
            now = int(time.time())
            claims = {"iss": self.url, "aud": "lifecircle", "sub": "u-17", "iat": now, "exp": now + 60}
            claims |= {"nonce": asked["nonce"]} | self.claims
            header = {"alg": "RS256", "kid": "one"}
            signed = jwt.encode(header, claims, self.signing or self.key)
            return {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

        @app.get("/keys")
        def keys():
            return {"keys": [self.key.as_dict(private=False)]}

        return app


@pytest.fixture(scope="module")
def running():
    """The stub, served."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.application(), threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(running):
    """The stub, with nothing odd about it yet."""
    running.metadata, running.claims, running.asked, running.signing, running.answer = {}, {}, [], None, None
    return running


@pytest.fixture
def make_site(app, provider):
    """Makes an application that trusts the stub, over the store of `app`."""

    def make(**changes):
        sign_on = SignOn(provider.url, "lifecircle", "the client's secret", "街道统一登录", **changes)
        config = app.extensions["lifecircle.config"]
        site = create_app(replace(config, staff=replace(config.staff, sign_on=sign_on)))
        site.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
        return site

    return make


@pytest.fixture
def store(app):
    return app.extensions["lifecircle.results"].store()


@pytest.fixture
def linked(store, provider):
    """An account that the stub knows as `sub`."""

    def link(login, sub):
        with store.writing() as connection:
            if find_account(connection, login) is None:
                account = add_account(connection, login, "小吴", Grant("planner"), "command")
                set_subject(connection, account, f"{provider.url}|{sub}", "command")

    return link


def follow(client, provider, path="/staff/sign-on"):
    """Go to the stub and come back as a browser would; return the answer to the way back."""
    there = client.get(path)
    assert there.status_code == 302, there.text
    assert there.location.startswith(f"{provider.url}/authorize?")
    import requests

    back = requests.get(there.location, allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "http://localhost/staff/sign-on/back"
    return client.get(f"{parts.path}?{parts.query}")


def test_who_has_an_account_signs_on(make_site, provider, linked, store):
    linked("wu.on", "u-17")
    client = make_site().test_client()
    login = client.get("/staff/login?next=/staff/account")
    assert "用 街道统一登录 登录" in login.text
    answer = follow(client, provider, "/staff/sign-on?next=/staff/account")
    assert (answer.status_code, answer.location) == (303, "/staff/account")
    assert "小吴" in client.get("/staff/account").text
    sent = provider.asked[0]
    assert sent["grant_type"] == "authorization_code"
    assert sent["redirect_uri"] == "http://localhost/staff/sign-on/back"
    with store.reading() as connection:
        query = select(HISTORY.c.after).where(HISTORY.c.operation == "signed_in", HISTORY.c.who == "wu.on")
        assert json.loads(connection.execute(query).scalars().all()[-1])["way"] == "oidc"
        kept = "".join(str(tuple(row)) for row in connection.execute(select(HISTORY)))
    assert "the client's secret" not in kept
    assert sent["code_verifier"] not in kept


def test_the_challenge_is_s256_and_the_scope_small(make_site, provider):
    asked = parse_qs(urlsplit(make_site().test_client().get("/staff/sign-on").location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked["scope"] == ["openid profile"]


def test_who_has_no_account_stays_out(make_site, provider):
    provider.claims = {"sub": "a stranger"}
    client = make_site().test_client()
    answer = follow(client, provider)
    assert answer.status_code == 401
    assert "这里没有你的账号" in answer.text
    assert client.get("/staff/account").status_code == 303


def test_where_the_configuration_says_so_a_stranger_becomes_a_viewer(make_site, provider, store):
    for sub, name, shown in (("s-1", "钱师傅", "钱师傅"), ("s-2", "a\u202eb", "sso-"), ("s-3", 7, "7")):
        provider.claims = {"sub": sub, "name": name}
        client = make_site(viewers=True).test_client()
        assert follow(client, provider).status_code == 303
        assert shown in client.get("/staff/account").text
        assert client.get("/staff/accounts").status_code == 403
        assert follow(make_site(viewers=True).test_client(), provider).status_code == 303, "the second time too"


def test_a_disabled_account_stays_out(make_site, provider, linked, store):
    linked("wu.off", "u-18")
    provider.claims = {"sub": "u-18"}
    with store.writing() as connection:
        set_disabled(connection, find_account(connection, "wu.off"), "command", disabled=True)
    assert follow(make_site(viewers=True).test_client(), provider).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"nonce": "x"}, {"exp": 1}, {"sub": None}],
    ids=lambda claims: next(iter(claims)),
)
def test_a_word_that_is_not_for_us_is_refused(make_site, provider, linked, claims):
    linked("wu.on", "u-17")
    provider.claims = claims
    client = make_site().test_client()
    answer = follow(client, provider)
    assert answer.status_code == 401
    assert client.get("/staff/account").status_code == 303


def test_a_word_signed_by_another_is_refused(make_site, provider, linked):
    linked("wu.on", "u-17")
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    assert follow(make_site().test_client(), provider).status_code == 401


@pytest.mark.parametrize(
    "answer", [("no", 500), ({"error": "invalid_grant"}, 400), ("<html>", 200), ({}, 200), ([], 200)]
)
def test_a_service_that_answers_oddly_is_no_fault_of_ours(make_site, provider, answer):
    provider.answer = answer
    page = follow(make_site().test_client(), provider)
    assert page.status_code == 401
    assert "统一登录没成" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/staff/sign-on/back",
        "/staff/sign-on/back?code=code-1",
        "/staff/sign-on/back?code=code-1&state=forged",
        "/staff/sign-on/back?error=access_denied&error_description=<script>alert(1)</script>",
    ],
)
def test_a_forged_way_back_asks_the_service_nothing(make_site, provider, path):
    answer = make_site().test_client().get(path)
    assert answer.status_code == 401
    assert "<script>alert" not in answer.text
    assert provider.asked == []


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
    ids=lambda metadata: next(iter(metadata)),
)
def test_a_description_with_other_addresses_is_not_followed(make_site, provider, metadata):
    provider.metadata = metadata
    answer = make_site().test_client().get("/staff/sign-on")
    assert answer.status_code == 401
    assert provider.asked == []


def test_a_service_that_cannot_be_reached(app, provider):
    config = app.extensions["lifecircle.config"]
    nowhere = SignOn("http://127.0.0.1:9", "lifecircle", "s")
    site = create_app(replace(config, staff=replace(config.staff, sign_on=nowhere)))
    site.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
    assert site.test_client().get("/staff/sign-on").status_code == 401


def test_without_one_there_is_nothing_to_follow(client):
    assert client.get("/staff/sign-on").status_code == 404
    assert client.get("/staff/sign-on/back?code=x&state=y").status_code == 404
    assert "/staff/sign-on" not in client.get("/staff/login").text


def test_the_configuration_is_read_whole(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    good = {
        "LIFECIRCLE_OIDC_ISSUER": "https://sso.example",
        "LIFECIRCLE_OIDC_CLIENT_ID": "lifecircle",
        "LIFECIRCLE_OIDC_SECRET_FILE": str(tmp_path / "secret"),
        "LIFECIRCLE_OIDC_VIEWERS": "1",
    }
    sign_on = config_from_environment(good).staff.sign_on
    assert sign_on == SignOn("https://sso.example", "lifecircle", "s3cret", "OpenID", viewers=True)
    assert "s3cret" not in repr(sign_on)
    assert config_from_environment({}).staff.sign_on is None
    with pytest.raises(DataError) as caught:
        config_from_environment({"LIFECIRCLE_OIDC_ISSUER": "http://sso.example", "LIFECIRCLE_IDLE_MIN": "soon"})
    wrong = {problem.where for problem in caught.value.problems}
    assert wrong == {
        "LIFECIRCLE_IDLE_MIN",
        *(f"LIFECIRCLE_OIDC_{name}" for name in ("ISSUER", "CLIENT_ID", "SECRET_FILE")),
    }


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://sso.example/realms/x", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://sso.example", False),
        ("https://user:pass@sso.example", False),
        ("https://", False),
        ("file:///etc/passwd", False),
        ("https://[bad", False),
        (None, False),
    ],
)
def test_which_addresses_may_be_asked(address, safe):
    assert is_safe_address(address) is safe
