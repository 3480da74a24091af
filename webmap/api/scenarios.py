"""The API of scenarios: what adding, moving and closing facilities would change; tried by anybody, kept by planners."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.datastructures import MultiDict

from geo.errors import RequestError
from geo.what_if import Scenario, WhatIf
from webmap.access_control import requires
from webmap.api.layer_asked import LayerAsked, read_layer_asked
from webmap.parameters import read_query
from webmap.responses import unless_known
from webmap.scenario_link import CHANGES, read_scenario, scenario_query
from webmap.scenarios import Saved, delete_saved, read_saved, save_scenario, saved_by
from webmap.snapshot import Snapshot
from webmap.staff_desk import the_staff
from webmap.views import snapshot, the_store
from webmap.what_if_answer import changed_by, changed_streets, today_of

pages = Blueprint("scenarios_api", __name__)
MOST_BODY_BYTES = 30_000
_TOLD = ("id", "name", "saved_at")
_ASKED = ("subdistrict", "layer", "rule", "profile")


@pages.get("/api/what-if")
def what_if() -> Response:
    """Answer who would be covered if facilities were added, moved or closed, gates shut and footpaths drawn.

    `what_if` is null, with a `reason`, where the layer has no rule or the place no streets.
    """
    now = snapshot()
    asked = read_layer_asked(now, request.args, repeated=CHANGES)
    given = MultiDict([(name, text) for name in CHANGES for text in request.args.getlist(name)])
    return unless_known(asked.place.data_version, lambda: jsonify(_answer(now, asked, read_scenario(given))))


@pages.get("/api/scenarios/<scenario>")
def show(scenario: str) -> Response:
    """Return a kept scenario, and who would be covered by today's data, to whoever has its link."""
    now = snapshot()
    read_query(request.args, {})
    with the_store().reading() as connection:
        saved = read_saved(connection, scenario)
    asked = _asked(now, {name: getattr(saved, name) for name in _ASKED})
    told = {name: getattr(saved, name) for name in _TOLD}
    version = f"{asked.place.data_version}\n{saved.saved_at}"
    changes = MultiDict(parse_qsl(saved.changes))
    return unless_known(version, lambda: jsonify(told | _answer(now, asked, read_scenario(changes))))


@pages.get("/api/scenarios")
@requires("planner")
def mine() -> Response:
    """List the visitor's own scenarios, the newest first."""
    read_query(request.args, {})
    with the_store().reading() as connection:
        found = saved_by(connection, the_staff().login)
    return jsonify({"scenarios": [_listed(saved) for saved in found]})


@pages.post("/api/scenarios")
@requires("planner", max_body_bytes=MOST_BODY_BYTES)
def keep() -> tuple[Response, int, dict[str, str]]:
    """Keep a scenario under a name; one of the same layer and name is replaced."""
    read_query(request.args, {})
    now = snapshot()
    body = _body(request.get_json())
    asked = _asked(now, body)
    if asked.reason is not None:
        raise RequestError("not_possible", "/layer", asked.reason, "Choose a layer and a place that have both")
    scenario = read_scenario(MultiDict([(name, text) for name, texts in body["changes"].items() for text in texts]))
    _figures(now, asked, scenario)
    kept = {
        "subdistrict": asked.place.subdistrict.id,
        "layer": asked.layer.id,
        "rule": asked.rule_id or "",
        "profile": asked.profile_id,
        "changes": urlencode(scenario_query(scenario)),
    }
    with the_store().writing() as connection:
        scenario_id = save_scenario(connection, the_staff().login, body["name"], kept)
        saved = read_saved(connection, scenario_id)
    return jsonify(_listed(saved)), 201, {"Location": _address(saved)}


@pages.delete("/api/scenarios/<scenario>")
@requires("planner")
def delete(scenario: str) -> tuple[str, int]:
    """Delete a scenario of one's own."""
    read_query(request.args, {})
    with the_store().writing() as connection:
        delete_saved(connection, scenario, the_staff())
    return "", 204


def _asked(now: Snapshot, names: dict[str, Any]) -> LayerAsked:
    given = {name: str(names[name]) for name in _ASKED if names.get(name)}
    return read_layer_asked(now, MultiDict(given))


def _answer(now: Snapshot, asked: LayerAsked, scenario: Scenario) -> dict[str, Any]:
    """Return what was asked, and what it changes or why that cannot be said."""
    changes = MultiDict(scenario_query(scenario))
    body = asked.about() | {"changes": {name: changes.getlist(name) for name in CHANGES}}
    if asked.reason is not None:
        return body | {"what_if": None, "reason": asked.reason}
    return body | {"what_if": _figures(now, asked, scenario)}


def _figures(now: Snapshot, asked: LayerAsked, scenario: Scenario) -> dict[str, Any]:
    question = asked.question
    if question is None:
        raise RequestError("no_rule", "layer", f"{asked.layer.id} has no walking limit", "Choose one that has")
    found = changed_by(today_of(now, asked.place, question), scenario)
    unit = asked.place.subdistrict.population.unit
    return {
        unit: {"before": found.before.figures, "after": found.after.figures},
        "points": {"before": found.points_before.figures, "after": found.points_after.figures},
        f"won_{unit}": found.won_people,
        f"lost_{unit}": found.lost_people,
        "streets": _streets(asked, found, unit),
        "off_network": list(found.off_network),
    }


def _streets(asked: LayerAsked, found: WhatIf, unit: str) -> list[dict[str, Any]]:
    changed = changed_streets(asked.place, found)
    return [{"street": one.street or None, f"won_{unit}": one.won, f"lost_{unit}": one.lost} for one in changed]


def _listed(saved: Saved) -> dict[str, Any]:
    return {name: getattr(saved, name) for name in (*_TOLD, *_ASKED)} | {"url": _address(saved)}


def _address(saved: Saved) -> str:
    return url_for("scenarios_api.show", scenario=saved.id)


def _body(body: object) -> dict[str, Any]:
    """Return the members of a scenario that is to be kept; RequestError with the first that does not fit."""
    texts = ("name", *_ASKED)
    if not isinstance(body, dict) or set(body) - {*texts, "changes"}:
        remedy = f"Write an object with {', '.join(texts)} and changes"
        raise RequestError("bad_body", "body", "not an object with these members alone", remedy)
    for name in texts:
        if not isinstance(body.get(name, "" if name in {"rule", "profile"} else None), str):
            raise RequestError("bad_value", f"/{name}", "not a text", "Write a text")
    changes = body.get("changes", {})
    if not isinstance(changes, dict) or set(changes) - set(CHANGES):
        raise RequestError("bad_value", "/changes", "not an object of changes", f"Known: {', '.join(CHANGES)}")
    for name, listed in changes.items():
        if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
            raise RequestError("bad_value", f"/changes/{name}", "not a list of texts", "Write them as in a query")
    return body | {"changes": changes}
