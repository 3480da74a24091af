"""The server as scripts/serve starts it: its processes share what they read, and one that ends is replaced."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from bench.city import children, memory_mb
from bench.pygeoapi_peer import free_port, wait_for
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


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Start the service with two workers; give its process and its port."""
    port, instance = free_port(), tmp_path_factory.mktemp("instance")
    options = serve.parse(["--port", str(port), "--instance", str(instance)])
    kernels = {name: os.environ[name] for name in ("NUMBA_CACHE_DIR",) if name in os.environ}
    command, environment = serve.server_command(this_checkout(), options), serve.server_environment(options) | kernels
    process = subprocess.Popen(command, cwd=this_checkout().root, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", PATIENCE_S)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_workers_share_what_they_read(service: tuple[int, int]) -> None:
    process, port = service
    for _ in range(4):
        wait_for(f"http://127.0.0.1:{port}/planner/caojiadu", PATIENCE_S)
    workers = children(process)
    assert len(workers) == 2
    share, resident = map(sum, zip(*map(memory_mb, workers), strict=True))
    assert share < 0.6 * resident  # each with its own: over three quarters


def test_a_worker_that_ends_is_replaced(service: tuple[int, int]) -> None:
    process, port = service
    killed = min(children(process))
    os.kill(killed, signal.SIGKILL)
    _wait(lambda: len({*children(process)} - {killed}) == 2)
    wait_for(f"http://127.0.0.1:{port}/planner/hudong", PATIENCE_S)


def test_no_connection_to_the_store_goes_over_a_fork(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    results = app.extensions["lifecircle.results"]
    monkeypatch.setattr(server, "_prepared", [])
    monkeypatch.setattr(gc, "freeze", lambda: None)
    server.prepare(lambda: app)
    assert server.answering_app() is app
    assert results._store is None
    assert results.current().places
