"""Links as OGC API has them: absolute addresses with relation, media type and title."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import urlencode

from flask import Response, request

from webmap.ogc.formats import HTML

Link: TypeAlias = dict[str, str]
_SHOWN_IN_HEADER = frozenset({"self", "next", "prev", "alternate", "collection"})


def service_root() -> str:
    """Return the address under which this request came to the service, without a slash at its end."""
    return f"{request.scheme}://{request.host}"


def link(rel: str, path: str, media_type: str, title: str, query: dict[str, str] | str | None = None) -> Link:
    """Return a link to `path` of this service; `query` may be written out already."""
    text = query if isinstance(query, str) else urlencode(query or {})
    address = f"{service_root()}{path}{'?' if text else ''}{text}"
    return {"href": address, "rel": rel, "type": media_type, "title": title}


def query_text(*left_out: str) -> str:
    """Return the query of this request written out, but for some parameters, ready for others behind it."""
    text = urlencode({name: value for name, value in request.args.items() if name not in left_out})
    return f"{text}&" if text else ""


def own_links(media_type: str, *, html: bool) -> list[Link]:
    """Return the links to this very answer and to its other form; the one that is given is `self`."""
    query = query_text("f")
    as_json, as_page = ("json", media_type, "JSON"), ("html", HTML, "HTML")
    forms = {"self": as_page, "alternate": as_json} if html else {"self": as_json, "alternate": as_page}
    return [link(rel, request.path, kind, title, f"{query}f={ending}") for rel, (ending, kind, title) in forms.items()]


def put_in_header(response: Response, links: list[Link]) -> Response:
    """Put the links that lead on into the Link header, for programs that read no body."""
    shown = [one for one in links if one["rel"] in _SHOWN_IN_HEADER]
    told = (f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in shown)
    response.headers["Link"] = ", ".join(told)
    return response
