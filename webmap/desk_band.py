"""How sure a figure is, computed once and kept: at once where few locations can move, else by a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from geo.assessment import Place, Question
from geo.errors import RequestError
from geo.uncertainty import Band, coverage_band
from webmap.jobs import Progress
from webmap.snapshot import Snapshot

MOST_MOVED_AT_ONCE = 10
RUNS, SEED = 300, 1


def band_at_once(now: Snapshot, place: Place, question: Question) -> Band | None:
    """Return a figure's band where it takes a second or two; None where there is none, or a job must work it out."""
    return band_of(now, place, question) if is_quick(now, place, question.layer_id) else None


def is_quick(now: Snapshot, place: Place, layer_id: str) -> bool:
    """Return whether so few locations of a layer can move that their band is worked out at once."""
    return now.assessment(place, layer_id).located <= MOST_MOVED_AT_ONCE


def band_of(now: Snapshot, place: Place, question: Question) -> Band | None:
    """Return a figure's band, None where no facility is left to walk to."""
    key = ("band", place.subdistrict.id, question)
    return now.answer(question.layer_id, key, lambda: coverage_band(place, now.catalog, question, RUNS, SEED))


def run_band(now: Snapshot, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Work a band out as a job (`arguments`: subdistrict, layer, rule, profile)."""
    place, layer = now.place(str(arguments.get("subdistrict"))), now.layer(str(arguments.get("layer")))
    rule, profile = str(arguments.get("rule") or layer.headline_rule), str(arguments.get("profile") or "planning")
    if rule not in layer.rules or profile not in now.catalog.profiles:
        raise RequestError("unknown_rule", "rule", f"{layer.id} has no such rule or profile", "Use one of the layer's")
    progress(0, 1, layer.id)
    band = band_of(now, place, Question(layer.id, rule, profile))
    progress(1, 1, "")
    return {"data_version": place.data_version, "band": None if band is None else asdict(band)}
