"""Many processes over one store: `python races.py open|write|seed URL PROCESSES ROUNDS` prints what each did, as JSON.

A program of its own, so that the processes are forked from a small parent and not from the test runner.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.catalog import read_catalog
from geo.place import read_outlines
from webmap.history import Entry, append
from webmap.revisions import Authorship, Change, ConflictError, read_head, write_changes
from webmap.seeding import seed_store
from webmap.store import Store


def opened(url, gate, told, rounds, number):
    """Open a store that may not have any table yet, and write."""
    gate.wait()
    store = Store(url)
    with store.writing() as connection:
        append(connection, [Entry("alice", "opened", "", "event")])
    store.close()
    told.put([number])


def written(url, gate, told, rounds, number):
    """Write one feature from the revision that stood before each round; tell which rounds were won."""
    store = Store(url)
    won = []
    for turn in range(rounds):
        with store.reading() as connection:
            head = read_head(connection, "meal_points", "contested")
        gate.wait()
        change = Change("meal_points", "contested", "update", {"by": number, "turn": turn}, head and head.revision)
        try:
            with store.writing() as connection:
                write_changes(connection, [change], Authorship("alice", "", "form"))
            won.append(turn)
        except ConflictError:
            pass
        gate.wait()
    store.close()
    told.put(won)


def seeded(url, gate, told, rounds, number):
    """Seed a store that is empty, from the data folder beside it; tell how many revisions that was."""
    data = Path(os.environ["SEED_DATA"])
    catalog, outlines = read_catalog(data), read_outlines(data / "base" / "subdistricts.geojson")
    store = Store(url)
    gate.wait()
    told.put([seed_store(store, data, catalog, outlines)])
    store.close()


def main(what, url, processes, rounds):
    """Start the processes at one moment and print a list for each."""
    fork = multiprocessing.get_context("fork")
    gate, told = fork.Barrier(processes), fork.Queue()
    target = {"open": opened, "write": written, "seed": seeded}[what]
    running = [fork.Process(target=target, args=(url, gate, told, rounds, number)) for number in range(processes)]
    for process in running:
        process.start()
    results = [told.get(timeout=300) for _ in running]
    for process in running:
        process.join()
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
