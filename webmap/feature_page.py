"""The page of one feature for staff: its form with what was typed, its faults, candidates, findings, and its review."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request, url_for

from geo.address_search import find_candidates
from geo.address_text import MAX_CHARACTERS
from geo.assessment import Place
from geo.catalog_model import Layer
from geo.datum_shift import DATUM_NAMES
from geo.errors import Problem
from geo.gazetteer import HOW_WORDS, Candidate
from geo.layer_checks import Schema, read_feature
from geo.opening_hours import now_local
from geo.quality_model import Finding
from webmap.feature_edits import Desk
from webmap.feature_merge import changed_parts, parts_of
from webmap.frames import frame_links
from webmap.import_origin import origin_of_place
from webmap.near_data import address_index
from webmap.revisions import Feature, Head, Revision, feature_revisions
from webmap.staff_desk import staff_names
from webmap.staff_form import Typed, coordinates_of, faults_by_field, fields, typed_of, wgs84_point
from webmap.staff_quality import facility_findings
from webmap.staff_words import metres_apart, part_name, part_value
from webmap.views import snapshot, the_config
from webmap.work_list import Filter, chosen, counts, work_list
from webmap.wrong_reports import reports_of

HOUSE_LEVEL = frozenset({"known_number", "between_numbers", "beside_number"})
"""Candidates that are known by a house number; the others are approximate."""
PAGE_SIZE = 12
_AROUND_DEG = 0.1
_FIELD_OF: Mapping[str, str] = {
    "opening_hours_missing": "opening_hours",
    "opening_hours_unreadable": "opening_hours",
    "stale": "verified_on",
    "never_verified": "verified_on",
    "address_elsewhere": "address",
    "wrong_side": "address",
    "name_address_differ": "address",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody has written into the form, and what came of it; `made_from` is the revision it began from."""

    typed: Typed
    made_from: int | None
    problems: tuple[Problem, ...] = ()
    candidates: tuple[Candidate, ...] | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that differs: its name, and both values in words."""

    name: str
    label: str
    before: str
    after: str
    moved_m: float | None


def feature_page(desk: Desk, layer: Layer, head: Head, written: Written | None = None) -> str:
    """Return the page of a feature that the store has."""
    body = head.body or head.published_body
    typed = written or Written(typed_of(head.body, ""), head.revision)
    with desk.store.reading() as connection:
        history = feature_revisions(connection, layer.id, head.feature)
        names = staff_names(connection)
        reports = reports_of(connection, layer.id, head.feature)
    subdistrict = str(body["properties"]["subdistrict"]) if body else next(iter(desk.catalog.subdistricts))
    return render_template(
        "staff_feature.html",
        head=head,
        body=body,
        newest=history[0],
        names=names,
        reports=[one for one in reports if one.settled is None],
        review=differences(layer, head.published_body, head.body) if head.state != "published" else [],
        findings=_findings(desk, layer, head.body),
        may_edit=body is not None and desk.staff.may_edit(layer.id, subdistrict),
        saved=_saved(history),
        origin=origin_of_place(history),
        **_form_context(desk, layer, subdistrict, typed, body),
        **work_context(desk),
    )


def new_page(desk: Desk, layer: Layer, subdistrict: str, written: Written | None = None) -> str:
    """Return the page on which a feature is made."""
    typed = written or Written(typed_of(None, subdistrict), None)
    return render_template(
        "staff_feature.html",
        head=None,
        body=None,
        may_edit=desk.staff.may_edit(layer.id, subdistrict),
        findings={},
        **_form_context(desk, layer, subdistrict, typed, None),
        **work_context(desk),
    )


def work_context(desk: Desk) -> dict[str, Any]:
    """Return the list of what waits, as the query filters it, for the side of every page about a feature."""
    asked = {name: request.args.get(name, "") for name in ("kind", "in", "of", "page")}
    wanted = Filter(asked["kind"], asked["in"], asked["of"])
    with desk.store.reading() as connection:
        items = work_list(connection, desk.catalog, desk.staff, now_local().date())
    mine = [item for item in items if wanted.holds(item)]
    shown = chosen(mine, wanted)
    pages = max(1, -(-len(shown) // PAGE_SIZE))
    page = min(int(asked["page"]), pages) if asked["page"].isdigit() and len(asked["page"]) < 6 else 1
    page = max(1, page)
    return {
        "work": shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        "work_total": len(shown),
        "work_all": len(mine),
        "work_counts": counts(mine),
        "work_filter": {name: value for name, value in asked.items() if value and name != "page"},
        "work_page": page,
        "work_pages": pages,
        "work_from": (page - 1) * PAGE_SIZE,
        "all_layers": list(desk.catalog.layers.values()),
    }


def differences(layer: Layer, before: Feature | None, after: Feature | None) -> list[Difference]:
    """Return in words what differs between two bodies (None: not there)."""
    old, new = (parts_of(body) if body else {} for body in (before, after))
    moved_m = metres_apart(before["geometry"], after["geometry"]) if before and after else None
    return [
        Difference(
            name=name,
            label=part_name(layer, name),
            before=part_value(name, old.get(name)),
            after=part_value(name, new.get(name)),
            moved_m=moved_m if name == "position" and moved_m else None,
        )
        for name in changed_parts(before, after)
    ]


def candidates_for(text: str) -> tuple[Candidate, ...]:
    """Return where an address, a crossing or a name may be, the best first."""
    if not text.strip() or len(text) > MAX_CHARACTERS:
        return ()
    config = the_config()
    return tuple(find_candidates(address_index(snapshot(), config), text.strip()))


def placed(typed: Typed, candidate: Candidate) -> dict[str, str]:
    """Return the fields with the place of a candidate: with its accuracy, and how it is known."""
    status = "address" if candidate.how in HOUSE_LEVEL else "approximate"
    place = coordinates_of({"type": "Point", "coordinates": [candidate.lon, candidate.lat]})
    accuracy = f"{candidate.accuracy_m:.0f}"
    return {**typed, "coordinates": place, "datum": "wgs84", "location_status": status, "accuracy_m": accuracy}


def _form_context(desk: Desk, layer: Layer, subdistrict: str, written: Written, body: Feature | None) -> dict[str, Any]:
    """Return what the form shows."""
    place = snapshot().place(subdistrict)
    faults = faults_by_field(written.problems)
    point = _near(wgs84_point(written.typed), place)
    candidates = written.candidates
    return {
        "layer": layer,
        "place": place,
        "frame": frame_links(place),
        "data_url": url_for("resident.choose_data", **{"in": subdistrict}),  # type: ignore[arg-type]
        "fields": fields(written.typed, layer, desk.catalog, faults),
        "faults": faults,
        "typed": written.typed,
        "made_from": written.made_from,
        "candidates": candidates,
        "how_words": HOW_WORDS,
        "house_level": HOUSE_LEVEL,
        "datum_names": DATUM_NAMES,
        "point": point,
        "was": _was(body),
        "marker": json.dumps({"family": layer.family, "glyph": layer.glyph}, ensure_ascii=False),
        "wants_confirmation": any(one.code == "outside_subdistrict" for one in written.problems),
        "notes": written.notes,
        "section": "staff",
        "staff_section": "work",
    }


def _findings(desk: Desk, layer: Layer, body: Feature | None) -> dict[str, list[Finding]]:
    """Return what a check finds about a feature as it stands by the field it is about, "" for none of them."""
    facility = read_feature(dict(body), "", Schema(layer, desk.catalog, {}), []) if body else None
    if facility is None:
        return {}
    config = the_config()
    found = facility_findings(snapshot(), config, layer, facility)
    by_field: dict[str, list[Finding]] = {}
    for one in found:
        if one.kind not in ("unlocated", "sample"):
            by_field.setdefault(_FIELD_OF.get(one.kind, ""), []).append(one)
    return by_field


def _near(point: tuple[float, float] | None, place: Place) -> tuple[float, float] | None:
    """Return a position that the map of a place can show, None for one that is far from it."""
    if point is None:
        return None
    west, south, east, north = place.outline.bounds
    inside = west - _AROUND_DEG < point[0] < east + _AROUND_DEG and south - _AROUND_DEG < point[1] < north + _AROUND_DEG
    return point if inside else None


def _was(body: Feature | None) -> dict[str, Any] | None:
    """Return where a feature is before it is changed, None where that is not known or no point."""
    if body is None or body["geometry"] is None or body["geometry"]["type"] != "Point":
        return None
    lon, lat = body["geometry"]["coordinates"]
    told = body["properties"]
    return {"lon": lon, "lat": lat, "status": told["location_status"], "accuracy_m": told.get("accuracy_m", "")}


def _saved(history: Sequence[Revision]) -> Revision | None:
    """Return the revision that was saved just now, as the address says, while it is the newest."""
    newest = history[0]
    return newest if request.args.get("saved") == str(newest.revision) else None
