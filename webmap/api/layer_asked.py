"""What the desk's part of the API is asked about: a layer in a subdistrict, under a rule, for a walking profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from geo.assessment import Place, Question
from geo.catalog_model import Layer
from webmap.parameters import Choice, read_query
from webmap.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class LayerAsked:
    """A layer in a place; `rule_id` is None where the layer has no walking limit. `given`: the other parameters."""

    place: Place
    layer: Layer
    rule_id: str | None
    profile_id: str
    given: dict[str, str]

    @property
    def with_samples(self) -> bool:
        """Whether invented positions count."""
        return self.given.get("samples") == "1"

    @property
    def question(self) -> Question | None:
        """What is asked of the layer, None where it has no rule."""
        if self.rule_id is None:
            return None
        return Question(self.layer.id, self.rule_id, self.profile_id, with_samples=self.with_samples)

    @property
    def reason(self) -> str | None:
        """Why nothing can be worked out, in words; None where it can."""
        if self.rule_id is None:
            return "no rule gives this layer a walking limit"
        return None if self.place.has_streets else "no street network has been brought for this subdistrict"

    def about(self) -> dict[str, Any]:
        """Return what an answer rests on: the envelope."""
        return {
            "subdistrict": self.place.subdistrict.id,
            "layer": self.layer.id,
            "data_version": self.place.data_version,
            "network_version": self.place.network_version,
            "unit": self.place.subdistrict.population.unit,
            "rule": self.rule_id,
            "profile": self.profile_id,
            "with_samples": self.with_samples,
        }


def read_layer_asked(
    now: Snapshot, query: MultiDict[str, str], others: dict[str, Choice] | None = None, repeated: Iterable[str] = ()
) -> LayerAsked:
    """Return what a query asks of a layer.

    Args:
        now: The names that there are.
        query: The parameters.
        others: What else the address knows.
        repeated: Parameters that may be given several times; whoever asks reads them alone.

    Raises:
        QueryError: with every parameter that is at fault.
        NotFoundError: the subdistrict or the layer is unknown.
    """
    once = MultiDict([(name, value) for name, value in query.items(multi=True) if name not in set(repeated)])
    profiles = tuple(now.catalog.profiles)
    choices = {
        "subdistrict": Choice((), None),
        "layer": Choice((), None),
        "rule": Choice(),
        "profile": Choice(profiles, profiles[0]),
    } | (others or {})
    asked = read_query(once, choices)
    place, layer = now.place(asked["subdistrict"]), now.layer(asked["layer"])
    rules = {"rule": Choice(layer.rules or ("",), layer.headline_rule or "")}
    rule_id = read_query(once, rules, ignore_unknown=True)["rule"]
    return LayerAsked(place, layer, rule_id or None, asked["profile"], asked)
