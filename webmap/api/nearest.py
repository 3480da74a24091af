"""The API for residents: a typed text to candidates, and a position to the nearest facility of each service."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, jsonify, request

from geo.address_search import find_candidates
from geo.nearby import Nowhere, Sites, walking_minutes
from geo.nearest_table import NearestOfLayer, nearest_of_layers
from geo.opening_hours import now_local, state_at
from webmap.near_data import Around, Pace, address_index, around, closed_at, nowhere_of, services, sites_of, table_of
from webmap.parameters import Choice, read_query
from webmap.positions import read_moment, read_position
from webmap.views import snapshot, the_config

pages = Blueprint("nearest_api", __name__)


@pages.get("/api/address")
def address() -> Response:
    """Return where a typed text may be, best first; what fits nothing gives an empty list."""
    text = read_query(request.args, {"q": Choice((), None)})["q"]
    found = find_candidates(address_index(snapshot(), the_config()), text)
    names = ("label", "lon", "lat", "accuracy_m", "how")
    return jsonify({"candidates": [{name: getattr(one, name) for name in names} for one in found]})


@pages.get("/api/nearest")
def nearest() -> Response:
    """Return the nearest facility of each service from a position, or of one; samples and unlocated are no answer.

    `open_at` leaves out what is known to be closed then; what has no hours on record stays, with state "unknown".
    """
    now = snapshot()
    known = tuple(layer.id for layer in services(now))
    profiles = tuple(now.catalog.profiles)
    asked = read_query(
        request.args,
        {
            "lon": Choice((), None),
            "lat": Choice((), None),
            "profile": Choice(profiles, profiles[0]),
            "layer": Choice(known, ""),
            "open_at": Choice(),
            "step_free": Choice(("0", "1"), "0"),
        },
    )
    lon, lat = read_position(asked["lon"], asked["lat"])
    moment = read_moment(asked["open_at"])
    pace = Pace(now.catalog.profiles[asked["profile"]], asked["step_free"] == "1")
    there = around(now, lon, lat)
    sites = sites_of(now, there.place)
    table = table_of(now, there.place, pace, closed_at(sites, moment))
    beside = nowhere_of(now, there.place)
    found = [one for one in nearest_of_layers(table.table, lon, lat) if asked["layer"] in ("", one.layer)]
    return jsonify(
        _about(there, (lon, lat), pace)
        | {
            "open_at": None if moment is None else moment.isoformat(timespec="minutes"),
            "nearest": [_answer(one, sites, table.rows[one.layer], pace, moment or now_local()) for one in found],
            "not_located": [_not_located(one.layer, beside[one.layer]) for one in found if beside[one.layer].total],
        }
    )


def _about(there: Around, position: tuple[float, float], pace: Pace) -> dict[str, object]:
    place = there.place
    return {
        "position": {"lon": position[0], "lat": position[1]},
        "subdistrict": place.subdistrict.id,
        "inside": there.outside_m == 0,
        "outside_m": round(there.outside_m),
        "data_version": place.data_version,
        "network_version": place.network_version,
        "profile": {"id": pace.profile.id, "speed_mps": pace.profile.speed_mps, "step_free": pace.step_free},
    }


def _answer(found: NearestOfLayer, sites: Sites, rows: list[int], pace: Pace, moment: dt.datetime) -> dict[str, object]:
    """Return the nearest facility of one service, or why there is none."""
    if found.facility is None or found.distance_dm is None:
        reason = "no_way" if rows else "no_known_position"
        return {"layer": found.layer, "id": None, "distance_m": None, "minutes": None, "reason": reason}
    site, distance_m = sites.sites[rows[found.facility]], found.distance_dm / 10
    state = state_at(site.text("opening_hours"), moment)
    until = None if state.until is None else state.until.isoformat(timespec="minutes")
    return {
        "layer": found.layer,
        "id": site.id,
        "name": site.text("name"),
        "address": site.text("address"),
        "lon": site.lon,
        "lat": site.lat,
        "distance_m": distance_m,
        "within_m": site.within_m(distance_m),
        "minutes": walking_minutes(site.within_m(distance_m), pace.profile.speed_mps),
        "location_status": site.status,
        "accuracy_m": site.accuracy_m,
        "opening": {"state": state.state, "until": until, "note": state.note},
    }


def _not_located(layer: str, beside: Nowhere) -> dict[str, object]:
    return {"layer": layer, "sample": beside.sample, "unlocated": beside.unlocated, "not_open": beside.not_open}
