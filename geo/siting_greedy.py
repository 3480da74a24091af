"""Good answers to large siting problems: sites added one by one, exchanged until nothing is won, with a bound beside.

What is drawn by chance has a fixed seed: the same problem gives the same answer. Costs, a budget, required, excluded
and competing sites are kept to; capacities are left to `geo.siting_exact`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo import siting_kernels as kernels
from geo.graph import BoolArray, FloatArray, Int64Array
from geo.reach import SparseRows
from geo.siting_problem import Cover, SitingProblem

_STEPS_A_BOUND = 200_000_000
_STEPS_OF_TURNS, _MOST_TURNS, _INSISTED, _PROMISING = 160_000_000, 40, 3, 4
_FEWEST_ROUNDS, _MOST_ROUNDS, _PARTS = 200, 3000, 6
_SHORTER_COVER, _SHORTER_MEDIAN = 0.5, 0.8
_TURNS_SEED = 1
_CLOSED, _OPEN, _FOR_GOOD, _NEVER = 0, 1, 2, 3
_EXCHANGES = 2000

Choice = np.ndarray[tuple[int], np.dtype[np.uint8]]
State = tuple[Int64Array, Int64Array, FloatArray, FloatArray]
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
    for rounds, step in _rounds(len(cover.member), _SHORTER_COVER):
        known = (value, rounds, step)
        found, chosen = kernels.bound_cover(rows, weight, start, (problem.sites.cost, left), known, price)
        bound = min(bound, found)
        other, other_value = exchange_cover(problem, cover, _adopt(problem, start, chosen))
        if other_value > value:
            open_, value = other, other_value
        if bound <= value:
            break
    if bound > value:
        open_, value = _insisted(problem, cover, price, open_)
    return Improved(open_, value, max(bound, value), price)


def _insisted(problem: SitingProblem, cover: Cover, price: FloatArray, open_: Choice) -> tuple[Choice, float]:
    """Insist on a few promising sites at a time, exchange the others, then let go: a way out of a good choice.

    Promising are those with the highest scores at the bound's prices; those that are least missed make room for them.
    """
    value = float(cover.weight[_state(cover, open_)[0] > 0].sum())
    score = np.bincount(_owners(cover), price[cover.member], minlength=len(open_))
    number = int((open_ == _OPEN).sum())
    free = np.flatnonzero(start_of(problem) == _CLOSED)
    promising = free[np.argsort(-score[free], kind="stable")][: _PROMISING * number]
    if len(promising) <= number or problem.budget is not None or (problem.sites.rivals >= 0).any():
        return open_, value
    rng = np.random.default_rng(_TURNS_SEED)
    turns = min(_STEPS_OF_TURNS // max(len(cover.member) * number, 1), _MOST_TURNS)
    for _ in range(turns):
        held = rng.choice(promising, min(_INSISTED, number), replace=False)
        other, other_value = _insisted_on(problem, cover, open_, held[open_[held] == _CLOSED])
        if other_value >= value:
            open_, value = other, other_value
    return open_, value


def _insisted_on(problem: SitingProblem, cover: Cover, open_: Choice, held: Int64Array) -> tuple[Choice, float]:
    """Return the choice to which exchanges lead with the sites `held` open all the time, and then without that."""
    other, state = open_.copy(), _state(cover, open_)
    for site in held.tolist():
        alone = state[0] == 1
        missed = np.bincount(state[1][alone], cover.weight[alone], minlength=len(other))
        chosen = np.flatnonzero(other == _OPEN)
        _flip(cover, state, other, int(chosen[np.argmin(missed[chosen])]), -1)
        _flip(cover, state, other, site, 1)
        other[site] = _FOR_GOOD
    _exchange(problem, cover, other, state)
    other[held] = _OPEN
    _exchange(problem, cover, other, state)
    return other, float(cover.weight[state[0] > 0].sum())


def _rounds(pairs: int, shorter: float) -> list[tuple[int, float]]:
    """Return parts of a bound, with rounds and first step, that are worth their time for so many pairs.

    After each part its choice is improved by exchange: the prices lead to places that adding one by one does not.
    """
    rounds = min(max(_STEPS_A_BOUND // max(pairs, 1), _FEWEST_ROUNDS), _MOST_ROUNDS)
    return [(rounds // _PARTS, shorter**part) for part in range(_PARTS)]


def _half_prices(cover: Cover, open_: Choice) -> FloatArray:
    """Return prices to begin with: low where the choice covers a class more than once, high where it does not."""
    count = _state(cover, open_)[0]
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


def _owners(cover: Cover) -> Int64Array:
    return np.repeat(np.arange(len(cover.first) - 1), np.diff(cover.first))


def _state(cover: Cover, open_: Choice) -> State:
    """Return what `geo.siting_kernels.best_cover_move` calls the state, without what is open."""
    sites, classes = len(open_), len(cover.weight)
    site = _owners(cover)
    reached = ((open_ == _OPEN) | (open_ == _FOR_GOOD))[site]
    count = np.bincount(cover.member[reached], minlength=classes).astype(np.int64)
    owners = np.bincount(cover.member[reached], site[reached], minlength=classes).astype(np.int64)
    alone, once = (
        np.bincount(site, np.where(count == number, cover.weight, 0.0)[cover.member], minlength=sites).astype(
            np.float64
        )
        for number in (0, 1)
    )
    return count, owners, alone, once


def _flip(cover: Cover, state: State, open_: Choice, site: int, sign: int) -> None:
    rows, columns = (cover.first, cover.member), (cover.class_first, cover.site)
    kernels.flip_site(rows, columns, cover.weight, (site, sign), state)
    open_[site] = _OPEN if sign > 0 else _CLOSED


def exchange_cover(problem: SitingProblem, cover: Cover, first: Choice) -> tuple[Choice, float]:
    """Return a choice to which no exchange of one site adds people, and the people that it covers."""
    open_ = first.copy()
    state = _state(cover, open_)
    _exchange(problem, cover, open_, state)
    return open_, float(cover.weight[state[0] > 0].sum())


def _exchange(problem: SitingProblem, cover: Cover, open_: Choice, state: State) -> None:
    """Exchange one site at a time until nothing is won; writes the choice and its state."""
    rows = (cover.first, cover.member)
    for _ in range(_EXCHANGES):
        may = limits_of(problem, open_)
        site_in, site_out, _ = kernels.best_cover_move(rows, cover.weight, (*state, open_), may)
        if site_in < 0:
            break
        for site, sign in ((site_in, 1), (site_out, -1)):
            if site >= 0:
                _flip(cover, state, open_, site, sign)


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
    for rounds, step in _rounds(cost.size, _SHORTER_MEDIAN):
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
