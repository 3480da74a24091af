"""The band of a figure: seeded, holds the figure of locations that cannot move, and widens with what is not known."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from geo.assessment import Question, assess_coverage, read_place
from geo.uncertainty import coverage_band

sys.path.insert(0, str(Path(__file__).parent))
from desk_places import node_position, with_facilities

METRES = Question("nurseries", "sh2016-nursery", "planning")
MINUTES = Question("nurseries", "sh2016-15", "planning")


@pytest.fixture(scope="module")
def places(root, catalog, bundled):
    return {name: read_place(root / "data", catalog, name, bundled[name]) for name in ("caojiadu", "hudong")}


def _at(place, **accuracies):
    rows = {
        name: (*node_position(place, share), {"accuracy_m": accuracy_m})
        for (name, accuracy_m), share in zip(accuracies.items(), (0.3, 0.6, 0.9), strict=False)
    }
    return with_facilities(place, "nurseries", rows)


def test_same_seed_same_band(places, catalog):
    one, two, other = (coverage_band(places["caojiadu"], catalog, METRES, 40, seed) for seed in (7, 7, 8))
    assert one == two
    assert one != other


def test_band_holds_the_middle_and_the_figure_is_the_coverage(places, catalog):
    band = coverage_band(places["caojiadu"], catalog, METRES, 100)
    assert band.low_people < band.median_people < band.high_people
    assert band.people == assess_coverage(places["caojiadu"], catalog, METRES).weights.covered
    assert (band.moved, band.samples, band.demand, band.pace_mps) == (1, 0, "modelled", None)
    assert band.share_of(band.people) == band.people / 82_884


def test_known_exactly_is_no_band(places, catalog):
    band = coverage_band(_at(places["caojiadu"], a=0.0, b=None), catalog, METRES, 20)
    assert band.low_people == band.high_people == band.people
    assert (band.moved, band.influence) == (0, ())
    assert set(band.not_moved) == {"a", "b"}


def test_pace_alone_widens_a_rule_in_minutes(places, catalog):
    band = coverage_band(_at(places["caojiadu"], a=0.0), catalog, MINUTES, 60)
    assert band.low_people < band.people < band.high_people
    assert band.pace_mps == pytest.approx((0.9, 1.1))
    assert band.pace_is_assumed
    adult = coverage_band(_at(places["caojiadu"], a=0.0), catalog, Question("nurseries", "sh2016-15", "adult"), 5)
    assert adult.pace_mps == pytest.approx((4.3 / 3.6, 4.8 / 3.6))
    assert not adult.pace_is_assumed


def test_roughest_location_matters_most(places, catalog):
    band = coverage_band(_at(places["caojiadu"], a=5.0, b=300.0), catalog, METRES, 30)
    assert [each.facility for each in band.influence] == ["b", "a"]
    assert band.influence[0].spread_people > band.influence[1].spread_people


def test_nothing_to_walk_to(places, catalog):
    assert (
        coverage_band(places["caojiadu"], catalog, Question("red_cross_stations", "red-cross-15", "planning")) is None
    )


def test_a_few_hundred_runs_in_time(places, catalog):
    begun = time.process_time()
    band = coverage_band(places["hudong"], catalog, Question("cultural_rooms", "sh2016-15", "planning"))
    assert time.process_time() - begun < 5
    assert (band.runs, band.moved, len(band.influence)) == (300, 27, 27)
