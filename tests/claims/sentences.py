"""Reads the annotated sentences: [133个|d] marks a claim, see the head of sentences_tuning.txt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from geo.claim_score import Annotation

KINDS = {"d": "done", "s": "state", "t": "target", "p": "plan", "i": "in_progress"}
HEADINGS = {"review": "2023年工作回顾\n", "plan": "2024年工作思路\n"}
YEAR = 2023
MARK = re.compile(r"\[([^|\]]+)\|([dstpi])(?:\|([^|\]]*)\|([^|\]]*))?(?:\|([^\]]*))?\]")
PLAIN = re.compile(r"(\d+(?:\.\d+)?)(\D*)")


@dataclass(frozen=True)
class Sentence:
    text: str
    annotations: tuple[Annotation, ...]


def read_sentences(path: Path) -> list[Sentence]:
    """Every sentence as a report of its own: a heading that says which way it looks, then the sentence."""
    found, heading = [], HEADINGS["review"]
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            heading = HEADINGS[line[1:]]
        elif line and not line.startswith("#"):
            found.append(_sentence(line, heading))
    return found


def _sentence(line: str, heading: str) -> Sentence:
    text, annotations, last = heading, [], 0
    for match in MARK.finditer(line):
        text += line[last : match.start()]
        annotations.append(_annotation(match, len(text)))
        text += match[1]
        last = match.end()
    return Sentence(text + line[last:], tuple(annotations))


def _annotation(match: re.Match[str], start: int) -> Annotation:
    extras = dict(part.split("=") for part in (match[5] or "").split(",") if part)
    if match[3] is None:
        plain = PLAIN.fullmatch(match[1])
        assert (plain and plain[2][:1] not in "万亿余多千百") or (plain and not plain[2]), (
            f"say value and unit of {match[0]}"
        )
        value, unit = float(plain[1]), plain[2]
    else:
        value, unit = float(match[3]), match[4]
    upper = float(extras["max"]) if "max" in extras else None
    return Annotation(
        start,
        start + len(match[1]),
        value,
        upper,
        unit,
        KINDS[match[2]],
        extras.get("q", "exact"),
        extras.get("dir", ""),
    )
