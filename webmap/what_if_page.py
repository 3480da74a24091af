"""/planner/<subdistrict>/<layer>/what-if: change facilities and streets, and see who is covered then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from geo.assessment import Place
from geo.catalog_model import Layer
from geo.errors import RequestError
from geo.place import positions_lonlat
from geo.what_if import Scenario, Today, WhatIf, planned_scenario
from webmap.access_control import current_staff
from webmap.desk_words import cautions_of
from webmap.frames import frame_links
from webmap.i18n import current_language
from webmap.kept_json import kept_json
from webmap.layer_data import ground_answer
from webmap.maps import MOST_POINTS
from webmap.parameters import QueryError, read_query
from webmap.responses import unless_known
from webmap.scenario_link import CHANGES, read_scenario, scenario_query
from webmap.scenarios import Saved, saved_of
from webmap.snapshot import Snapshot
from webmap.views import View, layer_choices, read_view, snapshot, the_store
from webmap.what_if_answer import changed_by, changed_streets, figure_words, json_answer, question_of, today_of

pages = Blueprint("what_if", __name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks: the place, the layer under a rule, and what stands there today."""

    now: Snapshot
    place: Place
    layer: Layer
    view: View
    today: Today


@pages.get("/planner/<subdistrict>/<layer>/what-if")
def show(subdistrict: str, layer: str) -> str:
    """Show a scenario beside today; without JavaScript by a form."""
    asked = _asked(subdistrict, layer)
    return what_if_view(asked, read_scenario(request.args), None)


@pages.get("/planner/<subdistrict>/<layer>/what-if.json")
def data(subdistrict: str, layer: str) -> Response:
    """Return what a scenario changes, as fast as somebody drags."""
    now = snapshot()
    read_query(_without_changes(request.args), layer_choices(now.catalog, now.layer(layer)))
    asked = _asked(subdistrict, layer)
    return jsonify(json_answer(asked.place, changed_by(asked.today, read_scenario(request.args))))


@pages.get("/planner/<subdistrict>/<layer>/what-if/map.json")
def map_of(subdistrict: str, layer: str) -> Response:
    """Return what the map draws once: streets, demand points, and the facilities that can be moved."""
    asked = _asked(subdistrict, layer)
    key = ("what_if_json", asked.place.subdistrict.id, *_ids(asked.view), current_language())
    return unless_known(
        asked.place.data_version, lambda: kept_json(asked.now, asked.layer.id, key, lambda: _drawn(asked))
    )


def _ids(view: View) -> tuple[str, str]:
    return view.profile.id, view.rule.id if view.rule else ""


def _drawn(asked: Asked) -> dict[str, Any]:
    """Return the streets, the facilities that can be moved, and the demand points unless there are a city's."""
    drawn: dict[str, Any] = ground_answer(asked.now, asked.place, asked.layer, asked.view)
    points: list[list[float]] = []
    if len(asked.place.demand) <= MOST_POINTS:
        spots = positions_lonlat(asked.place.demand).round(6)
        points = [[*spot, weight] for spot, weight in zip(spots.tolist(), asked.place.weights.tolist(), strict=True)]
    texts = {"new": _("新点 {number}"), "moved": _("{name}，已移动"), "closed": _("{name}，已关")}
    words = drawn["texts"] | texts
    return drawn | {"facilities": [], "points": points, "standing": _standing(asked), "texts": words}


def ask(now: Snapshot, subdistrict: str, layer_id: str, view: View) -> Asked:
    """Return what is asked of a layer; RequestError where it has no walking limit or the place no streets."""
    place, layer = now.place(subdistrict), now.layer(layer_id)
    question = question_of(layer, view)
    if question is None:
        raise RequestError("no_rule", "layer", f"{layer.id} has no walking limit", "Choose a layer that has one")
    if not place.has_streets:
        raise RequestError("no_streets", "subdistrict", "there is no street network yet", "Take one into use first")
    return Asked(now, place, layer, view, today_of(now, place, question))


