"""Tables to plans: what is new, changed, gone and unchanged, and every fault with its row, column and a hint."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from shapely import Point, box

from geo.catalog import read_catalog
from geo.column_mapping import ColumnMapping, guess_mapping
from geo.datum import geodesic_lengths_m
from geo.datum_shift import from_wgs84
from geo.errors import DataError
from geo.import_model import ImportOptions, ImportTarget, facilities_of
from geo.import_plan import plan_import
from geo.known_places import KnownPlaces, known_places, plain_address
from geo.layer_checks import Facility
from geo.layers import read_layer
from geo.place import read_outlines
from geo.table_formats import read_table
from geo.ulid import new_ulid

DATA = Path(__file__).resolve().parents[2] / "data"
HERE = (121.4292405, 31.2281176)
PLACES = [(121.4285, 31.2290), (121.4301, 31.2277), (121.4310, 31.2302), (121.4272, 31.2311), (121.4260, 31.2285)]


@pytest.fixture(scope="module")
def catalog():
    return read_catalog(DATA)


@pytest.fixture(scope="module")
def outlines():
    return read_outlines(DATA / "base" / "subdistricts.geojson")


@pytest.fixture
def target(catalog, outlines):
    layer = catalog.layers["nurseries"]
    frame = read_layer(DATA / "layers" / "nurseries.geojson", layer, catalog, outlines).frame
    return ImportTarget(layer, catalog, facilities_of(frame, layer), outlines)


def _options(**chosen):
    numbers = itertools.count(1)
    return ImportOptions(lambda: new_ulid(next(numbers), b"0123456789"), **{"datum": "wgs84", **chosen})


def _csv(*rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return read_table(text.getvalue().encode(), "表.csv")


def _geojson(*features, name="a.geojson", **members):
    return read_table(json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode(), name)


def _feature(coordinates, **properties):
    base = {"name": "甲园", "subdistrict": "caojiadu", "location_status": "address", "accuracy_m": 20, "source": "表"}
    geometry = None if coordinates is None else {"type": "Point", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": base | properties}


def _plan(table, target, chosen=None, **options):
    return plan_import(table, guess_mapping(table, target.layer, chosen), target, _options(**options))


def _codes(plan):
    return [problem.code for problem in plan.problems]


HEADER = ["名称", "街道", "位置依据", "位置误差（米）", "地址", "经度", "纬度", "来源"]


def _row(name="甲园", lon=HERE[0], lat=HERE[1], *, address="", status="门牌", subdistrict="曹家渡街道", source="某表"):
    return [name, subdistrict, status, "20", address, lon, lat, source]


# Mapping


def test_columns_are_guessed_from_chinese_and_english_names(target):
    table = _csv(
        ["序号", "设施名称", "ＬＯＮ", "纬度(度)", "门牌地址", "联系电话", "托位", "Enrolled", "服务时间", "天气"],
        ["1", "甲", "121.4", "31.2", "", "", "20", "3", "", "晴"],
    )
    assert guess_mapping(table, target.layer).targets == {
        "序号": "",
        "设施名称": "name",
        "ＬＯＮ": "lon",
        "纬度(度)": "lat",
        "门牌地址": "address",
        "联系电话": "phone",
        "托位": "places",
        "Enrolled": "enrolled",
        "服务时间": "opening_hours",
    }


def test_what_was_chosen_goes_before_every_guess(target):
    table = _csv(["名称", "别名"], ["甲", "乙"])
    mapping = guess_mapping(table, target.layer, {"别名": "name", "gone": "address"})
    assert mapping.targets == {"别名": "name"}
    assert ColumnMapping.from_json(mapping.to_json()) == mapping
    with pytest.raises(DataError):
        ColumnMapping.from_json("[" * 100_000)


def test_unknown_columns_must_be_left_out_on_purpose(target):
    table = _csv([*HEADER, "天气", "__proto__"], [*_row(), "晴", "x"])
    plan = _plan(table, target)
    assert [(p.code, p.where) for p in plan.problems] == [
        ("unmapped_column", "column 天气"),
        ("unmapped_column", "column __proto__"),
    ]
    assert _plan(table, target, {"天气": "", "__proto__": ""}).problems == ()


@pytest.mark.parametrize(
    ("chosen", "code"),
    [({"经度": "constructor"}, "unknown_target"), ({"来源": "name"}, "target_twice"), ({"经度": ""}, "half_position")],
)
def test_mappings_that_cannot_be_used(target, chosen, code):
    table = _csv(HEADER, _row())
    mapping = ColumnMapping({**guess_mapping(table, target.layer).targets, **chosen})
    assert code in _codes(plan_import(table, mapping, target, _options()))


# What changes


def test_new_changed_gone_and_unchanged(target):
    table = _csv(
        [*HEADER, "托位"],
        [
            "曹家渡街道小福熊托育园",
            "曹家渡",
            "",
            "",
            "万航渡路605号",
            HERE[0],
            HERE[1],
            "曹家渡街道 2020 年实项目报告",
            "45",
        ],
        [*_row("乙园", 121.43, 31.23), ""],
    )
    plan = _plan(table, target)
    assert plan.problems == ()
    assert plan.counts == {"new": 1, "changed": 1, "gone": 0, "unchanged": 0, "problems": 0, "warnings": 0}
    (change,) = plan.changed
    assert [(field.name, field.before, field.after) for field in change.fields] == [("places", 40, 45)]
    assert change.after.properties["enrolled"] == 31  # no column, so it keeps its value
    (new,) = plan.new
    assert new.row == 3
    assert dict(new.facility.properties) == {
        "name": "乙园",
        "subdistrict": "caojiadu",
        "location_status": "address",
        "accuracy_m": 20,
        "source": "某表",
    }
    assert new.facility.geometry == Point(121.43, 31.23)


def test_gone_are_those_of_the_subdistricts_that_the_table_is_about(target):
    plan = _plan(_csv(HEADER, _row()), target)
    assert [facility.properties["subdistrict"] for facility in plan.gone] == ["caojiadu"]
    both = _plan(_csv(HEADER, _row(), _row("丙", 121.5745, 31.2704, subdistrict="hudong")), target)
    assert len(both.gone) == 2
    assert _plan(_csv(HEADER, _row()), target, subdistrict="hudong").gone[0].properties["subdistrict"] == "hudong"


def test_an_empty_cell_takes_a_value_away_and_a_move_is_measured(target):
    table = _csv(
        ["来源编号", "备注", "经度", "纬度", "location_status", "accuracy_m"],
        ["nurseries-caojiadu-01", "", HERE[0], HERE[1] + 0.001, "surveyed", ""],
    )
    (change,) = _plan(table, target).changed
    fields = {field.name: field for field in change.fields}
    assert fields["note"].after is None
    assert fields["location_status"].after == "surveyed"
    assert 110 < fields["geometry"].moved_m < 112


def test_a_table_without_positions_leaves_them_as_they_are(target):
    table = _csv(["source_id", "电话"], ["nurseries-caojiadu-01", "021-62150000"], ["nurseries-hudong-01", ""])
    plan = _plan(table, target)
    assert plan.problems == ()
    assert [[field.name for field in change.fields] for change in plan.changed] == [["phone"]]
    assert len(plan.unchanged) == 1


def test_how_a_new_position_is_known_is_asked_not_guessed(target):
    table = _csv(["名称", "街道", "来源", "经度", "纬度"], ["乙园", "曹家渡", "表", *HERE])
    (problem,) = _plan(table, target).problems
    assert (problem.code, problem.where) == ("location_status_missing", "row 2")
    plan = _plan(table, target, defaults={"location_status": "approximate", "accuracy_m": 100})
    assert plan.problems == ()
    assert plan.new[0].facility.properties["accuracy_m"] == 100


def test_a_row_without_a_position_is_unlocated(target):
    table = _csv(["名称", "经度", "纬度"], ["乙园", "", ""])
    plan = _plan(table, target, subdistrict="caojiadu", defaults={"source": "表"})
    assert plan.problems == ()
    assert plan.new[0].facility.geometry is None
    assert plan.new[0].facility.properties["location_status"] == "unlocated"


def test_words_of_spreadsheets_are_understood(catalog, outlines):
    layer = catalog.layers["elder_homes"]
    target = ImportTarget(layer, catalog, {}, outlines)
    table = _csv(
        [*HEADER, "公办", "床位", "核实日期", "阶段", "服务半径（米）", "电话"],
        [*_row(" 甲院 "), "是", "１,200", "2026年3月5日", "在建", "500米", "62150000"],
    )
    plan = _plan(table, target)
    assert plan.problems == ()
    known = plan.new[0].facility.properties
    assert known["name"] == "甲院"
    assert (known["public"], known["beds"], known["verified_on"]) == (True, 1200, "2026-03-05")
    assert (known["phase"], known["service_radius_m"], known["phone"]) == ("in_progress", 500, "62150000")


# Which facility


def test_rows_find_their_facility_by_id_source_id_and_name(target):
    feature_id = next(id_ for id_, facility in target.existing.items() if facility.geometry is not None)
    for header, key in (("id", feature_id), ("来源编号", "nurseries-caojiadu-01"), ("名称", "曹家渡街道 小福熊托育园")):
        plan = _plan(_csv([header, "电话"], [key, "1"]), target)
        assert [change.after.id for change in plan.changed] == [feature_id], header


def test_an_id_of_ours_that_the_layer_does_not_have_is_kept(target):
    own = new_ulid(99, b"9876543210")
    plan = _plan(_csv(["id", *HEADER], [own, *_row()]), target)
    assert plan.new[0].facility.id == own


def test_rows_that_cannot_be_told_apart(target):
    twin = Facility(new_ulid(7, b"0123456789"), None, next(iter(target.existing.values())).properties)
    twins = ImportTarget(target.layer, target.catalog, {**target.existing, twin.id: twin}, target.outlines)
    assert _codes(_plan(_csv(["来源编号", "电话"], ["nurseries-caojiadu-01", "1"]), twins)) == ["ambiguous_row"]
    twice = _csv(["来源编号", "电话"], ["nurseries-caojiadu-01", "1"], ["nurseries-caojiadu-01", "2"])
    (problem,) = _plan(twice, target).problems
    assert (problem.code, problem.where, problem.figures["first"]) == ("duplicate_row", "row 3", 2)
    assert _codes(_plan(_csv(["id", "电话"], ["17", "1"]), target))[0] == "bad_id"
    new = _plan(_csv(HEADER, _row(), _row()), target)
    assert [warning.code for warning in new.warnings] == ["same_name_and_address"]


# Datum


def _sheet_in(datum, names, places=PLACES):
    lonlat = from_wgs84(np.array(places), datum)
    return _csv(HEADER, *[_row(name, lon, lat) for name, (lon, lat) in zip(names, lonlat.tolist(), strict=True)])


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "cgcs2000", "wgs84"])
def test_a_sheet_imported_as_declared_lands_on_the_truth(target, datum):
    plan = _plan(_sheet_in(datum, "甲乙丙丁戊"), target, datum=datum)
    assert plan.problems == ()
    found = np.array([(new.facility.geometry.x, new.facility.geometry.y) for new in plan.new])
    truth = np.array(PLACES)
    assert geodesic_lengths_m(found[:, 0], found[:, 1], truth[:, 0], truth[:, 1]).max() < 0.1


def _known(target, names):
    return ImportTarget(
        *(target.layer, target.catalog, target.existing, target.outlines),
        KnownPlaces(dict(zip(names, PLACES, strict=False)), {}),
    )


def test_an_undeclared_datum_is_refused_and_the_shift_named(target):
    plan = _plan(_sheet_in("gcj02", "甲乙丙丁戊"), _known(target, "甲乙丙"), datum=None)
    (problem,) = plan.problems
    assert problem.code == "datum_undeclared"
    assert not plan.can_be_written
    assert "3 rows" in problem.found
    assert "m south-east of them: GCJ-02?" in problem.found
    assert problem.figures["looks_like"] == "gcj02"
    assert 480 < problem.figures["shift_m"] < 495


def test_an_undeclared_datum_is_refused_whatever_the_table_holds(target):
    tables = [
        _sheet_in("wgs84", "甲乙丙丁戊"),
        _csv(["名称", "电话"], ["甲", "1"]),
        _csv(["名称", "天气"], ["甲", "1"]),
        _geojson(_feature(list(HERE))),
        _geojson(),
    ]
    for table in tables:
        assert "datum_undeclared" in _codes(_plan(table, target, datum=None))


def test_two_matching_rows_name_nothing(target):
    plan = _plan(_sheet_in("gcj02", "甲乙丙丁戊"), _known(target, "甲乙"), datum=None)
    assert plan.shift is None
    assert "GCJ" not in plan.problems[0].found


def test_a_declared_datum_that_known_places_contradict_is_refused(target):
    sheet, known = _sheet_in("gcj02", "甲乙丙丁戊"), _known(target, "甲乙丙丁")
    (problem,) = _plan(sheet, known, datum="wgs84").problems
    assert problem.code == "datum_contradicted"
    assert "GCJ-02?" in problem.found
    assert _plan(sheet, known, datum="gcj02").problems == ()
    assert _plan(_sheet_in("wgs84", "甲乙丙丁戊"), known, datum="wgs84").problems == ()
    assert _codes(_plan(_sheet_in("wgs84", "甲乙丙丁戊"), known, datum="gcj02")) == ["datum_contradicted"]


def test_addresses_of_the_gazetteer_name_the_shift_too(target):
    known = known_places(DATA / "base")
    addresses = ["上海市静安区余姚路818号", "延平路128号", "静安区曹家渡街道万航渡路838号"]
    truth = np.array([known.by_address[plain_address(address)] for address in addresses])
    rows = [
        _row(f"站{k}", lon, lat, address=address)
        for k, (address, (lon, lat)) in enumerate(zip(addresses, from_wgs84(truth, "gcj02").tolist(), strict=True))
    ]
    full = ImportTarget(target.layer, target.catalog, target.existing, target.outlines, known)
    assert "GCJ-02?" in _plan(_csv(HEADER, *rows), full, datum=None).problems[0].found


@pytest.mark.parametrize(
    ("crs", "datum", "code"),
    [
        ("EPSG:4326", "wgs84", None),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "gcj02", None),
        ("EPSG:4490", "cgcs2000", None),
        ("EPSG:4490", "wgs84", "foreign_crs"),
        ("EPSG:3857", "wgs84", "foreign_crs"),
        ("EPSG:4549", "cgcs2000", "foreign_crs"),
    ],
)
def test_a_declared_coordinate_system(target, crs, datum, code):
    table = _geojson(_feature(list(HERE)), crs={"type": "name", "properties": {"name": crs}})
    assert _codes(_plan(table, target, datum=datum)) == ([code] if code else [])


# Positions


def test_swapped_positions_are_named_and_a_swap_is_offered_never_made(target):
    table = _csv(HEADER, _row("甲", HERE[1], HERE[0]), _row("乙", 31.23, 121.43))
    plan = _plan(table, target)
    assert _codes(plan) == ["swapped_axes", "swapped_axes"]
    assert plan.problems[1].where == "row 3, column 经度"
    assert "looks like lat, lon" in plan.problems[0].found
    assert plan.swap_offered
    assert not plan.can_be_written
    swapped = _plan(table, target, swapped=True)
    assert swapped.problems == ()
    assert not swapped.swap_offered
    assert swapped.new[0].facility.geometry == Point(HERE)


def test_positions_of_another_continent_that_would_fit_swapped(catalog):
    layer = catalog.layers["nurseries"]
    outlines = {"caojiadu": box(-51.24, -30.04, -51.22, -30.02)}
    target = ImportTarget(layer, catalog, {}, outlines)
    plan = _plan(_csv(HEADER, _row("甲", -30.03, -51.23)), target)
    assert plan.swap_offered
    assert _codes(plan) == ["swapped_axes"]
    assert _plan(_csv(HEADER, _row("甲", -51.23, -30.03)), target).problems == ()


def test_one_position_that_makes_no_sense_takes_the_offer_back(target):
    plan = _plan(_csv(HEADER, _row("甲", HERE[1], HERE[0]), _row("乙", 95, 500)), target)
    assert not plan.swap_offered


def test_outside_the_subdistrict_wants_a_yes_with_the_distance(target):
    plan = _plan(_csv(HEADER, _row("甲", 121.4292, 31.2500)), target)
    assert plan.problems == ()
    (warning,) = plan.to_confirm
    assert (warning.code, warning.where) == ("outside_subdistrict", "row 2")
    assert 1_000 < warning.figures["distance_m"] < 1_600
    far = _plan(_csv(HEADER, _row("甲", 116.39, 39.91)), target)
    assert 1_060_000 < far.to_confirm[0].figures["distance_m"] < 1_080_000


@pytest.mark.parametrize(
    ("lon", "lat", "code", "column"),
    [
        (121.43, 95, "latitude_out_of_range", "纬度"),
        (200, 31, "longitude_out_of_range", "经度"),
        ("nan", 31, "not_a_number", "经度"),
        ("1e999", 31, "not_a_number", "经度"),
        ("东经121", 31, "not_a_number", "经度"),
        (121.43, "", "half_position", "纬度"),
    ],
)
def test_positions_that_are_none(target, lon, lat, code, column):
    (problem,) = _plan(_csv(HEADER, _row("甲", lon, lat)), target).problems
    assert (problem.code, problem.where) == (code, f"row 2, column {column}")
    assert problem.figures["row"] == 2
    assert problem.remedy


@pytest.mark.parametrize(
    ("coordinates", "code"),
    [
        ([121.43, 31.23, 5, 7], "too_many_numbers"),
        ([True, False], "not_a_number"),
        (["121", "31"], "not_a_number"),
        ([], "empty_coordinates"),
        ([121.43], "too_few_numbers"),
    ],
)
def test_geojson_positions_are_read_strictly(target, coordinates, code):
    plan = _plan(_geojson(_feature(coordinates)), target)
    assert code in _codes(plan)
    assert plan.problems[0].where.startswith("/features/0/geometry/coordinates")


def test_heights_are_dropped_with_one_warning(target):
    plan = _plan(_geojson(*[_feature([*HERE, 5.0], name=f"园{k}") for k in range(3)]), target)
    assert plan.problems == ()
    assert [(warning.code, warning.figures["count"]) for warning in plan.warnings] == [("z_dropped", 3)]


def test_null_geometry_only_where_unlocated(target):
    assert _codes(_plan(_geojson(_feature(None)), target)) == ["missing_geometry"]
    assert _plan(_geojson(_feature(None, location_status="unlocated")), target).problems == ()


@pytest.mark.parametrize(
    ("wkt", "code"),
    [
        ("POLYGON ((121.42 31.22, 121.43 31.23, 121.43 31.22, 121.42 31.23, 121.42 31.22))", "invalid_polygon"),
        ("POLYGON ((121.42 31.22, 121.43 31.23, 121.43 31.22))", "bad_wkt"),
        ("LINESTRING (121.42 31.22, 121.43 31.23)", "bad_wkt"),
        ("POLYGON ((121.43 31.22, 121.42 31.22, 121.42 31.23, 121.43 31.22))", None),
    ],
    ids=["bow-tie", "unclosed", "line", "clockwise"],
)
def test_outlines_in_a_spreadsheet(catalog, outlines, wkt, code):
    target = ImportTarget(catalog.layers["assembly_places"], catalog, {}, outlines)
    table = _csv(["名称", "街道", "位置依据", "来源", "wkt"], ["甲场", "曹家渡", "实测", "表", wkt])
    assert _codes(_plan(table, target)) == ([code] if code else [])


# Cells


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("甲\u202e乙", "bidi_control"),
        ("甲\u200b乙", "zero_width"),
        ("甲\x00乙", "control_character"),
        ("甲" * 201, "text_too_long"),
    ],
)
def test_names_that_hide_something(target, name, code):
    (problem,) = _plan(_csv(HEADER, _row(name)), target).problems
    assert (problem.code, problem.where) == (code, "row 2, column 名称")


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "</script>", "`${alert(1)}`", "=HYPERLINK(1)", "{{7*7}}"]
)
def test_markup_is_text_like_any_other(target, name):
    plan = _plan(_csv(HEADER, _row(name)), target)
    assert plan.problems == ()
    assert plan.new[0].facility.properties["name"] == name


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("网址", "javascript:alert(1)", "unsafe_link"),
        ("核实日期", "2026-02-30", "bad_date"),
        ("核实日期", "昨天", "bad_date"),
        ("托位", "四十", "wrong_type"),
        ("托位", "4.5", "wrong_type"),
        ("托位", "1e999", "wrong_type"),
        ("服务半径", "-5", "out_of_range"),
        ("阶段", "大概开了", "unknown_choice"),
    ],
)
def test_cells_that_cannot_be_understood(target, column, cell, code):
    plan = _plan(_csv([*HEADER, column], [*_row(), cell]), target)
    (problem,) = plan.problems
    assert (problem.code, problem.where) == (code, f"row 2, column {column}")
    assert "feature" not in problem.found
    assert plan.new == ()


def test_every_fault_of_every_row_is_told_at_once(target):
    rows = [_row("", "x", 31), _row("乙", subdistrict="火星"), _row("丙"), _row("丁", status="听说")]
    plan = _plan(_csv(HEADER, *rows), target)
    places = sorted((problem.where, problem.code) for problem in plan.problems)
    assert places == [
        ("row 2", "missing_property"),
        ("row 2, column 经度", "not_a_number"),
        ("row 3, column 街道", "unknown_subdistrict"),
        ("row 5, column 位置依据", "unknown_choice"),
    ]
    assert len(plan.new) == 1
    assert not plan.can_be_written


def test_a_duplicate_id_in_geojson(target):
    own = new_ulid(5, b"0123456789")
    table = _geojson({**_feature(list(HERE)), "id": own}, {**_feature(list(HERE), name="乙"), "id": own})
    assert [(p.code, p.where) for p in _plan(table, target).problems] == [("duplicate_row", "/features/1")]


def test_an_unknown_property_in_geojson(target):
    plan = _plan(_geojson(_feature(list(HERE), __proto__={"x": 1}, constructor=1)), target)
    assert _codes(plan) == ["unmapped_column", "unmapped_column"]


def test_progress_counts_every_row(target):
    seen = []
    table = _csv(HEADER, *[_row(f"园{k}") for k in range(600)])
    plan_import(table, guess_mapping(table, target.layer), target, _options(), lambda *done: seen.append(done))
    assert seen == [(250, 600), (500, 600), (600, 600)]


def test_an_empty_table_changes_nothing(target):
    plan = _plan(_csv(HEADER), target)
    assert set(plan.counts.values()) == {0}


def test_a_geometry_goes_before_numbers_that_repeat_it(target):
    plan = _plan(_geojson(_feature(list(HERE), lon=1.0, lat=2.0, geometry="POINT (3 4)")), target)
    assert plan.problems == ()
    assert plan.new[0].facility.geometry == Point(HERE)


def test_a_table_that_is_wrong_everywhere_is_not_looked_at_to_its_end(target, monkeypatch):
    monkeypatch.setattr("geo.import_plan.MOST_PROBLEMS", 20)
    plan = _plan(_csv(HEADER, *[_row(f"园{k}", status="听说") for k in range(50)]), target)
    assert _codes(plan) == ["unknown_choice"] * 21 + ["too_many_problems"]
    few = _plan(_csv(HEADER, *[_row(f"园{k}", status="听说") for k in range(20)]), target)
    assert _codes(few) == ["unknown_choice"] * 20


def test_values_of_any_shape_are_refused_and_never_crash(target):
    odd = [{"x": [1]}, [1, {"y": 2}], True, 10**300, 1.5, None, ""]
    rows = [
        _feature(list(HERE), **{name: value})
        for value in odd
        for name in ("name", "subdistrict", "location_status", "source_id", "address", "places", "verified_on")
    ]
    for row in rows:
        plan = _plan(_geojson(row), target)
        assert plan.new or plan.problems
    ids = [_plan(_geojson({**_feature(list(HERE)), "id": value}), target) for value in odd[:5]]
    assert [plan.problems[0].code for plan in ids] == ["bad_id"] * 5
