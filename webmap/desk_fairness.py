"""How a layer's walk is shared, computed once and kept."""

from __future__ import annotations

from geo.assessment import Place, Question
from geo.fairness import Fairness, assess_fairness
from webmap.snapshot import Snapshot


def fairness_of(now: Snapshot, place: Place, question: Question) -> Fairness | None:
    """Return how a layer's walk is shared; None where no facility is left to walk to."""
    key = ("fairness", place.subdistrict.id, question)
    return now.answer(question.layer_id, key, lambda: assess_fairness(place, now.catalog, question, place.committees))
