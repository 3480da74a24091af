"""/staff/layers/new: a layer of one's own by a form, which writes the TOML that `lifecircle layer add` reads."""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from geo.catalog_model import Certainty, Family, PropertyKind
from geo.errors import DataError, Problem, RequestError
from geo.layer_file import LayerFile, read_layer_file
from webmap.access_control import requires
from webmap.errors import problems_of
from webmap.fault_places import told_by_file
from webmap.revisions import Authorship, ConflictError
from webmap.staff_desk import the_staff
from webmap.taking import Wish, check_documents, documents_with, take_documents
from webmap.toml_text import toml_text
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("layer_writing", __name__)
PROPERTY_ROWS = 4


@pages.get("/staff/layers/new")
@requires("administrator")
def show() -> AnyResponse:
    """Show the empty form."""
    return _page(MultiDict({"geometries": "Point"}), "", [])


@pages.post("/staff/layers/new")
@requires("administrator")
def write() -> AnyResponse:
    """Write the TOML of what was typed and say what is wrong with it; with `take`, take the TOML as it stands."""
    form = request.form
    text = form.get("text", "").replace("\r\n", "\n") if "take" in form else toml_text(layer_table(form))
    layer_id = form.get("id", "").strip()
    try:
        wishes = _wishes(layer_id, read_layer_file(text.encode(), "layer.toml", layer_id))
        with told_by_file("layer.toml", wishes):
            check_documents(the_config(), documents_with(snapshot().documents, wishes))
            if "take" not in form:
                return _page(form, text, [])
            why = form.get("why", "").strip()[:200] or "layer written on the page"
            take_documents(the_config(), the_store(), wishes, Authorship(the_staff().login, why, "form"))
    except (DataError, RequestError, ConflictError) as error:
        return _page(form, text, problems_of(error), 422)
    return redirect(url_for("network_admin.edit", kind="layers", name=layer_id), 303)


def layer_table(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the table of a layer as `geo.layer_file` reads it; what was left empty is left out."""
    table: dict[str, Any] = {"name": _local(form, "name")}
    if form.get("question_zh", "").strip():
        table["question"] = _local(form, "question")
    table |= {"family": form.get("family", ""), "glyph": _text(form, "glyph")}
    table |= {"geometries": form.getlist("geometries") or ["Point"]}
    properties = {name: row for number in range(PROPERTY_ROWS) for name, row in _property(form, number).items()}
    uses = [rule for rule in form.getlist("uses") if rule]
    rule = _rule(form)
    table |= {"properties": properties} if properties else {}
    table |= {"uses" if rule else "rules": uses} if uses else {}
    table |= {"rules": {_text(form, "rule_id"): rule}} if rule else {}
    indicator = _indicator(form)
    return table | ({"indicators": {_text(form, "indicator_id"): indicator}} if indicator else {})


def _property(form: MultiDict[str, str], number: int) -> dict[str, dict[str, Any]]:
    """Return a row of the schema by its name, nothing where it was left empty."""
    name = _text(form, f"property_{number}")
    if not name:
        return {}
    row: dict[str, Any] = {"kind": form.get(f"property_{number}_kind", "text")}
    choices = _texts(form, f"property_{number}_choices")
    row |= {"choices": choices} if choices else {}
    row |= {"required": True} if form.get(f"property_{number}_required") else {}
    return {name: row | {"label": _local(form, f"property_{number}")}}


def _rule(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return a new rule, nothing where it was left empty."""
    if not _text(form, "rule_id"):
        return {}
    limit = _text(form, "limit")
    number: Any = float(limit) if limit.replace(".", "", 1).isascii() and limit.replace(".", "", 1).isdigit() else limit
    unit = "limit_min" if form.get("limit_unit") == "min" else "limit_m"
    document = _local(form, "document")
    told = {"document": document, "short_document": document, "certainty": form.get("certainty", "")}
    return {unit: int(number) if isinstance(number, float) and number.is_integer() else number, **told}


def _indicator(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what of reports counts for the layer, nothing where it was left empty."""
    if not _text(form, "indicator_id"):
        return {}
    words, units = _texts(form, "indicator_words"), _texts(form, "indicator_units")
    return {"name": _local(form, "name"), "words": words, "units": units}


def _text(form: MultiDict[str, str], name: str) -> str:
    return form.get(name, "").strip()[:200]


def _texts(form: MultiDict[str, str], name: str) -> list[str]:
    """Return the words of a field, parted by commas of either kind or the Chinese pause."""
    return [word.strip() for word in _text(form, name).replace("，", ",").replace("、", ",").split(",") if word.strip()]


def _local(form: MultiDict[str, str], name: str) -> dict[str, str]:
    return {"zh": _text(form, f"{name}_zh"), "en": _text(form, f"{name}_en")}


def _wishes(layer_id: str, found: LayerFile) -> list[Wish]:
    """Return what a layer's file comes to; RequestError where there is a layer of that id already."""
    if layer_id in snapshot().catalog.layers:
        remedy = "Choose another id, or change it under rules and indicators"
        raise RequestError("layer_exists", "id", f"there is a layer {layer_id!r} already", remedy)
    return [
        Wish("@layers", layer_id, found.layer),
        *(Wish("@rules", name, table) for name, table in found.rules.items()),
        *(Wish("@indicators", name, table) for name, table in found.indicators.items()),
    ]


def _page(form: MultiDict[str, str], text: str, problems: list[Problem], status: int = 200) -> AnyResponse:
    page = render_template(
        "staff_layer_new.html",
        form=form,
        text=text,
        problems=problems,
        rules=snapshot().catalog.rules,
        families=get_args(Family),
        kinds=get_args(PropertyKind),
        certainties=get_args(Certainty),
        property_rows=range(PROPERTY_ROWS),
        staff_section="rules",
    )
    return current_app.make_response((page, status))
