"""Siting problems as mixed-integer programs: what is proved, and what capacities ask for.

Two programs serve all models. Without capacities, a class of demand is covered where a site that reaches it is open.
With capacities, and for p-median, people are shared out among the sites that reach them; the people of one demand point
may go to several sites. p-center looks for the smallest limit at which everybody can be served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy  # `scipy.sparse` is loaded at its first use: no start of the service waits for it

from geo.graph import BoolArray, FloatArray, Int64Array
from geo.mixed_integer import Outcome, Program, solve_program
from geo.orlib import within
from geo.reach import SparseRows
from geo.siting_greedy import Choice
from geo.siting_problem import Cover, SitingProblem, cover_of

_OPEN_FROM = 0.5
_FOR_GOOD, _NEVER = 2, 3
Rows: TypeAlias = "tuple[scipy.sparse.csc_array, FloatArray, FloatArray]"


@dataclass(frozen=True, eq=False)
class Proved:
    """What HiGHS found: which sites are open, bool (s,), and how people are shared out (one share a pair of `rows`)."""

    outcome: Outcome
    open: BoolArray | None
    objective: float
    bound: float
    share: FloatArray | None = None


def cover_program(problem: SitingProblem, cover: Cover, fixed: Choice) -> Program:
    """Return the program of LSCP or MCLP without capacities: columns are sites, then classes (MCLP).

    Args:
        problem: The problem.
        cover: Who reaches whom.
        fixed: What is open or closed already, as of `geo.siting_greedy.Improved.open`.
    """
    sites, classes = len(problem.sites), len(cover.weight)
    most = problem.model == "mclp"
    number = np.repeat(np.arange(classes), np.diff(cover.class_first))
    reach = scipy.sparse.coo_array((np.ones(len(cover.site)), (number, cover.site)), shape=(classes, sites))
    wanted = scipy.sparse.coo_array(
        (np.full(classes, -1.0), (np.arange(classes), np.arange(classes))), shape=(classes, classes)
    )
    covering = scipy.sparse.csc_array(_beside(reach, wanted)) if most else scipy.sparse.csc_array(reach)
    least = np.zeros(classes) if most else np.ones(classes)
    columns = sites + (classes if most else 0)
    matrix, row_low, row_high = _stacked([(covering, least, np.full(classes, np.inf)), _choice_rows(problem, columns)])
    low, high = _site_bounds(fixed, columns)
    worth = np.zeros(columns)
    if most:
        worth[sites:] = cover.weight
    else:
        worth[:sites] = np.where(problem.sites.existing, 0.0, problem.sites.cost)
    return Program(worth, low, high, np.arange(columns) < sites, matrix, row_low, row_high, maximise=most)


def _beside(left: scipy.sparse.coo_array, right: scipy.sparse.coo_array) -> scipy.sparse.coo_array:
    """Return two sparse matrices side by side."""
    row = np.concatenate([left.coords[0], right.coords[0]])
    column = np.concatenate([left.coords[1], right.coords[1] + left.shape[1]])
    data = np.concatenate([left.data, right.data])
    return scipy.sparse.coo_array((data, (row, column)), shape=(left.shape[0], left.shape[1] + right.shape[1]))


def share_program(problem: SitingProblem, rows: SparseRows, fixed: Choice) -> Program:
    """Return the program in which people are shared out: columns are sites, then pairs of `rows` in their order."""
    sites, pairs = len(problem.sites), len(rows.item)
    owner = np.repeat(np.arange(sites), np.diff(rows.first))
    point_ids, point = np.unique(rows.item, return_inverse=True)
    people = problem.people[rows.item]
    parts = [
        _share_rows(point, len(point_ids), sites, everybody=problem.model != "mclp"),
        _link_rows(owner, sites),
        _capacity_rows(problem, owner, people),
        _choice_rows(problem, sites + pairs),
    ]
    matrix, row_low, row_high = _stacked(parts)
    low, high = _site_bounds(fixed, sites + pairs)
    worth = np.zeros(sites + pairs)
    if problem.model == "lscp":
        worth[:sites] = np.where(problem.sites.existing, 0.0, problem.sites.cost)
    elif problem.model == "mclp":
        worth[sites:] = people
    elif problem.model == "p-median":
        worth[sites:] = people * rows.distance_dm
    integer = np.arange(sites + pairs) < sites
    return Program(worth, low, high, integer, matrix, row_low, row_high, maximise=problem.model == "mclp")


def _share_rows(point: Int64Array, points: int, sites: int, *, everybody: bool) -> Rows:
    """Return: the shares of a point's people sum to one, or to one at most."""
    pairs = len(point)
    matrix = scipy.sparse.coo_array((np.ones(pairs), (point, sites + np.arange(pairs))), shape=(points, sites + pairs))
    return scipy.sparse.csc_array(matrix), np.full(points, 1.0 if everybody else 0.0), np.ones(points)


