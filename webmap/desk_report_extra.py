"""What the planner's report tells beyond coverage: gaps, the curve of new sites, fairness, and how sure figures are."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from geo.assessment import Place, Question
from geo.errors import RequestError
from geo.fairness import Fairness
from geo.siting_place import SitingQuestion
from webmap.desk_band import band_at_once
from webmap.desk_fairness import fairness_of
from webmap.desk_plots import curve_plot, lorenz_plot
from webmap.gap_list import MOST_POINTS, gap_rows
from webmap.i18n import local_text
from webmap.place_names import local_names
from webmap.rows import Row
from webmap.siting_answer import kept_result
from webmap.snapshot import Snapshot
from webmap.views import View, limit_name, share, thousands, unit_name

Section = dict[str, Any]
_MOST_GAPS, _CURVE_TO = 6, 5


def extra_sections(now: Snapshot, place: Place, view: View, rows: list[Row]) -> list[Section]:
    """Return the sections of layers that have a figure: title, paragraphs, figures (SVG), tables."""
    asked = [
        (row, Question(row.layer.id, row.headline.rule.id, view.profile.id))
        for row in rows
        if row.headline is not None and row.headline.honest is not None
    ]
    if not asked or not place.has_streets:
        return []
    return [
        _gaps(now, place, asked),
        _curves(now, place, asked),
        _fairness(now, place, asked),
        _bands(now, place, asked),
    ]


def _gaps(now: Snapshot, place: Place, asked: list[tuple[Row, Question]]) -> Section:
    """Return where the people are who are not served, layer by layer."""
    unit = unit_name(place.subdistrict.population.unit)
    head = [_("在哪一带"), _("走不到"), _("超出上限"), _("为什么")]
    tables = []
    for row, question in asked:
        listed = gap_rows(now, place, question)
        cells = [
            [f"{one.gap.letter} {one.name}", f"{thousands(one.gap.people)} {unit}", one.missing, _("；").join(one.why)]
            for one in listed[:_MOST_GAPS]
        ]
        if cells:
            tables.append({"title": _title(row, len(listed)), "head": head, "rows": cells})
    told = [_("走不到的人按沿街挨着的归成片，人多的在前。"), *_modelled(place, _("人口是模拟的，片的边也是估的。"))]
    if len(place.demand) > MOST_POINTS:
        told = [_("住处太多，没有归成片。")]
    return {"title": _("谁没有、为什么"), "paragraphs": told, "tables": tables}


def _title(row: Row, count: int) -> str:
    name = local_text(row.layer.name)
    return str(
        _("%(layer)s：%(count)d 片，列出最大的 %(most)d 片", layer=name, count=count, most=min(count, _MOST_GAPS))
    )


def _curves(now: Snapshot, place: Place, asked: list[tuple[Row, Question]]) -> Section:
    """Return how many more people each further site would reach."""
    figures, rows = [], []
    for row, question in asked:
        try:
            result = kept_result(now, place, _siting(question))
        except RequestError:  # a whole city has more candidate sites than a report may ask for
            continue
        if result["objective"] is None:
            continue
        plot = curve_plot(result["curve"], local_text(row.layer.name))
        figures += [plot] if plot else []
        rows += [
            [
                local_text(row.layer.name),
                str(point["p"]),
                share(point["share"]),
                thousands(point["covered_people"]),
                thousands(point["bound_people"]),
            ]
            for point in result["curve"]
        ]
    head = [_("服务"), _("新建几处"), _("走得到"), _("走得到的居民"), _("上界")]
    told = [
        _("候选点沿街每隔 50 m 一个，现有的都留着。上界是证明过的：没有别的选法能超过它。"),
        _("只看走得到多少人，不看地、钱和容量。"),
        *_modelled(place, _("人口是模拟的。")),
    ]
    if not rows:
        told = [_("候选点太多，这里没有算：在“最该建在哪”那页自己给候选点，或者隔得远一点。")]
    tables = [_table(head, rows)] if rows else []
    return {"title": _("再建几处能多多少人"), "paragraphs": told, "figures": figures, "tables": tables}


def _modelled(place: Place, words: str) -> list[str]:
    """Return words of people who are modelled, nothing where homes were brought."""
    return [words] if place.basis.kind == "modelled" else []


def _siting(question: Question) -> SitingQuestion:
    names = (question.layer_id, question.rule_id, question.profile_id)
    return SitingQuestion(*names, "mclp", _CURVE_TO, None, 50.0, curve_to=_CURVE_TO)


def _fairness(now: Snapshot, place: Place, asked: list[tuple[Row, Question]]) -> Section:
    """Return how evenly the walk is shared, and who has it worst."""
    unit = unit_name(place.subdistrict.population.unit)
    figures: list[str] = []
    rows: list[list[str]] = []
    told: list[str] = []
    is_modelled = True
    for row, question in asked:
        fair = fairness_of(now, place, question)
        if fair is None or fair.walk is None:
            continue
        figures += [] if figures else [lorenz_plot(fair.walk.people, fair.walk.held)]
        told, is_modelled = _committees_told(fair), fair.modelled
        rows.append([local_text(row.layer.name), f"{fair.walk.gini:.2f}", _worst(fair, unit), _least_served(fair)])
    worst = _("最差的居委会（模拟）") if is_modelled else _("最差的居委会")
    head = [_("服务"), _("基尼系数"), _("走得最远的十分之一"), worst]
    told.append(_("图是表里第一层的洛伦茨曲线。"))
    return {"title": _("路是怎么分的"), "paragraphs": told, "figures": figures, "tables": [_table(head, rows)]}


def _committees_told(fair: Fairness) -> list[str]:
    """Return how homes were given to committees, and which committees none was given to."""
    count, names = len(fair.unplaced), _("、").join(local_names(fair.unplaced))
    if fair.modelled:
        told = [_("居委会没有公开的边界：每户算给走过去最近的居委会，是模拟的。")]
        left = _("%(count)d 个居委会不知道在哪，没有算给它们：%(names)s", count=count, names=names)
    else:
        told = [_("每户算给它所在的边界。边界来源：%(source)s", source=fair.outlines_source)]
        left = _("%(count)d 个居委会没有边界，没有算给它们：%(names)s", count=count, names=names)
    return [*told, left] if count else told


def _worst(fair: Fairness, unit: str) -> str:
    people = f"{thousands(fair.worst.people)} {unit}"
    mean = "" if fair.worst.mean_m is None else _("，平均走 %(metres)s m", metres=thousands(fair.worst.mean_m))
    streets = _("、").join(local_names(fair.worst.streets))
    along = _("，多在%(streets)s", streets=streets) if streets else ""
    return f"{people}{mean}{along}"


def _least_served(fair: Fairness) -> str:
    """Return the committee group with the smallest share."""
    with_people = [one for one in fair.committees if one.people.total > 0]
    if not with_people:
        return "—"
    worst = with_people[0]
    names = _("、").join(local_names(worst.group.names))
    return f"{names} {share(worst.people.share)}"


def _bands(now: Snapshot, place: Place, asked: list[tuple[Row, Question]]) -> Section:
    """Return how sure each figure is."""
    rows = []
    for row, question in asked:
        rule = now.catalog.rules[question.rule_id]
        band = band_at_once(now, place, question)
        figure = share(
            None if row.headline is None or row.headline.honest is None else row.headline.honest.weights.share
        )
        told = _("位置多，这里没有算")
        if band is not None:
            low, high = band.share_of(band.low_people), band.share_of(band.high_people)
            told = f"{share(low)}–{share(high)}"
        moved = "—" if band is None else str(band.moved)
        rows.append([local_text(row.layer.name), limit_name(rule), figure, told, moved])
    head = [_("服务"), _("上限"), _("走得到"), _("随机挪 300 次，九成落在"), _("挪了几处")]
    told_first = [_("每个位置在自己的误差圈里随便挪，步速上下变一成（没有文件给出范围）；人口数没有跟着变。")]
    return {"title": _("数字有几分把握"), "paragraphs": told_first, "tables": [_table(head, rows)]}


def _table(head: list[str], rows: list[list[str]]) -> Section:
    return {"head": head, "rows": rows}
