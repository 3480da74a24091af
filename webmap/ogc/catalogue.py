"""The collections: which there are, what they are called, and their features as a table, in one version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from geo.catalog_model import Layer, LocalText
from geo.errors import NotFoundError
from geo.feature_collections import (
    AskedGaps,
    claim_table,
    demand_table,
    gap_sketch,
    gap_table,
    layer_table,
    street_table,
    subdistrict_table,
)
from geo.feature_table import FeatureTable
from geo.layer_question import Question
from webmap.gap_list import gaps_of
from webmap.snapshot import NO_LAYER, Snapshot


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection; `version` changes with anything that its features are made of. `layer`: None where it is none.

    `make` gives its features, made once; `sketch` a table with the same fields and as large an extent, where the
    features take long to make and a description does not need them.
    """

    id: str
    title: LocalText
    description: LocalText
    version: str
    make: Callable[[], FeatureTable]
    layer: Layer | None = None
    sketch: Callable[[], FeatureTable] | None = None

    @property
    def table(self) -> FeatureTable:
        """The features."""
        return self.make()

    @property
    def described(self) -> FeatureTable:
        """What descriptions go by: fields, extent, an id as an example."""
        return self.make() if self.sketch is None else self.sketch()


@dataclass(frozen=True, slots=True)
class _Kind:
    """A collection that is no layer: its words, its version, and how its table is made."""

    title: LocalText
    description: LocalText
    version: Callable[[Snapshot], list[str]]
    table: Callable[[Snapshot], Callable[[], FeatureTable]]
    sketch: Callable[[Snapshot], FeatureTable] | None = None


def collection_ids(now: Snapshot) -> tuple[str, ...]:
    """Return the ids of all collections: layers in the catalogue's order, then the others."""
    return (*now.catalog.layers, *_OTHERS)


def collection_title(now: Snapshot, collection_id: str) -> LocalText:
    """Return the title of a collection that there is, without making its table."""
    layer = now.catalog.layers.get(collection_id)
    return _OTHERS[collection_id].title if layer is None else layer.name


def find_collection(now: Snapshot, collection_id: str) -> Collection:
    """Return the collection of that id; NotFoundError where there is none."""
    if collection_id in now.catalog.layers:
        return _layer_collection(now, now.catalog.layers[collection_id])
    if collection_id not in _OTHERS:
        known = ", ".join(collection_ids(now))
        found = f"no collection is called {ascii(collection_id)[:60]}"
        raise NotFoundError("unknown_collection", "collectionId", found, f"Known: {known}")
    kind = _OTHERS[collection_id]
    version = _digest([collection_id, *kind.version(now)])

    def make() -> FeatureTable:
        return now.answer(NO_LAYER, ("collection", collection_id, version), kind.table(now))

    sketch = None if kind.sketch is None else partial(kind.sketch, now)
    return Collection(collection_id, kind.title, kind.description, version, make, sketch=sketch)


def _layer_collection(now: Snapshot, layer: Layer) -> Collection:
    facilities = now.live.layers[layer.id]

    def make() -> FeatureTable:
        return now.answer(layer.id, ("collection",), lambda: layer_table(facilities, layer))

    version = _digest([layer.id, now.catalog.content_hash, facilities.content_hash])
    description = LocalText(
        f"{layer.name.zh}。位置怎么知道的看 location_status：sample 是编的示例，unlocated 没有位置。",
        f"{layer.name.en}. location_status says how a position is known: a sample is invented, unlocated has none.",
    )
    return Collection(layer.id, layer.name, description, version, make, layer)


def _inputs(now: Snapshot) -> list[str]:
    return [now.catalog.content_hash, *(f"{name} {place.inputs_version}" for name, place in now.places.items())]


def _reports(now: Snapshot) -> list[str]:
    return [now.version_of(report) for report in now.reports.values()]


def _layers(now: Snapshot) -> list[str]:
    return [*_inputs(now), *(layer.content_hash for layer in now.live.layers.values())]


def _gaps(now: Snapshot) -> list[AskedGaps]:
    """Return the gaps of every layer with a walking limit, in every place, under its headline rule."""
    profile = next(iter(now.catalog.profiles.values()))
    found = []
    for place in now.places.values():
        for layer in now.catalog.layers.values():
            if layer.headline_rule is not None:
                question = Question(layer.id, layer.headline_rule, profile.id)
                limit_m = now.catalog.rules[layer.headline_rule].limit_dm(profile) / 10
                found.append(AskedGaps(place, question, limit_m, gaps_of(now, place, question)))
    return found


def _claims(now: Snapshot) -> Callable[[], FeatureTable]:
    # While one answer is made no other can be asked for: the reviews, which are kept too, come first.
    reviewed = [one for report in now.reports.values() for one in now.review(report)]
    return lambda: claim_table(reviewed)


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


_OTHERS = {
    "subdistricts": _Kind(
        LocalText("街道边界", "Subdistricts"),
        LocalText("街道的边界、面积和公布的人口或户数。", "Outlines of the subdistricts, with their stated totals."),
        _inputs,
        lambda now: lambda: subdistrict_table(now.places.values()),
    ),
    "demand": _Kind(
        LocalText("需求点", "Demand points"),
        LocalText(
            "人口是把公布的总数沿街模拟分布出来的，不是逐栋数的。",
            "People are modelled: one stated total, spread along the streets; nobody was counted house by house.",
        ),
        _inputs,
        lambda now: lambda: demand_table(now.places.values()),
    ),
    "streets": _Kind(
        LocalText("可以走的路", "Streets"),
        LocalText(
            "步行路网里的每条路。来源 OpenStreetMap（ODbL）。",
            "Every way of the walking networks; OpenStreetMap, ODbL.",
        ),
        _inputs,
        lambda now: lambda: street_table(now.places.values()),
    ),
    "gaps": _Kind(
        LocalText("缺口", "Gaps"),
        LocalText(
            "走不到的人住在一起的一片：每个图层按主要规则、普通步速、不算示例位置。人数是模拟的；数据变了编号会变。",
            "People who live together and walk farther than a layer's headline rule allows, without samples. People "
            "are modelled; ids may change with the data.",
        ),
        _layers,
        lambda now: lambda: gap_table(_gaps(now)),
        lambda now: gap_sketch(now.places.values()),
    ),
    "claims": _Kind(
        LocalText("报告里的数字", "Claims"),
        LocalText(
            "工作报告里的数字和核对结果，没有位置；年份当作时间。",
            "Figures of the work reports with what the map says to them; no geometry, the report's year is their time.",
        ),
        _reports,
        _claims,
    ),
}
