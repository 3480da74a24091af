"""How sure a coverage figure is: every location moved within its accuracy, the pace within its range, many times.

A location is drawn evenly from the circle of its accuracy. The band holds nine of ten runs. To see which location
matters most, each is moved alone while all else stays where it is: where that band is widest, a survey helps most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.catalog import Catalog
from geo.catalog_model import whole_decimetres
from geo.coverage import by_owner, cover
from geo.graph import FloatArray, Int32Array
from geo.layer_question import AskedLayer, Question, ask_layer
from geo.place import Place, positions_lonlat
from geo.snapping import Snaps, snap

BAND = (0.05, 0.95)
ASSUMED_PACE_SHARE = 0.1
"""No document gives a range for most profiles: a tenth more or less is assumed, and said to be."""

PACE_RANGES_MPS = {"adult": (4.3 / 3.6, 4.8 / 3.6)}
"""Ranges that a document gives: for adults the studies behind the profile's own figure (catalog.toml)."""

_MOST_RUNS = 5000
_RUNS_ALONE, _MOST_RUNS_ALONE = 60, 1500


@dataclass(frozen=True)
class Influence:
    """The band of the covered people when one location alone moves, and how wide it is in people."""

    facility: str
    accuracy_m: float
    low_people: float
    high_people: float

    @property
    def spread_people(self) -> float:
        """How far the figure moves with this location."""
        return self.high_people - self.low_people


@dataclass(frozen=True)
class Band:
    """How sure a figure is.

    Attributes:
        people: Covered people as the data has it.
        total_people: People of the place.
        low_people: Covered people that one run in twenty stays below.
        high_people: Covered people that one run in twenty exceeds.
        median_people: Covered people of the middle run.
        runs: Number of runs.
        seed: Seed of the draws; the same seed gives the same band.
        moved: Locations that move.
        not_moved: Ids of locations without a stated accuracy; they stay where they are.
        samples: How many of the locations are samples: then the band is no better than the figure.
        pace_mps: Range of the pace, None where the rule is in metres and no pace plays a part.
        pace_is_assumed: Whether that range is assumed rather than given by a document.
        influence: What each location does alone, the most influential first.
        demand: What the people rest on; their number is not varied.
    """

    people: float
    total_people: float
    low_people: float
    high_people: float
    median_people: float
    runs: int
    seed: int
    moved: int
    not_moved: tuple[str, ...]
    samples: int
    pace_mps: tuple[float, float] | None
    pace_is_assumed: bool
    influence: tuple[Influence, ...]
    demand: str

    def share_of(self, people: float) -> float | None:
        """Return people as a share of all, None where there is nobody."""
        return people / self.total_people if self.total_people > 0 else None


def coverage_band(place: Place, catalog: Catalog, question: Question, runs: int = 300, seed: int = 1) -> Band | None:
    """Return the band of a coverage figure, None where no facility is left to walk to.

    Args:
        place: The subdistrict.
        catalog: Rules and profiles.
        question: Layer, rule and profile.
        runs: Number of runs, up to 5,000.
        seed: Seed of the draws.
    """
    asked = ask_layer(place, catalog, question)
    if asked.facilities.empty or not place.has_streets:
        return None
    draws = _Draws(place, asked, _accuracies(asked), np.random.default_rng(seed))
    runs = min(max(runs, 1), _MOST_RUNS)
    pace, assumed = _pace(catalog, question)
    limits = _limits(catalog, question, asked, draws.rng.uniform(-1.0, 1.0, runs), pace)
    places = draws.moved(runs)
    people = np.array(
        [_covered(place, places.take(_row(k, len(asked.snaps))), limits[k]) for k in range(runs)], dtype=np.float64
    )
    low, median, high = np.quantile(people, [BAND[0], 0.5, BAND[1]], method="inverted_cdf").tolist()
    unknown = ~(draws.accuracy_m > 0)
    return Band(
        people=_covered(place, asked.snaps, asked.limits_dm),
        total_people=float(place.weights.sum()),
        low_people=low,
        high_people=high,
        median_people=median,
        runs=runs,
        seed=seed,
        moved=int((~unknown).sum()),
        not_moved=tuple(str(name) for name in asked.facilities.index[unknown]),
        samples=int((asked.facilities["location_status"] == "sample").sum()),
        pace_mps=pace,
        pace_is_assumed=assumed,
        influence=tuple(_influences(draws)),
        demand=place.basis.kind,
    )


