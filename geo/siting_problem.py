"""A siting problem: sites, whom each of them reaches, what may be chosen, and what an answer to it is made of.

Sites are existing facilities and candidate sites in one order. A site is open when it is existing, or when it is
chosen; `p`, costs and the budget are about what is chosen alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from geo.errors import DataError, Problem
from geo.graph import BoolArray, FloatArray, Int32Array, Int64Array, ranges, row_starts
from geo.reach import SparseRows

Model = Literal["lscp", "mclp", "p-median", "p-center"]
Status = Literal["optimal", "bounded", "infeasible", "unknown"]
MODELS: tuple[Model, ...] = ("lscp", "mclp", "p-median", "p-center")
NOT_SERVED = -1
_MARKS_SEED = 1


@dataclass(frozen=True, eq=False)
class Sites:
    """What is known of each site, arrays of shape (s,).

    Attributes:
        existing: Open already; costs nothing and does not count among the chosen.
        required: Must be chosen.
        excluded: May not be chosen.
        rivals: Number of the set of competing sites that a site belongs to (at most one of a set may be chosen), -1
            for none.
        cost: Cost of choosing it, 1 where nothing is said.
        capacity: People it can serve, infinite where nothing is said.
    """

    existing: BoolArray
    required: BoolArray
    excluded: BoolArray
    rivals: Int32Array
    cost: FloatArray
    capacity: FloatArray

    @classmethod
    def candidates(cls, count: int, existing: int = 0) -> Sites:
        """Return `existing` open sites followed by `count` plain candidates."""
        total = count + existing
        none = np.zeros(total, dtype=bool)
        return cls(
            np.arange(total) < existing,
            none,
            none,
            np.full(total, -1, dtype=np.int32),
            np.ones(total),
            np.full(total, np.inf),
        )

    def __len__(self) -> int:
        """Return the number of sites."""
        return len(self.existing)

    @property
    def choosable(self) -> BoolArray:
        """Whether each site may be chosen."""
        return ~self.existing & ~self.excluded


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """What is asked.

    Attributes:
        model: The location-allocation model.
        rows: For each site the demand points that it reaches within the limit, and their distances in dm.
        people: People of each demand point, float64 (h,); points without people play no part.
        sites: What is known of each site.
        p: Most sites to choose, None for any number.
        budget: Most that the chosen sites may cost together, None for any sum.
        limit_dm: The limit that `rows` were made for, None where there was none.
        nearest_dm: Distance to the nearest site without any limit, -1 where none can be reached, int32 (h,); only
            for the explanation of an infeasible problem.
    """

    model: Model
    rows: SparseRows
    people: FloatArray
    sites: Sites
    p: int | None = None
    budget: float | None = None
    limit_dm: int | None = None
    nearest_dm: Int32Array | None = None

    @property
    def has_capacities(self) -> bool:
        """Whether any open or choosable site can be full."""
        usable = self.sites.existing | self.sites.choosable
        return bool(np.isfinite(self.sites.capacity[usable]).any())


@dataclass(frozen=True, eq=False)
class Siting:
    """The answer to a siting problem.

    Attributes:
        model: The location-allocation model.
        status: "optimal" is proved, "bounded" is at most `gap` away from the optimum, "infeasible" has no answer,
            "unknown" found none in time.
        objective: Cost of the chosen (lscp: their number where nothing is said of costs), people covered (mclp), people
            x metres (p-median), farthest walk in metres (p-center); None where infeasible.
        bound: What no answer can go beyond: from below, for mclp from above.
        gap: Distance between objective and bound as a share of the larger of them, 0 where proved.
        chosen: Numbers of the chosen sites, ascending.
        served_by: Site that serves each demand point, int32 (h,), -1 for none.
        served_dm: Distance to it in dm, int32 (h,), -1 for none.
        served_people: People of each point who are served, float64 (h,); a full site can leave some out.
        method: How the answer and the bound were found.
        explanation: Why there is no answer, and what would do.
    """

    model: Model
    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    chosen: tuple[int, ...]
    served_by: Int32Array
    served_dm: Int32Array
    served_people: FloatArray
    method: str
    explanation: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, eq=False)
class Cover:
    """Who is reached by whom, by site and by demand class; points that the same sites reach are one class.

    Attributes:
        first: Starts of the sites' rows in `member`, int64 (s + 1,).
        member: Classes within each site's limit, int32.
        class_first: Starts of the classes' rows in `site`, int64 (k + 1,).
        site: Sites that reach each class, int32, ascending.
        weight: People of each class, float64 (k,).
        of_point: Class of each demand point, int32 (h,), -1 for points without people or that no site reaches.
    """

    first: Int64Array
    member: Int32Array
    class_first: Int64Array
    site: Int32Array
    weight: FloatArray
    of_point: Int32Array


def usable_rows(problem: SitingProblem) -> SparseRows:
    """Return the rows without the sites that may not be open and without points where nobody lives."""
    count = np.diff(problem.rows.first)
    owner = np.repeat(np.arange(len(problem.sites)), count)
    usable = problem.sites.existing | problem.sites.choosable
    kept = usable[owner] & (problem.people[problem.rows.item] > 0)
    first = row_starts(owner[kept], len(problem.sites))
    return SparseRows(first, problem.rows.item[kept], problem.rows.distance_dm[kept])


def cover_of(rows: SparseRows, people: FloatArray) -> Cover:
    """Return who reaches whom, with the demand points that the same sites reach made one class.

    Points are told apart by two sums of random 64-bit marks of their sites; that two different sets of sites share
    both sums is less likely than a fault of the machine.
    """
    sites, points = len(rows.first) - 1, len(people)
    owner = np.repeat(np.arange(sites, dtype=np.int64), np.diff(rows.first))
    order = np.lexsort((owner, rows.item))
    reached_by, point = owner[order], rows.item[order]
    starts = np.searchsorted(point, np.arange(points + 1)).astype(np.int64)
    reached = np.flatnonzero(np.diff(starts))
    marks = np.random.default_rng(_MARKS_SEED).integers(0, 2**63, (sites, 2), dtype=np.uint64)
    sums = np.add.reduceat(marks[reached_by], starts[reached], axis=0) if len(reached) else marks[:0]
    _, first, number = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    of_point = np.full(points, -1, dtype=np.int32)
    of_point[reached] = number.reshape(-1)
    weight = np.bincount(number.reshape(-1), people[reached], minlength=len(first)).astype(np.float64)
    kept = reached[first]
    lengths = starts[kept + 1] - starts[kept]
    class_first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    site = reached_by[ranges(starts[kept], starts[kept + 1])].astype(np.int32)
    of_site = np.repeat(np.arange(len(kept), dtype=np.int32), lengths)
    by_site = np.argsort(site, kind="stable")
    site_first = np.searchsorted(site[by_site], np.arange(sites + 1)).astype(np.int64)
    return Cover(site_first, of_site[by_site].astype(np.int32), class_first, site, weight, of_point)


def check_problem(problem: SitingProblem) -> None:
    """Refuse a problem that contradicts itself, with every contradiction.

    Raises:
        DataError: p or the budget is missing, negative or below what is required; a site is required and excluded;
            two competing sites are required; a cost or capacity is negative.
    """
    faults = [*_limit_faults(problem), *_site_faults(problem.sites)]
    if faults:
        raise DataError(faults)


def _limit_faults(problem: SitingProblem) -> list[Problem]:
    sites = problem.sites
    required, cost = int(sites.required.sum()), float(sites.cost[sites.required].sum())
    faults = []
    if problem.p is None and problem.budget is None and problem.model != "lscp":
        faults.append(Problem("no_number", "p", "nothing says how many sites", "Give p, or a budget"))
    if problem.p is not None and problem.p < max(required, 0):
        found = f"{problem.p} sites may be chosen, {required} are required"
        faults.append(Problem("p_below_required", "p", found, "Raise p, or require fewer sites"))
    if problem.budget is not None and problem.budget < cost:
        found = f"the budget is {problem.budget:g}, the required sites cost {cost:g}"
        faults.append(Problem("budget_below_required", "budget", found, "Raise the budget, or require fewer sites"))
    return faults


def _site_faults(sites: Sites) -> list[Problem]:
    faults = []
    for number in np.flatnonzero(sites.required & (sites.excluded | sites.existing)).tolist():
        found = "it is required, and excluded or existing"
        faults.append(Problem("contradiction", f"site {number}", found, "Say one of them"))
    required = sites.rivals[sites.required & (sites.rivals >= 0)]
    for rivals in np.flatnonzero(np.bincount(required) > 1).tolist():
        names = np.flatnonzero(sites.required & (sites.rivals == rivals)).tolist()
        found = f"sites {names} compete, and all of them are required"
        faults.append(Problem("rivals_required", "candidates", found, "Require one of them"))
    for name, values in (("cost", sites.cost), ("capacity", sites.capacity)):
        for number in np.flatnonzero(~(values >= 0)).tolist():
            found = f"the {name} is {values[number]:g}"
            faults.append(Problem("bad_number", f"site {number}", found, f"Write a {name} of 0 or more"))
    return faults


def gap_between(objective: float, bound: float) -> float:
    """Return how far two figures are apart, as a share of the larger one."""
    return abs(objective - bound) / max(abs(objective), abs(bound), 1e-300) if objective != bound else 0.0
