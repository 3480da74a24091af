"""Files that somebody brings as tables: what is read, and each kind of fault by the code that it gets."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import struct
import zipfile
from contextlib import closing

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import DataError
from geo.table import MAX_TABLE_BYTES, MAX_TABLE_ROWS
from geo.table_formats import read_table


def _codes(raw, name, **options):
    with pytest.raises(DataError) as caught:
        read_table(raw, name, **options)
    assert all(problem.remedy for problem in caught.value.problems)
    return [problem.code for problem in caught.value.problems]


def _xlsx(*rows, formulas=(), merged=(), sheets=1):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for cell, formula in formulas:
            sheet.write_formula(cell, formula, value="5")
        for cells in merged:
            sheet.merge_range(cells, "one for all")
        for _ in range(sheets - 1):
            workbook.add_worksheet()
    return content.getvalue()


def _changed_part(raw, part, change):
    """Return a workbook with one of its parts changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            body = old.read(info)
            new.writestr(info.filename, change(body) if info.filename == part else body)
    return content.getvalue()


def _geojson(*features, **members):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode()


def _feature(coordinates, **properties):
    geometry = None if coordinates is None else {"type": "Point", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _gpkg(frame, *more):
    content = io.BytesIO()
    pyogrio.write_dataframe(frame, content, driver="GPKG", layer="one")
    return content.getvalue()


# CSV


def test_csv_with_a_byte_order_mark_quotes_and_an_empty_line():
    raw = '\ufeff名称,电话\r\n甲,021\r\n\r\n"乙,""丙""",\r\n'.encode()
    table = read_table(raw, "表.csv")
    assert table.columns == ("名称", "电话")
    assert list(table.rows) == [("甲", "021"), ('乙,"丙"', None)]
    assert list(table.row_numbers) == [2, 4]
    assert table.place(1, "电话") == "row 4, column 电话"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_separator_is_seen(separator):
    raw = f'名称{separator}"地址,门牌"\n甲{separator}康定路1号\n'.encode()
    assert read_table(raw, "a.csv").columns == ("名称", "地址,门牌")


def test_row_number_is_the_line_it_begins_at():
    raw = '名称,备注\n甲,"两\n行"\n乙,\n'.encode()
    table = read_table(raw, "a.csv")
    assert table.rows[0] == ("甲", "两\n行")
    assert list(table.row_numbers) == [2, 4]


def test_gbk_bytes_are_refused_with_a_hint_and_read_on_request():
    raw = "名称,地址\n甲,康定路\n".encode("gb18030")
    with pytest.raises(DataError) as caught:
        read_table(raw, "a.csv")
    (problem,) = caught.value.problems
    assert problem.code == "not_utf8"
    assert "GB18030" in problem.found
    assert "GB18030" in problem.remedy
    assert read_table(raw, "a.csv", encoding="gb18030").rows[0] == ("甲", "康定路")


def test_bytes_that_are_no_gb18030_either():
    assert _codes(b"\xff\xff,\x80\n", "a.csv", encoding="gb18030") == ["wrong_encoding"]


def test_quoted_cells_get_their_own_text_back():
    raw = b"a,b,c\n'=1+1,'abc,''=1\n"
    assert read_table(raw, "a.csv").rows[0] == ("=1+1", "'abc", "'=1")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "no_columns"),
        (b"\n\n", "no_columns"),
        (b"a,a\n1,2\n", "duplicate_column"),
        (b"a,\n1,2\n", "unnamed_column"),
        (b'a\n"1\n', "not_csv"),
        (b'a\n"1"2\n', "not_csv"),
        (b"a,b\n" + b"1,2\n" * (MAX_TABLE_ROWS + 1), "too_many_rows"),
        (b"a," * 201 + b"\n" + b"1," * 201 + b"\n", "too_many_columns"),
        (b"x" * (MAX_TABLE_BYTES + 1), "file_too_large"),
    ],
    ids=["empty", "blank", "two alike", "unnamed", "open quote", "text after quote", "rows", "columns", "bytes"],
)
def test_csv_that_cannot_be_read(raw, code):
    assert _codes(raw, "a.csv") == [code]


