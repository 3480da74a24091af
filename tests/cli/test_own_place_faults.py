"""Bad input to the commands of one's own place: words, where, what to do; and nothing half-taken."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pytest

SQUARE = [[121.44, 31.23], [121.45, 31.23], [121.45, 31.24], [121.44, 31.24], [121.44, 31.23]]
BOW_TIE = [[121.44, 31.23], [121.45, 31.24], [121.45, 31.23], [121.44, 31.24], [121.44, 31.23]]
NAMES = ("--name", "某街道", "--name-en", "Some Subdistrict", "--code", "310106099")


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    return tmp_path / "instance"


@pytest.fixture
def outline(write_json):
    def write(ring, name="outline.geojson"):
        geometry = {"type": "Polygon", "coordinates": [ring]}
        feature = {"type": "Feature", "properties": {"name": "甲"}, "geometry": geometry}
        return write_json(name, {"type": "FeatureCollection", "features": [feature]})

    return write


def _line(positions):
    return {"type": "LineString", "coordinates": positions}


@pytest.fixture
def streets(write_json):
    """A street file: a grid of about 100 m whose south-west corner is at a position."""

    def write(lon, lat, name="streets.geojson"):
        steps = range(11)
        rows = [[[lon + 0.001 * x, lat + 0.001 * y] for x in steps] for y in steps]
        columns = [[[lon + 0.001 * x, lat + 0.001 * y] for y in steps] for x in steps]
        features = [
            {
                "type": "Feature",
                "properties": {"name": f"路{n}"},
                "geometry": {"type": "LineString", "coordinates": line},
            }
            for n, line in enumerate(rows + columns)
        ]
        return write_json(name, {"type": "FeatureCollection", "features": features})

    return write


@pytest.fixture
def added(run, outline, instance):
    """A subdistrict of one's own."""
    ran = run("subdistrict", "add", "some", *NAMES, "--boundary", outline(SQUARE), "--datum", "wgs84")
    assert ran.code == 0, ran.err


def documents(instance):
    """What the store has of documents: kind, id, operation."""
    if not (instance / "lifecircle.db").exists():
        return []
    with sqlite3.connect(instance / "lifecircle.db") as connection:
        rows = connection.execute("SELECT layer, feature, operation FROM history WHERE layer LIKE '@%' ORDER BY seq")
        return list(rows)


def refused(ran, *words):
    assert ran.code in (1, 2), ran.out
    missing = [word for word in words if word not in ran.err]
    assert missing == [], ran.err


def test_an_outline_that_crosses_itself(run, outline, instance):
    ran = run("subdistrict", "add", "some", *NAMES, "--boundary", outline(BOW_TIE), "--datum", "wgs84")
    refused(ran, "/features/0/geometry", "crosses itself" if "crosses itself" in ran.err else "ntersect")
    assert documents(instance) == []


def test_an_outline_without_a_datum_and_one_of_many(run, write_json, outline, instance):
    refused(run("subdistrict", "add", "some", *NAMES, "--boundary", outline(SQUARE)), "--datum", "gcj02")
    feature = json.loads(outline(SQUARE).read_text(encoding="utf-8"))["features"][0]
    both = write_json("both.geojson", {"type": "FeatureCollection", "features": [feature, feature]})
    refused(run("subdistrict", "add", "some", *NAMES, "--boundary", both, "--datum", "wgs84"), "--feature")
    assert documents(instance) == []


def test_a_bad_code_and_a_reserved_id(run, outline, instance):
    names = ("--name", "某", "--name-en", "Some", "--code", "31")
    refused(run("subdistrict", "add", "con", *names, "--boundary", outline(SQUARE), "--datum", "wgs84"), "nine", "con")
    assert documents(instance) == []


def test_a_network_in_another_city(run, streets, added, instance, tmp_path):
    before = documents(instance)
    ran = run("network", "use", streets(-51.23, -30.03), "--subdistrict", "some", "--yes")
    refused(ran, "no street of it runs through some", "km apart")
    assert documents(instance) == before
    assert not (instance / "networks").exists()


