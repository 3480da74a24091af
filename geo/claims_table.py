"""The claims tables: what a work report says in figures, and where it says it (never the report's text).

One CSV a report, `data/reports/<report_id>.csv`. A figure that counts the facilities of a layer has the indicator
`<layer>.count`, or `<layer>.count.<part>` where the report gives it in parts; every other indicator of a layer
(`nurseries.enrolled`) is about the layer and counts something else.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from geo.errors import DataError, Problem

Kind = Literal["target", "done", "plan", "in_progress", "state"]
Qualifier = Literal["exact", "approx", "at_least", "more_than", "at_most", "named", "model"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure of a report.

    Attributes:
        report_id: The table's file name without `.csv`.
        subdistrict: Slug.
        year: The year the report is about.
        section: Where in the report (its own numbering; `review-2`, `plan-6`).
        indicator: What is counted (`data/indicators.toml`), empty for not assigned.
        layer: The layer it belongs to, empty for none.
        kind: `target` (what was set), `done`, `plan` (for a later year), `in_progress`, `state` (what there is).
        value: The figure.
        unit: As the report writes it, empty where it writes none.
        qualifier: `exact`, `approx`, `at_least`, `more_than`, `at_most`; `named`: the report names one facility and
            gives no number; `model`: one side of a model such as “4+1”.
        stage: How far it has come, or as of when; empty for nothing said.
        start: First character of number and unit (of the name, where `named`) in the report's text as extracted
            (NFC, lines end in a line feed).
        end: One behind the last character.
        sha256: SHA-256 of that text in UTF-8.
        extractor: What made the text, with its version.
        value_max: The upper end of a range, None where it is none.
        direction: `up` or `down` for a change, empty for a level.
        itemised: How many the report names one by one, None where it names none.
        subject: What is counted, in our words.
    """

    report_id: str
    subdistrict: str
    year: int
    section: str
    indicator: str
    layer: str
    kind: Kind
    value: float
    unit: str
    qualifier: Qualifier
    stage: str
    start: int
    end: int
    sha256: str
    extractor: str
    value_max: float | None = None
    direction: str = ""
    itemised: int | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StatedCount:
    """How many facilities of a layer a report states.

    Attributes:
        value: The number, or None: nothing is stated, or `parts` must not be added up (finished and unfinished
            ones, or figures that contradict each other).
        parts: The claims it is made of, in the report's order.
        plan: Whether it is only planned or targeted.
    """

    value: int | None
    parts: tuple[Claim, ...]
    plan: bool


