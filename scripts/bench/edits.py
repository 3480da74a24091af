"""From a saved edit to the planner's figures: brought forward beside worked out afresh, answers asserted equal.

    .venv/bin/python scripts/bench/edits.py [--rounds 15] [--facilities 5000]

One worker saves, another answers `/planner/<subdistrict>?layer=…` at once. "afresh" is the same page where nothing of
the layer was kept: every layer read from the store again, searched and drawn. Times are medians in ms, on the clock
and of this process alone (the others' load left out).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from flask import Flask
from pandas.testing import assert_frame_equal

from geo.assessment import LayerCoverage, Question
from webmap import create_app
from webmap.config import Config
from webmap.results import Results, read_snapshot
from webmap.revisions import Authorship, Change, read_heads, write_changes
from webmap.snapshot import Snapshot
from webmap.store import Store

BENCH = Authorship("bench", "", "command")
PLACE, LAYER = "caojiadu", "practice_stations"
ASKED = f"/planner/{PLACE}?layer={LAYER}&samples=0"


def main() -> None:
    """Measure the bundled data, then a layer of thousands."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--facilities", type=int, default=5000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Config(instance=Path(folder), recheck_s=3600)
        app = create_app(config)
        results: Results = app.extensions["lifecircle.results"]
        results.current()
        writer = Results(config).store()
        measure("bundled data", app, config, writer, asked.rounds)
        add_facilities(writer, results.current(), asked.facilities)
        measure(f"{asked.facilities} facilities", app, config, writer, asked.rounds)


def add_facilities(store: Store, now: Snapshot, count: int) -> None:
    """Put `count` facilities all over the subdistrict."""
    west, south, east, north = now.place(PLACE).outline.bounds
    chance = np.random.default_rng(5)
    changes = []
    for number in range(count):
        point = [round(float(chance.uniform(west, east)), 7), round(float(chance.uniform(south, north)), 7)]
        properties = {
            "name": f"第 {number} 处",
            "subdistrict": PLACE,
            "location_status": "surveyed",
            "source": "bench",
            "tier": "building",
        }
        body = {
            "type": "Feature",
            "id": f"01J{number:023d}",
            "geometry": {"type": "Point", "coordinates": point},
            "properties": properties,
        }
        changes.append(Change(LAYER, f"01J{number:023d}", "create", body, None))
    with store.writing() as connection:
        write_changes(connection, changes, BENCH)


def measure(what: str, app: Flask, config: Config, writer: Store, rounds: int) -> None:
    """Print what an edit costs to save, to follow and to answer, and the same answered afresh."""
    client = app.test_client()
    client.get(ASKED)
    results: Results = app.extensions["lifecircle.results"]
    own: list[float] = []
    spent: dict[str, list[float]] = {name: [] for name in ("save", "follow", "page", "to the page", "afresh")}
    for turn in range(rounds):
        before = results.current()
        begun = time.perf_counter()
        move_one(writer, turn)
        saved, own_begun = time.perf_counter(), time.process_time()
        now = results.current()
        followed = time.perf_counter()
        status = client.get(ASKED).status_code
        shown = time.perf_counter()
        own.append(time.process_time() - own_begun)
        require(status == 200, "the page was not answered")
        require(now.place(PLACE).data_version != before.place(PLACE).data_version, "the edit was not seen")
        spent["save"].append(saved - begun)
        spent["follow"].append(followed - saved)
        spent["page"].append(shown - followed)
        spent["to the page"].append(shown - saved)
        again = time.perf_counter()
        fresh = read_snapshot(config, writer)
        its_coverage = figures(fresh)
        spent["afresh"].append(time.perf_counter() - again)
        assert_same(figures(now), its_coverage)
    for name, seconds in (spent | {"  of it, own": own}).items():
        ordered = sorted(1000 * one for one in seconds)
        print(f"{what:18} {name:12} median {statistics.median(ordered):8.1f} ms, worst {ordered[-1]:8.1f} ms")


def move_one(store: Store, turn: int) -> None:
    """Move one facility of the layer by some tens of metres."""
    with store.writing() as connection:
        heads = [head for head in read_heads(connection, LAYER).values() if head.body and head.body["geometry"]]
        head = heads[turn * 37 % len(heads)]
        body = dict(head.body or {})
        lon, lat = body["geometry"]["coordinates"]
        moved = [round(lon + 0.0004, 7), round(lat - 0.0003, 7)]
        body["geometry"] = {"type": "Point", "coordinates": moved}
        write_changes(connection, [Change(LAYER, head.feature, "update", body, head.revision)], BENCH)


def figures(now: Snapshot) -> LayerCoverage | None:
    """Return the coverage that the planner's row shows."""
    rule = now.layer(LAYER).headline_rule
    if rule is None:
        raise SystemExit(f"{LAYER} has no headline rule")
    return now.coverage(now.place(PLACE), Question(LAYER, rule, next(iter(now.catalog.profiles))))


def assert_same(one: LayerCoverage | None, other: LayerCoverage | None) -> None:
    """Hold two answers against each other."""
    if one is None or other is None:
        raise SystemExit("there is no coverage to compare")
    same = (one.weights, one.points, one.street_m) == (other.weights, other.points, other.street_m)
    require(same, "the two answers differ")
    assert_frame_equal(one.demand, other.demand)


def require(holds: bool, what: str) -> None:
    """End the measurement where something does not hold."""
    if not holds:
        raise SystemExit(what)


if __name__ == "__main__":
    main()
