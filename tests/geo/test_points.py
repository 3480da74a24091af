"""The open reader: any GeoJSON of points, kept as it is, with coordinates and people checked strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError
from geo.points import parse_points


def feature(coordinates=(1.5, 2.5), **members):
    geometry = None if coordinates is None else {"type": "Point", "coordinates": list(coordinates)}
    return {"type": "Feature", "geometry": geometry, "properties": {}} | members


def parsed(*features):
    return parse_points(json.dumps({"type": "FeatureCollection", "features": features}).encode(), "")


def faults(*features):
    with pytest.raises(DataError) as caught:
        parsed(*features)
    return [(problem.code, problem.where) for problem in caught.value.problems]


def test_ids_keep_their_type_and_order():
    frame = parsed(feature(id=7), feature(id="b"), feature(properties={"id": "a"}), feature(), feature(id=2.5))
    assert frame["id"].tolist() == [7, "b", "a", "3", 2.5]
    assert [type(value) for value in frame["id"]] == [int, str, str, str, float]
    assert list(frame.index) == [0, 1, 2, 3, 4]


def test_the_feature_s_id_goes_before_the_property():
    assert parsed(feature(id="a", properties={"id": "b"}))["id"].tolist() == ["a"]


def test_columns_and_what_stands_in_when_absent():
    given_all = {"people": 12.5, "location_status": "sample", "service_radius_m": 300, "colour": "red"}
    frame = parsed(
        feature(properties=given_all), feature(properties=None), feature(properties={"service_radius_m": None})
    )
    assert frame["people"].tolist() == [12.5, 1.0, 1.0]
    assert frame["location_status"].tolist() == ["sample", None, None]
    assert frame["service_radius_m"].tolist() == [300.0, None, None]
    assert frame["properties"].iloc[0] == given_all
    assert frame.crs.to_epsg() == 4326
    assert [(point.x, point.y) for point in frame.geometry] == [(1.5, 2.5)] * 3


def test_null_geometry_is_kept_and_height_dropped():
    frame = parsed(feature(None), feature((1, 2, 3)))
    assert frame.geometry.iloc[0] is None
    assert not frame.geometry.iloc[1].has_z


def test_empty_collection():
    assert len(parsed()) == 0


def test_a_bare_feature_is_one_point():
    assert parse_points(json.dumps(feature(id=1)).encode(), "")["id"].tolist() == [1]
    with pytest.raises(DataError) as caught:
        parse_points(json.dumps(feature((100, 95))).encode(), "one.geojson")
    assert caught.value.problems[0].where == "one.geojson#/geometry/coordinates/1"


def test_what_geojson_allows_beside_is_ignored():
    raw = {
        "type": "FeatureCollection",
        "name": "x",
        "bbox": [0, 0, 1, 1],
        "features": [feature(bbox=[0, 0, 1, 1], title="t")],
    }
    raw["features"][0]["geometry"]["bbox"] = [0, 0, 1, 1]
    raw["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(parse_points(json.dumps(raw).encode(), "")) == 1


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (feature((31.2, 121.4)), ("swapped_axes", "/features/1/geometry/coordinates")),
        (feature((100, 95)), ("latitude_out_of_range", "/features/1/geometry/coordinates/1")),
        (feature((181, 5)), ("longitude_out_of_range", "/features/1/geometry/coordinates/0")),
        (feature((float("nan"), 5)), ("not_finite", "/features/1/geometry/coordinates/0")),
        (feature((10**350, 5)), ("not_finite", "/features/1/geometry/coordinates/0")),
        (feature((True, 5)), ("not_a_number", "/features/1/geometry/coordinates/0")),
        (feature(("1", 5)), ("not_a_number", "/features/1/geometry/coordinates/0")),
        (feature((1, 2, 3, 4)), ("too_many_numbers", "/features/1/geometry/coordinates")),
        (feature(()), ("empty_coordinates", "/features/1/geometry/coordinates")),
        (
            feature(geometry={"type": "MultiPoint", "coordinates": [[1, 2]]}),
            ("geometry_not_allowed", "/features/1/geometry/type"),
        ),
        (
            feature(geometry={"type": "Polygon", "coordinates": []}),
            ("geometry_not_allowed", "/features/1/geometry/type"),
        ),
        (feature(geometry={"type": "Dot", "coordinates": []}), ("unknown_geometry_type", "/features/1/geometry/type")),
        (feature(geometry=[1, 2]), ("wrong_type", "/features/1/geometry")),
        ({"type": "Feature", "properties": {}}, ("missing_member", "/features/1")),
        (feature(type="Place"), ("not_a_feature", "/features/1")),
        (7, ("not_a_feature", "/features/1")),
        (feature(properties=[]), ("wrong_type", "/features/1/properties")),
        (feature(id=True), ("bad_id", "/features/1/id")),
        (feature(id=["a"]), ("bad_id", "/features/1/id")),
        (feature(properties={"id": {}}), ("bad_id", "/features/1/properties/id")),
        (feature(properties={"people": True}), ("wrong_type", "/features/1/properties/people")),
        (feature(properties={"people": "12"}), ("wrong_type", "/features/1/properties/people")),
        (feature(properties={"people": None}), ("wrong_type", "/features/1/properties/people")),
        (feature(properties={"people": -0.5}), ("out_of_range", "/features/1/properties/people")),
        (feature(properties={"people": float("inf")}), ("not_finite", "/features/1/properties/people")),
        (feature(properties={"service_radius_m": 0}), ("out_of_range", "/features/1/properties/service_radius_m")),
        (feature(properties={"service_radius_m": False}), ("wrong_type", "/features/1/properties/service_radius_m")),
        (feature(id="first"), ("duplicate_id", "/features/1")),
    ],
)
def test_one_fault_is_one_problem_at_its_place(broken, expected):
    assert faults(feature(id="first"), broken, feature(id="last")) == [expected]


def test_ids_that_read_the_same_are_one_id():
    assert faults(feature(id=1), feature(id="1"), feature(id=1.0)) == [
        ("duplicate_id", "/features/1"),
        ("duplicate_id", "/features/2"),
    ]
    assert faults(feature(id="1"), feature()) == [("duplicate_id", "/features/1")]


def test_all_faults_are_told():
    both = feature((100, 95), properties={"people": -1})
    assert faults(both, feature(id=1), feature(id=1)) == [
        ("latitude_out_of_range", "/features/0/geometry/coordinates/1"),
        ("out_of_range", "/features/0/properties/people"),
        ("duplicate_id", "/features/2"),
    ]


@pytest.mark.parametrize("raw", ["[]", "7", "null", '{"type": "Point", "coordinates": [1, 2]}', '{"features": []}'])
def test_what_is_no_collection(raw):
    with pytest.raises(DataError) as caught:
        parse_points(raw.encode(), "f.geojson")
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        ("not_feature_collection", "f.geojson")
    ]


def test_foreign_crs():
    raw = {"type": "FeatureCollection", "features": [], "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}
    with pytest.raises(DataError) as caught:
        parse_points(json.dumps(raw).encode(), "f.geojson")
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [("foreign_crs", "f.geojson#/crs")]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(0, 1e9)), max_size=6))
def test_positions_and_people_are_kept(points):
    frame = parsed(*(feature((lon, lat), properties={"people": people}) for lon, lat, people in points))
    assert frame["people"].tolist() == [people for _, _, people in points]
    for (lon, lat, _), point in zip(points, frame.geometry, strict=True):
        assert abs(point.x - lon) <= 0.5e-7 * 1.001
        assert abs(point.y - lat) <= 0.5e-7 * 1.001
