"""Answers of an Overpass server: the same streets as an extract of the same data, and every fault in words."""

from __future__ import annotations

import json

import pytest

from geo.errors import DataError
from geo.network_build import build_network, read_streets
from geo.osm import OsmOptions, read_osm
from geo.overpass import is_overpass, read_overpass

PLACES = {1: (121.430, 31.230), 2: (121.432, 31.230), 3: (121.431, 31.229), 4: (121.431, 31.231), 5: (121.431, 31.230)}
WAYS = {
    70: ([1, 5, 2], {"highway": "residential", "name": "长寿路"}),
    71: ([3, 5, 4], {"highway": "footway", "oneway:foot": "yes"}),
    72: ([1, 3], {"highway": "motorway"}),
    73: ([2, 4], {"highway": "steps", "bridge": "yes"}),
    74: ([3, 2], {"highway": "service", "service": "parking_aisle"}),
}
NODE_TAGS = {
    5: {"highway": "crossing"},
    4: {"barrier": "gate", "opening_hours": "06:00-22:00"},
    3: {"barrier": "gate", "access": "no"},
}
HEAD = {"version": 0.6, "generator": "Overpass API", "osm3s": {"timestamp_osm_base": "2026-01-01T00:00:00Z"}}


def answer_of(form):
    """The same data as an answer with full nodes (`body`), bare ones (`skel`), or positions in the ways (`geom`)."""
    nodes = [{"type": "node", "id": k, "lon": lon, "lat": lat} for k, (lon, lat) in PLACES.items()]
    ways = [{"type": "way", "id": k, "nodes": nodes, "tags": tags} for k, (nodes, tags) in WAYS.items()]
    if form == "geom":
        for way in ways:
            way["geometry"] = [{"lat": PLACES[k][1], "lon": PLACES[k][0]} for k in way["nodes"]]
        nodes = [node | {"tags": NODE_TAGS[node["id"]]} for node in nodes if node["id"] in NODE_TAGS]
    elif form == "body":
        nodes = [node | ({"tags": NODE_TAGS[node["id"]]} if node["id"] in NODE_TAGS else {}) for node in nodes]
    return HEAD | {"elements": [*ways, *nodes]}


@pytest.fixture
def write(tmp_path):
    def written(document, name="answer.json"):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return path

    return written


@pytest.fixture
def extract(tmp_path):
    """The same data as an extract."""
    mark = lambda tags: "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())  # noqa: E731
    lines = [f'<node id="{k}" version="1" lon="{x}" lat="{y}">{mark(NODE_TAGS.get(k, {}))}</node>'
             for k, (x, y) in PLACES.items()]  # fmt: skip
    for number, (nodes, tags) in WAYS.items():
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        lines.append(f'<way id="{number}" version="1">{refs}{mark(tags)}</way>')
    path = tmp_path / "same.osm"
    path.write_text(f'<osm version="0.6">{"".join(lines)}</osm>', encoding="utf-8")
    return path


@pytest.mark.parametrize("aisles", [False, True])
@pytest.mark.parametrize("form", ["body", "geom"])
def test_same_network_as_the_extract(write, extract, form, aisles):
    options = OsmOptions(parking_aisles=aisles)
    ours = build_network(read_streets([write(answer_of(form))], options), 2)
    theirs = build_network(read_osm(extract, options), 2)
    assert ours.content_hash == theirs.content_hash
    assert sorted(ours.way_id.tolist()) == ([70, 71, 73, 74] if aisles else [70, 71, 73])


def test_skeleton_nodes_carry_no_gates(write, extract):
    bare = read_overpass(write(answer_of("skel")))
    assert (bare.gates, bare.crossings) == ((), ())
    full = read_overpass(write(answer_of("body")))
    assert [(int(full.node_id[gate.node]), gate.shut) for gate in full.gates] == [(3, True), (4, False)]
    assert [int(full.node_id[node]) for node, _ in full.crossings] == [5]
    assert [way.level for way in full.ways] == [0, 0, 1]


def test_answers_join_by_node_ids(write):
    parts = {name: answer_of("body") for name in ("west", "east")}
    for name, ways in (("west", (70,)), ("east", (71, 73))):
        parts[name]["elements"] = [e for e in parts[name]["elements"] if e["type"] == "node" or e["id"] in ways]
    paths = [write(document, f"{name}.json") for name, document in parts.items()]
    joined = build_network(read_streets(paths), 2)
    assert joined.content_hash == build_network(read_overpass(write(answer_of("body"))), 2).content_hash


def test_way_given_twice_counts_once_and_keeps_its_tags(write):
    document = answer_of("body")
    bare = [{k: v for k, v in e.items() if k != "tags"} for e in document["elements"] if e["type"] == "way"]
    once = read_overpass(write(document))
    document["elements"] += bare
    twice = read_overpass(write(document))
    assert len(once.segment_u) == len(twice.segment_u) == 5
    assert once.ways == twice.ways


