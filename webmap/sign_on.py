"""Signing in by another service (OpenID Connect: authorisation code with PKCE), off unless the configuration names one.

The only part of the service that asks another host, and only the issuer of the configuration and the addresses that
the issuer's own description gives; nothing that a visitor sends is ever an address.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import DataError, NotFoundError
from webmap.access_control import client_address, note_refusal
from webmap.account_records import Account, Grant, add_account, find_subject, set_subject
from webmap.login_attempts import take_sign_on
from webmap.login_page import failed_login, too_many
from webmap.refusal_record import network_of
from webmap.sign_in import begin, local_target
from webmap.staff_config import SignOn, is_safe_address
from webmap.views import the_config, the_store

pages = Blueprint("sign_on", __name__)
TIMEOUT_S = 10
_CLIENT, _TARGET = "lifecircle.sign_on", "sign_on_next"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@pages.get("/staff/sign-on")
def start() -> AnyResponse:
    """Lead to the other service."""
    sign_on, target = _configured(), local_target(request.args.get("next"))
    with the_store().writing() as connection:
        wait_s = take_sign_on(connection, network_of(client_address()))
    if wait_s:
        return failed_login(too_many(wait_s), target, wait_s=wait_s)
    for name in [name for name in session if name.startswith("_state_")]:
        del session[name]  # one way at a time: the cookie has little room
    session[_TARGET] = target
    try:
        answer: AnyResponse = _client(sign_on).authorize_redirect(_way_back())
    except _faults() as error:
        return _failed("sign_on_failed", error)
    return answer


@pages.get("/staff/sign-on/back")
def back() -> AnyResponse:
    """Come back from the other service with its word for who it is, and sign in."""
    sign_on, target = _configured(), local_target(session.get(_TARGET))
    try:
        claims = _client(sign_on).authorize_access_token()["userinfo"]
        subject = f"{sign_on.issuer}|{claims['sub']}"
        account = _account(sign_on, subject, claims)
    except _faults() as error:
        return _failed("sign_on_failed", error)
    if account is None or account.disabled is not None:
        return _failed("sign_on_unknown", None)
    begin(account, "oidc")
    return redirect(target, 303)


def _configured() -> SignOn:
    """Return the configured service; NotFoundError where there is none."""
    config = the_config()
    if config.staff.sign_on is None:
        raise NotFoundError("no_sign_on", "sign-on", "there is no single sign-on here", "Use the login and password")
    return config.staff.sign_on


def _client(sign_on: SignOn) -> Any:  # noqa: ANN401 - authlib ships no types
    """Return the application's client of the service, made at the first call."""
    from authlib.integrations.flask_client import OAuth  # noqa: PLC0415 - nobody needs it where sign-on is off

    if _CLIENT not in current_app.extensions:
        oauth = OAuth(current_app)
        oauth.register(
            "lifecircle",
            client_id=sign_on.client_id,
            client_secret=sign_on.client_secret,
            server_metadata_url=f"{sign_on.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "default_timeout": TIMEOUT_S},
        )
        current_app.extensions[_CLIENT] = oauth
    client = current_app.extensions[_CLIENT].lifecircle
    _require_own_addresses(client.load_server_metadata(), sign_on)
    return client


def _faults() -> tuple[type[Exception], ...]:
    """Return what a service that cannot be reached, or does not keep to the protocol, leads to."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - as in _client
    from joserfc.errors import JoseError  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    return (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError, RuntimeError)


def _require_own_addresses(metadata: dict[str, Any], sign_on: SignOn) -> None:
    """Raise ValueError where the service's description is another's, or names an address that may not be asked."""
    if metadata.get("issuer") != sign_on.issuer:
        raise ValueError("the description names another issuer")
    unsafe = [name for name in _ENDPOINTS if not is_safe_address(metadata.get(name))]
    if unsafe:
        raise ValueError(f"not over https: {', '.join(unsafe)}")


def _way_back() -> str:
    """Return the address that the other service leads back to; the name in it is one of ours, see webmap.security."""
    config = the_config()
    scheme = "https" if config.staff.https else request.scheme
    return url_for("sign_on.back", _external=True, _scheme=scheme)


def _account(sign_on: SignOn, subject: str, claims: dict[str, Any]) -> Account | None:
    """Return the account of who signed on; a new viewer's where the configuration says so, else None."""
    with the_store().writing() as connection:
        account = find_subject(connection, subject)
        if account is None and sign_on.viewers:
            account = _add_viewer(connection, subject, claims)
    return account


def _add_viewer(connection: Connection, subject: str, claims: dict[str, Any]) -> Account | None:
    """Add an account that may look on, under a login made of who they are elsewhere."""
    login = f"sso-{hashlib.sha256(subject.encode()).hexdigest()[:12]}"
    try:
        account = add_account(connection, login, str(claims.get("name") or login), Grant("viewer"), "lifecircle")
    except DataError:  # the name is none that our pages show
        account = add_account(connection, login, login, Grant("viewer"), "lifecircle")
    set_subject(connection, account, subject, "lifecircle")
    return find_subject(connection, subject)


def _failed(reason: str, error: Exception | None) -> Response:
    """Return the login again, with why; what the other service said goes to the log and not to the visitor."""
    if error is not None:
        current_app.logger.warning("single sign-on failed: %s: %s", type(error).__name__, error)
    note_refusal(reason)
    words = {
        "sign_on_failed": _("统一登录没成。再试一次，或者用登录名和密码。"),
        "sign_on_unknown": _("那边认得你，可这里没有你的账号。找管账号的人加一个。"),
    }
    return failed_login(words[reason], local_target(session.get(_TARGET)))
