"""/planner/<subdistrict>/<layer>/siting: where one more site would help most, with a proof or a bound beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.wrappers import Response
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from geo.assessment import Place
from geo.catalog_model import Layer, Rule
from geo.datum_shift import DATUM_NAMES
from geo.errors import DataError, NotFoundError, Problem, RequestError
from geo.siting_place import SitingQuestion
from geo.siting_problem import MODELS
from geo.siting_report import plain
from webmap.access_control import current_staff, requires
from webmap.copy_links import COPY_MARK
from webmap.desk_plots import curve_plot
from webmap.desk_words import cautions_of
from webmap.fault_words import fault_words
from webmap.frames import frame_links
from webmap.i18n import current_language, local_text
from webmap.import_status import import_status
from webmap.import_uploads import keep_upload
from webmap.jobs import Job, ask_for, read_job
from webmap.kept_json import kept_json
from webmap.layer_data import light_answer
from webmap.parameters import Choice, read_query
from webmap.place_names import local_name, local_names
from webmap.siting_answer import (
    AMOUNTS,
    EVERY_M,
    MOST_CANDIDATES,
    MOST_P,
    MOST_P_AT_ONCE,
    kept_result,
    question_from,
    told_reason,
)
from webmap.siting_limit import count_question
from webmap.siting_upload import MOST_BYTES, Brought, CandidateFile, brought_candidates, new_upload, read_candidates
from webmap.siting_words import reason_words
from webmap.snapshot import Snapshot
from webmap.staff_desk import the_staff
from webmap.views import View, layer_choices, limit_name, read_view, snapshot, the_config, the_store

pages = Blueprint("siting", __name__)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is asked of which layer where, and the candidates that somebody brought for it."""

    place: Place
    layer: Layer
    question: SitingQuestion
    candidates: str
    brought: Brought | None

    def choices(self) -> list[tuple[str, str]]:
        """Return what an address says of it."""
        return [(name, str(value)) for name, value in self.arguments().items()]

    def arguments(self) -> dict[str, Any]:
        """Return what a job is told of it, but for layer and subdistrict; what was left open is left out."""
        asked = self.question
        told = {
            "rule": asked.rule_id,
            "profile": asked.profile_id,
            "model": asked.model,
            "p": asked.p or 1,
            "every_m": int(asked.every_m),
            "budget": asked.budget,
            "cost_each": None if asked.cost_each == 1 else asked.cost_each,
            "capacity_each": asked.capacity_each,
            "candidates": self.candidates or None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def names(self) -> dict[str, Any]:
        """Return what stands in the address of its pages."""
        return {"subdistrict": self.place.subdistrict.id, "layer": self.layer.id}


@pages.get("/planner/<subdistrict>/<layer>/siting")
def show(subdistrict: str, layer: str) -> str:
    """Show the form, and the best sites where the question is small enough to be answered at once."""
    return _page(snapshot(), subdistrict, layer)


def _page(now: Snapshot, subdistrict: str, layer: str, faults: Sequence[Problem] = ()) -> str:
    """Return the page; `faults` are those of a file of candidates that was just brought."""
    place, its_layer = _asked_place(now, subdistrict, layer)
    job = _job(request.args.get("job"), place, its_layer)
    asked = _asked(now, place, its_layer, job)
    result = job.result if job is not None else _at_once(now, asked)
    query = urlencode([*asked.choices(), ("lang", current_language()), *([("job", job.id)] if job else [])])
    staff = current_staff()
    return render_template(
        "siting.html",
        place=place,
        layer=its_layer,
        view=read_view(now.catalog, its_layer),
        asked=asked.question,
        brought=asked.brought,
        amounts={name: _written(getattr(asked.question, name)) for name in AMOUNTS},
        model=asked.question.model,
        models=_model_names(),
        every=EVERY_M,
        rule_words={rule: _rule_words(now.catalog.rules[rule]) for rule in its_layer.rules},
        most_p=MOST_P_AT_ONCE if staff is None else MOST_P,
        job=job,
        result=result,
        plot=curve_plot(result["curve"]) if result and result["curve"] else "",
        sites=[site | {"name": site_name(site)} for site in result["sites"]] if result else [],
        reasons=[reason_words(one) for one in result["explanation"]] if result else [],
        job_fault=reason_words(job.fault) if job and job.fault else "",
        faults=[fault_words(one) for one in faults],
        datums=DATUM_NAMES,
        typed=request.form,
        try_url=_try_url(asked, result),
        run_url=_address("siting.ask", asked),
        bring_url=_address("siting.bring", replace(asked, candidates="")),
        streets_url=_address("siting.show", replace(asked, candidates="")),
        may_run=staff is not None and staff.includes("planner"),
        data_url=f"{url_for('siting.map_of', **asked.names())}?{query}",
        cautions=cautions_of(now, place, its_layer.id),
        frame=frame_links(place),
        section="planner",
    )


def _address(endpoint: str, asked: _Asked) -> str:
    return f"{url_for(endpoint, **asked.names())}?{urlencode(asked.choices())}"


@pages.get("/planner/<subdistrict>/<layer>/siting/map.json")
def map_of(subdistrict: str, layer: str) -> Response:
    """Return what the map draws: the layer, and the chosen sites with their numbers."""
    now = snapshot()
    place, its_layer = _asked_place(now, subdistrict, layer)
    job = _job(request.args.get("job"), place, its_layer)
    asked = _asked(now, place, its_layer, job)
    result = job.result if job is not None else _at_once(now, asked)
    view = read_view(now.catalog, its_layer)
    shown = View(view.profile, with_samples=False, rule=view.rule)
    key = (
        "siting_json",
        place.subdistrict.id,
        *asked.choices(),
        (job.id, job.state) if job else (),
        current_language(),
        COPY_MARK in request.environ,
    )

    def drawn() -> dict[str, object]:
        return light_answer(now, place, its_layer, shown) | {"gaps": _drawn_sites(result)}

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
    asked = _asked(now, *_asked_place(now, subdistrict, layer))
    with the_store().writing() as connection:
        job_id = ask_for(connection, "siting", asked.names() | asked.arguments(), the_staff().login)
    current_app.extensions["lifecircle.jobs"]().put(job_id)
    return redirect(f"{_address('siting.show', asked)}&{urlencode({'job': job_id})}", 303)


@pages.post("/planner/<subdistrict>/<layer>/siting/candidates")
@requires("planner", max_body_bytes=MOST_BYTES + 100_000)
def bring(subdistrict: str, layer: str) -> AnyResponse:
    """Keep a file of candidates and lead to what is best among them; with every fault where it has one."""
    now = snapshot()
    place, its_layer = _asked_place(now, subdistrict, layer)
    try:
        file = _sent_file()
        read_candidates(now, place, its_layer.id, the_config().data / "base", file)
    except DataError as error:
        return Response(_page(now, subdistrict, layer, error.problems), import_status(error.problems))
    kept = keep_upload(the_config(), file.raw, new_upload(file, the_staff().login, place, its_layer.id))
    asked = _asked(now, place, its_layer)
    return redirect(_address("siting.show", replace(asked, candidates=kept.id)), 303)


def _sent_file() -> CandidateFile:
    """Return the file of a form; DataError where none was chosen."""
    sent = request.files.get("sheet")
    if sent is None or not sent.filename:
        raise DataError.single("no_file", "sheet", "no file was chosen", "Choose one")
    name = PurePath(sent.filename.replace("\\", "/")).name[:120]
    encoding = "gb18030" if request.form.get("encoding") == "gb18030" else "utf-8"
    return CandidateFile(name, sent.read(), encoding, request.form.get("datum", ""))


def site_name(site: dict[str, Any]) -> str:
    """Return a site's name: the crossing that it stands at, or its street and the nearest crossing."""
    crossing = local_names(name for name in site["crossing"] if name != "near")
    street = local_name(site["street"])
    if not crossing:
        return street or str(_("没有路名"))
    if "near" not in site["crossing"]:
        return str(_("%(streets)s路口", streets=_("、").join(crossing[:2])))
    others = [name for name in crossing if name != street]
    return str(_("%(street)s，近%(other)s", street=street or crossing[0], other=others[0]))


def _asked_place(now: Snapshot, subdistrict: str, layer: str) -> tuple[Place, Layer]:
    place, its_layer = now.place(subdistrict), now.layer(layer)
    if not its_layer.rules:
        raise RequestError("no_rule", "layer", f"{layer} has no walking limit", "Choose a layer that has one")
    if not place.has_streets:
        raise RequestError("no_streets", "subdistrict", "there is no street network yet", "Take one into use first")
    return place, its_layer


def _asked(now: Snapshot, place: Place, layer: Layer, job: Job | None = None) -> _Asked:
    """Return what the query asks; QueryError or RequestError with what does not fit.

    The candidates of a job that is done are not read again: its result tells what it found among them.
    """
    own = {
        "model": Choice(MODELS, "mclp"),
        "p": Choice(tuple(str(number) for number in range(1, MOST_P + 1)), "1"),
        "every_m": Choice(tuple(str(each) for each in EVERY_M), "50"),
        "candidates": Choice(),
    }
    amounts = {name: Choice() for name in AMOUNTS}
    given = read_query(request.args, layer_choices(now.catalog, layer) | own | amounts, ignore_unknown=True)
    numbers = {"p": int(given["p"]), "every_m": int(given["every_m"])}
    question, file = question_from(now, layer, given | numbers), given["candidates"]
    brought = None
    if file and (job is None or job.state != "done"):
        staff = current_staff()
        brought = brought_candidates(now, the_config(), file, staff.login if staff else "", (place, layer.id))
    return _Asked(place, layer, question, file, brought)


def _at_once(now: Snapshot, asked: _Asked) -> dict[str, Any] | None:
    """Return the answer to a small question, None where it is one for a job."""
    question, place, brought = asked.question, asked.place, asked.brought
    count = place.network.length_m / question.every_m if brought is None else len(brought.table.points)
    if (question.p or 0) > MOST_P_AT_ONCE or count > MOST_CANDIDATES:
        return None
    has_amounts = any(name in asked.arguments() for name in AMOUNTS)
    try:
        return kept_result(now, place, question, count_question if has_amounts else None, brought)
    except DataError as error:
        return {
            "objective": None,
            "sites": [],
            "curve": [],
            "explanation": [told_reason(one) for one in error.problems],
        }


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


def _try_url(asked: _Asked, result: dict[str, Any] | None) -> str | None:
    """Return the address of the what-if page with the chosen sites on it."""
    if not result or not result["sites"]:
        return None
    sites = [("add", f"{site['lon']:.6f},{site['lat']:.6f}") for site in result["sites"][:20]]
    choices = [("profile", asked.question.profile_id), ("rule", asked.question.rule_id)]
    return f"{url_for('what_if.show', **asked.names())}?{urlencode([*choices, *sites])}"


def _written(amount: float | None) -> str:
    """Return an amount as somebody would write it; empty where there is none."""
    return "" if amount is None else str(plain(amount))


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
