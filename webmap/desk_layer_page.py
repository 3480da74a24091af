"""/planner/<subdistrict>/<layer>: every rule of a layer beside every walking profile, at any hour or a chosen one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from geo.assessment import LayerCoverage, Place, Question
from geo.catalog_model import Layer, Profile, Rule
from geo.coverage import Tally
from geo.errors import Problem
from geo.open_then import OpenThen, covered_at
from webmap.desk_report import certainty_words
from webmap.desk_words import cautions_of
from webmap.parameters import QueryError
from webmap.snapshot import Snapshot
from webmap.views import View, read_view, snapshot

pages = Blueprint("desk_layer", __name__)


@dataclass(frozen=True, slots=True)
class RuleCell:
    """A layer under one rule for one profile: the limit in metres, and the people; None where nothing counts.

    `passes` is None where the rule sets no target.
    """

    profile: Profile
    limit_m: float
    people: Tally | None
    passes: bool | None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule with its figures for every profile."""

    rule: Rule
    certainty: str
    cells: tuple[RuleCell, ...]


@pages.get("/planner/<subdistrict>/<layer>")
def show(subdistrict: str, layer: str) -> str:
    """Show the rules and profiles of a layer side by side."""
    now = snapshot()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    view = read_view(now.catalog, its_layer)
    moment = _moment(request.args.get("when", ""))
    lines = [_line(now, place, its_layer, now.catalog.rules[rule], moment) for rule in its_layer.rules]
    return render_template(
        "desk_layer.html",
        place=place,
        layer=its_layer,
        view=view,
        lines=lines,
        profiles=list(now.catalog.profiles.values()),
        moment=moment,
        then=_then(now, place, its_layer, view, moment),
        outside=_outside(now, place, its_layer, view),
        assessment=now.assessment(place, its_layer.id),
        cautions=cautions_of(now, place, its_layer.id),
        section="planner",
    )


def _moment(text: str) -> dt.datetime | None:
    """Return the hour that somebody asks for, None for no hour in particular."""
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or not 2000 <= moment.year <= 2100:
        found = f"found {ascii(text)[:60]}"
        raise QueryError([Problem("bad_value", "when", found, "Write a local time: 2026-11-23T20:00")])
    return moment.replace(second=0, microsecond=0)


def _line(now: Snapshot, place: Place, layer: Layer, rule: Rule, moment: dt.datetime | None) -> RuleLine:
    """Return the figures of one rule."""
    cells = []
    for profile in now.catalog.profiles.values():
        question = Question(layer.id, rule.id, profile.id)
        people = _people(now, place, question, moment)
        share = None if people is None else people.share
        passes = None if rule.target_share is None or share is None else share >= rule.target_share
        cells.append(RuleCell(profile, rule.limit_dm(profile) / 10, people, passes))
    return RuleLine(rule, certainty_words(rule), tuple(cells))


def _people(now: Snapshot, place: Place, question: Question, moment: dt.datetime | None) -> Tally | None:
    if moment is not None:
        return _at(now, place, question, moment).people
    found = now.coverage(place, question)
    return None if found is None else found.weights


def _at(now: Snapshot, place: Place, question: Question, moment: dt.datetime) -> OpenThen:
    key = ("open_then", place.subdistrict.id, question, moment)
    return now.answer(question.layer_id, key, lambda: covered_at(place, now.catalog, question, moment))


def _then(now: Snapshot, place: Place, layer: Layer, view: View, moment: dt.datetime | None) -> OpenThen | None:
    """Return how many are open at the chosen hour, None where none is chosen or the layer has no rule."""
    if moment is None or view.rule is None:
        return None
    return _at(now, place, Question(layer.id, view.rule.id, view.profile.id), moment)


def _outside(now: Snapshot, place: Place, layer: Layer, view: View) -> LayerCoverage | None:
    """Return the coverage whose part from neighbours is told, None where they add nothing."""
    if view.rule is None:
        return None
    found = now.coverage(place, Question(layer.id, view.rule.id, view.profile.id))
    return found if found is not None and found.outside.facilities else None
