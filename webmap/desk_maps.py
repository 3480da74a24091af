"""Drawings of the planner's report as SVG: a layer's map in bands of walking distance, and shares as bars."""

from __future__ import annotations

from html import escape

import numpy as np
import shapely
from flask_babel import gettext as _
from shapely.geometry.base import BaseGeometry

from geo.assessment import BandPart, Place, Question
from geo.place import HEADLINE_STATUSES, positions_lonlat
from geo.service_area import to_metres
from webmap.i18n import current_language
from webmap.print_labels import text_width
from webmap.print_map import FONT, INK, PrintScene, Symbol, draw_map, fitted_view, named_streets
from webmap.snapshot import Snapshot

MAP_PX = (700.0, 470.0)
_BAR_PX = (700.0, 26.0)
_BANDS = 5


def layer_map(now: Snapshot, place: Place, question: Question, family: str) -> str:
    """Return the map of a layer: streets in five bands cut at the limit, facilities numbered as in the list."""
    parts = now.bands(place, question)
    outline = to_metres(place.network, place.outline)
    frame = place.facilities(question.layer_id)
    located = frame[frame["location_status"].isin(HEADLINE_STATUSES) & frame.geometry.notna()]
    symbols = [
        Symbol(number, _metres(place, lon, lat), family, status == "approximate")
        for number, ((lon, lat), status) in enumerate(
            zip(positions_lonlat(located), located["location_status"], strict=True), start=1
        )
    ]
    scene = PrintScene(
        view=fitted_view(shapely.get_coordinates(outline), *MAP_PX),
        outline=outline,
        bands=[_band(place, parts, band) for band in range(1, _BANDS + 1)],
        streets=named_streets(place.network, place.names_en if current_language() == "en" else {}),
        symbols=symbols,
        start=None,
        north=_("北"),
    )
    return draw_map(scene, *MAP_PX)


def share_bars(shares: list[tuple[str, float | None]]) -> str:
    """Return shares as horizontal bars with their names and figures; no share gives a dash and no bar."""
    width, step = _BAR_PX
    names = max((text_width(name, 12) for name, _share in shares), default=0) + 12
    room = width - names - 60
    lines = []
    for number, (name, value) in enumerate(shares):
        y = number * step
        bar = 0.0 if value is None else room * value
        said = "—" if value is None else f"{100 * value:.1f}%"
        lines.append(
            f'<text x="0" y="{y + 17:g}" font-size="12" fill="{INK}">{escape(name)}</text>'
            f'<rect x="{names:.1f}" y="{y + 6:g}" width="{room:.1f}" height="14" fill="#E9EDEE"/>'
            f'<rect x="{names:.1f}" y="{y + 6:g}" width="{bar:.1f}" height="14" fill="#1069A3"/>'
            f'<text x="{width:g}" y="{y + 17:g}" font-size="12" text-anchor="end" fill="{INK}">{said}</text>'
        )
    height = max(1, len(shares)) * step
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="{FONT}, sans-serif">{"".join(lines)}</svg>'
    )


def _band(place: Place, parts: list[BandPart], band: int) -> BaseGeometry:
    lines = [part.coords for part in parts if part.band == band]
    return to_metres(place.network, shapely.MultiLineString(lines)) if lines else shapely.MultiLineString()


def _metres(place: Place, lon: float, lat: float) -> tuple[float, float]:
    x, y = place.network.projection.to_xy(np.float64(lon), np.float64(lat))
    return float(x), float(y)
