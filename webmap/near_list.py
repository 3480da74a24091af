"""The resident's list: for each service the nearest facilities from a position, in words that a page can show."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from geo.catalog_model import Layer
from geo.conditions import Conditions, walk_under
from geo.nearby import Nowhere, Site, Sites, nearest_rows, walking_minutes, walks_to
from geo.network import FloatArray
from geo.route import Route, find_route
from geo.snapping import snap
from webmap.hours_words import OpeningWords, opening_words, week_words
from webmap.near_data import Around, Pace, backward_of, nowhere_of, services, sites_of, walk_of
from webmap.route_words import step_free_of
from webmap.snapshot import Snapshot

_BETWEEN_NUMBERS = re.compile(r"[/、,;或]")
_EXTENSION = re.compile(r"转|分机|ext\.?|x", re.IGNORECASE)
_NOT_DIALLED = re.compile(r"[^0-9+]")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked of the list: pace, one service alone, only open now, only known to be step-free, how many."""

    pace: Pace
    service: str = ""
    open_now: bool = False
    known_step_free: bool = False
    most: int = 1


@dataclass(frozen=True, slots=True)
class Near:
    """One facility of the list, with the walk to it.

    `minutes` is for the walk with the position's error; `phone_link` is the number as telephones take it.
    """

    layer: Layer
    site: Site
    distance_m: float
    minutes: int
    opening: OpeningWords
    week: tuple[str, ...]

    @property
    def is_rough(self) -> bool:
        """Whether the position is only approximate."""
        return self.site.status == "approximate"

    @property
    def phone_link(self) -> str:
        """The telephone number as a tel: link takes it, "" where there is none."""
        return phone_link(self.site.text("phone"))


def phone_link(phone: str | None) -> str:
    """Return a telephone number as a tel: link takes it, "" where there is none.

    Of several numbers the first; an extension follows a comma, at which a telephone waits before it dials on.
    """
    first = _BETWEEN_NUMBERS.split(unicodedata.normalize("NFKC", phone or ""), maxsplit=1)[0]
    number, *extension = (_NOT_DIALLED.sub("", part) for part in _EXTENSION.split(first, maxsplit=1))
    return ",".join(filter(None, (number, *extension))) if number else ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A service of which nothing can be shown: why, and what there is of it beside."""

    layer: Layer
    beside: Nowhere
    hidden: int


@dataclass(frozen=True, slots=True)
class NearList:
    """The list: facilities by walk, services with nothing to show, and those that a filter or the streets leave out.

    `unsure` is, of services with no way known to be free of steps, what can be reached by ways of which the data does
    not say; it is only filled where that was asked for.
    """

    found: tuple[Near, ...]
    missing: tuple[Missing, ...]
    left_out: tuple[Layer, ...]
    unsure: tuple[Near, ...] = ()


def near_list(now: Snapshot, there: Around, position: tuple[float, float], wish: Wish, moment: dt.datetime) -> NearList:
    """Return the list from a position; `moment` is the local time at which it is read."""
    sites = sites_of(now, there.place)
    walk = walk_of(now, there.place, wish.pace)
    walks_m = walks_to(backward_of(now, there.place), sites, *position, walk)
    beside = nowhere_of(now, there.place)
    found: list[Near] = []
    missing: list[Missing] = []
    left_out: list[Layer] = []
    unsure: list[Near] = []
    for layer in services(now):
        if wish.service not in ("", layer.id):
            continue
        near = _of_layer(layer, sites, walks_m, wish, moment)
        open_ones = [one for one in near if one.opening.is_open is True or not wish.open_now]
        shown = [one for one in open_ones if _fits(there, position, one, wish)][: wish.most]
        found += shown
        doubtful = open_ones[: wish.most] if wish.known_step_free and not shown else []
        unsure += doubtful
        if not sites.rows_of(layer.id):
            missing.append(Missing(layer, beside[layer.id], 0))
        elif not shown and not doubtful:
            left_out.append(layer)
        elif beside[layer.id].unlocated:
            missing.append(Missing(layer, beside[layer.id], len(near)))
    return NearList(_by_walk(found), tuple(missing), tuple(left_out), _by_walk(unsure))


def _by_walk(near: list[Near]) -> tuple[Near, ...]:
    return tuple(sorted(near, key=lambda one: (one.site.within_m(one.distance_m), one.site.id)))


def _of_layer(layer: Layer, sites: Sites, walks_m: FloatArray, wish: Wish, moment: dt.datetime) -> list[Near]:
    """Return the facilities of a layer by walk; more than are shown where a filter may take some away."""
    filtered = wish.open_now or wish.known_step_free
    rows = nearest_rows(sites.rows_of(layer.id), walks_m, 50 if filtered else wish.most)
    near = []
    for row in rows:
        site, distance_m = sites.sites[row], float(walks_m[row])
        hours = site.text("opening_hours")
        minutes = walking_minutes(site.within_m(distance_m), wish.pace.profile.speed_mps)
        words = tuple(week_words(hours))
        near.append(Near(layer, site, distance_m, minutes, opening_words(hours, moment), words))
    return near


def _fits(there: Around, position: tuple[float, float], near: Near, wish: Wish) -> bool:
    if not wish.known_step_free:
        return True
    route = route_to(there, position, near.site, Pace(wish.pace.profile, step_free=True))
    return route.distance_m is not None and step_free_of(route).kind == "none"


def route_to(there: Around, position: tuple[float, float], site: Site, pace: Pace) -> Route:
    """Return the way on foot from a position to a site."""
    network = there.place.network
    ends = snap(network, np.array([position[0], site.lon]), np.array([position[1], site.lat]))
    return find_route(network, ends, walk_under(network, Conditions(step_free=pace.step_free), pace.profile))
