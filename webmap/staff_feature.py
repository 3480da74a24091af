"""/staff/feature/<layer>/<feature>: the form of one feature; saving it, alone or together with what others changed."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geo.catalog_model import Layer
from geo.errors import NotFoundError, Problem, RequestError
from geo.strict_json import examine_json
from webmap.access_control import requires
from webmap.conflict_page import conflict_page
from webmap.feature_edits import (
    Desk,
    Manner,
    checked_body,
    create_feature,
    require_head,
    require_scope,
    strongest_state,
)
from webmap.feature_faults import DeletedFeatureError, InvalidFeatureError
from webmap.feature_page import Written, candidates_for, feature_page, new_page, placed
from webmap.fresh_ids import fresh_id
from webmap.merged_edits import ClashError, MergedSave, Side, Wish, save_merged
from webmap.revisions import Feature, Head, State, feature_revisions
from webmap.staff_desk import the_desk
from webmap.staff_form import previewed, read_form, typed_of
from webmap.views import snapshot

pages = Blueprint("staff_feature", __name__)
_MAX_REVISION_FIGURES = 9


@pages.get("/staff/feature/<layer>/<feature>")
@requires("viewer")
def show(layer: str, feature: str) -> str:
    """Show a feature in its form."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    return feature_page(desk, its_layer, _head(desk, its_layer, feature))


