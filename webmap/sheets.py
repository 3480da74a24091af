"""Printed sheets: what the Typst templates are given for a resource map and for an evacuation sheet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from geo.catalog_model import Catalog, LocalText
from geo.english_names import address_in_english
from geo.evacuation import Evacuation, Way
from geo.place import OUTLINE_SLACK_M, Place
from geo.resource_sheet import BAND_CUTS_MIN, Origin, ResourceSheet, SheetRow
from geo.route import Leg
from geo.service_area import to_metres
from webmap.config import Language
from webmap.past import SHANGHAI
from webmap.print_map import BAND_STYLES, PrintScene, Start, Symbol, draw_map, fitted_view, named_streets, symbol_svg
from webmap.sheet_words import say

MAP_PX = (832.0, 546.0)
SHEET_PROFILE = "adult"
_FARTHEST_SHOWN_M = 1500.0
_LEAST_M = 900.0


@dataclass(frozen=True, slots=True)
class Edition:
    """What one printing has in common: language, the moment, and where the live pages are ("" prints no code)."""

    language: Language
    printed: datetime
    public_url: str


def resource_sheet_data(
    place: Place, catalog: Catalog, sheet: ResourceSheet, edition: Edition, drawn: str
) -> dict[str, Any]:
    """Return the data of `resource_sheet.typ`; `drawn` is the sheet's map as `resource_map` gives it."""
    language, origin = edition.language, sheet.origin
    whole = origin.kind == "subdistrict"
    name, its_subdistrict = origin_name(origin, language), _local(place.subdistrict.name, language)
    profile, names = catalog.profiles[SHEET_PROFILE], _names(place, language)
    return {
        "language": language,
        "kicker": say(language, "kind_subdistrict") if whole else " · ".join([say(language, "kind"), its_subdistrict]),
        "title": say(language, "title_subdistrict" if whole else "title", name=name),
        "pace": "" if whole else _pace(origin, edition, profile.speed_mps, _local(profile.name, language)),
        "qr": qr_code(_live_url(place, origin, edition)),
        "scan": say(language, "scan"),
        "map": drawn,
        "legend": None if whole else _legend(language),
        "shapes": _shapes(sheet, language),
        "rough_frame": say(language, "rough_frame"),
        "head": [say(language, word) for word in ("service", "name", "address")]
        + ([] if whole else [say(language, "walk"), say(language, "distance")]),
        "rows": [_row(row, catalog, edition, names, whole=whole) for row in sheet.rows],
        "nothing": "" if sheet.rows else say(language, "nothing"),
        "not_drawn_word": say(language, "not_drawn"),
        "not_drawn": not_drawn_words(sheet, language),
        "printed": _printed(place, edition),
        "caution": _caution(origin, language),
    }


def resource_map(place: Place, sheet: ResourceSheet, language: Language) -> str:
    """Return the map of a resource sheet as SVG."""
    start = _start(place, sheet.origin, language)
    symbols = [
        Symbol(row.number, _metres(place, row.lon, row.lat), row.layer.family, row.location_status == "approximate")
        for row in sheet.rows
    ]
    outline = to_metres(place.network, place.outline)
    near = [symbol.at for symbol in symbols if start is None or _near(symbol.at, start.at)]
    area = None if sheet.origin.outline is None else to_metres(place.network, sheet.origin.outline)
    corners = shapely.get_coordinates(outline) if start is None else np.vstack([_around(start), *near])
    if area is not None:
        corners = np.vstack([corners, shapely.get_coordinates(area)])
    scene = PrintScene(
        view=fitted_view(corners, *MAP_PX, _LEAST_M),
        outline=outline,
        bands=sheet.bands,
        streets=named_streets(place.network, _names(place, language)),
        symbols=symbols,
        start=start,
        area=area,
        north=say(language, "north"),
    )
    return draw_map(scene, *MAP_PX)


