"""Gaps: uncovered people once each, whatever the order, with what is missing and why."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assessment import Question, assess_coverage
from geo.gaps import REASONS, find_gaps, letter_of
from geo.neighbourhoods import neighbourhoods
from geo.place import positions_lonlat
from geo.snapping import snap
from geo.walk import Walk

sys.path.insert(0, str(Path(__file__).parent))
from desk_places import node_position, with_facilities

NURSERIES = Question("nurseries", "sh2016-nursery", "planning")


@pytest.fixture(scope="module")
def gaps(place, catalog):
    return find_gaps(place, catalog, NURSERIES)


def test_gaps_hold_every_uncovered_point_once(place, catalog, gaps):
    coverage = assess_coverage(place, catalog, NURSERIES)
    lost = coverage.demand.index[coverage.demand["status"] != "covered"]
    assert sorted(name for gap in gaps for name in gap.points) == sorted(lost)
    assert sum(gap.people for gap in gaps) == coverage.weights.uncovered + coverage.weights.unreachable
    assert {gap.total_people for gap in gaps} == {82_884}


def test_ranked_by_people_and_lettered(gaps):
    people = [gap.people for gap in gaps]
    assert people == sorted(people, reverse=True)
    assert [gap.letter for gap in gaps] == [letter_of(number) for number in range(len(gaps))]
    assert 2 <= len(gaps) <= 20


def test_what_is_missing_is_the_median_walk_over_the_limit(place, catalog, gaps):
    demand = assess_coverage(place, catalog, NURSERIES).demand
    for gap in gaps:
        walks = np.repeat(
            demand.loc[list(gap.points), "distance_m"], place.demand.loc[list(gap.points), "people"].astype(int)
        )
        assert gap.distance_m == np.quantile(walks, 0.5, method="inverted_cdf")
        assert gap.missing_m == pytest.approx(gap.distance_m - 500)
        assert gap.missing_min == pytest.approx(gap.missing_m / 60)


def test_reasons_add_up_and_the_first_is_the_most(gaps):
    for gap in gaps:
        assert sum(gap.people_by_reason.values()) == pytest.approx(gap.people)
        assert set(gap.people_by_reason) <= set(REASONS)
        assert gap.people_by_reason[gap.why] == max(gap.people_by_reason.values())


def test_area_runs_along_streets_and_reaches_its_people(place, gaps):
    for gap in gaps:
        assert gap.area.is_valid
        homes = place.demand.geometry.loc[list(gap.points)].to_numpy()
        assert shapely.distance(homes, gap.area).max() < 1e-6
        # a band, not a hull
        assert gap.area.area < 0.8 * gap.area.convex_hull.area


def test_in_the_circle_but_a_long_way_round(place, catalog, gaps):
    demand = assess_coverage(place, catalog, NURSERIES).demand
    round_about = demand.index[(demand["status"] == "uncovered") & demand["circle"].astype(bool)]
    people = place.demand.loc[round_about, "people"].sum()
    assert sum(gap.people_by_reason.get("long_way_round", 0) for gap in gaps) == people > 0


def test_no_facility_at_all(place, catalog):
    gaps = find_gaps(place, catalog, Question("red_cross_stations", "red-cross-15", "planning"))
    assert sum(gap.people for gap in gaps) == 82_884
    assert {(gap.why, gap.nearest_facility, gap.missing_m) for gap in gaps} == {("no_facility_near", None, None)}


def test_everybody_covered_is_no_gap(place, catalog):
    everywhere = {f"f{k}": (x, y, {}) for k, (x, y) in enumerate(positions_lonlat(place.demand).tolist())}
    assert find_gaps(with_facilities(place, "nurseries", everywhere), catalog, NURSERIES) == []


def test_who_is_covered_only_through_a_shut_gate_lives_behind_it(place, catalog):
    lon, lat = node_position(place, 0.5)
    there = with_facilities(place, "nurseries", {"f": (lon, lat, {})})
    x, y = place.network.xy
    gate_x, gate_y = place.network.projection.to_xy(lon, lat)
    blocked = (np.hypot(x - gate_x, y - gate_y) > 1) & (np.hypot(x - gate_x, y - gate_y) < 400)
    shut = find_gaps(there, catalog, NURSERIES, Walk(blocked=blocked))
    lost = find_gaps(there, catalog, NURSERIES)
    behind = sum(gap.people_by_reason.get("gate", 0) for gap in shut)
    assert behind == sum(gap.people for gap in shut) - sum(gap.people for gap in lost) > 0


@settings(max_examples=10)
@given(st.permutations(range(40)))
def test_order_of_the_points_does_not_matter(place, order):
    chosen = np.linspace(0, len(place.demand) - 1, 40).astype(int)
    lonlat, people = positions_lonlat(place.demand)[chosen], place.weights[chosen]
    snaps = snap(place.network, lonlat[:, 0], lonlat[:, 1])
    group = neighbourhoods(place.network, snaps, people, lonlat)
    moved = np.array(order)
    again = neighbourhoods(place.network, snaps.take(moved), people[moved], lonlat[moved])
    assert again.tolist() == group[moved].tolist()


def test_points_far_apart_are_never_one_neighbourhood(make_network, on_edges):
    # 0 and 100 m are linked, 400 m is not: 300 m apart; the other end of the street is alone
    street = make_network([(0, 1)], [10_000])
    points = on_edges(street, [(0, 0, 0), (0, 1000, 0), (0, 4000, 0), (0, 10_000, 0)])
    lonlat = np.array([[121.43 + 0.001 * k, 31.23] for k in range(4)])
    group = neighbourhoods(street, points, np.array([1.0, 1.0, 9.0, 3.0]), lonlat)
    assert group.tolist() == [2, 2, 0, 1]


@pytest.mark.parametrize(("number", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")])
def test_letters(number, letter):
    assert letter_of(number) == letter
