"""/scenarios: what planners have kept by name; read by whoever has the link, changed by its owner alone."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import RequestError
from geo.what_if import WhatIf
from webmap.access_control import current_staff, requires
from webmap.parameters import Choice, read_query
from webmap.place_names import local_name
from webmap.scenario_link import CHANGES, read_scenario, scenario_query
from webmap.scenarios import Saved, delete_saved, read_saved, save_scenario
from webmap.snapshot import Snapshot
from webmap.staff_desk import the_staff
from webmap.views import View, read_view, snapshot, the_store
from webmap.what_if_answer import changed_by, changed_streets, figure_words, json_answer
from webmap.what_if_page import Asked, ask, what_if_view

pages = Blueprint("scenarios", __name__)
_TOLD = ("id", "name", "subdistrict", "layer", "rule", "profile", "saved_at")


@pages.post("/planner/<subdistrict>/<layer>/what-if")
@requires("planner")
def save(subdistrict: str, layer: str) -> AnyResponse:
    """Keep a scenario under a name; the query holds what it changes."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = read_view(now.catalog, its_layer)
    scenario = read_scenario(request.args)
    asked = ask(now, place.subdistrict.id, its_layer.id, view)
    changed_by(asked.today, scenario)
    kept = {
        "subdistrict": place.subdistrict.id,
        "layer": its_layer.id,
        "rule": view.rule.id if view.rule else "",
        "profile": view.profile.id,
        "changes": urlencode(scenario_query(scenario)),
    }
    with the_store().writing() as connection:
        saved = save_scenario(connection, the_staff().login, request.form.get("name", ""), kept)
    return redirect(url_for("scenarios.show", scenario=saved), 303)


@pages.get("/scenarios/<scenario>")
def show(scenario: str) -> str:
    """Show a kept scenario beside today, to be read and not changed."""
    saved = _saved(scenario)
    asked = _asked(snapshot(), saved)
    return what_if_view(asked, read_scenario(_changes(saved)), saved)


@pages.get("/scenarios/<scenario>.json")
def export(scenario: str) -> Response:
    """Return a kept scenario with its figures as JSON."""
    read_query(request.args, {"lang": Choice()})
    saved = _saved(scenario)
    asked = _asked(snapshot(), saved)
    given = _changes(saved)
    told = {name: getattr(saved, name) for name in _TOLD}
    told["changes"] = {name: given.getlist(name) for name in CHANGES if given.getlist(name)}
    told["demand"] = asked.place.basis.kind
    response = jsonify(told | {"answer": json_answer(asked.place, changed_by(asked.today, read_scenario(given)))})
    response.headers["Content-Disposition"] = f'attachment; filename="scenario-{saved.id}.json"'
    return response


@pages.get("/scenarios/<scenario>/compare/<other>")
def compare(scenario: str, other: str) -> str:
    """Show two kept scenarios of one layer beside today and each other."""
    now = snapshot()
    both = [_saved(scenario), _saved(other)]
    questions = {(one.subdistrict, one.layer, one.rule, one.profile) for one in both}
    if len(questions) > 1:
        found = "the two are of different layers, rules or profiles"
        raise RequestError("not_comparable", "other", found, "Compare scenarios of one layer under one rule")
    asked = _asked(now, both[0])
    found_both = [changed_by(asked.today, read_scenario(_changes(one))) for one in both]
    return render_template(
        "scenario_compare.html",
        place=asked.place,
        layer=asked.layer,
        view=asked.view,
        both=both,
        figures=[figure_words(asked.place, one) for one in found_both],
        streets=_beside(asked, found_both),
        section="planner",
    )


@pages.post("/scenarios/<scenario>/delete")
@requires("planner")
def delete(scenario: str) -> AnyResponse:
    """Delete a scenario of one's own."""
    staff = current_staff()
    if staff is None:
        raise RuntimeError("the guard lets nobody in")
    with the_store().writing() as connection:
        saved = delete_saved(connection, scenario, staff)
    return redirect(url_for("what_if.show", subdistrict=saved.subdistrict, layer=saved.layer), 303)


def _saved(scenario_id: str) -> Saved:
    with the_store().reading() as connection:
        return read_saved(connection, scenario_id)


def _changes(saved: Saved) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(saved.changes))


def _asked(now: Snapshot, saved: Saved) -> Asked:
    """Return what a kept scenario asks; RequestError where its rule or profile is gone since."""
    rule, profile = now.catalog.rules.get(saved.rule), now.catalog.profiles.get(saved.profile)
    if rule is None or profile is None or saved.rule not in now.layer(saved.layer).rules:
        found = f"the rule {saved.rule} or the profile {saved.profile} is gone since"
        raise RequestError("rule_gone", "scenario", found, "Make the scenario again under a rule of today")
    return ask(now, saved.subdistrict, saved.layer, View(profile, with_samples=False, rule=rule))


def _beside(asked: Asked, found: list[WhatIf]) -> list[dict[str, object]]:
    """Return the streets that change in either, with the difference in people of each scenario."""
    changes = [{each.street: each.won - each.lost for each in changed_streets(asked.place, one)} for one in found]
    names = dict.fromkeys([*changes[0], *changes[1]])
    return [
        {
            "street": local_name(name) or _("没有路名"),
            "first": changes[0].get(name, 0.0),
            "second": changes[1].get(name, 0.0),
        }
        for name in names
    ]
