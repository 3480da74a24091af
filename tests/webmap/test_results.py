"""Results follow the files: changed data gives a new version, broken data leaves the old one standing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from geo.errors import DataError
from webmap import create_app
from webmap.config import Config, config_from_environment


@pytest.fixture
def data(root: Path, tmp_path: Path) -> Path:
    """A copy of the bundled data."""
    return Path(shutil.copytree(root / "data", tmp_path / "data"))


def test_changed_layer_gives_a_new_version(data: Path) -> None:
    client = create_app(Config(data=data, instance=data.parent, recheck_s=0)).test_client()
    before = client.get("/healthz").json["data_versions"]["caojiadu"]
    path = data / "layers" / "nurseries.geojson"
    layer = json.loads(path.read_text(encoding="utf-8"))
    layer["features"] = [one for one in layer["features"] if one["properties"]["subdistrict"] != "caojiadu"]
    path.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    assert client.get("/healthz").json["data_versions"]["caojiadu"] != before
    assert client.get("/api/coverage?subdistrict=caojiadu&layer=nurseries").json["coverage"] is None


def test_broken_layer_leaves_the_old_data_standing(data: Path) -> None:
    client = create_app(Config(data=data, instance=data.parent, recheck_s=0)).test_client()
    before = client.get("/healthz").json
    (data / "layers" / "nurseries.geojson").write_text("{", encoding="utf-8")
    after = client.get("/healthz").json
    assert after["stale"] is True
    assert after["data_versions"] == before["data_versions"]
    assert client.get("/map/caojiadu/nurseries").status_code == 200


def test_unreadable_data_is_503_with_the_reason(data: Path) -> None:
    (data / "layers" / "nurseries.geojson").write_text("{", encoding="utf-8")
    client = create_app(Config(data=data, instance=data.parent)).test_client()
    assert client.get("/").status_code == 503
    body = json.loads(client.get("/healthz").data)
    assert body["status"] == 503
    assert body["problems"]


def test_missing_file_is_named(data: Path) -> None:
    (data / "base" / "demand_hudong.geojson").unlink()
    client = create_app(Config(data=data, instance=data.parent)).test_client()
    body = json.loads(client.get("/healthz").data)
    assert body["status"] == 503
    assert "demand_hudong.geojson" in body["problems"][0]["where"]


def test_configuration_from_the_environment(tmp_path: Path) -> None:
    given = {
        "LIFECIRCLE_INSTANCE": str(tmp_path),
        "LIFECIRCLE_LANGUAGE": "en",
        "LIFECIRCLE_HOSTS": "map.example, other.example",
        "LIFECIRCLE_RECHECK_S": "5",
    }
    config = config_from_environment(given)
    assert config.instance == tmp_path
    assert config.default_language == "en"
    assert config.trusted_hosts == ["localhost", "127.0.0.1", "[::1]", "map.example", "other.example"]
    assert config.recheck_s == 5
    with pytest.raises(DataError) as faults:
        config_from_environment({"LIFECIRCLE_LANGUAGE": "fr", "LIFECIRCLE_RECHECK_S": "-1"})
    assert [one.where for one in faults.value.problems] == ["LIFECIRCLE_LANGUAGE", "LIFECIRCLE_RECHECK_S"]


def test_default_language_of_the_configuration(tmp_path: Path) -> None:
    client = create_app(Config(instance=tmp_path, default_language="en")).test_client()
    assert '<html lang="en"' in client.get("/about").text
    assert '<html lang="zh-Hans"' in client.get("/about?lang=zh").text
