"""Tiles: what a map draws is in them whole, clients fetch parts of them, and every worker gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from pyproj import Geod
from werkzeug.test import TestResponse

from webmap import create_app, map_tiles
from webmap.copy_links import COPY_MARK
from webmap.map_tiles import is_heavy, kept_archive, without_heavy

REACH = "/api/tiles/reach/caojiadu/practice_stations.pmtiles"
STREETS = "/api/tiles/streets/caojiadu.pmtiles"
MAP = "/map/caojiadu/practice_stations/data.json?samples=0"
GEOD = Geod(ellps="WGS84")
URLS = {"library": "l.js", "streets": "s", "reach": "r", "facilities": "f", "facility": "f/", "samples": False}


def features(client: FlaskClient, address: str, folder: Path) -> gpd.GeoDataFrame:
    """What an archive holds, as GDAL reads it."""
    answer = fetched(client, address)
    assert (answer.status_code, answer.mimetype) == (200, "application/vnd.pmtiles")
    path = folder / "read.pmtiles"
    path.write_bytes(answer.data)
    return pyogrio.read_dataframe(path).to_crs("EPSG:4326")


def length_m(lines: gpd.GeoSeries) -> float:
    return sum(GEOD.geometry_length(line) for line in lines)


def test_reach_holds_what_the_map_draws(client: FlaskClient, tmp_path: Path) -> None:
    data = client.get(MAP).json
    found = features(client, REACH, tmp_path)
    for band in {group["band"] for group in data["bands"]}:
        drawn = [line for group in data["bands"] if group["band"] == band for line in group["lines"]]
        lines = gpd.GeoSeries.from_wkt([f"LINESTRING ({','.join(f'{x} {y}' for x, y in line)})" for line in drawn])
        tiled = found[(found["kind"] == "band") & (found["band"] == band)].geometry
        assert length_m(tiled) == pytest.approx(length_m(lines), rel=0.02), band
    blocks = found[found["kind"] == "block"]
    assert len(blocks) == len(data["blocks"]) > 0
    assert sorted(blocks["weight"]) == pytest.approx(sorted(one["weight"] for one in data["blocks"]))
    told = [(block.street, block.distance_m, bool(block.circle)) for block in blocks.itertuples()]
    same = [(block["street"], block["distance_m"], block["circle"]) for block in data["blocks"]]
    assert sorted(told, key=str) == sorted(same, key=str), "a tap on a tile says what a tap on a circle says"
    assert set(found["kind"]) == {"area", "band", "block"}


def test_streets_and_facilities_are_all_there(client: FlaskClient, tmp_path: Path) -> None:
    data = client.get(MAP).json
    streets = features(client, STREETS, tmp_path)
    assert set(streets["name"].dropna()) == {street["name"] for street in data["streets"] if street["name"]}
    stations = features(client, "/api/tiles/facilities/practice_stations.pmtiles", tmp_path)
    known = client.get("/ogc/collections/practice_stations/items?limit=1000&filter=geometry IS NOT NULL").json
    assert set(stations["id"]) == {one["id"] for one in known["features"]}


def fetched(client: FlaskClient, address: str, **headers: str) -> TestResponse:
    """An answer that has been read to its end; what it is read from is closed, as a server does it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(address, headers=names)
    answer.get_data()
    answer.close()
    return answer


def test_parts_are_given_by_range(client: FlaskClient) -> None:
    whole = fetched(client, STREETS)
    part = fetched(client, STREETS, Range="bytes=100-299")
    assert (part.status_code, part.data) == (206, whole.data[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.data)}"
    assert part.headers["ETag"] == whole.headers["ETag"]
    assert "Content-Encoding" not in part.headers
    tag = whole.headers["ETag"]
    assert fetched(client, STREETS, If_None_Match=tag).status_code == 304
    same = fetched(client, STREETS, Range="bytes=0-9", If_Range=tag)
    assert (same.status_code, len(same.data)) == (206, 10)
    changed = fetched(client, STREETS, Range="bytes=0-9", If_Range='"another"')
    assert (changed.status_code, changed.data) == (200, whole.data)
    assert fetched(client, STREETS, Range=f"bytes={len(whole.data)}-").status_code == 416


