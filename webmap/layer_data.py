"""What a layer's page is made of: the coverage it draws, its map data, its list and its legend."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _
from shapely.geometry.base import BaseGeometry

from geo.assessment import BandPart, LayerAssessment, LayerCoverage, Place, Question
from geo.catalog_model import Layer
from webmap.copy_links import COPY_MARK
from webmap.frame import read_manifest
from webmap.gap_list import map_gaps
from webmap.i18n import current_language, local_text
from webmap.map_tiles import TILE_LIBRARY, is_heavy, without_heavy
from webmap.maps import Scene, map_data
from webmap.place_names import with_local_names
from webmap.snapshot import Snapshot
from webmap.symbols import STATUSES
from webmap.views import View, status_name, the_config, unit_name


def basis_coverage(now: Snapshot, place: Place, assessment: LayerAssessment, view: View) -> LayerCoverage | None:
    """Return the coverage that the map draws: of known positions; of samples only where nothing else is known."""
    if view.rule is None:
        return None
    asked = (assessment.layer.id, view.rule.id, view.profile.id)
    honest = now.coverage(place, Question(*asked, with_samples=False))
    if honest is not None or not (view.with_samples and assessment.sample):
        return honest
    return now.coverage(place, Question(*asked, with_samples=True))


def map_url(endpoint: str, names: tuple[str, str], view: View) -> str:
    """Return the address of a file about `names` (subdistrict, layer), with the choices of `view`."""
    query: dict[str, Any] = {
        "profile": view.profile.id,
        "samples": "1" if view.with_samples else "0",
        "lang": current_language(),
    }
    if view.rule is not None:
        query["rule"] = view.rule.id
    return current_app.url_for(endpoint, subdistrict=names[0], layer=names[1], **query)


def listed_facilities(assessment: LayerAssessment, *, with_samples: bool) -> list[dict[str, object]]:
    """Return the facilities of the list: those on the map, and those of which only the existence is known."""
    frame = assessment.facilities
    shown = frame if with_samples else frame[frame["location_status"] != "sample"]
    records = shown.drop(columns="geometry").sort_index().to_dict(orient="index")
    rank = {status: index for index, status in enumerate(STATUSES)}
    rows = [{"id": str(facility_id)} | record for facility_id, record in records.items()]
    return sorted(rows, key=lambda facility: rank[str(facility["location_status"])])


def legend_bands(limit_m: float) -> list[dict[str, float | int | None]]:
    """Return the five bands of the legend: number, from and to in metres (to: None beyond the last cut)."""
    cuts = [0.0, limit_m / 3, 2 * limit_m / 3, limit_m, 4 * limit_m / 3]
    ends: list[float | None] = [*cuts[1:], None]
    return [{"band": number + 1, "from_m": cuts[number], "to_m": ends[number]} for number in range(5)]


def map_answer(now: Snapshot, place: Place, layer: Layer, view: View) -> dict[str, object]:
    """Return the map's data with the words that its scripts say."""
    coverage = basis_coverage(now, place, now.assessment(place, layer.id), view)
    bands, reach, gaps = None, None, []
    if coverage is not None and view.rule is not None:
        question = Question(layer.id, view.rule.id, view.profile.id, with_samples=coverage.with_samples)
        bands, reach = now.bands(place, question), now.reach(place, question)
        gaps = map_gaps(now, place, question)
    return _answer(now, place, layer, view, (coverage, bands, reach)) | {"gaps": gaps}


def light_answer(now: Snapshot, place: Place, layer: Layer, view: View) -> dict[str, object]:
    """Return what a page's map is sent: all of its data, or tiles in place of what makes it too much.

    A static copy has nobody who would answer for parts of a file: it is sent everything.
    """
    whole = map_answer(now, place, layer, view)
    if COPY_MARK in request.environ or not is_heavy(whole):
        return whole
    return without_heavy(whole, _tile_urls(place, layer, view))


def ground_answer(now: Snapshot, place: Place, layer: Layer, view: View) -> dict[str, object]:
    """Return the map's data without anybody's walk: streets, facilities and words."""
    return _answer(now, place, layer, view, (None, None, None))


def _answer(
    now: Snapshot,
    place: Place,
    layer: Layer,
    view: View,
    walk: tuple[LayerCoverage | None, list[BandPart] | None, BaseGeometry | None],
) -> dict[str, object]:
    """Return what a map draws, with the `walk`: coverage, bands and reach."""
    data = map_data(Scene(place, now.assessment(place, layer.id), *walk, view.with_samples))
    if current_language() == "en":
        data["facilities"] = [one | {"name": one["name_en"] or one["name"]} for one in data["facilities"]]
    symbol = {"family": layer.family, "glyph": layer.glyph, "name": local_text(layer.name)}
    return with_local_names(data) | {"symbol": symbol, "gaps": [], "texts": _map_texts(place, view, walk[0])}


def _tile_urls(place: Place, layer: Layer, view: View) -> dict[str, Any]:
    """Return where a map that is too large for GeoJSON finds its tiles, and what draws them."""
    asked: dict[str, Any] = {"subdistrict": place.subdistrict.id, "layer": layer.id, "profile": view.profile.id}
    asked["samples"] = "1" if view.with_samples else "0"
    if view.rule is not None:
        asked["rule"] = view.rule.id
    return {
        "library": url_for("static", filename=f"vendor/{read_manifest(the_config().vendor)[TILE_LIBRARY]}"),
        "streets": url_for("tiles_api.streets", subdistrict=place.subdistrict.id),
        "reach": url_for("tiles_api.reach", **asked),
        "facilities": url_for("tiles_api.facilities", layer=layer.id),
        "facility": f"{url_for('api.layer_features', layer=layer.id)}/",
        "samples": view.with_samples,
    }


def _map_texts(place: Place, view: View, coverage: LayerCoverage | None) -> dict[str, object]:
    """Return every word that the map's scripts may say; `{name}` stands for a figure that they fill in."""
    limit = "" if coverage is None else f"{coverage.limit_m:g} m"
    return {
        "status": {name: status_name(name) for name in STATUSES},
        "unit": unit_name(place.subdistrict.population.unit),
        "circle": _("直线 %(limit)s 圆圈", limit=limit),
        "close": _("关上"),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "map": _("地图：%(place)s。同样的内容在地图下面列成表", place=local_text(place.subdistrict.name)),
        "rough": _("位置只是大概，误差约 {accuracy} m"),
        "sample": _("示例位置，不是真的，不带你去"),
        "no_hours": _("没有开门时间，去之前先问一声"),
        "hours": _("开门时间：{hours}"),
        "source": _("来源：{source}"),
        "phase": {"planned": _("计划中"), "in_progress": _("在建"), "closed": _("已关")},
        "people_here": _("{street}：{count} {unit}走不到"),
        "nearest": _("到最近一处 {metres} m，约 {minutes} 分钟"),
        "no_way": _("沿街走不通"),
        "in_circle": _("在圆圈里，但要绕路"),
        "metres_per_minute": view.profile.speed_mps * 60,
    }
