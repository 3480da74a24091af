"""The command run inside the test's process, and a small network for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from webmap.cli import main

LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001


def _refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out, parse_constant=_refuse)


@pytest.fixture
def run(capsys):
    """Run `lifecircle ARGUMENTS` and return its exit code and what it printed."""

    def command(*arguments):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Ran(code, printed.out, printed.err)

    return command


@pytest.fixture
def read_answer():
    """Read an answer file strictly: NaN and Infinity are no JSON."""
    return lambda path: json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse)


@pytest.fixture
def write_json(tmp_path):
    def write(name, document):
        path = tmp_path / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


@pytest.fixture
def write_points(write_json):
    """Write points of (id, lon, lat, properties); an id of None is left out, a lon of None is a null geometry."""

    def write(name, *rows):
        features = []
        for point_id, lon, lat, properties in rows:
            geometry = None if lon is None else {"type": "Point", "coordinates": [lon, lat]}
            feature = {"type": "Feature", "geometry": geometry, "properties": properties}
            features.append(feature if point_id is None else {"id": point_id, **feature})
        return write_json(name, {"type": "FeatureCollection", "features": features})

    return write


@pytest.fixture
def streets(write_json):
    """A grid of nine crossings, blocks of 95.3 by 110.9 m, one street one-way for feet, an island of three."""
    ticks = [round(STEP_DEG * k, 7) for k in range(3)]
    lines = [([[LON0 + x, LAT0 + y] for x in ticks], {"name": f"{k}路"}) for k, y in enumerate(ticks)]
    lines += [([[LON0 + x, LAT0 + y] for y in ticks], {}) for x in ticks[:2]]
    lines.append(([[LON0 + ticks[2], LAT0 + y] for y in ticks], {"highway": "footway", "oneway:foot": "yes"}))
    lines.append(([[LON0 + x, LAT0 + 0.02] for x in ticks], {}))
    features = [
        {"type": "Feature", "properties": known, "geometry": {"type": "LineString", "coordinates": line}}
        for line, known in lines
    ]
    return write_json("streets.geojson", {"type": "FeatureCollection", "features": features})


@pytest.fixture
def network(run, streets, tmp_path):
    path = tmp_path / "grid.lcnet"
    assert run("network", "build", streets, "--out", path, "--min-component", "9").code == 0
    return path
