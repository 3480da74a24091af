"""`lifecircle instance prepare`: it builds the bundled networks, and keeps one that somebody brought."""

from __future__ import annotations

import pytest

from geo.network_file import load_network


@pytest.fixture
def instance(tmp_path):
    return tmp_path / "instance"


def _sources(instance, place):
    return [source["name"] for source in load_network(instance / "networks" / f"{place}.lcnet").meta["sources"]]


def test_bundled_networks_are_built_and_built_again(run, instance):
    assert run("instance", "prepare", "--instance", instance).code == 0
    first = (instance / "networks" / "caojiadu.lcnet").stat().st_mtime_ns
    assert _sources(instance, "caojiadu") == ["streets_caojiadu.geojson"]
    assert _sources(instance, "hudong") == ["streets_hudong.geojson"]
    assert run("instance", "prepare", "--instance", instance).code == 0
    assert (instance / "networks" / "caojiadu.lcnet").stat().st_mtime_ns > first


def test_network_that_somebody_brought_is_kept(run, instance, streets):
    (instance / "networks").mkdir(parents=True)
    path = instance / "networks" / "caojiadu.lcnet"
    assert run("network", "build", streets, "--out", path, "--min-component", "9").code == 0
    before = path.read_bytes()
    done = run("instance", "prepare", "--instance", instance)
    assert done.code == 0
    assert "caojiadu.lcnet is kept: it is built of streets.geojson" in done.err
    assert path.read_bytes() == before
    assert _sources(instance, "hudong") == ["streets_hudong.geojson"]


def test_damaged_network_gives_way_and_is_told(run, instance):
    (instance / "networks").mkdir(parents=True)
    path = instance / "networks" / "caojiadu.lcnet"
    path.write_bytes(b"no network")
    done = run("instance", "prepare", "--instance", instance)
    assert done.code == 0
    assert "The bundled streets take its place" in done.err
    assert _sources(instance, "caojiadu") == ["streets_caojiadu.geojson"]
