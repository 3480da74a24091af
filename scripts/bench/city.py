"""A whole city as one subdistrict: 100,000 homes, 12 layers; how long every page takes, and how much memory it needs.

    .venv/bin/python scripts/bench/city.py ../shared/data/andorra.osm.pbf [--homes 100000] [--keep DIR]

Builds an instance of its own by the commands that anybody would use, starts the service with two workers, asks every
page twice and prints the second times, and the memory of all its processes.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[2]
LIFECIRCLE = Path(sys.executable).with_name("lifecircle")
PORT = 18423
LAYERS, FACILITIES_A_LAYER = 12, 60
HOMES_A_FILE = 40_000
GLYPHS = "一二三四五六七八九十百千"


def main() -> None:
    """Build the city, serve it, measure it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("streets", type=Path)
    parser.add_argument("--homes", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="build the instance here, and keep it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["LIFECIRCLE_INSTANCE"] = str(folder / "instance")
        if not (folder / "instance" / "lifecircle.db").exists():
            build(folder, options.streets, options.homes)
        serve_and_measure()


def build(folder: Path, streets: Path, homes: int) -> None:
    """Make a city of the streets: outline, network, 12 layers, homes along the streets."""
    from geo.network_file import load_network

    network_path = folder / "city.lcnet"
    timed("network build", "network", "build", streets, "--out", network_path)
    network = load_network(network_path)
    boundary = folder / "boundary.geojson"
    ring = np.round(network.area, 6).tolist()
    outline = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"name": "city"}, "geometry": outline}
    boundary.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    names = ("--name", "城市", "--name-en", "City", "--code", "000000001")
    timed("subdistrict add", "subdistrict", "add", "city", *names, "--boundary", boundary, "--datum", "wgs84")
    timed("network use", "network", "use", network_path, "--subdistrict", "city", "--yes")
    rng = np.random.default_rng(7)
    add_layers([places(network, FACILITIES_A_LAYER, rng) for _ in range(LAYERS)])
    files = write_homes(folder, places(network, homes, rng), rng)
    said = ("--subdistrict", "city", "--datum", "wgs84", "--as", "buildings", "--source", "made up")
    timed("homes import", "homes", "import", *files, *said, "--leave-out-outside")


