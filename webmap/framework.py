"""Flask as this service wants it: without what it does for every request and nobody here needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class _Sessions(SecureCookieSessionInterface):
    """Sessions that are looked into only where a request brings one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request; an empty one, without making a signer, where it has no session cookie."""
        if app.secret_key and self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Service(Flask):
    """The application: no view and no hook of it is a coroutine, so none is asked whether it is."""

    session_interface = _Sessions()

    def __init__(self, name: str) -> None:
        """Write JSON with Chinese as it is, and pages without the lines that only held a tag of a template."""
        super().__init__(name)
        self.json.ensure_ascii = False  # type: ignore[attr-defined]
        self.jinja_env.trim_blocks = self.jinja_env.lstrip_blocks = True

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func
