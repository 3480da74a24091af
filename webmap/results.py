"""The current results: places and coverage of one data version, read again when a file has changed."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
    read_place,
    street_bands,
)
from geo.catalog import read_catalog
from geo.catalog_model import Catalog, Layer, Subdistrict
from geo.claim_review import ReviewedClaim, mapped_counts, review_claims
from geo.errors import DataError, LifecircleError, NotFoundError
from geo.indicators import Indicator
from geo.network import WalkNetwork
from geo.network_build import build_network, read_streets
from geo.network_file import load_network
from geo.streets import SourceFile
from geo.topology import TopologyReport, inspect_network, inspect_streets
from webmap.config import Config
from webmap.report_store import Report, known_indicators, read_reports, require_places

_log = logging.getLogger("lifecircle")
_Value = TypeVar("_Value")
_Fingerprint = tuple[tuple[str, int, int], ...]
_CACHED_ANSWERS = 512


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one response may be made of; it never changes, so a response cannot mix two versions."""

    catalog: Catalog
    places: dict[str, Place]
    fingerprint: _Fingerprint
    reports: dict[str, Report] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    answers: dict[tuple[object, ...], object] = field(default_factory=dict)
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
        return self._answer(("review", report.id), lambda: _review(report, self.places[report.subdistrict]))

    def version_of(self, report: Report) -> str:
        """Return a hash of everything that a report's verdicts rest on: the report, and the map of its subdistrict."""
        told = f"{report.version}\n{self.places[report.subdistrict].data_version}"
        return hashlib.sha256(told.encode()).hexdigest()

    def assessment(self, place: Place, layer_id: str) -> LayerAssessment:
        """Return what is known of a layer in a place."""
        key = ("assessment", place.subdistrict.id, self.layer(layer_id).id)
        return self._answer(key, lambda: assess_layer(place, self.catalog, layer_id))

    def coverage(self, place: Place, question: Question) -> LayerCoverage | None:
        """Return the coverage that answers `question`, None where no facility is left to walk to."""
        key = ("coverage", place.subdistrict.id, question)
        return self._answer(key, lambda: assess_coverage(place, self.catalog, question))

    def bands(self, place: Place, question: Question) -> list[BandPart]:
        """Return the streets of a place in parts by walking distance."""
        key = ("bands", place.subdistrict.id, question)
        return self._answer(key, lambda: street_bands(place, self.catalog, question))

    def reach(self, place: Place, question: Question) -> BaseGeometry:
        """Return the band along the streets that are reached within the limit (WGS-84)."""
        key = ("reach", place.subdistrict.id, question)
        return self._answer(key, lambda: reach_polygon(place, self.catalog, question))

    def topology(self, place: Place, data: Path) -> TopologyReport:
        """Return what is odd about a place's streets; `data` is the folder with the bundled ones."""
        return self._answer(("topology", place.subdistrict.id), lambda: _inspect(place, data))

    def _answer(self, key: tuple[object, ...], compute: Callable[[], _Value]) -> _Value:
        """Return the answer kept under `key`, computed once; the oldest go when there are too many."""
        with self.lock:
            if key not in self.answers:
                if len(self.answers) >= _CACHED_ANSWERS:
                    del self.answers[next(iter(self.answers))]
                self.answers[key] = compute()
            return cast("_Value", self.answers[key])


