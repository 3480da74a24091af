"""A layer to files: what goes out comes back in, and no cell of a spreadsheet is a formula."""

from __future__ import annotations

import csv
import io
import itertools
import string
import unicodedata
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from defusedcsv.csv import _escape as defused
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from geo.catalog import read_catalog
from geo.column_mapping import guess_mapping
from geo.export_formats import EXPORT_FORMATS, export_layer, quoted
from geo.import_model import ImportOptions, ImportTarget, facilities_of
from geo.import_plan import plan_import
from geo.layer_checks import Facility
from geo.layers import facility_frame, layer_to_geojson, read_layer
from geo.place import read_outlines
from geo.table_csv import unquoted
from geo.table_formats import read_table
from geo.ulid import new_ulid

DATA = Path(__file__).resolve().parents[2] / "data"
CATALOG = read_catalog(DATA)
OUTLINES = read_outlines(DATA / "base" / "subdistricts.geojson")
READ_BACK = ("geojson", "csv", "xlsx", "gpkg", "kml")
HOSTILE = (
    *("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")', "＝1+1", "＋1", "－1", "＠x", "\t=1", " =1"),
    *(
        "|cmd",
        "%x",
        "'=1",
        "''=1",
        "'plain",
        "<img onerror=x>",
        "`${x}`",
        '甲, "乙"',
        "_x0041_",
        "00123",
        "1e5",
        "TRUE",
    ),
)


def _bundled(layer_id):
    layer = CATALOG.layers[layer_id]
    return read_layer(DATA / "layers" / f"{layer_id}.geojson", layer, CATALOG, OUTLINES).frame, layer


def _facilities(*texts):
    known = {"subdistrict": "caojiadu", "location_status": "unlocated", "source": "表"}
    return [
        Facility(new_ulid(number, b"0123456789"), None, {**known, "name": f"园{number}", "note": text})
        for number, text in enumerate(texts)
    ]


def _again(frame, layer, export_format):
    """Return the plan of importing an export into the very layer it came from."""
    file = export_layer(frame, layer, export_format)
    table = read_table(file.content, file.name)
    numbers = itertools.count(1)
    options = ImportOptions(lambda: new_ulid(next(numbers), b"9876543210"), "wgs84")
    target = ImportTarget(layer, CATALOG, facilities_of(frame, layer), OUTLINES)
    return plan_import(table, guess_mapping(table, layer), target, options)


@pytest.mark.parametrize("export_format", READ_BACK)
@pytest.mark.parametrize("layer_id", CATALOG.layers)
def test_an_export_imported_again_changes_nothing(layer_id, export_format):
    frame, layer = _bundled(layer_id)
    counts = _again(frame, layer, export_format).counts
    counts.pop("warnings")
    assert counts == {"new": 0, "changed": 0, "gone": 0, "unchanged": len(frame), "problems": 0}


@pytest.mark.parametrize("export_format", READ_BACK)
def test_hostile_texts_come_back_as_they_were(export_format):
    layer = CATALOG.layers["nurseries"]
    texts = [text for text in HOSTILE if text == text.strip()] + ["两\n行", "é\U0001f600"]
    frame = facility_frame(_facilities(*texts), layer)
    assert _again(frame, layer, export_format).counts["unchanged"] == len(texts)


_TEXT = st.text(st.characters(exclude_categories=("C", "Zl", "Zp", "Zs", "Mn")), min_size=1, max_size=20)


@settings(max_examples=30)
@given(texts=st.lists(_TEXT, min_size=1, max_size=5), export_format=st.sampled_from(READ_BACK))
def test_any_text_comes_back_as_it_was(texts, export_format):
    layer = CATALOG.layers["nurseries"]
    frame = facility_frame(_facilities(*(unicodedata.normalize("NFC", text) for text in texts)), layer)
    plan = _again(frame, layer, export_format)
    hidden = {problem.code for problem in plan.problems} - {"zero_width", "control_character", "empty_text"}
    assert hidden == set()
    assert plan.changed == ()