COLUMNS = tuple(field.name for field in fields(Claim))
_FINISHED = frozenset({"done", "state"})
_SAID_TO_BE = frozenset({"done", "state", "in_progress"})
_MAY_BE_EMPTY = frozenset({"indicator", "layer", "unit", "stage", "value_max", "direction", "itemised", "subject"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """Return the claims of every table in `folder`, tables by name and rows in their order.

    Raises:
        DataError: with every problem of every table.
    """
    problems: list[Problem] = []
    claims = [claim for path in sorted(folder.glob("*.csv")) for claim in _read_table(path, problems)]
    if problems:
        raise DataError(problems)
    return tuple(claims)


def stated_count(claims: Iterable[Claim], subdistrict_id: str, layer_id: str) -> StatedCount:
    """Return how many facilities of a layer the subdistrict's last report that counts them states.

    What is done, in progress or in place comes first; plans and targets stand in only where there is nothing else. A
    figure that the report repeats counts once.
    """
    counts = [claim for claim in claims if claim.subdistrict == subdistrict_id and _is_count(claim, layer_id)]
    last_year = max((claim.year for claim in counts), default=None)
    counts = [claim for claim in counts if claim.year == last_year]
    said = [claim for claim in counts if claim.kind in _SAID_TO_BE]
    parts = _without_repeats(said or counts)
    return StatedCount(_sum(parts), parts, plan=bool(counts) and not said)


def counted_by_report(facilities: pd.DataFrame) -> pd.Series[bool]:
    """Return which facilities a report's count is about: all but those with `report_listed` false.

    A layer may hold more than the report counts: three historic buildings beside the nine it monitors.
    """
    if "report_listed" not in facilities:
        return pd.Series(data=True, index=facilities.index, dtype=bool)
    return ~facilities["report_listed"].isin([False])


def _is_count(claim: Claim, layer_id: str) -> bool:
    name = f"{layer_id}.count"
    return claim.layer == layer_id and (claim.indicator == name or claim.indicator.startswith(f"{name}."))


def _without_repeats(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the claims without those that say again what an earlier one said."""
    first = {(claim.indicator, claim.kind, claim.stage, claim.value): claim for claim in reversed(claims)}
    return tuple(claim for claim in claims if claim in first.values())


def _sum(parts: Sequence[Claim]) -> int | None:
    """Return the sum of the parts, or None where they must not be added up."""
    finished = {claim.kind in _FINISHED for claim in parts if claim.kind in _SAID_TO_BE}
    indicators = [claim.indicator for claim in parts]
    if not parts or len(finished) > 1 or len(set(indicators)) < len(indicators):
        return None
    return round(sum(claim.value for claim in parts))


def _read_table(path: Path, problems: list[Problem]) -> list[Claim]:
    """Return the claims of one table; what is wrong with it is added to `problems`."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem("not_csv", path.name, str(error), "Save the table as CSV in UTF-8"))
        return []
    if not rows or tuple(rows[0]) != COLUMNS:
        found = f"the first row is {','.join(rows[0]) if rows else 'missing'}"
        problems.append(Problem("bad_header", path.name, found, f"It must be {','.join(COLUMNS)}"))
        return []
    claims = []
    for number, row in enumerate(rows[1:], start=2):
        faults = list(_row_faults(row, f"{path.name}, row {number}", path.stem))
        problems += faults
        if not faults:
            claims.append(_claim(dict(zip(COLUMNS, row, strict=True))))
    return claims


def _claim(row: Mapping[str, str]) -> Claim:
    numbers = {"year": int, "value": float, "start": int, "end": int, "value_max": float, "itemised": int}
    values: dict[str, object] = {
        name: numbers.get(name, str)(text) if text or name not in {"value_max", "itemised"} else None
        for name, text in row.items()
    }
    return Claim(**values)  # type: ignore[arg-type]


def _row_faults(row: Sequence[str], where: str, report_id: str) -> Iterator[Problem]:
    """Yield everything that is wrong with one row."""
    if len(row) != len(COLUMNS):
        yield Problem("bad_row", where, f"{len(row)} cells", f"Write {len(COLUMNS)}: {', '.join(COLUMNS)}")
        return
    cells = dict(zip(COLUMNS, row, strict=True))
    for name, cell in cells.items():
        if not cell and name not in _MAY_BE_EMPTY:
            yield Problem("empty_cell", where, f"{name} is empty", f"Write the {name}")
    if cells["report_id"] != report_id:
        found = f"report_id is {cells['report_id']!r}"
        yield Problem("wrong_report", where, found, f"It must be the file's name, {report_id!r}")
    for name, options in (("kind", get_args(Kind)), ("qualifier", get_args(Qualifier))):
        if cells[name] and cells[name] not in options:
            found = f"{name} is {cells[name]!r}"
            yield Problem("unknown_choice", where, found, f"Choose one of {', '.join(options)}")
    yield from _figure_faults(cells, where)


def _figure_faults(cells: Mapping[str, str], where: str) -> Iterator[Problem]:
    """Yield what is wrong with the figures of one row."""
    for name in ("year", "start", "end", "itemised"):
        if cells[name] and not (cells[name].isascii() and cells[name].isdigit()):
            yield Problem("not_a_number", where, f"{name} is {cells[name]!r}", "Write a whole number")
    for name in ("value", "value_max"):
        if cells[name] and not _is_finite(cells[name]):
            yield Problem("not_a_number", where, f"{name} is {cells[name]!r}", "Write a number, without its unit")
    if cells["start"].isdigit() and cells["end"].isdigit() and int(cells["start"]) >= int(cells["end"]):
        found = f"start {cells['start']} is not before end {cells['end']}"
        yield Problem("empty_span", where, found, "Write the first character, and one behind the last")
    if cells["sha256"] and not _SHA256.fullmatch(cells["sha256"]):
        yield Problem("not_a_hash", where, f"sha256 is {cells['sha256']!r}", "Write its 64 small hexadecimal figures")


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
