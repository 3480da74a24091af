"""/planner/<subdistrict>/dates: two days of one subdistrict side by side, and what changed in its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _

from geo.assessment import Place, Question
from geo.catalog_model import Layer, Profile, Rule
from geo.coverage import Tally
from geo.errors import NotFoundError, RequestError
from geo.import_rows import field_changes
from geo.layer_checks import Facility
from geo.property_checks import property_types
from webmap.i18n import local_text
from webmap.live_layers import read_live_layers
from webmap.past import SHANGHAI, PastInputsError, end_of_day, read_day
from webmap.results import Results
from webmap.revisions import published_at
from webmap.snapshot import Snapshot
from webmap.views import limit_name, read_view, snapshot

pages = Blueprint("dates", __name__)
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Day:
    """One of the two days: its facilities by layer, and its snapshot, None where its figures cannot be had any more."""

    text: str
    facilities: Mapping[str, Mapping[str, Facility]]
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class Beside:
    """One layer on both days: people covered (None: no figure), and facilities with a position."""

    layer: Layer
    people: tuple[Tally | None, Tally | None]
    located: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Altered:
    """One facility that is not as it was: `kind` is added, removed, moved or changed, `fields` in words."""

    layer: Layer
    name: str
    kind: str
    moved_m: float | None
    fields: tuple[str, ...]


@pages.get("/planner/<subdistrict>/dates")
def show(subdistrict: str) -> str | tuple[str, int]:
    """Show coverage then and now, and what was added, removed, moved and changed."""
    now = snapshot()
    place, view = now.place(subdistrict), read_view(now.catalog)
    today = datetime.now(SHANGHAI).date().isoformat()
    texts = (request.args.get("from") or today, request.args.get("until") or today)
    days, status = _days(now, texts)
    lines = _lines(now, place, days, view.profile) if days else []
    altered = _altered(now, place.subdistrict.id, days) if days else []
    page = render_template(
        "dates.html",
        place=place,
        view=view,
        texts=texts,
        today=today,
        status=status,
        refused=[day.text for day in days if day.snapshot is None],
        lines=lines,
        rule_words={
            line.layer.headline_rule: _rule_words(now.catalog.rules[str(line.layer.headline_rule)]) for line in lines
        },
        altered=altered[:_MOST_LISTED],
        left_out=max(len(altered) - _MOST_LISTED, 0),
        section="planner",
    )
    return (page, status) if status != HTTPStatus.OK else page


def _rule_words(rule: Rule) -> dict[str, str]:
    return {"limit": limit_name(rule), "document": local_text(rule.short_document)}


def _days(now: Snapshot, texts: tuple[str, str]) -> tuple[tuple[Day, ...], HTTPStatus]:
    """Return both days, or none and the status that says why."""
    try:
        return tuple(_day(now, text) for text in texts), HTTPStatus.OK
    except NotFoundError:
        return (), HTTPStatus.NOT_FOUND
    except RequestError:
        return (), HTTPStatus.BAD_REQUEST


def _day(now: Snapshot, text: str) -> Day:
    """Return a day; RequestError where the text names none, NotFoundError where nothing is known of it."""
    results: Results = current_app.extensions["lifecircle.results"]
    until = end_of_day(read_day(text))
    try:
        then = results.as_of(text, until)
    except PastInputsError:
        with results.store().reading() as connection:
            kept = read_live_layers(connection, now.catalog, published_at(connection, until))
        return Day(text, kept.facilities, None)
    return Day(text, then.live.facilities, then)


def _lines(now: Snapshot, place: Place, days: tuple[Day, ...], profile: Profile) -> list[Beside]:
    """Return every layer that has a rule and a facility on either day."""
    slug = place.subdistrict.id
    found = []
    for layer in now.catalog.layers.values():
        located = tuple(sum(one.geometry is not None for one in _own(day, layer.id, slug).values()) for day in days)
        if layer.headline_rule and any(located):
            question = Question(layer.id, layer.headline_rule, profile.id)
            people = tuple(_people(day, slug, question) for day in days)
            found.append(Beside(layer, (people[0], people[1]), (located[0], located[1])))
    return found


def _people(day: Day, slug: str, question: Question) -> Tally | None:
    if day.snapshot is None or slug not in day.snapshot.places:
        return None
    covered = day.snapshot.coverage(day.snapshot.places[slug], question)
    return None if covered is None else covered.weights


def _own(day: Day, layer_id: str, slug: str) -> dict[str, Facility]:
    """Return a subdistrict's facilities of a layer, without invented ones: these are nobody's news."""
    return {
        name: one
        for name, one in day.facilities.get(layer_id, {}).items()
        if one.properties.get("subdistrict") == slug and one.properties.get("location_status") != "sample"
    }


def _altered(now: Snapshot, slug: str, days: tuple[Day, ...]) -> list[Altered]:
    """Return what is not on both days as it was, layer by layer."""
    found: list[Altered] = []
    for layer in now.catalog.layers.values():
        before, after = (_own(day, layer.id, slug) for day in days)
        found += [_told(layer, after[name], "added") for name in after if name not in before]
        found += [_told(layer, before[name], "removed") for name in before if name not in after]
        for name in after:
            if name in before and before[name] != after[name]:
                found += _changed(layer, before[name], after[name])
    return found


def _told(layer: Layer, facility: Facility, kind: str) -> Altered:
    return Altered(layer, str(facility.properties.get("name", "")), kind, None, ())


def _changed(layer: Layer, before: Facility, after: Facility) -> list[Altered]:
    """Return one entry for a facility with other values than before, none where only their writing differs."""
    fields = field_changes(before, after)
    if not fields:
        return []
    moved_m = next((one.moved_m for one in fields if one.moved_m), None)
    kinds = property_types(layer)
    names = [_("位置") if one.name == "geometry" else local_text(kinds[one.name].label) for one in fields]
    kind = "moved" if any(one.name == "geometry" for one in fields) else "changed"
    return [Altered(layer, str(after.properties.get("name", "")), kind, moved_m, tuple(names))]
