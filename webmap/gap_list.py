"""The gaps of a layer in words and for the map: where, how many people, why, and how many minutes are missing."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from geo.access import NO_PATH, OFF_NETWORK
from geo.assessment import LayerCoverage, Place, Question
from geo.gaps import EDGE_OF_DATA, GATE, LONG_WAY, NO_FACILITY_NEAR, Gap, find_gaps
from webmap.map_features import JsonObject, polygon_coordinates
from webmap.place_names import local_names
from webmap.snapshot import Snapshot
from webmap.views import thousands, unit_name


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap as a list shows it: the gap, its name by streets, why (most people first), and what is missing."""

    gap: Gap
    name: str
    why: tuple[str, ...]
    missing: str


def asked_of(layer_id: str, coverage: LayerCoverage) -> Question:
    """Return the question that a layer's coverage answers."""
    return Question(layer_id, coverage.rule.id, coverage.profile.id, with_samples=coverage.with_samples)


MOST_POINTS = 20_000
"""In a place with more demand points than this no gaps are made: every point is held against every other near it."""


def gaps_of(now: Snapshot, place: Place, question: Question) -> list[Gap]:
    """Return the gaps of a layer, computed once; none in a place with more than `MOST_POINTS` demand points."""
    if len(place.demand) > MOST_POINTS:
        return []
    key = ("gaps", place.subdistrict.id, question)
    coverage = now.coverage(place, question)
    return now.answer(question.layer_id, key, lambda: find_gaps(place, now.catalog, question, answer=coverage))


def gap_rows(now: Snapshot, place: Place, question: Question) -> list[GapRow]:
    """Return the gaps of a layer in words, most people first."""
    unit = unit_name(place.subdistrict.population.unit)
    return [GapRow(gap, _name(gap), _why(gap, unit), _missing(gap)) for gap in gaps_of(now, place, question)]


def map_gaps(now: Snapshot, place: Place, question: Question) -> list[JsonObject]:
    """Return the gaps as the map draws them: letter, where the badge stands, hatched area, and what a click tells."""
    drawn = []
    unit = unit_name(place.subdistrict.population.unit)
    for row in gap_rows(now, place, question):
        area = row.gap.area
        if area.is_empty:
            continue
        badge = area.representative_point()
        people = f"{thousands(row.gap.people)} {unit}"
        drawn.append(
            {
                "letter": row.gap.letter,
                "lon": round(badge.x, 6),
                "lat": round(badge.y, 6),
                "area": [
                    rings[:1] for rings in polygon_coordinates(area)
                ],  # what a gap's streets enclose is part of it
                "title": f"{row.gap.letter} {row.name}",
                "lines": [_("%(people)s，%(missing)s", people=people, missing=row.missing), *row.why],
            }
        )
    return drawn


def _name(gap: Gap) -> str:
    """Return a gap's name by the streets that most of its people live along."""
    if not gap.streets:
        return str(_("没有路名的一带"))
    return str(_("%(streets)s一带", streets=_("、").join(local_names(gap.streets))))


def _why(gap: Gap, unit: str) -> tuple[str, ...]:
    """Return each reason with its people, most first; a reason that holds for everybody needs no number."""
    told = []
    for code, people in gap.people_by_reason.items():
        if people < 0.5:
            continue
        if people >= gap.people - 0.5:
            return (_reason(code),)
        told.append(_("其中 %(count)s %(unit)s：%(reason)s", count=thousands(people), unit=unit, reason=_reason(code)))
    return tuple(told)


def _reason(code: str) -> str:
    """Return why somebody is not covered."""
    words: dict[str, str] = {
        LONG_WAY: _("直线够近，要绕路"),
        NO_FACILITY_NEAR: _("附近没有"),
        EDGE_OF_DATA: _("在数据边缘，外面看不到"),
        GATE: _("要过的门关着"),
        NO_PATH: _("沿街走不通"),
        OFF_NETWORK: _("离街道太远，算不了"),
    }
    return words[code]


def _missing(gap: Gap) -> str:
    """Return how far beyond the limit half of a gap's people are."""
    if gap.missing_min is None:
        return str(_("走不通"))
    if gap.missing_min < 1:
        return str(_("多走不到 1 分钟"))
    return str(_("多走 %(count)d 分钟", count=round(gap.missing_min)))
