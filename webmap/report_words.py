"""Claims in words: figures with their qualifier and unit, kinds, stages, verdicts."""

from __future__ import annotations

import re

from flask import Flask
from flask_babel import gettext as _
from markupsafe import Markup, escape

from geo.claim_review import ReviewedClaim
from geo.claims_table import Claim
from webmap.i18n import current_language

_SIGN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+"
_CHINESE = re.compile(rf"{_SIGN}(?:[A-Za-z0-9 ]+{_SIGN})*")
_TONES = {
    "contradictory": "bad",
    "not_mapped": "bad",
    "does_not_add_up": "warn",
    "itemised_short": "warn",
    "short_by": "warn",
    "over_by": "warn",
    "all_samples": "sample",
    "mapped_unverified": "info",
    "agrees": "good",
    "exceeds": "good",
    "cannot_tell": "quiet",
    "off_map": "quiet",
    # of findings alone
    "contradicts": "bad",
    "short": "warn",
}


def furnish_words(app: Flask) -> None:
    """Give the templates of `app` the words of claims."""
    app.jinja_env.globals |= {
        "kind_name": kind_name,
        "stage_name": stage_name,
        "figure_words": figure_words,
        "plain_number": plain_number,
        "verdict_name": verdict_name,
        "verdict_of": verdict_of,
        "verdict_tone": verdict_tone,
        "finding_name": finding_name,
    }
    app.jinja_env.filters["chinese_marked"] = chinese_marked


def kind_name(kind: str) -> str:
    """Return the name of a claim's kind."""
    names: dict[str, str] = {
        "target": _("目标"),
        "done": _("完成"),
        "plan": _("计划"),
        "in_progress": _("在建"),
        "state": _("现状"),
    }
    return names[kind]


def stage_name(claim: Claim) -> str:
    """Return how far a thing has come, or as of when; empty where the report says nothing."""
    names: dict[str, str] = {
        "publicised": _("已公示"),
        "begun": _("已开工"),
        "completed": _("已完工"),
        "received": _("受理的"),
        "closed": _("办结的"),
        "settled": _("调解成功的"),
        "under_way": _("正在做的"),
    }
    if claim.kind == "plan" and claim.stage.isdigit():
        return str(_("%(year)s 年", year=claim.stage))
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", claim.stage):
        return str(_("截至 %(date)s", date=claim.stage))
    return names.get(claim.stage, claim.stage)


def plain_number(value: float | None) -> str:
    """Return a figure with commas and without needless decimals, a dash where there is none."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.10g}"


def figure_words(claim: Claim) -> str:
    """Return a claim's figure as it is meant: 约 70, 不少于 680, 3–4."""
    if claim.qualifier == "named":
        return str(_("点了名，没写数"))
    upper = "" if claim.value_max is None else f"–{plain_number(claim.value_max)}"
    figure = f"{'−' if claim.direction == 'down' else ''}{plain_number(claim.value)}{upper}"
    words: dict[str, str] = {
        "approx": figure if upper else _("约 %(figure)s", figure=figure),
        "at_least": _("不少于 %(figure)s", figure=figure),
        "more_than": _("超过 %(figure)s", figure=figure),
        "at_most": _("不超过 %(figure)s", figure=figure),
    }
    return words.get(claim.qualifier, figure)


def verdict_tone(verdict: str) -> str:
    """Return the tone in which a verdict is shown."""
    return _TONES[verdict]


def verdict_name(verdict: str) -> str:
    """Return a verdict in words, for a choice or a count."""
    names: dict[str, str] = {
        "contradictory": _("自相矛盾"),
        "does_not_add_up": _("算出来不一样"),
        "not_mapped": _("未上图"),
        "short_by": _("图上少了"),
        "over_by": _("图上多了"),
        "itemised_short": _("列出的不够"),
        "all_samples": _("全是示例"),
        "mapped_unverified": _("在图上，没核实"),
        "agrees": _("对得上"),
        "exceeds": _("超过目标"),
        "cannot_tell": _("说不准"),
        "off_map": _("不涉及地图"),
    }
    return names[verdict]


def verdict_of(reviewed: ReviewedClaim) -> str:
    """Return a claim's verdict in words, with the difference where there is one."""
    if reviewed.verdict == "short_by":
        return str(_("图上差 %(count)d 个", count=reviewed.difference))
    if reviewed.verdict == "over_by":
        return str(_("图上多 %(count)d 个", count=reviewed.difference))
    return verdict_name(reviewed.verdict)


def finding_name(verdict: str) -> str:
    """Return the verdict of a finding in words."""
    return verdict_name({"contradicts": "contradictory", "short": "itemised_short"}.get(verdict, verdict))


def chinese_marked(text: str) -> Markup:
    """Return `text` with its Chinese marked as Chinese on an English page, so that it is read out as such."""
    if current_language() == "zh":
        return escape(text)
    parts: list[Markup] = []
    behind = 0
    for match in _CHINESE.finditer(text):
        parts += [escape(text[behind : match.start()]), Markup('<span lang="zh-Hans">{}</span>').format(match[0])]
        behind = match.end()
    return Markup("").join([*parts, escape(text[behind:])])
