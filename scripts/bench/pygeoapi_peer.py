"""pygeoapi beside us: the same features in a GeoPackage, served from an environment of its own.

`python3 -m venv V && V/bin/pip install pygeoapi granian`; Debian's libsqlite3-mod-spatialite is what its provider for
GeoPackage asks for. Where that is missing the features are given as GeoJSON, which is slower and is said so.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import pyogrio

PROPERTIES = ("name", "subdistrict", "location_status", "capacity")
_SPATIALITE = ("/usr/lib/x86_64-linux-gnu/mod_spatialite.so", "/usr/lib/aarch64-linux-gnu/mod_spatialite.so")


@dataclass(frozen=True)
class PeerFiles:
    """Where pygeoapi's Python is, and a folder for what it reads."""

    python: Path
    folder: Path


def spatialite() -> str | None:
    """Return the path of SpatiaLite's module, None where it is not installed."""
    return next((path for path in _SPATIALITE if Path(path).is_file()), None)


def start_pygeoapi(
    files: PeerFiles, layers: dict[str, list[dict[str, Any]]], workers: int
) -> tuple[subprocess.Popen[bytes], str]:
    """Serve the features of each layer by pygeoapi on granian; return the process and the address of its API."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config, definition = files.folder / "pygeoapi.yml", files.folder / "openapi.json"
    providers = {name: _provider(files.folder, name, found) for name, found in layers.items()}
    config.write_text(json.dumps(_config(providers, url, port)), encoding="utf-8")
    environment = os.environ | {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(definition)}
    if spatialite() is not None:
        environment["SPATIALITE_LIBRARY_PATH"] = str(spatialite())
    program = files.python.parent
    with definition.open("wb") as out:
        made = [str(program / "pygeoapi"), "openapi", "generate", str(config), "--format", "json"]
        subprocess.run(made, env=environment, stdout=out, stderr=subprocess.DEVNULL, check=True, timeout=120)
    # one thread a worker: its provider answers some requests with an error where several share it
    command = [str(program / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--workers",
        str(workers),
        "--blocking-threads",
        "1",
        "--log-level",
        "critical",
        "pygeoapi.flask_app:APP",
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(f"{url}/collections/{next(iter(layers))}/items?limit=1&f=json")
    return process, url


def _provider(folder: Path, layer: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name in PROPERTIES if any(one["properties"].get(name) is not None for one in features)]
    kept = [
        {"type": "Feature", "id": one["id"], "geometry": one["geometry"]}
        | {"properties": {"fid": one["id"]} | {name: one["properties"].get(name) for name in names}}
        for one in features
    ]
    common = {"type": "feature", "id_field": "fid"}
    if spatialite() is None:
        path = folder / f"{layer}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": kept}), encoding="utf-8")
        return common | {"name": "GeoJSON", "data": str(path)}
    path = folder / f"{layer}.gpkg"
    frame = geopandas.GeoDataFrame.from_features(kept, crs="EPSG:4326").rename(columns={"fid": "id"})
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")
    return common | {"id_field": "id", "name": "SQLiteGPKG", "data": str(path), "table": layer}


def _config(providers: dict[str, dict[str, Any]], url: str, port: int) -> dict[str, Any]:
    limits = {"default_items": 100, "max_items": 10000}
    server = {
        "bind": {"host": "127.0.0.1", "port": port},
        "url": url,
        "mimetype": "application/json; charset=UTF-8",
        "encoding": "utf-8",
        "languages": ["en-US"],
        "limits": limits,
        "map": {"url": "", "attribution": ""},
    }
    text = {"en": "the same features"}
    about = {"title": text, "description": text, "keywords": {"en": ["x"]}, "url": url, "terms_of_service": "none"}
    party = {"name": "x", "url": url}
    resource = {
        "type": "collection",
        "title": text,
        "description": text,
        "keywords": {"en": ["x"]},
        "extents": {"spatial": {"bbox": [121, 31, 122, 32], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
    }
    resources = {name: resource | {"providers": [provider]} for name, provider in providers.items()}
    return {
        "server": server,
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": about | {"keywords_type": "theme"},
            "license": {"name": "none", "url": url},
            "provider": party,
            "contact": party | {"address": "x", "email": "x@example.org"},
        },
        "resources": resources,
    }


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, limit_s: float = 90) -> None:
    """Return when an address answers; TimeoutError when it never does."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=10):  # noqa: S310 - our own loopback
                return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(address)
