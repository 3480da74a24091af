"""The API to write features: put, post, delete, restore, and the revisions of one.

A write names the revision that it was made from in If-Match: 428 without, 412 with an old one (the body then has what
stands, and which parts go together), 410 where it was deleted. `?state=draft|review|published` (left out: the strongest
that the person may do), `?why=` the reason, which may be Chinese and so stands in no header, and
`?confirm=outside_subdistrict` where a place outside its subdistrict is meant. docs/editing.md has examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from flask import Blueprint, Response, json, request, url_for

from geo.catalog_model import Layer
from geo.errors import Problem
from geo.layer_checks import MAX_LAYER_VERTICES, count_vertices
from geo.strict_json import examine_json
from webmap.access_control import requires
from webmap.errors import current_copy, problem_response
from webmap.feature_edits import (
    CONFIRMABLE,
    Desk,
    Manner,
    Saved,
    create_feature,
    delete_feature,
    require_head,
    restore_feature,
    save_feature,
)
from webmap.feature_faults import InvalidFeatureError
from webmap.feature_merge import changed_parts, merge
from webmap.fresh_ids import fresh_id
from webmap.import_origin import split_reason
from webmap.parameters import Choice, read_query
from webmap.refusal import RefusedError
from webmap.revisions import ConflictError, Feature, Head, State, feature_revisions
from webmap.staff_desk import staff_names, the_desk
from webmap.views import snapshot

pages = Blueprint("features_api", __name__)
JSON = "application/json"
_MANNER = {
    "state": Choice(("draft", "review", "published")),
    "why": Choice(),
    "confirm": Choice(tuple(sorted(CONFIRMABLE))),
}


@pages.put("/api/layers/<layer>/<feature>")
@requires("editor")
def put(layer: str, feature: str) -> Response:
    """Write a feature: from the revision in If-Match, or a new one with If-None-Match: *."""
    desk, its_layer, manner = the_desk(), snapshot().layer(layer), _manner()
    is_new = request.headers.get("If-None-Match", "").strip() == "*"
    made_from = None if is_new else _made_from(desk, its_layer, feature)
    raw = _read_body(feature)
    try:
        if made_from is None:
            return _answer(create_feature(desk, its_layer, raw, manner), 201)
        return _answer(save_feature(desk, its_layer, raw, made_from, manner), 200)
    except ConflictError as conflict:
        return _stale(desk, conflict, made_from, raw)


@pages.post("/api/layers/<layer>")
@requires("editor")
def post(layer: str) -> Response:
    """Make a new feature; the service gives it its id."""
    desk, its_layer, manner = the_desk(), snapshot().layer(layer), _manner()
    return _answer(create_feature(desk, its_layer, _read_body(None), manner), 201)


@pages.delete("/api/layers/<layer>/<feature>")
@requires("editor")
def delete(layer: str, feature: str) -> Response:
    """Take a feature away."""
    desk, its_layer, manner = the_desk(), snapshot().layer(layer), _manner()
    made_from = _made_from(desk, its_layer, feature)
    try:
        return _answer(delete_feature(desk, its_layer, feature, made_from, manner), 200)
    except ConflictError as conflict:
        return _stale(desk, conflict, made_from, None)


@pages.post("/api/layers/<layer>/<feature>/restore")
@requires("editor")
def restore(layer: str, feature: str) -> Response:
    """Make an earlier revision the newest again: `?revision=`, left out: the last that was not a deletion."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    asked = read_query(request.args, _MANNER | {"revision": Choice()})
    wanted = asked["revision"]
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        raise _refused(400, "bad_value", "revision", "not the number of a revision", "Give one, as 3")
    try:
        return _answer(restore_feature(desk, its_layer, feature, int(wanted) if wanted else None, _as_manner(asked)))
    except ConflictError as conflict:
        return _stale(desk, conflict, None, None)


