"""A route in words: one step a street, with the turn, the direction, the metres and the minutes."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from geo.catalog_model import Profile
from geo.nearby import Site, walking_minutes
from geo.route import Leg, Route
from webmap.place_names import local_address, local_name

SHORT_ACCESS_M = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, and how far that is; `lon`, `lat` is where it begins, None at the very start."""

    text: str
    measure: str
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class StepFree:
    """What is known of steps and ramps on a route: "none" on all of it, "unknown" on all, or "partly"."""

    kind: str
    unknown_m: float


def route_steps(route: Route, site: Site, start: str, profile: Profile) -> list[Step]:
    """Return a route as steps; `start` is what the place is called from which it begins."""
    steps = [_leg_step(leg, start if number == 0 else "", profile) for number, leg in enumerate(route.legs)]
    if route.access_from_m > SHORT_ACCESS_M and route.legs:
        street = _street(route.legs[0])
        text = _("从%(start)s走到%(street)s", start=start, street=street)
        steps[0] = _leg_step(route.legs[0], "", profile)
        steps.insert(0, Step(text, _("直线 %(metres)d m，这一段没有路的数据", metres=round(route.access_from_m))))
    goal = local_address(site.text("address") or "") or site.text("name") or ""
    return [*steps, Step(_("走到%(goal)s", goal=goal), _arrival(route, site))]


def step_free_of(route: Route) -> StepFree:
    """Return what is known of steps on a route."""
    total_m = sum(leg.length_m for leg in route.legs)
    unknown_m = sum(leg.unknown_step_free_m for leg in route.legs)
    if total_m and unknown_m == 0 and total_m == sum(leg.step_free_m for leg in route.legs):
        return StepFree("none", 0.0)
    return StepFree("unknown" if unknown_m >= total_m else "partly", unknown_m)


def _leg_step(leg: Leg, start: str, profile: Profile) -> Step:
    where = {"street": _street(leg), "direction": compass(leg.bearing_deg)}
    texts = {
        "start": _("沿%(street)s往%(direction)s走", **where),
        "straight": _("直走，沿%(street)s往%(direction)s走", **where),
        "left": _("左转，沿%(street)s往%(direction)s走", **where),
        "right": _("右转，沿%(street)s往%(direction)s走", **where),
        "back": _("掉头，沿%(street)s往%(direction)s走", **where),
    }
    text = _("从%(start)s出来，%(step)s", start=start, step=texts[leg.turn]) if start else texts[leg.turn]
    minutes = walking_minutes(leg.length_m, profile.speed_mps)
    measure = _("%(metres)d m，约 %(minutes)d 分钟", metres=round(leg.length_m), minutes=minutes)
    lon, lat = leg.coordinates[0]
    return Step(text, measure, lon, lat)


def _arrival(route: Route, site: Site) -> str:
    if site.status == "approximate":
        return str(_("位置只是大概，误差约 %(metres)d m，到了这一带再找一找", metres=round(site.accuracy_m)))
    if route.access_to_m > SHORT_ACCESS_M:
        return str(_("离路边直线 %(metres)d m", metres=round(route.access_to_m)))
    return str(_("就在路边"))


def _street(leg: Leg) -> str:
    return local_name(leg.street) or str(_("没有名字的路"))


def compass(bearing_deg: float) -> str:
    """Return a direction as one of eight words."""
    names = (_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北"))
    return str(names[round(bearing_deg / 45) % 8])
