"""Candidates of a table: what is read in it, by whichever name of its columns, and every fault of it at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geo.candidate_table import CandidateTable, candidates_of
from geo.catalog import read_catalog
from geo.errors import DataError
from geo.import_model import ImportTarget
from geo.table_formats import read_table

Reader = Callable[..., CandidateTable]


@pytest.fixture(scope="module")
def read(root) -> Reader:
    """Reads a table as candidates for nurseries."""
    catalog = read_catalog(root / "data")
    target = ImportTarget(catalog.layers["nurseries"], catalog, {})

    def candidates(text: str, name: str = "c.csv", datum: str | None = "wgs84") -> CandidateTable:
        return candidates_of(read_table(text.encode(), name), target, datum)

    return candidates


def test_csv_and_geojson_of_one_content_are_one(read: Reader) -> None:
    csv = read("id,cost,capacity,role,competes,lon,lat\na,3,50,必建,x,121.43,31.23\nb,,,,,121.44,31.24\n")
    geojson = read(
        '{"type":"FeatureCollection","features":[{"type":"Feature","id":"a","properties":{"cost":3,"capacity":50,'
        '"role":"required","competes":"x"},"geometry":{"type":"Point","coordinates":[121.43,31.23]}},{"type":"Feature",'
        '"id":"b","properties":{},"geometry":{"type":"Point","coordinates":[121.44,31.24]}}]}',
        "c.geojson",
    )
    assert csv.points.equals(geojson.points)
    assert list(csv.points["properties"]) == [{"competes": "x", "role": "required", "cost": 3.0, "capacity": 50.0}, {}]


def test_rows_without_ids_go_by_their_number_and_columns_are_accounted_for(read: Reader) -> None:
    found = read('名称,经度,纬度,预计造价（万元）,成本(万元),门牌色\n东,121.43,31.23,9,"1,200",红\n')
    assert list(found.points["id"]) == ["2"]
    assert found.points["properties"][0] == {"name": "东", "cost": 1200.0}
    assert set(found.used.values()) == {"name", "lon", "lat", "cost"}
    assert found.unused == ("预计造价（万元）", "门牌色")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("a,121.43,31.23,-1,", "bad_amount"),
        ("a,121.43,31.23,很多,", "bad_amount"),
        ("a,121.43,31.23,nan,", "bad_amount"),
        ("a,121.43,31.23,1,maybe", "bad_role"),
        ("a,,,1,", "no_position"),
        ("a,121.43,,1,", "half_position"),
        ("a,181,31,1,", "longitude_out_of_range"),
        ("b,121.43,31.23,1,", "duplicate_id"),
        (f"{'长' * 101},121.43,31.23,1,", "text_too_long"),
        ("a\u202eb,121.43,31.23,1,", "bidi_control"),
    ],
)
def test_a_fault_is_named_with_its_row_beside_the_others(read: Reader, row: str, code: str) -> None:
    sound = "id,lon,lat,cost,role\nb,121.44,31.24,1,\n"
    assert len(read(sound).points) == 1
    with pytest.raises(DataError) as found:
        read(f"{sound}{row}\nz,,,1,\n")
    told = {(one.code, one.where.split(",", maxsplit=1)[0]) for one in found.value.problems}
    assert told == {(code, "row 3"), ("no_position", "row 4")}


def test_no_rows_no_datum_and_outlines_are_refused(read: Reader) -> None:
    for text, name, datum, code in (
        ("id,lon,lat\n", "c.csv", "wgs84", "bad_count"),
        ("id,lon,lat\na,121.43,31.23\n", "c.csv", None, "datum_undeclared"),
        ('id,wkt\na,"POLYGON ((121 31, 121.1 31, 121 31.1, 121 31))"\n', "c.csv", "wgs84", "geometry_not_allowed"),
    ):
        with pytest.raises(DataError) as found:
            read(text, name, datum)
        assert [one.code for one in found.value.problems] == [code]
