"""How fast we serve, beside pygeoapi and datasette: requests per second and latencies, all in one run on one machine.

    .venv/bin/python scripts/bench/serve.py [--pygeoapi V/bin/python] [--datasette W/bin/python] [--out results.json]

25,000 features in one layer, and the small layers of the data folder, the same ones for everybody; two workers each.
Load comes from wrk (Debian's wrk), eight connections, everybody in turn for several rounds; a ratio is the median over
the rounds of ours by theirs, so that what disturbs one round disturbs both of its sides. Every workload says how many
different addresses it asks, in an order that changes from round to round: a service that keeps its answers must not
be asked one address alone. What is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from big_layer import EAST, LAYER, NORTH, SOUTH, WEST, write_big_data
from pygeoapi_peer import PeerFiles, free_port, spatialite, start_pygeoapi, wait_for

PROJECT = Path(__file__).resolve().parents[2]
CONNECTIONS = 8
ONE_PAGE, EVERY_PAGE = "items, 100, one page again and again", "items, 100, all 250 pages of the layer"
ANY_PAGE, FIRST_PAGES = "items, 100, from any of 24,900 features on", "items, first page of each layer"
LONG_PAGES, BOXES = "items, 1,000, from any of 24,000 on", "items, 100, in any of 5,000 boxes"
ONE_ITEM = "one item, any of 25,000"
_TURNS = """
local requests, turn = {}, 0
function init(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Subject:
    """What is asked of one service: its addresses in no special order, and what was measured, round by round."""

    workload: str
    who: str
    addresses: list[str]
    headers: tuple[str, ...] = ()
    per_s: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, print a table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pygeoapi", type=Path, metavar="V/bin/python", help="an environment with pygeoapi and granian"
    )
    parser.add_argument("--datasette", type=Path, metavar="W/bin/python", help="one with datasette")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--only", default="", help="only workloads with this in their name")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk makes the load: apt-get install wrk", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        processes: list[subprocess.Popen[bytes]] = []
        try:
            subjects = start_everybody(options, Path(folder), processes)
            measure([one for one in subjects if options.only in one.workload], options)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                end(process)  # or the folder could not be taken away
    rows = [row(subject, subjects) for subject in subjects if subject.per_s]
    print_table(rows)
    if options.out:
        options.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end; a peer that does not is killed."""
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start_everybody(
    options: argparse.Namespace, folder: Path, processes: list[subprocess.Popen[bytes]]
) -> list[Subject]:
    """Start ourselves and the peers that are installed; return what is asked of each."""
    ours = start_ours(folder, processes)
    layers = {name: all_features(ours, name) for name in [LAYER, *small_layers(ours)]}
    subjects = our_subjects(ours, layers)
    if options.pygeoapi and options.pygeoapi.is_file():
        process, theirs = start_pygeoapi(PeerFiles(options.pygeoapi, folder), layers, workers=2)
        processes.append(process)
        subjects += pygeoapi_subjects(theirs, layers)
    else:
        print(f"left out: no pygeoapi at {options.pygeoapi}", file=sys.stderr)
    if options.datasette and options.datasette.is_file():
        rows = start_datasette(options.datasette, folder, layers[LAYER], processes)
        subjects.append(Subject(ONE_PAGE, "datasette (rows, no geometry)", [f"{rows}.json?_size=100&_shape=objects"]))
    else:
        print(f"left out: no datasette at {options.datasette}", file=sys.stderr)
    return subjects


def start_ours(folder: Path, processes: list[subprocess.Popen[bytes]]) -> str:
    """Serve the big layer by two workers as scripts/serve does; return the address."""
    data, instance, port = write_big_data(PROJECT / "data", folder / "data"), folder / "instance", free_port()
    instance.mkdir()
    environment = os.environ | {"LIFECIRCLE_DATA": str(data), "LIFECIRCLE_INSTANCE": str(instance)}
    command = [sys.executable, "-m", "webmap.server", "--port", str(port)]
    processes.append(subprocess.Popen(command, env=environment, cwd=PROJECT))
    wait_for(f"http://127.0.0.1:{port}/healthz", 240)
    return f"http://127.0.0.1:{port}"


def our_subjects(url: str, layers: dict[str, list[dict[str, Any]]]) -> list[Subject]:
    """Return what is asked of us; the 304 brings the tag of the same answer."""
    here, us = f"{url}/ogc/collections/{LAYER}/items", "Lifecircle"
    page, ids = f"{here}?limit=100", [one["id"] for one in layers[LAYER]]
    with urllib.request.urlopen(page) as answer:  # noqa: S310 - our own loopback
        tag = answer.headers["ETag"]
    turned = [page, *(f"{page}&after={ids[row - 1]}" for row in range(100, len(ids), 100))]
    anywhere = [f"{page}&after={one}" for one in ids[:-100]]
    positions = [f"{url}/api/nearest?lon={lon:.5f}&lat={lat:.5f}" for lon, lat in _positions(5_000)]
    return [
        Subject(ONE_PAGE, us, [page]),
        Subject(ONE_PAGE + ", gzip", us, [page], ("Accept-Encoding: gzip",)),
        Subject(ONE_PAGE + ", unchanged (304)", us, [page], (f"If-None-Match: {tag}",)),
        Subject(EVERY_PAGE, us, turned),
        Subject(ANY_PAGE, us, anywhere),
        Subject(ANY_PAGE + ", gzip", us, anywhere, ("Accept-Encoding: gzip",)),
        Subject(FIRST_PAGES, us, [f"{url}/ogc/collections/{name}/items?limit=100" for name in layers]),
        Subject(LONG_PAGES, us, [f"{here}?limit=1000&after={one}" for one in ids[:-1000]]),
        Subject(BOXES, us, [f"{page}&bbox={box}" for box in _boxes(5_000)]),
        Subject(ONE_ITEM, us, [f"{here}/{one}" for one in ids]),
        Subject("items, CQL2 filter, any of 5,000", us, [f"{page}&filter={one}" for one in _filters(5_000)]),
        Subject("coverage, one question", us, [f"{url}/api/coverage?subdistrict=caojiadu&layer=practice_stations"]),
        Subject("nearest, any of 5,000 positions", us, positions),
    ]


def pygeoapi_subjects(url: str, layers: dict[str, list[dict[str, Any]]]) -> list[Subject]:
    """Return the same questions to pygeoapi, whose pages go by number."""
    them = f"pygeoapi ({'GeoPackage' if spatialite() else 'GeoJSON'})"
    here, ids = f"{url}/collections/{LAYER}/items", [one["id"] for one in layers[LAYER]]
    page = f"{here}?f=json&limit=100"
    return [
        Subject(ONE_PAGE, them, [page]),
        Subject(EVERY_PAGE, them, [f"{page}&offset={row}" for row in range(0, len(ids), 100)]),
        Subject(ANY_PAGE, them, [f"{page}&offset={row + 1}" for row in range(len(ids) - 100)]),
        Subject(FIRST_PAGES, them, [f"{url}/collections/{name}/items?f=json&limit=100" for name in layers]),
        Subject(LONG_PAGES, them, [f"{here}?f=json&limit=1000&offset={row + 1}" for row in range(len(ids) - 1000)]),
        Subject(BOXES, them, [f"{page}&bbox={box}" for box in _boxes(5_000)]),
        Subject(ONE_ITEM, them, [f"{here}/{one}?f=json" for one in ids]),
    ]


def _positions(count: int) -> list[tuple[float, float]]:
    chance = random.Random(11)  # noqa: S311 - the same every time
    return [(chance.uniform(121.425, 121.445), chance.uniform(31.225, 31.24)) for _ in range(count)]


def _boxes(count: int) -> list[str]:
    """Return boxes of about a square kilometre anywhere in the big layer."""
    chance = random.Random(12)  # noqa: S311
    corners = [(chance.uniform(WEST, EAST - 0.01), chance.uniform(SOUTH, NORTH - 0.01)) for _ in range(count)]
    return [f"{west:.4f},{south:.4f},{west + 0.01:.4f},{south + 0.01:.4f}" for west, south in corners]


def _filters(count: int) -> list[str]:
    """Return filters in CQL2: more places than a number, and a box."""
    capacities = random.Random(13).choices(range(60), k=count)  # noqa: S311
    texts = zip(capacities, _boxes(count), strict=True)
    return [quote(f"capacity > {least} AND S_INTERSECTS(geometry, BBOX({box}))") for least, box in texts]


def small_layers(url: str) -> list[str]:
    """Return the other layers in which every feature has a place: what pygeoapi's provider can read."""
    with urllib.request.urlopen(f"{url}/ogc/collections") as answer:  # noqa: S310 - our own loopback
        ids = [one["id"] for one in json.load(answer)["collections"]]
    found = {one: all_features(url, one) for one in ids if (PROJECT / "data/layers" / f"{one}.geojson").is_file()}
    return [name for name, features in found.items() if name != LAYER and features and all(map(_located, features))]


