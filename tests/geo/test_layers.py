"""Layer files against the closed schema: one file for each fault, and what the checker says of it, exactly."""

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Polygon, box

from geo.catalog import read_catalog
from geo.errors import DataError
from geo.layers import check_layer, layer_to_geojson, parse_layer, read_layer

DATA = Path(__file__).parents[1] / "data"
FAULTS = DATA / "faults"
PROJECT = Path(__file__).parents[2] / "data"
CATALOG = read_catalog(DATA / "catalog")
NURSERIES = CATALOG.layers["nurseries"]
OUTLINES = {"eastside": box(121.43, 31.22, 121.45, 31.24)}
BOTTOM_RIGHT = (121.45, 31.23)

# Every file of tests/data/faults with all that is to be said of it, and nothing else: code and place.
EXPECTED: dict[str, list[tuple[str, str]]] = {
    "address_without_accuracy": [("missing_accuracy", "/features/1/properties")],
    "another_city": [("outside_subdistrict", "/features/1/geometry")],
    "approximate_without_accuracy": [("missing_accuracy", "/features/1/properties")],
    "bad_id": [("bad_id", "/features/1/id")],
    "bare_feature": [("not_feature_collection", "")],
    "bare_list": [("not_feature_collection", "")],
    "bidi_isolate": [("bidi_control", "/features/1/properties/address")],
    "blank_name": [("empty_text", "/features/1/properties/name")],
    "boolean_accuracy": [("wrong_type", "/features/1/properties/accuracy_m")],
    "boolean_coordinates": [
        ("not_a_number", "/features/1/geometry/coordinates/0"),
        ("not_a_number", "/features/1/geometry/coordinates/1"),
    ],
    "boolean_places": [("wrong_type", "/features/1/properties/places")],
    "bowtie_polygon": [("invalid_polygon", "/features/1/geometry/coordinates")],
    "broken_link": [("unsafe_link", "/features/1/properties/website")],
    "byte_order_mark": [],
    "byte_order_mark_in_name": [("zero_width", "/features/1/properties/name")],
    "clockwise_ring": [],
    "constructor_property": [("unknown_property", "/features/1/properties/constructor")],
    "crs_is_null": [("foreign_crs", "/crs")],
    "cut_off": [("not_json", "")],
    "data_link": [("unsafe_link", "/features/1/properties/website")],
    "date_in_other_form": [("bad_date", "/features/1/properties/verified_on")],
    "decomposed_text": [],
    "duplicate_id": [("duplicate_id", "/features/1/id")],
    "duplicate_key": [("duplicate_key", "/features/1/properties/accuracy_m")],
    "empty_file": [("not_json", "")],
    "empty_point": [("empty_coordinates", "/features/1/geometry/coordinates")],
    "empty_polygon": [("empty_coordinates", "/features/1/geometry/coordinates")],
    "empty_ring": [("empty_coordinates", "/features/1/geometry/coordinates/0")],
    "feature_is_number": [("wrong_type", "/features/1")],
    "features_is_object": [("wrong_type", "/features")],
    "features_missing": [("missing_member", "/features")],
    "five_thousand_digits": [("number_too_long", "")],
    "foreign_crs": [("foreign_crs", "/crs")],
    "four_numbers": [("too_many_numbers", "/features/1/geometry/coordinates")],
    "fractional_places": [("wrong_type", "/features/1/properties/places")],
    "gbk_bytes": [("not_utf8", "")],
    "geometry_collection": [("geometry_not_allowed", "/features/1/geometry/type")],
    "geometry_is_text": [("wrong_type", "/features/1/geometry")],
    "geometry_missing": [("missing_member", "/features/1")],
    "geometry_with_extra_member": [("unknown_member", "/features/1/geometry/radius")],
    "good": [],
    "good_link": [],
    "good_polygon": [],
    "hole_outside": [("invalid_polygon", "/features/1/geometry/coordinates")],
    "huge_capacity": [("out_of_range", "/features/1/properties/capacity")],
    "infinity_coordinate": [("not_finite", "/features/1/geometry/coordinates/1")],
    "integer_beyond_double": [("not_finite", "/features/1/properties/accuracy_m")],
    "javascript_link": [("unsafe_link", "/features/1/properties/website")],
    "latitude_95": [("latitude_out_of_range", "/features/1/geometry/coordinates/1")],
    "line_break_in_name": [("control_character", "/features/1/properties/name")],
    "lone_surrogate": [("lone_surrogate", "/features/1/properties/name")],
    "long_name": [("text_too_long", "/features/1/properties/name")],
    "longitude_200": [("longitude_out_of_range", "/features/1/geometry/coordinates/0")],
    "lower_case_id": [("bad_id", "/features/1/id")],
    "many_faults": [
        ("bad_id", "/features/1/id"),
        ("unknown_property", "/features/1/properties/colour"),
        ("empty_text", "/features/1/properties/name"),
        ("bad_date", "/features/1/properties/verified_on"),
        ("unknown_subdistrict", "/features/1/properties/subdistrict"),
        ("swapped_axes", "/features/1/geometry/coordinates"),
    ],
    "markup_in_text": [],
    "missing_id": [("missing_id", "/features/1")],
    "missing_name": [("missing_property", "/features/1/properties")],
    "missing_own_property": [("missing_property", "/features/1/properties")],
    "missing_source": [("missing_property", "/features/1/properties")],
    "multipoint": [("geometry_not_allowed", "/features/1/geometry/type")],
    "name_is_number": [("wrong_type", "/features/1/properties/name")],
    "nan_accuracy": [("not_finite", "/features/1/properties/accuracy_m")],
    "nan_coordinate": [("not_finite", "/features/1/geometry/coordinates/0")],
    "negative_capacity": [("out_of_range", "/features/1/properties/capacity")],
    "nested_point": [("too_few_numbers", "/features/1/geometry/coordinates")],
    "no_coordinates": [("missing_member", "/features/1/geometry")],
    "no_such_date": [("bad_date", "/features/1/properties/verified_on")],
    "not_a_feature": [("not_a_feature", "/features/1/type")],
    "nul_in_name": [("control_character", "/features/1/properties/name")],
    "null_coordinate": [("not_a_number", "/features/1/geometry/coordinates/0")],
    "null_geometry_but_address": [("missing_geometry", "/features/1/geometry")],
    "null_name": [("missing_property", "/features/1/properties")],
    "one_number": [("too_few_numbers", "/features/1/geometry/coordinates")],
    "outside_subdistrict": [("outside_subdistrict", "/features/1/geometry")],
    "overflowing_coordinate": [("not_finite", "/features/1/geometry/coordinates/0")],
    "polygon_in_point_layer": [("geometry_not_allowed", "/features/1/geometry/type")],
    "properties_null": [("wrong_type", "/features/1/properties")],
    "proto_property": [("unknown_property", "/features/1/properties/__proto__")],
    "right_to_left_mark": [("bidi_control", "/features/1/properties/note")],
    "right_to_left_override": [("bidi_control", "/features/1/properties/name")],
    "short_ring": [("ring_too_short", "/features/1/geometry/coordinates/0")],
    "stray_byte": [("not_utf8", "")],
    "swapped_lat_lon": [("swapped_axes", "/features/1/geometry/coordinates")],
    "swapped_polygon": [("swapped_axes", "/features/1/geometry/coordinates/0/0")],
    "text_accuracy": [("wrong_type", "/features/1/properties/accuracy_m")],
    "text_boolean": [("wrong_type", "/features/1/properties/public")],
    "text_coordinates": [
        ("not_a_number", "/features/1/geometry/coordinates/0"),
        ("not_a_number", "/features/1/geometry/coordinates/1"),
    ],
    "three_numbers": [("z_dropped", "/features/1/geometry/coordinates")],
    "trailing_comma": [("not_json", "")],
    "unclosed_ring": [("unclosed_ring", "/features/1/geometry/coordinates/0/3")],
    "unknown_choice": [("unknown_choice", "/features/1/properties/surface")],
    "unknown_feature_member": [("unknown_member", "/features/1/bbox")],
    "unknown_geometry_type": [("unknown_geometry_type", "/features/1/geometry/type")],
    "unknown_phase": [("unknown_choice", "/features/1/properties/phase")],
    "unknown_property": [("unknown_property", "/features/1/properties/colour")],
    "unknown_status": [("unknown_choice", "/features/1/properties/location_status")],
    "unknown_subdistrict": [("unknown_subdistrict", "/features/1/properties/subdistrict")],
    "unknown_top_member": [("unknown_member", "/generator")],
    "unlocated_with_geometry": [("unexpected_geometry", "/features/1/geometry")],
    "utf16_bytes": [("not_utf8", "")],
    "wgs84_crs": [],
    "wrong_layer_name": [("wrong_layer_name", "/name")],
    "zero_accuracy": [("out_of_range", "/features/1/properties/accuracy_m")],
    "zero_radius": [("out_of_range", "/features/1/properties/service_radius_m")],
    "zero_width_joiner": [("zero_width", "/features/1/properties/source")],
    "zero_width_space": [("zero_width", "/features/1/properties/name")],
}
WARNINGS = {"outside_subdistrict", "z_dropped"}
ACCEPTED = {name for name, problems in EXPECTED.items() if {code for code, _ in problems} <= WARNINGS}


