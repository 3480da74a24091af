"""Location-allocation: LSCP, MCLP, p-median and p-center, with a proof or a certified bound beside every answer.

LSCP opens the fewest (or cheapest) sites that reach everybody within the limit (Toregas et al. 1971); MCLP covers the
most people with p sites (Church and ReVelle 1974); p-median makes the sum of people x distance smallest (Hakimi 1964);
p-center makes the farthest walk shortest. Answers are looked for by exchange with a Lagrangian bound beside them, and
what that does not close goes to HiGHS, as far as it is small enough.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from geo.errors import Problem
from geo.graph import BoolArray, FloatArray, Int32Array
from geo.mixed_integer import Outcome
from geo.reach import SparseRows
from geo.siting_bounds import fixed_by_cover_price, fixed_by_median_price, rounded_bound, step_between
from geo.siting_exact import Proved, prove_cover, prove_shares, smallest_limit
from geo.siting_greedy import (
    Choice,
    Improved,
    chosen_sites,
    cost_matrix,
    exchange_cover,
    improve_cover,
    improve_median,
    start_of,
)
from geo.siting_infeasible import explain_infeasible, points_out_of_reach
from geo.siting_problem import (
    NOT_SERVED,
    Cover,
    Siting,
    SitingProblem,
    check_problem,
    cover_of,
    gap_between,
    usable_rows,
)

__all__ = ["TARGET_SHARES", "CurvePoint", "Effort", "Siting", "SitingProblem", "coverage_curve", "solve_siting"]

TARGET_SHARES = (0.85, 0.95, 0.99)
"""Shares of people that the documents ask for, at which the curve of p is read."""

_MOST_EXACT_PAIRS = 400_000
_PROVED = 1e-9
_DECIMALS = 6


@dataclass(frozen=True)
class Effort:
    """How hard to look: "heuristic" leaves HiGHS out, "exact" asks it whatever the size.

    Attributes:
        method: "auto" asks HiGHS where the problem is small enough and the bound leaves a gap.
        time_limit_s: Seconds that HiGHS may take (for p-center, for each limit it tries).
    """

    method: Literal["auto", "heuristic", "exact"] = "auto"
    time_limit_s: float = 20.0

    def asks_highs(self, pairs: int) -> bool:
        """Return whether HiGHS is asked to close the gap of a problem with so many pairs of site and point."""
        return self.method == "exact" or (self.method == "auto" and pairs <= _MOST_EXACT_PAIRS)


@dataclass(frozen=True)
class CurvePoint:
    """People covered with `p` chosen sites, the certified upper bound, and their shares of all people."""

    p: int
    covered_people: float
    bound_people: float
    share: float | None
    chosen: tuple[int, ...]


def solve_siting(problem: SitingProblem, effort: Effort | None = None) -> Siting:
    """Solve a siting problem; the same problem gives the same answer.

    Raises:
        DataError: The problem contradicts itself (`geo.siting_problem.check_problem`).
    """
    check_problem(problem)
    rows = usable_rows(problem)
    found = _answer(problem, rows, effort or Effort())
    return found if isinstance(found, Siting) else _without_answer(problem, rows, effort or Effort(), found)


def _answer(problem: SitingProblem, rows: SparseRows, effort: Effort) -> Siting | Outcome:
    """Return the answer, or why there is none: proved to be infeasible, or nothing found in time."""
    if problem.model != "mclp" and len(points_out_of_reach(problem, rows)):
        return "infeasible"
    if problem.model == "p-center":
        return _solve_center(problem, rows, effort)
    if problem.has_capacities:
        return _from_shares(problem, rows, prove_shares(problem, rows, start_of(problem), effort.time_limit_s))
    if problem.model == "lscp":
        return _solve_lscp(problem, rows, effort)
    return _solve_mclp(problem, rows, effort) if problem.model == "mclp" else _solve_median(problem, rows, effort)


def _solve_mclp(problem: SitingProblem, rows: SparseRows, effort: Effort, first: Choice | None = None) -> Siting:
    cover = cover_of(rows, problem.people)
    improved = improve_cover(problem, cover, first)
    step = step_between(cover.weight)
    improved = replace(improved, bound=max(rounded_bound(improved.bound, step, upper=True), improved.value))
    method = "exchange, Lagrangian bound"
    if not _is_closed(improved) and effort.asks_highs(len(cover.member)):
        fixed = fixed_by_cover_price(problem, cover, improved, step)
        proved = prove_cover(problem, cover, fixed, effort.time_limit_s, improved.open)
        improved, method = _closed_further(problem, improved, proved, upper=True), method + ", HiGHS"
    return _siting(problem, rows, improved, (improved.value, improved.bound), method)


def _solve_median(problem: SitingProblem, rows: SparseRows, effort: Effort) -> Siting | Outcome:
    cost = cost_matrix(rows, problem.people)[:, problem.people > 0]
    improved = improve_median(problem, cost)
    step = step_between(cost)
    improved = replace(improved, bound=min(rounded_bound(improved.bound, step, upper=False), improved.value))
    method = "exchange, Lagrangian bound"
    if not _is_closed(improved) and (effort.asks_highs(len(rows.item)) or not np.isfinite(improved.value)):
        fixed, kept = start_of(problem), np.isfinite(cost)
        if np.isfinite(improved.value):
            fixed, kept = fixed_by_median_price(problem, cost, improved, step)
        few, begin = _only(rows, kept, problem.people > 0), improved.open
        proved = prove_shares(problem, few, fixed, effort.time_limit_s, begin)
        if proved.open is None and not np.isfinite(improved.value):
            return proved.outcome
        improved, method = _closed_further(problem, improved, proved, upper=False), method + ", HiGHS"
    return _siting(problem, rows, improved, (improved.value / 10, improved.bound / 10), method)


def _only(rows: SparseRows, kept: BoolArray, plays: BoolArray) -> SparseRows:
    """Return the rows with the pairs that are kept, bool (s, number of points that play a part)."""
    owner = np.repeat(np.arange(len(kept)), np.diff(rows.first))
    column = np.cumsum(plays) - 1
    chosen = kept[owner, column[rows.item]]
    before = np.concatenate([[0], np.cumsum(chosen)])
    return SparseRows(before[rows.first].astype(np.int64), rows.item[chosen], rows.distance_dm[chosen])


def _is_closed(improved: Improved) -> bool:
    return np.isfinite(improved.value) and gap_between(improved.value, improved.bound) <= _PROVED


def _closed_further(problem: SitingProblem, improved: Improved, proved: Proved, *, upper: bool) -> Improved:
    """Return the better of two answers with the better bound; what was fixed can only leave out what is no better."""
    sign = 1.0 if upper else -1.0
    is_better = proved.open is not None and sign * (proved.objective - improved.value) > 0
    value = proved.objective if is_better else improved.value
    open_ = _as_choice(problem, proved) if is_better else improved.open
    bound = sign * min(sign * improved.bound, max(sign * proved.bound, sign * value))
    if proved.outcome in {"optimal", "infeasible"}:
        bound = value
    return replace(improved, open=open_, value=value, bound=bound)


def _as_choice(problem: SitingProblem, proved: Proved) -> Choice:
    start = start_of(problem)
    if proved.open is not None:
        start[proved.open & (start == 0)] = 1
    return start


def _solve_lscp(problem: SitingProblem, rows: SparseRows, effort: Effort) -> Siting | Outcome:
    cover = cover_of(rows, problem.people)
    begin, _ = exchange_cover(replace(problem, p=None, budget=None), cover, start_of(problem))
    begin = _without_needless(problem, cover, begin)
    proved = prove_cover(problem, cover, start_of(problem), effort.time_limit_s, begin)
    if proved.open is None:
        return proved.outcome
    new_cost = problem.sites.cost[~problem.sites.existing]
    bound = min(rounded_bound(proved.bound, step_between(new_cost), upper=False), proved.objective)
    found = Improved(_as_choice(problem, proved), proved.objective, bound, np.empty(0))
    return _siting(problem, rows, found, (proved.objective, bound), "HiGHS")


def _without_needless(problem: SitingProblem, cover: Cover, begin: Choice) -> Choice:
    """Return the choice without sites, dear ones first, whose classes are reached by others."""
    slim = begin.copy()
    is_open = (slim == 1) | (slim == 2)
    number = np.repeat(np.arange(len(cover.weight)), np.diff(cover.class_first))
    count = np.bincount(number[is_open[cover.site]], minlength=len(cover.weight))
    removable = np.flatnonzero(slim == 1)
    for site in removable[np.argsort(-problem.sites.cost[removable], kind="stable")].tolist():
        held = cover.member[cover.first[site] : cover.first[site + 1]]
        if (count[held] > 1).all():
            count[held] -= 1
            slim[site] = 0
    return slim


def _solve_center(problem: SitingProblem, rows: SparseRows, effort: Effort) -> Siting | Outcome:
    radius = smallest_limit(problem, rows, start_of(problem), effort.time_limit_s)
    if radius.found_dm is None or radius.proved is None:
        return "infeasible" if radius.is_proved else "nothing_found"
    figures = (radius.found_dm / 10, radius.bound_dm / 10)
    found = Improved(_as_choice(problem, radius.proved), *figures, np.empty(0))
    if problem.has_capacities:
        served = _shared_out(problem, radius.rows, radius.proved)
        return _siting(problem, radius.rows, found, figures, "halving the limit, HiGHS", served)
    return _siting(problem, radius.rows, found, figures, "halving the limit, HiGHS")


def _from_shares(problem: SitingProblem, rows: SparseRows, proved: Proved) -> Siting | Outcome:
    if proved.open is None:
        return proved.outcome
    unit = 10.0 if problem.model == "p-median" else 1.0
    figures = (proved.objective / unit, proved.bound / unit)
    found = Improved(_as_choice(problem, proved), *figures, np.empty(0))
    return _siting(problem, rows, found, figures, "HiGHS", _shared_out(problem, rows, proved))


Served = tuple[Int32Array, Int32Array, FloatArray]


def _shared_out(problem: SitingProblem, rows: SparseRows, proved: Proved) -> Served:
    """Return for each point the site that serves most of it, the distance to it, and how many people are served."""
    if proved.share is None:
        return _by_nearest(problem, rows, _as_choice(problem, proved))
    owner = np.repeat(np.arange(len(problem.sites)), np.diff(rows.first))
    share = np.where(proved.share > _PROVED, proved.share, 0.0)
    order = np.lexsort((owner, -share, rows.item))
    point, first = np.unique(rows.item[order], return_index=True)
    by, far, people = _nobody(problem)
    chosen = order[first]
    has_any = share[chosen] > 0
    by[point[has_any]] = owner[chosen][has_any]
    far[point[has_any]] = rows.distance_dm[chosen][has_any]
    np.add.at(people, rows.item, share * problem.people[rows.item])
    return by, far, np.minimum(people, problem.people)


def _nobody(problem: SitingProblem) -> Served:
    none = np.full(len(problem.people), NOT_SERVED, dtype=np.int32)
    return none, none.copy(), np.zeros(len(problem.people))


def _by_nearest(problem: SitingProblem, rows: SparseRows, open_: Choice) -> Served:
    owner = np.repeat(np.arange(len(problem.sites)), np.diff(rows.first))
    kept = np.flatnonzero(((open_ == 1) | (open_ == 2) | problem.sites.existing)[owner])
    order = kept[np.lexsort((owner[kept], rows.distance_dm[kept], rows.item[kept]))]
    point, first = np.unique(rows.item[order], return_index=True)
    by, far, people = _nobody(problem)
    by[point], far[point] = owner[order[first]], rows.distance_dm[order[first]]
    people[point] = problem.people[point]
    return by, far, people


def _siting(
    problem: SitingProblem,
    rows: SparseRows,
    found: Improved,
    figures: tuple[float, float],
    method: str,
    served: Served | None = None,
) -> Siting:
    objective, bound = (round(figure, _DECIMALS) for figure in figures)
    gap = gap_between(objective, bound)
    by, far, people = served or _by_nearest(problem, rows, found.open)
    chosen = chosen_sites(problem, found.open)
    if gap <= _PROVED:
        return Siting(problem.model, "optimal", objective, objective, 0.0, chosen, by, far, people, method)
    return Siting(problem.model, "bounded", objective, bound, gap, chosen, by, far, people, method)


def _without_answer(problem: SitingProblem, rows: SparseRows, effort: Effort, why: Outcome) -> Siting:
    by, far, people = _nobody(problem)
    if why != "infeasible":
        found = f"no choice that serves everybody was found in {effort.time_limit_s:g} s, and none is ruled out"
        problems = (Problem("time_limit", "", found, "Allow more time, or ask for fewer candidates"),)
        return Siting(problem.model, "unknown", None, None, None, (), by, far, people, "HiGHS", problems)

    def least_number(relaxed: SitingProblem) -> float | None:
        answer = _answer(relaxed, usable_rows(relaxed), effort)
        return answer.objective if isinstance(answer, Siting) else None

    explained = tuple(explain_infeasible(problem, rows, least_number))
    return Siting(problem.model, "infeasible", None, None, None, (), by, far, people, "explanation", explained)


def coverage_curve(problem: SitingProblem, most: int, effort: Effort | None = None) -> list[CurvePoint]:
    """Return the people covered with 0, 1, 2 ... chosen sites, up to 99 % of all people or `most` sites.

    Args:
        problem: An MCLP; its own p is not looked at. Required sites count from the first.
        most: Largest number of sites to try.
        effort: How hard to look for each number.
    """
    everybody = float(problem.people.sum())
    reachable = float(problem.people[np.unique(usable_rows(problem).item)].sum())
    curve: list[CurvePoint] = []
    for p in range(int(problem.sites.required.sum()), most + 1):
        found = solve_siting(replace(problem, model="mclp", p=p), effort)
        covered, bound = found.objective or 0.0, found.bound or 0.0
        share = covered / everybody if everybody > 0 else None
        curve.append(CurvePoint(p, covered, bound, share, found.chosen))
        if share is None or share >= TARGET_SHARES[-1] or covered >= reachable:
            break
    return curve