def test_row_that_is_too_long_is_named():
    table = read_table(b"a,b\n1,2\n1,2,3\n", "a.csv")
    assert [(problem.code, problem.where) for problem in table.problems] == [("too_many_cells_in_row", "row 3")]


# XLSX


def test_xlsx_of_numbers_days_and_truth():
    raw = _xlsx(
        ["名称", "容量", "半径", "有"], ["甲", 12, 1.5, True], [None, None, None, None], ["乙", None, "", False]
    )
    table = read_table(raw, "a.xlsx")
    assert list(table.rows) == [("甲", 12, 1.5, True), ("乙", None, None, False)]
    assert list(table.row_numbers) == [2, 4]
    assert table.problems == ()


def test_xlsx_day():
    content = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active.append(["核实日期", "时刻"])
    day = dt.date(2026, 11, 1)
    workbook.active.append([day, dt.datetime.combine(day, dt.time(8, 30))])
    workbook.save(content)
    assert read_table(content.getvalue(), "a.xlsx").rows[0] == ("2026-11-01", "2026-11-01 08:30:00")


def test_xlsx_that_begins_lower_down_keeps_its_row_numbers():
    table = read_table(_xlsx([], [], ["名称"], ["甲"]), "a.xlsx")
    assert table.columns == ("名称",)
    assert list(table.row_numbers) == [4]


def test_formulas_and_merged_cells_are_row_errors():
    raw = _xlsx(["名称", "容量"], ["甲", 1], ["乙", 2], formulas=[("B2", "=2+3")], merged=["A4:A6"])
    table = read_table(raw, "a.xlsx")
    found = [(problem.code, problem.where, problem.figures["row"]) for problem in table.problems]
    assert found == [("formula_cell", "row 2, column 容量", 2), ("merged_cells", "row 4, column 名称", 4)]


def test_other_sheets_are_told():
    (warning,) = read_table(_xlsx(["名称"], ["甲"], sheets=3), "a.xlsx").problems
    assert warning.code == "other_sheets"
    assert warning.warning


def test_a_dimension_that_lies_hides_no_row():
    raw = _xlsx(["名称"], *[[f"甲{number}"] for number in range(500)])
    lying = _changed_part(
        raw,
        "xl/worksheets/sheet1.xml",
        lambda body: body.replace(b'<dimension ref="A1:A501"/>', b'<dimension ref="A1:A2"/>'),
    )
    assert b'ref="A1:A2"' in zipfile.ZipFile(io.BytesIO(lying)).read("xl/worksheets/sheet1.xml")
    assert len(read_table(lying, "a.xlsx")) == 500


def test_one_cell_in_the_farthest_corner_is_no_way_to_fill_the_memory():
    raw = _changed_part(
        _xlsx(["名称"], ["甲"]), "xl/worksheets/sheet1.xml", lambda body: body.replace(b'r="A2"', b'r="XFD1048576"')
    )
    assert _codes(raw, "a.xlsx") == ["too_many_rows"]


def test_zip_bomb_is_measured_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr("geo.table_xlsx.MAX_UNPACKED_BYTES", 20_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda archive: pytest.fail("it was unpacked"))
    bomb = _changed_part(_xlsx(["名称"], ["甲"]), "xl/styles.xml", lambda body: b" " * 20_000_001)
    assert len(bomb) < 100_000
    assert _codes(bomb, "a.xlsx") == ["unpacked_too_large"]


def test_zip_bomb_that_declares_a_small_size():
    raw = bytearray(_changed_part(_xlsx(["名称"], ["甲"]), "xl/styles.xml", lambda body: b" " * 5_000_000))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = raw.find(b"xl/styles.xml") if signature == b"PK\x03\x04" else raw.rfind(b"xl/styles.xml")
        head = raw.rfind(signature, 0, at)
        assert struct.unpack_from("<I", raw, head + offset)[0] == 5_000_000
        struct.pack_into("<I", raw, head + offset, 100)
    assert _codes(bytes(raw), "a.xlsx") == ["not_xlsx"]


def test_macros_are_refused_by_name_and_by_content():
    raw = _xlsx(["名称"], ["甲"])
    assert _codes(raw, "a.xlsm") == ["macro_workbook"]
    content = io.BytesIO(raw)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    assert _codes(content.getvalue(), "a.xlsx") == ["macro_workbook"]


