"""What the pages for staff call things: kinds of work, parts of a feature, statuses, faults in a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from geo.catalog_model import Layer
from geo.datum import geodesic_lengths_m
from geo.errors import Problem
from geo.property_checks import property_types
from webmap.fault_words import fault_words
from webmap.feature_merge import POSITION
from webmap.i18n import local_text

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_OF_FEATURE = re.compile(r" \(feature .*\)$", re.DOTALL)


def work_kind_name(kind: str) -> str:
    """Return what a kind of work is called."""
    names: dict[str, str] = {
        "wrong": _("居民报错"),
        "review": _("待审核"),
        "draft": _("草稿"),
        "unlocated": _("没位置"),
        "sample": _("示例"),
        "stale": _("过期"),
        "approximate": _("位置大概"),
    }
    return names[kind]


def work_reason(kind: str, properties: Mapping[str, Any], wrong_kinds: list[str]) -> str:
    """Return in a few words why a facility waits."""
    if kind == "wrong":
        return str(_("居民说：%(what)s", what=str(_("、")).join(wrong_name(one) for one in wrong_kinds)))
    if kind == "approximate":
        return str(_("位置大概，误差 %(metres)s m", metres=f"{properties.get('accuracy_m', 0):g}"))
    if kind == "stale":
        return str(_("%(date)s 核实的，太久了", date=str(properties.get("verified_on", ""))))
    reasons: dict[str, str] = {
        "review": _("送审了，等人看"),
        "draft": _("草稿，还没送审"),
        "unlocated": _("知道有，没有位置"),
        "sample": _("示例，等真实地址"),
    }
    return reasons[kind]


def wrong_name(kind: str) -> str:
    """Return what somebody says is wrong."""
    names: dict[str, str] = {
        "place": _("位置不对"),
        "closed": _("已经关了或搬走了"),
        "hours": _("开门时间不对"),
        "name": _("名称不对"),
        "phone": _("电话不对"),
        "twice": _("和另一处是同一个"),
        "other": _("别的"),
    }
    return names[kind]


def status_choice(status: str) -> str:
    """Return how a position is known, as somebody chooses it."""
    names: dict[str, str] = {
        "surveyed": _("到现场看过"),
        "address": _("按门牌"),
        "approximate": _("大概"),
        "sample": _("示例，编的"),
        "unlocated": _("不知道在哪"),
    }
    return names[status]


def phase_name(phase: str) -> str:
    """Return a facility's phase."""
    names: dict[str, str] = {
        "open": _("在用"),
        "planned": _("计划中"),
        "in_progress": _("在建"),
        "closed": _("已关"),
    }
    return names[phase]


def choice_name(name: str, value: str) -> str:
    """Return one of a property's choices in words; what somebody has added to the catalogue stands as it is."""
    if name == "location_status":
        return status_choice(value)
    if name == "phase":
        return phase_name(value)
    names: dict[tuple[str, str], str] = {
        ("tier", "sub_centre"): _("分中心"),
        ("tier", "neighbourhood"): _("居民区站"),
        ("tier", "building"): _("楼宇站"),
        ("tier", "centre"): _("中心"),
        ("tier", "room"): _("活动室"),
        ("identity", "presumed"): _("猜是"),
        ("identity", "confirmed"): _("核实过"),
        ("pass", "anyone"): _("谁都能走"),
        ("pass", "residents"): _("住的人能走"),
        ("pass", "nobody"): _("谁都不能走"),
    }
    return names.get((name, value), value)


def state_name(state: str) -> str:
    """Return the state of a revision."""
    names: dict[str, str] = {"draft": _("草稿"), "review": _("待审核"), "published": _("已发布")}
    return names[state]


def source_name(source: str) -> str:
    """Return by which way a revision came."""
    names: dict[str, str] = {
        "form": _("页面上改的"),
        "api": _("程序写的"),
        "import": _("导入的"),
        "seed": _("数据文件带来的"),
        "undo": _("撤销来的"),
        "command": _("命令行写的"),
    }
    return names.get(source, source)


