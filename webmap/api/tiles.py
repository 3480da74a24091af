"""The API of tiles: streets, reach and facilities as PMTiles, of which clients fetch the bytes that they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from geo.assessment import Place
from geo.catalog_model import Layer
from geo.errors import NotFoundError
from webmap.layer_data import map_answer
from webmap.map_features import JsonObject, street_lines
from webmap.map_tiles import PMTILES, REACH_FORM, STREETS_FORM, facility_tiles, kept_archive, reach_tiles, street_tiles
from webmap.parameters import Choice, read_query
from webmap.responses import tagged_file
from webmap.snapshot import Snapshot
from webmap.views import View, snapshot, the_config

pages = Blueprint("tiles_api", __name__)


@pages.get("/api/tiles/streets/<subdistrict>.pmtiles")
def streets(subdistrict: str) -> Response:
    """Return the streets of a subdistrict: what may be walked, one feature a name."""
    place = snapshot().place(subdistrict)
    read_query(request.args, {})
    if not place.has_streets:
        raise _nothing("no street network has been brought for this subdistrict")
    version = f"{STREETS_FORM} {place.network.content_hash} {place.outline.wkt}"
    path = kept_archive(
        the_config().instance,
        "streets",
        version,
        lambda: street_tiles(_with_english(street_lines(place.network, place.outline), place.names_en)),
    )
    return tagged_file(version, path, "streets.pmtiles", PMTILES)


@pages.get("/api/tiles/reach/<subdistrict>/<layer>.pmtiles")
def reach(subdistrict: str, layer: str) -> Response:
    """Return the streets by walking distance to a layer, the area that is reached, and who is not covered."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = _view(now, its_layer)
    asked = f"{its_layer.id} {view.rule.id if view.rule else ''} {view.profile.id} {view.with_samples}"
    version = f"{REACH_FORM} {place.data_version} {asked}"
    path = kept_archive(
        the_config().instance, "reach", version, lambda: reach_tiles(_walked(now, place, its_layer, view))
    )
    return tagged_file(version, path, "reach.pmtiles", PMTILES)


@pages.get("/api/tiles/facilities/<layer>.pmtiles")
def facilities(layer: str) -> Response:
    """Return the facilities of a layer that have a position, as points."""
    found = snapshot().live.layers[snapshot().layer(layer).id]
    read_query(request.args, {})
    if not found.frame.geometry.notna().any():
        raise _nothing("no facility of this layer has a position")
    path = kept_archive(the_config().instance, "facilities", found.content_hash, lambda: facility_tiles(found.frame))
    return tagged_file(found.content_hash, path, "facilities.pmtiles", PMTILES)


def _with_english(streets: list[JsonObject], names_en: Mapping[str, str]) -> list[JsonObject]:
    return [street | {"name_en": names_en.get(street["name"], "")} for street in streets]


def _view(now: Snapshot, layer: Layer) -> View:
    """Return what is asked of a layer's reach."""
    profiles = tuple(now.catalog.profiles)
    asked = read_query(
        request.args,
        {
            "rule": Choice(layer.rules or ("",), layer.headline_rule or ""),
            "profile": Choice(profiles, profiles[0]),
            "samples": Choice(("0", "1"), "0"),
        },
    )
    return View(now.catalog.profiles[asked["profile"]], asked["samples"] == "1", now.catalog.rules.get(asked["rule"]))


def _walked(now: Snapshot, place: Place, layer: Layer, view: View) -> dict[str, Any]:
    """Return what the map draws of a walk; NotFoundError where nobody walks anywhere."""
    drawn = map_answer(now, place, layer, view)
    if not drawn["bands"]:
        raise _nothing("no facility of this layer can be walked to here, or no rule gives it a limit")
    return drawn


def _nothing(found: str) -> NotFoundError:
    return NotFoundError("nothing_to_draw", "path", found, "Ask for what /api/coverage answers")
