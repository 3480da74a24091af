"""`lifecircle instance prepare`: it builds the bundled networks, and keeps one that somebody brought."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

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


def test_data_that_cannot_be_asked_about_stops_no_start(run, instance):
    (instance / "networks").mkdir(parents=True)
    (instance / "networks" / "caojiadu.lcnet").write_bytes(b"no network")
    for action in ("warm", "warm-sites"):
        done = run("instance", action, "--instance", instance)
        assert done.code == 0
        assert "compiled when they are first needed" in done.err


def own_kernels(root):
    """The compiled functions of geo, but for those that are only ever put into others."""
    inlined = {"expand", "_note"}
    tree = [node for file in (root / "geo").glob("*kernels.py") for node in ast.parse(file.read_text("utf-8")).body]
    marked = [node.name for node in tree if isinstance(node, ast.FunctionDef) and "njit" in ast.dump(node)]
    return set(marked) - inlined


@pytest.mark.slow
def test_after_warming_no_visitor_waits_for_a_kernel(root, tmp_path):
    lifecircle = Path(sys.executable).with_name("lifecircle")
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    for action in ("prepare", "warm", "warm-sites"):
        subprocess.run([lifecircle, "instance", action, "--instance", tmp_path / "own"], env=environment, check=True)
    kept = {file.name.split("-")[0].split(".")[-1] for file in (tmp_path / "kernels").rglob("*.nbi")}
    assert own_kernels(root) - kept == set()
    assert len(own_kernels(root)) > 25
