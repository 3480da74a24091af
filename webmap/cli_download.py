"""`lifecircle network download`: the streets round a subdistrict from an Overpass server."""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import NotFoundError, RequestError
from webmap.config import config_from_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from webmap.overpass_client import Order, Progress

STOPPED = 130
"""Exit code of a command that somebody stopped, as shells have it."""

_BAR = 24
_MEGABYTE = 1_000_000


def add_download(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `network download`."""
    download = actions.add_parser("download", help="fetch the streets round a subdistrict from an Overpass server")
    download.add_argument("--subdistrict", required=True, metavar="ID", help="for example caojiadu")
    download.add_argument("--out", type=Path, required=True, metavar="FILE.json")
    download.add_argument(
        "--margin-m", type=_up_to(20_000), default=1500.0, metavar="M", help="streets this far round it too (1500)"
    )
    download.add_argument("--build", type=Path, metavar="NET", help="build a network of them at once")
    download.add_argument("--max-mb", type=_up_to(10_000), default=200.0, metavar="MB", help="size limit (200)")
    download.add_argument(
        "--max-minutes", type=_up_to(24 * 60), default=30.0, metavar="MIN", help="time limit of one run (30)"
    )
    download.set_defaults(run=run_download)


def _up_to(most: float) -> Callable[[str], float]:
    """Return a reader of numbers above 0 and up to `most`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number above 0, up to {most:g}")
        return value

    return read


def run_download(options: argparse.Namespace) -> int:
    """Fetch the tiles that are missing, write them as one file, and build a network where one is wanted."""
    from webmap.overpass_client import combine, download

    order = _order(options)
    bar = ProgressBar()
    try:
        tiles = download(order, bar.show)
    except KeyboardInterrupt:
        print(f"\nstopped; {order.folder} keeps what came, and the same command goes on from there", file=sys.stderr)
        return STOPPED
    finally:
        bar.end()
    ways = combine(tiles, options.out)
    shutil.rmtree(order.folder)
    print(f"{options.out}: {ways:,} ways, © OpenStreetMap contributors (ODbL)", file=sys.stderr)
    if options.build is not None:
        _build(options.out, options.build)
    return 0


def _order(options: argparse.Namespace) -> Order:
    """Return what is to be asked of whom; RequestError where nobody may be asked."""
    from geo.place import read_outlines
    from webmap.overpass_client import Limits, Order, tile_queries

    config = config_from_environment(os.environ)
    if options.out.suffix != ".json":
        raise RequestError("not_json_name", "--out", f"found {str(options.out)!r}", "Let the name end in .json")
    outlines = read_outlines(config.data / "base" / "subdistricts.geojson")
    if options.subdistrict not in outlines:
        known = ", ".join(outlines)
        raise NotFoundError("unknown_subdistrict", "--subdistrict", f"found {options.subdistrict!r}", f"Known: {known}")
    if not config.overpass_url:
        raise RequestError(
            "no_overpass_url",
            "LIFECIRCLE_OVERPASS_URL",
            "no Overpass server is set",
            "Set it to the address of a server that you may use, up to and with /interpreter. Or bring an extract to"
            " `lifecircle network build` by hand; docs/networks.md says how.",
        )
    queries = tile_queries(outlines[options.subdistrict].bounds, options.margin_m)
    limits = Limits(max_bytes=round(options.max_mb * _MEGABYTE), max_seconds=options.max_minutes * 60)
    return Order(config.overpass_url, queries, options.out.with_name(f"{options.out.name}.tiles"), limits)


def _build(streets: Path, out: Path) -> None:
    from geo.network_build import build_network, read_streets
    from geo.network_file import save_network

    network = build_network(read_streets([streets]))
    save_network(network, out)
    print(f"{out}: {network.node_count:,} nodes, {network.edge_count:,} edges", file=sys.stderr)


class ProgressBar:
    """A line on the terminal that is written over; where standard error is no terminal, a line for each tile."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._told = -1
        self._is_terminal = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        """Show how far the download is."""
        text = progress_line(progress)
        if self._is_terminal:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        elif progress.tiles != self._told or progress.note:
            print(text, file=sys.stderr)
        self._told = progress.tiles

    def end(self) -> None:
        """Leave the line as it stands."""
        if self._is_terminal and self._told >= 0:
            print(file=sys.stderr)


def progress_line(progress: Progress) -> str:
    """Return the bar with tiles, bytes and the time left."""
    full = _BAR * progress.tiles // max(1, progress.of_tiles)
    parts = [f"[{'#' * full}{'.' * (_BAR - full)}] {progress.tiles}/{progress.of_tiles} tiles"]
    parts.append(f"{progress.bytes / _MEGABYTE:.1f} MB")
    if progress.left_s is not None and progress.tiles < progress.of_tiles:
        parts.append(f"about {_duration(progress.left_s)} left")
    return ", ".join([*parts, progress.note] if progress.note else parts)


def _duration(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds < 90 else f"{math.ceil(seconds / 60)} min"
