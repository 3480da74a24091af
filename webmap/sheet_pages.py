"""/sheet/<subdistrict>: resource maps to print, one of every compound, committee and subdistrict, of today's data."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request, url_for

from geo.errors import NotFoundError
from geo.evacuation import evacuation
from geo.place import Place
from geo.resource_sheet import Origin, ResourceSheet, resource_sheet, sheet_origins
from webmap.i18n import current_language
from webmap.parameters import read_query
from webmap.responses import unless_known
from webmap.sheets import (
    SHEET_PROFILE,
    Edition,
    evacuation_sheet_data,
    not_drawn_words,
    origin_name,
    resource_map,
    resource_sheet_data,
    walk_words,
)
from webmap.snapshot import ALL_LAYERS
from webmap.typeset import typeset
from webmap.views import page_choices, snapshot, the_config

pages = Blueprint("sheets", __name__)
PDF, SVG = "application/pdf", "image/svg+xml"


@pages.get("/sheet/<subdistrict>")
def index(subdistrict: str) -> str:
    """List every sheet of a subdistrict."""
    place = _place(subdistrict)
    kinds: dict[str, list[Origin]] = {}
    for origin in _origins(place):
        kinds.setdefault(origin.kind, []).append(origin)
    return render_template("sheets.html", place=place, kinds=kinds, name_of=_name_of, section="sheets")


@pages.get("/sheet/<subdistrict>/<origin_id>")
def show(subdistrict: str, origin_id: str) -> str:
    """Show the content of one sheet as a page: what the code on the paper leads to."""
    place = _place(subdistrict)
    origin = _origin(place, origin_id)
    sheet = _sheet(place, origin)
    catalog, language = snapshot().catalog, current_language()
    return render_template(
        "sheet.html",
        place=place,
        origin=origin,
        title=origin_name(origin, language),
        sheet=sheet,
        profile=catalog.profiles[SHEET_PROFILE],
        walks=[walk_words(row, catalog, language) for row in sheet.rows],
        not_drawn=not_drawn_words(sheet, language),
        section="sheets",
    )


@pages.get("/sheet/<subdistrict>/<origin_id>.pdf")
def as_pdf(subdistrict: str, origin_id: str) -> Response:
    """Return one sheet to print, A4."""
    place = _place(subdistrict)
    origin = _origin(place, origin_id)

    def made() -> Response:
        edition = _edition()
        sheet, drawn = _sheet(place, origin), _map(place, origin)
        data = resource_sheet_data(place, snapshot().catalog, sheet, edition, drawn)
        return Response(typeset("resource_sheet.typ", data, edition.printed), mimetype=PDF)

    return unless_known(place.data_version, made)


@pages.get("/sheet/<subdistrict>/<origin_id>.svg")
def as_map(subdistrict: str, origin_id: str) -> Response:
    """Return the map of one sheet as a picture."""
    place = _place(subdistrict)
    origin = _origin(place, origin_id)

    return unless_known(place.data_version, lambda: Response(_map(place, origin), mimetype=SVG))


@pages.get("/sheet/<subdistrict>/<origin_id>/evacuation.pdf")
def evacuation_pdf(subdistrict: str, origin_id: str) -> Response:
    """Return the evacuation sheet of a compound or committee, A4."""
    place = _place(subdistrict)
    origin = _origin(place, origin_id)
    if origin.lon is None or origin.lat is None:
        raise NotFoundError("no_start", "sheet", "a whole subdistrict has no evacuation sheet", "Ask for a compound's")
    edition = _edition()
    found = evacuation(place, origin.name, origin.lon, origin.lat)
    data = evacuation_sheet_data(place, origin, found, edition)
    return Response(typeset("evacuation_sheet.typ", data, edition.printed), mimetype=PDF)


def _place(subdistrict: str) -> Place:
    now = snapshot()
    read_query(request.args, page_choices(now.catalog), ignore_unknown=True)
    return now.place(subdistrict)


def _origins(place: Place) -> tuple[Origin, ...]:
    key = ("origins", place.subdistrict.id)
    return snapshot().answer("compounds", key, lambda: sheet_origins(place))


def _origin(place: Place, origin_id: str) -> Origin:
    """Return the starting point of that id; NotFoundError where the subdistrict has none."""
    found = next((origin for origin in _origins(place) if origin.id == origin_id), None)
    if found is None:
        remedy = f"See {url_for('sheets.index', subdistrict=place.subdistrict.id)}"
        raise NotFoundError("unknown_sheet", "sheet", "this subdistrict has no such sheet", remedy)
    return found


def _sheet(place: Place, origin: Origin) -> ResourceSheet:
    """Return a sheet's content, worked out once for the page, its map and what is printed."""
    now = snapshot()
    layers, profile = now.catalog.layers, now.catalog.profiles[SHEET_PROFILE]
    key = ("sheet", place.subdistrict.id, origin.id)
    return now.answer(ALL_LAYERS, key, lambda: resource_sheet(place, layers, origin, profile))


def _map(place: Place, origin: Origin) -> str:
    """Return a sheet's map as SVG, drawn once for the screen and what is printed."""
    key, language = ("sheet_map", place.subdistrict.id, origin.id, current_language()), current_language()
    return snapshot().answer(ALL_LAYERS, key, lambda: resource_map(place, _sheet(place, origin), language))


def _edition() -> Edition:
    """Return this printing: the code leads to where the service is said to be, else to where it was asked."""
    config = the_config()
    return Edition(current_language(), datetime.now(UTC), config.public_url or request.host_url)


def _name_of(origin: Origin) -> str:
    return origin_name(origin, current_language())
