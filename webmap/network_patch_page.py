"""/staff/network/<subdistrict>/patch: draw a path that is missing, close one that is not there, seen before taken."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import DataError, Problem, RequestError
from geo.street_patches import Patch
from geo.text_checks import hidden_character_problems
from webmap.access_control import requires
from webmap.errors import problems_of
from webmap.frames import frame_links
from webmap.fresh_ids import fresh_id
from webmap.i18n import current_language
from webmap.network_taking import Proposal, patch_wish, propose_patch, take_network
from webmap.parameters import QueryError
from webmap.positions import read_line
from webmap.revisions import Authorship
from webmap.staff_desk import the_staff
from webmap.taking import Wish
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("network_patches", __name__)
_FIELDS = ("kind", "line", "name", "why", "remove")


@pages.get("/staff/network/<subdistrict>/patch")
@requires("administrator")
def show(subdistrict: str) -> AnyResponse:
    """Show the map to draw on, and what a patch that was drawn would change."""
    typed = _typed(request.args)
    snapshot().place(subdistrict)
    if not (typed["line"] or typed["remove"]):
        return _page(subdistrict, typed, None, [])
    try:
        return _page(subdistrict, typed, _proposed(subdistrict, typed)[0], [])
    except (DataError, RequestError, QueryError) as error:
        return _page(subdistrict, typed, None, problems_of(error), 422)


@pages.post("/staff/network/<subdistrict>/patch")
@requires("administrator")
def take(subdistrict: str) -> AnyResponse:
    """Take a patch as it was shown; it needs a reason, and where something else has changed it is shown again."""
    typed = _typed(request.form)
    try:
        proposal, wish = _proposed(subdistrict, typed)
    except (DataError, RequestError, QueryError) as error:
        return _page(subdistrict, typed, None, problems_of(error), 422)
    if not typed["why"]:
        problem = Problem("no_reason", "why", "nobody has said why", "Say how you know: who walked there, and when")
        return _page(subdistrict, typed, proposal, [problem], 422)
    if proposal.network.content_hash != request.form.get("hash"):
        remedy = "Look at what it changes once more, then take it"
        problem = Problem("network_changed", "network", "it is not the network that was shown", remedy)
        return _page(subdistrict, typed, proposal, [problem], 409)
    take_network(
        the_config(), the_store(), proposal, Authorship(the_staff().login, f"patch: {typed['why']}", "form"), (wish,)
    )
    return redirect(url_for("network_admin.show", subdistrict=subdistrict), 303)


def _typed(given: Mapping[str, str]) -> dict[str, str]:
    """Return what somebody has typed, shortened to what can be meant."""
    return {name: given.get(name, "").strip()[: 4000 if name == "line" else 200] for name in _FIELDS}


def _proposed(subdistrict: str, typed: Mapping[str, str]) -> tuple[Proposal, Wish]:
    """Return what a patch would change, and the patch.

    Raises:
        LifecircleError: its line cannot be read, meets no street, or is no patch at all.
    """
    now = snapshot()
    if typed["remove"]:
        wish = Wish("@patches", typed["remove"], None)
        body = now.documents.patches.get(typed["remove"])
        if body is None or body["subdistrict"] != subdistrict:
            raise RequestError("unknown_patch", "remove", "there is no such patch", "Choose one of the list")
        return propose_patch(the_config(), now, subdistrict, wish), wish
    if typed["kind"] not in ("add", "close"):
        raise RequestError("unknown_kind", "kind", f"{typed['kind'][:20]!r} is no kind of patch", "Use add or close")
    hidden = [problem for name in ("name", "why") for problem in hidden_character_problems(typed[name], name)]
    if hidden:
        raise DataError(hidden)
    patch = Patch(fresh_id(), "add" if typed["kind"] == "add" else "close", read_line(typed["line"]), typed["name"])
    wish = patch_wish(now, subdistrict, patch, (the_staff().login, typed["why"]))
    return propose_patch(the_config(), now, subdistrict, wish), wish


def _page(
    subdistrict: str, typed: dict[str, str], proposal: Proposal | None, problems: list[Problem], status: int = 200
) -> AnyResponse:
    """Return the page with what was typed."""
    now = snapshot()
    place = now.place(subdistrict)
    text = render_template(
        "staff_patch.html",
        place=place,
        typed=typed,
        proposal=proposal,
        problems=problems,
        layers=now.catalog.layers,
        patches={name: one for name, one in now.documents.patches.items() if one["subdistrict"] == subdistrict},
        frame=frame_links(place),
        data_url=url_for("network.data", subdistrict=subdistrict, lang=current_language()),
        staff_section="network",
    )
    return current_app.make_response((text, status))