@pages.post("/staff/feature/<layer>/<feature>")
@requires("editor")
def save(layer: str, feature: str) -> AnyResponse:
    """Do what the pressed button says: look for a place, take one, or save."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    head = _head(desk, its_layer, feature)
    typed, made_from = request.form.to_dict(), _number("made_from")
    searched = _searched(typed, its_layer, made_from)
    if searched is not None:
        return Response(feature_page(desk, its_layer, head, searched))
    raw, problems = read_form(typed, its_layer, head.feature, _body_of(desk, head, made_from))
    try:
        _require_good(desk, its_layer, raw, problems)
        return _done(its_layer, save_merged(desk, its_layer, Wish(raw, made_from, {}), _manner(desk)))
    except InvalidFeatureError as error:
        written = Written(typed, made_from, error.problems)
        return Response(feature_page(desk, its_layer, head, written), 422)
    except ClashError as clash:
        return Response(conflict_page(desk, its_layer, clash, typed.get("why", ""), typed.get("action", "")), 409)
    except DeletedFeatureError as deleted:
        note = {"deleted_meanwhile": True}
        return Response(feature_page(desk, its_layer, deleted.head, Written(typed, made_from, notes=note)), 410)


@pages.post("/staff/feature/<layer>/<feature>/merge")
@requires("editor")
def merge(layer: str, feature: str) -> AnyResponse:
    """Save what somebody has decided where two had changed the same; or go back to the form with what they wrote."""
    desk, its_layer = the_desk(), snapshot().layer(layer)
    head = _head(desk, its_layer, feature)
    mine, made_from = _mine(head), _number("made_from")
    if request.form.get("way") == "back":
        typed = typed_of(mine, "") | {"why": request.form.get("why", "")}
        return Response(feature_page(desk, its_layer, head, Written(typed, made_from)))
    try:
        wish = Wish(mine, made_from, _choices(), _number("seen"))
        return _done(its_layer, save_merged(desk, its_layer, wish, _manner(desk, confirmed=True)))
    except ClashError as clash:
        why, action = request.form.get("why", ""), request.form.get("action", "")
        return Response(conflict_page(desk, its_layer, clash, why, action), 409)
    except DeletedFeatureError as deleted:
        typed = typed_of(mine, "") | {"why": request.form.get("why", "")}
        written = Written(typed, made_from, notes={"deleted_meanwhile": True})
        return Response(feature_page(desk, its_layer, deleted.head, written), 410)


@pages.get("/staff/<subdistrict>/<layer>/new")
@requires("editor")
def begin(subdistrict: str, layer: str) -> str:
    """Show the empty form of a new feature."""
    desk, now = the_desk(), snapshot()
    its_layer = now.layer(layer)
    require_scope(desk.staff, its_layer, now.subdistrict(subdistrict).id)
    return new_page(desk, its_layer, subdistrict)


@pages.post("/staff/<subdistrict>/<layer>/new")
@requires("editor")
def create(subdistrict: str, layer: str) -> AnyResponse:
    """Make a feature of what the form says."""
    desk, now = the_desk(), snapshot()
    its_layer, slug = now.layer(layer), now.subdistrict(subdistrict).id
    typed = request.form.to_dict()
    searched = _searched(typed, its_layer, None)
    if searched is not None:
        return Response(new_page(desk, its_layer, slug, searched))
    raw, problems = read_form(typed, its_layer, fresh_id(), None)
    try:
        _require_good(desk, its_layer, raw, problems)
        return _done(its_layer, MergedSave(create_feature(desk, its_layer, raw, _manner(desk)), ()))
    except InvalidFeatureError as error:
        return Response(new_page(desk, its_layer, slug, Written(typed, None, error.problems)), 422)


def _searched(typed: dict[str, str], layer: Layer, made_from: int | None) -> Written | None:
    """Return the form with candidates, with the place of the chosen one, or with a shape as it would be; else None.

    The Enter key looks for what stands in the field for places, and never saves.
    """
    action = typed.get("action")
    if action == "enter" and not typed.get("where", "").strip():
        return Written(typed, made_from)
    if action == "preview":
        shown, problems = previewed(typed, layer)
        return Written(shown, made_from, problems)
    if action not in ("find", "place", "enter"):
        return None
    candidates = candidates_for(typed.get("where", ""))
    chosen = [one for one in candidates if one.label == typed.get("candidate")]
    if action == "place" and chosen:
        return Written(placed(typed, chosen[0]), made_from, notes={"placed": chosen[0]})
    return Written(typed, made_from, candidates=candidates)


def _require_good(desk: Desk, layer: Layer, raw: object, problems: tuple[Problem, ...]) -> None:
    """Raise InvalidFeatureError with everything that is wrong with a form, its place and the rest together."""
    found: tuple[Problem, ...] = ()
    try:
        checked_body(desk, layer, raw, confirmed=_manner(desk).confirmed)
    except InvalidFeatureError as error:
        found = error.problems
    about_place = any(problem.where == "/geometry" for problem in problems)
    others = [one for one in found if not (about_place and one.where.startswith("/geometry"))]
    if problems or others:
        raise InvalidFeatureError([*problems, *others])


def _done(layer: Layer, kept: MergedSave) -> AnyResponse:
    """Lead to the feature as it is now; the address says what was saved, and what it went together with."""
    one = kept.saved.revision
    query = {"saved": one.revision} | ({"together": ",".join(kept.theirs)} if kept.theirs else {})
    return redirect(url_for("staff_feature.show", layer=layer.id, feature=one.feature, **query), 303)  # type: ignore[arg-type]


def _manner(desk: Desk, *, confirmed: bool = False) -> Manner:
    """Return how the pressed button saves."""
    states: dict[str, State] = {"draft": "draft", "review": "review", "publish": "published"}
    state = states.get(request.form.get("action", ""), strongest_state(desk.staff))
    sure = confirmed or request.form.get("confirm") == "outside_subdistrict"
    return Manner(state, request.form.get("why", ""), "form", sure)


def _head(desk: Desk, layer: Layer, feature: str) -> Head:
    with desk.store.reading() as connection:
        return require_head(connection, layer.id, feature)


def _body_of(desk: Desk, head: Head, revision: int) -> Feature | None:
    """Return a feature as it was in a revision."""
    if revision == head.revision:
        return head.body
    with desk.store.reading() as connection:
        history = feature_revisions(connection, head.layer, head.feature)
    found = [one for one in history if one.revision == revision]
    if not found:
        raise NotFoundError("unknown_revision", "made_from", f"there is no revision {revision}", "Open the form again")
    return found[0].after


def _number(name: str) -> int:
    """Return the revision that a hidden field names."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_REVISION_FIGURES):
        raise RequestError("bad_value", name, "not the number of a revision", "Open the form again")
    return int(text)


def _mine(head: Head) -> Feature:
    """Return what somebody wrote before the conflict, as it travelled in the page; it is checked again when saved."""
    raw = examine_json(request.form.get("mine", "").encode("utf-8", "surrogatepass"), "mine").value
    if not isinstance(raw, dict) or raw.get("id") != head.feature or not isinstance(raw.get("properties"), dict):
        raise RequestError("bad_value", "mine", "not a feature", "Open the form again")
    return raw


def _choices() -> dict[str, Side]:
    """Return what was chosen for each part that clashes."""
    chosen = {name.removeprefix("choice-"): value for name, value in request.form.items() if name.startswith("choice-")}
    return {name: cast("Side", side) for name, side in chosen.items() if side in ("mine", "theirs")}
