"""What a row of the planner's table concludes: does the report agree with the map, and how good are the positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.assessment import LayerAssessment

VerdictKind = Literal[
    "agrees", "short", "over", "unmapped", "unverified", "samples", "unclear", "contradictory", "nothing"
]
Tone = Literal["good", "warn", "bad", "info", "quiet", "sample"]
STATUS_ORDER = ("surveyed", "address", "approximate", "sample", "unlocated")
_TONES: dict[VerdictKind, Tone] = {
    "agrees": "good",
    "short": "warn",
    "over": "warn",
    "unmapped": "bad",
    "unverified": "info",
    "samples": "sample",
    "unclear": "quiet",
    "contradictory": "bad",
    "nothing": "quiet",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one layer: its kind, by how many it differs from the report, and the tone it is shown in."""

    kind: VerdictKind
    difference: int

    @property
    def tone(self) -> Tone:
        """Return the tone of the chip."""
        return _TONES[self.kind]


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the bar of location statuses: from `start` for `length`, in thousandths of the bar."""

    status: str
    count: int
    start: int
    length: int


def judge(assessment: LayerAssessment, *, contradictory: bool = False) -> Verdict:
    """Return whether the report's number and the located facilities agree; samples count for nothing.

    `contradictory` says that the report contradicts itself in this number, which comes before the map.
    """
    located, stated = assessment.located, assessment.stated.value
    if contradictory:
        return Verdict("contradictory", 0)
    if stated is None:
        return Verdict(_unstated_kind(assessment), located)
    if assessment.stated.plan and located < stated:
        return Verdict("unclear", stated - located)
    if located == 0 and stated > 0:
        return Verdict("samples" if assessment.sample else "unmapped", stated)
    if located == stated:
        return Verdict("agrees", 0)
    return Verdict("short" if located < stated else "over", abs(stated - located))


def status_bar(assessment: LayerAssessment) -> tuple[Segment, ...]:
    """Return the bar of location statuses, most certain first; empty where there is no facility at all."""
    total = sum(assessment.counts.values())
    segments: list[Segment] = []
    seen = 0
    for status in STATUS_ORDER:
        count = assessment.counts.get(status, 0)
        if count:
            start, end = round(1000 * seen / total), round(1000 * (seen + count) / total)
            segments.append(Segment(status, count, start, end - start))
            seen += count
    return tuple(segments)


def main_status(assessment: LayerAssessment) -> str:
    """Return the status that most of the facilities have; `unlocated` where there are none."""
    best = max(STATUS_ORDER, key=lambda status: assessment.counts.get(status, 0))
    return best if assessment.counts.get(best, 0) else "unlocated"


def is_empty(assessment: LayerAssessment) -> bool:
    """Return whether a layer has neither a facility nor a number in the report."""
    return not assessment.stated.parts and not sum(assessment.counts.values())


def _unstated_kind(assessment: LayerAssessment) -> VerdictKind:
    """Return the verdict on a layer that the report does not count, or counts in parts that do not add up."""
    if assessment.stated.parts:
        return "unclear"
    if assessment.located:
        return "unverified"
    return "samples" if assessment.sample else "nothing"
