"""/staff: what waits for somebody, and the ways to every layer's table."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template

from webmap import account_words, staff_words
from webmap.access_control import current_staff, requires
from webmap.fault_words import fault_words
from webmap.feature_page import work_context
from webmap.import_origin import own_reason
from webmap.revisions import read_heads
from webmap.staff_desk import the_desk
from webmap.staff_quality import OPEN_QUESTIONS, findings_in, layer_findings
from webmap.views import snapshot, the_config

pages = Blueprint("staff_work", __name__)
_WORDS = (
    "work_kind_name",
    "work_reason",
    "wrong_name",
    "state_name",
    "source_name",
    "part_name",
    "part_value",
    "status_choice",
    "metres_apart",
    "together_words",
)


@pages.record_once
def _give_words(state: object) -> None:
    """Give the templates the words for editing."""
    app: Flask = state.app  # type: ignore[attr-defined]
    app.jinja_env.globals |= {name: getattr(staff_words, name) for name in _WORDS}
    app.jinja_env.globals |= {name: getattr(account_words, name) for name in ("operation_name", "person_name")}
    app.jinja_env.globals |= {"check_count": _check_count, "problem_words": fault_words}
    app.jinja_env.filters |= {
        "shanghai": account_words.shanghai_time,
        "shanghai_day": staff_words.shanghai_day,
        "reason": own_reason,
    }


@pages.get("/staff")
@requires("viewer")
def index() -> str:
    """Show the work list, and every layer with how many facilities it has."""
    desk = the_desk()
    with desk.store.reading() as connection:
        heads = {layer: read_heads(connection, layer) for layer in desk.catalog.layers}
    sizes = {
        (layer, subdistrict): sum(
            head.body is not None and head.body["properties"]["subdistrict"] == subdistrict for head in found.values()
        )
        for layer, found in heads.items()
        for subdistrict in desk.catalog.subdistricts
    }
    return render_template("staff_work.html", sizes=sizes, section="staff", staff_section="work", **work_context(desk))


@pages.get("/staff/<subdistrict>/checks")
@requires("viewer")
def checks(subdistrict: str) -> str:
    """Show what the checks of a subdistrict's layers find."""
    now, desk = snapshot(), the_desk()
    place = now.place(subdistrict)
    config = the_config()
    found = {layer.id: layer_findings(now, config, layer) for layer in desk.catalog.layers.values()}
    names = {
        layer: {name: str(one.properties["name"]) for name, one in facilities.items()}
        for layer, facilities in now.live.facilities.items()
    }
    return render_template(
        "staff_checks.html",
        place=place,
        findings=findings_in(found, subdistrict),
        layers=desk.catalog.layers,
        names=names,
        open_questions=OPEN_QUESTIONS,
        section="staff",
        staff_section="checks",
    )


def _check_count(layer: str, subdistrict: str) -> int:
    """Return how many things look wrong in a layer of a subdistrict, for people with an account; others see none."""
    if current_staff() is None:
        return 0
    now = snapshot()
    config = the_config()
    found = findings_in({layer: layer_findings(now, config, now.layer(layer))}, subdistrict).get(layer, [])
    return sum(one.kind not in OPEN_QUESTIONS for one in found)
