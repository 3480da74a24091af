"""The server as scripts/serve starts it: its processes share what they read, and one that ends is replaced."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from bench.pygeoapi_peer import free_port
from flask import Flask

from installation import serve
from installation.checkout import this_checkout
from webmap import server

PATIENCE_S = 240  # a fresh checkout compiles the searches first


def _wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _answers(port: int, path: str = "/healthz") -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Start the service with two workers; give its process and its port."""
    port, instance = free_port(), tmp_path_factory.mktemp("instance")
    options = serve.parse(["--port", str(port), "--instance", str(instance)])
    kernels = {name: os.environ[name] for name in ("NUMBA_CACHE_DIR",) if name in os.environ}
    command, environment = serve.server_command(this_checkout(), options), serve.server_environment(options) | kernels
    process = subprocess.Popen(command, cwd=this_checkout().root, env=environment)
    try:
        _wait(lambda: _answers(port))
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _workers(parent: int) -> list[int]:
    """Return the processes that a process has forked and that still run."""
    states = {int(path.name): _state(path) for path in Path("/proc").glob("[0-9]*")}
    return [one for one, (state, forked_by) in states.items() if forked_by == parent and state != "Z"]


def _state(process: Path) -> tuple[str, int]:
    """Return how a process stands and who forked it; one that has ended meanwhile is nobody's."""
    try:
        state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "Z", 0
    return state, int(parent)


def _memory_kb(process: int, field: str) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.findall(rf"^{field}: +([0-9]+) kB$", rollup, re.MULTILINE)[0])


def test_workers_share_what_they_read(service: tuple[int, int]) -> None:
    process, port = service
    assert all(_answers(port, "/planner/caojiadu") for _ in range(4))
    workers = _workers(process)
    assert len(workers) == 2
    resident, share = (sum(_memory_kb(one, field) for one in workers) for field in ("Rss", "Pss"))
    assert share < 0.6 * resident  # each with its own: over three quarters


def test_a_worker_that_ends_is_replaced(service: tuple[int, int]) -> None:
    process, port = service
    before = set(_workers(process))
    os.kill(min(before), signal.SIGKILL)
    _wait(lambda: len(set(_workers(process)) - {min(before)}) == 2)
    _wait(lambda: _answers(port, "/planner/hudong"))


def test_no_connection_to_the_store_goes_over_a_fork(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    results = app.extensions["lifecircle.results"]
    monkeypatch.setattr(server, "_prepared", [])
    monkeypatch.setattr(gc, "freeze", lambda: None)
    server.prepare(lambda: app)
    assert server.answering_app() is app
    assert results._store is None
    assert results.current().places
