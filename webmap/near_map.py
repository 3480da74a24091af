"""What the maps of the resident's pages draw, as plain JSON: facilities of several layers, a start, a route."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flask_babel import gettext as _

from geo.assessment import Place
from geo.network import BoolArray
from geo.route import Route
from webmap.i18n import current_language, local_text
from webmap.map_features import DECIMALS, JsonObject, line_coordinates, street_lines
from webmap.near_list import Near
from webmap.place_names import with_local_names
from webmap.route_words import Step
from webmap.symbols import STATUSES
from webmap.views import status_name

_NOTHING = ("bands", "circle", "circle_only", "reach", "people", "blocks", "places", "facilities")
_MOST_EDGES, _ROUND_M, _SHAPES_OF_SCREENS = 20_000, 1000.0, 2.0
_TOLD = ("address", "opening_hours", "phone", "website", "note", "source")


def near_map(place: Place, position: tuple[float, float] | None, found: Sequence[Near]) -> JsonObject:
    """Return the map of the list: the facilities on it, and where somebody stands."""
    shown = [(near.site.lon, near.site.lat) for near in found] + ([] if position is None else [position])
    drawn = {"start": _point(position), "facilities": [_facility(one) for one in found], "route": []}
    return with_local_names(_ground(place, _edges_near(place, shown)) | drawn)


def route_map(
    place: Place, position: tuple[float, float], near: Near, route: Route, steps: Sequence[Step]
) -> JsonObject:
    """Return the map of a route: start, way, the turns by number, and the facility."""
    begins = [leg.coordinates[0] for leg in route.legs[1:]]
    turns = [
        {"number": number, "lon": step.lon, "lat": step.lat}
        for number, step in enumerate(steps, 1)
        if (step.lon, step.lat) in begins
    ]
    lines = [line_coordinates(leg.coordinates) for leg in route.legs]
    return near_map(place, position, [near]) | {"route": lines, "turns": turns}


def _edges_near(place: Place, shown: Sequence[tuple[float, float]]) -> BoolArray | None:
    """Return which edges lie round what is shown, bool (m,): of a city nobody needs all; None where they are few."""
    network = place.network
    if network.edge_count <= _MOST_EDGES or not shown:
        return None
    at = np.column_stack(network.projection.to_xy(*np.array(shown, dtype=np.float64).T))
    middle, half_m = (at.min(axis=0) + at.max(axis=0)) / 2, float(np.ptp(at, axis=0).max()) / 2
    ends = network.edge_ends_xy() - middle
    reach_m = _SHAPES_OF_SCREENS * half_m + _ROUND_M
    return np.asarray((np.abs(ends).min(axis=1) <= reach_m).all(axis=1))


def _ground(place: Place, near: BoolArray | None) -> JsonObject:
    return {
        "version": place.data_version,
        "streets": street_lines(place.network, place.outline, near),
        **{name: [] for name in _NOTHING},
        "turns": [],
        "texts": {
            "map": _("地图：%(place)s。同样的内容在地图旁边列成表", place=local_text(place.subdistrict.name)),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
            "close": _("关上"),
            "start": _("起"),
            "you": _("你在这里"),
            "status": {name: status_name(name) for name in STATUSES},
            "rough": _("位置只是大概，误差约 {accuracy} m"),
            "sample": _("示例位置，不是真的，不带你去"),
            "no_hours": _("没有开门时间，去之前先问一声"),
            "hours": _("开门时间：{hours}"),
            "source": _("来源：{source}"),
            "phase": {},
        },
    }


def _point(position: tuple[float, float] | None) -> JsonObject | None:
    return None if position is None else {"lon": round(position[0], DECIMALS), "lat": round(position[1], DECIMALS)}


def _facility(near: Near) -> JsonObject:
    site = near.site
    english = site.text("name_en") if current_language() == "en" else None
    told = {name: site.text(name) for name in _TOLD}
    return {
        "id": site.id,
        "name": english or site.text("name"),
        "status": site.status,
        "lon": site.lon,
        "lat": site.lat,
        "accuracy_m": site.accuracy_m,
        "symbol": {"family": near.layer.family, "glyph": near.layer.glyph, "name": local_text(near.layer.name)},
        **{name: value for name, value in told.items() if value},
    }
