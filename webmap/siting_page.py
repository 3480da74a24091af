"""/planner/<subdistrict>/<layer>/siting: where one more site would help most, with a proof or a bound beside it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.wrappers import Response
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from geo.assessment import Place
from geo.catalog_model import Layer, Rule
from geo.errors import NotFoundError, RequestError
from geo.siting_place import SitingQuestion
from geo.siting_problem import MODELS
from webmap.access_control import current_staff, requires
from webmap.desk_plots import curve_plot
from webmap.desk_words import cautions_of
from webmap.frames import frame_links
from webmap.i18n import current_language, local_text
from webmap.jobs import Job, ask_for, read_job
from webmap.kept_json import kept_json
from webmap.layer_data import map_answer
from webmap.parameters import Choice, read_query
from webmap.siting_answer import EVERY_M, MOST_P, MOST_P_AT_ONCE, kept_result, question_from
from webmap.snapshot import Snapshot
from webmap.views import View, layer_choices, limit_name, read_view, snapshot, the_store

pages = Blueprint("siting", __name__)


@pages.get("/planner/<subdistrict>/<layer>/siting")
def show(subdistrict: str, layer: str) -> str:
    """Show the form, and the best sites where the question is small enough to be answered at once."""
    now = snapshot()
    place, its_layer = _asked_place(now, subdistrict, layer)
    view, asked = read_view(now.catalog, its_layer), _question(now, its_layer)
    job = _job(request.args.get("job"), place, its_layer)
    result = job.result if job is not None else _at_once(now, place, asked)
    names: dict[str, Any] = {"subdistrict": place.subdistrict.id, "layer": its_layer.id}
    query = urlencode([*_choices(asked), ("lang", current_language()), *([("job", job.id)] if job else [])])
    staff = current_staff()
    return render_template(
        "siting.html",
        place=place,
        layer=its_layer,
        view=view,
        asked=asked,
        model=asked.model,
        models=_model_names(),
        every=EVERY_M,
        rule_words={rule: _rule_words(now.catalog.rules[rule]) for rule in its_layer.rules},
        most_p=MOST_P_AT_ONCE if staff is None else MOST_P,
        job=job,
        result=result,
        plot=curve_plot(result["curve"]) if result else "",
        sites=[site | {"name": site_name(site)} for site in result["sites"]] if result else [],
        try_url=_try_url(names, asked, result),
        run_url=f"{url_for('siting.ask', **names)}?{urlencode(_choices(asked))}",
        may_run=staff is not None and staff.includes("planner"),
        data_url=f"{url_for('siting.map_of', **names)}?{query}",
        cautions=cautions_of(now, place, its_layer.id),
        frame=frame_links(place),
        section="planner",
    )


@pages.get("/planner/<subdistrict>/<layer>/siting/map.json")
def map_of(subdistrict: str, layer: str) -> Response:
    """Return what the map draws: the layer, and the chosen sites with their numbers."""
    now = snapshot()
    place, its_layer = _asked_place(now, subdistrict, layer)
    view, asked = read_view(now.catalog, its_layer), _question(now, its_layer)
    job = _job(request.args.get("job"), place, its_layer)
    result = job.result if job is not None else _at_once(now, place, asked)
    shown = View(view.profile, with_samples=False, rule=view.rule)
    key = (
        "siting_json",
        place.subdistrict.id,
        *_choices(asked),
        (job.id, job.state) if job else (),
        current_language(),
    )

    def drawn() -> dict[str, object]:
        return map_answer(now, place, its_layer, shown) | {"gaps": _drawn_sites(result)}

    return kept_json(now, its_layer.id, key, drawn)


def _drawn_sites(result: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the chosen sites as the map draws them."""
    return [
        {
            "letter": str(number),
            "lon": site["lon"],
            "lat": site["lat"],
            "area": [],
            "title": f"{number} {site_name(site)}",
            "lines": [],
        }
        for number, site in enumerate(result["sites"] if result else [], start=1)
    ]


@pages.post("/planner/<subdistrict>/<layer>/siting")
@requires("planner")
def ask(subdistrict: str, layer: str) -> AnyResponse:
    """Ask for a longer computation as a job, and lead to where it can be followed."""
    now = snapshot()
    place, its_layer = _asked_place(now, subdistrict, layer)
    asked = _question(now, its_layer)
    staff = current_staff()
    arguments = {"subdistrict": place.subdistrict.id, "layer": its_layer.id} | dict(_arguments(asked))
    with the_store().writing() as connection:
        job_id = ask_for(connection, "siting", arguments, staff.login if staff else "")
    current_app.extensions["lifecircle.jobs"]().put(job_id)
    names: dict[str, Any] = {"subdistrict": place.subdistrict.id, "layer": its_layer.id}
    return redirect(f"{url_for('siting.show', **names)}?{urlencode([*_choices(asked), ('job', job_id)])}", 303)


