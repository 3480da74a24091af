"""The sentence round a claim, from the reader's own copy of the report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from geo.claim_context import find_boundaries
from geo.claim_numerals import fold
from geo.claim_sections import join_wrapped_lines, read_sections

LONGEST_BEFORE = 48
LONGEST_AFTER = 28
PAUSE = re.compile(r"[、，,；;：:]")
BLANKS = re.compile(r"\s+")
ELLIPSIS = "……"
# A number that is cut is another number: it goes as a whole.
FIGURES = "0123456789.,%+-"
AMONG_CHINESE = re.compile(r"(?<=[^\x21-\x7e]) +| +(?=[^\x21-\x7e])")


class Span(Protocol):
    """What a quote needs of a claim, or of a number that is none: its place in the text."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """One behind the last."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence in three parts: before the claim's span, the span, behind it."""

    before: str
    marked: str
    after: str


def quote_claims(text: str, year: int, claims: Iterable[Span]) -> dict[int, Quote]:
    """Return the sentence of each claim by its start; `text` is the very text whose offsets the claims have."""
    folded = fold(text)
    joined = join_wrapped_lines(folded, read_sections(folded, year))
    ends = [-1, *find_boundaries(joined).sentences, len(text)]
    return {claim.start: _quote(text, claim, ends) for claim in claims}


def _quote(text: str, claim: Span, ends: list[int]) -> Quote:
    """Return the sentence of one claim, long ones cut at a pause."""
    start = max(end for end in ends if end < claim.start) + 1
    end = min(end for end in ends if end >= claim.end - 1)
    before, after = _plain(text[start : claim.start]).lstrip(), _plain(text[claim.end : end]).rstrip()
    return Quote(_last_words(before), _plain(text[claim.start : claim.end]), _first_words(after))


def _plain(text: str) -> str:
    """Return text on one line, without the blanks that some reports put round figures."""
    return AMONG_CHINESE.sub("", BLANKS.sub(" ", text))


def _last_words(text: str) -> str:
    """Return the end of a long text, from a pause on where there is one."""
    if len(text) <= LONGEST_BEFORE:
        return text
    kept = text[-LONGEST_BEFORE:]
    pause = PAUSE.search(kept, 0, LONGEST_BEFORE // 2)
    return ELLIPSIS + (kept[pause.end() :] if pause else kept.lstrip(FIGURES))


def _first_words(text: str) -> str:
    """Return the beginning of a long text, up to a pause where there is one."""
    if len(text) <= LONGEST_AFTER:
        return text
    pauses = list(PAUSE.finditer(text, LONGEST_AFTER // 2, LONGEST_AFTER))
    return (text[: pauses[-1].start()] if pauses else text[:LONGEST_AFTER].rstrip(FIGURES)) + ELLIPSIS
