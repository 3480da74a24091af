"""What a scenario does to a layer: figures in words, streets that win or lose, and the state of every demand point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from flask_babel import gettext as _

from geo.assessment import Place, Question
from geo.catalog_model import Layer
from geo.coverage import COVERED, UNREACHABLE, Tally
from geo.errors import DataError
from geo.what_if import Scenario, Today, WhatIf, stand_today, what_if
from webmap.parameters import QueryError
from webmap.place_names import local_name
from webmap.snapshot import Snapshot
from webmap.views import View, share, thousands, unit_name

_MOST_STREETS = 12


@dataclass(frozen=True, slots=True)
class StreetChange:
    """One street: people who are covered in the scenario alone, and people who are covered today alone."""

    street: str
    won: float
    lost: float


def question_of(layer: Layer, view: View) -> Question | None:
    """Return what is asked of a layer, None where it has no rule; samples are never counted here."""
    return None if view.rule is None else Question(layer.id, view.rule.id, view.profile.id)


def today_of(now: Snapshot, place: Place, question: Question) -> Today:
    """Return what stands today, searched once."""
    key = ("today", place.subdistrict.id, question)
    return now.answer(question.layer_id, key, lambda: stand_today(place, now.catalog, question))


def changed_by(today: Today, scenario: Scenario) -> WhatIf:
    """Return what a scenario changes.

    Raises:
        QueryError: it names a facility that does not count today.
        RequestError: A footpath or gate is near no street.
    """
    try:
        return what_if(today, scenario)
    except DataError as error:
        raise QueryError(list(error.problems)) from error


def changed_streets(place: Place, found: WhatIf) -> list[StreetChange]:
    """Return the streets on which somebody wins or loses, most people first."""
    after = (found.demand["status"] == COVERED).to_numpy()
    before = (found.demand["status_before"] == COVERED).to_numpy()
    if not (after != before).any() or "street" not in place.demand:
        return []
    table = pd.DataFrame(
        {
            "street": place.demand["street"].to_numpy(),
            "won": place.weights * (after & ~before),
            "lost": place.weights * (before & ~after),
        }
    )
    sums = table.groupby("street", sort=True).sum()
    changed = [
        StreetChange(str(name), float(row["won"]), float(row["lost"]))
        for name, row in sums.iterrows()
        if row["won"] or row["lost"]
    ]
    return sorted(changed, key=lambda each: -(each.won + each.lost))[:_MOST_STREETS]


def figure_words(place: Place, found: WhatIf) -> dict[str, str]:
    """Return every figure of a scenario as it stands on the page, by name."""
    unit = unit_name(place.subdistrict.population.unit)
    return {
        "share_before": share(found.before.share),
        "fraction_before": _fraction(found.before, unit),
        "share_after": share(found.after.share),
        "fraction_after": _fraction(found.after, unit),
        "change": change_words(found, unit),
        "won": f"{thousands(found.won_people)} {unit}",
        "lost": f"{thousands(found.lost_people)} {unit}",
        "points": _(
            "需求点 %(before)s → %(after)s / %(total)s",
            before=thousands(found.points_before.covered),
            after=thousands(found.points_after.covered),
            total=thousands(found.points_after.total),
        ),
    }


def change_words(found: WhatIf, unit: str) -> str:
    """Return the difference in people in a sentence."""
    difference = found.after.covered - found.before.covered
    if abs(difference) < 0.5:
        return str(_("和今天一样"))
    if difference > 0:
        return str(_("多 %(count)s %(unit)s走得到", count=thousands(difference), unit=unit))
    return str(_("少 %(count)s %(unit)s走得到", count=thousands(-difference), unit=unit))


def point_states(found: WhatIf) -> str:
    """Return one letter a demand point, in order: c covered, w won, l lost, u not covered, x unreachable."""
    states = []
    for before, after in zip(found.demand["status_before"], found.demand["status"], strict=True):
        if after == COVERED:
            states.append("c" if before == COVERED else "w")
        elif before == COVERED:
            states.append("l")
        else:
            states.append("x" if after == UNREACHABLE else "u")
    return "".join(states)


def json_answer(place: Place, found: WhatIf) -> dict[str, Any]:
    """Return what the page's script needs to follow a change."""
    return {
        "version": place.data_version,
        "people": {"before": found.before.figures, "after": found.after.figures},
        "won_people": found.won_people,
        "lost_people": found.lost_people,
        "unit": place.subdistrict.population.unit,
        "figures": figure_words(place, found),
        "streets": [
            {
                "street": local_name(each.street) or _("没有路名"),
                "won": thousands(each.won),
                "lost": thousands(each.lost),
            }
            for each in changed_streets(place, found)
        ],
        "states": point_states(found),
        "off_network": list(found.off_network),
    }


def _fraction(tally: Tally, unit: str) -> str:
    return f"{thousands(tally.covered)} / {thousands(tally.total)} {unit}"
