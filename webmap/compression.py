"""Texts are sent compressed: a slow telephone gets the list in half a second instead of two.

Only what holds no secret of a visitor: the resident's pages, which know nobody, and files that are the same for all.
A compressed page that mixes secrets with what somebody else wrote would tell its secrets by its length.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

SHORTEST_BYTES = 900
PATHS = ("/find", "/static/", "/frame/", "/sw.js", "/manifest.webmanifest")
TEXTS = frozenset(
    {
        *("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"),
        *("application/manifest+json", "application/javascript"),
    }
)
LEVEL = 6


def compress_texts(app: Flask) -> None:
    """Make `app` send the texts under `PATHS` compressed to whoever takes them so."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not request.path.startswith(PATHS) or response.mimetype not in TEXTS:
        return response
    response.vary.add("Accept-Encoding")
    if not _may_be(response):
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < SHORTEST_BYTES:
        return response
    response.set_data(gzip.compress(data, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    _weaken_tag(response)
    return response


def _may_be(response: Response) -> bool:
    takes = request.accept_encodings.quality("gzip") > 0
    whole = response.status_code == 200 and request.method == "GET" and "Content-Encoding" not in response.headers
    return takes and whole


def _weaken_tag(response: Response) -> None:
    """Say that the tag is of the content and not of these bytes."""
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
