"""/wrong/<layer>/<feature>: somebody says what is wrong with a facility; no account, no name, no cookie."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geo.catalog_model import Layer
from geo.errors import NotFoundError
from geo.layer_checks import Facility
from webmap.access_control import client_address, open_to_all
from webmap.feature_faults import InvalidFeatureError
from webmap.staff_form import Fault
from webmap.staff_words import form_fault, wrong_name
from webmap.views import snapshot, the_store
from webmap.wrong_reports import KINDS, MAX_WORDS, add_report, checked_report

pages = Blueprint("wrong", __name__)


@pages.get("/wrong/<layer>/<feature>")
def ask(layer: str, feature: str) -> str:
    """Show the form, or thanks once it was sent."""
    its_layer, facility = _facility(layer, feature)
    return _page(its_layer, facility, {}, is_done=request.args.get("done") == "1")


@pages.post("/wrong/<layer>/<feature>")
@open_to_all("whoever lives there knows best, and needs no account to say so")
def tell(layer: str, feature: str) -> AnyResponse:
    """Keep a report; where it cannot be kept, what was written stays in the form."""
    its_layer, facility = _facility(layer, feature)
    try:
        told = checked_report(request.form.get("kind", ""), request.form.get("words", ""))
    except InvalidFeatureError as error:
        faults = {problem.where: Fault(*form_fault(problem), problem.code) for problem in error.problems}
        return Response(_page(its_layer, facility, faults), 422)
    with the_store().writing() as connection:
        wait_s = add_report(connection, (its_layer.id, facility.id), told, client_address())
    if wait_s:
        page = _page(its_layer, facility, {}, wait_min=-(-wait_s // 60))
        return Response(page, 429, headers={"Retry-After": str(wait_s)})
    return redirect(url_for("wrong.ask", layer=its_layer.id, feature=facility.id, done=1), 303)


def _facility(layer: str, feature: str) -> tuple[Layer, Facility]:
    """Return layer and facility; NotFoundError where readers see none."""
    now = snapshot()
    its_layer = now.layer(layer)
    facility = now.live.facilities[its_layer.id].get(feature)
    if facility is None:
        raise NotFoundError("unknown_feature", "feature", f"{its_layer.id} has no such feature", "Look at the list")
    return its_layer, facility


def _page(
    layer: Layer, facility: Facility, faults: dict[str, Fault], *, is_done: bool = False, wait_min: int = 0
) -> str:
    """Return the page."""
    return render_template(
        "wrong.html",
        layer=layer,
        facility=facility,
        place=snapshot().place(str(facility.properties["subdistrict"])),
        kinds=[(kind, wrong_name(kind)) for kind in KINDS],
        typed=request.form,
        faults=faults,
        is_done=is_done,
        wait_min=wait_min,
        most=MAX_WORDS,
        section="find",
    )
