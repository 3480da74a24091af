"""What a bound says beyond itself: the step between possible answers, and the sites that are in all better ones."""

from __future__ import annotations

import numpy as np

from geo.graph import BoolArray, FloatArray
from geo.siting_greedy import Choice, Improved, limits_of, start_of
from geo.siting_problem import Cover, SitingProblem

_CLOSED, _FOR_GOOD, _NEVER = 0, 2, 3
_SLACK = 1e-6
_WHOLE = 1e-9


def step_between(values: FloatArray) -> float:
    """Return the step between sums of `values`: their greatest common divisor where they are whole, else 0."""
    finite = values[np.isfinite(values)]
    if not len(finite) or np.abs(finite - np.rint(finite)).max() > _WHOLE or np.abs(finite).max() > 2**53:
        return 0.0
    return float(np.gcd.reduce(np.rint(finite).astype(np.int64)))


def rounded_bound(bound: float, step: float, *, upper: bool) -> float:
    """Return a bound moved to the next sum that is possible; the slack is for the rounding of the bound's own sums."""
    if step <= 0 or not np.isfinite(bound):
        return bound
    slack = _SLACK + abs(bound) * 1e-12 / step
    return float(np.floor(bound / step + slack) if upper else np.ceil(bound / step - slack)) * step


def fixed_by_cover_price(problem: SitingProblem, cover: Cover, improved: Improved, step: float) -> Choice:
    """Return what is open or closed in every answer better than the one found (MCLP without a budget).

    A site whose score falls short of the last chosen one by more than the gap can be in no better answer, and one that
    exceeds the first not chosen by more is in all of them.
    """
    price = np.add.reduceat(np.append(improved.price[cover.member], 0.0), cover.first[:-1])
    score = np.where(np.diff(cover.first) > 0, price, 0.0)
    rest = float((cover.weight - improved.price).sum())
    return _fixed(problem, score, rest, (improved.value, step))


def fixed_by_median_price(
    problem: SitingProblem, cost: FloatArray, improved: Improved, step: float
) -> tuple[Choice, BoolArray]:
    """Return the same for p-median, and the pairs (s, h) that a better answer may have.

    A pair that costs more than its point is worth raises the bound by the difference.
    """
    score = np.maximum(improved.price - cost, 0.0).sum(axis=1)
    fixed = _fixed(problem, score, -float(improved.price.sum()), (-improved.value, step))
    best = np.sort(np.where(start_of(problem) == _CLOSED, score, 0.0))[::-1]
    number = len(best) if problem.p is None else int(limits_of(problem, start_of(problem))[3][0])
    bound = float(improved.price.sum() - score[start_of(problem) == _FOR_GOOD].sum() - best[:number].sum())
    worth = improved.value * (1 + 1e-9) - step * 0.5
    return fixed, np.asarray((bound + cost - improved.price <= worth) & (fixed != _NEVER)[:, None])


def _fixed(problem: SitingProblem, score: FloatArray, rest: float, value: tuple[float, float]) -> Choice:
    """Fix sites, as if more were better: `rest` + the scores of the chosen is an upper bound for every price."""
    start = start_of(problem)
    if problem.budget is not None or problem.p is None:
        return start
    left = int(limits_of(problem, start)[3][0])
    free = np.flatnonzero(start == _CLOSED)
    ranked = free[np.argsort(-score[free], kind="stable")]
    inside, outside = ranked[:left], ranked[left:]
    if not len(outside) or not len(inside):
        return start
    most = rest + float(score[start == _FOR_GOOD].sum()) + float(score[inside].sum())
    worth = value[0] + value[1] * 0.5 - abs(value[0]) * 1e-9
    last, first = float(score[inside[-1]]), float(score[outside[0]])
    start[outside[most - last + score[outside] < worth]] = _NEVER
    start[inside[most - score[inside] + first < worth]] = _FOR_GOOD
    return start
