"""Streets to a network: a golden grid, order that changes nothing, parallel ways, components, Hilbert order."""

from __future__ import annotations

import random
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest

from geo.datum import edge_lengths_dm
from geo.errors import DataError
from geo.network import WalkNetwork, check_network
from geo.network_build import build_network, read_streets

STEP_DEG = 0.001


@pytest.fixture
def build(tmp_path, write_streets):
    def build(lines, min_component=2):
        return build_network(read_streets([write_streets(tmp_path / "streets.geojson", lines)]), min_component)

    return build


def _edges(network: WalkNetwork) -> set:
    """Return edges as ((lon, lat), (lon, lat)) pairs, the smaller end first."""
    place = list(zip(network.lon.tolist(), network.lat.tolist(), strict=True))
    return {tuple(sorted((place[u], place[v]))) for u, v in zip(network.edge_u, network.edge_v, strict=True)}


def test_golden_grid(build, grid_lines):
    network = build(grid_lines)
    # 3 x 3 crossings, 2 * 3 edges each way
    assert (network.node_count, network.edge_count) == (9, 12)
    # 0.001 degree along the parallel of 31.23 N. The radius of the parallel there is a cos(lat) / sqrt(1 - e2 sin2 lat)
    # = 6378137 * 0.855094 / sqrt(1 - 0.00669438 * 0.268815) = 5458807 m, times 0.001 pi / 180 = 95.274 m: 953 dm.
    # At 31.231 it is 95.273 and at 31.232 95.272: 953 both.
    # Along the meridian: a (1 - e2) / (1 - e2 sin2 lat)^1.5 = 6352584 m, times 0.001 pi / 180 = 110.874 m: 1109 dm.
    across = network.lat[network.edge_u] == network.lat[network.edge_v]
    assert network.edge_length_dm[across].tolist() == [953] * 6
    assert network.edge_length_dm[~across].tolist() == [1109] * 6
    assert network.length_m == (6 * 953 + 6 * 1109) / 10
    assert network.edge_forward.all()
    assert network.edge_backward.all()
    assert network.left_out == ()


def test_lengths_are_geodesics_of_the_nodes(bundled):
    for network in bundled.values():
        u, v = network.edge_u, network.edge_v
        lon, lat = np.round(network.lon, 7), np.round(network.lat, 7)
        assert (lon == network.lon).all()
        assert network.edge_length_dm.tolist() == edge_lengths_dm(lon[u], lat[u], lon[v], lat[v]).tolist()


def test_both_adjacencies_are_the_edges(make_network):
    network = make_network(
        [(0, 1), (1, 2), (2, 0), (2, 3)], [5, 6, 7, 8], [(True, False), (False, True)] + [(True, True)] * 2
    )
    steps = {}
    for name in ("onward", "toward"):
        adjacency = getattr(network, name)
        steps[name] = sorted(
            (node, int(adjacency.neighbour[k]), int(adjacency.length_dm[k]), int(adjacency.edge[k]))
            for node in range(4)
            for k in range(adjacency.start[node], adjacency.start[node + 1])
        )
    assert steps["onward"] == [(0, 1, 5, 0), (0, 2, 7, 2), (2, 0, 7, 2), (2, 1, 6, 1), (2, 3, 8, 3), (3, 2, 8, 3)]
    assert steps["toward"] == sorted((v, u, length, edge) for u, v, length, edge in steps["onward"])


# Order changes nothing