def _link_rows(owner: Int64Array, sites: int) -> Rows:
    """Return: nobody is served where no site is open."""
    pairs = len(owner)
    row = np.concatenate([np.arange(pairs), np.arange(pairs)])
    column = np.concatenate([sites + np.arange(pairs), owner])
    data = np.concatenate([np.ones(pairs), np.full(pairs, -1.0)])
    matrix = scipy.sparse.coo_array((data, (row, column)), shape=(pairs, sites + pairs))
    return scipy.sparse.csc_array(matrix), np.full(pairs, -np.inf), np.zeros(pairs)


def _capacity_rows(problem: SitingProblem, owner: Int64Array, people: FloatArray) -> Rows:
    """Return: a site serves no more people than it has room for."""
    sites, pairs = len(problem.sites), len(owner)
    full = np.flatnonzero(np.isfinite(problem.sites.capacity))
    number = np.full(sites, -1)
    number[full] = np.arange(len(full))
    held = np.flatnonzero(number[owner] >= 0)
    row = np.concatenate([number[owner[held]], np.arange(len(full))])
    column = np.concatenate([sites + held, full])
    data = np.concatenate([people[held], -problem.sites.capacity[full]])
    matrix = scipy.sparse.coo_array((data, (row, column)), shape=(len(full), sites + pairs))
    return scipy.sparse.csc_array(matrix), np.full(len(full), -np.inf), np.zeros(len(full))


def _choice_rows(problem: SitingProblem, columns: int) -> Rows:
    """Return: no more sites than p, no more money than the budget, one of a set of rivals."""
    sites = problem.sites
    new = np.flatnonzero(~sites.existing)
    rows: list[tuple[np.ndarray[tuple[int], np.dtype[np.int64]], FloatArray, float]] = []
    if problem.p is not None:
        rows.append((new, np.ones(len(new)), float(problem.p)))
    if problem.budget is not None:
        rows.append((new, sites.cost[new], float(problem.budget)))
    for rivals in np.unique(sites.rivals[sites.rivals >= 0]).tolist():
        held = np.flatnonzero((sites.rivals == rivals) & ~sites.existing)
        rows.append((held, np.ones(len(held)), 1.0))
    row = np.concatenate([np.full(len(held), k) for k, (held, _, _) in enumerate(rows)]) if rows else np.empty(0)
    column = np.concatenate([held for held, _, _ in rows]) if rows else np.empty(0)
    data = np.concatenate([each for _, each, _ in rows]) if rows else np.empty(0)
    matrix = scipy.sparse.coo_array((data, (row.astype(np.int64), column.astype(np.int64))), shape=(len(rows), columns))
    return scipy.sparse.csc_array(matrix), np.full(len(rows), -np.inf), np.array([most for _, _, most in rows])


def _stacked(parts: list[Rows]) -> Rows:
    matrices, lows, highs = zip(*parts, strict=True)
    return scipy.sparse.csc_array(scipy.sparse.vstack(matrices)), np.concatenate(lows), np.concatenate(highs)


def _site_bounds(fixed: Choice, columns: int) -> tuple[FloatArray, FloatArray]:
    low, high = np.zeros(columns), np.ones(columns)
    low[: len(fixed)][fixed == _FOR_GOOD] = 1.0
    high[: len(fixed)][fixed == _NEVER] = 0.0
    return low, high