def evacuation_sheet_data(place: Place, origin: Origin, found: Evacuation, edition: Edition) -> dict[str, Any]:
    """Return the data of `evacuation_sheet.typ`."""
    language = edition.language
    name = origin_name(origin, language)
    missing = {None: "", "assembly_places": "no_places", "no_path": "no_path"}[found.missing]
    return {
        "language": language,
        "kicker": " · ".join([say(language, "evacuation"), _local(place.subdistrict.name, language)]),
        "title": say(language, "evacuation_title", name=name),
        "qr": qr_code(_live_url(place, origin, edition)),
        "scan": say(language, "scan"),
        "map": evacuation_map(place, origin, found, language),
        "missing": say(language, missing) if missing else "",
        "do_not_post": say(language, "do_not_post"),
        "ways": [
            _way(way, number, language, _names(place, language)) for number, way in enumerate(found.ways, start=1)
        ],
        "one_way": say(language, "one_way") if len(found.ways) == 1 else "",
        "printed": _printed(place, edition),
        "caution": say(language, "drill"),
    }


def evacuation_map(place: Place, origin: Origin, found: Evacuation, language: Language) -> str:
    """Return the map of an evacuation sheet as SVG: the first way solid, the second broken."""
    start = _start(place, origin, language)
    routes = [_route_line(place, way) for way in found.ways]
    corners = np.vstack([shapely.get_coordinates(route) for route in routes] + ([_around(start)] if start else []))
    scene = PrintScene(
        view=fitted_view(corners, *MAP_PX, _LEAST_M),
        outline=to_metres(place.network, place.outline),
        bands=(shapely.MultiLineString(list(place.network.edge_ends_xy())),),
        streets=named_streets(place.network, _names(place, language)),
        symbols=[
            Symbol(number, _last_point(route), "places", rough=False) for number, route in enumerate(routes, start=1)
        ],
        start=start,
        routes=routes,
        north=say(language, "north"),
    )
    return draw_map(scene, *MAP_PX)


def origin_name(origin: Origin, language: Language) -> str:
    """Return the name of a starting point; Chinese where it has no English one."""
    return origin.name_en if language == "en" and origin.name_en else origin.name


def not_drawn_words(sheet: ResourceSheet, language: Language) -> list[str]:
    """Return what a sheet leaves out, in words."""
    told = []
    for left in sheet.not_drawn:
        layer = _local(left.layer.name, language)
        if left.unlocated:
            told.append(say(language, "unlocated", layer=layer, count=left.unlocated))
        elif not any(row.layer.id == left.layer.id for row in sheet.rows):
            told.append(say(language, "samples", layer=layer))
    return told + ([say(language, "left_out", count=sheet.left_out)] if sheet.left_out else [])


def walk_words(row: SheetRow, catalog: Catalog, language: Language) -> str:
    """Return how long the walk is: "within" where the place is rough, "close by" where its error is the longer."""
    if row.distance_m is None:
        return say(language, "unknown")
    rough = row.location_status == "approximate"
    if rough and row.distance_m <= (row.accuracy_m or 0.0):
        return say(language, "nearby")
    minutes = row.minutes(catalog.profiles[SHEET_PROFILE])
    return say(language, "minutes_within" if rough else "minutes", count=minutes)


def qr_code(url: str) -> str:
    """Return the code of an address as SVG, "" where there is none."""
    if not url:
        return ""
    import segno  # noqa: PLC0415 - most workers never print, and start sooner without it

    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", border=0, scale=4, xmldecl=False)
    return picture.getvalue().decode()


def _live_url(place: Place, origin: Origin, edition: Edition) -> str:
    """Return the address of the live page of a sheet."""
    if not edition.public_url:
        return ""
    return f"{edition.public_url.rstrip('/')}/sheet/{place.subdistrict.id}/{origin.id}"


def _pace(origin: Origin, edition: Edition, speed_mps: float, profile: str) -> str:
    start = say(edition.language, origin.kind)
    return say(edition.language, "pace", start=start, pace=speed_mps * 60, profile=profile)


def _legend(language: Language) -> list[dict[str, object]]:
    """Return the bands with their lines: minutes up to each cut, and what is farther."""
    names = [say(language, "within", minutes=f"{minutes:g}") for minutes in BAND_CUTS_MIN]
    return [
        {"word": word, "colour": colour, "wide": wide, "dashed": bool(dash)}
        for word, (colour, wide, dash) in zip([*names, say(language, "more")], BAND_STYLES, strict=True)
    ]


def _shapes(sheet: ResourceSheet, language: Language) -> list[dict[str, str]]:
    """Return the families that are on the sheet, each with its shape."""
    families = dict.fromkeys(row.layer.family for row in sheet.rows)
    return [
        {"word": say(language, family), "svg": symbol_svg(0, family, rough=False).replace(">0<", "><")}
        for family in families
    ]


