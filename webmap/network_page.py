"""/network/<subdistrict>: what is odd about a subdistrict's street network, on a map and in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from flask import Blueprint, Response, current_app, render_template
from flask_babel import gettext as _

from geo.assessment import Place
from geo.topology import KINDS, Finding, FindingKind, Street, TopologyReport
from geo.topology_plane import NEAR_M
from webmap.frames import frame_links
from webmap.i18n import current_language, local_text
from webmap.kept_json import kept_json
from webmap.map_features import DECIMALS, JsonObject, street_lines
from webmap.place_names import local_name, with_local_names
from webmap.responses import unless_known
from webmap.snapshot import NO_LAYER
from webmap.views import read_view, snapshot, the_config, thousands

pages = Blueprint("network", __name__)

MOST_INSIDE, MOST_OUTSIDE = 50, 10
"""Findings of a kind that are drawn and listed, in the subdistrict and the nearest outside; the command gives all."""

GLYPHS: dict[FindingKind, str] = {
    "component": "孤",
    "dead_end": "断",
    "crossing": "叉",
    "duplicate": "重",
    "longest_edge": "长",
}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as the map and the list tell it: an id in the page, where, in which words, and how it is drawn."""

    id: str
    kind: FindingKind
    lon: float
    lat: float
    inside: bool
    explained: bool
    streets: str
    measure: str
    length_m: float

    @property
    def look(self) -> str:
        """Name of the symbol: `fault`, `explained`, or `fact` for what is no fault."""
        if self.kind == "longest_edge":
            return "fact"
        return "explained" if self.explained else "fault"


@dataclass(frozen=True, slots=True)
class KindGroup:
    """The findings of one kind: what they are called and mean, those shown, and how many there are.

    `total` counts all of them, `explained` those that nothing is wrong with, `inside` the others in the subdistrict.
    """

    kind: FindingKind
    name: str
    meaning: str
    glyph: str
    shown: tuple[ShownFinding, ...]
    total: int
    explained: int
    inside: int


@pages.get("/network/<subdistrict>")
def show(subdistrict: str) -> str:
    """Show the report of a subdistrict's network."""
    now = snapshot()
    place = now.place(subdistrict)
    read_view(now.catalog)
    report = now.topology(place, the_config().data)
    groups = kind_groups(report, place)
    return render_template(
        "network.html",
        place=place,
        report=report,
        groups=groups,
        inside=sum(group.inside for group in groups if group.kind != "longest_edge"),
        most=(MOST_INSIDE, MOST_OUTSIDE),
        frame=frame_links(place),
        data_url=current_app.url_for("network.data", subdistrict=subdistrict, lang=current_language()),
        section="about",
    )


@pages.get("/network/<subdistrict>/data.json")
def data(subdistrict: str) -> Response:
    """Return what the map's scripts draw."""
    now = snapshot()
    place = now.place(subdistrict)
    read_view(now.catalog)
    report = now.topology(place, the_config().data)
    key = ("network_json", place.subdistrict.id, current_language())
    return unless_known(place.data_version, lambda: kept_json(now, NO_LAYER, key, lambda: _map_answer(report, place)))


def kind_groups(report: TopologyReport, place: Place) -> list[KindGroup]:
    """Return the findings by kind; kinds that nothing was found of stand there empty."""
    names, meanings = _kind_names(), _kind_meanings()
    groups = []
    for kind in KINDS:
        found = report.of(kind)
        away_m = _away_m(found, place)
        order = np.argsort(away_m, kind="stable")
        inside, outside = order[away_m[order] == 0], order[away_m[order] > 0]
        shown = tuple(
            _shown(found[index], f"{kind}-{number + 1}", inside=bool(away_m[index] == 0))
            for number, index in enumerate([*inside[:MOST_INSIDE], *outside[:MOST_OUTSIDE]])
        )
        passed = np.array([one.explained for one in found], dtype=bool)
        counts = (len(found), int(passed.sum()), int(((away_m == 0) & ~passed).sum()))
        groups.append(KindGroup(kind, names[kind], meanings[kind], GLYPHS[kind], shown, *counts))
    return groups


def _map_answer(report: TopologyReport, place: Place) -> JsonObject:
    """Return the map's data: the streets as ground, and every finding of the list as a place."""
    names = _kind_names()
    shown = [one for group in kind_groups(report, place) for one in group.shown]
    drawn: JsonObject = {
        "version": place.data_version,
        "streets": street_lines(place.network, place.outline),
        **{name: [] for name in ("facilities", "bands", "circle", "circle_only", "reach", "people", "blocks")},
        "places": [
            {
                "id": one.id,
                "kind": one.kind,
                "look": one.look,
                "glyph": GLYPHS[one.kind],
                "lon": round(one.lon, DECIMALS),
                "lat": round(one.lat, DECIMALS),
                "title": names[one.kind],
                "lines": [text for text in (one.streets, one.measure) if text],
            }
            for one in shown
        ],
        "texts": {
            "map": _("地图：%(place)s。同样的内容在地图下面列成表", place=local_text(place.subdistrict.name)),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
            "close": _("关上"),
        },
    }
    return with_local_names(drawn)


def _away_m(found: Sequence[Finding], place: Place) -> np.ndarray:
    """Return how far outside the subdistrict each finding is in metres, 0 within it, float64 (n,)."""
    x, y = place.network.projection.to_xy([one.lon for one in found], [one.lat for one in found])
    return np.asarray(shapely.distance(shapely.points(x, y), place.area_xy), dtype=np.float64)


def _shown(finding: Finding, finding_id: str, *, inside: bool) -> ShownFinding:
    return ShownFinding(
        id=finding_id,
        kind=finding.kind,
        lon=finding.lon,
        lat=finding.lat,
        inside=inside,
        explained=finding.explained,
        streets=str(_("、")).join(map(_street_name, finding.streets)),
        measure=_measure(finding),
        length_m=finding.length_m,
    )


def _street_name(street: Street) -> str:
    return local_name(street.name) or str(_("没有路名（%(highway)s）", highway=street.highway))


def _measure(finding: Finding) -> str:
    """Return how large a finding is, in words."""
    metres = thousands(finding.length_m)
    if finding.kind == "component":
        return str(_("%(nodes)d 个点，%(metres)s m", nodes=finding.count, metres=metres))
    if finding.kind == "dead_end":
        words = _("差 %(metres)s m", metres=f"{finding.length_m:.1f}")
    elif finding.kind == "crossing":
        words = "" if finding.explained else _("没有共用的点")
    else:
        words = f"{metres} m"
    passed = _("一高一低，说得通") if finding.explained else ""
    return str(_("，")).join(text for text in (words, passed) if text)


def _kind_names() -> dict[FindingKind, str]:
    return {
        "component": _("不连着的一片"),
        "dead_end": _("差一点没接上的断头路"),
        "crossing": _("交叉却没有路口"),
        "duplicate": _("画了两遍的路段"),
        "longest_edge": _("最长的几段"),
    }


def _kind_meanings() -> dict[FindingKind, str]:
    return {
        "component": _("从这里沿街走不到别处。太小的几片，算距离时不在里面。"),
        "dead_end": _(
            "路的尽头离另一条街不到 %(metres)g m，却没有接上。真能走过去的话，这里的距离算长了。", metres=NEAR_M
        ),
        "crossing": _("两条街在图上交叉，却没有共用的点，走到这里转不了弯。可能是天桥或隧道，也可能是画漏了。"),
        "duplicate": _("同一段路记在两条街名下。距离不受影响，街名可能写错。"),
        "longest_edge": _("不是毛病，只是一段很长：中间的路口和弯可能没有画。"),
    }