def _located(feature: dict[str, Any]) -> bool:
    return feature["geometry"] is not None


def all_features(url: str, layer: str) -> list[dict[str, Any]]:
    """Return every feature of a layer, page by page."""
    address, found = f"{url}/ogc/collections/{layer}/items?limit=10000", []
    while address:
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own loopback
            body = json.load(answer)
        found += body["features"]
        address = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    return found


def start_datasette(
    python: Path, folder: Path, features: list[dict[str, Any]], processes: list[subprocess.Popen[bytes]]
) -> str:
    """Serve the features' rows by datasette, which has one process; return the address of their table."""
    path, port = folder / "rows.db", free_port()
    names = ("id", "name", "subdistrict", "location_status", "capacity")
    with sqlite3.connect(path) as rows:
        rows.execute(f"CREATE TABLE features ({names[0]} TEXT PRIMARY KEY, {', '.join(names[1:])}, geometry TEXT)")
        told = [
            (one["id"], *(one["properties"][name] for name in names[1:]), json.dumps(one["geometry"]))
            for one in features
        ]
        rows.executemany("INSERT INTO features VALUES (?, ?, ?, ?, ?, ?)", told)
    command = [str(python.parent / "datasette"), str(path), "--host", "127.0.0.1", "--port", str(port)]
    processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    wait_for(f"http://127.0.0.1:{port}/rows/features.json?_size=1")
    return f"http://127.0.0.1:{port}/rows/features"