def test_way_is_cut_where_no_position_came(write):
    document = answer_of("geom")
    document["elements"] = [e for e in document["elements"] if e["type"] == "way" and e["id"] == 70]
    document["elements"][0] |= {"nodes": [1, 5, 9, 2, 4], "geometry": [
        {"lat": 31.23, "lon": 121.43 + k / 1000} if k != 2 else None for k in range(5)
    ]}  # fmt: skip
    streets = read_overpass(write(document))
    pairs = {tuple(streets.node_id[[u, v]].tolist()) for u, v in zip(streets.segment_u, streets.segment_v, strict=True)}
    assert pairs == {(1, 5), (2, 4)}


def test_other_elements_are_passed_over(write):
    document = answer_of("body")
    document["elements"] += [{"type": "relation", "id": 1, "members": []}, {"type": "count", "id": 0, "tags": {}}]
    assert len(read_overpass(write(document)).segment_u) == 5


def test_json_is_told_apart_by_content(write, write_streets, tmp_path):
    drawn = write_streets(tmp_path / "drawn.json", [([[121.43, 31.23], [121.431, 31.23]], {"elements": "x"})])
    assert not is_overpass(drawn.read_bytes())
    assert len(read_streets([drawn]).segment_u) == 1
    assert is_overpass(write(answer_of("body")).read_bytes())


def faults(path, read=read_overpass):
    with pytest.raises(DataError) as raised:
        read(path)
    return [problem.code for problem in raised.value.problems], str(raised.value)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_answer_cut_short(write, share):
    text = json.dumps(answer_of("body"))
    codes, words = faults(write(text[: int(len(text) * share)]), lambda path: read_streets([path]))
    assert codes == ["overpass_unreadable"]
    assert "cut short" in words
    assert "Ask the server again" in words


def test_page_for_people(write):
    codes, words = faults(write("<html><body>rate_limited</body></html>"))
    assert codes == ["overpass_unreadable"]
    assert "a page for people" in words


@pytest.mark.parametrize(
    "remark",
    [
        'runtime error: Query timed out in "query" at line 1 after 26 seconds.',
        'runtime error: Query run out of memory in "recurse" at line 1 using about 512 MB of RAM.',
    ],
)
def test_unfinished_answer_is_refused(write, remark):
    codes, words = faults(write(answer_of("body") | {"remark": remark}))
    assert codes == ["overpass_unfinished"]
    assert "did not finish" in words
    assert "smaller area" in words


def test_remark_that_tells_of_no_fault_is_no_fault(write):
    document = answer_of("body") | {"remark": "Timeout is 180 and maxsize is 536870912."}
    assert len(read_overpass(write(document)).segment_u) == 5


def test_every_fault_is_named_with_its_place(write):
    elements = [
        "text",
        {"type": "node", "id": "7", "lat": 31.2, "lon": 121.4},
        {"type": "node", "id": 8, "lat": 121.4, "lon": 31.2},
        {"type": "node", "id": 9, "lat": True, "lon": 121.4},
        {"type": "node", "id": 10, "lat": 31.2, "lon": 121.4, "tags": ["gate"]},
        {"type": "way", "id": 1, "tags": {"highway": "path"}},
        {"type": "way", "id": 2, "nodes": [1, 2], "geometry": [{"lat": 31.2, "lon": 121.4}]},
        {"type": "way", "id": 3, "nodes": [1, 2], "geometry": [{"lat": 31.2, "lon": 121.4}, {"lat": 99, "lon": 0}]},
        {"type": "way", "id": 4, "nodes": [1, True]},
        {"type": "way", "id": 5, "nodes": [1, 2], "tags": {"highway": 1}},
    ]
    with pytest.raises(DataError) as raised:
        read_overpass(write(HEAD | {"elements": elements}))
    assert [(problem.code, problem.where) for problem in raised.value.problems] == [
        ("not_an_element", "/elements/0"),
        ("no_id", "/elements/1/id"),
        ("not_a_position", "/elements/2"),
        ("not_a_position", "/elements/3"),
        ("not_tags", "/elements/4/tags"),
        ("no_nodes", "/elements/5/nodes"),
        ("not_a_line", "/elements/6/geometry"),
        ("not_a_position", "/elements/7/geometry/1"),
        ("no_nodes", "/elements/8/nodes"),
        ("not_tags", "/elements/9/tags"),
    ]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (HEAD, "overpass_unreadable"),
        ([], "overpass_unreadable"),
        (HEAD | {"elements": {}}, "overpass_unreadable"),
        (HEAD | {"elements": []}, "no_walkable_way"),
        (HEAD | {"elements": [{"type": "way", "id": 1, "nodes": [1, 2], "tags": {"highway": "path"}}]}, "no_positions"),
        (
            HEAD | {"elements": [e for e in answer_of("body")["elements"] if e["id"] not in (70, 71, 73)]},
            "no_walkable_way",
        ),
    ],
)
def test_answer_with_nothing_in_it(write, document, code):
    assert faults(write(document))[0] == [code]
