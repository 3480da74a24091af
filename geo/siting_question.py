"""Siting on streets: demand points, candidates and existing facilities in, a siting problem and its answer out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from geo.access import nearest_facility
from geo.coverage import Tally
from geo.errors import Problem, RequestError
from geo.graph import BoolArray, FloatArray, Int32Array, Int64Array
from geo.network import WalkNetwork
from geo.reach import SparseRows, od_matrix
from geo.siting import CurvePoint, Effort, Siting, SitingProblem, coverage_curve, solve_siting
from geo.siting_problem import Model, Sites
from geo.snapping import Snaps, snap
from geo.walk import UNLIMITED_DM, Walk

MOST_PAIRS = 20_000_000


@dataclass(frozen=True, eq=False)
class Homes:
    """Demand: the doors people leave by on the streets, whose each door is, and people of each demand point.

    `owner` is None where each demand point is its own door.
    """

    doors: Snaps
    people: FloatArray
    owner: Int64Array | None = None


@dataclass(frozen=True, eq=False)
class SiteSet:
    """Sites on the streets, existing ones first, with what is known of them.

    Attributes:
        lonlat: Positions in degrees, (s, 2).
        ids: Ids of the sites.
        sites: Which are existing, required, excluded, competing; costs and capacities.
        limits_dm: A site's own limit, int64 (s,), -1 for the question's.
    """

    lonlat: FloatArray
    ids: tuple[object, ...]
    sites: Sites
    limits_dm: Int64Array


@dataclass(frozen=True)
class Asked:
    """The model and its numbers; `curve_to` asks for the people covered with every number of sites up to that."""

    model: Model
    p: int | None = None
    budget: float | None = None
    limit_dm: int | None = None
    curve_to: int = 0
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, eq=False)
class SitingAnswer:
    """What was asked and found.

    Attributes:
        siting: Model, status, objective, bound, gap, chosen sites, and who is served by whom.
        set: The sites that could be chosen, and the existing ones.
        before: People by status with the existing sites alone.
        after: People by status with the chosen sites too.
        points_after: Demand points by status, unweighted.
        curve: People covered by number of chosen sites, where it was asked for.
        streets: Name of the street that each site stands on.
        off_network: Number of sites too far from every street; they serve nobody.
    """

    siting: Siting
    set: SiteSet
    before: Tally
    after: Tally
    points_after: Tally
    curve: tuple[CurvePoint, ...]
    streets: tuple[str, ...]
    off_network: int


def answer_siting(
    network: WalkNetwork,
    homes: Homes,
    found: SiteSet,
    asked: Asked,
    walk: Walk | None = None,
    competitors: Snaps | None = None,
) -> SitingAnswer:
    """Choose sites on the streets.

    Args:
        network: The walking network.
        homes: Demand.
        found: Existing facilities and candidates.
        asked: Model, number, budget, limit.
        walk: What is closed, and the longest access leg.
        competitors: Other people's facilities (MCLP only): demand is won only by a site that is nearer than these.

    Raises:
        RequestError: A limit is missing where the model needs one, or there are too many pairs without one.
        DataError: The problem contradicts itself.
    """
    walk = walk or Walk()
    places = snap(network, found.lonlat[:, 0], found.lonlat[:, 1])
    _check_asked(asked, len(places) * len(homes.people), competitors)
    rows = rows_to_homes(network, places, homes, _limits(found, asked), walk)
    if competitors is not None:
        rows = _only_nearer(rows, _distance_dm(network, competitors, homes, walk))
    problem = SitingProblem(
        asked.model,
        rows,
        homes.people,
        found.sites,
        asked.p,
        asked.budget,
        asked.limit_dm,
        _distance_dm(network, places.take(found.sites.existing | found.sites.choosable), homes, walk),
    )
    siting = solve_siting(problem, asked.effort)
    if siting.status == "infeasible" and asked.model == "lscp" and asked.p is not None:
        siting = _with_least_limit(network, homes, problem, siting, (places, walk, asked))
    curve = coverage_curve(problem, asked.curve_to, asked.effort) if asked.curve_to else []
    reached = _distance_dm(network, places, homes, walk) >= 0
    return SitingAnswer(
        siting,
        found,
        _tally(homes.people, _reached_by(rows, found.sites.existing, len(homes.people)), reached),
        _tally(homes.people, siting.served_people, reached),
        _tally(np.ones(len(homes.people)), (siting.served_by >= 0).astype(np.float64), reached),
        tuple(curve),
        tuple(network.edge_name(int(edge)) if edge >= 0 else "" for edge in places.edge),
        int((~(places.access_m <= walk.max_access_m)).sum()),
    )


def _with_least_limit(
    network: WalkNetwork, homes: Homes, problem: SitingProblem, siting: Siting, known: tuple[Snaps, Walk, Asked]
) -> Siting:
    """Return the explanation with the least limit at which p sites would do: the answer of p-center."""
    places, walk, asked = known
    if len(places) * len(homes.people) > MOST_PAIRS:
        return siting
    everywhere = np.full(len(places), UNLIMITED_DM, dtype=np.int64)
    rows = rows_to_homes(network, places, homes, everywhere, walk)
    wide = replace(problem, model="p-center", rows=rows, limit_dm=None)
    least_m = solve_siting(wide, asked.effort).objective
    if least_m is None:
        return siting
    found = f"{asked.p} sites cannot serve everybody within {(asked.limit_dm or 0) / 10:g} m"
    why = Problem("limit_too_small", "limit_m", found, f"{least_m:g} m would do", figures={"least_limit_m": least_m})
    return replace(siting, explanation=(*siting.explanation, why))


def _check_asked(asked: Asked, pairs: int, competitors: Snaps | None) -> None:
    if asked.limit_dm is None and asked.model in {"lscp", "mclp"}:
        raise RequestError("no_limit", "limit_m", f"{asked.model} needs a limit", "Give one in metres or by a rule")
    if asked.limit_dm is None and pairs > MOST_PAIRS:
        found = f"{pairs:,} pairs of site and demand point are too many without a limit"
        raise RequestError("too_many_pairs", "limit_m", found, f"Give a limit, or stay under {MOST_PAIRS:,} pairs")
    if competitors is not None and asked.model != "mclp":
        found = f"{asked.model} wins nobody from competitors"
        raise RequestError("competitors_without_mclp", "competitors", found, "Ask for mclp, or leave them out")


def _limits(found: SiteSet, asked: Asked) -> Int64Array:
    common = UNLIMITED_DM if asked.limit_dm is None else asked.limit_dm
    return np.where(found.limits_dm < 0, common, found.limits_dm)


def rows_to_homes(network: WalkNetwork, places: Snaps, homes: Homes, limits_dm: Int64Array, walk: Walk) -> SparseRows:
    """Return for each site the demand points within its limit, by the door that is nearest."""
    farthest = int(limits_dm.max(initial=0))
    near = Walk(farthest, walk.max_access_m, walk.closed, walk.blocked, walk.half_wait_dm)
    rows = od_matrix(network, places, homes.doors, near)
    owner = np.repeat(np.arange(len(places)), np.diff(rows.first))
    item = rows.item.astype(np.int64) if homes.owner is None else homes.owner[rows.item]
    kept = rows.distance_dm <= limits_dm[owner]
    order = np.flatnonzero(kept)[np.lexsort((rows.distance_dm[kept], item[kept], owner[kept]))]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (owner[order][1:] != owner[order][:-1]) | (item[order][1:] != item[order][:-1])
    order = order[fresh]
    first = np.searchsorted(owner[order], np.arange(len(places) + 1)).astype(np.int64)
    return SparseRows(first, item[order].astype(np.uint32), rows.distance_dm[order])


def _distance_dm(network: WalkNetwork, places: Snaps, homes: Homes, walk: Walk) -> Int32Array:
    """Return the distance from each demand point to the nearest of `places` without a limit, -1 for none."""
    far = nearest_facility(network, places, homes.doors, walk).distance_dm
    if homes.owner is None:
        return far
    best = np.full(len(homes.people), UNLIMITED_DM, dtype=np.int32)
    np.minimum.at(best, homes.owner, np.where(far < 0, UNLIMITED_DM, far).astype(np.int32))
    return np.where(best == UNLIMITED_DM, -1, best).astype(np.int32)


def _only_nearer(rows: SparseRows, rival_dm: Int32Array) -> SparseRows:
    """Return the rows without the pairs for which a competitor is as near."""
    there = rival_dm[rows.item]
    kept = (there < 0) | (rows.distance_dm < there)
    before = np.concatenate([[0], np.cumsum(kept)])
    return SparseRows(before[rows.first].astype(np.int64), rows.item[kept], rows.distance_dm[kept])


def _reached_by(rows: SparseRows, chosen: BoolArray, points: int) -> FloatArray:
    reached = np.zeros(points)
    reached[rows.item[np.repeat(chosen, np.diff(rows.first))]] = np.inf
    return reached


def _tally(people: FloatArray, served: FloatArray, reached: BoolArray) -> Tally:
    """Return people by status; `served` are people of each point, infinite for all of them."""
    each = np.minimum(served, people)
    unreachable = float(people[~reached].sum())
    covered = float(each.sum())
    return Tally(float(people.sum()), covered, float(people.sum()) - covered - unreachable, unreachable)
