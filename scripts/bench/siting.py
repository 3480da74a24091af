#!/usr/bin/env python3
"""Siting side by side: greedy, exchange, bound and HiGHS on one large MCLP, with spopt as the peer.

`python scripts/bench/siting.py` needs the `bench` extra for spopt (`--without-peer` leaves it out). The instance is
made here: 2,000 candidates and 20,000 demand points of a city 20 km wide with 40 centres, seven points of ten within a
few kilometres of a centre, 1 to 399 people each, a straight-line limit of 1,000 m. Every subject gets the same pairs.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scipy.spatial import cKDTree

from geo.reach import SparseRows
from geo.siting import Effort, solve_siting
from geo.siting_exact import prove_cover
from geo.siting_greedy import exchange_cover, start_of
from geo.siting_problem import Sites, SitingProblem, cover_of

SIDE_M, CENTRES, SPREAD_M, SHARE_APART, LIMIT_M = 20_000.0, 40, 1_500.0, 0.3, 1_000.0


def make_instance(candidates: int, demand: int, seed: int) -> tuple[SparseRows, np.ndarray]:
    """Return the pairs within the limit and the people of each demand point."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, SIDE_M, (CENTRES, 2))

    def points(count: int) -> np.ndarray:
        near = centres[rng.integers(0, CENTRES, count)] + rng.normal(0, SPREAD_M, (count, 2))
        apart = rng.random(count) < SHARE_APART
        near[apart] = rng.uniform(0, SIDE_M, (int(apart.sum()), 2))
        return near

    homes, sites = points(demand), points(candidates)
    people = rng.integers(1, 400, demand).astype(np.float64)
    found = [np.sort(np.array(each, dtype=np.int64)) for each in cKDTree(homes).query_ball_point(sites, LIMIT_M)]
    first = np.concatenate([[0], np.cumsum([len(each) for each in found])]).astype(np.int64)
    item = np.concatenate(found)
    owner = np.repeat(np.arange(candidates), np.diff(first))
    distance_dm = np.rint(np.hypot(*(sites[owner] - homes[item]).T) * 10)
    return SparseRows(first, item.astype(np.uint32), distance_dm.astype(np.uint32)), people


def measure(problem: SitingProblem, highs_s: float, *, with_peer: bool) -> list[dict[str, Any]]:
    """Return one row a subject: people covered, bound, gap, seconds."""
    rows = [_exchange(problem), _ours(problem)]
    rows.append(_highs(problem, highs_s))
    if with_peer:
        rows.append(_spopt(problem, highs_s))
    return [{"p": problem.p, **row} for row in rows]


def _exchange(problem: SitingProblem) -> dict[str, Any]:
    begun, spent = time.perf_counter(), time.process_time()
    cover = cover_of(problem.rows, problem.people)
    _, value = exchange_cover(problem, cover, start_of(problem))
    return {
        "subject": "greedy and exchange",
        "people": value,
        "bound": None,
        "s": time.perf_counter() - begun,
        "cpu_s": time.process_time() - spent,
    }


def _ours(problem: SitingProblem) -> dict[str, Any]:
    begun, spent = time.perf_counter(), time.process_time()
    found = solve_siting(problem, Effort("heuristic"))
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - spent
    return {
        "subject": "exchange with bound (ours)",
        "people": found.objective,
        "bound": found.bound,
        "s": seconds,
        "cpu_s": cpu_s,
    }


def _highs(problem: SitingProblem, limit_s: float) -> dict[str, Any]:
    begun, spent = time.perf_counter(), time.process_time()
    cover = cover_of(problem.rows, problem.people)
    proved = prove_cover(problem, cover, start_of(problem), limit_s)
    people = None if proved.open is None else proved.objective
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - spent
    return {
        "subject": f"HiGHS alone, {limit_s:g} s",
        "people": people,
        "bound": proved.bound,
        "s": seconds,
        "cpu_s": cpu_s,
    }


def _spopt(problem: SitingProblem, limit_s: float) -> dict[str, Any]:
    """Let spopt build its own model of the dense matrix and solve it with HiGHS through PuLP."""
    import pulp
    from spopt.locate import MCLP

    begun, spent = time.perf_counter(), time.process_time()
    count = len(problem.sites)
    matrix = np.full((len(problem.people), count), 1e9)
    owner = np.repeat(np.arange(count), np.diff(problem.rows.first))
    matrix[problem.rows.item, owner] = problem.rows.distance_dm / 10
    model = MCLP.from_cost_matrix(matrix, problem.people, service_radius=LIMIT_M, p_facilities=problem.p)
    built_s = time.perf_counter() - begun
    people = None
    try:
        solved = model.solve(pulp.HiGHS(msg=False, timeLimit=limit_s), results=False)
        people = float(pulp.value(solved.problem.objective) or 0.0)
    except RuntimeError as error:
        print(f"spopt: {error}", file=sys.stderr)
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - spent
    subject = f"spopt with HiGHS, {limit_s:g} s (model alone {built_s:.0f} s)"
    return {"subject": subject, "people": people, "bound": None, "s": seconds, "cpu_s": cpu_s}


def as_table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table; the gap is against our certified bound of the same p."""
    bounds = {row["p"]: row["bound"] for row in rows if "ours" in row["subject"]}
    lines = [
        "| p | subject | people covered | upper bound | gap to the certified bound | clock | processor |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        people, bound = row["people"], row["bound"]
        gap = "" if people is None else f"{1 - people / bounds[row['p']]:.2%}"
        shown = ["none" if value is None else f"{value:,.0f}" for value in (people, bound)]
        seconds = f"{row['s']:.2f} s | {row['cpu_s']:.2f} s"
        lines.append(f"| {row['p']} | {row['subject']} | {shown[0]} | {shown[1]} | {gap} | {seconds} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--demand", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-p", type=int, nargs="+", default=[1, 5, 10, 20, 50])
    parser.add_argument("--highs-s", type=float, default=40.0, help="time for HiGHS, alone and under spopt")
    parser.add_argument("--peer-p", type=int, nargs="*", default=[20], help="p for spopt; its model takes minutes")
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    pairs, people = make_instance(options.candidates, options.demand, options.seed)
    sites = Sites.candidates(options.candidates)
    warm = SitingProblem("mclp", pairs, people, sites, p=1)
    solve_siting(warm, Effort("heuristic"))
    rows: list[dict[str, Any]] = []
    peer_p = [] if options.without_peer else options.peer_p
    for p in options.p:
        problem = SitingProblem("mclp", pairs, people, sites, p=p)
        rows += measure(problem, options.highs_s, with_peer=p in peer_p)
        print(as_table([row for row in rows if row["p"] == p]), file=sys.stderr, flush=True)
    print(f"{len(pairs.item):,} pairs, seed {options.seed}, Python {platform.python_version()}, {platform.machine()}\n")
    print(as_table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
