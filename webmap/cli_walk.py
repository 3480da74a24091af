"""`lifecircle isochrone` and `lifecircle route`: how far one gets on foot, and how one gets there."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.catalog_model import whole_decimetres
from geo.errors import DataError, RequestError

if TYPE_CHECKING:
    from geo.catalog_model import Profile
    from geo.conditions import Conditions
    from geo.isochrone import Isochrone
    from geo.network import WalkNetwork
    from geo.route import Leg, Route
    from geo.snapping import Snaps
    from geo.walk import Walk

_FARTHEST_LIMIT_M = 100_000.0
_MOST_LIMITS = 20


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `isochrone` and `route`."""
    isochrone = commands.add_parser("isochrone", help="what lies within a walk of a place")
    isochrone.add_argument("--network", type=Path, required=True, metavar="NET")
    isochrone.add_argument("--at", type=position, required=True, action="append", metavar="LON,LAT", help="repeatable")
    isochrone.add_argument("--limit-m", type=_limits, required=True, metavar="M,M,...", help="limits in metres")
    isochrone.add_argument("--as", dest="form", choices=("polygon", "line", "both"), default="polygon")
    isochrone.add_argument("--out", type=Path, required=True, metavar="F.geojson")
    add_conditions(isochrone)
    _add_profile(isochrone)
    isochrone.set_defaults(run=run_isochrone)
    route = commands.add_parser("route", help="the way on foot from one place to another")
    route.add_argument("--network", type=Path, required=True, metavar="NET")
    route.add_argument("--from", dest="origin", type=position, required=True, metavar="LON,LAT")
    route.add_argument("--to", dest="goal", type=position, required=True, metavar="LON,LAT")
    route.add_argument("--out", type=Path, metavar="F.geojson", help="the legs as lines")
    route.add_argument("--json", action="store_true", help="the route as JSON on standard output")
    add_conditions(route)
    _add_profile(route)
    route.set_defaults(run=run_route)