def test_workbook_with_xml_entities_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    raw = _changed_part(
        _xlsx(["名称"], ["甲"]), "xl/worksheets/sheet1.xml", lambda body: bomb + body[body.index(b"<worksheet") :]
    )
    assert _codes(raw, "a.xlsx") == ["not_xlsx"]


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"\xef\xbb\xbfa,b\n"])
def test_what_is_no_workbook(raw):
    assert _codes(raw, "a.xlsx") == ["not_xlsx"]


# GeoJSON


def test_geojson_features_become_rows_with_their_geometry_as_it_stands():
    table = read_table(_geojson(_feature([121.43, 31.23], name="甲"), _feature(None, address="乙")), "a.geojson")
    assert table.columns == ("name", "address")
    assert list(table.rows) == [("甲", None), (None, "乙")]
    assert table.geometries == [{"type": "Point", "coordinates": [121.43, 31.23]}, None]
    assert table.place(1, "name") == "/features/1/properties/name"


def test_geojson_declares_its_coordinate_system():
    crs = {"type": "name", "properties": {"name": "EPSG:4490"}}
    assert read_table(_geojson(crs=crs), "a.json").crs == "EPSG:4490"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not_json"),
        (b"[]", "not_feature_collection"),
        (b'{"type":"FeatureCollection"}', "not_feature_collection"),
        (_geojson(7), "not_a_feature"),
        (_geojson({"type": "Feature", "geometry": None, "properties": [1]}), "wrong_type"),
        (_geojson({"type": "Feature", "geometry": None, "properties": {}, "extra": 1}), "unknown_member"),
        (b'{"type":"FeatureCollection","features":[],"features":[]}', "duplicate_key"),
        (b'{"type":"FeatureCollection","features":[{"x":NaN}]}', "not_finite"),
        (b'{"type":"FeatureCollection","features":[1e999]}', "not_finite"),
        (b"[" * 20_000, "too_deep"),
        (b'{"type":"FeatureCollection","features":[' + b"9" * 5_000 + b"]}", "number_too_long"),
        ("名称".encode("gb18030"), "not_utf8"),
        (_geojson(_feature([[[0, 0]] * 100_001])), "too_many_vertices"),
    ],
)
def test_geojson_that_cannot_be_read(raw, code):
    assert _codes(raw, "a.geojson")[0] == code


# GeoPackage


def test_gpkg_types_and_missing_values():
    frame = gpd.GeoDataFrame(
        {"name": ["甲", None], "places": [40, None], "public": [True, False]},
        geometry=[shapely.Point(121.43, 31.23), None],
        crs=4326,
    )
    table = read_table(_gpkg(frame), "a.gpkg")
    assert list(table.rows) == [("甲", 40, 1), (None, None, 0)] or list(table.rows) == [
        ("甲", 40, True),
        (None, None, False),
    ]
    assert table.geometries == [{"type": "Point", "coordinates": [121.43, 31.23]}, None]
    assert table.crs == "EPSG:4326"


def test_gpkg_with_a_fourth_number_is_refused_and_a_height_kept_for_the_checks(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.Point(121.43, 31.23)], crs=4326)
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame, path, layer="one", SPATIAL_INDEX="NO")
    binary = shapely.to_wkb(shapely.from_wkt("POINT ZM (121.43 31.23 5 7)"), output_dimension=4, flavor="iso")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE one SET geom = substr(geom, 1, 8) || ?", (binary,))
        database.execute("UPDATE gpkg_geometry_columns SET z = 2, m = 2")
    assert _codes(path.read_bytes(), "a.gpkg") == ["too_many_numbers"]
    high = frame.set_geometry([shapely.Point(121.43, 31.23, 5)], crs=4326)
    assert read_table(_gpkg(high), "a.gpkg").geometries[0]["coordinates"] == [121.43, 31.23, 5]


def test_gpkg_of_several_layers_is_refused(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.Point(121.43, 31.23)], crs=4326)
    for layer in ("one", "two"):
        pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", layer=layer)
    assert _codes((tmp_path / "a.gpkg").read_bytes(), "a.gpkg") == ["several_layers"]


