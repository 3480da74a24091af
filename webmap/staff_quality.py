"""What a check of the layers finds, for staff: over a subdistrict's layers, and about one facility."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from geo.address_search import street_lines_of
from geo.catalog_model import Layer
from geo.gazetteer import read_gazetteer
from geo.known_places import KnownPlaces, known_places, plain_name
from geo.layer_checks import Facility
from geo.layer_quality import check_facility, check_quality
from geo.layers import facility_frame
from geo.opening_hours import now_local
from geo.quality_model import Finding, QualityContext
from webmap.config import Config
from webmap.snapshot import ALL_LAYERS, NO_LAYER, Snapshot

OPEN_QUESTIONS = frozenset({"unlocated", "sample", "stale", "opening_hours_missing", "never_verified"})
"""Findings that the work list shows already, or that are no fault: they are counted apart."""


def layer_findings(now: Snapshot, config: Config, layer: Layer) -> tuple[Finding, ...]:
    """Return every finding of a layer as readers see it today; kept until the layer itself changes."""
    today = now_local().date()

    def check() -> tuple[Finding, ...]:
        frame = next(iter(now.places.values())).layers[layer.id].frame
        return check_quality(frame, _context(now, config, layer, today)).findings

    return now.answer(layer.id, ("quality", today.isoformat()), check)


def facility_findings(now: Snapshot, config: Config, layer: Layer, facility: Facility) -> tuple[Finding, ...]:
    """Return the findings about one facility as it is written now, published or not."""
    frame = next(iter(now.places.values())).layers[layer.id].frame
    name = plain_name(str(facility.properties["name"]))
    alike = [plain_name(str(other)) == name for other in frame["name"]]
    others = [now.live.facilities[layer.id][str(one)] for one in frame.index[alike] if one != facility.id]
    together = facility_frame([facility, *others], layer)
    return check_facility(together, facility.id, _context(now, config, layer, now_local().date()))


def findings_in(findings: Mapping[str, tuple[Finding, ...]], subdistrict: str) -> dict[str, list[Finding]]:
    """Return the findings of a subdistrict by layer; what is about a whole layer is everybody's."""
    mine = {layer: [one for one in found if one.subdistrict in ("", subdistrict)] for layer, found in findings.items()}
    return {layer: found for layer, found in mine.items() if found}


def _context(now: Snapshot, config: Config, layer: Layer, today: dt.date) -> QualityContext:
    """Return what a layer is held against."""
    layers = {name: one.frame for name, one in next(iter(now.places.values())).layers.items()}

    def elsewhere() -> KnownPlaces:
        return known_places(config.data / "base", [frame for name, frame in layers.items() if name != layer.id])

    def ground() -> tuple[object, ...]:
        streets = {name: line for place in now.places.values() for name, line in street_lines_of(place.network).items()}
        return streets, read_gazetteer(config.data / "base" / "gazetteer.csv").numbers

    streets, numbers = now.answer(NO_LAYER, ("quality_ground",), ground)
    known = now.answer(ALL_LAYERS, ("quality_known", layer.id), elsewhere)
    return QualityContext(
        layer=layer,
        today=today,
        outlines={name: place.outline for name, place in now.places.items()},
        networks={name: place.network for name, place in now.places.items() if place.has_streets},
        street_lines=streets,  # type: ignore[arg-type]
        numbers=numbers,  # type: ignore[arg-type]
        known=known,
    )
