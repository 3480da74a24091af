"""Why a siting question has no answer, and what would do, in the visitor's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _


def reason_words(problem: Mapping[str, Any]) -> str:
    """Return in words why nothing can be chosen: `code`, `found`, `remedy` and `figures` of a geo.errors.Problem.

    A code without words of its own is told as the solver says it.
    """
    words = _WORDS.get(str(problem.get("code")))
    if words is not None:
        return str(words(problem.get("figures") or {}))
    found, remedy = (str(problem.get(name) or "").rstrip(".") for name in ("found", "remedy"))
    return f"{found}. {remedy}." if remedy else f"{found}."


def _out_of_reach(figures: Mapping[str, Any]) -> object:
    told = _("有 %(points)s 个住处（%(people)s 人）从哪个点都走不到。", **_counts(figures))
    if "least_limit_m" not in figures:
        return told + _("多放些候选点，或者把限值放宽。")
    return told + _("限值放到 %(metres)d m 就够，或者在那附近添一个候选点。", metres=_up(figures["least_limit_m"]))


def _cut_off(figures: Mapping[str, Any]) -> object:
    told = _("有 %(points)s 个住处（%(people)s 人）从哪个点都走不到。", **_counts(figures))
    return told + _("其中有的没有路通到任何一个点，放宽也没用：在那边添候选点，或补上路。")


def _capacity_short(figures: Mapping[str, Any]) -> object:
    numbers = {"room": f"{round(figures['room_people']):,}", "people": f"{round(figures['people']):,}"}
    return _("所有点加起来只容得下 %(room)s 人，要 %(people)s 人：添候选点，或者把容量写大。", **numbers)


def _p_too_small(figures: Mapping[str, Any]) -> object:
    return _("处数不够，建 %(least)d 处才够。", least=figures["least_p"])


def _budget_too_small(figures: Mapping[str, Any]) -> object:
    return _("预算不够，要 %(least)s 才够。", least=f"{figures['least_budget']:,g}")


def _limit_too_small(figures: Mapping[str, Any]) -> object:
    return _("这么多处在限值里服务不了所有人，限值放到 %(metres)d m 就够。", metres=_up(figures["least_limit_m"]))


def _counts(figures: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{round(figures.get(name, 0)):,}" for name in ("points", "people")}


def _up(metres: float) -> int:
    """Return whole metres that are enough."""
    return -int(-metres // 1)


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "out_of_reach": _out_of_reach,
    "cut_off": _cut_off,
    "capacity_short": _capacity_short,
    "p_too_small": _p_too_small,
    "budget_too_small": _budget_too_small,
    "limit_too_small": _limit_too_small,
    "rivals_or_room": lambda _figures: _("不管建几处都不能人人走得到：放开互斥的候选点，或者把容量写大。"),
    "p_below_required": lambda _figures: _("必建的点比要建的处数还多：多建几处，或者少定几处必建。"),
    "budget_below_required": lambda _figures: _("光是必建的点就超过预算：加预算，或者少定几处必建。"),
    "rivals_required": lambda _figures: _("互斥的点里有几处都定了必建，只能留一处。"),
}
