"""More than one service: what every home has within reach, and how much there is of it, as a page tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.assessment import Place, Question
from geo.catalog_model import Layer, Profile
from geo.supply import Scores, Supply, assess_supply, score_homes
from webmap.snapshot import ALL_LAYERS, Snapshot

MOST_STREETS = 60
CLASSES = 5
"""Homes are drawn in as many classes of the score, 0 the lowest."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One layer that is counted: its weight, the people who have it within reach, and how much there is of it.

    `median_per_thousand` is what half of the people have at least by two-step floating catchment, `without` are people
    with nothing of it within reach; both None where no facility states a capacity.
    """

    layer: Layer
    weight: float
    share: float
    people: float
    supply: Supply
    median_per_thousand: float | None
    without: float | None


@dataclass(frozen=True, slots=True)
class StreetScore:
    """One street: people, their mean score, and the layers that most of its people miss, with how many miss each."""

    street: str
    people: float
    score: float
    missing: tuple[tuple[str, float], ...]


def service_layers(now: Snapshot) -> list[Layer]:
    """Return the layers that have a walking limit, in the catalogue's order."""
    return [layer for layer in now.catalog.layers.values() if layer.headline_rule]


def scores_of(now: Snapshot, place: Place, profile: Profile, weights: Mapping[str, float]) -> Scores:
    """Return the score of every home under each layer's headline rule, computed once for the same weights."""
    questions = [Question(layer.id, layer.headline_rule or "", profile.id) for layer in service_layers(now)]
    told = tuple(sorted(weights.items()))
    key = ("scores", place.subdistrict.id, profile.id, told)
    return now.answer(ALL_LAYERS, key, lambda: score_homes(place, now.catalog, questions, weights))


def service_lines(now: Snapshot, place: Place, profile: Profile, scores: Scores) -> list[ServiceLine]:
    """Return the layers that are counted, those that most people miss first."""
    found = [_line(now, place, now.layer(layer), profile, scores) for layer in scores.weights]
    return sorted(found, key=lambda line: (line.share == 0, line.people))


def street_scores(place: Place, scores: Scores) -> list[StreetScore]:
    """Return the streets with people, the lowest score first."""
    homes = scores.homes
    street = place.demand["street"] if "street" in place.demand else homes["score"].map(lambda _: "")
    found = []
    for name, group in homes.groupby(street.to_numpy(), sort=True):
        people = float(group["people"].sum())
        if people <= 0:
            continue
        missing: dict[str, float] = {}
        for layers, weight in zip(group["missing"], group["people"], strict=True):
            for layer in layers:
                missing[layer] = missing.get(layer, 0.0) + float(weight)
        ranked = sorted(missing.items(), key=lambda one: -one[1] * scores.weights[one[0]])
        score = float(np.average(group["score"], weights=group["people"]))
        found.append(StreetScore(str(name), people, score, tuple(ranked)))
    return sorted(found, key=lambda one: (one.score, -one.people))[:MOST_STREETS]


def class_of(score: float) -> int:
    """Return the class in which a home of that score is drawn; the highest is for homes that miss nothing."""
    return CLASSES - 1 if score >= 1 - 1e-9 else min(int(score * (CLASSES - 1)), CLASSES - 2)


def _line(now: Snapshot, place: Place, layer: Layer, profile: Profile, scores: Scores) -> ServiceLine:
    question = Question(layer.id, layer.headline_rule or "", profile.id)
    key = ("supply", place.subdistrict.id, question)
    supply = now.answer(layer.id, key, lambda: assess_supply(place, now.catalog, question))
    covered = now.coverage(place, question)
    people = 0.0 if covered is None else covered.weights.covered
    median, without = _by_catchment(supply, place.weights)
    return ServiceLine(layer, 0.0, scores.weights[layer.id], people, supply, median, without)


def _by_catchment(supply: Supply, people: np.ndarray) -> tuple[float | None, float | None]:
    """Return what half of the people have at least, a thousand of them, and how many have nothing."""
    if supply.catchment is None or people.sum() <= 0:
        return None, None
    each = supply.catchment.supply
    order = np.argsort(-each, kind="stable")
    half = int(np.searchsorted(np.cumsum(people[order]), people.sum() / 2))
    return float(each[order[min(half, len(each) - 1)]]) * 1000, float(people[each <= 0].sum())