def test_compounds_500_m_off(run, added, instance, tmp_path):
    before = documents(instance)
    rows = [(121.4449 + 0.001 * n, 31.2391) for n in range(5)]
    off = [f"小区{n},100,{lon + 0.0047:.6f},{lat + 0.0018:.6f}" for n, (lon, lat) in enumerate(rows)]
    sheet = tmp_path / "off.csv"
    sheet.write_text("小区名称,人数,经度,纬度\n" + "\n".join(off), encoding="utf-8")
    said = ("--subdistrict", "some", "--source", "x")
    ran = run("homes", "import", sheet, *said, "--datum", "wgs84")
    refused(ran, "lie outside the subdistrict", "m outside")
    assert "--leave-out-outside" in ran.err or "--datum" in ran.err
    refused(run("homes", "import", sheet, *said), "--datum")
    assert documents(instance) == before
    assert not (instance / "homes").exists()


def test_homes_that_are_wrong_are_all_told_at_once(run, added, instance, tmp_path):
    sheet = tmp_path / "homes.csv"
    lines = ["id,name,people,lon,lat,age_60_plus,gates", "a,甲,x,121.445,31.235,1,", "a,乙,-3,121.445,31.235,1,there"]
    sheet.write_text("\n".join([*lines, "c,丙,10,121.445,31.235,11,"]), encoding="utf-8")
    ran = run("homes", "import", sheet, "--subdistrict", "some", "--source", "x", "--datum", "wgs84")
    refused(ran, "'x' is no number", "'-3' is no number", "11 people of 10", "there")


@pytest.mark.parametrize("crs", [None, "EPSG:4326"])
def test_a_raster_without_a_projection(run, added, instance, tmp_path, crs):
    rasterio = pytest.importorskip("rasterio", reason="rasters are read by rasterio, which is an extra")
    path = tmp_path / "people.tif"
    transform = rasterio.Affine(0.001, 0.0, 121.43, 0.0, -0.001, 31.25)
    shape = {"width": 30, "height": 30, "count": 1, "dtype": "float32", "driver": "GTiff", "nodata": -1.0}
    with rasterio.open(path, "w", crs=crs, transform=transform, **shape) as raster:
        people = np.full((30, 30), 2.5, dtype="float32")
        people[12, 12] = -1.0
        raster.write(people, 1)
    before = documents(instance)
    ran = run("homes", "import", path, "--subdistrict", "some", "--source", "made up")
    if crs is None:
        refused(ran, "does not say which projection")
        assert documents(instance) == before
    else:
        assert ran.code == 0, ran.err
        assert "99 raster, 248 people" in ran.out  # 10 x 10 cells have their middle inside, one has no data
        assert "some: raster, 99 points, 248 people" in run("homes", "list").out


def test_a_layer_with_an_unknown_key(run, instance, tmp_path):
    text = 'name = { zh = "甲", en = "A" }\nfamily = "care"\nglyph = "甲"\ncolour = "red"\n'
    file = tmp_path / "layer.toml"
    file.write_text(text, encoding="utf-8")
    refused(run("layer", "add", "mine", "--file", file), "'colour' is not a known key")
    file.write_text(text.replace("colour", "rules").replace('"red"', '["nothing"]'), encoding="utf-8")
    refused(run("layer", "add", "mine", "--file", file), "layer.toml: rules: there is no rule 'nothing'")
    file.write_text(text.replace('colour = "red"\n', "[rules.mine-1]\nlimit_m = 100\n"), encoding="utf-8")
    refused(run("layer", "add", "mine", "--file", file), "layer.toml: rules.mine-1", "document", "certainty")
    assert documents(instance) == []


def test_faults_of_a_brought_rule_are_said_by_its_file_and_others_by_their_own(run, instance, tmp_path):
    told = 'document = { zh = "文", en = "D" }\nshort_document = { zh = "文", en = "D" }\ncertainty = "low"\n'
    file = tmp_path / "brought.toml"
    file.write_text(f'limit_m = -1\nlayers = ["nurseries", "nothing"]\n{told}', encoding="utf-8")
    ran = run("rule", "set", "mine", "--file", file)
    refused(ran, "brought.toml: limit_m")
    file.write_text(f'limit_m = 100\nlayers = ["nurseries", "nothing"]\n{told}', encoding="utf-8")
    ran = run("rule", "set", "mine", "--file", file)
    refused(ran, "brought.toml: layers: there is no layer 'nothing'")
    assert "rules.toml" not in ran.err.replace("of rules.toml", "")
    file.write_text('words = ["("]\nlayer = "nurseries"\n', encoding="utf-8")
    refused(run("indicator", "set", "nurseries.mine", "--file", file), "brought.toml: words")
    assert documents(instance) == []


