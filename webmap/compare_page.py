"""/compare: the subdistricts side by side, in shares and never in people: one counts persons, the other households."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template

from geo.catalog_model import Layer
from webmap.rows import Row, layer_row
from webmap.views import read_view, snapshot

pages = Blueprint("compare", __name__)


@dataclass(frozen=True, slots=True)
class Beside:
    """One layer in every subdistrict."""

    layer: Layer
    rows: tuple[Row, ...]


@pages.get("/compare")
def show() -> str:
    """Show every layer that has a rule in every subdistrict."""
    now = snapshot()
    view = read_view(now.catalog)
    places = list(now.places.values())
    lines = []
    for layer in now.catalog.layers.values():
        rows = tuple(layer_row(now, place, layer, view.profile, with_samples=False) for place in places)
        if rows and rows[0].headline is not None:
            lines.append(Beside(layer, rows))
    lines.sort(key=lambda line: -sum(row.headline is not None and row.headline.honest is not None for row in line.rows))
    return render_template("compare.html", places=places, view=view, lines=lines, section="planner")
