"""The service for a measurement, started as scripts/serve does: 2 workers, 4 threads each."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pygeoapi_peer import free_port, wait_for

ROOT = Path(__file__).parents[2]


@contextmanager
def serving() -> Iterator[int]:
    """Serve on the loopback with an instance of its own, for as long as the block runs; give the port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"LIFECIRCLE_INSTANCE": folder, "LIFECIRCLE_RECHECK_S": "2"}
        command = [sys.executable, "-m", "webmap.server", "--port", str(port)]
        with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", 240)
                yield port
            finally:
                server.terminate()
