"""More than one service: a score by home, capacity per head, and supply by two-step floating catchment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.assessment import assess_coverage
from geo.catalog import Catalog
from geo.coverage import COVERED
from geo.floating_catchment import FloatingCatchment, two_step
from geo.graph import FloatArray
from geo.layer_question import Question, ask_layer
from geo.place import Place
from geo.siting_place import homes_of
from geo.siting_question import rows_to_homes
from geo.walk import Walk

CAPACITY_PROPERTIES = ("capacity", "places", "beds")
"""Where a facility's capacity is looked for, in this order."""


@dataclass(frozen=True, eq=False)
class Scores:
    """How many services each home has within reach.

    Attributes:
        weights: Weight of each layer that is counted, by layer id; they sum to 1.
        not_counted: Layers that were asked for and have no facility to walk to: nothing is said of them.
        homes: Index demand id; columns `score` (0..1, the weights of what is within reach), `missing` (layer ids that
            are not, heaviest first), `people`.
        mean: Mean score by people, None where there is nobody.
        all_people: People with every service within reach; `total_people` is the denominator.
        total_people: People of the place.
    """

    weights: Mapping[str, float]
    not_counted: tuple[str, ...]
    homes: pd.DataFrame
    mean: float | None
    all_people: float
    total_people: float


def score_homes(
    place: Place, catalog: Catalog, questions: Sequence[Question], weights: Mapping[str, float] | None = None
) -> Scores:
    """Return the score of every home: one question a layer, equal weights where none are given."""
    answers = {each.layer_id: assess_coverage(place, catalog, each) for each in questions}
    covered = {
        layer: (answer.demand["status"] == COVERED).to_numpy()
        for layer, answer in answers.items()
        if answer is not None
    }
    given = {layer: 1.0 if weights is None else float(weights.get(layer, 0.0)) for layer in covered}
    whole = sum(given.values())
    share = {layer: weight / whole if whole > 0 else 0.0 for layer, weight in given.items()}
    score = np.zeros(len(place.demand))
    for layer, reached in covered.items():
        score += share[layer] * reached
    ranked = sorted(covered, key=lambda layer: -share[layer])
    missing = [
        tuple(layer for layer in ranked if share[layer] > 0 and not covered[layer][number])
        for number in range(len(place.demand))
    ]
    people = place.weights
    has_all = np.array([not each for each in missing], dtype=bool) & bool(covered)
    return Scores(
        weights=share,
        not_counted=tuple(layer for layer in answers if layer not in covered),
        homes=pd.DataFrame(
            {
                "score": np.minimum(score, 1.0),
                "missing": pd.Series(missing, index=place.demand.index),
                "people": people,
            },
            index=place.demand.index,
        ),
        mean=float(np.average(score, weights=people)) if people.sum() > 0 and covered else None,
        all_people=float(people[has_all].sum()),
        total_people=float(people.sum()),
    )


@dataclass(frozen=True, eq=False)
class Supply:
    """Capacity against people.

    Attributes:
        capacity: Capacity of all facilities that state one.
        without_capacity: Ids of facilities that state none; they are not in any figure here.
        total_people: People of the place (or households, by its unit).
        per_thousand: Capacity for a thousand of them, None where nobody lives there.
        catchment: Ratios by facility and supply by demand point, None where no capacity is stated.
        facilities: Ids of the facilities in `catchment`.
        property_used: The property that each capacity was read from, by id.
    """

    capacity: float
    without_capacity: tuple[str, ...]
    total_people: float
    per_thousand: float | None
    catchment: FloatingCatchment | None
    facilities: tuple[str, ...]
    property_used: Mapping[str, str]


def assess_supply(place: Place, catalog: Catalog, question: Question) -> Supply:
    """Return a layer's capacity per head, and by two-step floating catchment within the question's limit."""
    asked = ask_layer(place, catalog, question)
    found = [_capacity(row) for _, row in asked.facilities.iterrows()]
    ids = [str(name) for name in asked.facilities.index]
    stated = np.array([each is not None for each in found], dtype=bool)
    amounts: FloatArray = np.array([each[1] for each in found if each is not None], dtype=np.float64)
    people = place.weights
    catchment = None
    if stated.any() and place.has_streets:
        limits_dm = asked.limits_dm[stated].astype(np.int64)
        rows = rows_to_homes(place.network, asked.snaps.take(stated), homes_of(place), limits_dm, Walk())
        catchment = two_step(rows, amounts, people)
    whole, total = float(amounts.sum()), float(people.sum())
    return Supply(
        capacity=whole,
        without_capacity=tuple(name for name, known in zip(ids, stated, strict=True) if not known),
        total_people=total,
        per_thousand=whole / total * 1000 if total > 0 else None,
        catchment=catchment,
        facilities=tuple(name for name, known in zip(ids, stated, strict=True) if known),
        property_used={name: each[0] for name, each in zip(ids, found, strict=True) if each is not None},
    )


def _capacity(row: pd.Series) -> tuple[str, float] | None:
    """Return the property that states a facility's capacity and the number, None where none does."""
    for name in CAPACITY_PROPERTIES:
        value = row.get(name)
        if value is not None and not pd.isna(value):
            return name, float(value)
    return None
