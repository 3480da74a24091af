"""Whose address a request has: behind proxies what the farthest trusted of them saw, never what a visitor wrote.

Limits by address, sessions bound to an address, and the audit all rest on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def believe_proxies(app: Flask, count: int) -> None:
    """Take the visitor's address from the last `count` entries of X-Forwarded-For, and hide that header from the rest.

    Without the header, or with fewer entries than there are proxies, the address is that of the connection.
    """
    inner = _without_header(app.wsgi_app)
    app.wsgi_app = ProxyFix(inner, x_for=count, x_proto=0) if count else inner  # type: ignore[method-assign, assignment]


def _without_header(application: WSGIApplication) -> WSGIApplication:
    """Return the application without X-Forwarded-For: Flask-Login would believe its first entry, which is anybody's."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.pop("HTTP_X_FORWARDED_FOR", None)
        return application(environ, start_response)

    return answer