def add_conditions(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how people walk."""
    parser.add_argument("--step-free", action="store_true", help="keep off steps; unknown stays open and is counted")
    parser.add_argument("--hour", type=_local_time, metavar="YYYY-MM-DDTHH:MM", help="gates shut then block the way")
    parser.add_argument("--max-access-m", type=_metres, default=500.0, metavar="A", help="longest access leg (500)")


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="NAME", help="who walks: waiting at crossings counts at that pace")


def named_profile(name: str) -> Profile:
    """Return a walking profile of the catalogue; RequestError where it has none of that name."""
    import os

    from geo.catalog import read_catalog
    from webmap.config import config_from_environment

    profiles = read_catalog(config_from_environment(os.environ).data).profiles
    if name not in profiles:
        known = ", ".join(profiles)
        raise RequestError("unknown_profile", "--profile", f"no walking profile {name!r}", f"Use one of {known}.")
    return profiles[name]


def position(text: str) -> tuple[float, float]:
    """Return longitude and latitude of `LON,LAT`."""
    parts = text.split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not LON,LAT") from None
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise argparse.ArgumentTypeError(f"{text!r} is no position; longitude comes first")
    return lon, lat


def _metres(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= _FARTHEST_LIMIT_M:
        raise argparse.ArgumentTypeError(f"{text!r} is no number over 0 and up to {_FARTHEST_LIMIT_M:g}")
    return value


def _limits(text: str) -> list[int]:
    try:
        limits = [float(part) for part in text.split(",")]
    except ValueError:
        limits = []
    if not 0 < len(limits) <= _MOST_LIMITS or not all(0 < limit <= _FARTHEST_LIMIT_M for limit in limits):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of metres over 0 and up to {_FARTHEST_LIMIT_M:g}")
    return [whole_decimetres(limit) for limit in limits]


def _local_time(text: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date and time like 2026-11-21T22:30") from None
    if time.tzinfo is not None:
        raise argparse.ArgumentTypeError(f"{text!r} has a time zone; opening hours are in the place's own time")
    return time


def conditions_of(options: argparse.Namespace) -> Conditions:
    """Return the conditions that the options of `add_conditions` give."""
    from geo.conditions import Conditions

    return Conditions(step_free=options.step_free, at=options.hour, max_access_m=options.max_access_m)


def _read(options: argparse.Namespace, places: list[tuple[float, float]]) -> tuple[WalkNetwork, Snaps, Walk]:
    import numpy as np

    from geo.conditions import walk_under
    from geo.network_file import load_network
    from geo.snapping import snap

    network = load_network(options.network)
    lonlat = np.array(places)
    profile = named_profile(options.profile) if options.profile else None
    return network, snap(network, lonlat[:, 0], lonlat[:, 1]), walk_under(network, conditions_of(options), profile)


def _unknown_lines(network: WalkNetwork, options: argparse.Namespace) -> list[str]:
    """Return what the data leaves open of what was asked, in words."""
    from geo.conditions import unknowns

    found, lines = unknowns(network), []
    if options.step_free:
        share = found.step_free_m / max(found.street_m, 1.0)
        lines.append(f"unknown: whether {share:.0%} of the network's streets are step-free; they count as open")
    if options.hour:
        lines.append(f"unknown: the hours of {found.gates} gates; they count as open")
    return lines


def run_isochrone(options: argparse.Namespace) -> int:
    """Write what lies within each limit of the places."""
    from geo.isochrone import isochrones

    network, places, walk = _read(options, options.at)
    off = places.access_m > walk.max_access_m
    if off.all():
        raise _off_network("--at", places.access_m.min(), walk)
    if off.any():
        farthest_m = places.access_m.max()
        print(
            f"--at: {off.sum()} of {len(off)} places left out, up to {farthest_m:.0f} m from a street", file=sys.stderr
        )
    kinds = ("polygon", "line") if options.form == "both" else (options.form,)
    features = [
        _isochrone_feature(found, kind)
        for found in isochrones(network, places, options.limit_m, walk)
        for kind in kinds
    ]
    options.out.write_text(_collection(features), encoding="utf-8")
    for line in _unknown_lines(network, options):
        print(line, file=sys.stderr)
    return 0


def _off_network(option: str, access_m: float, walk: Walk) -> RequestError:
    return RequestError(
        "off_network",
        option,
        f"the nearest street of the network is {access_m:.0f} m away",
        f"Choose a place within {walk.max_access_m:g} m of a street, or another network.",
    )


def _isochrone_feature(found: Isochrone, kind: str) -> dict[str, Any]:
    import shapely

    if kind == "polygon":
        shape = shapely.set_precision(found.polygon, 1e-7)
    else:
        shape = shapely.transform(found.lines, lambda positions: positions.round(7))
    properties = {"limit_m": whole_number_if_so(found.limit_m), "kind": kind, "street_m": round(found.street_m, 1)}
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": properties}


def whole_number_if_so(value: float) -> float | int:
    """Return a whole number without its decimal point, any other as it is."""
    return int(value) if float(value).is_integer() else value


def _collection(features: list[dict[str, Any]]) -> str:
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def run_route(options: argparse.Namespace) -> int:
    """Print the way, and write its legs where asked."""
    from geo.route import find_route

    network, ends, walk = _read(options, [options.origin, options.goal])
    for option, access_m in zip(("--from", "--to"), ends.access_m.tolist(), strict=True):
        if access_m > walk.max_access_m:
            raise _off_network(option, access_m, walk)
    route = find_route(network, ends, walk)
    if options.out and route.distance_m is not None:
        options.out.write_text(_collection([_leg_feature(leg) for leg in route.legs]), encoding="utf-8")
    if options.json:
        print(json.dumps(_route_facts(route, network, options), ensure_ascii=False, indent=2))
    else:
        # Of steps on the way the text tells already, so that of the network only its gates are left.
        print("\n".join([_route_text(route), *_unknown_lines(network, options)[int(options.step_free) :]]))
    if route.distance_m is None:
        raise DataError.single("no_route", "", f"there is no way on foot: {route.reason}", "Check both places.")
    return 0


def _leg_feature(leg: Leg) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": leg.coordinates}
    return {"type": "Feature", "geometry": line, "properties": _leg_facts(leg)}


def _leg_facts(leg: Leg) -> dict[str, Any]:
    return {name: value for name, value in vars(leg).items() if name not in {"coordinates", "edges"}}


def _route_facts(route: Route, network: WalkNetwork, options: argparse.Namespace) -> dict[str, Any]:
    from geo.conditions import unknowns

    legs = [_leg_facts(leg) | {"coordinates": leg.coordinates} for leg in route.legs]
    unknown = {"unknown": vars(unknowns(network))} if options.step_free or options.hour else {}
    return vars(route) | {"legs": legs} | unknown


def _route_text(route: Route) -> str:
    if route.distance_m is None:
        return f"no way: {route.reason}"
    lines = [f"{route.distance_m:g} m, of which {route.access_from_m + route.access_to_m:.1f} m to and from the street"]
    lines += [f"{leg.turn:>8}  {leg.length_m:7.1f} m  {leg.street or '(no name)'}" for leg in route.legs]
    unknown_m = sum(leg.unknown_step_free_m for leg in route.legs)
    return "\n".join([*lines, f"steps and ramps: unknown for {unknown_m:.1f} m"])