@pages.get("/api/layers/<layer>/<feature>/revisions")
@requires("viewer")
def revisions(layer: str, feature: str) -> Response:
    """Return every revision of a feature with who, when, why, before and after; the newest first. For staff."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    read_query(request.args, {})
    with desk.store.reading() as connection:
        head = require_head(connection, its_layer.id, feature)
        found = feature_revisions(connection, its_layer.id, feature)
        names = staff_names(connection)
    told = [
        {
            "revision": one.revision,
            "at": one.at,
            "who": one.who,
            "name": names.get(one.who, one.who),
            "operation": one.operation,
            "state": one.state,
            "why": reason,
            "source": one.source,
            "origin": None if origin is None else asdict(origin),
            "changed": changed_parts(one.before, one.after),
            "before": one.before,
            "after": one.after,
        }
        for one, (reason, origin) in ((one, split_reason(one)) for one in found)
    ]
    body = {"layer": its_layer.id, "feature": feature, "published_revision": head.published_revision, "revisions": told}
    return _written(body, 200, head.revision)


def _manner() -> Manner:
    """Return how the request wants its change to be saved."""
    return _as_manner(read_query(request.args, _MANNER))


def _as_manner(asked: dict[str, str]) -> Manner:
    return Manner(cast("State | None", asked["state"] or None), asked["why"], "api", bool(asked["confirm"]))


def _read_body(feature: str | None) -> object:
    """Return the feature that the request brings; `feature` is the id in the address, None where one is given now."""
    reading = examine_json(request.get_data(), "")
    if reading.problems:
        raise InvalidFeatureError(reading.problems)
    raw = reading.value
    if isinstance(raw, dict):
        _require_few_vertices(raw)
        raw = _with_id(raw, feature)
    return raw


def _require_few_vertices(raw: dict[str, Any]) -> None:
    count = count_vertices(raw.get("geometry"))
    if count > MAX_LAYER_VERTICES:
        remedy = f"Bring {MAX_LAYER_VERTICES} at most"
        raise InvalidFeatureError(
            [Problem("too_many_vertices", "/geometry", f"the geometry has {count} vertices", remedy)]
        )


def _with_id(raw: dict[str, Any], feature: str | None) -> dict[str, Any]:
    """Return the feature under the id of its address, or under a new one."""
    given = raw.get("id")
    if feature is None and given is not None:
        found, remedy = "the service gives the id", "Leave id out, or PUT it with If-None-Match: *"
        raise InvalidFeatureError([Problem("unexpected_id", "/id", found, remedy)])
    if feature is not None and given is not None and given != feature:
        found = "the id is not that of the address"
        raise InvalidFeatureError([Problem("id_differs", "/id", found, "Leave it out, or correct it")])
    return raw | {"id": feature or fresh_id()}


def _made_from(desk: Desk, layer: Layer, feature: str) -> int:
    """Return the revision that If-Match names; the feature must be there, and a tag of ours must be given."""
    with desk.store.reading() as connection:
        head = require_head(connection, layer.id, feature)
    if "If-Match" not in request.headers:
        remedy = 'Send If-Match: "<revision>" of what you changed, as the ETag of GET says it'
        raise _refused(428, "if_match_missing", "If-Match", "the request does not say what it was made from", remedy)
    tags = request.if_match
    given = [tag for tag in tags.as_set() if tag.isascii() and tag.isdigit() and len(tag) < 10]
    if tags.star_tag:
        return head.revision
    return head.revision if str(head.revision) in given else int(given[0]) if given else 0


def _answer(saved: Saved, status: int = 200) -> Response:
    """Return what was written."""
    one = saved.revision
    warnings = [_told(problem) for problem in saved.warnings]
    body = {"revision": one.revision, "state": one.state, "warnings": warnings, "feature": one.after}
    response = _written(body, status, one.revision)
    if status == 201:
        response.headers["Location"] = url_for("api.one_feature", layer=one.layer, feature=one.feature)
    return response


def _stale(desk: Desk, conflict: ConflictError, made_from: int | None, raw: object) -> Response:
    """Return 412 with what stands, and what of the two goes together where the revision in between is known."""
    change, head = conflict.heads[0]
    more = current_copy(conflict)
    if head is not None and raw is not None:
        more |= _what_goes_together(desk, head, made_from, change.body)
    response = problem_response(412, "Precondition Failed", str(conflict), conflict.problems, more)
    if head is not None:
        response.set_etag(str(head.revision))
    return response


def _what_goes_together(desk: Desk, head: Head, made_from: int | None, mine: Feature | None) -> dict[str, object]:
    """Return the parts that clash, and those that only one has changed; nothing where the base is not known."""
    if mine is None or head.body is None:
        return {}
    with desk.store.reading() as connection:
        history = feature_revisions(connection, head.layer, head.feature)
    base = next((one.after for one in history if one.revision == made_from), None)
    if base is None:
        return {}
    merged = merge(base, head.body, mine)
    return {"merge": {"clashes": merged.clashes, "theirs": merged.theirs, "mine": merged.mine, "feature": merged.body}}


def _written(body: Mapping[str, object], status: int, revision: int) -> Response:
    response = Response(json.dumps(body, ensure_ascii=False), status, mimetype=JSON)
    response.set_etag(str(revision))
    return response


def _told(problem: Problem) -> dict[str, object]:
    return {"code": problem.code, "where": problem.where, "found": problem.found, "remedy": problem.remedy}


def _refused(status: int, code: str, where: str, found: str, remedy: str) -> RefusedError:
    return RefusedError(status, Problem(code, where, found, remedy))