def what_if_view(asked: Asked, scenario: Scenario, saved: Saved | None) -> str:
    """Return the page of a scenario; `saved` where it is one that somebody has kept, to be read and not changed."""
    found = changed_by(asked.today, scenario)
    names: dict[str, Any] = {"subdistrict": asked.place.subdistrict.id, "layer": asked.layer.id}
    choices = [("profile", asked.view.profile.id), ("rule", asked.view.rule.id if asked.view.rule else "")]
    query = urlencode([*choices, *scenario_query(scenario)])
    staff = current_staff()
    plan, without_position = planned_scenario(asked.place, asked.layer.id)
    return render_template(
        "what_if.html",
        place=asked.place,
        layer=asked.layer,
        view=asked.view,
        found=found,
        figures=figure_words(asked.place, found),
        streets=changed_streets(asked.place, found),
        facilities=_listed(asked, scenario, found),
        scenario=scenario,
        changes=scenario_query(scenario),
        saved=saved,
        own=[] if staff is None else _own(staff.login, names),
        may_save=staff is not None and staff.includes("planner"),
        plan_url=_plan_url(names, choices, plan),
        plan=plan,
        without_position=without_position,
        stated=asked.now.assessment(asked.place, asked.layer.id).stated,
        query=query,
        own_url=f"{url_for('what_if.show', **names)}?{query}",
        json_url=f"{url_for('what_if.data', **names)}?{urlencode(choices)}&lang={current_language()}",
        data_url=f"{url_for('what_if.map_of', **names)}?{urlencode(choices)}&lang={current_language()}",
        cautions=cautions_of(asked.now, asked.place, asked.layer.id),
        draws_points=len(asked.place.demand) <= MOST_POINTS,
        frame=frame_links(asked.place),
        section="planner",
    )


def _asked(subdistrict: str, layer: str) -> Asked:
    now = snapshot()
    now.place(subdistrict)
    return ask(now, subdistrict, layer, read_view(now.catalog, now.layer(layer)))


def _without_changes(query: MultiDict[str, str]) -> MultiDict[str, str]:
    return MultiDict([(name, value) for name, value in query.items(multi=True) if name not in CHANGES])


def _plan_url(names: dict[str, Any], choices: list[tuple[str, str]], plan: Scenario) -> str | None:
    """Return the address of the scenario in which everything planned is built, None where nothing has a position."""
    if not plan.added:
        return None
    try:
        query = urlencode([*choices, *scenario_query(plan)])
        read_scenario(MultiDict(scenario_query(plan)))
    except QueryError:
        return None
    return f"{url_for('what_if.show', **names)}?{query}"


def _own(login: str, names: dict[str, Any]) -> list[Saved]:
    with the_store().reading() as connection:
        return saved_of(connection, names["subdistrict"], names["layer"], login)


def _standing(asked: Asked) -> list[dict[str, Any]]:
    """Return the facilities that count today, with where they stand."""
    frame = asked.today.asked.facilities
    if frame.empty:
        return []
    spots = positions_lonlat(frame).round(6).tolist()
    english = current_language() == "en"
    told = []
    for (name, row), (lon, lat) in zip(frame.iterrows(), spots, strict=True):
        shown = row.get("name_en") if english and isinstance(row.get("name_en"), str) else row["name"]
        told.append({"id": str(name), "name": shown, "status": row["location_status"], "lon": lon, "lat": lat})
    return told


def _listed(asked: Asked, scenario: Scenario, found: WhatIf) -> list[dict[str, Any]]:
    """Return the list beside the map: every facility, and what the scenario does with it."""
    moved = {each.id: each for each in scenario.moved}
    rows = []
    for one in _standing(asked):
        change = "closed" if one["id"] in scenario.closed else "moved" if one["id"] in moved else ""
        spot = moved.get(one["id"])
        at = (spot.lon, spot.lat) if spot else (one["lon"], one["lat"])
        rows.append(one | {"change": change, "lon": at[0], "lat": at[1], "off": one["id"] in found.off_network})
    for number, each in enumerate(scenario.added, start=1):
        name = _("新点 %(number)d", number=number)
        row = {"id": each.id, "name": name, "status": "new", "lon": each.lon, "lat": each.lat, "change": "added"}
        rows.append(row | {"off": each.id in found.off_network})
    return rows