def part_name(layer: Layer, name: str) -> str:
    """Return what a part of a feature is called."""
    if name == POSITION:
        return str(_("位置"))
    kind = property_types(layer).get(name)
    return local_text(kind.label) if kind else name


def part_value(name: str, value: object) -> str:
    """Return a part of a feature in words; a dash where it is not there."""
    if value is None:
        return "—"
    if name == POSITION and isinstance(value, Mapping):
        return position_words(value)
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return choice_name(name, value) if isinstance(value, str) else f"{value:g}"


def position_words(position: Mapping[str, Any]) -> str:
    """Return a place in words: how it is known, and how far off it may be."""
    status, accuracy_m = str(position.get("location_status")), position.get("accuracy_m")
    known = status_choice(status)
    return known if accuracy_m is None else str(_("%(how)s，误差 %(metres)s m", how=known, metres=f"{accuracy_m:g}"))


def point_of(geometry: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """Return longitude and latitude of a point; of a polygon, its first corner; None where there is none."""
    if geometry is None:
        return None
    found = geometry["coordinates"]
    while isinstance(found[0], list | tuple):
        found = found[0]
    return float(found[0]), float(found[1])


def metres_apart(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> float | None:
    """Return the metres between two geometries, None where one is missing."""
    first, second = point_of(one), point_of(other)
    if first is None or second is None:
        return None
    return float(geodesic_lengths_m([first[0]], [first[1]], [second[0]], [second[1]])[0])


def form_fault(problem: Problem) -> tuple[str, str]:
    """Return what is wrong with a field, and what to do, in the reader's language."""
    own: dict[str, tuple[str, str]] = {
        "bad_coordinates": (_("坐标看不懂"), _("先写经度，再写纬度，中间用逗号：121.42814, 31.22870")),
        "bad_shape": (_("形状看不懂"), _("贴一块 POLYGON ((...))，或者 GeoJSON 里一处的 geometry")),
        "status_not_said": (_("位置变了"), _("选一下位置是怎么来的")),
        "swapped_axes": (_("像是经度和纬度写反了"), _("先写经度（121 左右），再写纬度（31 左右）")),
        "longitude_out_of_range": (_("经度不在地球上"), _("经度从 -180 到 180")),
        "latitude_out_of_range": (_("纬度不在地球上"), _("纬度从 -90 到 90")),
        "missing_reason": (_("没说为什么"), _("写一句，让改的人知道")),
        "outside_subdistrict": (
            _("位置在街道外 %(metres)s m", metres=f"{problem.figures.get('distance_m', 0):g}"),
            _("确实服务这个街道就勾上确认，不然改位置"),
        ),
        "no_kind": (_("还没选哪里不对"), _("选一个")),
    }
    if problem.code == "wrong_type" and "number" in problem.remedy:
        return _("这里要填数字"), _("只写数字，单位不要写")
    if problem.code in own:
        return own[problem.code]
    words = fault_words(problem)
    what = _OF_FEATURE.sub("", words.what)
    return what, words.remedy


def together_words(layer: Layer, parts: str) -> str:
    """Return the parts that somebody else changed meanwhile, out of the address of a page that was saved."""
    known = (POSITION, *property_types(layer))
    return str(_("、")).join(part_name(layer, part) for part in parts.split(",") if part in known)


def shanghai_day(moment: str) -> str:
    """Return a moment of the store (UTC) as a day in Shanghai, as a list tells it: today with its time."""
    when, now = datetime.fromisoformat(moment).astimezone(_SHANGHAI), datetime.now(_SHANGHAI)
    days = (now.date() - when.date()).days
    if days == 0:
        return str(_("今天 %(time)s", time=when.strftime("%H:%M")))
    if 0 < days < 30:
        return str(_("%(days)d 天前", days=days))
    return when.strftime("%Y-%m-%d")
