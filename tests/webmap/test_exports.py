"""A layer as a file over HTTP, in seven formats: the right kind, a plain name, a tag, and no cell that is a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from python_calamine import CalamineWorkbook

from geo.export_formats import EXPORT_FORMATS, MEDIA_TYPES

ATTACKS = ("=HYPERLINK(0)", "＝1+1", "@SUM(1)", "+1", "-1")
URL = "/api/layers/heritage_buildings/export"


@pytest.mark.parametrize(("name", "media_type"), list(zip(EXPORT_FORMATS, MEDIA_TYPES, strict=True)))
def test_a_layer_comes_as_a_file_of_each_kind(client, tmp_path, name, media_type):
    answer = client.get(URL, query_string={"format": name, "subdistrict": "caojiadu"})
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert re.fullmatch(
        rf'attachment; filename="heritage_buildings-caojiadu\.{name}"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    tag = answer.headers["ETag"]
    assert client.get(answer.request.full_path, headers={"If-None-Match": tag}).status_code == 304
    path = tmp_path / f"layer.{name}"
    path.write_bytes(answer.data)
    assert len(_names(name, answer.data, path)) == _count(client, "caojiadu")


def _count(client, subdistrict: str) -> int:
    return len(client.get(f"/api/layers/heritage_buildings?subdistrict={subdistrict}").json["features"])


def _names(name: str, content: bytes, path: Path | None = None) -> list[str]:
    if name == "csv":
        return [row["name"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    if name == "xlsx":
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        return [str(row[sheet[0].index("name")]) for row in sheet[1:]]
    frame = gpd.read_parquet(io.BytesIO(content)) if name == "parquet" else pyogrio.read_dataframe(path)
    return list(frame["Name" if name == "kml" and "name" not in frame else "name"])


def test_every_subdistrict_without_the_parameter(client):
    answer = client.get(f"{URL}?format=csv")
    assert 'filename="heritage_buildings.csv"' in answer.headers["Content-Disposition"]
    assert len(_names("csv", answer.data)) == len(client.get("/api/layers/heritage_buildings").json["features"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (URL, 400),
        (f"{URL}?format=exe", 400),
        (f"{URL}?format=csv&format=kml", 400),
        (f"{URL}?format=csv&x=1", 400),
        (f"{URL}?format=csv&subdistrict=nowhere", 404),
        ("/api/layers/托育点/export?format=csv", 404),
        ("/api/layers/..%5cx/export?format=csv", 404),
    ],
)
def test_what_is_asked_wrongly_is_refused(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


@pytest.fixture(scope="module")
def attacked(app):
    """The application's layer with facilities whose names look like formulas, for a moment."""
    results = app.extensions["lifecircle.results"]
    now = results.current()
    layer = now.live.layers["heritage_buildings"]
    frame = layer.frame.copy()
    kept = frame["name"].copy()
    frame.loc[frame.index[: len(ATTACKS)], "name"] = ATTACKS
    object.__setattr__(layer, "frame", frame)
    yield
    frame["name"] = kept
    object.__setattr__(layer, "frame", frame)


@pytest.mark.usefixtures("attacked")
def test_row_18_no_cell_is_a_formula(client):
    quoted = [name for name in _names("csv", client.get(f"{URL}?format=csv").data) if name.lstrip("'") in ATTACKS]
    assert sorted(quoted) == sorted(f"'{name}" for name in ATTACKS)
    workbook = client.get(f"{URL}?format=xlsx").data
    assert set(ATTACKS) <= set(_names("xlsx", workbook))
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_pages_lead_to_the_files(client):
    page = client.get("/map/caojiadu/heritage_buildings").text
    for name in EXPORT_FORMATS:
        assert f"/api/layers/heritage_buildings/export?format={name}&amp;subdistrict=caojiadu" in page
