"""How fast /api/nearest answers: `python scripts/bench/serve_nearest.py [REQUESTS_A_SECOND] [SECONDS]`.

Starts the service as scripts/serve does (2 workers, 4 threads each) with an instance of its own, sends
requests from random places of both subdistricts at fixed times over 8 connections that stay open, and prints the
latency of three runs. Every request is counted from the moment at which it was to be sent, so that waiting for a
slow answer counts too (no coordinated omission). The load generator is this file: a process of its own, standard
library only; it takes part of the same machine.
"""

from __future__ import annotations

import http.client
import random
import sys
import threading
import time

from service import serving

CONNECTIONS = 8
BOXES = ((121.424, 121.438, 31.227, 31.236), (121.568, 121.586, 31.264, 31.288))
PROFILES = ("planning", "adult", "older", "frail")


def main(arguments: list[str]) -> int:
    """Run the service and three loads; return 1 where an answer was not 200."""
    rate_hz, seconds = (float(value) for value in (*arguments, *("200", "15")[len(arguments) :]))
    with serving() as port:
        _run(port, rate_hz, 8)  # each worker reads the data and builds its tables once
        runs = [_run(port, rate_hz, seconds) for _ in range(3)]
    for number, (latencies_ms, faults) in enumerate(runs, 1):
        print(f"run {number}: {_told(latencies_ms)}, {faults} faults")
    worst = max((latencies_ms for latencies_ms, _ in runs), key=lambda values: _share(values, 0.99))
    print(f"worst of three at {rate_hz:g} requests/s for {seconds:g} s: {_told(worst)}")
    return int(any(faults for _, faults in runs))


def _run(port: int, rate_hz: float, seconds: float) -> tuple[list[float], int]:
    """Return the latencies in ms of one load, and how many answers were not 200."""
    latencies_ms: list[float] = []
    faults: list[int] = []
    begun = time.perf_counter() + 0.1
    count = int(rate_hz * seconds)
    threads = [
        threading.Thread(
            target=_connection, args=(port, begun, range(first, count, CONNECTIONS), rate_hz, (latencies_ms, faults))
        )
        for first in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(latencies_ms), len(faults)


def _connection(port: int, begun: float, numbers: range, rate_hz: float, told: tuple[list[float], list[int]]) -> None:
    """Send the requests of one connection, each at its time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    chosen = random.Random(numbers.start)  # noqa: S311 - places, not secrets
    for number in numbers:
        due = begun + number / rate_hz
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.request("GET", _address(chosen))
        answer = connection.getresponse()
        answer.read()
        told[0].append(1000 * (time.perf_counter() - due))
        if answer.status != 200:
            told[1].append(answer.status)


def _address(chosen: random.Random) -> str:
    west, east, south, north = chosen.choice(BOXES)
    lon, lat = chosen.uniform(west, east), chosen.uniform(south, north)
    return f"/api/nearest?lon={lon:.5f}&lat={lat:.5f}&profile={chosen.choice(PROFILES)}"


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _told(values: list[float]) -> str:
    names = (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 1.0))
    return f"{len(values)} answers, " + ", ".join(f"{name} {_share(values, share):.2f} ms" for name, share in names)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
