"""/planner/<subdistrict>: one row a layer, and beside it who cannot walk to the selected one."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from webmap.frames import frame_links
from webmap.gap_list import asked_of, gap_rows
from webmap.layer_data import basis_coverage, map_url
from webmap.parameters import Choice, read_query
from webmap.rows import Row, sample_layers, table_rows
from webmap.views import View, read_view, snapshot

pages = Blueprint("planner", __name__)


@pages.get("/planner/<subdistrict>")
def show(subdistrict: str) -> str:
    """Show the table of a subdistrict's layers."""
    now = snapshot()
    place = now.place(subdistrict)
    view = read_view(now.catalog)
    rows = table_rows(now, place, view.profile, with_samples=view.with_samples)
    selected = _selected(rows)
    its_view = View(view.profile, view.with_samples, selected.headline.rule if selected.headline else None)
    basis = basis_coverage(now, place, selected.assessment, its_view)
    layer_id = selected.layer.id
    return render_template(
        "planner.html",
        place=place,
        view=view,
        rows=[row for row in rows if not row.is_folded],
        folded=[row for row in rows if row.is_folded],
        samples=sample_layers(rows),
        selected=selected,
        basis=basis,
        gaps=[] if basis is None else gap_rows(now, place, asked_of(layer_id, basis)),
        frame=frame_links(place),
        data_url=map_url("layers.data", (subdistrict, layer_id), its_view),
        section="planner",
    )


def _selected(rows: list[Row]) -> Row:
    """Return the row that `?layer=` names, otherwise the first."""
    ids = tuple(row.layer.id for row in rows)
    asked = read_query(request.args, {"layer": Choice(ids, ids[0])}, ignore_unknown=True)["layer"]
    return next(row for row in rows if row.layer.id == asked)
