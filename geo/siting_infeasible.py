"""Why a siting problem has no answer: the demand point that binds, and the least limit or number that would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from geo.errors import Problem
from geo.graph import Int64Array
from geo.reach import SparseRows
from geo.siting_problem import SitingProblem

LeastNumber = Callable[[SitingProblem], float | None]


def points_out_of_reach(problem: SitingProblem, rows: SparseRows) -> Int64Array:
    """Return the demand points with people that no usable site reaches within the limit."""
    reached = np.zeros(len(problem.people), dtype=bool)
    reached[rows.item] = True
    return np.flatnonzero((problem.people > 0) & ~reached)


def explain_infeasible(problem: SitingProblem, rows: SparseRows, least: LeastNumber) -> Iterator[Problem]:
    """Yield why nothing can be chosen that serves everybody, and what would do.

    Args:
        problem: A problem without an answer.
        rows: Its usable rows.
        least: Solves an LSCP and returns its objective, None where it has none.
    """
    beyond = points_out_of_reach(problem, rows)
    if len(beyond):
        yield _out_of_reach(problem, beyond)
        return
    room = float(problem.sites.capacity[problem.sites.existing | problem.sites.choosable].sum())
    everybody = float(problem.people.sum())
    if room < everybody:
        found = f"all sites together have room for {room:g} of {everybody:g} people"
        figures: dict[str, float | int | str] = {"room_people": room, "people": everybody}
        yield Problem("capacity_short", "capacity", found, "Add sites, or raise capacities", figures=figures)
        return
    yield from _least_that_would_do(problem, least)


def _out_of_reach(problem: SitingProblem, beyond: Int64Array) -> Problem:
    people = float(problem.people[beyond].sum())
    limit = "at any distance" if problem.limit_dm is None else f"within {problem.limit_dm / 10:g} m"
    figures: dict[str, float | int | str] = {"points": len(beyond), "people": people}
    found = f"no site that may be open reaches {len(beyond)} demand points ({people:g} people) {limit}"
    if problem.nearest_dm is None:
        remedy = "Add candidates, or widen the limit"
        return Problem("out_of_reach", f"point {beyond[0]}", found, remedy, figures=figures)
    nearest_dm = problem.nearest_dm[beyond]
    cut_off = beyond[nearest_dm < 0]
    if len(cut_off):
        figures["binding_point"] = int(cut_off[0])
        remedy = "No street leads from this point to any site: bring candidates or streets there, or leave it out"
        return Problem("cut_off", f"point {cut_off[0]}", found, remedy, figures=figures)
    binding = int(beyond[np.argmax(nearest_dm)])
    least_m = float(nearest_dm.max()) / 10
    figures |= {"binding_point": binding, "least_limit_m": least_m}
    remedy = f"A limit of {least_m:g} m would do, or a candidate nearer to this point"
    return Problem("out_of_reach", f"point {binding}", found, remedy, figures=figures)


def _least_that_would_do(problem: SitingProblem, least: LeastNumber) -> Iterator[Problem]:
    whole = replace(problem, model="lscp", p=None, budget=None)
    ones = np.ones(len(problem.sites))
    number = least(replace(whole, sites=replace(problem.sites, cost=ones)))
    limit = "" if problem.limit_dm is None else f" within {problem.limit_dm / 10:g} m"
    if number is None:
        found = f"no choice serves everybody{limit}, however many sites are chosen"
        yield Problem("rivals_or_room", "candidates", found, "Loosen what competes, or raise capacities")
        return
    if problem.p is not None and number > problem.p:
        found = f"{problem.p} sites cannot serve everybody{limit}"
        figures: dict[str, float | int | str] = {"least_p": int(number)}
        yield Problem("p_too_small", "p", found, f"{number:g} sites would do", figures=figures)
    money = None if problem.budget is None else least(replace(whole, p=problem.p))
    if problem.budget is not None and money is not None and money > problem.budget:
        found = f"a budget of {problem.budget:g} cannot serve everybody{limit}"
        yield Problem("budget_too_small", "budget", found, f"{money:g} would do", figures={"least_budget": money})
