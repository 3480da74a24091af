"""What is decided about a feature: its history, publishing, sending back, taking away, restoring, undoing, reports."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geo.catalog_model import Layer
from geo.errors import Problem, RequestError
from webmap.access_control import requires
from webmap.feature_edits import (
    Desk,
    Manner,
    Saved,
    delete_feature,
    publish_feature,
    reject_feature,
    require_head,
    require_scope,
    restore_feature,
    undo_revision,
)
from webmap.feature_faults import DeletedFeatureError, InvalidFeatureError
from webmap.feature_page import Written, differences, feature_page
from webmap.import_origin import split_reason
from webmap.revisions import ConflictError, feature_revisions
from webmap.staff_desk import staff_names, the_desk
from webmap.staff_form import typed_of
from webmap.views import snapshot
from webmap.wrong_reports import reports_of, settle_report

pages = Blueprint("staff_decisions", __name__)
_Decision = Callable[[Desk, Layer, str, int, Manner], Saved]


@pages.get("/staff/feature/<layer>/<feature>/history")
@requires("viewer")
def history(layer: str, feature: str) -> str:
    """Show every revision of a feature: who, when, why, what changed, and the way back to each."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    with desk.store.reading() as connection:
        head = require_head(connection, its_layer.id, feature)
        revisions = feature_revisions(connection, its_layer.id, feature)
        names = staff_names(connection)
        reports = reports_of(connection, its_layer.id, feature)
    told = next((one for revision in revisions for one in (revision.after, revision.before) if one is not None), None)
    subdistrict = str(told["properties"]["subdistrict"]) if told else ""
    return render_template(
        "staff_history.html",
        layer=its_layer,
        head=head,
        name=told["properties"]["name"] if told else feature,
        revisions=[(one, *split_reason(one), differences(its_layer, one.before, one.after)) for one in revisions],
        names=names,
        reports=[one for one in reports if one.settled is not None],
        may_edit=desk.staff.may_edit(its_layer.id, subdistrict),
        section="staff",
        staff_section="work",
    )


@pages.post("/staff/feature/<layer>/<feature>/publish")
@requires("reviewer")
def publish(layer: str, feature: str) -> AnyResponse:
    """Publish what waits."""
    return _decided(layer, feature, publish_feature)


@pages.post("/staff/feature/<layer>/<feature>/reject")
@requires("reviewer")
def reject(layer: str, feature: str) -> AnyResponse:
    """Send back what waits, with a reason."""
    return _decided(layer, feature, reject_feature)


@pages.post("/staff/feature/<layer>/<feature>/delete")
@requires("editor")
def delete(layer: str, feature: str) -> AnyResponse:
    """Take a feature away, with a reason."""
    return _decided(layer, feature, delete_feature, needs_why=True)


@pages.post("/staff/feature/<layer>/<feature>/undo")
@requires("editor")
def undo(layer: str, feature: str) -> AnyResponse:
    """Take back the newest revision."""
    return _decided(layer, feature, undo_revision)


@pages.post("/staff/feature/<layer>/<feature>/restore")
@requires("editor")
def restore(layer: str, feature: str) -> AnyResponse:
    """Make an earlier revision the newest again."""
    return _decided(layer, feature, restore_feature)


@pages.post("/staff/feature/<layer>/<feature>/settle")
@requires("editor")
def settle(layer: str, feature: str) -> AnyResponse:
    """Note how a resident's report was dealt with."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    with desk.store.reading() as connection:
        head = require_head(connection, its_layer.id, feature)
    body = head.body or head.published_body
    if body is not None:
        require_scope(desk.staff, its_layer, str(body["properties"]["subdistrict"]))
    try:
        with desk.store.writing() as connection:
            settle_report(connection, request.form.get("report", ""), desk.staff.login, request.form.get("why", ""))
    except InvalidFeatureError as error:
        written = Written(typed_of(head.body, ""), head.revision, notes={"settle_faults": error.problems})
        return Response(feature_page(desk, its_layer, head, written), 422)
    return redirect(url_for("staff_feature.show", layer=its_layer.id, feature=feature, settled=1), 303)


def _decided(layer: str, feature: str, decide: _Decision, *, needs_why: bool = False) -> AnyResponse:
    """Carry out a decision about the revision that the page showed; where another stands, show that."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    why = request.form.get("why", "")
    try:
        _require_why(why, needed=needs_why)
        saved = decide(desk, its_layer, feature, _revision(), Manner(None, why, "form", confirmed=True))
    except (ConflictError, DeletedFeatureError, InvalidFeatureError) as error:
        with desk.store.reading() as connection:
            head = require_head(connection, its_layer.id, feature)
        faults = error.problems if isinstance(error, InvalidFeatureError) else ()
        notes = {"decision_faults": faults, "moved_on": not faults, "decision": request.endpoint, "why": why}
        page = feature_page(desk, its_layer, head, Written(typed_of(head.body, ""), head.revision, notes=notes))
        return Response(page, 422 if faults else 409)
    one = saved.revision
    return redirect(url_for("staff_feature.show", layer=its_layer.id, feature=feature, saved=one.revision), 303)


def _require_why(why: str, *, needed: bool) -> None:
    if needed and not why.strip():
        raise InvalidFeatureError([Problem("missing_reason", "/why", "there is no reason", "Say why")])


def _revision() -> int:
    """Return the revision that the form names."""
    text = request.form.get("revision", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise RequestError("bad_value", "revision", "not the number of a revision", "Open the page again")
    return int(text)
