"""One verdict a claim: what the rest of its report says to it, and what the map does.

A claim may be held against several things: a list, a target, a total, the map. The gravest answer is its verdict, and
every answer stays beside it as a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from geo.claims_table import Claim, counted_by_report
from geo.reconciliation import LOCATED, Reconciled, reconcile
from geo.report_findings import KeptFinding

# From the gravest to the least; `off_map` is a claim that nothing was held against.
VERDICTS = (
    "contradictory",
    "does_not_add_up",
    "not_mapped",
    "short_by",
    "over_by",
    "itemised_short",
    "all_samples",
    "mapped_unverified",
    "agrees",
    "exceeds",
    "cannot_tell",
    "off_map",
)
# Verdicts that somebody should look into.
PROBLEMS = frozenset(VERDICTS[: VERDICTS.index("agrees")])
OF_FINDING = {"contradicts": "contradictory", "short": "itemised_short"}
# How a report's parts are told apart on the map: the last word of the indicator, and a facility's phase or tier.
PHASES = {"done": "open", "started": "in_progress"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim has its verdict, in both languages."""

    verdict: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ReviewedClaim:
    """A claim with its verdict.

    `difference` is by how many facilities the map differs (None: not compared), `stated` the number that the map was
    held against (None: not), `itemised` the figure that the report's own lists, parts or sums give, `mapped` the
    facilities by location status, `reasons` the gravest first (empty where nothing was held against the claim).
    """

    claim: Claim
    verdict: str
    difference: int | None
    stated: float | None
    itemised: float | None
    mapped: Mapping[str, int] | None
    reasons: tuple[Reason, ...]

    @property
    def is_problem(self) -> bool:
        """Return whether somebody should look into it."""
        return self.verdict in PROBLEMS

    @property
    def located(self) -> int | None:
        """Return how many facilities have a place that is no sample, None where the map was not asked."""
        return None if self.mapped is None else sum(self.mapped.get(status, 0) for status in LOCATED)


def review_claims(
    claims: Sequence[Claim], findings: Sequence[KeptFinding], mapped: Mapping[str, Mapping[str, int]]
) -> tuple[ReviewedClaim, ...]:
    """Return a verdict for every claim of one report.

    `findings` are those of a check of this report; `mapped` has the facilities by location status for each layer, and
    for each indicator whose part of a layer is told apart (see `mapped_counts`). The map is held against what the
    report says of its own year: a plan is for the year after, and cannot be told.
    """
    values = {claim.start: claim.value for claim in claims}
    about: dict[int, list[KeptFinding]] = {}
    for finding in findings:
        for start in subjects_of(finding, values):
            about.setdefault(start, []).append(finding)
    contradicted = {start for start, told in about.items() if any(one.verdict == "contradicts" for one in told)}
    year = max((claim.year for claim in claims), default=0)
    on_map = {found.claim.start: found for found in reconcile(claims, mapped, year, contradicted)}
    return tuple(_review(claim, about.get(claim.start, []), on_map.get(claim.start)) for claim in claims)


def subjects_of(finding: KeptFinding, values: Mapping[int, float]) -> tuple[int, ...]:
    """Return the starts of the claims that a finding judges; the others of its claims only bear witness.

    A share is judged by the two figures before it, a target by what was done, a total by its parts. `values` has the
    figure of each claim by its start.
    """
    starts = tuple(start for start, _ in finding.spans)
    if finding.check == "listed_twice":
        return starts
    if finding.check in {"share", "capacity"}:
        return starts[-1:]
    if finding.check == "parts":
        return starts[: _length_of_total(starts, values, finding.stated)]
    return starts[:1]


