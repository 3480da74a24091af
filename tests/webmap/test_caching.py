"""Answers that are kept: strong tags of data versions, 304, compression with its own tag, the same from any worker."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webmap import create_app
from webmap.config import Config

PATHS = (
    "/ogc",
    "/ogc/collections",
    "/ogc/collections/demand/items?limit=50",
    "/ogc/collections/demand/items?f=html",
    "/ogc/collections/practice_stations/items/01M7XPE6282QSYJFXHKF2ERFQA",
    "/ogc/collections/demand/all.parquet",
    "/ogc/collections/demand/all.gpkg",
    "/ogc/collections/demand/all.fgb",
    "/api/coverage?subdistrict=caojiadu&layer=nurseries",
    "/api/isochrone?lon=121.43&lat=31.231",
    "/api/catchments?subdistrict=caojiadu&layer=practice_stations",
    "/api/history",
    "/api/openapi.json",
)


@pytest.fixture(scope="module")
def workers(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, FlaskClient]:
    """Two workers over one instance: they share the store and nothing else."""
    config: Config = app.extensions["lifecircle.config"]
    return app.test_client(), create_app(config).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_any_worker_gives_the_same_bytes_under_a_strong_tag(workers, path: str) -> None:
    one, other = (worker.get(path) for worker in workers)
    assert one.status_code == 200
    assert one.data == other.data
    assert one.headers["ETag"] == other.headers["ETag"]
    assert not one.headers["ETag"].startswith("W/")
    assert one.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(workers, path: str) -> None:
    first, other = workers
    tag = first.get(path).headers["ETag"]
    again = other.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert other.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_tag_tells_form_language_page_and_host_apart(client: FlaskClient) -> None:
    here = "/ogc/collections/demand/items"
    answers = [
        client.get(here),
        client.get(here, headers={"Accept": "text/html"}),
        client.get(f"{here}?lang=en"),
        client.get(f"{here}?limit=5"),
        client.get(here, base_url="http://127.0.0.1:8001"),
    ]
    assert len({answer.headers["ETag"] for answer in answers}) == len(answers)
    assert all("Accept" in answer.headers["Vary"].split(", ") for answer in answers)


def test_the_compressed_form_has_its_own_tag_and_both_are_understood(client: FlaskClient) -> None:
    path = "/ogc/collections/demand/items"
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    for tag in (plain.headers["ETag"], packed.headers["ETag"]):
        again = client.get(path, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
        assert (again.status_code, again.headers["ETag"]) == (304, tag)


def test_a_page_of_staff_is_never_compressed(client: FlaskClient) -> None:
    for path in ("/", "/about", "/staff/login"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers


def test_one_edit_changes_the_tag_of_its_layer_alone(tmp_path: Path) -> None:
    from webmap.revisions import Authorship, Change, write_changes
    from webmap.views import the_store

    config = Config(instance=tmp_path, recheck_s=3600)
    app = create_app(config)
    client, elsewhere = app.test_client(), create_app(config).test_client()
    layer, other = "/ogc/collections/lifts/items?limit=3", "/ogc/collections/nurseries/items"
    before = [client.get(path).headers["ETag"] for path in (layer, other)]
    assert [elsewhere.get(path).headers["ETag"] for path in (layer, other)] == before
    feature = client.get(layer).json["features"][0]
    known = {name: value for name, value in feature["properties"].items() if value is not None}
    with app.test_request_context():
        body = {
            "type": "Feature",
            "id": feature["id"],
            "geometry": feature["geometry"],
            "properties": known | {"note": "看过了"},
        }
        with the_store().writing() as connection:
            change = Change("lifts", feature["id"], "update", body, made_from=1)
            write_changes(connection, [change], Authorship("tester", "a test", "api"))
    after = [client.get(path).headers["ETag"] for path in (layer, other)]
    assert after[0] != before[0]
    assert after[1] == before[1]
    for worker in (client, elsewhere):
        assert worker.get(layer).json["features"][0]["properties"]["note"] == "看过了"
        assert worker.get(layer, headers={"If-None-Match": before[0]}).status_code == 200


def test_every_data_file_of_the_page_is_our_own(client: FlaskClient, root: Path) -> None:
    page = client.get("/docs").text
    assert "http" not in page.replace("http://localhost", "").replace("http://www.opengis.net", "")
    assert "<script>" not in page
    assert "style=" not in page
