"""One snapshot: everything that a response may be made of, in one version, and the answers computed from it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar, cast

from shapely.geometry.base import BaseGeometry

from geo.assessment import (
    BandPart,
    LayerAssessment,
    LayerCoverage,
    Place,
    Question,
    assess_coverage,
    assess_layer,
    reach_polygon,
    reach_ratios,
    street_bands,
)
from geo.catalog_model import Catalog, Layer, Subdistrict
from geo.claim_review import ReviewedClaim, mapped_counts, review_claims
from geo.claims_table import Claim
from geo.errors import NotFoundError
from geo.indicators import Indicator
from geo.network_build import read_streets
from geo.streets import SourceFile
from geo.topology import TopologyReport, Unnamed, inspect_network, inspect_streets
from webmap.answer_size import answer_bytes
from webmap.confirmed_claims import ConfirmedClaims
from webmap.documents import Documents
from webmap.live_layers import LiveLayers
from webmap.report_store import Report

ALL_LAYERS, NO_LAYER = "*", "-"
_Value = TypeVar("_Value")
_MOST_ANSWERS, _MOST_BYTES = 512, 150_000_000
_WITHOUT_CLAIMS = frozenset({"coverage", "frame", "mapped", "names_en", "reach", "reach_ratios", "topology", "unread"})
"""Answers that no claim has a part in."""


@dataclass(slots=True)
class _Slot:
    """The place of one answer; `lock` is held by whoever computes it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    filled: bool = False
    value: object = None
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one response may be made of; it never changes, so a response cannot mix two versions.

    `live` holds the layers and the number of the history that they are of; `as_of` is the day that a snapshot of the
    past was asked for (2026-11-01), None for today's. `documents` is what the instance adds to the data folder,
    `seed_claims` are the claims of its tables, `confirmed` what staff have said of them and of reports of their own.
    `answers` keeps what was computed, under the layer it rests on.
    """

    catalog: Catalog
    places: dict[str, Place]
    live: LiveLayers
    reports: dict[str, Report] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    as_of: str | None = None
    documents: Documents = field(default_factory=Documents)
    seed_claims: tuple[Claim, ...] = ()
    confirmed: ConfirmedClaims = field(default_factory=ConfirmedClaims)
    answers: dict[tuple[object, ...], _Slot] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def subdistrict(self, subdistrict_id: str) -> Subdistrict:
        """Return the subdistrict of that slug; NotFoundError where there is none."""
        return _named(self.catalog.subdistricts, subdistrict_id, "subdistrict")

    def layer(self, layer_id: str) -> Layer:
        """Return the layer of that id; NotFoundError where there is none."""
        return _named(self.catalog.layers, layer_id, "layer")

    def place(self, subdistrict_id: str) -> Place:
        """Return the place of that slug; NotFoundError where there is none."""
        return self.places[self.subdistrict(subdistrict_id).id]

    def report(self, report_id: str) -> Report:
        """Return the report of that id; NotFoundError where there is none."""
        return _named(self.reports, report_id, "report")

    def review(self, report: Report) -> tuple[ReviewedClaim, ...]:
        """Return the claims of a report with their verdicts, in the order of its table."""
        return self.answer(ALL_LAYERS, ("review", report.id), lambda: self._review(report))

    def version_of(self, report: Report) -> str:
        """Return a hash of everything that a report's verdicts rest on: the report, and the map of its subdistrict."""
        told = f"{report.version}\n{self.places[report.subdistrict].data_version}"
        return hashlib.sha256(told.encode()).hexdigest()

    def assessment(self, place: Place, layer_id: str) -> LayerAssessment:
        """Return what is known of a layer in a place."""
        key = ("assessment", place.subdistrict.id)
        return self.answer(self.layer(layer_id).id, key, lambda: assess_layer(place, self.catalog, layer_id))

    def coverage(self, place: Place, question: Question) -> LayerCoverage | None:
        """Return the coverage that answers `question`, None where no facility is left to walk to."""
        key = ("coverage", place.subdistrict.id, question)
        return self.answer(question.layer_id, key, lambda: assess_coverage(place, self.catalog, question))

    def bands(self, place: Place, question: Question) -> list[BandPart]:
        """Return the streets of a place in parts by walking distance; the map of them is kept, not they themselves."""
        return street_bands(place, self.catalog, question)

    def reach(self, place: Place, question: Question) -> BaseGeometry:
        """Return the band along the streets that are reached within the limit (WGS-84)."""
        key = ("reach", place.subdistrict.id, question)
        return self.answer(question.layer_id, key, lambda: reach_polygon(place, self.catalog, question))

    def reach_ratios(self, place: Place, question: Question) -> dict[str, float | None]:
        """Return what is walked to over what the circle promises; empty where no facility is left to walk to."""
        coverage = self.coverage(place, question)
        if coverage is None:
            return {}
        key = ("reach_ratios", place.subdistrict.id, question)
        return self.answer(question.layer_id, key, lambda: reach_ratios(place, self.catalog, question, coverage))

    def names_en(self) -> dict[str, str]:
        """Return what streets and committees of all places are called in English, by their names, where it is known."""
        places = self.places.values()
        return self.answer(
            NO_LAYER, ("names_en",), lambda: {name: said for place in places for name, said in place.names_en.items()}
        )

    def topology(self, place: Place, data: Path) -> TopologyReport:
        """Return what is odd about a place's streets; `data` is the folder with the bundled ones."""
        return self.answer(NO_LAYER, ("topology", place.subdistrict.id), lambda: _inspect(place, data))

    def answer(self, layer_id: str, key: tuple[object, ...], compute: Callable[[], _Value]) -> _Value:
        """Return the answer kept under `key`, computed once; those not asked for longest go when they are too many.

        `layer_id` is the one layer that the answer rests on, ALL_LAYERS or NO_LAYER: an edit of another layer leaves
        the answer standing.
        """
        full = (layer_id, *key)
        with self.lock:
            slot = self.answers.pop(full, None) or _Slot()
            self.answers[full] = slot
        # One thread computes, those who ask the same wait for it, and nobody else does.
        with slot.lock:
            if not slot.filled:
                slot.value = compute()
                slot.size_bytes = answer_bytes(slot.value)
                slot.filled = True
                self._let_go()
            return cast("_Value", slot.value)

    def _let_go(self) -> None:
        """Let the answers go that nobody has asked for longest, until the rest fits: a city's are megabytes each."""
        with self.lock:
            held = sum(slot.size_bytes for slot in self.answers.values())
            while len(self.answers) > _MOST_ANSWERS or (held > _MOST_BYTES and len(self.answers) > 1):
                held -= self.answers.pop(next(iter(self.answers))).size_bytes

    def _review(self, report: Report) -> tuple[ReviewedClaim, ...]:
        """Hold a report's claims against its own findings and against the map of its subdistrict."""
        indicators = sorted({claim.indicator for claim in report.claims})
        place = self.places[report.subdistrict]
        mapped: dict[str, dict[str, int]] = {}
        for layer_id in sorted({claim.layer for claim in report.claims} & place.layers.keys()):
            mapped |= self._mapped(place, layer_id, indicators)
        return review_claims(report.claims, report.findings, mapped)

    def _mapped(self, place: Place, layer_id: str, indicators: list[str]) -> dict[str, dict[str, int]]:
        """Return what a layer's facilities count for each indicator: an edit elsewhere leaves it standing."""
        key = ("mapped", place.subdistrict.id, *indicators)
        return self.answer(layer_id, key, lambda: mapped_counts(place.facilities(layer_id), layer_id, indicators))

    def brought_to(self, live: LiveLayers, as_of: str | None = None) -> Snapshot:
        """Return the snapshot of other layers over the same inputs; answers that rest on unchanged ones are kept."""
        same = {name for name, layer in live.layers.items() if layer is self.live.layers.get(name)} | {NO_LAYER}
        if len(same) > len(live.layers):
            same.add(ALL_LAYERS)
        with self.lock:
            answers = {key: kept for key, kept in self.answers.items() if key[0] in same}
        places = {name: place.with_layers(live.layers) for name, place in self.places.items()}
        return replace(self, places=places, live=live, as_of=as_of, answers=answers, lock=threading.Lock())

    def with_reports(self, confirmed: ConfirmedClaims, reports: dict[str, Report]) -> Snapshot:
        """Return the snapshot with other `reports`, and with what staff have `confirmed` in every place."""
        claims = confirmed.over(self.seed_claims)
        places = {name: place.with_claims(claims, confirmed.version) for name, place in self.places.items()}
        with self.lock:
            answers = {key: kept for key, kept in self.answers.items() if key[1] in _WITHOUT_CLAIMS}
        return replace(
            self, places=places, reports=reports, confirmed=confirmed, answers=answers, lock=threading.Lock()
        )

    def with_answers_of(self, old: Snapshot) -> Snapshot:
        """Return this snapshot with the answers of `old` about places that have not changed between the two."""
        same = {
            name
            for name, place in self.places.items()
            if name in old.places and place.data_version == old.places[name].data_version
        }
        with old.lock:
            answers = {key: kept for key, kept in old.answers.items() if len(key) > 2 and key[2] in same}
        return replace(self, answers=answers, lock=threading.Lock())


def _inspect(place: Place, data: Path) -> TopologyReport:
    """Inspect the bundled streets where the network is built of them alone: they tell more than the network keeps."""
    if not place.has_streets:
        return TopologyReport(0, 0, 0.0, (), (), Unnamed(0, 0.0, {}), is_network=True)
    bundled = data / "base" / f"streets_{place.subdistrict.id}.geojson"
    sources = place.network.meta.get("sources", [])
    if bundled.is_file() and [source["sha256"] for source in sources] == [SourceFile.of(bundled, "").sha256]:
        return inspect_streets(read_streets([bundled]))
    return inspect_network(place.network)


def _named(things: dict[str, _Value], name: str, kind: str) -> _Value:
    """Return the thing of that name; NotFoundError naming `kind` where there is none."""
    if name not in things:
        shown = name if name.isprintable() and len(name) <= 60 else ascii(name)[:60]
        raise NotFoundError(f"unknown_{kind}", kind, f"no {kind} is called {shown!r}", f"Known: {', '.join(things)}")
    return things[name]
