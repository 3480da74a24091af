"""The words round a figure: its clause and sentence, blanks taken out, so that rules read text and not layout."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from geo.claim_figures import Figure

SENTENCE_END = re.compile(r"[。!?\n]")
CLAUSE_END = re.compile(r"[,，;:。!?\n]")
BLANK = re.compile(r"\s+")
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Context:
    """A figure and the words round it, without blanks.

    `sentence_before` and `sentence_after` reach to the ends of the sentence (160 characters at most), `before` and
    `after` to the ends of the clause; `clause` is both with the figure between them; `written` is the span itself.
    """

    figure: Figure
    written: str
    sentence_before: str
    before: str
    after: str
    sentence_after: str
    sentence_start: int
    clause_start: int

    @property
    def joined(self) -> bool:
        """Return whether 、 or 和 joins the figure's words to another figure before it in the clause."""
        return re.search(r"\d\S{0,4}[、和及与]", self.before) is not None

    @property
    def clause(self) -> str:
        """Return the whole clause, the figure in it."""
        return self.before + self.written + self.after


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Where the sentences and clauses of a text end: sorted offsets of their last signs."""

    sentences: list[int]
    clauses: list[int]


def find_boundaries(text: str) -> Boundaries:
    """Return where the sentences and clauses of a folded text end; a comma between digits ends nothing."""
    clauses = [
        match.start()
        for match in CLAUSE_END.finditer(text)
        if not (
            match[0] in ",:"
            and text[match.start() - 1 : match.start()].isdigit()
            and text[match.end() : match.end() + 1].isdigit()
        )
    ]
    return Boundaries([match.start() for match in SENTENCE_END.finditer(text)], clauses)


def context_of(text: str, figure: Figure, boundaries: Boundaries) -> Context:
    """Return the words round a figure of a folded text."""
    sentence_start, sentence_end = _around(boundaries.sentences, figure, len(text))
    clause_start, clause_end = _around(boundaries.clauses, figure, len(text))
    return Context(
        figure=figure,
        written=BLANK.sub("", text[figure.start : figure.end]),
        sentence_before=BLANK.sub("", text[max(sentence_start, figure.start - LONGEST) : figure.start]),
        before=BLANK.sub("", text[max(clause_start, figure.start - LONGEST) : figure.start]),
        after=BLANK.sub("", text[figure.end : min(clause_end, figure.end + LONGEST)]),
        sentence_after=BLANK.sub("", text[figure.end : min(sentence_end, figure.end + LONGEST)]),
        sentence_start=sentence_start,
        clause_start=clause_start,
    )


def _around(ends: list[int], figure: Figure, length: int) -> tuple[int, int]:
    """Return the offsets between which a figure's sentence or clause lies."""
    before = bisect_left(ends, figure.start)
    after = bisect_right(ends, figure.end - 1)
    return (ends[before - 1] + 1 if before else 0), (ends[after] if after < len(ends) else length)
