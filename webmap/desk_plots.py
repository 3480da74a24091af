"""Plots of the planner's desk as SVG, for pages and for print: the curve of p, the Lorenz curve, a figure's band."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from flask_babel import gettext as _

from geo.graph import FloatArray
from webmap.print_map import FONT, INK

_WIDTH, _HEIGHT = 400.0, 230.0  # narrow, so that letters keep their size on a phone
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 36.0, 16.0, 40.0
_MOST_SPOTS, _MOST_LABELS = 500, 6
_TARGETS = (0.99, 0.95, 0.85)
_LINE_PX = 11.0
_BLUE, _RUST, _GREY = "#1069A3", "#8C2600", "#76828B"


def curve_plot(curve: Sequence[dict[str, Any]], name: str = "") -> str:
    """Return the share of people covered against the number of new sites, under a name; empty where none can be added.

    `curve` is as `geo.siting_report.curve_table` gives it.
    """
    points = [point for point in curve if point["share"] is not None]
    if len(points) < 2:
        return ""
    most = max(point["p"] for point in points) or 1
    spots = [(_x(point["p"] / most), _y(point["share"])) for point in points]
    lines = [_frame(), *_targets()]
    lines.append(f'<polyline points="{_joined(spots)}" fill="none" stroke="{_BLUE}" stroke-width="2.5"/>')
    lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{_BLUE}"/>' for x, y in spots]
    every = -(-(len(spots) - 1) // (_MOST_LABELS - 1))
    for (x, y), point in list(zip(spots, points, strict=True))[::-every]:
        lines.append(_words(x, _HEIGHT - 22, str(point["p"]), "middle"))
        beside = y + 18 if y + 18 < _y(0) else y - 9
        lines.append(_words(x, beside, f"{100 * point['share']:.1f}%", "start" if point["p"] == 0 else "middle"))
    lines.append(_words(_WIDTH - _RIGHT, _HEIGHT - 5, _("新建几处"), "end"))
    lines.append(_words(_LEFT, _HEIGHT - 5, name, "start"))
    return _drawing(lines, _("新建几处，多少人走得到"))


def _targets() -> list[str]:
    """Return the shares that documents ask for as dashed lines, each named beside the plot, where no figure stands."""
    lines, below = [], 0.0
    for target in _TARGETS:
        y = _y(target)
        below = max(y + 4, below + _LINE_PX)
        lines.append(_line((_LEFT, y), (_WIDTH - _RIGHT, y), _GREY, "3 4"))
        lines.append(_words(_WIDTH - _RIGHT + 4, below, f"{100 * target:g}%", "start", 10))
    return lines


def lorenz_plot(people: FloatArray, held: FloatArray) -> str:
    """Return a Lorenz curve beside the line of equality; both arguments ascend from 0 to 1."""
    seen = np.unique(np.linspace(0, len(people) - 1, _MOST_SPOTS).astype(np.int64))
    spots = [(_x(share), _y(part)) for share, part in zip(people[seen].tolist(), held[seen].tolist(), strict=True)]
    lines = [
        _frame(),
        _line((_x(0), _y(0)), (_x(1), _y(1)), _GREY, "3 4"),
        f'<polyline points="{_joined(spots)}" fill="none" stroke="{_BLUE}" stroke-width="2.5"/>',
        _words(_WIDTH - _RIGHT, _HEIGHT - 5, _("从走得最少的人数起，人的比例"), "end"),
        _words(_LEFT + 6, _TOP + 10, _("走的路的比例；虚线是人人一样"), "start", 10),
    ]
    return _drawing(lines, _("洛伦茨曲线"))


def band_plot(low: float, figure: float, high: float) -> str:
    """Return a figure with its band on a line from 0 to 100 %; shares from 0 to 1."""
    y, start, width = 16.0, 16.0, 288.0
    at = [start + width * share for share in (low, figure, high)]
    lines = [
        f'<rect class="plot-ground" x="{start:g}" y="{y - 5:g}" width="{width:g}" height="10" fill="#E9EDEE"/>',
        f'<rect x="{at[0]:.1f}" y="{y - 5:g}" width="{max(at[2] - at[0], 2):.1f}" height="10" fill="#8FB8D6"/>',
        _line((at[1], y - 10), (at[1], y + 10), _RUST, ""),
        _words(start, y + 24, "0", "middle"),
        _words(start + width, y + 24, "100%", "end"),
        _words(min((at[0] + at[2]) / 2, 220), y + 24, f"{100 * low:.1f}–{100 * high:.1f}%", "middle"),
    ]
    return _drawing(lines, _("数字的范围"), (320.0, 48.0))


def _x(share: float) -> float:
    return _LEFT + 14 + (_WIDTH - _LEFT - _RIGHT - 44) * share


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def _joined(spots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)


def _frame() -> str:
    """Return the axes with the shares on the left."""
    lines = [
        _line((_LEFT, _y(0)), (_WIDTH - _RIGHT, _y(0)), _GREY, ""),
        _line((_LEFT, _y(0)), (_LEFT, _TOP), _GREY, ""),
    ]
    lines += [_words(_LEFT - 6, _y(share) + 4, f"{100 * share:g}%", "end") for share in (0.0, 0.5, 1.0)]
    return "".join(lines)


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, dashes: str) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="{colour}" '
        f'stroke-width="1.2"{dashed}/>'
    )


def _words(x: float, y: float, text: str, anchor: str, size: float = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{INK}" stroke="#FFFFFF" '
        f'stroke-width="3" stroke-linejoin="round" paint-order="stroke">{escape(text)}</text>'
    )


def _drawing(lines: Sequence[str], name: str, size: tuple[float, float] = (_WIDTH, _HEIGHT)) -> str:
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-label="{escape(name)}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'font-family="{FONT}, sans-serif">{"".join(lines)}</svg>'
    )
