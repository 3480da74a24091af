"""The indicators: what a claim counts, in words and units, and the layer it belongs to. A table, not code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.errors import DataError, Problem

KEYS = {"words", "unless", "units", "layer", "counts", "name", "scope", "model", "stage"}
STAGE_FIRST = 1000
SCOPES = ("clause", "sentence", "section")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that reports count.

    `words` is a pattern one of whose words must be found near the figure, `unless` one that forbids it, `units` the
    measure words it is counted in (empty: any), `layer` the layer whose facilities it counts (None: none), `stage` the
    stage the figure must name (empty: any), `scope` how far the words may stand (`clause`, `sentence`, or the `section`
    heading), `model` whether “4+1” counts it.
    """

    id: str
    name_zh: str
    name_en: str
    layer: str | None
    counts: str
    words: re.Pattern[str]
    unless: re.Pattern[str] | None
    units: frozenset[str]
    scope: str
    stage: str
    model: bool


def read_indicators(path: Path) -> tuple[Indicator, ...]:
    """Return the indicators of `data/indicators.toml` in file order; raises DataError with every problem in it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError.single("indicators_unreadable", str(path), str(error), "Give a TOML file in UTF-8.") from error
    return indicators_of(table.get("indicators", {}), str(path))


def indicators_of(rows: Mapping[str, Mapping[str, object]], where: str) -> tuple[Indicator, ...]:
    """Return the indicators of tables by id, in their order; raises DataError with every problem in them."""
    problems = [problem for name, row in rows.items() for problem in _problems(f"{where}/{name}", row)]
    if problems:
        raise DataError(problems)
    return tuple(_indicator(name, row) for name, row in rows.items())


def _problems(where: str, row: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with one indicator."""
    found = [
        Problem("unknown_key", f"{where}/{key}", "an unknown key", f"Use {', '.join(sorted(KEYS))}.")
        for key in sorted(row.keys() - KEYS)
    ]
    if not row.get("words"):
        found.append(Problem("missing_key", f"{where}/words", "no words", "Give at least one word to find it by."))
    if row.get("scope", "clause") not in SCOPES:
        found.append(Problem("bad_value", f"{where}/scope", repr(row["scope"]), f"Use one of {', '.join(SCOPES)}."))
    for word in [*_texts(row, "words"), *_texts(row, "unless")]:
        try:
            re.compile(word)
        except re.error as error:
            found.append(Problem("bad_pattern", f"{where}/words", f"{word!r}: {error}", "Give a word or a pattern."))
    return found


def _texts(row: Mapping[str, object], key: str) -> list[str]:
    """Return the texts of a list in a table."""
    values = row.get(key, [])
    return [str(value) for value in values] if isinstance(values, list) else []


def _indicator(name: str, row: Mapping[str, object]) -> Indicator:
    """Return one indicator of a checked table."""
    names = row.get("name")
    names = names if isinstance(names, dict) else {}
    layer = row.get("layer")
    return Indicator(
        id=name,
        name_zh=str(names.get("zh", name)),
        name_en=str(names.get("en", name)),
        layer=str(layer) if layer else None,
        counts=str(row.get("counts", "")),
        words=re.compile("|".join(_texts(row, "words"))),
        unless=re.compile("|".join(_texts(row, "unless"))) if _texts(row, "unless") else None,
        units=frozenset(_texts(row, "units")),
        scope=str(row.get("scope", "clause")),
        stage=str(row.get("stage", "")),
        model=bool(row.get("model", False)),
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words that say what a figure counts, from near to far."""

    subject: str
    clause: str
    sentence: str
    heading: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """The indicators that may be counted in one unit, in table order; `any_word` finds any of their words."""

    indicators: tuple[Indicator, ...]
    any_word: re.Pattern[str]


def candidates_for(indicators: tuple[Indicator, ...], unit: str, stage: str) -> Candidates:
    """Return the indicators that may be counted in a unit at a stage."""
    fitting = tuple(
        indicator
        for indicator in indicators
        if (not indicator.units or unit in indicator.units) and indicator.stage in {"", stage}
    )
    return Candidates(fitting, re.compile("|".join(indicator.words.pattern for indicator in fitting) or r"(?!)"))


def assign_indicator(candidates: Candidates, around: Surroundings) -> Indicator | None:
    """Return the indicator whose words stand nearest to a figure, or None where none fits ("not assigned").

    `candidates` are the indicators of the figure's unit (see `candidates_for`).
    The subject is looked at first, then the clause, then (where the indicator allows it) the sentence and the heading.
    Among the indicators found at one distance the longest word decides, then the order of the table.
    """
    fields = [
        (around.subject, SCOPES),
        (around.clause, SCOPES),
        (around.sentence, SCOPES[1:]),
        (around.heading, SCOPES[2:]),
    ]
    for text, scopes in fields:
        best: tuple[int, Indicator] | None = None
        for indicator in candidates.indicators if candidates.any_word.search(text) else ():
            length = _longest_word(indicator, text) if indicator.scope in scopes else 0
            if length and (best is None or length > best[0]):
                best = (length, indicator)
        if best:
            return best[1]
    return None


def _longest_word(indicator: Indicator, text: str) -> int:
    """Return how long the longest word of an indicator in `text` is; 0 where there is none or it is forbidden there.

    An indicator of one stage goes before the same thing without a stage.
    """
    longest = max((match.end() - match.start() for match in indicator.words.finditer(text)), default=0)
    if not longest or (indicator.unless and indicator.unless.search(text)):
        return 0
    return longest + (STAGE_FIRST if indicator.stage else 0)
