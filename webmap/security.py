"""Headers that every response carries: what a page may load, and what it may tell to others."""

from __future__ import annotations

from flask import Flask, Response, request

from geo.errors import Problem, RequestError
from webmap.config import Config
from webmap.refusal import RefusedError
from webmap.responses import vary_on

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=(), payment=(), usb=()",
}


def guard(app: Flask, config: Config) -> None:
    """Make `app` refuse foreign host names and over-long queries, and put the headers on every response."""
    known_hosts = frozenset(config.trusted_hosts)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes
    https = {"Strict-Transport-Security": "max-age=31536000"} if config.staff.https else {}
    every_answers = tuple((HEADERS | https | {"Cache-Control": "no-cache"}).items())

    @app.before_request
    def refuse_foreign_host() -> None:
        # Flask's own TRUSTED_HOSTS cannot name an IPv6 address: it cuts every name at the first colon.
        if _without_port(request.host) not in known_hosts:
            raise RequestError(
                "unknown_host", "Host", "the service does not answer to this name", "Name it in LIFECIRCLE_HOSTS"
            )

    @app.before_request
    def refuse_long_query() -> None:
        if len(request.query_string) > config.max_query_bytes:
            raise RequestError(
                "query_too_long",
                "query",
                f"the query has {len(request.query_string)} bytes",
                f"Use {config.max_query_bytes} at most",
            )

    @app.before_request
    def refuse_unknown_length() -> None:
        # A chunked body that is too long would be cut in silence and taken for the whole one.
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            remedy = "Send the body with its Content-Length"
            raise RefusedError(411, Problem("no_length", "Content-Length", "the body's length is not said", remedy))

    @app.after_request
    def add_headers(response: Response) -> Response:
        there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - of pairs, not of names
        response.headers.extend((name, value) for name, value in every_answers if name.lower() not in there)
        vary_on(response, "Cookie")
        return response


def _without_port(host: str) -> str:
    """Return the name in a Host header: `[::1]:8000` is `[::1]`."""
    name, _, port = host.rpartition(":")
    return name.lower() if name and port.isdigit() else host.lower()
