"""Texts are sent compressed: a slow telephone gets the list in half a second instead of two.

Only what holds no secret of a visitor: the resident's pages, which know nobody, what programs read, and files that are
the same for all. A compressed page that mixes secrets with what somebody else wrote would tell its secrets by its
length.

A strong tag is a tag of bytes, so the compressed form has one of its own: that of the plain form with `-gzip` behind
it. Whoever brings it back, to ask whether something has changed or to change it, is understood all the same.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, g, request

from webmap.responses import vary_on

SHORTEST_BYTES = 900
PATHS = ("/find", "/static/", "/frame/", "/sw.js", "/manifest.webmanifest", "/api/", "/ogc", "/docs")
TEXTS = frozenset(
    {
        *("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"),
        *("application/manifest+json", "application/javascript"),
        *("application/geo+json", "application/schema+json", "application/problem+json"),
        "application/vnd.oai.openapi+json",
    }
)
LEVEL = 6
_MARK = "-gzip"
_BROUGHT = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")


def compress_texts(app: Flask) -> None:
    """Make `app` send the texts under `PATHS` compressed to whoever takes them so."""
    app.before_request(_know_own_tags)
    app.after_request(_compress)


def _know_own_tags() -> None:
    """Take the mark from the tags that a request brings, so that the rest of the service knows one tag a content."""
    for name in _BROUGHT:
        tags = request.environ.get(name, "")
        if f'{_MARK}"' in tags:
            request.environ[name] = tags.replace(f'{_MARK}"', '"')
            g.lifecircle_had_compressed = True


def _compress(response: Response) -> Response:
    if response.status_code == 304 and g.get("lifecircle_had_compressed"):
        _mark_tag(response)
    if not request.path.startswith(PATHS) or response.mimetype not in TEXTS:
        return response
    vary_on(response, "Accept-Encoding")
    if not _may_be(response):
        return response
    response.direct_passthrough = False
    source = response.response
    data = response.get_data()
    if hasattr(source, "close"):
        source.close()  # a file that has been read to its end would otherwise stay open
    if len(data) < SHORTEST_BYTES:
        return response
    response.set_data(gzip.compress(data, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    _mark_tag(response)
    return response


def _may_be(response: Response) -> bool:
    takes = request.accept_encodings.quality("gzip") > 0
    whole = response.status_code == 200 and request.method == "GET" and "Content-Encoding" not in response.headers
    return takes and whole


def _mark_tag(response: Response) -> None:
    """Give the compressed form its own tag."""
    tag, weak = response.get_etag()
    if tag is not None:
        response.set_etag(f"{tag}{_MARK}", weak=bool(weak))
