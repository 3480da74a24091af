"""The server: what all its processes read is read once, before they are forked, so that they share its memory.

`scripts/serve` starts it; `python -m webmap.server --help` lists what it can be told.
"""

from __future__ import annotations

import argparse
import gc
import logging
from collections.abc import Callable
from functools import partial

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from geo.errors import LifecircleError
from webmap import create_app

_log = logging.getLogger("lifecircle")
_prepared: list[Flask] = []


def main(make_app: Callable[[], Flask] = create_app) -> None:
    """Serve what `make_app` makes until told to stop."""
    options = _parse()
    server = Server(
        "webmap:create_app",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=options.threads,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=5,  # a worker told to stop while it still starts would never end
    )
    server.on_startup(partial(prepare, make_app))  # only when the port is known to be free
    server.serve(target_loader=partial(answering_app, make_app), wrap_loader=False)


def prepare(make_app: Callable[[], Flask] = create_app) -> None:
    """Read what every process needs, and let go of what none may have from another: the connections to the store.

    Data that cannot be read stops nobody here: the pages say what is wrong with it, and it is read again when mended.
    """
    app = make_app()
    results = app.extensions["lifecircle.results"]
    try:
        for place in results.current().places.values():
            place.prepare()
    except LifecircleError:
        _log.exception("The service starts without its data")
    finally:
        results.close()
    _prepared.append(app)
    gc.collect()
    gc.freeze()  # a collection would write to every object, and what is written to is shared no longer


def answering_app(make_app: Callable[[], Flask] = create_app) -> Flask:
    """Return the application in a new process: the prepared one where it was forked, or one of its own."""
    return _prepared[0] if _prepared else make_app()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m webmap.server", description="Serve the maps.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes that answer (default %(default)s)")
    parser.add_argument("--threads", type=int, default=4, help="threads of each (default %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
