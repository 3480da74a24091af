"""Claims held against the map, and between years and subdistricts; what differs is not compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

LOCATED = ("surveyed", "address", "approximate")
# A position that somebody has seen, or that stands at an address; an approximate one is still to be verified.
VERIFIED = ("surveyed", "address")
APPROX_TOLERANCE = 0.1


class StatedClaim(Protocol):
    """What reconciliation needs of a claim; a row of a claims table and an extracted claim both have it."""

    @property
    def subdistrict(self) -> str:
        """Slug of the subdistrict."""

    @property
    def year(self) -> int:
        """The year the report is about."""

    @property
    def indicator(self) -> str:
        """What is counted; empty for not assigned."""

    @property
    def layer(self) -> str:
        """The layer, empty for none."""

    @property
    def kind(self) -> str:
        """`target`, `done`, `plan`, `in_progress` or `state`."""

    @property
    def value(self) -> float:
        """The figure."""

    @property
    def unit(self) -> str:
        """The measure word."""

    @property
    def qualifier(self) -> str:
        """How exact it is."""

    @property
    def stage(self) -> str:
        """The stage, empty for none."""

    @property
    def start(self) -> int:
        """Where it stands in the report."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A claim and what the map says to it.

    `verdict`: `agrees`, `short_by` or `over_by` (`difference` facilities), `not_mapped`, `mapped_unverified` (the
    number agrees, every position is approximate), `all_samples`, `contradictory` (the report contradicts itself here),
    `cannot_tell`. `mapped` has the facilities by location status, `stated` the number the map was held against (a sum,
    where the report gives a count in parts). `zh` and `en` give the reason.
    """

    claim: StatedClaim
    verdict: str
    zh: str
    en: str
    difference: int | None = None
    stated: float | None = None
    mapped: Mapping[str, int] | None = None

    @property
    def located(self) -> int | None:
        """Return how many facilities have a place that is no sample, None where nothing was compared."""
        return None if self.mapped is None else sum(self.mapped.get(status, 0) for status in LOCATED)


def reconcile(
    claims: Sequence[StatedClaim],
    mapped: Mapping[str, Mapping[str, int]],
    map_year: int,
    contradicted: Collection[int] = (),
) -> tuple[Reconciled, ...]:
    """Return a verdict for every claim of one report that belongs to a layer.

    `mapped` has the number of facilities by location status for each layer id, or for an indicator id where a part of a
    layer is counted apart (`lifts.count.done`); `map_year` is the year the map shows; `contradicted` are the starts of
    claims that a check of the report found to contradict each other. Plans count for the year after the report's only.
    """
    return tuple(_reconcile_one(claim, claims, mapped, map_year, contradicted) for claim in claims if claim.layer)


def _reconcile_one(
    claim: StatedClaim,
    claims: Sequence[StatedClaim],
    mapped: Mapping[str, Mapping[str, int]],
    map_year: int,
    contradicted: Collection[int],
) -> Reconciled:
    """Return the verdict of one claim."""
    reason = _why_not_compared(claim, map_year)
    if reason:
        return Reconciled(claim, "cannot_tell", *reason)
    counts = mapped.get(claim.indicator, mapped.get(claim.layer))
    if claim.start in contradicted:
        zh, en = "报告自相矛盾，先弄清报告", "The report contradicts itself here; that comes first"
        return Reconciled(claim, "contradictory", zh, en, stated=claim.value, mapped=counts)
    if counts is None:
        return Reconciled(
            claim, "not_mapped", "这一层没有上图", "This layer is not on the map", stated=claim.value, mapped={}
        )
    stated = claim.value if claim.indicator in mapped else _whole(claim, claims)
    if stated is None:
        zh = "报告分几段说（完工、开工），加不得，图上也没分开"
        return Reconciled(
            claim, "cannot_tell", zh, "Stages that must not be added, and the map does not part them", mapped=counts
        )
    return _against_map(claim, stated, counts)


def _why_not_compared(claim: StatedClaim, map_year: int) -> tuple[str, str] | None:
    """Return why a claim is not held against the map, in both languages, or None where it is."""
    name = f"{claim.layer}.count"
    if claim.indicator != name and not claim.indicator.startswith(f"{name}."):
        return "说的不是设施有多少处", "It does not count the facilities of the layer"
    if claim.kind == "plan" and map_year <= claim.year:
        return f"是 {claim.year + 1} 年的计划，还没到", f"A plan for {claim.year + 1}, not yet due"
    if claim.kind == "target":
        return "这是目标，做了多少看结果那一条", "A target; the result has a claim of its own"
    return None


def _whole(claim: StatedClaim, claims: Sequence[StatedClaim]) -> float | None:
    """Return the number of facilities that the report states for a claim's layer: the sum of its parts (14 + 8 + 1).

    Repeated figures count once. None where finished and unfinished ones, or two figures of one part, stand
    side by side.
    """
    name = f"{claim.layer}.count"
    same = [
        other
        for other in claims
        if other.layer == claim.layer
        and (other.indicator == name or other.indicator.startswith(f"{name}."))
        and (other.subdistrict, other.year) == (claim.subdistrict, claim.year)
        and (other.kind == "plan") == (claim.kind == "plan")
        and other.kind != "target"
    ]
    parts = {(other.indicator, other.value, other.kind == "in_progress") for other in same}
    finished = {running for _, _, running in parts}
    if len(finished) > 1 or len({indicator for indicator, _, _ in parts}) < len(parts):
        return None
    return sum(value for _, value, _ in parts)


def _against_map(claim: StatedClaim, stated: float, counts: Mapping[str, int]) -> Reconciled:
    """Return the verdict of a number against the facilities of a layer."""
    located = sum(counts.get(status, 0) for status in LOCATED)
    samples, unlocated = counts.get("sample", 0), counts.get("unlocated", 0)
    known_zh = f"，另有 {unlocated} 处知道有、不知道在哪" if unlocated else ""
    known_en = f"; {unlocated} more are known, but not where" if unlocated else ""
    if located == 0 and samples:
        zh, en = f"图上 {samples} 处全是示例{known_zh}", f"All {samples} on the map are samples{known_en}"
        return Reconciled(claim, "all_samples", zh, en, stated=stated, mapped=counts)
    if located == 0:
        zh, en = f"写 {stated:g}，图上没有{known_zh}", f"{stated:g} stated, none on the map{known_en}"
        return Reconciled(claim, "not_mapped", zh, en, stated=stated, mapped=counts)
    difference = _difference(claim, stated, located)
    zh, en = f"写 {stated:g}，图上 {located}{known_zh}", f"{stated:g} stated, {located} on the map{known_en}"
    if difference:
        verdict = "short_by" if difference < 0 else "over_by"
        return Reconciled(claim, verdict, zh, en, abs(difference), stated, counts)
    if not any(counts.get(status, 0) for status in VERIFIED):
        zh, en = f"{zh}，位置都只是大概", f"{en}, every position only approximate"
        return Reconciled(claim, "mapped_unverified", zh, en, 0, stated, counts)
    return Reconciled(claim, "agrees", zh, en, 0, stated, counts)


def _difference(claim: StatedClaim, stated: float, located: int) -> int:
    """Return how many facilities the map has too few (negative) or too many, as exactly as the claim is meant."""
    difference = located - round(stated)
    upper = getattr(claim, "value_max", None)
    if upper is not None and stated <= located <= upper:
        return 0
    meant = {
        "at_least": difference >= 0,
        "more_than": difference >= 0,
        "at_most": difference <= 0,
        "approx": abs(difference) <= max(1, APPROX_TOLERANCE * stated),
    }
    return 0 if meant.get(claim.qualifier, False) else difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """Claims of one indicator from several reports, side by side.

    `comparable` tells whether they mean the same; `zh` and `en` say what differs (empty where nothing does).
    """

    indicator: str
    claims: tuple[StatedClaim, ...]
    comparable: bool
    zh: str
    en: str


DIFFERENCES = (
    ("kind", "性质不同", "different kinds"),
    ("unit", "单位不同", "different units"),
    ("stage", "阶段不同", "different stages"),
)


def compare_reports(claims: Iterable[StatedClaim]) -> tuple[Comparison, ...]:
    """Return every indicator that at least two reports (subdistrict and year) count, with whether they can be compared.

    Not comparable: another kind, unit or stage, or another scope (a count in parts on one side only, a name or a model
    such as “4+1” on one side only).
    """
    by_indicator: dict[str, list[StatedClaim]] = {}
    for claim in claims:
        if claim.indicator:
            by_indicator.setdefault(claim.indicator, []).append(claim)
    rows = sorted(by_indicator.items())
    return tuple(_compare(name, found) for name, found in rows if len({_report(claim) for claim in found}) > 1)


def _report(claim: StatedClaim) -> tuple[str, int]:
    return claim.subdistrict, claim.year


def _compare(indicator: str, claims: list[StatedClaim]) -> Comparison:
    """Return one row of the comparison."""
    ordered = tuple(sorted(claims, key=lambda claim: (claim.subdistrict, claim.year, claim.start)))
    reasons = [(zh, en) for field, zh, en in DIFFERENCES if len({getattr(claim, field) for claim in ordered}) > 1]
    scopes = {claim.qualifier in {"model", "named"} for claim in ordered}
    per_report = {report: sum(_report(claim) == report for claim in ordered) for report in map(_report, ordered)}
    if len(scopes) > 1 or len(set(per_report.values())) > 1:
        reasons.append(("范围不同", "different scopes"))
    zh, en = "、".join(zh for zh, _ in reasons), ", ".join(en for _, en in reasons)
    return Comparison(
        indicator, ordered, not reasons, f"不可比：{zh}" if zh else "", f"Not comparable: {en}" if en else ""
    )
