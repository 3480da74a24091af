"""/planner/<subdistrict>/services: what every home has within reach of all services together, and what it misses."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from geo.assessment import Place
from geo.errors import RequestError
from geo.place import positions_lonlat
from geo.supply import Scores
from webmap.basis_words import has_lanes, people_notes
from webmap.frames import frame_links
from webmap.i18n import current_language, local_text
from webmap.kept_json import kept_json
from webmap.layer_data import ground_answer
from webmap.parameters import Choice, read_query
from webmap.services_answer import class_of, scores_of, service_layers, service_lines, street_scores
from webmap.snapshot import ALL_LAYERS, Snapshot
from webmap.views import View, read_view, share, snapshot, thousands, unit_name

pages = Blueprint("services", __name__)
_WEIGHTS = tuple(str(number) for number in range(11))
_MARK = "weight-"


@pages.get("/planner/<subdistrict>/services")
def show(subdistrict: str) -> str:
    """Show the score by home, the services it is made of, and the streets that miss most."""
    now = snapshot()
    place, view, weights = _asked(now, subdistrict)
    scores = _scores(now, place, view, weights)
    query = [(f"{_MARK}{name}", f"{weight:g}") for name, weight in weights.items() if weight != 1]
    told = urlencode([("profile", view.profile.id), ("lang", current_language()), *query])
    lines = service_lines(now, place, view.profile, scores)
    return render_template(
        "services.html",
        place=place,
        view=view,
        scores=scores,
        lines=[replace(line, weight=weights[line.layer.id]) for line in lines],
        names={layer.id: local_text(layer.name) for layer in service_layers(now)},
        streets=street_scores(place, scores),
        own_weights=dict(query),
        mark=_MARK,
        data_url=f"{url_for('services.map_of', subdistrict=place.subdistrict.id)}?{told}",
        cautions=_cautions(now, place, scores),
        frame=frame_links(place),
        section="planner",
    )


@pages.get("/planner/<subdistrict>/services/map.json")
def map_of(subdistrict: str) -> Response:
    """Return what the map draws: every home with its score and what it misses, missing services first."""
    now = snapshot()
    place, view, weights = _asked(now, subdistrict)
    scores = _scores(now, place, view, weights)
    key = ("services_json", place.subdistrict.id, view.profile.id, *sorted(weights.items()), current_language())
    return kept_json(now, ALL_LAYERS, key, lambda: _drawn(now, place, view, scores))


def _drawn(now: Snapshot, place: Place, view: View, scores: Scores) -> dict[str, object]:
    """Return the ground of the map with every home on it."""
    names = {layer.id: local_text(layer.name) for layer in service_layers(now)}
    unit = unit_name(place.subdistrict.population.unit)
    spots = positions_lonlat(place.demand).round(6).tolist()
    homes = [
        {
            "lon": lon,
            "lat": lat,
            "weight": people,
            "level": class_of(score),
            "title": _("得分 %(score)s，%(people)s %(unit)s", score=share(score), people=thousands(people), unit=unit),
            "lines": [_("缺：%(names)s", names=_("、").join(names[each] for each in missing))]
            if missing
            else [_("什么都不缺")],
        }
        for (lon, lat), score, missing, people in zip(
            spots, scores.homes["score"], scores.homes["missing"], scores.homes["people"], strict=True
        )
    ]
    ground = ground_answer(now, place, service_layers(now)[0], View(view.profile, with_samples=False, rule=None))
    return ground | {"facilities": [], "homes": homes}


def _asked(now: Snapshot, subdistrict: str) -> tuple[Place, View, dict[str, float]]:
    """Return the place, the walking profile and the weight of each layer: 1 where the query says nothing."""
    place = now.place(subdistrict)
    layers = service_layers(now)
    if not place.has_streets or not layers:
        raise RequestError("no_streets", "subdistrict", "there is no street network yet", "Take one into use first")
    choices = {f"{_MARK}{layer.id}": Choice(_WEIGHTS, "1") for layer in layers}
    given = read_query(request.args, choices, ignore_unknown=True)
    weights = {layer.id: float(given[f"{_MARK}{layer.id}"]) for layer in layers}
    return place, read_view(now.catalog), weights


def _scores(now: Snapshot, place: Place, view: View, weights: dict[str, float]) -> Scores:
    """Return the scores; RequestError where every service that has a position is left out."""
    scores = scores_of(now, place, view.profile, weights)
    if scores.weights and not any(scores.weights.values()):
        raise RequestError("no_weight", "weight", "every weight is 0", "Give one service a weight at least")
    return scores


def _cautions(now: Snapshot, place: Place, scores: Scores) -> list[str]:
    """Return what a reader must know of a score: people, lanes, and how well the places are known."""
    told = [_("人口是按街道长度模拟的，不是普查。")] if place.basis.kind == "modelled" else people_notes(place)
    if not has_lanes(place):
        told.append(_("弄堂和小区路不在里面，实际可能更近。"))
    rough = sum(now.assessment(place, layer).counts["approximate"] for layer in scores.weights)
    if rough:
        told.append(_("%(count)d 处设施的位置只是大概。", count=rough))
    return [*told, _("示例位置不算在里面。")]
