"""The topology report: nothing on a clean grid, every planted fault on a drawn one, and the same from a network."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.datum import geodesic_lengths_m
from geo.network_build import build_network, read_streets
from geo.streets import Gate, Streets, StreetsBuilder, Way
from geo.topology import KINDS, LONGEST_EDGES, inspect_network, inspect_streets

LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001
SIDE = 6


class Drawing:
    """A square grid of named streets, to which faults are added one by one."""

    def __init__(self, jitter=None) -> None:
        self.builder, self.ways, self.gates = StreetsBuilder(), 0, []
        self.places = {}
        for x in range(SIDE):
            for y in range(SIDE):
                dx, dy = (0.0, 0.0) if jitter is None else jitter[x * SIDE + y]
                self.places[x, y] = (LON0 + (x + dx) * STEP_DEG, LAT0 + (y + dy) * STEP_DEG)
        for k in range(SIDE):
            self.street(f"{k}路", [(x, k) for x in range(SIDE)])
            self.street(f"{k}街", [(k, y) for y in range(SIDE)])

    def street(self, name, keys, level=0, highway="residential"):
        nodes = [self.builder.node(key, self._id(key), *self.places[key]) for key in keys]
        self.ways += 1
        known = Way(self.ways, name, highway, forward=True, backward=True, step_free=2, accuracy_m=1.0, level=level)
        self.builder.way(known, nodes)

    def _id(self, key):
        return 1 + list(self.places).index(key)

    def place(self, key, x, y):
        """Add a node at grid coordinates."""
        self.places[key] = (LON0 + x * STEP_DEG, LAT0 + y * STEP_DEG)
        return key

    def middle(self, one, other):
        """Grid coordinates of the middle between two nodes of the grid."""
        (ax, ay), (bx, by) = self.places[one], self.places[other]
        return ((ax + bx) / 2 - LON0) / STEP_DEG, ((ay + by) / 2 - LAT0) / STEP_DEG

    def build(self) -> Streets:
        return self.builder.build(self.gates, [])


def kinds(report, *, explained=False):
    """The kinds of the findings that nothing explains (or that something does), the longest edges left out."""
    return sorted(f.kind for f in report.findings if f.kind != "longest_edge" and f.explained is explained)


def names(finding):
    return [street.name for street in finding.streets]


JITTER = st.lists(st.tuples(st.floats(-0.15, 0.15), st.floats(-0.15, 0.15)), min_size=SIDE * SIDE, max_size=SIDE * SIDE)


@settings(max_examples=40)
@given(JITTER)
def test_clean_grid_has_no_fault(jitter):
    report = inspect_streets(Drawing(jitter).build())
    assert (kinds(report), kinds(report, explained=True), report.faults) == ([], [], 0)
    assert (report.nodes, report.segments, len(report.components)) == (36, 60, 1)
    assert (report.unnamed.streets, report.unnamed.length_m, report.unnamed.by_highway) == (0, 0.0, {})
    assert len(report.of("longest_edge")) == LONGEST_EDGES


def test_longest_edges_are_the_longest():
    jitter = np.random.default_rng(3).uniform(-0.15, 0.15, (36, 2)).tolist()
    streets = Drawing(jitter).build()
    ends = (streets.lon, streets.lat)
    lengths_m = geodesic_lengths_m(*(c[streets.segment_u] for c in ends), *(c[streets.segment_v] for c in ends))
    told = [finding.length_m for finding in inspect_streets(streets).of("longest_edge")]
    assert told == pytest.approx(sorted(lengths_m, reverse=True)[:LONGEST_EDGES], abs=0.051)


def plant_island(drawing):
    for k in range(3):
        drawing.place(("island", k), 9 + k, 2)
    drawing.street("岛路", [("island", k) for k in range(3)])


def plant_dead_end(drawing, gap_m=8.0):
    # from the south-western corner of the cell (0, 0) nearly to the middle of the street on its east
    x, y = drawing.middle((1, 0), (1, 1))
    drawing.place("turn", 0.4, y)
    drawing.place("end", x - gap_m / (geodesic_lengths_m(LON0, LAT0, LON0 + STEP_DEG, LAT0)[0]), y)
    drawing.street("断头路", [(0, 0), "turn", "end"])


def plant_duplicate(drawing):
    drawing.street("重路", [(4, 4), (4, 5)])


def plant_crossing(drawing, level=0):
    drawing.street("上路", [(3, 0), (4, 1)], level)
    drawing.street("下路", [(4, 0), (3, 1)])


def plant_unnamed(drawing):
    drawing.street("", [(0, 3), (1, 4)], highway="footway")


PLANTS = {
    "component": plant_island,
    "dead_end": plant_dead_end,
    "duplicate": plant_duplicate,
    "crossing": plant_crossing,
    "unnamed": plant_unnamed,
}


@settings(max_examples=60)
@given(JITTER, st.sets(st.sampled_from(sorted(PLANTS))))
def test_every_planted_fault_is_named_and_nothing_else(jitter, planted):
    drawing = Drawing(jitter)
    for kind in sorted(planted):
        PLANTS[kind](drawing)
    streets = drawing.build()
    report = inspect_streets(streets)
    assert kinds(report) == sorted(planted - {"unnamed"})
    assert report.faults == len(planted - {"unnamed"})
    assert report.unnamed.streets == ("unnamed" in planted)
    assert list(report.unnamed.by_highway) == (["footway"] if "unnamed" in planted else [])
    # a network keeps one way for each segment: what is doubled is seen before it is built only
    network = inspect_network(build_network(streets, 3))
    assert kinds(network) == sorted(planted - {"unnamed", "duplicate"})
    assert network.unnamed == report.unnamed
    assert (network.segments, network.is_network) == (report.segments, True)
    assert network.length_m == pytest.approx(report.length_m, abs=1e-6)


def test_each_fault_tells_where_it_is_and_how_large():
    drawing = Drawing()
    for plant in PLANTS.values():
        plant(drawing)
    report = inspect_streets(drawing.build())
    found = {finding.kind: finding for finding in report.findings if finding.kind != "longest_edge"}
    assert (found["component"].count, found["component"].lon) == (3, pytest.approx(LON0 + 9 * STEP_DEG))
    assert found["component"].length_m == pytest.approx(190.6, abs=0.2)  # two steps of 95.3 m
    assert names(found["dead_end"]) == ["断头路", "1街"]
    assert found["dead_end"].length_m == pytest.approx(8.0, abs=0.02)
    assert (found["dead_end"].lon, found["dead_end"].lat) == pytest.approx(drawing.places["end"], abs=1e-9)
    assert sorted(names(found["duplicate"])) == ["4街", "重路"]
    assert (found["duplicate"].count, found["duplicate"].length_m) == (1, pytest.approx(110.9, abs=0.1))
    assert sorted(names(found["crossing"])) == ["上路", "下路"]
    assert (found["crossing"].lon, found["crossing"].lat) == pytest.approx((LON0 + 0.0035, LAT0 + 0.0005), abs=1e-7)
    assert report.unnamed.length_m == pytest.approx(146.2, abs=0.2)  # the diagonal of 95.3 by 110.9 m
    assert [finding.kind for finding in report.findings] == sorted(
        (finding.kind for finding in report.findings), key=KINDS.index
    )


@pytest.mark.parametrize(("gap_m", "found"), [(14.9, ["dead_end"]), (15.1, []), (0.05, ["dead_end"])])
def test_dead_end_almost_touches_within_the_tolerance(gap_m, found):
    drawing = Drawing()
    plant_dead_end(drawing, gap_m)
    assert kinds(inspect_streets(drawing.build())) == found
    assert kinds(inspect_streets(drawing.build(), near_m=gap_m - 0.04)) == []


def test_dead_end_that_reaches_over_is_a_crossing_alone():
    drawing = Drawing()
    plant_dead_end(drawing, gap_m=-5.0)
    assert kinds(inspect_streets(drawing.build())) == ["crossing"]


def test_stub_off_the_street_it_stands_on_is_no_fault():
    drawing = Drawing()
    drawing.place("stub", 2.05, 2.1)
    drawing.street("短路", [(2, 2), "stub"])
    assert kinds(inspect_streets(drawing.build())) == []


def test_street_cut_in_two_is_told_once():
    drawing = Drawing()
    drawing.street("一路", [drawing.place("a", -3, 7), drawing.place("b", 1.45, 7)])
    drawing.street("一路", [drawing.place("c", 1.55, 7), drawing.place("d", 6, 7)])
    (finding,) = inspect_streets(drawing.build()).of("dead_end")
    assert names(finding) == ["一路", "一路"]
    assert finding.length_m == pytest.approx(9.53, abs=0.02)


def test_bridge_explains_a_crossing():
    drawing = Drawing()
    plant_crossing(drawing, level=1)
    report = inspect_streets(drawing.build())
    assert (kinds(report), kinds(report, explained=True), report.faults) == ([], ["crossing"], 0)


def test_nodes_at_one_place_that_are_not_one_node():
    drawing = Drawing()
    drawing.place("over", 2.5, 2.5)
    drawing.place("under", 2.5, 2.5)
    drawing.street("上路", [(2, 2), "over", (3, 3)])
    drawing.street("下路", [(3, 2), "under", (2, 3)])
    report = inspect_streets(drawing.build())
    assert kinds(report) == ["crossing"]
    assert sorted(names(report.of("crossing")[0])) == ["上路", "下路"]


def test_ways_drawn_over_each_other_with_nodes_of_their_own():
    drawing = Drawing()
    ends = [("a", -2, 2), ("b", -1, 2), ("c", -2, 2), ("d", -1, 2)]
    for key, x, y in ends:
        drawing.place(key, x, y)
    drawing.street("甲路", ["a", "b"])
    drawing.street("乙路", ["c", "d"])
    (finding,) = inspect_streets(drawing.build()).of("duplicate")
    assert sorted(names(finding)) == ["乙路", "甲路"]
    assert finding.length_m == pytest.approx(95.3, abs=0.1)


def test_way_that_goes_out_and_back_is_no_duplicate():
    drawing = Drawing()
    drawing.street("来回路", [(1, 1), drawing.place("far", 1.5, 1.5), (1, 1)])
    assert kinds(inspect_streets(drawing.build())) == []


def test_shut_gate_ends_a_street_and_is_no_dead_end():
    drawing = Drawing()
    plant_dead_end(drawing)
    end = drawing.builder.find("end")
    drawing.street("门里", ["end", drawing.place("inside", 0.7, 0.7)])
    drawing.gates.append(Gate(end, "", shut=True))
    streets = drawing.build()
    report = inspect_streets(streets)
    assert kinds(report) == ["component"]
    assert report.components[1].nodes == 2
    # the network has split the gate in two; it is seen as one again
    network = inspect_network(build_network(streets, 2))
    assert [(one.nodes, one.length_m) for one in network.components] == [
        (one.nodes, pytest.approx(one.length_m)) for one in report.components
    ]
    assert kinds(network) == ["component"]


def test_drawn_streets_of_one_name_that_lie_apart_are_two(write_streets, tmp_path):
    # in a network all drawn streets of one name are one way; they must still be told apart
    across = [[LON0 + k * STEP_DEG, LAT0] for k in range(3)]
    facing = [[LON0 + STEP_DEG, LAT0 + 0.00005], [LON0 + STEP_DEG, LAT0 + 0.002], [LON0, LAT0 + 0.002], [LON0, LAT0]]
    network = build_network(read_streets([write_streets(tmp_path / "s.geojson", [(across, {}), (facing, {})])]), 2)
    assert network.way_id.tolist() == [-1]
    assert kinds(inspect_network(network)) == []  # one stretch of unnamed street, as far as the network knows
    apart = [(across, {}), (facing[:-1], {})]
    network = build_network(read_streets([write_streets(tmp_path / "s.geojson", apart)]), 2)
    (finding,) = inspect_network(network).of("dead_end")
    assert finding.length_m == pytest.approx(5.54, abs=0.02)


def _crosses(a, b, c, d):
    """Whether two segments in general position cross, by the signs of four areas."""
    area = lambda p, q, r: (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])  # noqa: E731
    return area(a, b, c) * area(a, b, d) < 0 and area(c, d, a) * area(c, d, b) < 0


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_crossings_equal_a_search_through_all_pairs(seed, count):
    draw = np.random.default_rng(seed)
    places = np.array([LON0, LAT0]) + draw.uniform(0, 0.01, (2 * count, 2))
    ends = [tuple(draw.choice(2 * count, 2, replace=False).tolist()) for _ in range(count)]
    ends = list({tuple(sorted(pair)) for pair in ends})
    builder = StreetsBuilder()
    for number, pair in enumerate(ends):
        nodes = [builder.node(k, k + 1, *places[k]) for k in pair]
        builder.way(Way(number, "", "road", forward=True, backward=True, step_free=2, accuracy_m=1.0), nodes)
    expected = sum(
        not set(one) & set(other) and _crosses(*places[list(one)], *places[list(other)])
        for one, other in combinations(ends, 2)
    )
    assert len(inspect_streets(builder.build([], [])).of("crossing")) == expected


def test_bundled_streets_hold_what_is_known_of_them(root):
    base = root / "data" / "base"
    west = inspect_streets(read_streets([base / "streets_caojiadu.geojson"]))
    east = inspect_streets(read_streets([base / "streets_hudong.geojson"]))
    assert [len(report.components) for report in (west, east)] == [1, 1]
    assert [report.unnamed.streets for report in (west, east)] == [0, 0]
    assert (kinds(west), kinds(east)) == (["duplicate"] * 3, ["crossing"] * 2)


@pytest.mark.slow
def test_a_country_in_seconds(extracts):
    streets = read_streets([extracts / "andorra.osm.pbf"])
    begun = time.monotonic()
    report = inspect_streets(streets)
    assert time.monotonic() - begun < 5.0
    network = inspect_network(build_network(streets, 2))
    assert len(report.components) == len(network.components) > 10
    assert len(network.of("crossing")) == len(report.of("crossing"))
    assert sum(finding.explained for finding in report.of("crossing")) > len(report.of("crossing")) / 2
    assert min(len(report.of(kind)) for kind in KINDS) > 0