@pytest.mark.parametrize("export_format", READ_BACK)
def test_outlines_come_back_as_they_were(export_format):
    layer = CATALOG.layers["assembly_places"]
    hole = [(121.4296, 31.2291), (121.4297, 31.2291), (121.4297, 31.2292), (121.4296, 31.2291)]
    yard = Polygon([(121.429, 31.229), (121.4299, 31.229), (121.4299, 31.2299), (121.429, 31.229)], [hole])
    known = {"subdistrict": "caojiadu", "location_status": "surveyed", "source": "表", "name": "场"}
    both = [
        Facility(new_ulid(1, b"0123456789"), yard, {**known, "area_m2": 1234.5}),
        Facility(new_ulid(2, b"0123456789"), Point(121.43, 31.23), {**known, "name": "场二"}),
    ]
    plan = _again(facility_frame(both, layer), layer, export_format)
    assert (plan.problems, plan.changed) == ((), ())
    assert len(plan.unchanged) == 2


def test_csv_is_utf8_with_a_mark_and_every_formula_is_quoted():
    layer = CATALOG.layers["nurseries"]
    content = export_layer(facility_frame(_facilities(*HOSTILE), layer), layer, "csv").content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    dangerous = tuple("=+-@＝＋－＠\t\r\n|%")
    assert [row["note"] for row in rows if row["note"].strip().startswith(dangerous)] == []
    assert {unquoted(row["note"]) for row in rows} == set(HOSTILE)


@settings(max_examples=60)
@given(st.text(st.sampled_from("=+-@|%＝＋－＠'\t\r\n a1甲" + string.punctuation), max_size=8))
def test_quoting_can_be_taken_back_and_covers_what_defusedcsv_covers(text):
    assert unquoted(quoted(text)) == text
    is_number = text and defused(text) == text and text[0] in "-+"
    if defused(text) != text or is_number:
        assert quoted(text).startswith("'")


def test_xlsx_holds_no_formula_and_no_link():
    layer = CATALOG.layers["nurseries"]
    content = export_layer(facility_frame(_facilities(*HOSTILE, "http://example.org"), layer), layer, "xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert not [name for name in archive.namelist() if "sheet1.xml.rels" in name]
    assert b"<f>" not in sheet
    assert b"<f " not in sheet
    assert b"<hyperlink" not in sheet


def test_geojson_is_the_canonical_form():
    frame, layer = _bundled("practice_stations")
    assert export_layer(frame.sample(frac=1, random_state=1), layer, "geojson").content == layer_to_geojson(
        frame, layer
    )


@pytest.mark.parametrize("export_format", ["parquet", "fgb", "gpkg"])
@pytest.mark.parametrize("layer_id", ["nurseries", "gates"])
def test_files_for_programs_say_types_and_the_coordinate_system(layer_id, export_format, tmp_path):
    frame, layer = _bundled(layer_id)
    file = export_layer(frame, layer, export_format)
    read = gpd.read_parquet if export_format == "parquet" else pyogrio.read_dataframe
    (tmp_path / file.name).write_bytes(file.content)
    found = read(tmp_path / file.name)
    assert found.crs == "EPSG:4326"
    assert list(found["id"]) == list(frame.index)
    assert [shape.wkt if shape else None for shape in found.geometry] == [s.wkt if s else None for s in frame.geometry]
    if layer_id == "nurseries":
        assert found["places"].dropna().tolist() == [40]
        assert found["places"].dtype.kind in "if"


@pytest.mark.parametrize("export_format", EXPORT_FORMATS)
def test_names_and_media_types(export_format):
    frame, layer = _bundled("gates")
    file = export_layer(frame, layer, export_format)
    assert file.name == f"gates.{export_format}"
    assert "/" in file.media_type
    assert file.content
