"""Results to maps: the Folium frame of a place, and the data that static scripts draw on it.

The frame holds only what is the same for every layer and comes from no facility's record: panes, outline, scale and
view. Everything that somebody once wrote (names, addresses) goes into `map_data`, which travels as JSON.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import folium
import pandas as pd
from folium.map import CustomPane
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.assessment import BandPart, LayerAssessment, LayerCoverage, Place
from webmap.map_features import (
    Coordinates,
    JsonObject,
    circle_area,
    polygon_coordinates,
    screen_lines,
    street_blocks,
    street_lines,
)

MIN_ZOOM, MAX_ZOOM = 12, 19
_NARROW_PX, _WORLD_PX = 240, 256
MOST_POINTS = 5000
"""More uncovered demand points than this are drawn by street block alone: a city's would be ten megabytes."""
# Name and height of each pane, from the ground up; Leaflet's own markers stand at 600 and popups at 700.
_PANES = (("land", 401), ("area", 405), ("streets", 410), ("outline", 420), ("circle", 425), ("people", 430))
_LABEL_PANE = ("labels", 620)
_LOCATED = ("surveyed", "address", "approximate")
# What a popup may tell of a facility, beside its name and place.
_TOLD = ("address", "phase", "opening_hours", "phone", "website", "committee", "verified_on", "source", "note")


@dataclass(frozen=True, slots=True)
class Scene:
    """What one map shows: a layer in a place, and how far people walk to it under one rule.

    `coverage`, `bands` and `reach` are None where no facility is left to walk to. `with_samples` says whether samples
    are drawn, `coverage.with_samples` whether they are walked to.
    """

    place: Place
    assessment: LayerAssessment
    coverage: LayerCoverage | None
    bands: list[BandPart] | None
    reach: BaseGeometry | None
    with_samples: bool


def place_frame(outline: Polygon) -> folium.Map:
    """Return the Folium map of a place: its outline on empty ground, panes, scale, and the view that holds it."""
    west, south, east, north = outline.bounds
    shown = _zoom_that_holds(math.radians(east - west)), _zoom_that_holds(_mercator(north) - _mercator(south))
    return ground_map([outline], outline.bounds, (*_PANES, _LABEL_PANE), min(MIN_ZOOM, *shown))


def _zoom_that_holds(extent: float) -> int:
    """Return the zoom at which the map of a narrow phone holds an extent of the Mercator plane (the world is 2 pi)."""
    return math.floor(math.log2(_NARROW_PX * math.tau / (_WORLD_PX * max(extent, 1e-9))))


def _mercator(latitude: float) -> float:
    return math.asinh(math.tan(math.radians(latitude)))


def ground_map(
    outlines: Sequence[Polygon],
    view: tuple[float, float, float, float],
    panes: Sequence[tuple[str, int]],
    min_zoom: int = MIN_ZOOM,
) -> folium.Map:
    """Return a Folium map of outlines on empty ground.

    Args:
        outlines: WGS-84, drawn in the panes `land` and `outline`.
        view: west, south, east and north of what is looked at, degrees.
        panes: name and height of each pane, from the ground up; `people` alone takes the pointer.
        min_zoom: how far one may go away from it.
    """
    west, south, east, north = view
    drawn = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        control_scale=True,
        minZoom=min_zoom,
        maxZoom=MAX_ZOOM,
        zoomSnap=0.25,
        attributionControl=False,
        scrollWheelZoom=False,  # the page scrolls over the map; a map that has the focus zooms
    )
    for name, height in panes:
        CustomPane(name, z_index=height, pointer_events=name == "people").add_to(drawn)
    for outline in outlines:
        ring = [[lat, lon] for lon, lat in outline.exterior.coords]
        for pane in ("land", "outline"):
            area = folium.Polygon(ring, class_name=pane, fill=pane == "land")
            area.options |= {"pane": pane, "interactive": False}  # Folium leaves these out of a path's arguments
            area.add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]], padding=(14, 14))
    return drawn


