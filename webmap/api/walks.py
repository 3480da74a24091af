"""The API of walks: how far one gets on foot from a place, and the way from one place to another."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from flask import Blueprint, Response, jsonify, request

from geo.access import NO_PATH, OFF_NETWORK
from geo.errors import Problem
from geo.isochrone import Isochrone, isochrones
from geo.network import WalkNetwork
from geo.route import Leg, Route, find_route
from geo.snapping import Snaps, snap
from webmap.near_data import Around, Pace, around, walk_of
from webmap.parameters import Choice, QueryError, read_query
from webmap.positions import read_position
from webmap.responses import unless_known
from webmap.snapshot import Snapshot
from webmap.views import snapshot

pages = Blueprint("walks_api", __name__)

MOST_LIMITS, LONGEST_WALK_MIN = 6, 60
NO_STREETS = "no_streets"
_DEFAULT_LIMITS_MIN = "5,10,15"
_DECIMALS = 7


@pages.get("/api/isochrone")
def isochrone() -> Response:
    """Answer what lies within each of several walks of a position, people walking toward it.

    `isochrones` is null, with a `reason`, where no street is near enough to start from.
    """
    now = snapshot()
    asked = read_query(request.args, _position(now) | {"limits_min": Choice((), _DEFAULT_LIMITS_MIN)})
    lon, lat = read_position(asked["lon"], asked["lat"])
    limits_min = _read_limits(asked["limits_min"])
    there, pace = around(now, lon, lat), _pace(now, asked)

    def answer() -> Response:
        body = _about(there, pace) | {"position": {"lon": lon, "lat": lat}}
        network, walk = there.place.network, walk_of(now, there.place, pace)
        if not there.place.has_streets:
            return jsonify(body | {"isochrones": None, "reason": NO_STREETS})
        places = _snapped(network, [(lon, lat)])
        if places.access_m[0] > walk.max_access_m:
            return jsonify(body | {"isochrones": None, "reason": OFF_NETWORK})
        limits_dm = [math.floor(limit_min * 60 * pace.profile.speed_mps * 10 + 1e-6) for limit_min in limits_min]
        found = isochrones(network, places, limits_dm, walk)
        drawn = [_isochrone(one, limit_min) for one, limit_min in zip(found, limits_min, strict=True)]
        return jsonify(body | {"isochrones": drawn})

    return unless_known(there.place.data_version, answer)


@pages.get("/api/route")
def route() -> Response:
    """Answer the shortest way on foot, street by street; `route` is null, with a `reason`, where there is none."""
    now = snapshot()
    ends = {name: Choice((), None) for name in ("from_lon", "from_lat", "to_lon", "to_lat")}
    asked = read_query(request.args, ends | _pace_choices(now))
    begin, goal = _read_end(asked, "from"), _read_end(asked, "to")
    there, pace = around(now, *begin), _pace(now, asked)

    def answer() -> Response:
        body = _about(there, pace) | {
            "from": {"lon": begin[0], "lat": begin[1]},
            "to": {"lon": goal[0], "lat": goal[1]},
        }
        network, walk = there.place.network, walk_of(now, there.place, pace)
        if not there.place.has_streets:
            return jsonify(body | {"route": None, "reason": NO_STREETS})
        snaps = _snapped(network, [begin, goal])
        if (snaps.access_m > walk.max_access_m).any():
            return jsonify(body | {"route": None, "reason": OFF_NETWORK})
        found = find_route(network, snaps, replace(walk))
        if found.distance_m is None:
            return jsonify(body | {"route": None, "reason": found.reason or NO_PATH})
        return jsonify(body | {"route": _route(found, found.distance_m, pace)})

    return unless_known(there.place.data_version, answer)


def _position(now: Snapshot) -> dict[str, Choice]:
    return {"lon": Choice((), None), "lat": Choice((), None)} | _pace_choices(now)


def _pace_choices(now: Snapshot) -> dict[str, Choice]:
    profiles = tuple(now.catalog.profiles)
    return {"profile": Choice(profiles, profiles[0]), "step_free": Choice(("0", "1"), "0")}


def _pace(now: Snapshot, asked: dict[str, str]) -> Pace:
    return Pace(now.catalog.profiles[asked["profile"]], asked["step_free"] == "1")


def _read_end(asked: dict[str, str], name: str) -> tuple[float, float]:
    """Return one end of a route; a fault names the parameter as it is called here."""
    try:
        return read_position(asked[f"{name}_lon"], asked[f"{name}_lat"])
    except QueryError as error:
        raise QueryError([replace(problem, where=f"{name}_{problem.where}") for problem in error.problems]) from error


def _read_limits(text: str) -> list[float]:
    """Return limits in minutes, from the smallest up, each once."""
    try:
        limits = [float(part) for part in text.split(",")]
    except ValueError:
        limits = []
    if not 0 < len(limits) <= MOST_LIMITS or not all(1 <= limit <= LONGEST_WALK_MIN for limit in limits):
        remedy = f"Write up to {MOST_LIMITS} numbers from 1 to {LONGEST_WALK_MIN}: {_DEFAULT_LIMITS_MIN}"
        raise QueryError([Problem("bad_value", "limits_min", f"found {ascii(text)[:40]}", remedy)])
    return sorted(set(limits))


def _snapped(network: WalkNetwork, positions: list[tuple[float, float]]) -> Snaps:
    lonlat = np.array(positions)
    return snap(network, lonlat[:, 0], lonlat[:, 1])


def _about(there: Around, pace: Pace) -> dict[str, Any]:
    """Return what an answer rests on."""
    return {
        "subdistrict": there.place.subdistrict.id,
        "outside_m": round(there.outside_m),
        "data_version": there.place.data_version,
        "network_version": there.place.network_version,
        "profile": {"id": pace.profile.id, "speed_mps": pace.profile.speed_mps, "step_free": pace.step_free},
    }


def _isochrone(found: Isochrone, limit_min: float) -> dict[str, Any]:
    shape = shapely.set_precision(found.polygon, 10.0**-_DECIMALS)
    return {
        "limit_min": limit_min,
        "limit_m": found.limit_m,
        "street_m": round(found.street_m, 1),
        "geometry": json.loads(shapely.to_geojson(shapely.orient_polygons(shape))),
    }


def _route(found: Route, distance_m: float, pace: Pace) -> dict[str, Any]:
    """Return a route; minutes are its length at the profile's pace, waiting at crossings included in the length."""
    lines = [list(leg.coordinates) for leg in found.legs]
    return {
        "distance_m": distance_m,
        "duration_min": round(distance_m / pace.profile.speed_mps / 60, 1),
        "access_from_m": found.access_from_m,
        "access_to_m": found.access_to_m,
        "unknown_step_free_m": round(sum(leg.unknown_step_free_m for leg in found.legs), 1),
        "legs": [_leg(leg) for leg in found.legs],
        "geometry": {"type": "MultiLineString", "coordinates": lines},
    }


def _leg(leg: Leg) -> dict[str, Any]:
    names = ("street", "length_m", "bearing_deg", "turn", "step_free_m", "unknown_step_free_m")
    return {name: getattr(leg, name) for name in names}
