"""The report of one subdistrict for planners: every figure with rule, denominator, version and date."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from geo.assessment import LayerCoverage, Place, Question
from geo.catalog_model import Rule
from geo.coverage import Tally
from webmap.basis_words import people_line
from webmap.desk_maps import layer_map, share_bars
from webmap.desk_report_extra import extra_sections
from webmap.desk_words import ground_cautions
from webmap.i18n import current_language, local_text
from webmap.past import SHANGHAI
from webmap.place_names import local_name
from webmap.report_rows import indicator_name, verdict_counts
from webmap.report_words import figure_words, plain_number, verdict_name
from webmap.rows import Row, RuleCoverage, street_needs, table_rows
from webmap.snapshot import Snapshot
from webmap.verdicts import Verdict
from webmap.views import View, limit_name, minutes, share, speed_name, status_name, thousands, unit_name

Section = dict[str, Any]
_MOST_STREETS, _MOST_CLAIMS = 8, 40


def desk_report(now: Snapshot, place: Place, view: View, printed: datetime) -> Section:
    """Return everything that the report says, in the request's language, for `desk_report.typ` and the page."""
    rows = [row for row in table_rows(now, place, view.profile, with_samples=view.with_samples) if not row.is_folded]
    day = printed.astimezone(SHANGHAI).strftime("%Y-%m-%d")
    return {
        "language": current_language(),
        "kicker": _("15 分钟社区生活圈 · 规划报告"),
        "title": _("%(name)s：哪些人走不到", name=local_text(place.subdistrict.name)),
        "basis": _basis(now, place, view, day),
        "caution": caution(place, rows),
        "summary": _summary(place, rows),
        "bars": share_bars([(local_text(row.layer.name), _share_of(row)) for row in rows if row.headline]),
        "extra": extra_sections(now, place, view, rows),
        "layers": [_layer(now, place, view, row) for row in rows if row.headline and _drawn(row)],
        "without": _without(rows),
        "claims": [_claims(now, report_id) for report_id in _reports_of(now, place)],
        "method": method_notes(place, view),
        "foot": _(
            "%(name)s · %(day)s · 数据 %(version)s",
            name=local_text(place.subdistrict.name),
            day=day,
            version=place.data_version[:8],
        ),
        "words": _words(place),
    }


def caution(place: Place, rows: list[Row]) -> list[str]:
    """Return what a reader has to know before any figure: modelled people, estimated streets, rough places, samples."""
    told = ground_cautions(place)
    rough = sum(row.assessment.counts.get("approximate", 0) for row in rows)
    surveyed = sum(row.assessment.counts.get("surveyed", 0) for row in rows)
    if rough:
        told.append(_("%(count)d 处设施的位置只是大概。", count=rough))
    if not surveyed:
        told.append(_("没有一处位置是现场测过的。"))
    samples = [local_text(row.layer.name) for row in rows if row.assessment.sample and not row.assessment.located]
    if samples:
        told.append(_("%(layers)s只有示例位置，不算进任何数字。", layers=_("、").join(samples)))
    if place.subdistrict.population.unit == "households":
        told.append(_("这里数的是户，不是人。"))
    return told


def method_notes(place: Place, view: View) -> list[str]:
    """Return how the figures were made, one note a paragraph."""
    return [
        _("走得到：从家到设施沿街走的距离，两头走到街边的路都算，不超过规则的上限（等于也算）。"),
        _(
            "步速：%(profile)s %(speed)s。分钟按它换成米。",
            profile=local_text(view.profile.name),
            speed=speed_name(view.profile),
        ),
        _denominator(place),
        _(
            "街道网：%(nodes)s 个路口，%(edges)s 段，版本 %(version)s。",
            nodes=thousands(place.network.node_count),
            edges=thousands(place.network.edge_count),
            version=place.network.content_hash[:8],
        ),
        _("示例位置不算。位置大概的设施算，误差写在旁边。"),
        _("圆圈是直线距离，只拿来对照，不拿来算谁走得到。"),
    ]


def _basis(now: Snapshot, place: Place, view: View, day: str) -> list[str]:
    told = [
        _("%(day)s 的数据，版本 %(version)s", day=now.as_of or day, version=place.data_version[:8]),
        _(
            "按%(profile)s步速 %(speed)s，15 分钟 = %(metres)s m",
            profile=local_text(view.profile.name),
            speed=speed_name(view.profile),
            metres=thousands(view.profile.speed_mps * 900),
        ),
    ]
    population = place.subdistrict.population
    if place.basis.kind != "modelled":
        return [*told, people_line(place)]
    if population.value is None:
        return told
    return [*told, f"{local_text(population.measure)} {thousands(population.value)} {unit_name(population.unit)}"]


