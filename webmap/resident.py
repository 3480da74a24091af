"""/find: where are you, what is near, how do I get there. One question a step; every page works without scripts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import format_datetime
from werkzeug.wrappers import Response as AnyResponse

from geo.address_search import candidate_at, find_candidates
from geo.address_text import MAX_CHARACTERS
from geo.assessment import Place
from geo.errors import NotFoundError
from geo.gazetteer import HOW_WORDS, Candidate
from geo.opening_hours import now_local
from geo.snapping import snap
from webmap.area_list import area_list
from webmap.frames import frame_links
from webmap.i18n import current_language
from webmap.near_data import Around, Pace, address_index, around, services, sites_of
from webmap.near_list import Near, NearList, Wish, near_list, route_to
from webmap.near_map import near_map, route_map
from webmap.near_words import here_name, missing_words, pace_names, status_words, without_hours
from webmap.parameters import Choice, read_query
from webmap.positions import read_position
from webmap.responses import unless_known
from webmap.route_words import route_steps, step_free_of
from webmap.snapshot import Snapshot
from webmap.views import KEPT_CHOICES, snapshot, the_config

pages = Blueprint("resident", __name__)

PACES = {"adult": ("adult", False), "older": ("older", False), "pram": ("adult", True), "level": ("older", True)}
"""What a resident may choose: the profile whose speed is walked, and whether steps are avoided."""
SHARED_DECIMALS = 3
"""A link that is passed on holds a position to about 100 m."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where somebody is.

    `candidate` is what they chose by typing, None for a position from the device or the map; `street` is the nearest
    one, "" where none is near.
    """

    lon: float
    lat: float
    candidate: Candidate | None
    there: Around
    street: str

    @property
    def position(self) -> tuple[float, float]:
        """Longitude and latitude."""
        return self.lon, self.lat

    @property
    def shared(self) -> dict[str, str]:
        """What a link that is passed on says of the place: its name, or the position to about 100 m."""
        if self.candidate is not None:
            return {"where": self.candidate.label}
        return {"lon": f"{self.lon:.{SHARED_DECIMALS}f}", "lat": f"{self.lat:.{SHARED_DECIMALS}f}"}


@pages.context_processor
def _helpers() -> dict[str, object]:
    return {"step_to": _step_to, "date_words": _date_words, "opening_line": _opening_line}


def _step_to(endpoint: str, changes: dict[str, str | None]) -> str:
    """Return the address of another step, with everything taken along that the visitor has said."""
    said = {name: request.args[name] for name in KEPT_CHOICES if name in request.args} | changes
    return url_for(endpoint, **{name: value for name, value in said.items() if value is not None})  # type: ignore[arg-type]


def _opening_line(near: Near) -> str:
    """Return whether a facility is open, in words; what needs no hours says so instead of that it has none."""
    return (without_hours(near.layer.id) if not near.week else "") or near.opening.text


def _date_words(moment: dt.datetime) -> str:
    """Return a date and a time of day in the visitor's language."""
    pattern = "d MMMM, H:mm" if current_language() == "en" else "M 月 d 日 H:mm"
    return str(format_datetime(moment, pattern, rebase=False))


@pages.get("/find")
def start() -> str:
    """Ask where somebody is; `q` gives candidates to choose from."""
    now = snapshot()
    typed = read_query(request.args, {"q": Choice()}, ignore_unknown=True)["q"].strip()
    too_long = len(typed) > MAX_CHARACTERS
    found = find_candidates(address_index(now, the_config()), typed) if typed and not too_long else []
    return render_template(
        "find.html",
        typed=typed,
        too_long=too_long,
        most=MAX_CHARACTERS,
        candidates=found,
        how_words=HOW_WORDS,
        section="find",
    )


@pages.get("/find/map")
def choose_on_map() -> str:
    """Ask for a tap on the map of a subdistrict."""
    now = snapshot()
    place = _chosen_place(now)
    return render_template("find_map.html", place=place, frame=frame_links(place), section="find")


@pages.get("/find/map/data.json")
def choose_data() -> Response:
    """Return what the map draws on which somebody taps."""
    place = _chosen_place(snapshot())
    return unless_known(place.data_version, lambda: jsonify(near_map(place, None, [])))


@pages.get("/find/area")
def area() -> str:
    """Show everything on record in a subdistrict: a telephone keeps this page for a time without a connection."""
    now = snapshot()
    place = _chosen_place(now)
    groups = area_list(now, place)
    return render_template("find_area.html", place=place, groups=groups, read_at=now_local(), section="find")


@pages.get("/find/last")
def last() -> AnyResponse:
    """Lead to the start: a device without a connection answers this address with the last list that it keeps."""
    return redirect(url_for("resident.start"))


@pages.get("/find/near")
def near() -> str | AnyResponse:
    """Show the nearest facilities of each service."""
    now = snapshot()
    here = _read_here(now)
    if here is None:
        return redirect(url_for("resident.start", q=request.args.get("where", "")))
    wish, listed = _read_list(now, here)
    return render_template(
        "find_near.html",
        spot=here,
        here_name=_start_name(here),
        wish=wish,
        listed=listed,
        missing=[(one, missing_words(one)) for one in listed.missing],
        nothing=[one.layer for one in listed.missing if not missing_words(one)],
        status_words=status_words,
        how_words=HOW_WORDS,
        paces=pace_names(),
        pace_id=_pace_id(),
        pace_to=_pace_to(),
        services=services(now),
        read_at=now_local(),
        share_url=url_for("resident.near", _external=True, pace=_pace_id(), **here.shared),
        frame=frame_links(here.there.place),
        place=here.there.place,
        section="find",
    )


