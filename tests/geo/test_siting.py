"""Siting: published optima, every choice tried on small random problems, bounds that hold, and what is infeasible."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from geo.errors import DataError
from geo.orlib import read_distances, read_orlib, rows_of_matrix, within
from geo.siting import Effort, coverage_curve, solve_siting
from geo.siting_problem import MODELS, Sites, SitingProblem, check_problem, cover_of

sys.path.insert(0, str(Path(__file__).parent))
from siting_oracle import best_objective

PUBLISHED = (5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255)


def _problem(model, distance_m, people, limit_m=None, p=None, **known):
    distance_m = np.array(distance_m, dtype=float)
    limit_dm = None if limit_m is None else round(limit_m * 10)
    sites = replace(Sites.candidates(len(distance_m)), **{name: np.array(value) for name, value in known.items()})
    rows = rows_of_matrix(distance_m, limit_dm)
    return SitingProblem(model, rows, np.array(people, dtype=float), sites, p=p, limit_dm=limit_dm)


# Four sites and four points on a line at 0, 100, 200, 300 m; 10, 1, 1, 10 people.
LINE = [[abs(100 * site - 100 * point) for point in range(4)] for site in range(4)]
ENDS = [10, 1, 1, 10]


def test_golden_case_by_hand():
    # within 100 m site 1 reaches 0, 1, 2 (12 people), as site 2 does 1, 2, 3: two sites reach everybody
    assert solve_siting(_problem("lscp", LINE, ENDS, 100)).objective == 2
    one = solve_siting(_problem("mclp", LINE, ENDS, 100, p=1))
    assert (one.objective, one.bound, one.gap, one.status) == (12, 12, 0, "optimal")
    assert solve_siting(_problem("mclp", LINE, ENDS, 100, p=2)).objective == 22
    # sites 0 and 3: 10 x 0 + 1 x 100 + 1 x 100 + 10 x 0; one site: 1 x 100 + 1 x 200 + 10 x 300 = 3300 from site 0,
    # 10 x 100 + 0 + 100 + 10 x 200 = 3100 from site 1
    assert solve_siting(_problem("p-median", LINE, ENDS, p=2)).objective == 200
    assert solve_siting(_problem("p-median", LINE, ENDS, p=1)).objective == 3100
    assert solve_siting(_problem("p-center", LINE, ENDS, p=1)).objective == 200
    assert solve_siting(_problem("p-center", LINE, ENDS, p=2)).objective == 100


def test_who_is_served_by_whom():
    found = solve_siting(_problem("p-median", LINE, ENDS, p=2))
    assert found.chosen == (0, 3)
    assert found.served_by.tolist() == [0, 0, 3, 3]
    assert found.served_dm.tolist() == [0, 1000, 1000, 0]
    assert found.served_people.tolist() == [10, 1, 1, 10]


def test_existing_required_excluded_and_competing_sites():
    none = [False] * 4
    existing = solve_siting(_problem("mclp", LINE, ENDS, 100, p=1, existing=[True, False, False, False]))
    assert (existing.objective, existing.chosen) == (22, (2,))  # 11 served already; site 2 adds 1 + 10
    required = solve_siting(_problem("mclp", LINE, ENDS, 0, p=2, required=[False, True, False, False]))
    assert required.objective == 11
    assert 1 in required.chosen
    excluded = _problem("mclp", LINE, ENDS, 0, p=1, excluded=[True, False, False, True])
    assert solve_siting(excluded).objective == 1
    competing = _problem("mclp", LINE, ENDS, 0, p=2, rivals=np.array([7, -1, -1, 7], dtype=np.int32), existing=none)
    assert solve_siting(competing).objective == 11  # one of the two ends, and one in the middle


def test_capacity_and_budget():
    # site 0 has room for 4 of the 10 at its place: 4 + 10
    full = _problem("mclp", LINE, ENDS, 0, p=2, capacity=[4.0, 9.0, 9.0, np.inf])
    assert solve_siting(full).objective == 14
    # 5 buys an end and a middle, not both ends
    dear = replace(_problem("mclp", LINE, ENDS, 0, cost=[4.0, 1.0, 1.0, 4.0]), budget=5.0)
    assert solve_siting(dear).objective == 11
    assert solve_siting(replace(dear, budget=8.0)).objective == 20
    assert solve_siting(replace(dear, budget=7.9)).objective == 12  # an end and both middles


def test_points_without_people_play_no_part():
    assert solve_siting(_problem("lscp", LINE, [10, 0, 0, 0], 100)).objective == 1
    assert solve_siting(_problem("p-center", LINE, [0, 0, 1, 0], p=1)).objective == 0


def _random(rng, model):
    count, points = int(rng.integers(2, 8)), int(rng.integers(1, 9))
    distance_m = rng.integers(1, 60, (count, points)).astype(float)
    distance_m[rng.random((count, points)) < 0.15] = np.inf
    existing = rng.random(count) < 0.15
    required = (rng.random(count) < 0.1) & ~existing
    excluded = (rng.random(count) < 0.1) & ~existing & ~required
    competing = rng.random(count) < 0.3 * rng.integers(0, 2)
    rivals = np.where(competing, rng.integers(0, 2, count), -1).astype(np.int32)
    for number in (0, 1):
        rivals[np.flatnonzero(required & (rivals == number))[1:]] = -1
    cost = rng.integers(1, 6, count).astype(float) if rng.random() < 0.5 else np.ones(count)
    has_room = rng.random(count) < 0.7 * (rng.random() < 0.4)
    capacity = np.where(has_room, rng.integers(1, 20, count), np.inf)
    limit_m = float(rng.choice([20.0, 40.0, 1e6]))
    p = None if model == "lscp" and rng.random() < 0.6 else int(max(required.sum(), rng.integers(1, 5)))
    budget = float(max(cost[required].sum(), rng.integers(2, 12))) if rng.random() < 0.4 else None
    people = rng.integers(0, 9, points) + 0.5 * rng.integers(0, 2)
    sites = Sites(existing, required, excluded, rivals, cost, capacity)
    limit_dm = None if limit_m > 1e5 else round(limit_m * 10)
    rows = rows_of_matrix(distance_m, limit_dm)
    return SitingProblem(model, rows, people, sites, p, budget, limit_dm), distance_m, limit_m


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rounds", [12, pytest.param(250, marks=pytest.mark.slow)])
def test_no_choice_is_better(model, rounds):
    rng = np.random.default_rng(20 + MODELS.index(model))
    infeasible = 0
    for _ in range(rounds):
        problem, distance_m, limit_m = _random(rng, model)
        best, found = best_objective(problem, distance_m, limit_m), solve_siting(problem)
        infeasible += best is None
        assert (found.objective is None) == (best is None)
        assert found.status == ("infeasible" if best is None else "optimal")
        if best is not None:
            assert found.objective == pytest.approx(best, abs=1e-6)
            assert found.bound == found.objective
    assert infeasible < rounds or model == "mclp"


@pytest.mark.parametrize("model", ["mclp", "p-median"])
def test_heuristic_answers_are_real_and_their_bounds_hold(model):
    rng = np.random.default_rng(5)
    for _ in range(20):
        problem, distance_m, limit_m = _random(rng, model)
        problem = replace(problem, sites=replace(problem.sites, capacity=np.full(len(problem.sites), np.inf)))
        best, found = best_objective(problem, distance_m, limit_m), solve_siting(problem, Effort("heuristic"))
        if best is None or found.objective is None:
            continue
        worse, better = (found.objective, found.bound) if model == "mclp" else (found.bound, found.objective)
        assert worse <= best + 1e-6
        assert better >= best - 1e-6


@pytest.mark.parametrize(
    "number", [2, 4, 5, 8, 10, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 3, 6, 7, 9))]
)
def test_published_optima_of_the_orlib(extracts, number):
    table = read_orlib((extracts / "orlib" / f"pmed{number}.txt").read_text(encoding="utf-8"), f"pmed{number}")
    sites = Sites.candidates(len(table.candidate_ids))
    found = solve_siting(SitingProblem("p-median", table.rows, table.people, sites, table.p), Effort("exact", 300))
    assert (found.objective, found.status) == (PUBLISHED[number - 1], "optimal")
    assert len(found.chosen) == table.p


@pytest.fixture(scope="module")
def san_francisco(root):
    path = root / "tests" / "data" / "siting" / "san_francisco.csv"
    return read_distances(path.read_text(encoding="utf-8"), path.name)


def test_published_optima_of_san_francisco(san_francisco):
    table, sites = san_francisco, Sites.candidates(16)
    assert table.people.sum() == 955_113
    rows = within(table.rows, 50_000)
    lscp = solve_siting(SitingProblem("lscp", rows, table.people, sites, limit_dm=50_000))
    mclp = solve_siting(SitingProblem("mclp", rows, table.people, sites, p=4, limit_dm=50_000))
    assert (lscp.objective, len(lscp.chosen), lscp.status) == (8, 8, "optimal")
    assert (mclp.objective, mclp.bound, mclp.status) == (875_247, 875_247, "optimal")
    assert mclp.served_people.sum() == 875_247


def test_curve_rises_and_stops(san_francisco):
    problem = SitingProblem("mclp", within(san_francisco.rows, 50_000), san_francisco.people, Sites.candidates(16), p=1)
    curve = coverage_curve(problem, 16)
    covered = [point.covered_people for point in curve]
    assert [point.p for point in curve] == list(range(len(curve)))
    assert covered[0] == 0
    assert covered[4] == 875_247
    assert all(more > less for less, more in pairwise(covered))
    assert curve[-1].share >= 0.99
    assert curve[-2].share < 0.99


def test_same_problem_same_answer(san_francisco):
    problem = SitingProblem("mclp", within(san_francisco.rows, 20_000), san_francisco.people, Sites.candidates(16), p=5)
    one, two = (solve_siting(problem) for _ in range(2))
    assert one.chosen == two.chosen
    assert one.objective == two.objective


# Infeasible problems


def _only_code(found):
    assert found.status == "infeasible"
    assert (found.objective, found.chosen) == (None, ())
    assert len(found.explanation) == 1
    return found.explanation[0]


def test_binding_point_and_least_limit():
    problem = _problem("lscp", [[50, 90, 260], [70, 30, 400]], [1, 1, 5], 100)
    problem = replace(problem, nearest_dm=np.array([500, 300, 2600], dtype=np.int32))
    why = _only_code(solve_siting(problem))
    assert (why.code, why.where) == ("out_of_reach", "point 2")
    assert why.figures == {"points": 1, "people": 5.0, "binding_point": 2, "least_limit_m": 260.0}


def test_least_limit_would_do_and_less_would_not():
    wide = [[50, 90, 260], [70, 30, 400]]
    assert solve_siting(_problem("lscp", wide, [1, 1, 5], 260)).status == "optimal"
    assert solve_siting(_problem("lscp", wide, [1, 1, 5], 259.9)).status == "infeasible"


def test_least_number_would_do():
    why = _only_code(solve_siting(_problem("lscp", LINE, ENDS, 100, p=1)))
    assert (why.code, why.figures) == ("p_too_small", {"least_p": 2})


def test_island_that_no_street_leads_to():
    problem = _problem("p-median", [[10, np.inf], [20, np.inf]], [3, 4], p=1)
    why = _only_code(solve_siting(replace(problem, nearest_dm=np.array([100, -1], dtype=np.int32))))
    assert (why.code, why.figures["binding_point"]) == ("cut_off", 1)


def test_room_for_too_few_and_budget_too_small():
    short = _problem("lscp", LINE, ENDS, 300, capacity=[2.0, 2.0, 2.0, 2.0])
    assert _only_code(solve_siting(short)).figures == {"room_people": 8.0, "people": 22.0}
    dear = replace(_problem("lscp", LINE, ENDS, 100, cost=[4.0, 3.0, 3.0, 4.0]), budget=5.0)
    assert _only_code(solve_siting(dear)).figures == {"least_budget": 6.0}


def test_contradictions_are_told_together():
    problem = _problem(
        "mclp", LINE, ENDS, 100, required=[True, True, False, False], excluded=[True, False, False, False]
    )
    rivals = replace(
        problem.sites, rivals=np.array([0, 0, -1, -1], dtype=np.int32), cost=np.array([1.0, -1.0, 1.0, 1.0])
    )
    with pytest.raises(DataError) as caught:
        check_problem(replace(problem, sites=rivals))
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["no_number", "contradiction", "rivals_required", "bad_number"]


# Readers


def test_last_cost_of_a_repeated_edge_counts():
    table = read_orlib("2 2 1\n1 2 9\n2 1 4\n", "twice")
    assert table.p == 1
    assert sorted(table.rows.distance_dm.tolist()) == [0, 0, 40, 40]


@pytest.mark.parametrize("text", ["", "3 1", "2 1 1\n1 3 5\n", "2 2 1\n1 2 5\n", "2 1 5\n1 2 5\n", "a b c"])
def test_other_texts_are_no_orlib_instance(text):
    with pytest.raises(DataError) as caught:
        read_orlib(text, "file")
    assert caught.value.problems[0].code == "not_orlib"


def test_distances_tell_every_fault():
    with pytest.raises(DataError) as caught:
        read_distances("distance,name,point,people\n5,a,x,1\n-1,a,x,2\n", "d.csv")
    assert [problem.code for problem in caught.value.problems] == ["bad_number", "pair_twice", "people_disagree"]
    with pytest.raises(DataError) as caught:
        read_distances("metres,who\n", "d.csv")
    assert len(caught.value.problems) == 3


def test_points_of_the_same_sites_are_one_class():
    rows = rows_of_matrix(np.array([[1, 1, np.inf, 1], [np.inf, np.inf, 2, 5.0]]))
    cover = cover_of(rows, np.array([1.0, 2.0, 4.0, 8.0]))
    assert cover.of_point[0] == cover.of_point[1]
    assert len(set(cover.of_point.tolist())) == 3
    assert sorted(cover.weight.tolist()) == [3, 4, 8]


def test_a_search_cut_short_still_has_a_bound():
    rng = np.random.default_rng(3)
    place, home = rng.uniform(0, 2000, (120, 2)), rng.uniform(0, 2000, (400, 2))
    distance_m = np.hypot(*(place[:, None] - home[None]).transpose(2, 0, 1))
    problem = _problem("lscp", distance_m, np.ones(400), 450)
    found = solve_siting(problem, Effort("exact", 1e-9))
    assert np.isfinite(found.bound)
    assert 0 <= found.bound <= found.objective
    proved = solve_siting(problem, Effort("exact", 30))
    assert found.bound <= proved.objective <= found.objective
