"""Links as OGC API has them: absolute addresses with relation, media type and title."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import urlencode

from flask import Response, request

from webmap.ogc.formats import HTML, with_format

Link: TypeAlias = dict[str, str]
_SHOWN_IN_HEADER = frozenset({"self", "next", "prev", "alternate", "collection"})


def link(rel: str, path: str, media_type: str, title: str, query: dict[str, str] | None = None) -> Link:
    """Return a link to `path` of this service."""
    text = f"?{urlencode(query)}" if query else ""
    return {"href": f"{request.host_url.rstrip('/')}{path}{text}", "rel": rel, "type": media_type, "title": title}


def own_links(media_type: str, *, html: bool) -> list[Link]:
    """Return the links to this very answer and to its other form; the one that is given is `self`."""
    query = request.args.to_dict()
    forms = [("json", media_type, "JSON"), ("html", HTML, "HTML")]
    given = "html" if html else "json"
    return [
        link("self" if ending == given else "alternate", request.path, kind, title, with_format(query, ending))
        for ending, kind, title in sorted(forms, key=lambda form: form[0] != given)
    ]


def put_in_header(response: Response, links: list[Link]) -> Response:
    """Put the links that lead on into the Link header, for programs that read no body."""
    shown = [one for one in links if one["rel"] in _SHOWN_IN_HEADER]
    told = (f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in shown)
    response.headers["Link"] = ", ".join(told)
    return response