def measure(subjects: list[Subject], options: argparse.Namespace) -> None:
    """Ask everybody in turn, round by round; the first time does not count."""
    for number in range(options.rounds + 1):
        for subject in subjects:
            # the same order for everybody in a round, another one in the next
            order = random.Random(number).sample(range(len(subject.addresses)), len(subject.addresses))  # noqa: S311
            per_s, p50_ms, p99_ms = load(subject, order, 1 if number == 0 else options.seconds)
            if number:
                subject.per_s.append(per_s)
                subject.p50_ms.append(p50_ms)
                subject.p99_ms.append(p99_ms)


def load(subject: Subject, order: list[int], seconds: int) -> tuple[float, float, float]:
    """Return requests per second and the two latencies of one subject, its addresses asked in turn in that order."""
    first = subject.addresses[0]
    root = first[: first.index("/", len("http://"))]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    command += [part for header in subject.headers for part in ("-H", header)]
    with tempfile.TemporaryDirectory() as folder:
        paths, script = Path(folder) / "paths", Path(folder) / "turns.lua"
        paths.write_text("\n".join(subject.addresses[row].removeprefix(root) for row in order), encoding="utf-8")
        script.write_text(_TURNS, encoding="utf-8")
        told = subprocess.run(
            [*command, "-s", str(script), root, "--", str(paths)], capture_output=True, text=True, check=True
        ).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    asked = int(_figure(told, r"(\d+) requests in"))
    answered = 1.0 if failed is None else 1 - int(failed[1]) / asked  # what is refused counts for nobody
    return answered * _figure(told, r"Requests/sec:\s+([\d.]+)"), _latency(told, "50%"), _latency(told, "99%")


def _figure(told: str, pattern: str) -> float:
    found = re.search(pattern, told)
    if found is None:
        raise RuntimeError(told)
    return float(found[1])


def _latency(told: str, name: str) -> float:
    found = re.search(rf"{name}\s+([\d.]+)(us|ms|s)\b", told)
    if found is None:
        raise RuntimeError(told)
    return float(found[1]) * _UNITS[found[2]]


def row(subject: Subject, subjects: list[Subject]) -> dict[str, Any]:
    """Return what is written of one subject; `ours_by_theirs` is a ratio of requests per second."""
    ours = next(one for one in subjects if one.workload == subject.workload)
    ratio = statistics.median(own / peer for own, peer in zip(ours.per_s, subject.per_s, strict=True))
    return {
        "workload": subject.workload,
        "who": subject.who,
        "addresses": len(subject.addresses),
        "per_s": round(statistics.median(subject.per_s)),
        "p50_ms": round(statistics.median(subject.p50_ms), 2),
        "p99_ms": round(statistics.median(subject.p99_ms), 2),
        "ours_by_theirs": None if subject is ours else round(ratio, 1),
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the figures as the table of docs/performance.md has them."""
    print("| what | who | requests/s | p50 | p99 | ours by theirs |\n|---|---|---|---|---|---|")
    for one in sorted(rows, key=lambda one: one["workload"]):
        ratio = "" if one["ours_by_theirs"] is None else f"{one['ours_by_theirs']:g}x"
        figures = f"{one['per_s']:,} | {one['p50_ms']:g} ms | {one['p99_ms']:g} ms"
        print(f"| {one['workload']} | {one['who']} | {figures} | {ratio} |")


if __name__ == "__main__":
    sys.exit(main())
