"""Geodesic lengths against figures of the ellipsoid itself, and the local projection against geodesics."""

from __future__ import annotations

import numpy as np
import pytest

from geo.datum import LocalProjection, edge_lengths_dm, geodesic_lengths_m

PLACES = {"Shanghai": (121.43, 31.23), "Helsinki": (24.94, 60.17), "Porto Alegre": (-51.23, -30.03), "Suva": (180, -18)}


def test_a_degree_along_the_equator():
    # a = 6378137 m; one degree = a * pi / 180 = 111319.490793 m
    assert geodesic_lengths_m(0, 0, 1, 0) == pytest.approx([111_319.490793], abs=1e-6)


def test_from_the_equator_to_the_pole():
    # a quarter of the WGS-84 meridian is 10 001 965.729 m
    assert geodesic_lengths_m(121, 0, 121, 90) == pytest.approx([10_001_965.729], abs=1e-3)


def test_across_the_date_line():
    assert geodesic_lengths_m(179.5, 0, -179.5, 0) == pytest.approx([111_319.490793], abs=1e-6)


def test_arrays_keep_their_order():
    lengths = geodesic_lengths_m([0, 0], [0, 0], [0, 1], [0, 0])
    assert lengths.shape == (2,)
    assert lengths[0] == 0
    assert lengths[1] > 111_000


def test_lengths_are_rounded_once_and_at_least_one_decimetre():
    # 1e-6 degrees along the equator are 0.1113 m: 1 dm; 1.6e-6 are 0.178 m: 2 dm; 1e-7 are 0.011 m: still 1 dm
    found = edge_lengths_dm([0, 0, 0, 0], [0, 0, 0, 0], [1e-6, 1.6e-6, 1e-7, 0], [0, 0, 0, 0])
    assert found.dtype == np.int32
    assert found.tolist() == [1, 2, 1, 1]
    # 1 degree: 1113194.9 dm, rounded up
    assert edge_lengths_dm(0, 0, 1, 0).tolist() == [1_113_195]


@pytest.mark.parametrize(("lon", "lat"), PLACES.values(), ids=PLACES.keys())
def test_projection_there_and_back(lon, lat):
    projection = LocalProjection(lon, lat)
    x, y = np.meshgrid(np.linspace(-20_000, 20_000, 9), np.linspace(-20_000, 20_000, 9))
    back_x, back_y = projection.to_xy(*projection.to_lonlat(x, y))
    assert np.abs(back_x - x).max() < 1e-3
    assert np.abs(back_y - y).max() < 1e-3


@pytest.mark.parametrize(("lon", "lat"), PLACES.values(), ids=PLACES.keys())
def test_projection_keeps_distances(lon, lat):
    projection = LocalProjection(lon, lat)
    random = np.random.default_rng(1)
    x, y = random.uniform(-20_000, 20_000, (2, 200))
    lon1, lat1 = projection.to_lonlat(x, y)
    lon2, lat2 = projection.to_lonlat(x + 300, y - 400)
    # 500 m in the plane, anywhere within 20 km of the centre
    assert np.abs(geodesic_lengths_m(lon1, lat1, lon2, lat2) - 500).max() < 500 * 2e-5


def test_projection_is_centred_and_turned_to_the_north():
    projection = LocalProjection.around([121.0, 122.0], [31.0, 31.5])
    assert (projection.lon0, projection.lat0) == (121.5, 31.25)
    x, y = projection.to_xy([121.5, 121.5, 121.51], [31.25, 31.26, 31.25])
    assert np.hypot(x[0], y[0]) < 1e-6
    assert abs(x[1]) < 1e-6
    assert 1108 < y[1] < 1109.5
    assert 950 < x[2] < 956
