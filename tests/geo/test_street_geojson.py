"""Streets drawn as GeoJSON: what joins, what is walked, and every fault at once."""

from __future__ import annotations

import json
import math

import pytest

from geo.errors import DataError
from geo.street_geojson import read_street_geojson

LINE = [[121.43, 31.23], [121.431, 31.23], [121.431, 31.231]]


@pytest.fixture
def read(tmp_path, write_streets):
    return lambda lines: read_street_geojson(write_streets(tmp_path / "streets.geojson", lines))


@pytest.fixture
def read_document(tmp_path):
    def read(document):
        path = tmp_path / "streets.geojson"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return read_street_geojson(path)

    return read


def _feature(geometry, properties=None):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def _faults(raised):
    return [(problem.code, problem.where) for problem in raised.value.problems]


def test_every_vertex_is_a_node_and_every_step_a_segment(read):
    streets = read([(LINE, {"name": "万航渡路", "accuracy_m": 12})])
    assert list(zip(streets.lon.tolist(), streets.lat.tolist(), strict=True)) == [tuple(place) for place in LINE]
    assert streets.segment_u.tolist() == [0, 1]
    assert streets.segment_v.tolist() == [1, 2]
    way = streets.ways[0]
    assert (way.name, way.highway, way.forward, way.backward, way.accuracy_m) == ("万航渡路", "road", True, True, 12.0)
    assert way.source_id < 0
    assert (streets.node_id < 0).all()


def test_lines_join_at_equal_positions_only(read):
    # the second line ends on the first one's vertex (given with one decimal too many), the third only crosses it
    streets = read([LINE, [[121.431000001, 31.23], [121.432, 31.23]], [[121.4305, 31.229], [121.4305, 31.231]]])
    assert len(streets.lon) == 3 + 1 + 2
    assert {1, 3} == {int(streets.segment_u[2]), int(streets.segment_v[2])}


def test_repeated_positions_add_nothing(read):
    streets = read([[LINE[0], LINE[0], LINE[1], LINE[1]]])
    assert len(streets.segment_u) == 1


def test_tags_count(read):
    tagged = [
        (LINE, {"highway": "motorway"}),
        (LINE, {"foot": "no"}),
        (LINE, {"highway": "footway", "oneway:foot": "yes", "wheelchair": "yes"}),
    ]
    streets = read(tagged)
    assert [(way.highway, way.forward, way.backward, way.step_free) for way in streets.ways] == [
        ("footway", True, False, 1)
    ]
    assert len(streets.segment_u) == 2


def test_multi_line(read_document):
    other = [[121.44, 31.23], [121.441, 31.23]]
    streets = read_document(_collection(_feature({"type": "MultiLineString", "coordinates": [LINE, other]})))
    assert len(streets.segment_u) == 3
    assert len(streets.lon) == 5
    assert math.isnan(streets.ways[0].accuracy_m)


def test_heights_are_dropped(read_document):
    line = [[*place, 4.5] for place in LINE]
    assert len(read_document(_collection(_feature({"type": "LineString", "coordinates": line}))).lon) == 3


def test_every_fault_is_told(read_document):
    document = _collection(
        _feature({"type": "LineString", "coordinates": LINE}),
        _feature(None),
        _feature({"type": "Point", "coordinates": LINE[0]}),
        _feature({"type": "LineString", "coordinates": [LINE[0]]}),
        _feature({"type": "LineString", "coordinates": [LINE[0], [True, False], ["121", "31"], [1, 2, 3, 4]]}),
        _feature({"type": "LineString", "coordinates": [[31.23, 121.43], [31.24, 121.43]]}),
        _feature({"type": "LineString", "coordinates": 7}),
        "a street",
    )
    with pytest.raises(DataError) as raised:
        read_document(document)
    assert _faults(raised) == [
        ("not_a_line", "/features/1"),
        ("not_a_line", "/features/2/geometry"),
        ("not_a_line", "/features/3/geometry/coordinates"),
        ("not_a_position", "/features/4/geometry/coordinates/1"),
        ("not_a_position", "/features/4/geometry/coordinates/2"),
        ("not_a_position", "/features/4/geometry/coordinates/3"),
        ("out_of_range", "/features/5/geometry/coordinates/0"),
        ("out_of_range", "/features/5/geometry/coordinates/1"),
        ("not_a_line", "/features/6/geometry/coordinates"),
        ("not_a_line", "/features/7"),
    ]


def test_fault_in_a_multi_line_names_the_line(read_document):
    document = _collection(_feature({"type": "MultiLineString", "coordinates": [LINE, [LINE[0], [500, 0]], []]}))
    with pytest.raises(DataError) as raised:
        read_document(document)
    assert _faults(raised) == [
        ("out_of_range", "/features/0/geometry/coordinates/1/1"),
        ("not_a_line", "/features/0/geometry/coordinates/2"),
    ]


def test_number_beyond_every_double(read_document):
    text = json.dumps(_collection(_feature({"type": "LineString", "coordinates": LINE})))
    with pytest.raises(DataError) as raised:
        read_document(text.replace("121.43,", "1" * 350 + ",", 1))
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize("properties", [["name"], "name", 5])
def test_properties_that_are_no_object(read_document, properties):
    with pytest.raises(DataError) as raised:
        read_document(_collection(_feature({"type": "LineString", "coordinates": LINE}, properties)))
    assert _faults(raised) == [("not_properties", "/features/0/properties")]


@pytest.mark.parametrize("document", [[], {"type": "FeatureCollection"}, {"features": {}}, 5])
def test_no_collection(read_document, document):
    with pytest.raises(DataError) as raised:
        read_document(document)
    assert [problem.code for problem in raised.value.problems] == ["not_a_feature_collection"]


@pytest.mark.parametrize("document", [_collection(), _collection(_feature({"type": "LineString", "coordinates": LINE},
                                                                          {"foot": "no"}))])  # fmt: skip
def test_nothing_to_walk(read_document, document):
    with pytest.raises(DataError) as raised:
        read_document(document)
    assert [problem.code for problem in raised.value.problems] == ["no_walkable_way"]


def test_not_json(read_document):
    with pytest.raises(DataError):
        read_document('{"type": "FeatureCollection", "features": [')
    with pytest.raises(DataError):
        read_document(json.dumps(_collection()).replace("[]", "[NaN]"))
