"""Coverage: the limit to the decimetre, statuses that add up, radii of their own, circles, the edge of the data."""

from __future__ import annotations

import numpy as np
import pytest

from geo.coverage import cover, edge_of_data, tally, within_circle
from geo.known_area import depths_m
from geo.snapping import snap


@pytest.fixture(scope="module")
def street(make_network):
    """Return 0 - 1 - 2 with edges of 4000 and 6000, and an island 3 - 4 of 500."""
    return make_network([(0, 1), (1, 2), (3, 4)], [4000, 6000, 500])


def test_limit_is_inclusive_to_the_decimetre(street, on_edges):
    # facility 100 from node 0, 30 off the street; home on e1, 870 from node 1: 30 + 3900 + 870 = 4800, the next 4801
    facilities = on_edges(street, [(0, 100, 30)])
    homes = on_edges(street, [(1, 870, 0), (1, 871, 0), (1, 860, 10), (1, 860, 11)])
    found = cover(street, facilities, homes, 4800)
    assert found.nearest.distance_dm.tolist() == [4800, 4801, 4800, 4801]
    assert found.status.tolist() == ["covered", "uncovered", "covered", "uncovered"]
    assert found.covered.tolist() == [True, False, True, False]
    assert cover(street, facilities, homes, 4799).covered.sum() == 0
    assert cover(street, facilities, homes, 4801).covered.all()


def test_covered_uncovered_and_unreachable(street, on_edges):
    found = cover(street, on_edges(street, [(0, 0, 0)]), on_edges(street, [(0, 50, 0), (1, 0, 0), (2, 9, 0)]), 900)
    assert found.status.tolist() == ["covered", "uncovered", "unreachable"]
    assert found.nearest.reason.tolist() == [None, None, "no_path"]


def test_service_radius_of_one_facility_overrides_the_limit(street, on_edges):
    # facility 0 at node 0 with a radius of its own of 300, facility 1 at node 2 under the rule's 2000
    facilities = on_edges(street, [(0, 0, 0), (1, 6000, 0)])
    homes = on_edges(street, [(0, 300, 0), (0, 301, 0), (0, 1999, 0), (1, 4000, 0), (1, 3999, 0)])
    found = cover(street, facilities, homes, np.array([300, 2000]))
    assert found.covered.tolist() == [True, False, False, True, False]
    # what is nearest does not change
    assert found.nearest.facility.tolist() == [0, 0, 0, 1, 1]


def test_wide_radius_reaches_past_a_nearer_facility(street, on_edges):
    # facility 0 at node 0 has a radius of 100, facility 1 at node 2 one of 10000: all of the street is covered
    facilities = on_edges(street, [(0, 0, 0), (1, 6000, 0)])
    homes = on_edges(street, [(0, 0, 0), (0, 100, 0), (0, 500, 0)])
    found = cover(street, facilities, homes, np.array([100, 10_000]))
    assert found.status.tolist() == ["covered"] * 3
    assert found.nearest.facility.tolist() == [0, 0, 0]


def test_nobody_and_no_facility(street, on_edges):
    found = cover(street, on_edges(street, []), on_edges(street, [(0, 0, 0)]), 900)
    assert found.status.tolist() == ["unreachable"]
    assert found.nearest.reason.tolist() == ["no_facility"]
    assert cover(street, on_edges(street, [(0, 0, 0)]), on_edges(street, []), 900).status.tolist() == []


def test_tally():
    status = np.array(["covered", "uncovered", "covered", "unreachable"], dtype=object)
    found = tally(np.array([10.0, 5.0, 2.5, 2.5]), status)
    assert (found.total, found.covered, found.uncovered, found.unreachable) == (20.0, 12.5, 5.0, 2.5)
    assert found.share == 0.625
    assert found.share_of(found.unreachable) == 0.125


def test_share_of_nobody_is_null():
    found = tally(np.zeros(2), np.array(["covered", "uncovered"], dtype=object))
    assert found.total == 0
    assert found.share is None
    assert found.share_of(0.0) is None
    assert tally(np.zeros(0), np.array([], dtype=object)).share is None


def test_circle_is_inclusive_to_the_decimetre():
    # 30 m east and 40 m north: 50 m
    homes = np.array([[30.0, 40.0], [30.0, 40.2], [np.nan, np.nan]])
    assert within_circle(np.array([[0.0, 0.0]]), homes, 500).tolist() == [True, False, False]
    assert within_circle(np.array([[0.0, 0.0]]), homes, 499).tolist() == [False, False, False]
    assert within_circle(np.array([[0.0, 0.0], [30.0, 41.0]]), homes, [499, 8]).tolist() == [False, True, False]
    assert within_circle(np.zeros((0, 2)), homes, 500).tolist() == [False] * 3


def test_walk_never_covers_what_the_circle_does_not(bundled):
    for network in bundled.values():
        random = np.random.default_rng(4)
        box = network.lon.min(), network.lon.max(), network.lat.min(), network.lat.max()
        lon, lat = random.uniform(box[0], box[1], 300), random.uniform(box[2], box[3], 300)
        places, homes = snap(network, lon[:5], lat[:5]), snap(network, lon[5:], lat[5:])
        # a metre more: half a decimetre an edge, and the roundings of legs and offsets
        covered = cover(network, places, homes, 6000).covered
        xy = np.column_stack(network.projection.to_xy(lon, lat))
        circle = within_circle(xy[:5], xy[5:], 6010)
        assert covered.any()
        assert (circle & ~covered).any()
        assert not (covered & ~circle).any()


def test_edge_of_data(make_network):
    # the area is a square of 0.02 degrees: about 1905 m by 2217 m, its middle 952 m from the nearest side
    corner, far = (121.43, 31.23), (121.45, 31.25)
    places = [corner, (far[0], corner[1]), far, (corner[0], far[1])]
    network = make_network([(0, 1), (1, 2), (2, 3), (3, 0)], [19000, 22000] * 2, lonlat=places)
    ring = np.array([*places, corner])
    object.__setattr__(network, "area", ring)
    # the middle, 381 m inside the western side, on a corner, outside, no position
    lonlat = np.array([[121.44, 31.24], [121.434, 31.24], [*corner], [121.42, 31.24], [np.nan, np.nan]])
    weights, covered = np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.array([False, True, False, False, False])
    near = edge_of_data(depths_m(network, lonlat), 3000, weights, covered)
    assert (near.points, near.weight, near.uncovered_points, near.uncovered_weight) == (2, 12.0, 2, 12.0)
    near = edge_of_data(depths_m(network, lonlat), 4000, weights, covered)
    assert (near.points, near.weight, near.uncovered_points, near.uncovered_weight) == (3, 14.0, 2, 12.0)
    near = edge_of_data(depths_m(network, lonlat), 9500, weights, covered)
    assert near.points == 3
    near = edge_of_data(depths_m(network, lonlat), 9600, weights, covered)
    assert (near.points, near.weight, near.uncovered_points, near.uncovered_weight) == (4, 15.0, 3, 13.0)
