"""Snapping to the nearest point on an edge, against a search through all edges with shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.snapping import snap

AS_NEAR_M = 1e-6


def _lines(network):
    x, y = network.xy
    ends = np.column_stack([x[network.edge_u], y[network.edge_u], x[network.edge_v], y[network.edge_v]])
    return shapely.linestrings(ends.reshape(-1, 2, 2))


def _check(network, lon, lat):
    """Hold every snap against all edges: none is nearer, and the place on the edge is the nearest one of it."""
    found = snap(network, lon, lat)
    lines = _lines(network)
    points = shapely.points(np.column_stack(network.projection.to_xy(lon, lat)))
    ties = 0
    for k, point in enumerate(points):
        distance_m = shapely.distance(lines, point)
        nearest = distance_m.min()
        as_near = np.flatnonzero(distance_m <= nearest + AS_NEAR_M)
        edge = int(found.edge[k])
        assert edge in as_near
        assert abs(found.access_m[k] - nearest) <= AS_NEAR_M
        assert found.access_dm[k] == round(found.access_m[k] * 10)
        along = shapely.line_locate_point(lines[edge], point) / shapely.length(lines[edge])
        assert abs(found.fraction[k] - along) * shapely.length(lines[edge]) <= 1e-3
        assert found.offset_dm[k] == round(found.fraction[k] * network.edge_length_dm[edge])
        ties += len(as_near) > 1
    return found, ties


def _around(network, random, count, beyond=0.1):
    lon0, lon1, lat0, lat1 = network.lon.min(), network.lon.max(), network.lat.min(), network.lat.max()
    lon = random.uniform(lon0 - beyond * (lon1 - lon0), lon1 + beyond * (lon1 - lon0), count)
    return lon, random.uniform(lat0 - beyond * (lat1 - lat0), lat1 + beyond * (lat1 - lat0), count)


@pytest.fixture(scope="module")
def scattered(make_network):
    """Return networks of random edges that cross each other without joining."""

    def make(seed, nodes, edges, width=0.02):
        random = np.random.default_rng(seed)
        places = np.array([121.43, 31.23]) + random.uniform(0, width, (nodes, 2))
        ends = [tuple(random.choice(nodes, 2, replace=False).tolist()) for _ in range(edges)]
        ends.append((0, nodes - 1))
        return make_network(ends, random.integers(1, 5000, edges + 1).tolist(), lonlat=places.tolist())

    return make


@pytest.mark.parametrize("name", ["caojiadu", "hudong"])
def test_bundled_networks(bundled, name):
    random = np.random.default_rng(7)
    found, _ = _check(bundled[name], *_around(bundled[name], random, 400))
    assert len(set(found.edge.tolist())) > 30


@pytest.mark.parametrize("seed", range(6))
def test_random_networks(scattered, seed):
    network = scattered(seed, 40, [3, 30, 300][seed % 3], 0.02 if seed < 3 else 0.0005)
    random = np.random.default_rng(seed)
    _check(network, *_around(network, random, 150, beyond=[0.1, 3.0][seed % 2]))


def test_points_far_outside_the_box(bundled):
    network = bundled["caojiadu"]
    lon0, lat0 = network.lon.mean(), network.lat.mean()
    angle = np.linspace(0, 2 * np.pi, 60)
    for far in (0.03, 0.3):
        _check(network, lon0 + far * np.cos(angle), lat0 + far * np.sin(angle))


def test_points_on_nodes_go_to_the_smallest_edge_there(bundled):
    network = bundled["hudong"]
    found, ties = _check(network, network.lon, network.lat)
    assert ties > 50
    smallest = np.full(network.node_count, network.edge_count)
    for ends in (network.edge_u, network.edge_v):
        np.minimum.at(smallest, ends, np.arange(network.edge_count))
    assert found.edge.tolist() == smallest.tolist()
    assert found.access_dm.tolist() == [0] * network.node_count
    at_u = network.edge_u[found.edge] == np.arange(network.node_count)
    assert found.offset_dm.tolist() == np.where(at_u, 0, network.edge_length_dm[found.edge]).tolist()


def test_equally_near_edges_of_a_corner_go_to_the_smaller_number(make_network):
    # five dead ends that meet in node 0 lead away to the east: from the west node 0 is the nearest place of each
    places = [(121.43, 31.23)] + [(121.431, 31.2296 + 0.0002 * k) for k in range(5)]
    for turned in (False, True):
        ends = [(0, k) for k in (3, 1, 5, 2, 4)]
        network = make_network([pair[::-1] for pair in ends] if turned else ends, [1000] * 5, lonlat=places)
        found = snap(network, np.array([121.4299, 121.42, 121.40]), np.array([31.23, 31.23, 31.23]))
        assert found.edge.tolist() == [0, 0, 0]
        assert found.offset_dm.tolist() == [1000 if turned else 0] * 3


def test_points_on_edges(bundled):
    network = bundled["caojiadu"]
    random = np.random.default_rng(3)
    edge, share = random.integers(0, network.edge_count, 200), random.uniform(0, 1, 200)
    u, v = network.edge_u[edge], network.edge_v[edge]
    x, y = network.xy
    lon, lat = network.projection.to_lonlat(x[u] + share * (x[v] - x[u]), y[u] + share * (y[v] - y[u]))
    found, _ = _check(network, lon, lat)
    assert (found.access_dm == 0).all()
    assert (found.edge == edge).mean() > 0.95


def test_point_without_a_position(bundled):
    network = bundled["caojiadu"]
    lon, lat = network.lon[[0, 1, 2, 3]].copy(), network.lat[[0, 1, 2, 3]].copy()
    lon[0], lat[1], lon[2] = np.nan, np.nan, np.inf
    found = snap(network, lon, lat)
    assert found.edge[:3].tolist() == [-1, -1, -1]
    assert np.isnan(found.access_m[:3]).all()
    assert found.edge[3] >= 0
    assert len(snap(network, lon[:0], lat[:0])) == 0


def test_many_points_at_once_are_many_points_one_by_one(bundled):
    network = bundled["caojiadu"]
    lon, lat = _around(network, np.random.default_rng(5), 45_000)
    lon[::1000] = np.nan
    together = snap(network, lon, lat)
    parts = [snap(network, lon[k : k + 9000], lat[k : k + 9000]) for k in range(0, 45_000, 9000)]
    for name in ("edge", "offset_dm", "access_dm"):
        assert getattr(together, name).tolist() == [value for part in parts for value in getattr(part, name).tolist()]


def test_far_away_is_still_an_answer_with_its_distance(bundled):
    network = bundled["caojiadu"]
    found = snap(network, np.array([-58.4]), np.array([-34.6]))
    assert found.edge[0] >= 0
    assert found.access_m[0] > 15_000_000
    assert found.access_dm[0] == round(found.access_m[0] * 10)


@pytest.mark.parametrize("places", [[(121.43, 31.23), (121.43, 31.24)], [(121.43, 31.23), (121.44, 31.23)]])
def test_network_without_width(make_network, places):
    network = make_network([(0, 1)], [11000], lonlat=places)
    _check(network, np.array([121.43, 121.435, 121.5]), np.array([31.23, 31.236, 31.0]))


def test_nearest_node_is_often_not_on_the_nearest_edge(bundled):
    # why we do not snap to nodes: the share of points whose nearest node is on another edge is well above zero
    network = bundled["caojiadu"]
    lon, lat = _around(network, np.random.default_rng(11), 2000, beyond=0.0)
    found = snap(network, lon, lat)
    x, y = network.projection.to_xy(lon, lat)
    nodes = np.column_stack(network.xy)
    nearest = np.array([np.hypot(*(nodes - place).T).argmin() for place in np.column_stack([x, y])])
    elsewhere = (network.edge_u[found.edge] != nearest) & (network.edge_v[found.edge] != nearest)
    assert elsewhere.mean() > 0.02
