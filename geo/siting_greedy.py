"""Good answers to large siting problems: sites added one by one, exchanged until nothing is won, with a bound beside.

Nothing here is drawn by chance: the same problem gives the same answer. Costs, a budget, required, excluded and
competing sites are kept to; capacities are left to `geo.siting_exact`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo import siting_kernels as kernels
from geo.graph import BoolArray, FloatArray, Int64Array
from geo.reach import SparseRows
from geo.siting_problem import Cover, SitingProblem

_STEPS_A_BOUND = 150_000_000
_STEPS_A_SHAKE, _MOST_TURNS = 1_000_000, 6
_FEWEST_ROUNDS, _MOST_ROUNDS, _PARTS, _SHORTER = 200, 3000, 6, 0.8
_CLOSED, _OPEN, _FOR_GOOD, _NEVER = 0, 1, 2, 3
_EXCHANGES = 2000

Choice = np.ndarray[tuple[int], np.dtype[np.uint8]]
Limits = tuple[FloatArray, Int64Array, Int64Array, FloatArray]


@dataclass(frozen=True, eq=False)
class Improved:
    """A choice of sites, what it is worth, and what no choice can go beyond.

    Attributes:
        open: 0 closed, 1 chosen, 2 open for good (existing or required), 3 may not be opened; uint8 (s,).
        value: People covered, or people x distance in dm.
        bound: Upper bound for coverage, lower for p-median.
        price: Prices of the classes or points at the bound.
    """

    open: Choice
    value: float
    bound: float
    price: FloatArray


def start_of(problem: SitingProblem) -> Choice:
    """Return what is open or closed before anything is chosen."""
    sites = problem.sites
    state = np.where(sites.choosable, _CLOSED, _NEVER).astype(np.uint8)
    state[sites.required | sites.existing] = _FOR_GOOD
    return state


def limits_of(problem: SitingProblem, open_: Choice) -> Limits:
    """Return costs, rivals, open ones of each set of rivals, and the number and budget that are left."""
    sites = problem.sites
    chosen = ((open_ == _OPEN) | (open_ == _FOR_GOOD)) & ~sites.existing
    rivals = sites.rivals.astype(np.int64)
    held = rivals[chosen & (rivals >= 0)]
    taken = np.bincount(held, minlength=int(rivals.max(initial=0)) + 1).astype(np.int64)
    number = np.inf if problem.p is None else problem.p - int(chosen.sum())
    money = np.inf if problem.budget is None else problem.budget - float(sites.cost[chosen].sum())
    return sites.cost, rivals, taken, np.array([number, money])


def improve_cover(problem: SitingProblem, cover: Cover, first: Choice | None = None) -> Improved:
    """Return a set of sites that covers many people, and an upper bound on what any set covers.

    Args:
        problem: An MCLP without capacities.
        cover: Who reaches whom within the limit.
        first: A choice to begin with, as of `Improved.open`; nothing chosen where None.
    """
    start = start_of(problem)
    rows, weight = (cover.first, cover.member), cover.weight
    open_, value = exchange_cover(problem, cover, start if first is None else first)
    _, _, _, left = limits_of(problem, start)
    price = _half_prices(cover, open_)
    bound = np.inf
    for rounds, step in _rounds(len(cover.member)):
        known = (value, rounds, step)
        found, chosen = kernels.bound_cover(rows, weight, start, (problem.sites.cost, left), known, price)
        bound = min(bound, found)
        other, other_value = exchange_cover(problem, cover, _adopt(problem, start, chosen))
        if other_value > value:
            open_, value = other, other_value
        if bound <= value:
            break
    if bound > value:
        open_, value = _shaken(problem, cover, open_, value)
    return Improved(open_, value, max(bound, value), price)


def _shaken(problem: SitingProblem, cover: Cover, open_: Choice, value: float) -> tuple[Choice, float]:
    """Open more sites than p, close those that are least missed, and exchange again: a way out of a good choice."""
    turns = 0 if problem.p is None else min(_MOST_TURNS, _STEPS_A_SHAKE // max(len(cover.member), 1))
    for turn in range(1, turns + 1):
        more, _ = exchange_cover(replace(problem, p=(problem.p or 0) + turn), cover, open_)
        for _ in range(turn):
            more = _least_missed_closed(cover, more)
        other, other_value = exchange_cover(problem, cover, more)
        if other_value > value:
            open_, value = other, other_value
    return open_, value


def _least_missed_closed(cover: Cover, open_: Choice) -> Choice:
    count, owners = _counts(cover, open_)
    alone = count == 1
    missed = np.bincount(owners[alone], cover.weight[alone], minlength=len(open_))
    chosen = np.flatnonzero(open_ == _OPEN)
    fewer = open_.copy()
    if len(chosen):
        fewer[chosen[np.argmin(missed[chosen])]] = _CLOSED
    return fewer


def _rounds(pairs: int) -> list[tuple[int, float]]:
    """Return parts of a bound, with rounds and first step, that are worth their time for so many pairs.

    After each part its choice is improved by exchange: the prices lead to places that adding one by one does not.
    """
    rounds = min(max(_STEPS_A_BOUND // max(pairs, 1), _FEWEST_ROUNDS), _MOST_ROUNDS)
    return [(rounds // _PARTS, _SHORTER**part) for part in range(_PARTS)]


def _half_prices(cover: Cover, open_: Choice) -> FloatArray:
    """Return prices to begin with: low where the choice covers a class more than once, high where it does not."""
    count, _ = _counts(cover, open_)
    return np.asarray(cover.weight / np.maximum(count + 1.0, 1.0), dtype=np.float64)


def _adopt(problem: SitingProblem, start: Choice, chosen: Choice) -> Choice:
    """Return the choice of a bound as far as rivals allow it."""
    adopted = start.copy()
    taken = set(problem.sites.rivals[problem.sites.required].tolist()) - {-1}
    for site in np.flatnonzero((chosen == 1) & (start == _CLOSED)).tolist():
        rivals = int(problem.sites.rivals[site])
        if rivals < 0 or rivals not in taken:
            adopted[site] = _OPEN
            taken |= {rivals} - {-1}
    return adopted


def _counts(cover: Cover, open_: Choice) -> tuple[Int64Array, Int64Array]:
    count, owners = np.zeros(len(cover.weight), dtype=np.int64), np.zeros(len(cover.weight), dtype=np.int64)
    for site in np.flatnonzero((open_ == _OPEN) | (open_ == _FOR_GOOD)).tolist():
        kernels.flip_site((cover.first, cover.member), site, 1, count, owners)
    return count, owners


def exchange_cover(problem: SitingProblem, cover: Cover, first: Choice) -> tuple[Choice, float]:
    """Return a choice to which no exchange of one site adds people, and the people that it covers."""
    rows, open_ = (cover.first, cover.member), first.copy()
    count, owners = _counts(cover, open_)
    for _ in range(_EXCHANGES):
        may = limits_of(problem, open_)
        site_in, site_out, _ = kernels.best_cover_move(rows, cover.weight, (count, owners, open_), may)
        if site_in < 0:
            break
        for site, sign in ((site_in, 1), (site_out, -1)):
            if site >= 0:
                kernels.flip_site(rows, site, sign, count, owners)
                open_[site] = _OPEN if sign > 0 else _CLOSED
    return open_, float(cover.weight[count > 0].sum())


def cost_matrix(rows: SparseRows, people: FloatArray) -> FloatArray:
    """Return people x distance in dm of each site and point, float64 (s, h), infinite where out of reach."""
    count = len(rows.first) - 1
    owner = np.repeat(np.arange(count), np.diff(rows.first))
    cost = np.full((count, len(people)), np.inf)
    cost[owner, rows.item] = people[rows.item] * rows.distance_dm
    return cost


def improve_median(problem: SitingProblem, cost: FloatArray, first: Choice | None = None) -> Improved:
    """Return sites with a small sum of people x distance, and a lower bound on that of any set.

    Args:
        problem: A p-median without capacities.
        cost: People x distance of the points that play a part, float64 (s, h).
        first: A choice to begin with; nothing chosen where None.

    Returns:
        The choice; its value is infinite where some point is out of reach of every open site.
    """
    start = start_of(problem)
    finite = np.where(np.isfinite(cost), cost, 0.0)
    far = float(finite.max(axis=0, initial=0.0).sum()) + 1.0
    closed = np.where(np.isfinite(cost), cost, far)
    open_, value = _exchange_median(problem, closed, far, start if first is None else first)
    _, _, _, left = limits_of(problem, start)
    near = _near(closed, far, open_)
    price = np.minimum((near[1] + near[2]) / 2, far)
    bound = -np.inf
    for rounds, step in _rounds(cost.size):
        known = (value, rounds, step)
        found, chosen = kernels.bound_median(cost, start, (problem.sites.cost, left), known, price)
        bound = max(bound, found)
        other, other_value = _exchange_median(problem, closed, far, _adopt(problem, start, chosen))
        if other_value < value:
            open_, value = other, other_value
        if bound >= value:
            break
    reached = _near(closed, far, open_)[1] < far
    return Improved(open_, value if reached.all() else np.inf, min(bound, value), price)


def _near(cost: FloatArray, far: float, open_: Choice) -> tuple[Int64Array, FloatArray, FloatArray]:
    points = cost.shape[1]
    near = (np.empty(points, dtype=np.int64), np.empty(points), np.empty(points))
    kernels.two_nearest(cost, open_, far, near)
    return near


def _exchange_median(problem: SitingProblem, cost: FloatArray, far: float, first: Choice) -> tuple[Choice, float]:
    open_ = first.copy()
    near = _near(cost, far, open_)
    for _ in range(_EXCHANGES):
        site_in, site_out, _ = kernels.best_median_move(cost, open_, near, limits_of(problem, open_))
        if site_in < 0:
            break
        open_[site_in] = _OPEN
        if site_out >= 0:
            open_[site_out] = _CLOSED
        near = _near(cost, far, open_)
    return open_, float(near[1].sum())


def chosen_sites(problem: SitingProblem, open_: Choice) -> tuple[int, ...]:
    """Return the numbers of the chosen sites of a choice, without the existing ones."""
    chosen: BoolArray = ((open_ == _OPEN) | (open_ == _FOR_GOOD)) & ~problem.sites.existing
    return tuple(np.flatnonzero(chosen).tolist())
