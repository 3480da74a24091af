"""Fairness and supply: golden sums, committees that share a place, who is worst off, and two steps of catchment."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assessment import Question
from geo.committees import read_committees
from geo.fairness import assess_fairness
from geo.floating_catchment import two_step
from geo.inequality import lorenz, worst_served
from geo.orlib import rows_of_matrix
from geo.supply import assess_supply, score_homes

sys.path.insert(0, str(Path(__file__).parent))
from desk_places import node_position, with_facilities

NURSERIES = Question("nurseries", "sh2016-15", "planning")


@pytest.fixture(scope="module")
def committees(root):
    path = root / "data" / "base" / "committees.geojson"
    return {name: read_committees(path, name) for name in ("caojiadu", "hudong")}


# Lorenz and Gini


def test_golden_gini():
    # two people with 1 and 3: the mean absolute difference is (0 + 2 + 2 + 0) / 4 = 1, over twice the mean of 2: 1/4
    found = lorenz(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    assert found.gini == pytest.approx(0.25)
    assert found.people.tolist() == [0, 0.5, 1]
    assert found.held.tolist() == [0, 0.25, 1]
    assert lorenz(np.array([5.0, 5.0, 5.0]), np.array([1.0, 2.0, 9.0])).gini == pytest.approx(0)
    # one of four has it all: 1 - 1/4
    assert lorenz(np.array([0.0, 8.0]), np.array([3.0, 1.0])).gini == pytest.approx(0.75)
    assert lorenz(np.array([np.nan, 0.0]), np.array([3.0, 1.0])) is None


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=8))
def test_gini_is_the_mean_absolute_difference_over_twice_the_mean(groups):
    values, people = (np.array(each, dtype=float) for each in zip(*groups, strict=True))
    everybody = np.repeat(values, people.astype(int))
    found = lorenz(values, people)
    if not everybody.sum():
        assert found is None
        return
    apart = np.abs(everybody[:, None] - everybody[None, :]).mean()
    assert found.gini == pytest.approx(apart / (2 * everybody.mean()), abs=1e-9)
    assert (np.diff(found.held) >= -1e-12).all()


def test_worst_served_takes_the_last_group_in_part():
    # a tenth of 100 people: the 3 who reach nothing, the 5 who walk 900 m, and 2 of the 12 who walk 800 m
    distance_m = np.array([800.0, np.nan, 100.0, 900.0])
    points, part = worst_served(distance_m, np.array([12.0, 3.0, 80.0, 5.0]))
    assert points.tolist() == [1, 3, 0]
    assert part.tolist() == [3, 5, 2]


# Committees


def test_committees_on_one_spot_are_one_group(committees):
    assert (len(committees["caojiadu"].groups), len(committees["caojiadu"].unplaced)) == (8, 6)
    hudong = committees["hudong"]
    assert sum(len(group.codes) for group in hudong.groups) == 27
    assert len(hudong.unplaced) == 5
    shared = [group for group in hudong.groups if len(group.codes) > 1]
    assert sorted(len(group.codes) for group in shared) == [2, 2, 4]


def test_committees_share_out_everybody(place, catalog, committees):
    found = assess_fairness(place, catalog, NURSERIES, committees["caojiadu"])
    assert sum(each.people.total for each in found.committees) + found.outside == 82_884
    assert sum(each.people.covered for each in found.committees) == found.people.covered
    shares = [each.people.share for each in found.committees]
    assert shares == sorted(shares)
    assert found.modelled
    assert found.basis == "modelled"
    assert len(found.unplaced) == 6
    assert found.worst.people == pytest.approx(8_288.4)
    assert found.worst.mean_m > found.worst.least_m


def test_no_facility_no_fairness(place, catalog, committees):
    question = Question("red_cross_stations", "red-cross-15", "planning")
    assert assess_fairness(place, catalog, question, committees["caojiadu"]) is None


# Supply


def test_two_steps_by_hand():
    # facility a: 12 places for 4 + 2 people, 2 each; facility b: 9 places for 2 + 7 people, 1 each;
    # the point in reach of both has 3 a person; 4 x 2 + 2 x 3 + 7 x 1 = 21 = all places
    rows = rows_of_matrix(np.array([[10.0, 10.0, np.inf], [np.inf, 10.0, 10.0]]))
    found = two_step(rows, np.array([12.0, 9.0]), np.array([4.0, 2.0, 7.0]))
    assert found.ratio.tolist() == [2, 1]
    assert found.supply.tolist() == [2, 3, 1]
    assert found.people.tolist() == [6, 9]


def test_facility_that_nobody_reaches_has_no_ratio():
    found = two_step(rows_of_matrix(np.array([[np.inf, np.inf]])), np.array([5.0]), np.array([1.0, 1.0]))
    assert np.isnan(found.ratio).all()
    assert found.supply.tolist() == [0, 0]


def test_supply_of_nurseries(place, catalog):
    # 40 places for 82,884 people: 0.483 a thousand; all 40 are within reach of somebody
    found = assess_supply(place, catalog, NURSERIES)
    assert found.capacity == 40
    assert found.per_thousand == pytest.approx(40 / 82.884)
    assert float((found.catchment.supply * place.weights).sum()) == pytest.approx(40)
    assert set(found.property_used.values()) == {"places"}


def test_facility_without_capacity_is_named(place, catalog):
    here, there = node_position(place, 0.4), node_position(place, 0.5)
    rows = {"a": (*here, {}), "b": (*there, {"capacity": 30})}
    found = assess_supply(with_facilities(place, "nurseries", rows), catalog, NURSERIES)
    assert (found.without_capacity, found.facilities, found.capacity) == (("a",), ("b",), 30)


def test_score_names_what_is_missing_heaviest_first(place, catalog):
    questions = [
        NURSERIES,
        Question("mediation_centres", "sh2016-15", "planning"),
        Question("red_cross_stations", "red-cross-15", "planning"),
    ]
    found = score_homes(place, catalog, questions, {"nurseries": 1.0, "mediation_centres": 3.0})
    assert found.weights == {"nurseries": 0.25, "mediation_centres": 0.75}
    assert found.not_counted == ("red_cross_stations",)
    assert set(found.homes["score"]) <= {0.0, 0.25, 0.75, 1.0}
    neither = found.homes[found.homes["score"] == 0]
    assert set(neither["missing"]) == {("mediation_centres", "nurseries")}
    assert found.all_people == found.homes.loc[found.homes["score"] == 1, "people"].sum()
    assert found.mean == pytest.approx(np.average(found.homes["score"], weights=found.homes["people"]))
