"""The API of the history: what was published and when; never who did it or why, which is for staff."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from geo.errors import Problem
from webmap.parameters import Choice, QueryError, read_query
from webmap.responses import unless_known
from webmap.store_schema import HISTORY
from webmap.views import snapshot, the_store

pages = Blueprint("history_api", __name__)

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
_COLUMNS = ("seq", "at", "layer", "feature", "revision", "operation")


@pages.get("/api/history")
def history() -> Response:
    """Return the published revisions, newest first; `before_seq` of the last one leads on to older ones."""
    now = snapshot()
    asked = read_query(
        request.args,
        {"layer": Choice(), "feature": Choice(), "limit": Choice((), str(DEFAULT_LIMIT)), "before_seq": Choice()},
    )
    layer = now.layer(asked["layer"]).id if "layer" in request.args else None
    limit = min(_read_number("limit", asked["limit"]), MAX_LIMIT)
    before = _read_number("before_seq", asked["before_seq"]) if "before_seq" in request.args else now.live.seq + 1
    version = hashlib.sha256("\n".join(place.data_version for place in now.places.values()).encode()).hexdigest()

    def answer() -> Response:
        columns = [HISTORY.c[name] for name in _COLUMNS]
        query = select(*columns).where(HISTORY.c.state == "published", HISTORY.c.layer.is_not(None))
        query = query.where(HISTORY.c.seq < min(before, now.live.seq + 1))
        if layer is not None:
            query = query.where(HISTORY.c.layer == layer)
        if "feature" in request.args:
            query = query.where(HISTORY.c.feature == asked["feature"])
        with the_store().reading() as connection:
            rows = connection.execute(query.order_by(HISTORY.c.seq.desc()).limit(limit)).all()
        found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        return jsonify({"data_version": version, "seq": now.live.seq, "history": found})

    return unless_known(f"{version} {now.live.seq}", answer)


def _read_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0):
        raise QueryError([Problem("bad_value", name, f"found {ascii(text)[:40]}", "Write a whole number over 0")])
    return int(text)
