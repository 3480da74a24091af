"""The planner's table: one row a layer, with everything the row says already worked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.assessment import LayerAssessment, LayerCoverage, Place, Question
from geo.catalog_model import Layer, Profile, Rule
from geo.claim_review import Reason
from webmap.report_rows import contradiction
from webmap.snapshot import Snapshot
from webmap.verdicts import Segment, Verdict, is_empty, judge, main_status, status_bar


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """A layer under one rule: limit in metres for the chosen profile, without samples, and with them.

    `honest` is None where no facility has a known position. `sample` is None where the layer has no sample, or the
    samples are put away.
    """

    rule: Rule
    limit_m: float
    honest: LayerCoverage | None
    sample: LayerCoverage | None


@dataclass(frozen=True, slots=True)
class Row:
    """One layer in the table.

    `headline` is None where the layer has no rule, `others` are its other rules, `beside_report` counts the
    facilities that the report's number is not about, `contradiction` says where the report contradicts itself in it.
    """

    layer: Layer
    assessment: LayerAssessment
    headline: RuleCoverage | None
    others: tuple[RuleCoverage, ...]
    verdict: Verdict
    beside_report: int
    contradiction: Reason | None
    bar: tuple[Segment, ...]
    status: str

    @property
    def is_folded(self) -> bool:
        """Return whether the row says nothing but its name."""
        return is_empty(self.assessment)

    @property
    def stated(self) -> str:
        """Return the report's number as it stands in the table: `42`, `3+3` where parts do not add up, or empty."""
        stated = self.assessment.stated
        return "+".join(f"{part.value:g}" for part in stated.parts) if stated.value is None else str(stated.value)

    @property
    def rank(self) -> int:
        """Return the group in which the row stands: with a figure, samples only, not on the map, without a rule."""
        if self.headline is None:
            return 3
        if self.headline.honest is not None:
            return 0
        return 1 if self.assessment.sample else 2


@dataclass(frozen=True, slots=True)
class StreetNeed:
    """The uncovered people of one street.

    `over_m` is how far beyond the limit half of the points are (None: unreachable), `circle_weight` those who live
    inside the straight-line circle all the same.
    """

    street: str
    weight: float
    points: int
    median_m: float | None
    over_m: float | None
    circle_weight: float


def table_rows(snapshot: Snapshot, place: Place, profile: Profile, *, with_samples: bool) -> list[Row]:
    """Return a row for every layer, those with a figure first and otherwise in the catalogue's order."""
    layers = snapshot.catalog.layers.values()
    rows = [layer_row(snapshot, place, layer, profile, with_samples=with_samples) for layer in layers]
    return sorted(rows, key=lambda row: row.rank)


def layer_row(snapshot: Snapshot, place: Place, layer: Layer, profile: Profile, *, with_samples: bool) -> Row:
    """Return the row of one layer."""
    assessment = snapshot.assessment(place, layer.id)
    rules = [snapshot.catalog.rules[rule_id] for rule_id in layer.rules]
    figures = [rule_coverage(snapshot, place, assessment, (rule, profile), with_samples=with_samples) for rule in rules]
    against = contradiction(snapshot, assessment.stated.parts)
    headline = next((figure for figure in figures if figure.rule.id == layer.headline_rule), None)
    return Row(
        layer=layer,
        assessment=assessment,
        headline=headline,
        others=tuple(figure for figure in figures if figure is not headline),
        verdict=judge(assessment, contradictory=against is not None),
        beside_report=len(assessment.facilities) - sum(assessment.counts.values()),
        contradiction=against,
        bar=status_bar(assessment),
        status=main_status(assessment),
    )


def rule_coverage(
    snapshot: Snapshot, place: Place, assessment: LayerAssessment, measure: tuple[Rule, Profile], *, with_samples: bool
) -> RuleCoverage:
    """Return a layer's coverage under one rule and profile, without samples and (if wanted and there) with them."""
    rule, profile = measure
    asked = (assessment.layer.id, rule.id, profile.id)
    honest = snapshot.coverage(place, Question(*asked, with_samples=False))
    sample = None
    if with_samples and assessment.sample:
        sample = snapshot.coverage(place, Question(*asked, with_samples=True))
    return RuleCoverage(rule, rule.limit_dm(profile) / 10, honest, sample)


def street_needs(coverage: LayerCoverage, place: Place) -> list[StreetNeed]:
    """Return the uncovered and unreachable people street by street, most people first."""
    left = coverage.demand[coverage.demand["status"] != "covered"]
    if left.empty:
        return []
    street = place.demand.loc[left.index, "street"] if "street" in place.demand else pd.Series("", index=left.index)
    inside = left["weight"].where(left["circle"].astype(bool), 0.0)
    table = left.assign(circle_weight=inside, distance_m=left["distance_m"].astype(float)).groupby(street, sort=True)
    sums = table.agg(
        weight=("weight", "sum"),
        points=("weight", "size"),
        median_m=("distance_m", "median"),
        circle_weight=("circle_weight", "sum"),
    )
    needs = [_street_need(row, coverage.limit_m) for row in sums.itertuples(name=None)]
    return sorted(needs, key=lambda need: -need.weight)


def sample_layers(rows: list[Row]) -> list[Row]:
    """Return the rows whose only positions are samples."""
    return [row for row in rows if row.assessment.sample and not row.assessment.located]


def _street_need(row: tuple[Any, ...], limit_m: float) -> StreetNeed:
    """Return one street's sums: its name, people, points, median distance, people in circles."""
    name, weight, points, median_m, circle_weight = row
    known = None if pd.isna(median_m) else float(median_m)
    return StreetNeed(
        street=str(name),
        weight=float(weight),
        points=int(points),
        median_m=known,
        over_m=None if known is None else known - limit_m,
        circle_weight=float(circle_weight),
    )