def map_data(scene: Scene) -> JsonObject:
    """Return what the map's scripts draw, as plain JSON values; positions are [longitude, latitude]."""
    coverage = scene.coverage
    data: JsonObject = {
        "version": scene.place.data_version,
        "streets": street_lines(scene.place.network, scene.place.outline),
        "facilities": _facilities(scene.assessment.facilities, with_samples=scene.with_samples),
        "bands": _band_groups(scene.bands or []),
        "limit_m": None,
        "circle": [],
        "circle_only": [],
        "reach": [],
        "people": [],
        "blocks": [],
    }
    if coverage is not None:
        circle = circle_area(scene.place.network.projection, _walked_to(scene), coverage.limit_m)
        missed = circle.intersection(scene.place.outline)
        if scene.reach is not None:
            data["reach"] = polygon_coordinates(scene.reach)
            missed = missed.difference(scene.reach)
        people = _people(coverage.demand, scene.place)
        data |= {
            "limit_m": coverage.limit_m,
            "circle": polygon_coordinates(circle),
            "circle_only": polygon_coordinates(missed),
            "people": people.drop(columns="edge").to_dict(orient="records") if len(people) <= MOST_POINTS else [],
            "blocks": street_blocks(people),
        }
    return data


def _walked_to(scene: Scene) -> pd.DataFrame:
    """Return the facilities that the coverage rests on."""
    facilities = scene.assessment.facilities
    used = facilities["location_status"].isin(_LOCATED)
    if scene.coverage is not None and scene.coverage.with_samples:
        used |= facilities["location_status"] == "sample"
    is_open = facilities["phase"].isna() | (facilities["phase"] == "open")
    walked_to: pd.DataFrame = facilities[used & is_open & facilities.geometry.notna()]
    return walked_to


def _facilities(frame: pd.DataFrame, *, with_samples: bool) -> list[JsonObject]:
    """Return the facilities that have a position, in the order of their ids."""
    shown = frame[frame.geometry.notna()]
    if not with_samples:
        shown = shown[shown["location_status"] != "sample"]
    return [_facility(str(facility_id), row) for facility_id, row in shown.sort_index().iterrows()]


def _facility(facility_id: str, row: pd.Series[Any]) -> JsonObject:
    """Return one facility with what its popup tells; what is not known is left out."""
    point = row["geometry"].representative_point()
    told = {name: row[name] for name in _TOLD if name in row and not _is_missing(row[name])}
    accuracy_m = row.get("accuracy_m")
    return {
        "id": facility_id,
        "name": row["name"],
        "name_en": None if _is_missing(row.get("name_en")) else row["name_en"],
        "status": row["location_status"],
        "lon": round(point.x, 7),
        "lat": round(point.y, 7),
        "accuracy_m": float(accuracy_m) if isinstance(accuracy_m, int | float) and accuracy_m > 0 else None,
        **{name: str(value) for name, value in told.items()},
    }


def _is_missing(value: object) -> bool:
    """Return whether a cell holds nothing."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN alone is not itself


def _band_groups(parts: list[BandPart]) -> list[JsonObject]:
    """Return the street parts as one bundle of lines for each band, inside and outside apart, far bands first."""
    groups: dict[tuple[bool, int], list[Coordinates]] = {}
    lines = screen_lines([LineString(part.coords) for part in parts])
    for part, line in zip(parts, lines, strict=True):
        groups.setdefault((part.inside, part.band), []).append(line)
    order = sorted(groups, key=lambda key: (key[0], -key[1]))
    return [{"inside": inside, "band": band, "lines": groups[inside, band]} for inside, band in order]


def _people(demand: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Return the demand points that are not covered, as a table.

    Columns lon, lat, weight, distance_m (None: unreachable), street, circle, edge (the nearest one).
    """
    is_left = demand["status"].to_numpy() != "covered"
    left, points = demand[is_left], place.demand[is_left]
    distances_m = [None if _is_missing(distance) else round(float(distance), 1) for distance in left["distance_m"]]
    return pd.DataFrame(
        {
            "lon": points.geometry.x.round(6).to_numpy(),
            "lat": points.geometry.y.round(6).to_numpy(),
            "weight": left["weight"].to_numpy(),
            "distance_m": pd.Series(distances_m, dtype=object),
            "street": points["street"].to_numpy() if "street" in points else "",
            "circle": left["circle"].to_numpy(dtype=bool),
            "edge": place.demand_snaps.edge[is_left],
        }
    )
