"""Isochrones: polygons that nest without any tolerance, lines that agree with the walk from every place on them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import NodeDistances, Walk, nearest_facility
from geo.access import node_distances as distances_of_nodes
from geo.datum import geodesic_lengths_m
from geo.isochrone import isochrones
from geo.isochrone import reached_coordinates as coordinates_within
from geo.network_build import build_network, read_streets
from geo.service_area import cut_runs, distance_runs, to_metres
from geo.snapping import Snaps, snap

FORWARD = (True, False)
METRE_DEG = 1 / 95_274.14
"""Degrees of longitude that make a metre at 31.23 north."""


def _street(make_network, directions=None):
    """Return 0 - 1 - 2 along the parallel, 100 m and 60 m."""
    places = [(121.43 + x * METRE_DEG, 31.23) for x in (0, 100, 160)]
    return make_network([(0, 1), (1, 2)], [1000, 600], directions, places)


def _between(network, found):
    """Return where the lines run, in metres from node 0, joined and sorted."""
    coordinates = [np.array(line.coords) for line in getattr(found.lines, "geoms", [found.lines])]
    ends = [((line[:, 0].min() - 121.43) / METRE_DEG, (line[:, 0].max() - 121.43) / METRE_DEG) for line in coordinates]
    return [(round(float(low), 1), round(float(high), 1)) for low, high in sorted(ends)]


def test_golden_street(make_network, on_edges):
    street = _street(make_network)
    # at 40 m on e0, 5 m off it: within 30 m are 25 m either way; within 100 m 95 m either way, so e0 and 35 m of e1;
    # within 130 m 125 m, so everything
    found = isochrones(street, on_edges(street, [(0, 400, 50)]), [1300, 300, 1000, 300])
    assert [one.limit_m for one in found] == [30.0, 100.0, 130.0]
    assert [one.street_m for one in found] == [50.0, 135.0, 160.0]
    assert [_between(street, one) for one in found] == [[(15.0, 65.0)], [(0.0, 135.0)], [(0.0, 160.0)]]


def test_nearer_than_the_access_leg_is_nothing(make_network, on_edges):
    street = _street(make_network)
    nothing, something = isochrones(street, on_edges(street, [(0, 400, 50)]), [49, 300])
    assert (nothing.street_m, nothing.lines.is_empty, nothing.polygon.is_empty) == (0.0, True, True)
    assert something.street_m == 50.0
    assert something.polygon.area > 0


def test_one_way_streets_count_toward_the_place(make_network, on_edges):
    street = _street(make_network, [FORWARD, FORWARD])
    (found,) = isochrones(street, on_edges(street, [(0, 1000, 0)]), [300])
    # people come along e0 from 70 m on; nobody on e1 gets back
    assert _between(street, found) == [(70.0, 100.0)]
    (found,) = isochrones(street, on_edges(street, [(1, 200, 0)]), [5000])
    assert _between(street, found) == [(0.0, 120.0)]


def test_edge_much_longer_than_the_limit(make_network, on_edges):
    # 4 km; within 50 m of its middle are 100 m of it
    long = make_network([(0, 1)], [40_000], lonlat=[(121.43, 31.23), (121.43 + 4000 * METRE_DEG, 31.23)])
    (found,) = isochrones(long, on_edges(long, [(0, 20_000, 0)]), [500])
    assert found.street_m == 100.0
    assert _between(long, found) == [(1950.0, 2050.0)]


def test_long_straight_streets_nest_though_their_sides_bend(make_network, on_edges):
    # a cross of 20 km arms far in the north, where a straight line of the plane and one in degrees part by metres
    places = [(25.0, 65.0), (25.4, 65.0), (24.6, 65.05), (25.0, 65.18), (25.02, 64.82)]
    cross = make_network([(0, 1), (0, 2), (3, 0), (4, 0)], [200_000] * 4, lonlat=places)
    found = isochrones(cross, on_edges(cross, [(0, 50_000, 0)]), range(3000, 260_000, 32_000))
    _check_shapes(found)


def test_many_places_and_one_off_the_network(make_network, on_edges):
    street = _street(make_network)
    # 10 m round 20 m and round 130 m; the one 501 m off counts for nothing, alone nothing is reached
    places = on_edges(street, [(0, 200, 0), (0, 600, 5010), (1, 300, 0)])
    (found,) = isochrones(street, places, [100])
    assert _between(street, found) == [(10.0, 30.0), (120.0, 140.0)]
    assert shapely.get_num_geometries(found.polygon) == 2
    (alone,) = isochrones(street, places.take(np.array([1])), [100])
    assert (alone.street_m, alone.polygon.is_empty) == (0.0, True)


def test_walk_is_kept_to(make_network, on_edges):
    street = _street(make_network)
    place = on_edges(street, [(0, 900, 0)])
    gate = Walk(blocked=np.array([False, True, False]))
    # up to the gate 10 m farther and not through it
    assert _between(street, isochrones(street, place, [500], gate)[0]) == [(40.0, 100.0)]
    closed = Walk(closed=np.array([False, True]))
    assert _between(street, isochrones(street, place, [500], closed)[0]) == [(40.0, 100.0)]
    # 2 * 15 m of waiting at the crossing leave 50 - 10 - 30 = 10 m beyond it
    wait = Walk(half_wait_dm=np.array([0, 150, 0], dtype=np.int32))
    assert _between(street, isochrones(street, place, [500], wait)[0]) == [(40.0, 110.0)]


def _written(polygon):
    """Return a polygon as a file has it, with seven decimals."""
    return shapely.set_precision(polygon, 1e-7)


def _check_shapes(found):
    """Polygons nest exactly, are valid, and hold their lines; lines are as long as they say."""
    for one in found:
        assert one.polygon.is_valid
        assert one.polygon.is_empty == one.lines.is_empty == (one.street_m == 0)
        assert one.lines.is_empty or one.polygon.covers(one.lines)
    for inner, outer in pairwise(one for one in found if one.street_m > 0):
        assert inner.street_m <= outer.street_m
        assert outer.polygon.covers(inner.polygon)
        assert _written(outer.polygon).covers(_written(inner.polygon))


def _check_lengths(network, places, limits, walk):
    """Street lengths equal the sums of parts cut from the runs of all edges, and the coordinates given in one go."""
    nodes = distances_of_nodes(network, places, walk)
    runs = distance_runs(network, nodes, places, walk)
    for found in isochrones(network, places, limits, walk):
        limit_dm = round(found.limit_m * 10)
        assert found.street_m == pytest.approx(cut_runs(runs, -1.0, limit_dm).length_m.sum(), abs=1e-6)
        ends = coordinates_within(network, places, limit_dm, walk)
        drawn_m = geodesic_lengths_m(*ends[:, 0].T, *ends[:, 1].T)
        assert shapely.length(to_metres(network, found.lines)) == pytest.approx(drawn_m.sum(), rel=1e-4, abs=0.01)


def test_band_that_touches_itself_in_degrees(make_network, on_edges):
    # nodes 1 to 3 east of node 0, 5 north of 1; all edges of a decimetre whatever the map says, and 5 m of waiting at
    # node 5: the band within 70 m is valid in the plane and crosses itself by a nanometre in degrees
    network = make_network([(0, 0), (0, 5), (1, 5), (2, 5)], [1] * 4)
    wait = Walk(half_wait_dm=np.array([0, 0, 0, 0, 0, 25], dtype=np.int32))
    _check_shapes(isochrones(network, on_edges(network, [(0, 0, 0)]), [20, 700], wait))


@given(st.data(), st.lists(st.integers(1, 9000), min_size=1, max_size=4))
@settings(max_examples=80)
def test_random_walks_nest_and_add_up(walk_cases, data, limits):
    case = data.draw(walk_cases())
    found = isochrones(case.network, case.facilities, limits, case.walk)
    assert [one.limit_m * 10 for one in found] == sorted(set(limits))
    _check_shapes(found)
    _check_lengths(case.network, case.facilities, limits, replace(case.walk, limit_dm=max(limits)))


def _places(network, count, seed):
    random = np.random.default_rng(seed)
    nodes = random.integers(0, network.node_count, count)
    off = random.uniform(-5e-4, 5e-4, (2, count))
    return snap(network, network.lon[nodes] + off[0], network.lat[nodes] + off[1])


@pytest.mark.parametrize("name", ["caojiadu", "hudong"])
def test_bundled_networks_nest_and_add_up(bundled, name):
    network = bundled[name]
    for seed in range(6):
        places = _places(network, 1 + seed % 3, seed)
        limits = [3000, 1000, 4000, 2000, 5000, 6000]
        _check_shapes(isochrones(network, places, limits))
        _check_lengths(network, places, limits, Walk(limit_dm=6000))


def _beyond(network, nodes, places, limit_dm):
    """Return the places on edges, as rows edge and offset, that are one decimetre and a half farther than the limit."""
    runs = distance_runs(network, nodes, places)
    parts = cut_runs(runs, limit_dm + 1.5, limit_dm + 60.0)
    return np.column_stack([np.repeat(parts.edge, 2), np.rint(np.column_stack([parts.from_dm, parts.to_dm]).ravel())])


@pytest.mark.parametrize("name", ["caojiadu", "hudong"])
def test_both_sides_of_the_limit(bundled, name):
    network, limit_dm = bundled[name], 4000
    places = _places(network, 3, 11)
    (found,) = isochrones(network, places, [limit_dm])
    lines = list(found.lines.geoms)
    # 400 positions on the lines, taken back to the network: they lie on a street, and within the limit and the
    # half decimetre by which an offset is rounded, twice
    share = np.linspace(0.0, 1.0, max(400 // len(lines), 2))
    on = [shapely.line_interpolate_point(line, share, normalized=True) for line in lines]
    lonlat = shapely.get_coordinates(np.concatenate(on))
    homes = snap(network, lonlat[:, 0], lonlat[:, 1])
    assert homes.access_m.max() < 0.05
    own = nearest_facility(network, places, homes).distance_dm
    assert (own >= 0).all()
    assert own.max() <= limit_dm + 1
    # a little farther along the same edges nobody is within it
    edge, offset = _beyond(network, distances_of_nodes(network, places), places, limit_dm).astype(np.int32).T
    assert len(edge) > 10
    zero = np.zeros(len(edge), dtype=np.int32)
    far = nearest_facility(network, places, Snaps(edge, offset, zero, offset / 1.0, zero / 1.0)).distance_dm
    assert far.min() > limit_dm


def test_five_minutes_lie_within_ten(bundled):
    network = bundled["hudong"]
    for seed in range(20):
        five, ten = isochrones(network, _places(network, 1, seed), [3000, 6000])
        assert ten.polygon.covers(five.polygon)
        assert ten.polygon.covers(five.lines)
        assert to_metres(network, ten.lines).buffer(0.01).covers(to_metres(network, five.lines))


@pytest.mark.parametrize("count", [8, pytest.param(300, marks=pytest.mark.slow)])
def test_polygons_of_a_real_city_nest(extracts, count):
    path = extracts / "porto_alegre.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no such extract here: {path}")
    network = build_network(read_streets([path]))
    for seed in range(count):
        _check_shapes(isochrones(network, _places(network, 1 + seed % 2 * 3, seed), [2000, 4000, 4100, 8000]))


def test_nodes_not_reached_give_nothing(make_network, on_edges):
    street = _street(make_network)
    nowhere = NodeDistances(np.full(3, -1, dtype=np.int32), np.full(3, -1, dtype=np.int32))
    runs = distance_runs(street, nowhere, on_edges(street, []))
    assert len(cut_runs(runs, -1.0, 1e9).edge) == 0
