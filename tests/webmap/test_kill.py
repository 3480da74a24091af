"""The server is killed in a storm of writes: what it acknowledged is there, the chain verifies, it starts again."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from bench.pygeoapi_peer import free_port, wait_for

from installation import serve
from installation.checkout import this_checkout
from webmap.history import verify
from webmap.revisions import feature_revisions
from webmap.store import Store

KILLS, FEATURES, WRITERS = 20, 5, 6


def _start(port: int, instance: Path) -> subprocess.Popen[bytes]:
    """Start the server as scripts/serve does, in a process group of its own, and wait until it answers."""
    options = serve.parse(["--port", str(port), "--instance", str(instance)])
    command = serve.server_command(this_checkout(), options)
    command[command.index("webmap.server")] = "storm"
    environment = serve.server_environment(options) | {"PYTHONPATH": str(Path(__file__).parent)}
    environment |= {name: os.environ[name] for name in ("LIFECIRCLE_STORE",) if name in os.environ}
    with (instance / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=this_checkout().root, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", 400)  # a fresh checkout compiles the searches first
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise AssertionError((instance / "server.log").read_text(errors="replace")[-3000:]) from None
    return process


def _storm(port: int, number: int, acknowledged: list[tuple[str, int, int]]) -> None:
    """Write until the server is gone; keep what it acknowledged."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        for turn in itertools.count(number):
            feature = f"f{turn % FEATURES}"
            try:
                connection.request("POST", f"/storm/{feature}?n={number}", headers={"Content-Length": "0"})
                answer = connection.getresponse()
                told = json.loads(answer.read())
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200, told
            acknowledged.append((feature, told["revision"], told["seq"]))


@pytest.mark.slow
def test_nothing_acknowledged_is_lost(tmp_path):
    chance = random.Random(5)
    acknowledged: list[tuple[str, int, int]] = []
    for _ in range(KILLS):
        port, before = free_port(), len(acknowledged)
        process = _start(port, tmp_path)
        writers = [threading.Thread(target=_storm, args=(port, number, acknowledged)) for number in range(WRITERS)]
        try:
            for writer in writers:
                writer.start()
            _wait_for(lambda before=before: len(acknowledged) > before + 10)
            time.sleep(chance.uniform(0.05, 0.4))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for writer in writers:
                writer.join()
    store = Store(f"sqlite:///{tmp_path / 'lifecircle.db'}")
    with store.reading() as connection:
        assert verify(connection) == []
        kept = {
            (feature, one.revision, one.seq)
            for feature in (f"f{number}" for number in range(FEATURES))
            for one in feature_revisions(connection, "lifts", feature)
        }
    store.close()
    assert len(acknowledged) >= 10 * KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) - kept == set()
    print(f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(kept)} kept")


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