@pages.get("/find/near/data.json")
def near_data() -> Response:
    """Return what the map beside the list draws."""
    now = snapshot()
    here = _require_here(now)
    listed = _read_list(now, here)[1]
    return jsonify(near_map(here.there.place, here.position, [*listed.found, *listed.unsure]))


@pages.get("/find/route")
def route() -> str | AnyResponse:
    """Show the way to one facility: steps in words, and a map."""
    now = snapshot()
    here = _read_here(now)
    if here is None:
        return redirect(url_for("resident.start", q=request.args.get("where", "")))
    one, pace = _read_goal(now, here)
    way = route_to(here.there, here.position, one.site, pace)
    return render_template(
        "find_route.html",
        spot=here,
        here_name=_start_name(here),
        near=one,
        route=way,
        steps=route_steps(way, one.site, _start_name(here), pace.profile) if way.distance_m is not None else [],
        step_free=step_free_of(way),
        pace=pace,
        paces=pace_names(),
        pace_id=_pace_id(),
        status_words=status_words,
        read_at=now_local(),
        frame=frame_links(here.there.place),
        place=here.there.place,
        section="find",
    )


@pages.get("/find/route/data.json")
def route_data() -> Response:
    """Return what the map of a route draws."""
    now = snapshot()
    here = _require_here(now)
    one, pace = _read_goal(now, here)
    way = route_to(here.there, here.position, one.site, pace)
    steps = route_steps(way, one.site, _start_name(here), pace.profile) if way.distance_m is not None else []
    return jsonify(route_map(here.there.place, here.position, one, way, steps))


def _read_here(now: Snapshot) -> Here | None:
    """Return where somebody is; None where the name in the query leads nowhere (any more)."""
    asked = read_query(request.args, {"where": Choice(), "lon": Choice(), "lat": Choice()}, ignore_unknown=True)
    if not asked["where"]:
        return _here(now, *read_position(asked["lon"], asked["lat"]), None)
    found = candidate_at(address_index(now, the_config()), asked["where"])
    return None if found is None else _here(now, found.lon, found.lat, found)


def _require_here(now: Snapshot) -> Here:
    here = _read_here(now)
    if here is None:
        raise NotFoundError("unknown_place", "where", "no place is called that", "Search for it on /find")
    return here


def _here(now: Snapshot, lon: float, lat: float, candidate: Candidate | None) -> Here:
    there = around(now, lon, lat)
    network = there.place.network
    snapped = snap(network, np.array([lon]), np.array([lat]))
    is_near = snapped.edge[0] >= 0 and snapped.access_m[0] <= 500
    return Here(lon, lat, candidate, there, network.edge_name(int(snapped.edge[0])) if is_near else "")


def _start_name(here: Here) -> str:
    return here_name(here.candidate, here.street)


def _read_list(now: Snapshot, here: Here) -> tuple[Wish, NearList]:
    known = ("", *(layer.id for layer in services(now)))
    switch = Choice(("0", "1"), "0")
    choices = {"service": Choice(known), "open": switch, "level": switch, "many": Choice(("1", "3"), "1")}
    asked = read_query(request.args, choices, ignore_unknown=True)
    level = asked["level"] == "1"
    pace = _read_pace(now)
    pace = Pace(pace.profile, pace.step_free or level)
    wish = Wish(pace, asked["service"], asked["open"] == "1", level, most=int(asked["many"]))
    return wish, near_list(now, here.there, here.position, wish, now_local())


def _read_goal(now: Snapshot, here: Here) -> tuple[Near, Pace]:
    """Return the facility that `to` names, as the list has it; NotFoundError where nobody can be sent there."""
    goal = read_query(request.args, {"to": Choice((), None)}, ignore_unknown=True)["to"]
    sites = sites_of(now, here.there.place)
    site = next((one for one in sites.sites if one.id == goal), None)
    if site is None:
        found = f"no facility with a known position here is called {goal[:40]!r}"
        raise NotFoundError("unknown_facility", "to", found, "Choose one from the list")
    pace = _read_pace(now)
    listed = near_list(now, here.there, here.position, Wish(pace, site.layer, most=len(sites.sites)), now_local())
    one = next((one for one in listed.found if one.site.id == goal), None)
    if one is None:
        raise NotFoundError("no_way", "to", "no way on foot leads there", "Choose another facility, or another place")
    return one, pace


def _read_pace(now: Snapshot) -> Pace:
    profile, step_free = PACES[_pace_id()]
    return Pace(now.catalog.profiles[profile], step_free)


def _pace_to() -> str:
    """Return the pace that routes from the list are for: whoever asks for no steps walks around them."""
    avoids = request.args.get("level") == "1"
    return {"adult": "pram", "older": "level"}.get(_pace_id(), _pace_id()) if avoids else _pace_id()


def _pace_id() -> str:
    return read_query(request.args, {"pace": Choice(tuple(PACES), "adult")}, ignore_unknown=True)["pace"]


def _chosen_place(now: Snapshot) -> Place:
    known = tuple(now.places)
    return now.place(read_query(request.args, {"in": Choice(known, known[0])}, ignore_unknown=True)["in"])