def test_an_added_layer_and_its_rule_come_and_go_together(run, instance, tmp_path):
    file = tmp_path / "layer.toml"
    file.write_text(
        'name = { zh = "甲", en = "A" }\nfamily = "care"\nglyph = "甲"\nuses = ["jgj39"]\n'
        "[rules.mine-1]\nlimit_m = 100\n"
        'document = { zh = "文", en = "D" }\nshort_document = { zh = "文", en = "D" }\ncertainty = "low"\n',
        encoding="utf-8",
    )
    assert "rules mine-1, jgj39" in run("layer", "add", "mine", "--file", file, "--who", "li", "--why", "try").out
    assert [row[:2] for row in documents(instance)] == [("@layers", "mine"), ("@rules", "mine-1")]
    assert run("layer", "remove", "mine").code == 0
    assert "mine" not in run("layer", "list").out
    assert "mine-1" not in run("rule", "list").out


def test_a_rule_that_came_with_a_layer_goes_and_comes_back(run, instance, tmp_path):
    told = 'document = { zh = "文", en = "D" }\nshort_document = { zh = "文", en = "D" }\ncertainty = "low"\n'
    names = 'name = { zh = "甲", en = "A" }\nfamily = "care"\nglyph = "甲"\nuses = ["jgj39"]\n'
    (tmp_path / "layer.toml").write_text(names + "[rules.mine-1]\nlimit_m = 100\n" + told, encoding="utf-8")
    assert run("layer", "add", "mine", "--file", tmp_path / "layer.toml").code == 0
    assert run("rule", "remove", "mine-1").code == 0
    assert "mine  甲  added  jgj39" in run("layer", "list").out
    (tmp_path / "rule.toml").write_text('layers = ["mine"]\nlimit_m = 90\n' + told, encoding="utf-8")
    assert run("rule", "set", "mine-1", "--file", tmp_path / "rule.toml").code == 0
    assert "mine-1" in next(line for line in run("layer", "list").out.splitlines() if line.startswith("mine "))


@pytest.mark.slow
def test_patches_outlive_the_next_network_and_going_back_takes_them_along(run, streets, added, instance, tmp_path):
    some = ("--subdistrict", "some")
    assert run("network", "use", streets(121.44, 31.23), *some, "--yes").code == 0
    assert "Nothing was changed" in run("network", "use", streets(121.4401, 31.2301, "b.geojson"), *some).out
    line = "121.4413,31.2310 121.4413,31.2320"
    assert run("network", "patch", "add", *some, "--line", line, "--why", "seen", "--yes").code == 0
    assert run("network", "patch", "close", *some, "--at", "121.4455,31.2350", "--why", "wall", "--yes").code == 0
    far = run("network", "patch", "add", *some, "--line", "121.4413,31.2310 121.4713,31.2310", "--yes")
    refused(far, "from the nearest street")
    ran = run("network", "use", streets(121.44, 31.23, "c.geojson"), *some, "--yes")
    assert len([line for line in ran.out.splitlines() if line.startswith("patch")]) == 2
    assert "does not apply" not in ran.out
    for left in (2, 1, 0, 0):
        assert run("network", "back", *some).code == 0
        assert len(run("network", "patch", "list").out.splitlines()) == left
    refused(run("network", "back", *some), "no network to go back to")
    refused(run("network", "patch", "remove", "01M80HGZJDBENW7JNR8XH5R6JF", "--yes"), "there is no patch")


def test_a_subdistrict_taken_away_comes_back_with_its_facilities(run, outline, added, instance, write_json):
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [121.445, 31.235]},
        "properties": {"name": "甲托育园"},
    }
    table = write_json("nurseries.geojson", {"type": "FeatureCollection", "features": [feature]})
    chosen = ("--set", "location_status=surveyed", "--set", "source=seen")
    ran = run("import", table, "--layer", "nurseries", "--subdistrict", "some", "--datum", "wgs84", *chosen)
    assert ran.code == 0, ran.err
    assert run("subdistrict", "remove", "some").code == 0
    assert "some" not in run("subdistrict", "list").out
    refused(run("subdistrict", "remove", "some"), "there is no 'some' that was added here")
    refused(run("subdistrict", "remove", "caojiadu"), "there is no 'caojiadu' that was added here")
    assert run("subdistrict", "add", "some", *NAMES, "--boundary", outline(SQUARE), "--datum", "wgs84").code == 0
    from webmap import create_app
    from webmap.config import Config

    found = create_app(Config(instance=instance)).test_client().get("/api/layers/nurseries?subdistrict=some").json
    assert [one["properties"]["name"] for one in found["features"]] == ["甲托育园"]
