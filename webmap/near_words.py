"""Words of the resident's pages: paces, how a position is known, why a service has none."""

from __future__ import annotations

from flask_babel import gettext as _

from geo.gazetteer import Candidate
from geo.nearby import Site
from webmap.i18n import current_language
from webmap.near_list import Missing
from webmap.place_names import local_address, local_name


def pace_names() -> dict[str, str]:
    """Return the names of the paces that somebody may choose, in the order in which they stand."""
    return {"adult": _("普通"), "older": _("慢一点"), "pram": _("推童车"), "level": _("不走台阶")}


def here_name(candidate: Candidate | None, street: str) -> str:
    """Return what the place is called where somebody is."""
    if candidate is not None:
        return (candidate.name_en if current_language() == "en" else "") or local_address(candidate.label)
    return str(_("%(street)s附近", street=local_name(street)) if street else _("地图上的一点"))


def status_words(site: Site) -> str:
    """Return how a facility's position is known."""
    return position_words(site.status, site.accuracy_m)


def position_words(status: str, accuracy_m: float) -> str:
    """Return how a position of that status is known; `accuracy_m` is told of an approximate one."""
    texts: dict[str, str] = {
        "surveyed": _("有人去量过位置"),
        "address": _("按门牌定位"),
        "approximate": _("位置只是大概，误差约 %(metres)d m", metres=round(accuracy_m)),
        "unlocated": _("确切位置还不知道"),
    }
    return texts[status]


def without_hours(layer_id: str) -> str:
    """Return what stands in place of opening hours where none is on record: some things need none."""
    texts: dict[str, str] = {
        "heritage_buildings": _("在外面看，不用进门"),
        "lifts": _("楼里的电梯，给这栋楼的住户用"),
    }
    return texts.get(layer_id, "")


def missing_words(missing: Missing) -> str:
    """Return why nobody can be sent to a service, or to the rest of it; "" where nothing is on record."""
    beside, told = missing.beside, []
    if missing.hidden:
        return str(_("还有 %(count)d 个不知道在哪", count=beside.unlocated))
    if beside.sample:
        told.append(_("只有示例位置，不是真的，不带你去"))
    if beside.unlocated:
        told.append(_("知道有 %(count)d 个，不知道在哪", count=beside.unlocated))
    if beside.not_open:
        told.append(_("%(count)d 个还在计划或在建", count=beside.not_open))
    return str(_("；")).join(told)
