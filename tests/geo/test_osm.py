"""OpenStreetMap extracts: a table of tags against the rules, and small extracts for what joins and what does not."""

from __future__ import annotations

import pytest

from geo.errors import DataError
from geo.network_build import build_network
from geo.osm import OsmOptions, gate_state, is_walkable, read_osm, step_free_state, walking_directions
from geo.streets import STEP_FREE_NO, STEP_FREE_UNKNOWN, STEP_FREE_YES


def tags(text):
    """Return the tags of a line such as "highway=trunk foot=no"."""
    return dict(part.split("=", 1) for part in text.split())


PLAIN = [
    *("trunk", "primary", "secondary", "tertiary", "trunk_link", "primary_link", "secondary_link", "tertiary_link"),
    *("unclassified", "residential", "living_street", "service", "pedestrian", "footway", "path", "steps", "track"),
    *("corridor", "cycleway", "bridleway", "road"),
]
NOT_WALKABLE = ["motorway", "motorway_link", "construction", "proposed", "raceway", "bus_guideway", "platform", "no"]

WALKABLE = {
    "highway=pedestrian area=yes": True,
    "highway=primary sidewalk=no": True,
    "highway=trunk sidewalk=both": True,
    "highway=trunk sidewalk=no": False,
    "highway=trunk_link sidewalk=no": False,
    "highway=trunk sidewalk=no foot=yes": True,
    "highway=trunk foot=no": False,
    "highway=residential foot=no": False,
    "highway=residential foot=use_sidepath": False,
    "highway=footway foot=private": False,
    "highway=service access=no": False,
    "highway=service access=private": False,
    "highway=service access=private foot=yes": True,
    "highway=service access=private foot=designated": True,
    "highway=service access=private foot=permissive": True,
    "highway=service access=no foot=destination": True,
    "highway=service access=no foot=no": False,
    "highway=service access=customers": True,
    "highway=motorway foot=yes": True,
    "highway=motorway foot=designated": True,
    "highway=motorway foot=permissive": False,
    "highway=raceway foot=yes": True,
    "highway=construction foot=yes": False,
    "highway=proposed foot=designated": False,
    "highway=service service=parking_aisle": False,
    "highway=service service=drive-through": False,
    "highway=service service=driveway": True,
    "highway=service service=parking_aisle foot=yes": True,
    "foot=yes": False,
    "railway=rail": False,
}


@pytest.mark.parametrize("highway", PLAIN)
def test_highway_is_walkable(highway):
    assert is_walkable({"highway": highway})


@pytest.mark.parametrize("highway", NOT_WALKABLE)
def test_highway_is_not_walkable(highway):
    assert not is_walkable({"highway": highway})


@pytest.mark.parametrize(("text", "expected"), WALKABLE.items(), ids=WALKABLE)
def test_walkable_by_tags(text, expected):
    assert is_walkable(tags(text)) is expected


def test_car_parks_on_request():
    aisle = tags("highway=service service=parking_aisle")
    assert is_walkable(aisle, OsmOptions(parking_aisles=True))
    assert not is_walkable(aisle | {"access": "private"}, OsmOptions(parking_aisles=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("highway=residential", (True, True)),
        ("highway=residential oneway=yes", (True, True)),
        ("highway=footway oneway:foot=yes", (True, False)),
        ("highway=footway oneway:foot=-1", (False, True)),
        ("highway=footway oneway:foot=no oneway=yes", (True, True)),
        ("highway=steps foot:backward=no", (True, False)),
        ("highway=steps foot:forward=no", (False, True)),
        ("highway=steps oneway:foot=yes foot:forward=no", (False, False)),
    ],
)
def test_walking_directions(text, expected):
    assert walking_directions(tags(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("highway=steps", STEP_FREE_NO),
        ("highway=steps wheelchair=yes", STEP_FREE_NO),
        ("highway=footway wheelchair=no", STEP_FREE_NO),
        ("highway=footway incline=9%", STEP_FREE_NO),
        ("highway=footway incline=-8.1%", STEP_FREE_NO),
        ("highway=footway incline=5°", STEP_FREE_NO),
        ("highway=footway wheelchair=yes incline=12%", STEP_FREE_NO),
        ("highway=footway incline=8%", STEP_FREE_UNKNOWN),
        ("highway=footway incline=4°", STEP_FREE_UNKNOWN),
        ("highway=footway incline=up", STEP_FREE_UNKNOWN),
        ("highway=footway", STEP_FREE_UNKNOWN),
        ("highway=footway wheelchair=limited", STEP_FREE_UNKNOWN),
        ("highway=footway wheelchair=yes", STEP_FREE_YES),
        ("highway=footway wheelchair=designated incline=2%", STEP_FREE_YES),
    ],
)
def test_step_free(text, expected):
    assert step_free_state(tags(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("barrier=gate", (False, "")),
        ("barrier=gate access=private", (True, "")),
        ("barrier=lift_gate access=no", (True, "")),
        ("barrier=lift_gate access=no foot=yes", (False, "")),
        ("barrier=swing_gate foot=no", (True, "")),
        ("barrier=turnstile foot=private", (True, "")),
        ("barrier=gate opening_hours=06:00-22:00", (False, "06:00-22:00")),
        ("barrier=bollard access=no", None),
        ("highway=crossing", None),
    ],
)
def test_gates(text, expected):
    assert gate_state(tags(text)) == expected


