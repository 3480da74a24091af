"""Clients that others wrote read every layer and page through 25,000 features: GDAL, pyogrio, OWSLib; pygeoapi agrees.

The snippets of docs/clients.md are run as they stand there, wherever their tool is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest
from bench.big_layer import COUNT, LAYER, write_big_data
from bench.pygeoapi_peer import PeerFiles, free_port, start_pygeoapi, wait_for

PYGEOAPI = Path(os.environ.get("LIFECIRCLE_PYGEOAPI", "/tmp/pygeoapi-venv/bin/python"))


def served(data: Path, instance: Path) -> Iterator[str]:
    """Serve in a process of its own: GDAL holds Python's lock while it waits for an answer."""
    instance.mkdir(exist_ok=True)
    port = free_port()
    environment = os.environ | {"LIFECIRCLE_DATA": str(data), "LIFECIRCLE_INSTANCE": str(instance)}
    command = [sys.executable, "-m", "webmap.server", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", 600)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def url(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service over the bundled data."""
    yield from served(root / "data", tmp_path_factory.mktemp("instance"))


@pytest.fixture(scope="module")
def big(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service over a data folder with a layer of 25,000 features."""
    folder = tmp_path_factory.mktemp("big")
    yield from served(write_big_data(root / "data", folder / "data"), folder / "instance")


def fetched(address: str) -> dict:
    request = urllib.request.Request(address, headers={"Accept": "application/geo+json, application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def collections(url: str) -> list[dict]:
    return fetched(f"{url}/ogc/collections")["collections"]


def ids_by_paging(url: str, collection: str, limit: int) -> list[str]:
    address, found = f"{url}/ogc/collections/{collection}/items?limit={limit}", []
    while address:
        body = fetched(address)
        found += [one["id"] for one in body["features"]]
        address = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    return found


def test_pyogrio_reads_layers_of_every_kind(url: str) -> None:
    names = {name for name, _ in pyogrio.list_layers(f"OAPIF:{url}/ogc")}
    assert names == {one["id"] for one in collections(url)}
    for name, count in (("practice_stations", 23), ("subdistricts", 2), ("streets", 60), ("demand", 575)):
        frame = pyogrio.read_dataframe(f"OAPIF:{url}/ogc", layer=name)
        assert len(frame) == count
        assert frame.geometry.notna().any()
        west, south, east, north = frame.total_bounds
        assert 121 < west < east < 122
        assert 31 < south < north < 32


@pytest.mark.slow
def test_ogrinfo_reads_every_layer(url: str) -> None:
    if shutil.which("ogrinfo") is None:
        pytest.skip("NOT RUN: ogrinfo is not here; Debian has it in gdal-bin")
    for one in collections(url):
        command = ["ogrinfo", "-ro", "-al", "-q", f"OAPIF:{url}/ogc", one["id"]]
        told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert "ERROR" not in told.stderr, told.stderr
        assert len(re.findall(r"^OGRFeature\(", told.stdout, re.MULTILINE)) == len(ids_by_paging(url, one["id"], 500))


@pytest.mark.slow
def test_ogrinfo_and_pyogrio_page_through_25_000(big: str) -> None:
    everything = ids_by_paging(big, LAYER, 1000)
    assert len(everything) == len(set(everything)) == COUNT
    assert ids_by_paging(big, LAYER, 997) == everything
    frame = pyogrio.read_dataframe(f"OAPIF:{big}/ogc", layer=LAYER)
    assert sorted(frame["id"]) == everything
    assert frame["name"].notna().all()
    if shutil.which("ogrinfo") is None:
        pytest.skip("NOT RUN: ogrinfo is not here; Debian has it in gdal-bin")
    command = ["ogrinfo", "-ro", "-al", "-q", "-geom=NO", f"OAPIF:{big}/ogc", LAYER]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert len(re.findall(r"^OGRFeature\(", told.stdout, re.MULTILINE)) == COUNT
    names = re.findall(r"^  id \(String\) = (\S+)$", told.stdout, re.MULTILINE)
    assert not names or sorted(names) == everything


@pytest.mark.slow
def test_owslib_pages_through_25_000(big: str) -> None:
    owslib = pytest.importorskip("owslib.ogcapi.features")
    client = owslib.Features(f"{big}/ogc")
    assert LAYER in client.feature_collections()
    assert client.collection(LAYER)["extent"]["spatial"]["bbox"]
    assert client.collection_queryables(LAYER)["properties"]["name"]
    found, page = [], client.collection_items(LAYER, limit=5000)
    while True:
        found += [one["id"] for one in page["features"]]
        onward = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        if onward is None:
            break
        after = re.search(r"after=(\w+)", onward)
        page = client.collection_items(LAYER, limit=5000, after=after[1])
    assert len(found) == len(set(found)) == COUNT
    one = client.collection_item(LAYER, found[17])
    assert one["id"] == found[17]


@pytest.fixture(scope="module")
def oracle(root: Path, tmp_path_factory: pytest.TempPathFactory, big: str) -> Iterator[str]:
    """The oracle: pygeoapi over the very same features, in an environment of its own."""
    if not PYGEOAPI.is_file():
        pytest.skip(f"NOT RUN: no pygeoapi at {PYGEOAPI}; name its Python in LIFECIRCLE_PYGEOAPI")
    features = []
    address = f"{big}/ogc/collections/{LAYER}/items?limit=10000"
    while address:
        body = fetched(address)
        features += body["features"]
        address = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    process, url = start_pygeoapi(
        PeerFiles(PYGEOAPI, tmp_path_factory.mktemp("pygeoapi")), {LAYER: features}, workers=1
    )
    yield url
    process.terminate()
    process.wait(timeout=20)


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "bbox=121.43,31.23,121.45,31.25",
        "bbox=121.43,31.23,121.435,31.235",
        "subdistrict=hudong",
        "capacity=17",
        "capacity=3&bbox=121.5,31.25,121.55,31.29",
    ],
)
def test_pygeoapi_gives_the_same_answers(big: str, oracle: str, query: str) -> None:
    """Ours by the links, theirs by offsets; a box of theirs finds only what has a place, and here everything has."""
    ours, address = [], f"{big}/ogc/collections/{LAYER}/items?limit=5000&f=json&{query}"
    while address:
        page = fetched(address)
        ours += page["features"]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    theirs, more = [], True
    while more:
        here = f"{oracle}/collections/{LAYER}/items?limit=5000&offset={len(theirs)}&f=json&{query}"
        more = fetched(here)["features"]
        theirs += more
    assert 0 < page["numberMatched"] == len(ours) == len(theirs)
    by_id = {one["id"]: one for one in theirs}
    assert {one["id"] for one in ours} == set(by_id)
    for one in ours:
        other = by_id[one["id"]]
        assert one["geometry"]["coordinates"] == pytest.approx(other["geometry"]["coordinates"], abs=1e-9)
        assert one["properties"]["name"] == other["properties"]["name"]


# docs/clients.md

NEEDS = {"python": [sys.executable, "-c"], "sh": ["bash", "-c"], "r": ["Rscript", "-e"], "sql": []}
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's, for which QGIS is built


def snippets(root: Path) -> list[tuple[str, str]]:
    text = (root / "docs" / "clients.md").read_text(encoding="utf-8")
    return re.findall(r"^```(python|sh|sql|r)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def answers(*command: str) -> bool:
    """Whether a program is here and can do what it is asked."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False, timeout=120).returncode == 0


def with_extensions(code: str) -> str:
    """DuckDB's statements as Python; its extensions come out of PyPI packages, since nothing else can be fetched."""
    names = ", ".join(repr(name) for name in re.findall(r"LOAD (\w+)", code))
    load = f"from duckdb_extensions import import_extension\nfor name in [{names}]:\n    import_extension(name)\n"
    return f"import duckdb\n{load}print(duckdb.sql({code!r}))"


def missing_tool(kind: str, code: str) -> str | None:
    """The tool that a snippet needs and that is not here."""
    if kind == "sh":
        first = code.split(maxsplit=1)[0]
        return None if shutil.which(first) else first
    if kind == "r":
        return None if shutil.which("Rscript") and answers("Rscript", "-e", "library(sf)") else "R with sf"
    if "qgis" in code:
        return None if answers(SYSTEM_PYTHON, "-c", "import qgis.core") else "QGIS"
    needed = (
        ["duckdb", "duckdb_extensions", "duckdb_extension_httpfs"]
        if kind == "sql"
        else re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)
    )
    from importlib.util import find_spec

    return next((name for name in needed if find_spec(name) is None), None)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(10))
def test_snippet_runs(root: Path, url: str, number: int, tmp_path: Path) -> None:
    found = snippets(root)
    assert len(found) == 10
    kind, code = found[number]
    absent = missing_tool(kind, code)
    if absent is not None:
        pytest.skip(f"NOT RUN: {absent} is not here")
    code = textwrap.dedent(code).replace("http://127.0.0.1:8000", url)
    if kind == "sql":
        code, kind = with_extensions(code), "python"
    command = [SYSTEM_PYTHON, "-c", code] if "qgis" in code else [*NEEDS[kind], code]
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "QT_QPA_PLATFORM": "offscreen"}
    told = subprocess.run(
        command, capture_output=True, text=True, timeout=180, cwd=tmp_path, env=environment, check=False
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout.strip()
    assert "qgis" not in code or re.match(r"True [1-9]", told.stdout), told.stdout