def places(network: object, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions within some 30 m of random nodes of a network, shape (count, 2)."""
    nodes = rng.integers(network.node_count, size=count)
    shift = rng.normal(scale=0.00015, size=(count, 2))
    return np.column_stack([network.lon[nodes], network.lat[nodes]]) + shift


def add_layers(positions: list[np.ndarray]) -> None:
    """Add all layers with their facilities in one go; by commands it would be the same, twelve times as slow."""
    from geo.ulid import new_ulid
    from webmap.command_author import opened, settled
    from webmap.revisions import Authorship, Change, write_changes
    from webmap.taking import Wish, take_documents

    begun = time.monotonic()
    config, results = opened()
    author = Authorship("bench", "a city", "command")
    wishes = [wish for number in range(LAYERS) for wish in layer_wishes(number, Wish)]
    take_documents(config, results.store(), wishes, author)
    changes = []
    for number, lonlat in enumerate(positions):
        for k, (lon, lat) in enumerate(lonlat.round(7).tolist()):
            name = new_ulid(number * 10_000 + k, bytes(10))
            told = {"name": f"{number}-{k}", "subdistrict": "city", "location_status": "surveyed", "source": "made up"}
            point = {"type": "Point", "coordinates": [lon, lat]}
            body = {"type": "Feature", "id": name, "geometry": point, "properties": told}
            changes.append(Change(f"city_{number}", name, "create", body, None))
    with results.store().writing() as connection:
        write_changes(connection, changes, author)
    settled(results)
    print(f"{time.monotonic() - begun:7.1f} s  {LAYERS} layers with {len(changes)} facilities", flush=True)


def layer_wishes(number: int, wish: type) -> list[object]:
    """Return one layer and its rule as documents."""
    text = {"zh": "测量", "en": "Bench"}
    rule = f"layer-{number}-500"
    layer = {
        "name": {"zh": f"第{number + 1}层", "en": f"Layer {number + 1}"},
        "question": {"zh": f"走得到第{number + 1}层", "en": f"Layer {number + 1} near by"},
        "family": "equipment",
        "glyph": GLYPHS[number],
        "geometries": ["Point"],
        "rules": [rule, "sh2016-15"],
        "headline_rule": rule,
    }
    limits = {
        "layers": [f"city_{number}"],
        "limit_m": 500,
        "certainty": "low",
        "document": text,
        "short_document": text,
    }
    return [wish("@layers", f"city_{number}", layer), wish("@rules", rule, limits)]


def write_homes(folder: Path, lonlat: np.ndarray, rng: np.random.Generator) -> list[Path]:
    """Write homes into tables of at most 40,000 rows."""
    files = []
    people = rng.integers(5, 60, size=len(lonlat))
    for begin in range(0, len(lonlat), HOMES_A_FILE):
        path = folder / f"homes_{begin}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "people", "age_60_plus", "lon", "lat"])
            for k in range(begin, min(begin + HOMES_A_FILE, len(lonlat))):
                lon, lat = lonlat[k]
                writer.writerow([k, people[k], people[k] // 4, f"{lon:.7f}", f"{lat:.7f}"])
        files.append(path)
    return files


def timed(what: str, *arguments: object) -> None:
    """Run a command and say how long it took."""
    begun = time.monotonic()
    subprocess.run([LIFECIRCLE, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
    print(f"{time.monotonic() - begun:7.1f} s  {what}", flush=True)


def serve_and_measure() -> None:
    """Start what scripts/serve starts, ask every page of the city several times, and tell times and memory."""
    sys.path.insert(0, str(PROJECT / "scripts"))
    from installation.serve import SPARING_MEMORY

    environment = {**SPARING_MEMORY, **os.environ}
    service = [sys.executable, "-m", "webmap.server", "--port", PORT]
    server, jobs = (start(command, environment) for command in (service, [LIFECIRCLE, "jobs", "work"]))
    try:
        wait()
        paths = city_paths()
        first = {path: ask(path) for path in paths}
        with ThreadPoolExecutor(4) as several:  # until both workers have answered everything once
            list(several.map(ask, paths * 5))
        again = [{path: ask(path) for path in paths} for _ in range(4)]
        best, worst = ({path: pick(turn[path] for turn in again) for path in first} for pick in (min, max))
        report(first, best, worst)
        tell_memory({"two workers": server.pid, "job worker": jobs.pid})
    finally:
        jobs.terminate()
        server.terminate()
        server.wait()


def start(command: list[object], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process of the service without a word from it."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(list(map(str, command)), cwd=PROJECT, env=environment, stdout=quiet, stderr=quiet)


def city_paths() -> list[str]:
    """Return the pages and files of the city."""
    here = "lon=1.5218&lat=42.5063"
    layers = [f"city_{number}" for number in range(LAYERS)]
    maps = [f"/map/city/{layer}" for layer in layers]
    query = "?profile=planning&samples=1&lang=zh&rule=layer-{}-500"
    files = [f"/map/city/city_{n}/data.json{query.format(n)}" for n in range(LAYERS)]
    lists = [f"/map/city/{layer}/list.csv" for layer in layers[:2]]
    api = [f"/api/coverage?subdistrict=city&layer={layer}" for layer in layers]
    desk = [f"/planner/city/city_0{end}" for end in ("", "/fairness", "/siting", "/siting/map.json")]
    desk += [f"/planner/city/city_0/what-if{end}" for end in ("", "/map.json", ".json?add=1.5218,42.5063")]
    desk += ["/planner/city?layer=city_7", "/compare?layer=city_0"]
    network = ["/network/city", "/network/city/data.json"]
    near = [f"/find/{page}?{here}" for page in ("near", "near/data.json", "map", "map/data.json")]
    sheets = ["/sheet/city", "/sheet/city/city", "/sheet/city/city.svg", "/sheet/city/city.pdf"]
    programs = [f"/api/nearest?{here}", "/api/catchments?subdistrict=city&layer=city_0", f"/api/isochrone?{here}"]
    items = [f"/ogc/collections/{name}/items" for name in ("city_0", "demand", "streets")]
    others = ["/", "/about", "/planner/city", "/docs", "/api/openapi.json", "/ogc/collections", "/reports"]
    return [*others, *network, *maps, *files, *lists, *desk, *near, *sheets, *api, *programs, *items]


def wait() -> None:
    """Wait until the service answers."""
    for _ in range(240):
        try:
            ask("/healthz")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the service does not answer")


def ask(path: str) -> float:
    """Return the seconds that an answer takes, whole body and all."""
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}") as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{path}: {error.code} {error.read()[:400]!r}") from error
    return time.monotonic() - begun


def tell_memory(processes: dict[str, int]) -> None:
    """Print the memory of processes with their children: proportional share of what they map, and resident, in MB."""
    for name, pid in processes.items():
        shares = [memory_mb(one) for one in (pid, *children(pid))]
        print(f"{name}: {sum(s[0] for s in shares):,.0f} MB proportional, {sum(s[1] for s in shares):,.0f} MB resident")


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((status / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found.append(int(status.name))
    return found


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the proportional share and the resident size of a process, MB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    share, resident = (int(rollup.split(name)[1].split()[0]) / 1000 for name in ("Pss:", "Rss:"))
    return share, resident


def report(first: dict[str, float], best: dict[str, float], worst: dict[str, float]) -> None:
    """Print what was measured, the slowest pages first."""
    print(f"{'first':>8} {'best':>8} {'worst':>8}  page")
    for path in sorted(best, key=lambda one: -worst[one])[:36]:
        print(f"{first[path]:8.2f} {best[path]:8.3f} {worst[path]:8.3f}  {path}")
    print(f"{len(best)} pages: median {statistics.median(best.values()):.3f} s, slowest {max(worst.values()):.3f} s")


if __name__ == "__main__":
    main()
