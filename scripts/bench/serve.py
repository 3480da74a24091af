"""How fast we serve, beside pygeoapi and datasette: requests per second and latencies, all in one run on one machine.

    .venv/bin/python scripts/bench/serve.py [--pygeoapi V/bin/python] [--datasette W/bin/python] [--out results.json]

25,000 features in one layer, the same ones for everybody; two workers each. Load comes from wrk (Debian's wrk), eight
connections, everybody in turn for several rounds; a ratio is the median over the rounds of ours by theirs, so that what
disturbs one round disturbs both of its sides. What is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
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

from big_layer import LAYER, write_big_data
from pygeoapi_peer import PeerFiles, free_port, spatialite, start_pygeoapi, wait_for

PROJECT = Path(__file__).resolve().parents[2]
CONNECTIONS = 8
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Subject:
    """One address that is asked: who answers it, and what it measured, round by round."""

    workload: str
    who: str
    address: str
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
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk makes the load: apt-get install wrk", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        processes: list[subprocess.Popen[bytes]] = []
        try:
            subjects = start_everybody(options, Path(folder), processes)
            measure(subjects, options.rounds, options.seconds)
        finally:
            for process in processes:
                process.terminate()
    rows = [row(subject, subjects) for subject in subjects]
    print_table(rows)
    if options.out:
        options.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def start_everybody(
    options: argparse.Namespace, folder: Path, processes: list[subprocess.Popen[bytes]]
) -> list[Subject]:
    """Start ourselves and the peers that are installed; return what is asked of each."""
    ours = start_ours(folder, processes)
    features = all_features(ours)
    subjects = our_subjects(ours)
    if options.pygeoapi and options.pygeoapi.is_file():
        process, theirs = start_pygeoapi(PeerFiles(options.pygeoapi, folder), features, workers=2)
        processes.append(process)
        provider = "GeoPackage" if spatialite() else "GeoJSON"
        here = f"{theirs}/collections/{LAYER}/items?f=json"
        subjects += [
            Subject("items, 100", f"pygeoapi ({provider})", f"{here}&limit=100"),
            Subject("items, 1,000", f"pygeoapi ({provider})", f"{here}&limit=1000"),
            Subject("items in a box", f"pygeoapi ({provider})", f"{here}&limit=100&bbox=121.50,31.25,121.51,31.26"),
            Subject(
                "one item", f"pygeoapi ({provider})", f"{theirs}/collections/{LAYER}/items/{features[9]['id']}?f=json"
            ),
        ]
    else:
        print(f"left out: no pygeoapi at {options.pygeoapi}", file=sys.stderr)
    if options.datasette and options.datasette.is_file():
        rows = start_datasette(options.datasette, folder, features, processes)
        subjects.append(Subject("items, 100", "datasette (rows, no geometry)", f"{rows}.json?_size=100&_shape=objects"))
    else:
        print(f"left out: no datasette at {options.datasette}", file=sys.stderr)
    return subjects


def start_ours(folder: Path, processes: list[subprocess.Popen[bytes]]) -> str:
    """Serve the big layer by two workers as scripts/serve does; return the address."""
    data, instance, port = write_big_data(PROJECT / "data", folder / "data"), folder / "instance", free_port()
    instance.mkdir()
    environment = os.environ | {"LIFECIRCLE_DATA": str(data), "LIFECIRCLE_INSTANCE": str(instance)}
    # one process takes the files into the store, as scripts/serve has it done before the workers start
    asked = "from webmap import create_app; assert create_app().test_client().get('/healthz').status_code == 200"
    subprocess.run([sys.executable, "-c", asked], env=environment, cwd=PROJECT, check=True)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--log-level", "critical", "webmap:create_app"]
    processes.append(subprocess.Popen(command, env=environment, cwd=PROJECT))
    wait_for(f"http://127.0.0.1:{port}/healthz", 240)
    return f"http://127.0.0.1:{port}"


def our_subjects(url: str) -> list[Subject]:
    """Return what is asked of us; the 304 brings the tag of the same answer."""
    here = f"{url}/ogc/collections/{LAYER}/items"
    page = f"{here}?limit=100"
    with urllib.request.urlopen(page) as answer:  # noqa: S310 - our own loopback
        tag = answer.headers["ETag"]
    first = all_features(url)[9]["id"]
    near = f"{url}/api/nearest?lon=121.43&lat=31.231"
    coverage = f"{url}/api/coverage?subdistrict=caojiadu&layer=practice_stations"
    return [
        Subject("items, 100", "Lifecircle", page),
        Subject("items, 100, gzip", "Lifecircle", page, ("Accept-Encoding: gzip",)),
        Subject("items, 100, unchanged (304)", "Lifecircle", page, (f"If-None-Match: {tag}",)),
        Subject("items, 1,000", "Lifecircle", f"{here}?limit=1000"),
        Subject("items in a box", "Lifecircle", f"{here}?limit=100&bbox=121.50,31.25,121.51,31.26"),
        Subject("one item", "Lifecircle", f"{here}/{first}"),
        Subject("items, CQL2 filter", "Lifecircle", f"{page}&filter=capacity%20%3E%2055"),
        Subject("coverage", "Lifecircle", coverage),
        Subject("nearest", "Lifecircle", near),
    ]


def all_features(url: str) -> list[dict[str, Any]]:
    """Return every feature of the big layer, page by page."""
    address, found = f"{url}/ogc/collections/{LAYER}/items?limit=10000", []
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


def measure(subjects: list[Subject], rounds: int, seconds: int) -> None:
    """Ask everybody in turn, round by round; the first time does not count."""
    for number in range(rounds + 1):
        for subject in subjects:
            per_s, p50_ms, p99_ms = load(subject, 1 if number == 0 else seconds)
            if number:
                subject.per_s.append(per_s)
                subject.p50_ms.append(p50_ms)
                subject.p99_ms.append(p99_ms)


def load(subject: Subject, seconds: int) -> tuple[float, float, float]:
    """Return requests per second and the two latencies of one subject under load."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    command += [part for header in subject.headers for part in ("-H", header)]
    told = subprocess.run([*command, subject.address], capture_output=True, text=True, check=True).stdout
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