def site_name(site: dict[str, Any]) -> str:
    """Return a site's name: the crossing that it stands at, or its street and the nearest crossing."""
    crossing = [name for name in site["crossing"] if name != "near"]
    if not crossing:
        return str(site["street"] or _("没有路名"))
    if "near" not in site["crossing"]:
        return str(_("%(streets)s路口", streets=_("、").join(crossing[:2])))
    others = [name for name in crossing if name != site["street"]]
    return str(_("%(street)s，近%(other)s", street=site["street"] or crossing[0], other=others[0]))


def _asked_place(now: Snapshot, subdistrict: str, layer: str) -> tuple[Place, Layer]:
    place, its_layer = now.place(subdistrict), now.layer(layer)
    if not its_layer.rules:
        raise RequestError("no_rule", "layer", f"{layer} has no walking limit", "Choose a layer that has one")
    if not place.has_streets:
        raise RequestError("no_streets", "subdistrict", "there is no street network yet", "Take one into use first")
    return place, its_layer


def _question(now: Snapshot, layer: Layer) -> SitingQuestion:
    """Return what the query asks; QueryError or RequestError with what does not fit."""
    own = {
        "model": Choice(MODELS, "mclp"),
        "p": Choice(tuple(str(number) for number in range(1, MOST_P + 1)), "1"),
        "every_m": Choice(tuple(str(each) for each in EVERY_M), "50"),
    }
    given = read_query(request.args, layer_choices(now.catalog, layer) | own, ignore_unknown=True)
    numbers = {"p": int(given["p"]), "every_m": int(given["every_m"])}
    return question_from(now, layer, given | numbers)


def _at_once(now: Snapshot, place: Place, asked: SitingQuestion) -> dict[str, Any] | None:
    """Return the answer to a small question, None where it is one for a job."""
    if (asked.p or 0) > MOST_P_AT_ONCE or place.network.length_m / asked.every_m > 3000:
        return None
    return kept_result(now, place, asked)


def _arguments(asked: SitingQuestion) -> list[tuple[str, Any]]:
    told = [("rule", asked.rule_id), ("profile", asked.profile_id), ("model", asked.model)]
    return [*told, ("p", asked.p or 1), ("every_m", int(asked.every_m))]


def _choices(asked: SitingQuestion) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in _arguments(asked)]


def _job(job_id: str | None, place: Place, layer: Layer) -> Job | None:
    """Return the siting job that the query names: for its own planner, of this layer."""
    if not job_id:
        return None
    with the_store().reading() as connection:
        job = read_job(connection, job_id)
    staff = current_staff()
    is_theirs = staff is not None and (job.who == staff.login or staff.includes("administrator"))
    if not is_theirs or job.kind != "siting" or job.arguments.get("layer") != layer.id:
        raise NotFoundError("unknown_job", "job", "there is no such job of yours", "Ask for the computation again")
    if job.arguments.get("subdistrict") != place.subdistrict.id:
        raise NotFoundError("unknown_job", "job", "the job is of another subdistrict", "Ask for the computation again")
    return job


def _try_url(names: dict[str, Any], asked: SitingQuestion, result: dict[str, Any] | None) -> str | None:
    """Return the address of the what-if page with the chosen sites on it."""
    if not result or not result["sites"]:
        return None
    sites = [("add", f"{site['lon']:.6f},{site['lat']:.6f}") for site in result["sites"][:20]]
    choices = [("profile", asked.profile_id), ("rule", asked.rule_id)]
    return f"{url_for('what_if.show', **names)}?{urlencode([*choices, *sites])}"


def _rule_words(rule: Rule) -> str:
    return f"{limit_name(rule)} · {local_text(rule.short_document)}"


def _model_names() -> dict[str, str]:
    """Return what each model is for."""
    return {
        "mclp": _("建 p 处，让最多的人走得到"),
        "lscp": _("最少建几处，人人都走得到"),
        "p-median": _("建 p 处，让大家一共走得最少"),
        "p-center": _("建 p 处，让最远的人走得最近"),
    }