def test_another_machine_gives_the_same_bytes_and_the_same_tag(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    other = create_app(replace(app.extensions["lifecircle.config"], instance=tmp_path))
    other.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
    for address in (STREETS, REACH):
        ours, theirs = fetched(client, address), fetched(other.test_client(), address)
        assert (ours.data, ours.headers["ETag"]) == (theirs.data, theirs.headers["ETag"])
    assert len(list((tmp_path / "tiles").iterdir())) == 2


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/tiles/reach/caojiadu/lifts.pmtiles", 404),
        ("/api/tiles/streets/nowhere.pmtiles", 404),
        ("/api/tiles/facilities/nothing.pmtiles", 404),
        (f"{REACH}?rule=none", 400),
        (f"{STREETS}?x=1", 400),
    ],
)
def test_what_cannot_be_drawn_is_a_problem(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_a_map_over_two_megabytes_names_its_tiles_in_place_of_what_they_hold(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = client.get(MAP).json
    assert "tiles" not in data
    assert map_tiles.MOST_JSON_BYTES == 2_000_000
    assert not is_heavy(data)
    monkeypatch.setattr(map_tiles, "MOST_JSON_BYTES", 20_000)
    assert is_heavy(data)
    light = without_heavy(data, URLS)
    assert light["tiles"] == {"library": "l.js", "streets": "s", "reach": "r"}
    assert (light["streets"], light["bands"], light["reach"], light["people"], light["blocks"]) == ([],) * 5
    assert light["facilities"] == data["facilities"]
    monkeypatch.setattr(map_tiles, "MOST_JSON_BYTES", 100)
    light = without_heavy(data, URLS)
    assert light["facilities"] == []
    assert {name: light["tiles"][name] for name in ("facilities", "facility", "samples")} == {
        "facilities": "f",
        "facility": "f/",
        "samples": False,
    }
    assert [gap["area"] for gap in light["gaps"]] == [[] for _ in data["gaps"]]


def area_of(polygons: list) -> float:
    return sum(shapely.Polygon(rings[0], rings[1:]).area for rings in polygons)


def test_areas_beside_tiles_are_as_fine_as_a_screen_needs_and_no_smaller(client: FlaskClient) -> None:
    data = client.get(MAP).json
    light = without_heavy(data, URLS)
    assert [gap["letter"] for gap in light["gaps"]] == [gap["letter"] for gap in data["gaps"]] != []
    pairs = [(light[name], data[name]) for name in ("circle", "circle_only")]
    pairs += [(one["area"], other["area"]) for one, other in zip(light["gaps"], data["gaps"], strict=True)]
    assert sum(len(str(coarse)) for coarse, _ in pairs) < 0.8 * sum(len(str(fine)) for _, fine in pairs)
    for coarse, fine in pairs:
        assert area_of(coarse) == pytest.approx(area_of(fine), rel=0.03)
    assert without_heavy(data | {"circle": [], "gaps": []}, URLS)["circle"] == []


def test_the_page_of_a_heavy_map_is_given_tiles_and_a_static_copy_is_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = create_app(app.extensions["lifecircle.config"])
    monkeypatch.setattr(map_tiles, "MOST_JSON_BYTES", 20_000)
    client = mine.test_client()
    tiles = client.get(MAP).json["tiles"]
    assert fetched(client, tiles["library"]).status_code == 200
    for name in ("streets", "reach"):
        assert fetched(client, tiles[name]).data[:7] == b"PMTiles"
    sites = client.get("/planner/caojiadu/nurseries/siting/map.json?every_m=200&lang=en")
    assert sites.json["tiles"]["reach"].startswith("/api/tiles/reach/caojiadu/nurseries.pmtiles?")
    assert len(sites.json["gaps"]) == 1
    assert "tiles" not in client.get(MAP, environ_overrides={COPY_MARK: True}).json


def test_the_oldest_archives_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_tiles, "MOST_KEPT", 2)
    monkeypatch.setattr(map_tiles, "write_tiles", lambda _, name, path: path.write_text(name))
    paths = [kept_archive(tmp_path, "x", str(number), gpd.GeoDataFrame) for number in range(4)]
    assert [path.is_file() for path in paths] == [False, False, True, True]
    assert kept_archive(tmp_path, "x", "3", lambda: pytest.fail("it is there")) == paths[3]
