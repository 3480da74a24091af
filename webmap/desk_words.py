"""What stands beside every figure of the planner's desk: what it rests on, and what it must not be taken for."""

from __future__ import annotations

from flask_babel import gettext as _

from geo.assessment import Place
from webmap.basis_words import has_lanes, people_notes
from webmap.snapshot import Snapshot


def cautions_of(now: Snapshot, place: Place, layer_id: str) -> list[str]:
    """Return what a reader must know of a layer's figures: people, lanes, rough and invented positions."""
    told = ground_cautions(place)
    counts = now.assessment(place, layer_id).counts
    if counts["approximate"]:
        told.append(_("%(count)d 处设施的位置只是大概。", count=counts["approximate"]))
    if counts["sample"]:
        told.append(_("%(count)d 个示例位置不算在里面。", count=counts["sample"]))
    if counts["unlocated"]:
        told.append(_("另有 %(count)d 处不知道在哪，没算。", count=counts["unlocated"]))
    if place.subdistrict.population.unit == "households":
        told.append(_("这里数的是户，不是人。"))
    return told


def ground_cautions(place: Place) -> list[str]:
    """Return what a reader must know of every figure of a place: what its people rest on, and which ways it lacks."""
    told = [_("人口是按街道长度模拟的，不是普查。")] if place.basis.kind == "modelled" else people_notes(place)
    return told if has_lanes(place) else [*told, _("弄堂和小区路不在里面，实际可能更近。")]
