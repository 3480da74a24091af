"""/map/<subdistrict>/<layer>: one layer on its map, the same content as a list, and both as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from geo.assessment import LayerAssessment, LayerCoverage, Place
from webmap.basis_words import has_lanes, people_notes
from webmap.copy_links import COPY_MARK
from webmap.frames import frame_links
from webmap.gap_list import asked_of, gap_rows
from webmap.i18n import current_language
from webmap.kept_json import kept_json
from webmap.layer_data import basis_coverage, legend_bands, light_answer, listed_facilities, map_url
from webmap.responses import unless_known
from webmap.rows import Row, layer_row, street_needs
from webmap.views import View, read_view, snapshot, thousands, unit_name

pages = Blueprint("layers", __name__)
_CSV_FACILITY = ("kind", "id", "name", "location_status", "accuracy_m", "address", "source")
_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


@pages.get("/map/<subdistrict>/<layer>")
def show(subdistrict: str, layer: str) -> str:
    """Show a layer's map, its figures and its list."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = read_view(now.catalog, its_layer)
    row = layer_row(now, place, its_layer, view.profile, with_samples=view.with_samples)
    figures = [figure for figure in (row.headline, *row.others) if figure is not None]
    chosen = next((figure for figure in figures if figure.rule == view.rule), None)
    basis = basis_coverage(now, place, row.assessment, view)
    return render_template(
        "layer.html",
        place=place,
        row=row,
        view=view,
        figures=figures,
        chosen=chosen,
        basis=basis,
        reach_ratio=now.reach_ratios(place, asked_of(layer, basis)) if basis else {},
        gaps=gap_rows(now, place, asked_of(layer, basis)) if basis else [],
        needs=street_needs(basis, place) if basis else [],
        facilities=listed_facilities(row.assessment, with_samples=view.with_samples),
        shown_places=row.assessment.located + row.beside_report + (row.assessment.sample if view.with_samples else 0),
        legend=legend_bands(basis.limit_m) if basis else [],
        cautions=_cautions(row, place, basis),
        frame=frame_links(place),
        data_url=map_url("layers.data", (subdistrict, layer), view),
        csv_url=map_url("layers.table", (subdistrict, layer), view),
        section="planner",
    )


@pages.get("/map/<subdistrict>/<layer>/data.json")
def data(subdistrict: str, layer: str) -> Response:
    """Return what the map's scripts draw."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = read_view(now.catalog, its_layer)
    rule_id = view.rule.id if view.rule else ""
    is_copy = COPY_MARK in request.environ
    key = ("map_json", place.subdistrict.id, rule_id, view.profile.id, view.with_samples, current_language(), is_copy)

    def told() -> Response:
        return kept_json(now, its_layer.id, key, lambda: light_answer(now, place, its_layer, view))

    return unless_known(place.data_version, told)


@pages.get("/map/<subdistrict>/<layer>/list.csv")
def table(subdistrict: str, layer: str) -> Response:
    """Return the list under the map as CSV (UTF-8 with a mark, so that spreadsheets read the Chinese)."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = read_view(now.catalog, its_layer)
    assessment = now.assessment(place, its_layer.id)
    basis = basis_coverage(now, place, assessment, view)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(_csv_rows(assessment, basis, place, view))
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    version = f"-{place.network_version[:8]}" if place.network_version else ""
    name = f"{place.subdistrict.id}-{its_layer.id}{version}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _cautions(row: Row, place: Place, basis: LayerCoverage | None) -> list[tuple[str, str]]:
    """Return what the visitor must know beside the figures: a heading and a sentence each."""
    population = place.subdistrict.population
    cautions = [
        (_("人口是模拟的") if place.basis.kind == "modelled" else _("人口数从哪来"), " ".join(people_notes(place)))
    ]
    if not has_lanes(place):
        cautions.append((_("弄堂和小区路不在里面"), _("只有街道，没有弄堂和小区路，实际可能更近。")))
    if not place.has_streets:
        text = _("管理员用 lifecircle network use 装上街道网之前，这里只有位置，没有距离。")
        return [(_("还没有街道网"), text), cautions[0]]
    accuracy_m = place.network.way_accuracy_m
    rough = accuracy_m[accuracy_m > 20]
    if len(rough):
        text = _("街道线是估出来的，误差 %(low)g—%(high)g m。", low=rough.min(), high=rough.max())
        cautions.insert(0, (_("街道位置只是大概"), text))
    if row.assessment.counts.get("approximate"):
        cautions.insert(0, _rough_positions(row.assessment))
    if basis is not None and basis.edge_of_data.points:
        edge = basis.edge_of_data
        text = _(
            "%(points)d 个需求点离街道数据的边缘不到一个上限，其中 %(uncovered)d 个（%(count)s %(unit)s）算作走不到："
            "外面如果有更近的路或设施，这里看不到。",
            points=edge.points,
            uncovered=edge.uncovered_points,
            count=thousands(edge.uncovered_weight),
            unit=unit_name(population.unit),
        )
        cautions.insert(0, (_("靠近数据的边缘"), text))
    return cautions


def _rough_positions(assessment: LayerAssessment) -> tuple[str, str]:
    """Return the caution that some positions are approximate, with how far they may be off."""
    facilities = assessment.facilities
    off_m = facilities.loc[facilities["location_status"] == "approximate", "accuracy_m"].astype(float)
    text = _(
        "%(count)d 处的位置只是大概，误差 %(low)g—%(high)g m，数字会有出入。",
        count=len(off_m),
        low=off_m.min(),
        high=off_m.max(),
    )
    return _("位置只是大概"), text


def _csv_rows(
    assessment: LayerAssessment, basis: LayerCoverage | None, place: Place, view: View
) -> Iterable[list[object]]:
    """Return the rows of the CSV file: facilities first, then the uncovered people of each street."""
    yield [*_CSV_FACILITY, place.subdistrict.population.unit, "points", "median_m", "over_m"]
    for facility in listed_facilities(assessment, with_samples=view.with_samples):
        cells = [facility.get(column) for column in _CSV_FACILITY[1:]]
        yield ["facility", *(csv_cell(cell) for cell in cells), "", "", "", ""]
    for need in street_needs(basis, place) if basis else []:
        figures = [round(need.weight, 1), need.points, _rounded(need.median_m), _rounded(need.over_m)]
        kind = "uncovered_by_samples" if basis is not None and basis.with_samples else "uncovered"
        yield [kind, "", csv_cell(need.street), "", "", "", "", *figures]


def csv_cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if value is None or value != value:  # noqa: PLR0124 - NaN alone is not itself
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def _rounded(length_m: float | None) -> float | str:
    """Return a length in whole metres, empty where there is none."""
    return "" if length_m is None else round(length_m)
