"""The consumer of long computations, beside the server: started with it, started again when it ends, ended with it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

FIRST_AFTER_S = 4.0
"""The server's workers start first: nobody has asked for a long computation yet."""
LOOK_EVERY_S = 1.0
AGAIN_AFTER_S = 2.0


def watch_over(command: list[str], environment: dict[str, str], log: Path, first: Callable[[], None]) -> None:
    """Leave a process behind that calls `first` and keeps `command` running as long as the process that calls this.

    The process is forked twice, like the one that announces the service: the server has no child that it does not know.
    """
    server = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()  # Ctrl+C is for the server; the consumer ends when the server has ended
            if os.fork() == 0:
                _watch(server, command, environment, log, first)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _watch(server: int, command: list[str], environment: dict[str, str], log: Path, first: Callable[[], None]) -> None:
    """Start the consumer whenever it is not there, until the server is gone."""
    time.sleep(FIRST_AFTER_S)
    first()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        while _is_alive(server):
            worker = subprocess.Popen(command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
            while worker.poll() is None and _is_alive(server):
                time.sleep(LOOK_EVERY_S)
            if worker.poll() is None:
                _end(worker)
                return
            time.sleep(AGAIN_AFTER_S)


def _end(worker: subprocess.Popen[bytes]) -> None:
    """End the consumer; what it was at is queued again at the next start."""
    worker.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.wait(timeout=5)
    if worker.poll() is None:
        worker.kill()


def _is_alive(process: int) -> bool:
    """Return whether a process is there and not merely waiting to be counted out."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return True