def layer_of(raw):
    return CATALOG.layers["assembly_places" if b'"assembly_places"' in raw else "nurseries"]


def fault(name):
    return (FAULTS / f"{name}.geojson").read_bytes()


def problems_of(name):
    raw = fault(name)
    return check_layer(raw, layer_of(raw), CATALOG, OUTLINES)


def good_features(count):
    base = json.loads(fault("good"))["features"][0]
    return [base | {"id": f"01M7XPE60A00000000000{index:05d}"} for index in range(count)]


def collection(features, name="nurseries"):
    return json.dumps({"type": "FeatureCollection", "name": name, "features": features}).encode()


def test_every_fault_file_is_expected():
    assert {path.stem for path in FAULTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_fault_is_told_at_its_place_and_nothing_else_is(name):
    problems = problems_of(name)
    assert [(problem.code, problem.where) for problem in problems] == EXPECTED[name]
    assert all(problem.warning == (problem.code in WARNINGS) for problem in problems)
    assert all(problem.found and problem.remedy and str(problem).isprintable() for problem in problems)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_read_exactly_when_no_fault_is_told(name):
    raw = fault(name)
    if name in ACCEPTED:
        assert len(parse_layer(raw, layer_of(raw), CATALOG, OUTLINES).frame) == 2
    else:
        with pytest.raises(DataError) as caught:
            parse_layer(raw, layer_of(raw), CATALOG, OUTLINES)
        assert [(problem.code, problem.where) for problem in caught.value.problems] == EXPECTED[name]


def test_messages_name_the_feature():
    (problem,) = problems_of("latitude_95")
    assert "01M7XPE60A0000000000000002" in problem.found
    assert "小熊托育园" in problem.found


def test_swapped_axes_say_what_the_swap_would_give_and_swap_nothing():
    (problem,) = problems_of("swapped_lat_lon")
    assert "looks like lat, lon" in problem.found
    assert "longitude 121.4412345, latitude 31.2312345" in problem.found


def test_bow_tie_names_reason_and_place():
    (problem,) = problems_of("bowtie_polygon")
    assert "Self-intersection at longitude and latitude 121.441 31.231" in problem.found


def test_gbk_is_named():
    (problem,) = problems_of("gbk_bytes")
    assert "GBK" in problem.remedy


def test_outside_is_a_geodesic_distance():
    (problem,) = problems_of("outside_subdistrict")
    _, _, expected_m = Geod(ellps="WGS84").inv(121.46, 31.23, *BOTTOM_RIGHT)
    assert problem.figures["distance_m"] == pytest.approx(expected_m, abs=0.1)
    assert f"{expected_m:.0f} m outside eastside" in problem.found


@pytest.mark.parametrize("lat", [0.0, 31.23, 64.15])
def test_distance_outside_is_right_at_any_latitude(lat):
    outlines = {"eastside": box(121.40, lat - 0.1, 121.45, lat + 0.1)}
    (feature,) = good_features(1)
    feature["geometry"] = {"type": "Point", "coordinates": [121.46, lat]}
    (problem,) = check_layer(collection([feature]), NURSERIES, CATALOG, outlines)
    _, _, expected_m = Geod(ellps="WGS84").inv(121.46, lat, 121.45, lat)
    assert problem.figures["distance_m"] == pytest.approx(expected_m, abs=0.5)


def test_without_an_outline_no_place_is_outside():
    assert check_layer(fault("outside_subdistrict"), NURSERIES, CATALOG) == []


def test_height_is_dropped_and_coordinates_kept_to_seven_decimals():
    frame = parse_layer(fault("three_numbers"), NURSERIES, CATALOG).frame
    assert not frame.geometry.iloc[1].has_z
    (feature,) = good_features(1)
    feature["geometry"] = {"type": "Point", "coordinates": [121.43999999999, -0.000000001]}
    point = parse_layer(collection([feature]), NURSERIES, CATALOG).frame.geometry.iloc[0]
    assert (point.x, point.y, math.copysign(1, point.y)) == (121.44, 0.0, 1)


def test_clockwise_ring_is_turned_on_writing():
    layer = CATALOG.layers["assembly_places"]
    turned = parse_layer(fault("clockwise_ring"), layer, CATALOG)
    ring = json.loads(layer_to_geojson(turned.frame, layer))["features"][1]["geometry"]["coordinates"][0]
    assert Polygon(ring).exterior.is_ccw
    assert ring[::-1] == json.loads(fault("clockwise_ring"))["features"][1]["geometry"]["coordinates"][0]


def test_text_is_kept_as_text_in_nfc():
    assert parse_layer(fault("decomposed_text"), NURSERIES, CATALOG).frame["name_en"].iloc[1] == "Caf\u00e9"
    names = parse_layer(fault("markup_in_text"), NURSERIES, CATALOG).frame["name"]
    assert names.iloc[1] == "<img src=x onerror=alert(1)>`${alert(1)}`</script>"


def test_frame_has_every_property_and_none_where_not_known():
    frame = parse_layer(fault("good"), NURSERIES, CATALOG).frame
    assert list(frame.index) == ["01M7XPE60A0000000000000001", "01M7XPE60A0000000000000002"]
    assert {"phone", "verified_on", "places", "public", "geometry"} <= set(frame.columns)
    assert frame["phone"].tolist() == [None, None]
    assert frame["accuracy_m"].tolist() == [75, 75]
    assert frame.crs.to_epsg() == 4326


def test_unlocated_has_no_geometry():
    (feature,) = good_features(1)
    feature |= {"geometry": None, "properties": feature["properties"] | {"location_status": "unlocated"}}
    assert parse_layer(collection([feature]), NURSERIES, CATALOG).frame.geometry.iloc[0] is None


def test_empty_layer_is_good():
    read = parse_layer(collection([]), NURSERIES, CATALOG)
    assert len(read.frame) == 0
    assert json.loads(layer_to_geojson(read.frame, NURSERIES)) == json.loads(collection([]))


@pytest.mark.parametrize(("vertices", "expected"), [(100_000, []), (400_000, [("too_many_vertices", "")])])
def test_number_of_vertices_has_a_limit(vertices, expected):
    layer = CATALOG.layers["assembly_places"]
    feature = json.loads(fault("good_polygon"))["features"][0]
    turn = 2 * math.pi / (vertices - 1)
    ring = [[121.44 + 0.005 * math.cos(i * turn), 31.23 + 0.005 * math.sin(i * turn)] for i in range(vertices - 1)]
    feature["geometry"]["coordinates"] = [[*ring, ring[0]]]
    problems = check_layer(collection([feature], layer.id), layer, CATALOG, OUTLINES)
    assert [(problem.code, problem.where) for problem in problems] == expected


def test_size_has_a_limit():
    at_limit = fault("good").ljust(20_000_000)
    assert check_layer(at_limit, NURSERIES, CATALOG) == []
    assert [problem.code for problem in check_layer(at_limit + b" ", NURSERIES, CATALOG)] == ["file_too_large"]


def test_deep_nesting_is_refused():
    raw = fault("good").replace(b"[121.44,31.23]", b"[" * 20_000 + b"]" * 20_000)
    assert [problem.code for problem in check_layer(raw, NURSERIES, CATALOG)] == ["too_deep"]


def test_faults_of_all_features_are_told():
    features = good_features(30)
    for index, feature in enumerate(features):
        feature["properties"] = feature["properties"] | ({"colour": 1} if index % 3 == 0 else {})
    wheres = [problem.where for problem in check_layer(collection(features), NURSERIES, CATALOG)]
    assert wheres == [f"/features/{index}/properties/colour" for index in range(0, 30, 3)]


def test_read_layer_names_the_file(tmp_path):
    path = tmp_path / "nurseries.geojson"
    with pytest.raises(DataError, match=r"nurseries\.geojson"):
        read_layer(path, NURSERIES, CATALOG)
    path.write_bytes(fault("latitude_95"))
    with pytest.raises(DataError) as caught:
        read_layer(path, NURSERIES, CATALOG)
    assert caught.value.problems[0].where == "nurseries.geojson#/features/1/geometry/coordinates/1"
    path.write_bytes(fault("outside_subdistrict"))
    (warning,) = read_layer(path, NURSERIES, CATALOG, OUTLINES).warnings
    assert (warning.code, warning.where) == ("outside_subdistrict", "nurseries.geojson#/features/1/geometry")


ULIDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=25, max_size=25).map(lambda rest: f"0{rest}")
PLAIN = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u3164\uffa0\u115f\u1160"),
    min_size=1,
    max_size=60,
)
POSITIONS = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)
OPTIONAL = st.fixed_dictionaries(
    {"name": PLAIN, "source": PLAIN, "subdistrict": st.sampled_from(["eastside", "westside"])},
    optional={
        "note": PLAIN,
        "capacity": st.none() | st.integers(0, 10**6),
        "service_radius_m": st.floats(0.1, 5000),
        "verified_on": st.dates().map(lambda date: date.isoformat()),
        "public": st.booleans(),
        "places": st.integers(-5, 500) | st.just(12.0),
    },
)


