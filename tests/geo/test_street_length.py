"""Street length inside an area: what is told from whole edges equals every part cut on its own."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.circles import circles_within
from geo.service_area import EdgeParts, part_lines_xy
from geo.street_length import streets_in_circles, streets_inside, whole_edges


@pytest.fixture(scope="module")
def town(make_network):
    """Return a grid of 6 by 6 crossings."""
    edges = [(y * 6 + x, y * 6 + x + 1) for y in range(6) for x in range(5)]
    edges += [(y * 6 + x, y * 6 + x + 6) for y in range(5) for x in range(6)]
    return make_network(edges, [1000] * len(edges))


def _cut_one_by_one(network, area, parts):
    lines = part_lines_xy(network, parts)
    drawn = shapely.length(lines)
    share = np.divide(
        shapely.length(shapely.intersection(lines, area)), drawn, out=np.zeros(len(drawn)), where=drawn > 0
    )
    return float((parts.length_m * share).sum())


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8),
    cuts=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 1000), st.integers(0, 1000)), max_size=20),
    hole=st.booleans(),
)
def test_equals_cutting_every_part(town, corners, cuts, hole):
    x, y = town.xy
    low, size = np.array([x.min(), y.min()]), np.array([np.ptp(x), np.ptp(y)])
    area = shapely.convex_hull(shapely.MultiPoint(low + size * (1.2 * np.array(corners) - 0.1)))
    if hole and area.area > 0:
        area = shapely.difference(area, shapely.buffer(shapely.centroid(area), 0.2 * area.area**0.5))
    edge, begin, end = (np.array(column) for column in zip(*cuts, strict=True)) if cuts else (np.zeros(0, int),) * 3
    some = EdgeParts(edge.astype(np.int32), np.minimum(begin, end).astype(float), np.maximum(begin, end).astype(float))
    found = streets_inside(town, area)
    for parts in (some, whole_edges(town)):
        expected = _cut_one_by_one(town, area, parts)
        assert found.length_m(parts) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    circles=st.lists(
        st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2), st.sampled_from([60.0, 150.0, 151.0])),
        min_size=1,
        max_size=12,
    ),
    share=st.floats(0.2, 1.0),
)
def test_circles_are_told_apart_as_if_every_edge_was_cut(town, circles, share):
    x, y = town.xy
    low, size = np.array([x.min(), y.min()]), np.array([np.ptp(x), np.ptp(y)])
    told = np.array(circles)
    centres, radius_m = low + size * told[:, :2], told[:, 2]
    area = shapely.box(*(low - 5.0), *(low + share * size + 5.0))
    promised = circles_within(centres, radius_m, area)
    found = streets_in_circles(town, promised, (centres, radius_m), streets_inside(town, area))
    expected = streets_inside(town, promised)
    assert found.is_whole.tolist() == expected.is_whole.tolist()
    assert found.is_crossing.tolist() == expected.is_crossing.tolist()
    assert found.length_m(whole_edges(town)) == pytest.approx(expected.length_m(whole_edges(town)), abs=1e-6)