@pytest.fixture
def named(grid_lines):
    """The grid with names and tags that differ, two streets of one name, one drawn twice."""
    known = [{"name": "a"}, {"name": "b", "accuracy_m": 5}, {}, {"name": "a", "highway": "steps"}, {"accuracy_m": 9}]
    return [
        *zip(grid_lines, [*known, {"name": "c", "wheelchair": "yes"}], strict=True),
        (grid_lines[0][:2], {"name": "z"}),
        (grid_lines[5][1:], {"highway": "footway"}),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_order_of_features_changes_nothing(build, named, seed):
    mixed = named.copy()
    random.Random(seed).shuffle(mixed)
    assert build(mixed).content_hash == build(named).content_hash


@pytest.mark.parametrize("seed", range(4))
def test_direction_of_drawing_changes_nothing(build, named, seed):
    chance = random.Random(seed)
    turned = [(line[::-1] if chance.random() < 0.5 else line, known) for line, known in named]
    assert build(turned).content_hash == build(named).content_hash


def test_direction_of_drawing_matters_for_one_ways_only(build, named):
    one_way = [*named[:-1], (named[-1][0], {"highway": "footway", "oneway:foot": "yes"})]
    turned = [*named[:-1], (named[-1][0][::-1], {"highway": "footway", "oneway:foot": "-1"})]
    assert build(one_way).content_hash == build(turned).content_hash


def test_order_and_number_of_files_change_nothing(tmp_path, build, named, write_streets):
    first = write_streets(tmp_path / "first.geojson", named[:3])
    second = write_streets(tmp_path / "second.geojson", named[3:])
    hashes = {build_network(read_streets(paths), 2).content_hash for paths in ([first, second], [second, first])}
    assert hashes == {build(named).content_hash}


OSM_NODES = {
    1: (121.430, 31.230),
    2: (121.432, 31.230),
    3: (121.431, 31.229),
    4: (121.431, 31.231),
    5: (121.431, 31.230),
}
OSM_WAYS = {
    70: ([1, 5, 2], "residential"),
    71: ([3, 5, 4], "footway"),
    72: ([1, 99, 3, 99, 2, 4], "path"),
    73: ([5, 1], "path"),
}


def _osm(path, ways):
    gate = '<tag k="barrier" v="gate"/><tag k="access" v="private"/>'
    lines = [f'<node id="{k}" version="1" lon="{x}" lat="{y}">{gate if k == 5 else ""}</node>'
             for k, (x, y) in OSM_NODES.items()]  # fmt: skip
    for number, (nodes, highway) in ways:
        inside = "".join(f'<nd ref="{node}"/>' for node in nodes) + f'<tag k="highway" v="{highway}"/>'
        lines.append(f'<way id="{number}" version="1">{inside}</way>')
    path.write_text('<osm version="0.6">' + "".join(lines) + "</osm>", encoding="utf-8")
    return path


def test_order_of_ways_at_a_shut_gate_changes_nothing(tmp_path):
    orders = [[70, 71, 72, 73], [73, 72, 71, 70], [71, 73, 70, 72]]
    hashes = set()
    for turn in (1, -1):
        for number, order in enumerate(orders):
            ways = [(k, (OSM_WAYS[k][0][::turn], OSM_WAYS[k][1])) for k in order]
            network = build_network(read_streets([_osm(tmp_path / f"{number}.osm", ways)]), 2)
            hashes.add(network.content_hash)
    assert len(hashes) == 1


def test_extract_in_two_overlapping_files_is_the_extract(tmp_path):
    everything = list(OSM_WAYS.items())
    whole = _osm(tmp_path / "whole.osm", everything)
    first, second = _osm(tmp_path / "first.osm", everything[:3]), _osm(tmp_path / "second.osm", everything[2:])
    hashes = {build_network(read_streets(list(paths)), 2).content_hash for paths in ([whole], [first, second],
                                                                                     [second, first])}  # fmt: skip
    assert len(hashes) == 1


def test_drawn_path_ties_to_an_extract_at_its_nodes(tmp_path, write_streets):
    extract = _osm(tmp_path / "extract.osm", [(74, ([1, 2], "residential"))])
    drawn = write_streets(tmp_path / "drawn.geojson", [[[121.432, 31.230], [121.433, 31.230]]])
    for paths in ([extract, drawn], [drawn, extract]):
        network = build_network(read_streets(paths), 3)
        assert (network.node_count, network.edge_count) == (3, 2)
        assert sorted(network.node_id.tolist())[1:] == [1, 2]


# Parallel ways


def test_parallel_ways_are_one_edge_that_may_be_walked_wherever_either_may(build):
    a, b, c = [121.43, 31.23], [121.431, 31.23], [121.432, 31.23]
    one_way = {"highway": "footway", "oneway:foot": "yes"}
    network = build([([a, b, c], one_way), ([c, b], one_way | {"name": "back"})])
    assert network.edge_count == 2
    both = {network.edge_name(k): bool(network.edge_forward[k] and network.edge_backward[k]) for k in range(2)}
    assert both == {"": False, "back": True}


def test_named_way_gives_its_name_then_the_step_free_one(build):
    line = [[121.43, 31.23], [121.431, 31.23]]
    ways = [{"highway": "footway"}, {"name": "b", "highway": "road"}, {"name": "c", "wheelchair": "yes"}]
    for order in (ways, ways[::-1]):
        network = build([(line, known) for known in order])
        assert network.edge_count == 1
        assert network.edge_name(0) == "c"
        assert network.way_step_free[network.edge_way[0]] == 1


# Components


def _chain(nodes, lat):
    return [[121.43 + STEP_DEG * k, lat] for k in range(nodes)]


def test_small_components_are_left_out_and_listed(build):
    network = build([_chain(6, 31.23), _chain(3, 31.24), _chain(5, 31.25), _chain(3, 31.26)], 6)
    assert network.node_count == 6
    assert [part.nodes for part in network.left_out] == [5, 3, 3]
    # 0.001 degree is 95.254 m at 31.25 N, 95.264 m at 31.24 N, 95.243 m at 31.26 N: 4 * 953, 2 * 953 and 2 * 952 dm
    assert [part.length_m for part in network.left_out] == [381.2, 190.6, 190.4]
    assert {part.lon for part in network.left_out} == {121.43}
    assert [part.lat for part in network.left_out] == [31.25, 31.24, 31.26]
    assert (network.lat == 31.23).all()
    warning = check_network(network)[0]
    assert warning.warning
    assert warning.figures == {"components": 3, "nodes": 11, "largest": 5}


def test_component_of_exactly_the_least_size_is_kept(build):
    network = build([_chain(6, 31.23), _chain(5, 31.25)], 5)
    assert (network.node_count, network.left_out) == (11, ())
    assert check_network(network) == []


def test_network_of_islands(build):
    with pytest.raises(DataError) as raised:
        build([_chain(3, 31.23), _chain(5, 31.25)], 6)
    assert [problem.code for problem in raised.value.problems] == ["network_of_islands"]
    assert "5, 3" in str(raised.value)


def test_unknown_kind_of_file(tmp_path):
    path = tmp_path / "streets.shp"
    path.write_bytes(b"")
    with pytest.raises(DataError) as raised:
        read_streets([path])
    assert [problem.code for problem in raised.value.problems] == ["unknown_street_file"]


# Order in memory


def test_nodes_stand_in_hilbert_order_once_each(bundled, root):
    for name, network in bundled.items():
        streets = read_streets([root / "data" / "base" / f"streets_{name}.geojson"])
        source = sorted(zip(streets.lon.tolist(), streets.lat.tolist(), strict=True))
        kept = sorted(zip(network.lon.tolist(), network.lat.tolist(), strict=True))
        assert len(set(kept)) == len(kept)
        assert len(kept) + sum(part.nodes for part in network.left_out) == len(source)
        assert set(kept) <= set(source)
        points = gpd.GeoSeries(gpd.points_from_xy(network.lon, network.lat))
        assert (np.diff(points.hilbert_distance(level=16).to_numpy().astype(np.int64)) >= 0).all()


def test_edges_are_those_that_were_drawn(build, grid_lines):
    drawn = {
        tuple(sorted((tuple(np.round(a, 7)), tuple(np.round(b, 7))))) for line in grid_lines for a, b in pairwise(line)
    }
    assert _edges(build(grid_lines)) == drawn


def test_area_holds_every_node(bundled):
    for network in bundled.values():
        assert (network.area[0] == network.area[-1]).all()
        hull = gpd.GeoSeries.from_xy(network.lon, network.lat).union_all().convex_hull
        ring = gpd.GeoSeries.from_xy(network.area[:, 0], network.area[:, 1]).union_all().convex_hull
        assert hull.symmetric_difference(ring).area < 1e-6 * hull.area


def test_area_of_a_single_street_has_some_width(build):
    network = build([_chain(2, 31.23)])
    assert network.area.shape[0] >= 4
    assert network.area[:, 1].min() < 31.23 < network.area[:, 1].max()