@st.composite
def facilities(draw):
    properties = draw(OPTIONAL)
    status = draw(st.sampled_from(["surveyed", "address", "approximate", "sample", "unlocated"]))
    properties |= {"location_status": status, "accuracy_m": draw(st.floats(0.01, 10_000))}
    geometry = None if status == "unlocated" else {"type": "Point", "coordinates": draw(POSITIONS)}
    return {"type": "Feature", "id": draw(ULIDS), "geometry": geometry, "properties": properties}


def shuffled(value, seed):
    """Return JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = random.Random(seed).sample(sorted(value), len(value))
        return {key: shuffled(value[key], seed + 1) for key in keys}
    return [shuffled(item, seed + index) for index, item in enumerate(value)] if isinstance(value, list) else value


@given(st.lists(facilities(), max_size=5, unique_by=lambda feature: feature["id"]), st.integers(0, 1000))
def test_canonical_form_is_stable_whatever_the_order(features, seed):
    first = parse_layer(collection(features), NURSERIES, CATALOG)
    written = layer_to_geojson(first.frame, NURSERIES)
    again = parse_layer(written, NURSERIES, CATALOG)
    assert layer_to_geojson(again.frame, NURSERIES) == written
    other = parse_layer(json.dumps(shuffled(json.loads(collection(features[::-1])), seed)).encode(), NURSERIES, CATALOG)
    assert layer_to_geojson(other.frame, NURSERIES) == written
    assert first.content_hash == again.content_hash == other.content_hash


def test_hash_changes_with_any_value():
    hashes = {
        parse_layer(fault(name), NURSERIES, CATALOG).content_hash
        for name in ("good", "three_numbers", "good_link", "decomposed_text", "markup_in_text")
    }
    assert len(hashes) == 5
    same = {
        parse_layer(fault(name), NURSERIES, CATALOG).content_hash for name in ("good", "byte_order_mark", "wgs84_crs")
    }
    assert len(same) == 1


@pytest.mark.parametrize("layer_id", list(read_catalog(PROJECT).layers))
def test_the_project_s_own_layers_are_good_and_canonical(layer_id):
    catalog = read_catalog(PROJECT)
    path = PROJECT / "layers" / f"{layer_id}.geojson"
    read = read_layer(path, catalog.layers[layer_id], catalog)
    assert layer_to_geojson(read.frame, catalog.layers[layer_id]) == path.read_bytes()
