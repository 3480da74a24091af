"""What a place's people and streets rest on, in words: which of the ways they came by, and how totals compare."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext as _

from geo.demand_basis import DemandKind
from geo.place import Place
from webmap.i18n import local_text
from webmap.views import thousands, unit_name

_LANES = frozenset({"footway", "path", "service", "living_street", "pedestrian", "steps", "track"})


def furnish_basis(app: Flask) -> None:
    """Give the templates of `app` these words."""
    app.jinja_env.globals |= {
        "people_line": people_line,
        "people_notes": people_notes,
        "network_line": network_line,
        "has_lanes": has_lanes,
    }


def people_line(place: Place) -> str:
    """Return who is counted, how many, and what that rests on, in one line."""
    stated, basis = place.subdistrict.population, place.basis
    unit, points = unit_name(stated.unit), len(place.demand)
    if basis.kind == "none" or (stated.value is None and basis.kind == "modelled"):
        return str(_("没有人口数，只按需求点（%(points)d 个）和街道长度算", points=points))
    if basis.kind == "modelled":
        told = _("（%(year)s，按街道长度平均分到 %(points)d 个点）") if basis.by_street_length else None
        told = told or _("（%(year)s，沿街模拟到 %(points)d 个点）")
        count = thousands(stated.value or 0)
        return f"{local_text(stated.measure)} {count} {unit}{told % {'year': stated.as_of, 'points': points}}"
    name = kind_name(basis.kind)
    return str(
        _(
            "%(name)s %(points)d 处，%(total)s %(unit)s（导入）",
            name=name,
            points=points,
            total=thousands(basis.total),
            unit=unit,
        )
    )


def people_notes(place: Place) -> list[str]:
    """Return what must be known of the people: caution of a model; source, gates and difference of homes."""
    stated, basis = place.subdistrict.population, place.basis
    if basis.kind in ("modelled", "none"):
        return [local_text(stated.caution)] if local_text(stated.caution) else []
    notes = [str(_("来源：%(source)s。", source=basis.source))] if basis.source else []
    if basis.with_gates:
        notes.append(str(_("%(count)d 处知道大门在哪，从大门走起。", count=basis.with_gates)))
    difference = basis.difference
    if difference is not None and basis.stated:
        text = _(
            "街道公布 %(stated)s %(unit)s，导入的加起来%(more)s %(count)s（%(share)s）。比例按导入的算。",
            stated=thousands(basis.stated),
            unit=unit_name(stated.unit),
            more=_("多") if difference > 0 else _("少"),
            count=thousands(abs(difference)),
            share=f"{abs(difference) / basis.stated:.1%}",
        )
        notes.append(str(text))
    elif basis.stated is None:
        notes.append(str(_("没有公布的总数可以对。")))
    return notes


def network_line(place: Place) -> str:
    """Return which network the figures of a page are from."""
    if not place.has_streets:
        return str(_("还没有街道网，距离都算不了"))
    return str(_("步行网络 %(version)s", version=place.network.content_hash[:8]))


def has_lanes(place: Place) -> bool:
    """Return whether a place's network has more than streets: lanes, paths, ways inside compounds."""
    return bool(_LANES & set(place.network.highways))


def kind_name(kind: DemandKind) -> str:
    """Return what a demand point is called."""
    names: dict[str, str] = {
        "compounds": _("住宅小区"),
        "buildings": _("住宅楼"),
        "raster": _("人口格子"),
        "modelled": _("需求点"),
        "none": _("需求点"),
    }
    return names[kind]
