"""Answers that a browser may keep: the tag says which data version and which request they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Response, after_this_request, request, send_file

from webmap.i18n import current_language

_FORMS = ("application/json", "application/geo+json", "text/html")


def vary_on(response: Response, name: str) -> None:
    """Say that a response differs by a header of the request; the names stand in the order in which they were said."""
    told = response.headers.get("Vary", "")
    if name.lower() not in told.lower().split(", "):
        response.headers["Vary"] = f"{told}, {name}" if told else name


def wants_page() -> bool:
    """Return whether an address that programs and people share is answered with a page: by `?f=`, else by Accept.

    The answer then says that it varies with Accept.
    """
    after_this_request(_varied)
    asked = request.args.get("f")
    if asked is not None:
        return asked == "html"
    return request.accept_mimetypes.best_match(_FORMS, default=_FORMS[0]) == "text/html"


def unless_known(data_version: str, answer: Callable[[], Response]) -> Response:
    """Return `answer()` with an ETag of the data version and the request, or 304 when the visitor has it already."""
    tag = _tag(data_version)
    if tag in request.if_none_match:
        response = Response(status=304)
        response.set_etag(tag)
        return response
    response = answer()
    response.set_etag(tag)
    return response


def tagged_file(data_version: str, path: Path, name: str, media_type: str) -> Response:
    """Return a file, or the bytes of it that are asked for, with an ETag of the data version and the request; or 304.

    `name` is what it is called where somebody keeps it.
    Where the file has changed since its first bytes were fetched (If-Range), the answer is the whole of it.
    """
    return send_file(path, mimetype=media_type, download_name=name, conditional=True, etag=_tag(data_version))


def _tag(data_version: str) -> str:
    told = f"{data_version}\n{request.full_path}\n{current_language()}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _varied(response: Response) -> Response:
    vary_on(response, "Accept")
    return response