# Small extracts: a cross of two ways through node 5, and what becomes of it.

PLACES = {1: (121.430, 31.230), 2: (121.432, 31.230), 3: (121.431, 31.229), 4: (121.431, 31.231), 5: (121.431, 31.230)}


@pytest.fixture
def write_osm(tmp_path):
    def write(ways, node_tags=None, places=None):
        known = node_tags or {}
        lines = ['<osm version="0.6" generator="by hand">']
        for number, (lon, lat) in (places or PLACES).items():
            own = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags(known.get(number, "")).items())
            lines.append(f'<node id="{number}" version="1" lon="{lon}" lat="{lat}">{own}</node>')
        for number, (nodes, text) in ways.items():
            inside = "".join(f'<nd ref="{node}"/>' for node in nodes)
            inside += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags(text).items())
            lines.append(f'<way id="{number}" version="1">{inside}</way>')
        path = tmp_path / "extract.osm"
        path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
        return path

    return write


CROSS = {70: ([1, 5, 2], "highway=residential name=长寿路"), 71: ([3, 5, 4], "highway=footway")}


def test_ways_join_at_a_shared_node(write_osm):
    network = build_network(read_osm(write_osm(CROSS)), 2)
    assert (network.node_count, network.edge_count, len(network.left_out)) == (5, 4, 0)
    assert sorted(network.node_id.tolist()) == [1, 2, 3, 4, 5]
    assert sorted(network.edge_name(edge) for edge in range(4)) == ["", "", "长寿路", "长寿路"]
    assert network.way_id.tolist() == [70, 71]
    assert network.highways == ("footway", "residential")


def test_bridge_does_not_meet_the_road_below(write_osm):
    bridge = {70: ([1, 2], "highway=residential"), 71: ([3, 4], "highway=footway bridge=yes layer=1")}
    network = build_network(read_osm(write_osm(bridge)), 2)
    assert (network.node_count, network.edge_count) == (4, 2)
    with pytest.raises(DataError):
        build_network(read_osm(write_osm(bridge)), 3)


def test_bridge_over_a_node_at_the_same_position_does_not_meet_it(write_osm):
    places = PLACES | {6: PLACES[5]}
    bridge = {70: ([1, 5, 2], "highway=residential"), 71: ([3, 6, 4], "highway=footway bridge=yes layer=1")}
    network = build_network(read_osm(write_osm(bridge, places=places)), 3)
    degree = {int(k): int(n) for k, n in zip(network.node_id, network.onward.start[1:] - network.onward.start[:-1],
                                             strict=True)}  # fmt: skip
    assert degree == {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 2}


def test_way_is_cut_where_the_extract_has_no_node(write_osm):
    streets = read_osm(write_osm({70: ([1, 5, 99, 2, 4], "highway=residential"), 71: ([98, 3], "highway=path")}))
    pairs = {tuple(streets.node_id[[u, v]].tolist()) for u, v in zip(streets.segment_u, streets.segment_v, strict=True)}
    assert pairs == {(1, 5), (2, 4)}