class Results:
    """Gives the current snapshot; looks at the files' dates now and then and reads them again when one has changed."""

    def __init__(self, config: Config) -> None:
        """Remember where the data is; nothing is read yet."""
        self._config = config
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked_at_s = 0.0
        self.fault: LifecircleError | None = None

    def current(self) -> Snapshot:
        """Return the snapshot of the newest files that can be read.

        Raises:
            DataError: when nothing could be read yet. Once something stands, files that cannot be read leave it
                standing, and `fault` says why.
        """
        with self._lock:
            now_s = time.monotonic()
            if self._snapshot is None or now_s - self._looked_at_s >= self._config.recheck_s:
                self._snapshot = self._refreshed(self._snapshot)
                self._looked_at_s = time.monotonic()
            return self._snapshot

    def _refreshed(self, old: Snapshot | None) -> Snapshot:
        """Return `old` when no file has changed, otherwise a new snapshot."""
        fingerprint = _fingerprint(self._config)
        if old is not None and old.fingerprint == fingerprint:
            return old
        try:
            fresh = _read_or_explain(self._config, fingerprint)
        except LifecircleError as error:
            self.fault = error
            if old is None:
                raise
            _log.exception("The changed data cannot be read; the data before it stays in use")
            return old
        self.fault = None
        return fresh


def read_snapshot(config: Config, fingerprint: _Fingerprint = ()) -> Snapshot:
    """Read catalogue, networks and layers from `config`'s folders."""
    catalog = read_catalog(config.data)
    places = {
        subdistrict_id: read_place(config.data, catalog, subdistrict_id, _network(config, subdistrict_id))
        for subdistrict_id in catalog.subdistricts
    }
    reports = read_reports(config, next(iter(places.values())).claims)
    require_places(reports, catalog.subdistricts)
    indicators = {indicator.id: indicator for indicator in known_indicators(config)}
    return Snapshot(catalog, places, fingerprint, reports, indicators)


def _review(report: Report, place: Place) -> tuple[ReviewedClaim, ...]:
    """Hold a report's claims against its own findings and against the map of its subdistrict."""
    indicators = sorted({claim.indicator for claim in report.claims})
    mapped: dict[str, dict[str, int]] = {}
    for layer_id in {claim.layer for claim in report.claims} & place.layers.keys():
        mapped |= mapped_counts(place.facilities(layer_id), layer_id, indicators)
    return review_claims(report.claims, report.findings, mapped)


def _read_or_explain(config: Config, fingerprint: _Fingerprint) -> Snapshot:
    """Read the snapshot; a file that is missing or may not be read becomes a DataError that names it."""
    try:
        return read_snapshot(config, fingerprint)
    except OSError as error:
        where = str(error.filename or config.data)
        remedy = "Put the file back, or name the folders in LIFECIRCLE_DATA and LIFECIRCLE_INSTANCE"
        raise DataError.single("unreadable_file", where, error.strerror or "cannot be read", remedy) from error


def _network(config: Config, subdistrict_id: str) -> WalkNetwork:
    """Return the network that the instance holds, otherwise the one of the bundled streets."""
    prepared = config.instance / "networks" / f"{subdistrict_id}.lcnet"
    if prepared.exists():
        return load_network(prepared)
    return build_network(read_streets([config.data / "base" / f"streets_{subdistrict_id}.geojson"]))


def _inspect(place: Place, data: Path) -> TopologyReport:
    """Inspect the bundled streets where the network is built of them alone: they tell more than the network keeps."""
    bundled = data / "base" / f"streets_{place.subdistrict.id}.geojson"
    sources = place.network.meta.get("sources", [])
    if bundled.is_file() and [source["sha256"] for source in sources] == [SourceFile.of(bundled, "").sha256]:
        return inspect_streets(read_streets([bundled]))
    return inspect_network(place.network)


def _fingerprint(config: Config) -> _Fingerprint:
    """Return path, date and size of every file that results are made of."""
    folders = (config.data, config.instance / "networks", config.instance / "reports")
    files = sorted(path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file())
    return tuple(_mark(path) for path in files)


def _mark(path: Path) -> tuple[str, int, int]:
    """Return what changes when a file is written again."""
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size


def _named(things: dict[str, _Value], name: str, kind: str) -> _Value:
    """Return the thing of that name; NotFoundError naming `kind` where there is none."""
    if name not in things:
        shown = name if name.isprintable() and len(name) <= 60 else ascii(name)[:60]
        raise NotFoundError(f"unknown_{kind}", kind, f"no {kind} is called {shown!r}", f"Known: {', '.join(things)}")
    return things[name]
