"""An independent answer to small siting problems: every allowed choice is tried, sharing out goes to linprog."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.optimize import linprog


def best_objective(problem, distance_m, limit_m):
    """Return the best objective over all choices of a problem on a matrix of metres (s, h), None where none serves."""
    sites = problem.sites
    near = np.where(distance_m <= limit_m, distance_m, np.inf)
    values = [
        _worth(problem, near, [*chosen, *np.flatnonzero(sites.existing).tolist()], chosen)
        for chosen in _choices(problem)
    ]
    values = [value for value in values if value is not None]
    if not values:
        return None
    return max(values) if problem.model == "mclp" else min(values)


def _choices(problem):
    sites = problem.sites
    required = np.flatnonzero(sites.required).tolist()
    free = np.flatnonzero(sites.choosable & ~sites.required).tolist()
    for number in range(len(free) + 1):
        for more in combinations(free, number):
            chosen = [*required, *more]
            rivals = [sites.rivals[site] for site in chosen if sites.rivals[site] >= 0]
            too_many = problem.p is not None and len(chosen) > problem.p
            too_dear = problem.budget is not None and sites.cost[chosen].sum() > problem.budget + 1e-9
            if not too_many and not too_dear and len(rivals) == len(set(rivals)):
                yield chosen


def _worth(problem, near, open_sites, chosen):
    points = np.flatnonzero(problem.people > 0).tolist()
    pairs = [(site, point) for site in open_sites for point in points if np.isfinite(near[site, point])]
    if problem.model == "mclp":
        return -_shared(problem, points, pairs, [-1.0] * len(pairs), everybody=False)
    if problem.model == "p-median":
        return _shared(problem, points, pairs, [near[pair] for pair in pairs], everybody=True)
    if problem.model == "lscp":
        served = _shared(problem, points, pairs, [0.0] * len(pairs), everybody=True)
        return None if served is None else float(problem.sites.cost[chosen].sum())
    for limit in sorted({0.0, *(near[pair] for pair in pairs)}):
        within = [pair for pair in pairs if near[pair] <= limit]
        if _shared(problem, points, within, [0.0] * len(within), everybody=True) is not None:
            return limit
    return None


def _shared(problem, points, pairs, cost, *, everybody):
    """Return the least cost of sharing people out, None where not everybody finds room."""
    if not points:
        return 0.0
    if not pairs:
        return None if everybody else 0.0
    of_point = np.array([[float(pair[1] == point) for pair in pairs] for point in points])
    full = [site for site in {pair[0] for pair in pairs} if np.isfinite(problem.sites.capacity[site])]
    of_site = np.array([[float(pair[0] == site) for pair in pairs] for site in full]).reshape(len(full), len(pairs))
    room = problem.sites.capacity[full]
    people = problem.people[points]
    if everybody:
        found = linprog(cost, A_ub=of_site, b_ub=room, A_eq=of_point, b_eq=people)
    else:
        found = linprog(cost, A_ub=np.vstack([of_point, of_site]), b_ub=np.concatenate([people, room]))
    return float(found.fun) if found.status == 0 else None
