"""How well the program reads: extracted spans against spans annotated by hand."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geo.claim_numerals import find_numerals, fold
from geo.claims import ExtractedClaim
from geo.errors import DataError, Problem

COLUMNS = ("start", "end", "value", "value_max", "unit", "kind", "qualifier", "direction")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A claim as a person marked it: span, value in the base unit, unit, kind, qualifier, direction."""

    start: int
    end: int
    value: float
    value_max: float | None
    unit: str
    kind: str
    qualifier: str
    direction: str


@dataclass(frozen=True, slots=True)
class Score:
    """What was found of what is there.

    `pairs` are extracted claims with their annotations, `misses` the annotations nobody found, `false_claims` what was
    taken for a claim; `others` is how many numbers of the text are no claim, `taken` how many of those were taken.
    """

    pairs: tuple[tuple[ExtractedClaim, Annotation], ...]
    misses: tuple[Annotation, ...]
    false_claims: tuple[ExtractedClaim, ...]
    others: int
    taken: int

    @property
    def precision(self) -> float:
        """Return the share of extracted claims that are claims (1 where nothing was extracted)."""
        return _share(len(self.pairs), len(self.pairs) + len(self.false_claims))

    @property
    def recall(self) -> float:
        """Return the share of annotated claims that were found (1 where there are none)."""
        return _share(len(self.pairs), len(self.pairs) + len(self.misses))

    @property
    def taken_share(self) -> float:
        """Return the share of numbers that are no claims and were taken for one (0 where there are none)."""
        return self.taken / self.others if self.others else 0.0

    def right(self, field: str) -> float:
        """Return in what share of the found claims `field` (`kind`, `unit`, `value` ...) is as annotated."""
        return _share(sum(getattr(claim, field) == getattr(mark, field) for claim, mark in self.pairs), len(self.pairs))


def _share(part: int, total: int) -> float:
    """Return a share, 1 of nothing."""
    return part / total if total else 1.0


def score_claims(text: str, claims: Sequence[ExtractedClaim], annotations: Sequence[Annotation]) -> Score:
    """Return how claims compare with annotations of the same text: a pair has the same start and the same end."""
    marks = {(mark.start, mark.end): mark for mark in annotations}
    pairs = tuple((claim, marks[claim.start, claim.end]) for claim in claims if (claim.start, claim.end) in marks)
    found = {(claim.start, claim.end) for claim, _ in pairs}
    others = numbers_outside(text, annotations)
    false_claims = tuple(claim for claim in claims if (claim.start, claim.end) not in found)
    taken = sum(any(claim.start < end and start < claim.end for claim in false_claims) for start, end in others)
    misses = tuple(mark for span, mark in marks.items() if span not in found)
    return Score(pairs, misses, false_claims, len(others), taken)


def numbers_outside(text: str, annotations: Sequence[Annotation]) -> list[tuple[int, int]]:
    """Return the spans of all numerals of a text outside every annotation (Chinese ones from two signs on)."""
    inside = [False] * (len(text) + 1)
    for mark in annotations:
        inside[mark.start : mark.end] = [True] * (mark.end - mark.start)
    numerals = [numeral for numeral in find_numerals(fold(text)) if not inside[numeral.start]]
    return [
        (numeral.start, numeral.end)
        for numeral in numerals
        if re.search(r"\d", fold(text[numeral.start : numeral.end]))
        or numeral.end - numeral.start > 1
        or numeral.value > 1
    ]


def read_annotations(path: Path) -> tuple[str, tuple[Annotation, ...]]:
    """Return the SHA-256 a span table belongs to and its rows; raises DataError where it is no such table.

    The first line is `# sha256=...`, the second the header; spans, values and kinds, never the report's words.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    match = re.fullmatch(r"# sha256=([0-9a-f]{64})", lines[0]) if lines else None
    if match is None or len(lines) < 2 or tuple(lines[1].split(",")) != COLUMNS:
        found = f"the first two lines are not '# sha256=' and {','.join(COLUMNS)}"
        raise DataError([Problem("no_span_table", path.name, found, "Give a span table as in tests/claims/.")])
    return match[1], tuple(_annotation(row) for row in csv.DictReader(lines[1:]))


def _annotation(row: dict[str, str]) -> Annotation:
    """Return one row of a span table."""
    return Annotation(
        int(row["start"]),
        int(row["end"]),
        float(row["value"]),
        float(row["value_max"]) if row["value_max"] else None,
        row["unit"],
        row["kind"],
        row["qualifier"],
        row["direction"],
    )