def _denominator(place: Place) -> str:
    """Return whom the shares are of: the stated people where they are modelled, else the homes that were brought."""
    if place.basis.kind != "modelled":
        return str(_("分母：%(people)s。", people=people_line(place)))
    stated = place.subdistrict.population
    return str(_("分母：%(measure)s，%(year)s。", measure=local_text(stated.measure), year=stated.as_of))


def _words(place: Place) -> dict[str, str]:
    return {
        "summary": _("一页看完"),
        "caution": _("读数字之前"),
        "layers": _("一层一层看"),
        "rules": _("每条规则各算一次，不替你选"),
        "streets": _("走不到的人最多的街"),
        "without": _("没有数字的层"),
        "claims": _("报告里写的，地图上有的"),
        "method": _("怎么算的"),
        "unit": unit_name(place.subdistrict.population.unit),
        "solid": _("实线：上限以内。虚线：超过上限。"),
    }


def _share_of(row: Row) -> float | None:
    return row.headline.honest.weights.share if row.headline and row.headline.honest else None


def _drawn(row: Row) -> bool:
    """Return whether a layer has a figure of its own: some facility with a known position."""
    return row.headline is not None and row.headline.honest is not None


def _summary(place: Place, rows: list[Row]) -> Section:
    """Return the table of all layers."""
    unit = unit_name(place.subdistrict.population.unit)
    head = [_("服务"), _("步行上限和依据"), _("走得到的居民"), _("报告 / 图上"), _("核对"), _("位置有多准")]
    return {"head": head, "rows": [_summary_row(row, unit) for row in rows]}


def _summary_row(row: Row, unit: str) -> list[str]:
    stated = row.stated or _("未提")
    positions = _("，").join(f"{status_name(part.status)} {part.count}" for part in row.bar)
    limit = _("没有步行要求")
    if row.headline:
        limit = f"{limit_name(row.headline.rule)} · {local_text(row.headline.rule.short_document)}"
    return [
        local_text(row.layer.name),
        limit,
        _figure(row, unit),
        f"{stated} / {row.assessment.located}",
        verdict_words(row.verdict),
        positions or _("没有记录"),
    ]


def _figure(row: Row, unit: str) -> str:
    """Return the figure of a row; what rests on samples says so."""
    if row.headline is None:
        return str(_("只核对数目，不算覆盖"))
    if row.headline.honest:
        return _fraction(row.headline.honest.weights, unit)
    if row.headline.sample:
        told = _("示例数 %(share)s，不能引用", share=share(row.headline.sample.weights.share))
        return f"— ({told})"
    return "—"


def _fraction(tally: Tally, unit: str) -> str:
    """Return a share with what it is a share of."""
    return f"{share(tally.share)}  {thousands(tally.covered)} / {thousands(tally.total)} {unit}"


def verdict_words(verdict: Verdict) -> str:
    """Return the verdict of a row in words."""
    words: dict[str, str] = {
        "agrees": _("对得上"),
        "short": _("差 %(count)d 个", count=verdict.difference),
        "over": _("多 %(count)d 个", count=verdict.difference),
        "unmapped": _("未上图"),
        "unverified": _("在图上，没核实"),
        "samples": _("全是示例"),
        "unclear": _("说不准"),
        "contradictory": _("自相矛盾"),
        "nothing": _("没有数据"),
    }
    return words[verdict.kind]


def _layer(now: Snapshot, place: Place, view: View, row: Row) -> Section:
    """Return the section of one layer that has a figure."""
    figure = row.headline
    if figure is None or figure.honest is None:
        raise ValueError(f"{row.layer.id} has no figure")
    unit = unit_name(place.subdistrict.population.unit)
    question = Question(row.layer.id, figure.rule.id, view.profile.id, with_samples=False)
    return {
        "id": row.layer.id,
        "name": local_text(row.layer.name),
        "question": local_text(row.layer.question),
        "share": share(figure.honest.weights.share),
        "fraction": f"{thousands(figure.honest.weights.covered)} / {thousands(figure.honest.weights.total)} {unit}",
        "lines": _lines(figure.honest, figure, unit),
        "map": layer_map(now, place, question, row.layer.family),
        "rules": _rules([figure, *row.others], unit),
        "streets": _streets(figure.honest, place, unit),
        "positions": _(
            "位置：%(positions)s",
            positions=_("，").join(f"{status_name(part.status)} {part.count}" for part in row.bar),
        ),
    }