def without_targets_met(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the claims that stand for what a report says in the end, for reports side by side.

    Left out are targets whose result the same report gives, and what it says a second time.
    """
    results = {(claim.report_id, claim.indicator) for claim in claims if claim.kind != "target"}
    said: dict[tuple[object, ...], Claim] = {}
    for claim in claims:
        if claim.kind != "target" or (claim.report_id, claim.indicator) not in results:
            said.setdefault((claim.report_id, claim.indicator, claim.kind, claim.value, claim.unit), claim)
    return tuple(said.values())


def mapped_counts(facilities: pd.DataFrame, layer_id: str, indicators: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the facilities of a layer by location status: under the layer's id, and under each indicator of a part.

    A part is told apart by the facilities' phase (`lifts.count.done`: those in use) or by their tier.
    """
    told_by = [name for name in ("location_status", "phase", "tier") if name in facilities]
    counted = pd.DataFrame(facilities[told_by])[counted_by_report(facilities)]
    counts = {layer_id: _by_status(counted)}
    beginning = f"{layer_id}.count."
    for indicator in (name for name in indicators if name.startswith(beginning)):
        part = _part(counted, indicator.removeprefix(beginning))
        if part is not None:
            counts[indicator] = _by_status(part)
    return counts


def _length_of_total(starts: Sequence[int], values: Mapping[int, float], stated: float | None) -> int:
    """Return how many of the first claims make the total: of 14 + 8 (14 and 8) two, of 51 (42 and 9) one."""
    total = 0.0
    for length, start in enumerate(starts, start=1):
        total += values.get(start, 0.0)
        if total == stated:
            return length
    return 1


def _by_status(facilities: pd.DataFrame) -> dict[str, int]:
    """Return how many facilities have each location status."""
    return {str(status): int(count) for status, count in facilities["location_status"].value_counts().items()}


def _part(facilities: pd.DataFrame, name: str) -> pd.DataFrame | None:
    """Return the facilities of one part of a layer, None where the layer does not tell its parts apart."""
    if name in PHASES and "phase" in facilities and not facilities.empty:
        return facilities[facilities["phase"].fillna("open") == PHASES[name]]
    if "tier" not in facilities or facilities.empty:
        return None
    return facilities[facilities["tier"].isin([name, name.removesuffix("s")])]


def _review(claim: Claim, findings: Sequence[KeptFinding], on_map: Reconciled | None) -> ReviewedClaim:
    """Return the verdict of one claim."""
    reasons = [Reason(OF_FINDING.get(found.verdict, found.verdict), found.zh, found.en) for found in findings]
    reasons += _reasons_of_map(claim, on_map, has_others=bool(reasons))
    reasons.sort(key=lambda reason: VERDICTS.index(reason.verdict))
    verdict = reasons[0].verdict if reasons else "off_map"
    compared = on_map is not None and verdict == on_map.verdict
    return ReviewedClaim(
        claim=claim,
        verdict=verdict,
        difference=on_map.difference if on_map is not None and compared else None,
        stated=on_map.stated if on_map is not None else None,
        itemised=_itemised(claim, findings),
        mapped=on_map.mapped if on_map is not None and counts_facilities(claim) else None,
        reasons=tuple(reasons),
    )


def counts_facilities(claim: Claim) -> bool:
    """Return whether a claim counts the facilities of its layer."""
    name = f"{claim.layer}.count"
    return bool(claim.layer) and (claim.indicator == name or claim.indicator.startswith(f"{name}."))


def _reasons_of_map(claim: Claim, on_map: Reconciled | None, *, has_others: bool) -> list[Reason]:
    """Return what the map says to a claim; where it says nothing, only if the report says nothing either."""
    if on_map is None:
        return []
    silent = on_map.verdict in {"cannot_tell", "contradictory"}
    if silent and has_others:
        return []
    verdict = on_map.verdict if counts_facilities(claim) else "off_map"
    return [Reason(verdict, on_map.zh, on_map.en)]


def _itemised(claim: Claim, findings: Sequence[KeptFinding]) -> float | None:
    """Return the figure that the report itself gives beside a claim, to the claim's own decimals."""
    by_check = {finding.check: finding for finding in findings}
    if "capacity" in by_check:
        return by_check["capacity"].stated
    for check in ("share", "parts", "target", "itemised"):
        if check in by_check and by_check[check].found is not None:
            decimals = len(f"{claim.value:.10g}".partition(".")[2]) if check == "share" else 10
            return round(by_check[check].found or 0.0, decimals)
    return None if claim.itemised is None else float(claim.itemised)
