"""The circles' union inside an area equals drawing every one of them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.circles import circles_within
from geo.coverage import within_circle

AREA = shapely.Point(0, 0).buffer(900, quad_segs=20).difference(shapely.box(-100, -100, 50, 60))
_metres = st.integers(-1200, 1200).map(float)
_circle = st.tuples(_metres, _metres, st.sampled_from([30.0, 300.0, 500.0, 2500.0]))


def _every_circle(centres, radius):
    drawn = shapely.buffer(shapely.points(centres), radius, quad_segs=32)
    return shapely.intersection(shapely.union_all(drawn), AREA)


def _same(centres, radius):
    found, expected = circles_within(centres, radius, AREA), _every_circle(centres, radius)
    assert shapely.symmetric_difference(found, expected).area < 1e-3
    assert found.is_valid


@settings(max_examples=40, deadline=None)
@given(circles=st.lists(_circle, min_size=1, max_size=90))
def test_it_is_the_union_of_every_circle(circles):
    places = np.array(circles)
    _same(places[:, :2], places[:, 2])


@pytest.mark.parametrize("spread_m", [0.0, 20.0, 200.0, 900.0])
def test_hundreds_of_circles(spread_m):
    generator = np.random.default_rng(7)
    _same(generator.normal(100.0, spread_m, (400, 2)), generator.choice([50.0, 300.0], 400))


def test_circles_that_miss_the_area_promise_nothing():
    assert circles_within(np.array([[5000.0, 0.0]]), np.array([300.0]), AREA).is_empty


@settings(max_examples=40, deadline=None)
@given(
    facilities=st.lists(st.tuples(_metres, _metres, st.sampled_from([0, 300, 5000])), min_size=1, max_size=20),
    homes=st.lists(st.tuples(_metres, _metres), max_size=20),
)
def test_a_home_is_inside_where_any_facility_is_near_enough(facilities, homes):
    places, demand = np.array(facilities, dtype=float), np.array([*homes, (np.nan, np.nan)], dtype=float)
    limits = places[:, 2].astype(np.int32)
    distance = np.hypot(*(demand[:, None, :] - places[None, :, :2]).transpose(2, 0, 1))
    expected = (np.rint(distance * 10) <= limits).any(axis=1)
    assert within_circle(places[:, :2], demand, limits).tolist() == expected.tolist()