@dataclass(frozen=True, eq=False)
class _Draws:
    place: Place
    asked: AskedLayer
    accuracy_m: FloatArray
    rng: np.random.Generator

    def moved(self, runs: int) -> Snaps:
        """Return all facilities of every run, one run after the other, each drawn from its circle."""
        radius = np.sqrt(self.rng.random((runs, len(self.accuracy_m)))) * self.accuracy_m
        angle = self.rng.uniform(0.0, 2 * np.pi, radius.shape)
        lonlat = positions_lonlat(self.asked.facilities)
        projection = self.place.network.projection
        x, y = projection.to_xy(lonlat[:, 0], lonlat[:, 1])
        lon, lat = projection.to_lonlat((x + radius * np.cos(angle)).ravel(), (y + radius * np.sin(angle)).ravel())
        return snap(self.place.network, lon, lat)


def _row(number: int, width: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(number * width, (number + 1) * width, dtype=np.int64)


def _accuracies(asked: AskedLayer) -> FloatArray:
    """Return how far off each facility may be, 0 where nothing is stated."""
    stated = pd.to_numeric(asked.facilities["accuracy_m"]).to_numpy(dtype=np.float64)
    return np.where(np.isnan(stated), 0.0, stated)


def _pace(catalog: Catalog, question: Question) -> tuple[tuple[float, float] | None, bool]:
    if catalog.rules[question.rule_id].limit_min is None:
        return None, False
    given = PACE_RANGES_MPS.get(question.profile_id)
    speed_mps = catalog.profiles[question.profile_id].speed_mps
    return given or (speed_mps * (1 - ASSUMED_PACE_SHARE), speed_mps * (1 + ASSUMED_PACE_SHARE)), given is None


def _limits(
    catalog: Catalog, question: Question, asked: AskedLayer, draws: FloatArray, pace: tuple[float, float] | None
) -> Sequence[Int32Array]:
    """Return the facilities' limits of each run; a service radius of their own stays."""
    minutes = catalog.rules[question.rule_id].limit_min
    if pace is None or minutes is None:
        return [asked.limits_dm] * len(draws)
    speeds = pace[0] + (pace[1] - pace[0]) * (draws + 1) / 2
    each = [whole_decimetres(minutes * 60 * speed) for speed in speeds.tolist()]
    own = asked.limits_dm != asked.limit_dm
    return [np.where(own, asked.limits_dm, limit).astype(np.int32) for limit in each]


def _covered(place: Place, facilities: Snaps, limits_dm: Int32Array) -> float:
    coverage = cover(place.network, facilities, place.door_snaps, limits_dm)
    coverage = coverage if place.doors is None else by_owner(coverage, place.doors.owner)
    return float(place.weights[coverage.covered].sum())


def _influences(draws: _Draws) -> list[Influence]:
    """Return what each location does when it alone moves, the widest band first, equal ones by id."""
    asked, count = draws.asked, len(draws.accuracy_m)
    movable = np.flatnonzero(draws.accuracy_m > 0).tolist()
    runs = max(min(_RUNS_ALONE, _MOST_RUNS_ALONE // max(len(movable), 1)), 5)
    places = draws.moved(runs)
    found = []
    for number in movable:
        people = [
            _covered(draws.place, _one_moved(asked.snaps, places, number, run * count + number), asked.limits_dm)
            for run in range(runs)
        ]
        low, high = np.quantile(people, BAND, method="inverted_cdf").tolist()
        name = str(asked.facilities.index[number])
        found.append(Influence(name, float(draws.accuracy_m[number]), low, high))
    return sorted(found, key=lambda each: (-each.spread_people, each.facility))


def _one_moved(snaps: Snaps, places: Snaps, number: int, drawn: int) -> Snaps:
    columns = []
    for name in ("edge", "offset_dm", "access_dm", "fraction", "access_m"):
        column = getattr(snaps, name).copy()
        column[number] = getattr(places, name)[drawn]
        columns.append(column)
    return Snaps(*columns)
