"""Strokes: parts of streets joined into lines that go straight on; every part once, nothing more and nothing less."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.service_area import EdgeParts, join_parts, part_lines_xy, reach_band, street_strokes

# A star in degrees, wide enough that directions are plain: west, centre, east, south, north
STAR = [(121.42, 31.23), (121.43, 31.23), (121.44, 31.23), (121.43, 31.22), (121.43, 31.24)]


def _parts(*rows):
    edge, low, high = zip(*rows, strict=True) if rows else ((), (), ())
    return EdgeParts(np.array(edge, dtype=np.int32), np.array(low, dtype=float), np.array(high, dtype=float))


def _whole(network):
    return _parts(*((k, 0, int(length)) for k, length in enumerate(network.edge_length_dm)))


def _rows(parts):
    return list(zip(parts.edge.tolist(), parts.from_dm.tolist(), parts.to_dm.tolist(), strict=True))


def _segments(lines):
    """Return the straight pieces of lines without direction, sorted."""
    return sorted(
        tuple(sorted(pair)) for line in lines for pair in pairwise(map(tuple, shapely.get_coordinates(line).tolist()))
    )


def _nodes(network, line):
    """Return the nodes that a stroke over whole edges passes."""
    x, y = network.xy
    place = {(float(x[k]), float(y[k])): k for k in range(network.node_count)}
    return [place[tuple(position)] for position in shapely.get_coordinates(line).tolist()]


def _same_way(path):
    return min(path, path[::-1])


def test_streets_go_straight_on_through_a_crossing(make_network):
    star = make_network([(0, 1), (1, 3), (1, 2), (4, 1)], [9000] * 4, lonlat=STAR)
    found = sorted(_same_way(_nodes(star, line)) for line in street_strokes(star, _whole(star)))
    assert found == [[0, 1, 2], [3, 1, 4]]


def test_the_odd_street_out_ends_at_the_crossing(make_network):
    star = make_network([(1, 0), (3, 1), (2, 1)], [9000] * 3, lonlat=STAR)
    found = sorted(_same_way(_nodes(star, line)) for line in street_strokes(star, _whole(star)))
    assert found == [[0, 1, 2], [1, 3]]


def test_closed_loop_is_one_line_that_ends_where_it_begins(make_network):
    ring = make_network([(0, 1), (2, 1), (2, 3), (0, 3)], [9000] * 4, lonlat=[STAR[0], STAR[3], STAR[2], STAR[4]])
    (line,) = street_strokes(ring, _whole(ring))
    path = _nodes(ring, line)
    assert path[0] == path[-1]
    assert sorted(path[1:]) == [0, 1, 2, 3]
    assert line.is_closed


def test_cut_in_the_middle_of_an_edge_ends_the_line(make_network):
    street = make_network([(0, 1), (1, 2)], [1000, 1000], lonlat=STAR[:3])
    # 0-300 and 600-1000 of e0, the first 500 of e1: the second and the third are one line through node 1
    lines = street_strokes(street, _parts((0, 0, 300), (0, 600, 1000), (1, 0, 500)))
    assert sorted(len(line.coords) for line in lines) == [2, 3]
    # a part that touches no node stands alone
    (alone,) = street_strokes(street, _parts((1, 200, 300)))
    assert alone.length == pytest.approx(shapely.length(part_lines_xy(street, _whole(street))[1]) / 10)


def test_parts_that_touch_become_one():
    parts = _parts((3, 50, 80), (1, 0, 10), (1, 10, 25), (3, 0, 49), (1, 25, 30))
    assert _rows(join_parts(parts)) == [(1, 0, 30), (3, 0, 49), (3, 50, 80)]


def test_nothing(make_network):
    street = make_network([(0, 1)], [1000])
    assert _rows(join_parts(_parts())) == []
    assert len(street_strokes(street, _parts())) == 0
    assert reach_band(street, _parts()).is_empty


@st.composite
def cut_streets(draw):
    # An edge is a straight segment, so it has two nodes: a loop on one has no extent, and no network is built with it.
    nodes = draw(st.integers(2, 8))
    node = st.integers(0, nodes - 1)
    pair = st.tuples(node, node).filter(lambda ends: ends[0] != ends[1])
    ends = draw(st.lists(pair, min_size=1, max_size=14))
    grid = st.integers(0, 3)
    places = draw(st.lists(st.tuples(grid, grid), min_size=nodes, max_size=nodes, unique=True))
    rows = []
    for edge in range(len(ends)):
        cuts = sorted(draw(st.lists(st.integers(0, 100), max_size=4, unique=True)))
        rows += [(edge, low, high) for low, high in pairwise(draw(st.sampled_from([[0, 100], [], cuts])))]
    return ends, [(121.4 + x / 100, 31.2 + y / 100) for x, y in places], draw(st.permutations(rows))


@given(cut_streets())
@settings(max_examples=200)
def test_every_part_stands_in_the_strokes_once(make_network, case):
    ends, places, rows = case
    count = max(max(pair) for pair in ends) + 1
    network = make_network(ends, [100] * len(ends), lonlat=places[:count])
    parts = _parts(*rows)
    joined = join_parts(parts)
    assert joined.length_m.sum() == pytest.approx(parts.length_m.sum())
    strokes = street_strokes(network, parts)
    assert _segments(strokes) == _segments(part_lines_xy(network, joined))
    # as few lines as can be: at every node at most one end is left over, and ends inside edges
    free = [position for line in strokes if not line.is_closed for position in (line.coords[0], line.coords[-1])]
    nodes = set(zip(*(axis.tolist() for axis in network.xy), strict=True))
    at_nodes = [position for position in free if position in nodes]
    assert len(at_nodes) == len(set(at_nodes))


def test_strokes_of_a_bundled_network(bundled):
    network = bundled["caojiadu"]
    strokes = street_strokes(network, _whole(network))
    assert _segments(strokes) == _segments(part_lines_xy(network, _whole(network)))
    assert len(strokes) < network.edge_count / 2