def prove_cover(
    problem: SitingProblem, cover: Cover, fixed: Choice, time_limit_s: float, begin: Choice | None = None
) -> Proved:
    """Solve LSCP or MCLP without capacities, from the sites open in `begin` where it is given."""
    program = cover_program(problem, cover, fixed)
    start = None
    if begin is not None:
        is_open = (begin == 1) | (begin == _FOR_GOOD)
        reached = np.bincount(
            np.repeat(np.arange(len(cover.weight)), np.diff(cover.class_first))[is_open[cover.site]],
            minlength=len(cover.weight),
        )
        classes = (reached > 0).astype(np.float64) if problem.model == "mclp" else np.empty(0)
        start = np.concatenate([is_open.astype(np.float64), classes])
    solved = solve_program(program, time_limit_s, start)
    return _proved(problem, solved.outcome, solved.values, (solved.objective, solved.bound))


def prove_shares(
    problem: SitingProblem, rows: SparseRows, fixed: Choice, time_limit_s: float, begin: Choice | None = None
) -> Proved:
    """Solve a problem with capacities, or p-median, by sharing people out; `begin` is of use without capacities."""
    start = None if begin is None else _nearest_shares(rows, (begin == 1) | (begin == _FOR_GOOD))
    solved = solve_program(share_program(problem, rows, fixed), time_limit_s, start)
    return _proved(problem, solved.outcome, solved.values, (solved.objective, solved.bound))


def _nearest_shares(rows: SparseRows, is_open: BoolArray) -> FloatArray | None:
    """Return columns in which everybody goes to the nearest open site, None where somebody has none in `rows`."""
    owner = np.repeat(np.arange(len(is_open)), np.diff(rows.first))
    pairs = np.flatnonzero(is_open[owner])
    order = pairs[np.lexsort((rows.distance_dm[pairs], rows.item[pairs]))]
    points, first = np.unique(rows.item[order], return_index=True)
    if len(points) < len(np.unique(rows.item)):
        return None
    share = np.zeros(len(rows.item))
    share[order[first]] = 1.0
    return np.concatenate([is_open.astype(np.float64), share])


def _proved(
    problem: SitingProblem, outcome: Outcome, values: FloatArray | None, figures: tuple[float, float]
) -> Proved:
    if values is None:
        return Proved(outcome, None, *figures)
    sites = len(problem.sites)
    share = values[sites:] if len(values) > sites else None
    return Proved(outcome, values[:sites] > _OPEN_FROM, *figures, share)


@dataclass(frozen=True, eq=False)
class Radius:
    """The smallest limit found at which everybody is served, what none can go below, and the answer.

    Where nothing was found, `is_proved` says whether no limit would do, or time ran out.
    """

    found_dm: int | None
    bound_dm: int
    proved: Proved | None
    rows: SparseRows
    is_proved: bool = True


def smallest_limit(problem: SitingProblem, rows: SparseRows, fixed: Choice, time_limit_s: float) -> Radius:
    """Return the smallest limit at which everybody can be served: p-center, by halving the distances there are.

    Args:
        problem: A p-center.
        rows: Its usable rows.
        fixed: What is open or closed already.
        time_limit_s: Seconds for each of the halvings; what is not proved in time does not count as proved.
    """
    distances = np.unique(np.append(rows.distance_dm, 0)).astype(np.int64)
    low, high = 0, len(distances) - 1
    proved_low, best, best_at = 0, None, None
    while low <= high:
        middle = (low + high) // 2
        answer = _everybody_within(problem, rows, int(distances[middle]), fixed, time_limit_s)
        if answer.open is not None:
            best, best_at, high = answer, middle, middle - 1
        else:
            if answer.outcome == "infeasible" and proved_low == low:
                proved_low = middle + 1
            low = middle + 1
    if best is None or best_at is None:
        return Radius(None, 0, None, rows, proved_low == len(distances))
    bound = int(distances[min(proved_low, best_at)])
    return Radius(int(distances[best_at]), bound, best, within(rows, int(distances[best_at])))


def _everybody_within(
    problem: SitingProblem, rows: SparseRows, limit_dm: int, fixed: Choice, time_limit_s: float
) -> Proved:
    near = within(rows, limit_dm)
    wanted = np.unique(rows.item)
    if len(np.unique(near.item)) < len(wanted):
        return Proved("infeasible", None, np.inf, np.inf)
    whole = SitingProblem(
        "lscp", near, problem.people, problem.sites, problem.p, problem.budget, limit_dm, problem.nearest_dm
    )
    if problem.has_capacities:
        return prove_shares(whole, near, fixed, time_limit_s)
    return prove_cover(whole, cover_of(near, problem.people), fixed, time_limit_s)
