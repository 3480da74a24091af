"""How a layer's walk is shared, computed once and kept; and a subdistrict's committees as the data folder has them."""

from __future__ import annotations

from geo.assessment import Place, Question
from geo.committees import Committees, read_committees
from geo.fairness import Fairness, assess_fairness
from webmap.snapshot import Snapshot
from webmap.views import the_config


def fairness_of(now: Snapshot, place: Place, question: Question) -> Fairness | None:
    """Return how a layer's walk is shared; None where no facility is left to walk to."""
    key = ("fairness", place.subdistrict.id, question)
    return now.answer(
        question.layer_id, key, lambda: assess_fairness(place, now.catalog, question, committees_of(place))
    )


def committees_of(place: Place) -> Committees:
    """Return a subdistrict's committees; none where the data folder has no list of them."""
    config = the_config()
    path = config.data / "base" / "committees.geojson"
    return read_committees(path, place.subdistrict.id) if path.is_file() else Committees((), ())
