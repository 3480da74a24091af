"""`lifecircle network patch`: draw a missing path, close one that is not there; both outlive the next network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from geo.errors import RequestError
from webmap.cli_network_use import agreed, print_change
from webmap.command_author import add_author, authorship, opened, settled

if TYPE_CHECKING:
    from geo.street_patches import PatchKind
    from webmap.taking import Wish

Positions = tuple[tuple[float, float], ...]


def add_patch(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `network patch add`, `close`, `list` and `remove`."""
    patch = actions.add_parser("patch", help="draw a path that is missing, close one that is not there")
    kinds = patch.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("add", run_add, "draw a path; its ends are tied to the nearest streets"),
        ("close", run_close, "close the streets that run along a line, or the one at a position"),
    ):
        action = kinds.add_parser(name, help=text)
        action.add_argument("--subdistrict", required=True, metavar="ID")
        where = action.add_mutually_exclusive_group(required=True)
        where.add_argument("--line", type=positions, metavar="LON,LAT ...", help="positions, with blanks between")
        if name == "close":
            where.add_argument("--at", type=positions, metavar="LON,LAT", help="a position on the street")
        else:
            action.add_argument("--name", default="", metavar="NAME", help="name of the path")
        action.add_argument("--yes", action="store_true", help="take it without asking")
        add_author(action)
        action.set_defaults(run=run)
    listing = kinds.add_parser("list", help="every patch with who made it and why")
    listing.add_argument("--subdistrict", metavar="ID")
    listing.set_defaults(run=run_list)
    remove = kinds.add_parser("remove", help="take a patch away; it stays in the history")
    remove.add_argument("patch", metavar="PATCH")
    remove.add_argument("--yes", action="store_true", help="take it away without asking")
    add_author(remove)
    remove.set_defaults(run=run_remove)


def positions(text: str) -> Positions:
    """Return the positions that `lon,lat lon,lat` names."""
    from webmap.parameters import QueryError
    from webmap.positions import read_line

    try:
        return read_line(text)
    except QueryError as error:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} are no positions; write lon,lat lon,lat") from error


def run_add(options: argparse.Namespace) -> int:
    """Draw a path."""
    return _take(options, "add", options.line)


def run_close(options: argparse.Namespace) -> int:
    """Close what runs along a line, or the edge at a position."""
    return _take(options, "close", options.line or options.at[:1])


def _take(options: argparse.Namespace, kind: PatchKind, line: Positions) -> int:
    """Check a patch on the network in use, show what it changes, and take it."""
    from geo.street_patches import Patch
    from webmap.fresh_ids import fresh_id
    from webmap.network_taking import patch_wish

    _, results = opened()
    patch = Patch(fresh_id(), kind, line, getattr(options, "name", ""))
    wish = patch_wish(results.current(), options.subdistrict, patch, (options.who, options.why))
    return _change(options, wish, f"patch: {options.why or kind}")


def run_remove(options: argparse.Namespace) -> int:
    """Take a patch away."""
    from webmap.taking import Wish

    _, results = opened()
    body = results.current().documents.patches.get(options.patch)
    if body is None:
        remedy = "See `lifecircle network patch list`"
        raise RequestError("unknown_patch", "patch", f"there is no patch {options.patch[:40]!r}", remedy)
    options.subdistrict = body["subdistrict"]
    return _change(options, Wish("@patches", options.patch, None), f"patch {options.patch} taken away")


def _change(options: argparse.Namespace, wish: Wish, why: str) -> int:
    """Show what the network would be with the patch as wished, and take both."""
    from webmap.network_taking import propose_patch, take_network

    config, results = opened()
    now = results.current()
    proposal = propose_patch(config, now, options.subdistrict, wish)
    print_change(proposal, now)
    if not (options.yes or agreed("Take this?")):
        print("Nothing was changed. Take it with --yes.")
        return 0
    take_network(config, results.store(), proposal, authorship(options, why), (wish,))
    settled(results)
    print(f"{wish.name}: {options.subdistrict} now stands on network {proposal.network.content_hash[:8]}")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every patch."""
    _, results = opened()
    for name, body in results.current().documents.patches.items():
        if options.subdistrict in (None, body["subdistrict"]):
            line = " ".join(f"{lon},{lat}" for lon, lat in body["line"])
            print(f"{name}  {body['subdistrict']}  {body['kind']}  {line}  {body['who']}: {body['why']}")
    return 0
