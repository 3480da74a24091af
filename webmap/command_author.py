"""What commands that change something share: the store they write to, and who does it and why."""

from __future__ import annotations

import argparse
import os

from webmap.config import Config, config_from_environment
from webmap.documents import DocumentKind
from webmap.results import Results
from webmap.revisions import Authorship
from webmap.snapshot import Snapshot


def add_author(parser: argparse.ArgumentParser) -> None:
    """Let a command say who does it and why; both stand in the history."""
    parser.add_argument("--who", default="command", metavar="NAME", help="who does this, for the history")
    parser.add_argument("--why", default="", metavar="TEXT", help="why, for the history")


def authorship(options: argparse.Namespace, why: str) -> Authorship:
    """Return who changes something and why; `why` stands in where the command says nothing."""
    return Authorship(options.who, options.why or why, "command")


def opened() -> tuple[Config, Results]:
    """Return the configuration of this command and the way to the current snapshot."""
    config = config_from_environment(os.environ)
    return config, Results(config)


def withdraw(kind: DocumentKind, name: str, options: argparse.Namespace, why: str) -> Snapshot:
    """Take a document away and return the snapshot without it; its revisions stay in the history."""
    from webmap.taking import Wish, take_documents  # noqa: PLC0415 - commands start sooner without it

    config, results = opened()
    results.current()
    take_documents(config, results.store(), [Wish(kind, name, None)], authorship(options, why))
    return settled(results)


def settled(results: Results) -> Snapshot:
    """Return the snapshot after a change; reading it also writes down which inputs figures rest on from now on.

    Raises:
        LifecircleError: what was written cannot be read: the service keeps answering from what stood before.
    """
    snapshot = results.current()
    if results.fault is not None:
        raise results.fault
    return snapshot