def test_unwalkable_ways_and_ways_of_no_direction_are_left_out(write_osm):
    ways = CROSS | {
        72: ([1, 3], "highway=motorway"),
        73: ([2, 4], "highway=steps oneway:foot=yes foot:forward=no"),
        74: ([1, 4], "building=yes"),
    }
    assert sorted({way.source_id for way in read_osm(write_osm(ways)).ways}) == [70, 71]


def test_one_way_foot_street_in_the_network(write_osm):
    for text, expected in (("yes", {(1, 5), (5, 2)}), ("-1", {(5, 1), (2, 5)})):
        ways = {70: ([1, 5, 2], f"highway=footway oneway:foot={text}"), 71: ([3, 5, 4], "highway=path oneway=yes")}
        network = build_network(read_osm(write_osm(ways)), 2)
        adjacency, ids = network.onward, network.node_id
        steps = {
            (int(ids[node]), int(ids[adjacency.neighbour[k]]))
            for node in range(network.node_count)
            for k in range(adjacency.start[node], adjacency.start[node + 1])
        }
        assert steps == expected | {(3, 5), (5, 3), (5, 4), (4, 5)}


def test_shut_gate_splits_and_open_gate_does_not(write_osm):
    shut = build_network(read_osm(write_osm(CROSS, {5: "barrier=gate access=private"})), 2)
    # each of the four edges keeps an end of its own at the gate
    assert (shut.node_count, shut.edge_count) == (8, 4)
    assert shut.node_id.tolist().count(5) == 4
    assert (shut.onward.start[1:] - shut.onward.start[:-1] == 1).all()
    passed = build_network(read_osm(write_osm(CROSS, {5: "barrier=gate access=private foot=yes"})), 2)
    assert (passed.node_count, passed.edge_count) == (5, 4)


def test_opening_hours_of_gates_are_kept(write_osm):
    hours = {5: "barrier=gate opening_hours=06:00-22:00", 2: "barrier=gate", 4: "barrier=gate access=no"}
    network = build_network(read_osm(write_osm(CROSS, hours)), 2)
    kept = {int(network.node_id[gate.node]): gate.opening_hours for gate in network.gates}
    assert kept == {5: "06:00-22:00", 2: ""}


def test_step_free_state_is_kept_on_the_way(write_osm):
    ways = CROSS | {72: ([1, 3], "highway=steps"), 73: ([2, 4], "highway=footway wheelchair=yes")}
    network = build_network(read_osm(write_osm(ways)), 2)
    assert dict(zip(network.way_id.tolist(), network.way_step_free.tolist(), strict=True)) == {
        70: STEP_FREE_UNKNOWN,
        71: STEP_FREE_UNKNOWN,
        72: STEP_FREE_NO,
        73: STEP_FREE_YES,
    }


def test_square_is_walked_round_its_outline(write_osm):
    network = build_network(read_osm(write_osm({70: ([1, 3, 2, 4, 1], "highway=pedestrian area=yes")})), 2)
    assert (network.node_count, network.edge_count) == (4, 4)


def _fault(raised):
    return [problem.code for problem in raised.value.problems]


def test_no_walkable_way(write_osm):
    with pytest.raises(DataError) as raised:
        read_osm(write_osm({70: ([1, 5, 2], "highway=motorway")}))
    assert _fault(raised) == ["no_walkable_way"]
    with pytest.raises(DataError) as raised:
        read_osm(write_osm({}))
    assert _fault(raised) == ["no_walkable_way"]


@pytest.mark.parametrize("name", ["garbage.osm", "garbage.osm.pbf", "garbage.osm.gz"])
@pytest.mark.parametrize("content", [b"\x00\x01 no extract \xff" * 50, b"<osm><node id='x'/></osm>", b"<osm>", b"{}"])
def test_garbage(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_osm(path)
    assert _fault(raised) == ["extract_unreadable"]
    assert str(path) in str(raised.value)


def test_truncated_pbf(tmp_path, extracts):
    raw = (extracts / "helsinki_centre.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    for share in (0.01, 0.3, 0.7, 0.99):
        path.write_bytes(raw[: int(len(raw) * share)])
        with pytest.raises(DataError) as raised:
            read_osm(path)
        assert _fault(raised) == ["extract_unreadable"]
