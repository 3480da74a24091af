"""How well addresses are found: a table of typed texts held against an index, each number without its own anchor."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from geo.address_search import AddressIndex, find_candidates
from geo.datum import geodesic_lengths_m
from geo.gazetteer import Candidate, Gazetteer, KnownNumber

SAME_SPOT_M = 5.0


@dataclass(frozen=True, slots=True)
class AddressCase:
    """One line of the table: what is typed, the label that it means, and where that is (with how exactly known)."""

    typed: str
    means: str
    lon: float
    lat: float
    accuracy_m: float
    group: str
    form: str


@dataclass(frozen=True, slots=True)
class AddressScore:
    """What became of a case: the rank of the right label (None: not among the candidates), and its error in metres."""

    case: AddressCase
    rank: int | None
    error_m: float | None
    found: Candidate | None
    first: Candidate | None


def read_cases(path: Path) -> list[AddressCase]:
    """Read a table of cases (columns typed, means, lon, lat, accuracy_m, group, form)."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            AddressCase(
                row["typed"],
                row["means"],
                float(row["lon"]),
                float(row["lat"]),
                float(row["accuracy_m"]),
                row["group"],
                row["form"],
            )
            for row in csv.DictReader(file)
        ]


def without_anchor(gazetteer: Gazetteer, case: AddressCase) -> Gazetteer:
    """Return the gazetteer without every known number on the spot of a case: what is scored is never looked up."""

    def elsewhere(number: KnownNumber) -> bool:
        return float(geodesic_lengths_m(number.lon, number.lat, case.lon, case.lat)[0]) > SAME_SPOT_M

    return Gazetteer(gazetteer.crossings, tuple(filter(elsewhere, gazetteer.numbers)), gazetteer.places)


def score_case(index: AddressIndex, case: AddressCase) -> AddressScore:
    """Return what an index makes of a case."""
    candidates = find_candidates(index, case.typed)
    first = candidates[0] if candidates else None
    rank = next((number for number, one in enumerate(candidates, 1) if _is_meant(one, case)), None)
    if rank is None:
        return AddressScore(case, None, None, None, first)
    found = candidates[rank - 1]
    error_m = float(geodesic_lengths_m(found.lon, found.lat, case.lon, case.lat)[0])
    return AddressScore(case, rank, error_m, found, first)


def _is_meant(candidate: Candidate, case: AddressCase) -> bool:
    """Return whether a candidate is the one meant: its label, with or without the street added to tell it apart."""
    return candidate.label == case.means or candidate.label.startswith(f"{case.means}（")


def score_cases(cases: Iterable[AddressCase], index_for: Callable[[AddressCase], AddressIndex]) -> list[AddressScore]:
    """Return the score of every case; `index_for` gives the index to ask, for a number without its own anchor."""
    return [score_case(index_for(case), case) for case in cases]
