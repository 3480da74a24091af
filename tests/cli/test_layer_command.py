"""`lifecircle layer check`: every problem of a file, and the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from geo.catalog import read_catalog
from geo.layers import check_layer
from geo.place import read_outlines

PROJECT = Path(__file__).resolve().parents[2]
FAULTS = PROJECT / "tests" / "data" / "faults"
DATA = PROJECT / "data"


def _kinds(out):
    lines = out.splitlines()
    return [line.split("]")[0].split("[")[1] for line in lines if line.startswith("problem [")], lines[-1]


@pytest.mark.parametrize("layer", sorted(path.stem for path in (DATA / "layers").glob("*.geojson")))
def test_bundled_layers_are_without_fault(run, layer):
    done = run("layer", "check", DATA / "layers" / f"{layer}.geojson", "--layer", layer)
    assert done.code == 0, done.out
    assert "0 problem(s)" in done.out


def test_there_is_a_file_for_every_layer():
    assert {path.stem for path in (DATA / "layers").glob("*.geojson")} == set(read_catalog(DATA).layers)


@pytest.fixture
def eastside(tmp_path, monkeypatch):
    """Make the catalogue of the fixtures, whose one subdistrict is a rectangle, the command's data folder."""
    shutil.copytree(PROJECT / "tests" / "data" / "catalog", tmp_path / "data")
    ring = [[121.43, 31.22], [121.45, 31.22], [121.45, 31.24], [121.43, 31.24], [121.43, 31.22]]
    outline = {
        "type": "Feature",
        "properties": {"id": "eastside"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "data" / "base").mkdir()
    document = json.dumps({"type": "FeatureCollection", "features": [outline]})
    (tmp_path / "data" / "base" / "subdistricts.geojson").write_text(document, encoding="utf-8")
    monkeypatch.setenv("LIFECIRCLE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def _layer_of(path):
    return "assembly_places" if b'"assembly_places"' in path.read_bytes() else "nurseries"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("good", []),
        ("good_polygon", []),
        ("byte_order_mark", []),
        ("nan_coordinate", ["not_finite"]),
        ("duplicate_key", ["duplicate_key"]),
        ("duplicate_id", ["duplicate_id"]),
        ("javascript_link", ["unsafe_link"]),
        ("proto_property", ["unknown_property"]),
        ("wrong_layer_name", ["wrong_layer_name"]),
        ("cut_off", ["not_json"]),
        ("foreign_crs", ["foreign_crs"]),
        ("bowtie_polygon", ["invalid_polygon"]),
        ("unlocated_with_geometry", ["unexpected_geometry"]),
    ],
)
def test_faults_are_named(run, eastside, name, expected):
    path = FAULTS / f"{name}.geojson"
    done = run("layer", "check", path, "--layer", _layer_of(path))
    problems, last = _kinds(done.out)
    assert problems == expected
    assert f"{len(problems)} problem(s)" in last
    assert done.code == (1 if expected else 0)


@pytest.mark.parametrize("path", sorted(FAULTS.glob("*.geojson")), ids=lambda path: path.stem)
def test_every_problem_of_every_file_is_printed(run, eastside, path):
    catalog = read_catalog(eastside)
    outlines = read_outlines(eastside / "base" / "subdistricts.geojson")
    expected = check_layer(path.read_bytes(), catalog.layers[_layer_of(path)], catalog, outlines)
    done = run("layer", "check", path, "--layer", _layer_of(path))
    *lines, last = done.out.splitlines()
    kinds = ["warning" if problem.warning else "problem" for problem in expected]
    assert lines == [f"{kind} [{problem.code}] {problem}" for kind, problem in zip(kinds, expected, strict=True)]
    assert last == f"{path}: {kinds.count('problem')} problem(s), {kinds.count('warning')} warning(s)"
    assert done.code == (1 if "problem" in kinds else 0)


def test_warning_alone_is_no_fault(run, eastside):
    done = run("layer", "check", FAULTS / "outside_subdistrict.geojson", "--layer", "nurseries")
    assert done.code == 0
    assert "warning [outside_subdistrict] /features/" in done.out
    assert "0 problem(s), 1 warning(s)" in done.out


def test_unknown_layer(run):
    done = run("layer", "check", FAULTS / "good.geojson", "--layer", "../../x")
    assert done.code == 2
    assert "nurseries" in done.err


def test_missing_file(run, tmp_path):
    done = run("layer", "check", tmp_path / "nothing.geojson", "--layer", "nurseries")
    assert done.code == 2
    assert "nothing.geojson" in done.err
