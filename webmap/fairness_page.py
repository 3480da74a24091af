"""/planner/<subdistrict>/<layer>/fairness: how a layer's walk is shared, and how sure its figure is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from geo.assessment import Place, Question
from geo.catalog_model import Layer
from geo.errors import RequestError
from geo.supply import Supply, assess_supply
from geo.uncertainty import Band
from webmap.access_control import current_staff, requires
from webmap.committee_map import committee_map
from webmap.desk_band import band_at_once, band_of, is_quick
from webmap.desk_fairness import fairness_of
from webmap.desk_plots import band_plot, lorenz_plot
from webmap.desk_words import cautions_of
from webmap.i18n import current_language
from webmap.jobs import Job, ask_for, jobs_of
from webmap.parameters import read_query
from webmap.snapshot import Snapshot
from webmap.staff_desk import the_staff
from webmap.views import View, layer_choices, read_view, share, snapshot, the_store

pages = Blueprint("fairness", __name__)


@pages.get("/planner/<subdistrict>/<layer>/fairness")
def show(subdistrict: str, layer: str) -> str:
    """Show a layer's fairness and the band of its figure."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = read_view(now.catalog, its_layer)
    question = _question(its_layer, view)
    fair = fairness_of(now, place, question)
    job = None if is_quick(now, place, its_layer.id) else _last_job(place, question)
    band = band_of(now, place, question) if fair and (is_quick(now, place, its_layer.id) or _is_done(job)) else None
    staff = current_staff()
    return render_template(
        "fairness.html",
        place=place,
        layer=its_layer,
        view=view,
        fair=fair,
        outlines="" if fair is None else committee_map(place, fair),
        lorenz="" if fair is None or fair.walk is None else lorenz_plot(fair.walk.people, fair.walk.held),
        band=band,
        band_svg=_band_svg(band),
        names=_names(now, place, its_layer),
        supply=_supply(now, place, question),
        job=job,
        may_run=staff is not None and staff.includes("planner"),
        cautions=cautions_of(now, place, its_layer.id),
        section="planner",
    )


@pages.get("/planner/<subdistrict>/<layer>/band.json")
def band_data(subdistrict: str, layer: str) -> Response:
    """Return the range of a figure, in people and in words; null where it takes a job or there is no figure."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    read_query(request.args, layer_choices(now.catalog, its_layer))
    question = _question(its_layer, read_view(now.catalog, its_layer))
    found = band_at_once(now, place, question)
    if found is None:
        return jsonify({"low_people": None, "high_people": None, "words": None})
    low, high = found.share_of(found.low_people), found.share_of(found.high_people)
    words = _("范围 %(low)s—%(high)s", low=share(low), high=share(high))
    return jsonify({"low_people": found.low_people, "high_people": found.high_people, "words": words})


@pages.post("/planner/<subdistrict>/<layer>/fairness")
@requires("planner")
def ask(subdistrict: str, layer: str) -> AnyResponse:
    """Ask for the band of a figure whose locations are too many to be moved while somebody waits."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    question = _question(its_layer, read_view(now.catalog, its_layer))
    names: dict[str, Any] = {"subdistrict": place.subdistrict.id, "layer": its_layer.id}
    asked: dict[str, Any] = {"rule": question.rule_id, "profile": question.profile_id}
    with the_store().writing() as connection:
        job_id = ask_for(connection, "uncertainty", names | asked, the_staff().login)
    current_app.extensions["lifecircle.jobs"]().put(job_id)
    return redirect(url_for("fairness.show", **names, **asked), 303)


def _question(layer: Layer, view: View) -> Question:
    if view.rule is None:
        raise RequestError("no_rule", "layer", f"{layer.id} has no walking limit", "Choose a layer that has one")
    return Question(layer.id, view.rule.id, view.profile.id)


def _supply(now: Snapshot, place: Place, question: Question) -> Supply:
    key = ("supply", place.subdistrict.id, question)
    return now.answer(question.layer_id, key, lambda: assess_supply(place, now.catalog, question))


def _band_svg(band: Band | None) -> str:
    if band is None or band.total_people <= 0:
        return ""
    return band_plot(*(people / band.total_people for people in (band.low_people, band.people, band.high_people)))


def _names(now: Snapshot, place: Place, layer: Layer) -> dict[str, str]:
    """Return the names of a layer's facilities by id, in the request's language where there is one."""
    frame = now.assessment(place, layer.id).facilities
    english = current_language() == "en" and "name_en" in frame
    told = {str(name): str(row["name"]) for name, row in frame.iterrows()}
    if english:
        told |= {str(name): text for name, text in frame["name_en"].items() if isinstance(text, str) and text}
    return told


def _last_job(place: Place, question: Question) -> Job | None:
    """Return the visitor's newest job about this band, None where there is none."""
    staff = current_staff()
    if staff is None or request.method != "GET":
        return None
    mine = {"subdistrict": place.subdistrict.id, "layer": question.layer_id, "rule": question.rule_id}
    with the_store().reading() as connection:
        found = [job for job in jobs_of(connection, staff.login) if job.kind == "uncertainty"]
    asked = mine | {"profile": question.profile_id}
    return next((job for job in found if job.arguments == asked), None)


def _is_done(job: Job | None) -> bool:
    return job is not None and job.state == "done"