def _row(
    row: SheetRow, catalog: Catalog, edition: Edition, names: Mapping[str, str], *, whole: bool
) -> dict[str, object]:
    """Return one line of the table."""
    language = edition.language
    rough = row.location_status == "approximate"
    where = (
        say(language, "rough", metres=row.accuracy_m or 0)
        if rough
        else _address(row, names) or say(language, "unknown")
    )
    walk = [] if whole else [walk_words(row, catalog, language), _distance(row)]
    name = row.name_en if language == "en" and row.name_en else row.name
    symbol = symbol_svg(row.number, row.layer.family, rough=rough)
    return {"symbol": symbol, "cells": [_local(row.layer.name, language), name, where, *walk]}


def _names(place: Place, language: Language) -> Mapping[str, str]:
    """Return the names to write in place of Chinese ones: none on a Chinese sheet."""
    return place.names_en if language == "en" else {}


def _address(row: SheetRow, names: Mapping[str, str]) -> str:
    return address_in_english(row.address, names) if row.address else ""


def _distance(row: SheetRow) -> str:
    """Return the distance to ten metres; none for a rough place, whose figure would say too much."""
    if row.distance_m is None or row.location_status == "approximate":
        return ""
    return f"{max(10, round(row.distance_m, -1)):,.0f} m"


def _printed(place: Place, edition: Edition) -> str:
    day = edition.printed.astimezone(SHANGHAI).date().isoformat()
    return say(edition.language, "printed", day=day, version=place.data_version[:8])


def _caution(origin: Origin, language: Language) -> str:
    """Return what the distances leave out."""
    rough = origin.accuracy_m and origin.kind != "subdistrict"
    start = say(language, origin.kind) if rough else ""
    more = say(language, "start_rough", start=start, metres=origin.accuracy_m) if rough else ""
    return f"{say(language, 'lanes')}{' ' if language == 'en' and more else ''}{more}"


def _start(place: Place, origin: Origin, language: Language) -> Start | None:
    if origin.lon is None or origin.lat is None:
        return None
    return Start(_metres(place, origin.lon, origin.lat), origin_name(origin, language), origin.accuracy_m)


def _around(start: Start) -> np.ndarray:
    """Return the corners, (2, 2) in metres, of everywhere that a starting point may be."""
    error_m = start.accuracy_m or 0.0
    corners: np.ndarray = np.array(start.at) + np.array([[-error_m], [error_m]])
    return corners


def _way(way: Way, number: int, language: Language, names: Mapping[str, str]) -> dict[str, object]:
    """Return one way out in words."""
    begin = say(language, "from_gate", gate=way.gate) if way.gate else say(language, "from_middle")
    metres = way.route.distance_m or 0.0
    return {
        "title": say(language, "way", number=number, goal=way.goal_name, metres=metres),
        "begin": begin,
        "steps": [_step(leg, language, names) for leg in way.route.legs],
    }


def _step(leg: Leg, language: Language, names: Mapping[str, str]) -> str:
    street = names.get(leg.street, leg.street) or say(language, "unnamed")
    return say(language, f"step_{leg.turn}", street=street, metres=leg.length_m)


def _route_line(place: Place, way: Way) -> shapely.LineString:
    """Return a way as one line in metres."""
    points = [point for leg in way.route.legs for point in leg.coordinates]
    lon, lat = np.array(points).T
    return shapely.LineString(np.column_stack(place.network.projection.to_xy(lon, lat)))


def _last_point(line: shapely.LineString) -> tuple[float, float]:
    x, y = line.coords[-1]
    return x, y


def _metres(place: Place, lon: float, lat: float) -> tuple[float, float]:
    x, y = place.network.projection.to_xy(lon, lat)
    return float(x), float(y)


def _near(point: tuple[float, float], start: tuple[float, float]) -> bool:
    """Return whether a symbol is near enough to widen the map for it."""
    return float(np.hypot(point[0] - start[0], point[1] - start[1])) <= _FARTHEST_SHOWN_M + OUTLINE_SLACK_M


def _local(text: LocalText, language: Language) -> str:
    return text.en if language == "en" else text.zh