def _lines(found: LayerCoverage, figure: RuleCoverage, unit: str) -> list[str]:
    """Return what stands under a layer's figure."""
    lines = [
        _(
            "%(limit)s = 沿街 %(metres)s m，%(document)s",
            limit=limit_name(figure.rule),
            metres=thousands(figure.limit_m),
            document=local_text(figure.rule.document),
        ),
        _(
            "走不到 %(uncovered)s %(unit)s，走不通 %(unreachable)s %(unit)s",
            unit=unit,
            uncovered=thousands(found.weights.uncovered),
            unreachable=thousands(found.weights.unreachable),
        ),
    ]
    if found.circle_only_weight:
        many = thousands(found.circle_only_weight)
        lines.append(_("圆圈多算了 %(count)s %(unit)s：住在圆圈里，但沿街走超过上限", count=many, unit=unit))
    if found.edge_of_data.uncovered_points:
        lines.append(
            _(
                "%(count)s %(unit)s的路可能走到数据外面，也许其实走得到",
                count=thousands(found.edge_of_data.uncovered_weight),
                unit=unit,
            )
        )
    return lines


def _rules(figures: list[RuleCoverage], unit: str) -> Section:
    """Return every rule of a layer side by side, with pass or fail where the rule sets a target."""
    head = [_("上限"), _("文件"), _("把握"), _("走得到的居民"), _("目标")]
    rows = [
        [
            limit_name(figure.rule) + ("" if figure.rule.limit_m else f" ({thousands(figure.limit_m)} m)"),
            local_text(figure.rule.document),
            certainty_words(figure.rule),
            _fraction(figure.honest.weights, unit),
            _target(figure),
        ]
        for figure in figures
        if figure.honest
    ]
    return {"head": head, "rows": rows}


def certainty_words(rule: Rule) -> str:
    """Return how sure we are of a rule."""
    words: dict[str, str] = {"high": _("高"), "medium": _("中"), "low": _("低")}
    return words[rule.certainty]


def _target(figure: RuleCoverage) -> str:
    """Return whether the target of a rule is met, "none" where it sets none."""
    target = figure.rule.target_share
    reached = figure.honest.weights.share if figure.honest else None
    if target is None or reached is None:
        return str(_("没有定"))
    asked = f"{100 * target:g}%"
    return str(_("达到 %(target)s", target=asked) if reached >= target else _("没到 %(target)s", target=asked))


def _streets(found: LayerCoverage, place: Place, unit: str) -> Section:
    """Return the streets with most uncovered people."""
    head = [_("街道"), _("走不到"), _("一半的人多走")]
    needs = street_needs(found, place)
    rows = [
        [
            local_name(need.street) or _("没有名字的路"),
            f"{thousands(need.weight)} {unit}",
            _("走不通") if need.over_m is None else _("%(count)d 分钟", count=minutes(need.over_m, found.profile)),
        ]
        for need in needs[:_MOST_STREETS]
    ]
    return {"head": head, "rows": rows, "more": max(0, len(needs) - _MOST_STREETS)}


def _without(rows: list[Row]) -> list[str]:
    """Return why each layer without a figure has none."""
    told = []
    for row in rows:
        name = local_text(row.layer.name)
        if row.headline is None:
            told.append(_("%(layer)s：没有步行要求，只核对数目。", layer=name))
        elif row.headline.honest is None and row.assessment.sample:
            told.append(_("%(layer)s：只有 %(count)d 处示例位置。", layer=name, count=row.assessment.sample))
        elif row.headline.honest is None:
            told.append(_("%(layer)s：%(count)d 处有位置。", layer=name, count=row.assessment.located))
    return told


def _reports_of(now: Snapshot, place: Place) -> list[str]:
    return [name for name, report in now.reports.items() if report.subdistrict == place.subdistrict.id]


def _claims(now: Snapshot, report_id: str) -> Section:
    """Return how a report's claims stand against the map, and those with something to settle."""
    report = now.report(report_id)
    reviewed = now.review(report)
    problems = [one for one in reviewed if one.is_problem]
    rows = []
    for one in problems[:_MOST_CLAIMS]:
        name = indicator_name(now, one.claim)
        reason = one.reasons[0] if one.reasons else None
        rows.append(
            [
                local_text(name) if name else _("没有归到哪一项"),
                f"{figure_words(one.claim)} {one.claim.unit}".strip(),
                verdict_name(one.verdict),
                "" if reason is None else (reason.en if current_language() == "en" else reason.zh),
            ]
        )
    counts = _("，").join(f"{verdict_name(name)} {count}" for name, count in verdict_counts(reviewed))
    return {
        "title": local_text(report.entry.title),
        "counts": _("%(total)s 个数字：%(counts)s", total=plain_number(len(reviewed)), counts=counts),
        "head": [_("数的是什么"), _("报告写"), _("核对"), _("为什么")],
        "rows": rows,
        "more": max(0, len(problems) - _MOST_CLAIMS),
    }
