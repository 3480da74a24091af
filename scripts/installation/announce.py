"""Say when the service answers, from a process of its own beside the server."""

from __future__ import annotations

import http.client
import os
import time

LONGEST_WAIT_S = 60.0
ASK_EVERY_S = 0.05


def announce_when_up(host: str, port: int, started: float) -> None:
    """Leave a process behind that prints the address once /healthz answers; `started` is of time.monotonic().

    The process is forked twice: the server that this process becomes has no child that it does not know.
    """
    child = os.fork()
    if child == 0:
        try:
            if os.fork() == 0:
                _announce(host, port, started)
        finally:  # whatever happens, what comes after this call belongs to the parent alone
            os._exit(0)
    os.waitpid(child, 0)


def _announce(host: str, port: int, started: float) -> None:
    """Ask until the service answers or the longest wait is over; the server's own log tells why it does not."""
    while time.monotonic() - started < LONGEST_WAIT_S:
        if is_up(host, port):
            waited_s = time.monotonic() - started
            print(f"Lifecircle is up after {waited_s:.1f} s: {address(host, port)} (Ctrl+C ends it)", flush=True)
            return
        time.sleep(ASK_EVERY_S)


def is_up(host: str, port: int) -> bool:
    """Return whether something answers /healthz with 200 at `host` and `port`."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address(host: str, port: int) -> str:
    """Return the URL to open for a server that listens at `host` and `port`."""
    name = _reachable(host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _reachable(host: str) -> str:
    """Return where to ask: a server that listens on every address also listens on the machine's own."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
