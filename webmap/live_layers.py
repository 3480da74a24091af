"""The layers as readers see them at one number of the history, brought forward by what was published since.

Every worker keeps its own; before an answer it asks the store for the newest number and reads only what is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from geo.catalog_model import Catalog, Layer
from geo.errors import DataError, Problem
from geo.layer_checks import Facility, Schema, read_feature
from geo.layers import FacilityLayer, assemble_layer, changed_layer, feature_line
from webmap.history import entry_hash
from webmap.revisions import Feature, published_bodies, revisions_between


@dataclass(frozen=True, slots=True)
class LiveLayers:
    """Every layer of the catalogue after entry `seq` of the history, whose hash is `link`."""

    seq: int
    link: str
    layers: dict[str, FacilityLayer]
    facilities: dict[str, dict[str, Facility]] = field(repr=False)
    lines: dict[str, dict[str, str]] = field(repr=False)


def read_live_layers(connection: Connection, catalog: Catalog, seq: int) -> LiveLayers:
    """Return the layers as readers saw them after entry `seq`.

    Raises:
        DataError: what the store keeps no longer fits the catalogue, with every problem.
    """
    bodies = published_bodies(connection, seq)
    facilities: dict[str, dict[str, Facility]] = {}
    problems: list[Problem] = []
    for layer in catalog.layers.values():
        facilities[layer.id] = _facilities(_here(bodies.get(layer.id, {}), catalog), layer, catalog, problems)
    if problems:
        raise DataError(problems)
    lines = {name: _lines(found, catalog.layers[name]) for name, found in facilities.items()}
    layers = {name: assemble_layer(found, lines[name], catalog.layers[name]) for name, found in facilities.items()}
    return LiveLayers(seq, entry_hash(connection, seq) or "", layers, facilities, lines)


def brought_forward(connection: Connection, old: LiveLayers, catalog: Catalog, seq: int) -> LiveLayers:
    """Return `old` with what was published after it, up to entry `seq`; layers without news are the same objects.

    The store must still hold the chain that `old` was read from: `old.link` is its hash at `old.seq`.
    """
    news: dict[str, dict[str, Feature | None]] = {}
    for revision in revisions_between(connection, old.seq, seq):
        if revision.state == "published" and revision.layer in old.layers:
            news.setdefault(revision.layer, {})[revision.feature] = revision.after
    changed = {name: _changed(old, catalog.layers[name], bodies, catalog) for name, bodies in news.items()}
    facilities = old.facilities | {name: found for name, (found, _) in changed.items()}
    lines = old.lines | {name: text for name, (_, text) in changed.items()}
    fresh = {
        name: changed_layer(old.layers[name], facilities[name], lines[name], catalog.layers[name], news[name])
        for name in changed
    }
    return LiveLayers(seq, entry_hash(connection, seq) or "", old.layers | fresh, facilities, lines)


def _changed(
    old: LiveLayers, layer: Layer, bodies: Mapping[str, Feature | None], catalog: Catalog
) -> tuple[dict[str, Facility], dict[str, str]]:
    """Return the facilities and lines of a layer with the news in `bodies` (None: deleted)."""
    problems: list[Problem] = []
    there = _here({feature: body for feature, body in bodies.items() if body is not None}, catalog)
    found = _facilities(there, layer, catalog, problems)
    if problems:
        raise DataError(problems)
    kept = {name: facility for name, facility in old.facilities[layer.id].items() if name not in bodies}
    lines = {name: line for name, line in old.lines[layer.id].items() if name not in bodies}
    return kept | found, lines | _lines(found, layer)


def _here(bodies: Mapping[str, Feature], catalog: Catalog) -> dict[str, Feature]:
    """Return the bodies but for those of a subdistrict that was taken away: they wait in the history for its return."""
    return {name: body for name, body in bodies.items() if body["properties"]["subdistrict"] in catalog.subdistricts}


def _facilities(
    bodies: Mapping[str, Feature], layer: Layer, catalog: Catalog, problems: list[Problem]
) -> dict[str, Facility]:
    """Return kept bodies as facilities; what no longer fits the catalogue goes to `problems`."""
    schema = Schema(layer, catalog, {})
    faults: list[Problem] = []
    found = {name: read_feature(body, f"{layer.id}/{name}", schema, faults) for name, body in sorted(bodies.items())}
    problems += [fault for fault in faults if not fault.warning]
    return {name: facility for name, facility in found.items() if facility is not None}


def _lines(facilities: Mapping[str, Facility], layer: Layer) -> dict[str, str]:
    """Return the canonical line of each facility."""
    return {name: feature_line(facility, layer) for name, facility in facilities.items()}