@pytest.mark.parametrize("raw", [b"", b"not a database", b"SQLite format 3\x00" + b"\0" * 100])
def test_what_is_no_geopackage(raw):
    assert _codes(raw, "a.gpkg") == ["not_gpkg"]


# KML


def _kml(inner):
    return (
        f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inner}</Document></kml>'.encode()
    )


def test_kml_as_drawing_programs_write_it():
    inner = """<Folder><Placemark><name>甲 &lt;b&gt;</name><description> </description>
      <ExtendedData><Data name="places"><value>40</value></Data></ExtendedData>
      <Point><coordinates>121.43,31.23,0</coordinates></Point></Placemark></Folder>
      <Placemark><name>乙</name><MultiGeometry><Point><coordinates>121.44,31.24,7</coordinates></Point></MultiGeometry>
      </Placemark><Placemark><name>丙</name></Placemark>"""
    table = read_table(_kml(inner), "a.kml")
    assert table.columns == ("name", "places")
    assert list(table.rows) == [("甲 <b>", "40"), ("乙", None), ("丙", None)]
    coordinates = [geometry and geometry["coordinates"] for geometry in table.geometries]
    assert coordinates == [[121.43, 31.23], [121.44, 31.24, 7], None]


def test_kml_polygon_with_a_hole():
    ring = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
    outer, inner = ring.format("0,0 1,0 1,1 0,0"), ring.format(".1,.1 .2,.1 .2,.2 .1,.1")
    polygon = f"<Polygon><innerBoundaryIs>{inner}</innerBoundaryIs><outerBoundaryIs>{outer}</outerBoundaryIs></Polygon>"
    (geometry,) = read_table(_kml(f"<Placemark>{polygon}</Placemark>"), "a.kml").geometries
    assert [ring[1] for ring in geometry["coordinates"]] == [[1, 0], [0.2, 0.1]]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<kml>",
        b"<html/>",
        b'<!DOCTYPE k [<!ENTITY a "x">]><kml>&a;</kml>',
        b'<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml>&a;</kml>',
    ],
)
def test_what_is_no_kml(raw):
    assert _codes(raw, "a.kml") == ["not_kml"]


# Names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.xls", "unknown_format"),
        ("a.exe", "unknown_format"),
        ("a", "unknown_format"),
        ("a.csv.xlsm", "macro_workbook"),
        (r"..\..\a.kmz", "unknown_format"),
    ],
)
def test_format_goes_by_the_name(name, code):
    assert _codes(b"a,b\n", name) == [code]
    assert read_table(b"a,b\n1,2\n", "../../A.CSV").format == "csv"


# Damage


def _whole_files():
    frame = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.Point(121.43, 31.23)], crs=4326)
    return {
        "a.csv": '\ufeff名称,地址\n甲,"康定路"\n'.encode(),
        "a.xlsx": _xlsx(["名称", "容量"], ["甲", 1], formulas=[("B2", "=2+3")]),
        "a.geojson": _geojson(_feature([121.43, 31.23], name="甲")),
        "a.gpkg": _gpkg(frame),
        "a.kml": _kml("<Placemark><name>甲</name><Point><coordinates>121.43,31.23</coordinates></Point></Placemark>"),
    }


WHOLE_FILES = _whole_files()


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(
    name=st.sampled_from([name for name in WHOLE_FILES if name != "a.gpkg"]),
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=4),
    length=st.floats(0, 1),
)
def test_damaged_files_are_read_or_refused_and_never_crash(name, damage, length):
    raw = bytearray(WHOLE_FILES[name])
    for share, replacement in damage:
        at = int(share * len(raw))
        raw[at : at + len(replacement)] = replacement
    if length < 0.5:
        del raw[int(2 * length * len(raw)) :]
    remedies = ["read"]
    try:
        read_table(bytes(raw), name)
    except DataError as error:
        remedies = [problem.remedy for problem in error.problems]
    assert remedies
    assert all(remedies)


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_undamaged_files_are_read(name):
    table = read_table(WHOLE_FILES[name], name)
    assert table.columns[0] in {"名称", "name"}
    assert table.rows[0][0] == "甲"
