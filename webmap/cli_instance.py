"""`lifecircle instance`: prepare what a running service keeps, from the data folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import DataError, LifecircleError
from webmap.command_config import add_instance, config_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.catalog import Catalog
    from geo.network import WalkNetwork
    from geo.place import Place


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `instance prepare`, `instance warm` and `instance warm-sites`."""
    instance = commands.add_parser("instance", help="prepare what a running service keeps")
    actions = instance.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("prepare", run_prepare, "build the networks and check the layers"),
        ("warm", run_warm, "compile the kernels of walks, so that no visitor waits for it"),
        ("warm-sites", run_warm_sites, "compile the kernels of the best sites"),
    ):
        action = actions.add_parser(name, help=text)
        add_instance(action)
        action.set_defaults(run=run)


def run_prepare(options: argparse.Namespace) -> int:
    """Build each subdistrict's network into the instance and check every bundled layer.

    A network that somebody built of other streets and put there stays.
    """
    from geo.catalog import read_catalog
    from geo.network_build import build_network, read_streets
    from geo.network_file import save_network
    from geo.place import read_place

    config = config_of(options)
    catalog = read_catalog(config.data)
    folder = config.instance / "networks"
    folder.mkdir(parents=True, exist_ok=True)
    for number, subdistrict_id in enumerate(catalog.subdistricts, start=1):
        print(f"{number} of {len(catalog.subdistricts)}: {subdistrict_id}", file=sys.stderr)
        bundled, prepared = (
            config.data / "base" / f"streets_{subdistrict_id}.geojson",
            folder / f"{subdistrict_id}.lcnet",
        )
        network = _brought_network(prepared, bundled.name)
        if network is None:
            network = build_network(read_streets([bundled]))
            save_network(network, prepared)
        read_place(config.data, catalog, subdistrict_id, network)
    return 0


def _brought_network(prepared: Path, bundled: str) -> WalkNetwork | None:
    """Return the network at `prepared` when other streets than the bundled ones are in it, otherwise None."""
    from geo.network_file import load_network

    if not prepared.is_file():
        return None
    try:
        network = load_network(prepared)
    except DataError as error:
        print(f"{error}\nThe bundled streets take its place.", file=sys.stderr)
        return None
    sources = [source["name"] for source in network.meta.get("sources", [])]
    if sources == [bundled]:
        return None
    print(f"{prepared} is kept: it is built of {', '.join(sources)}", file=sys.stderr)
    return network


def run_warm(options: argparse.Namespace) -> int:
    """Ask how far people walk, in every way that a page asks it, which compiles the kernels into their cache."""
    from geo.warm import warm_walks

    _ask(warm_walks, options)
    return 0


def run_warm_sites(options: argparse.Namespace) -> int:
    """Ask for the best sites, which compiles the kernels of that."""
    from geo.warm import warm_sites

    _ask(warm_sites, options)
    return 0


def _ask(warm: Callable[[Place, Catalog], None], options: argparse.Namespace) -> None:
    """Ask what compiles kernels; data that cannot be asked about stops no service, which says itself what is wrong."""
    try:
        warm(*_first_place(options))
    except LifecircleError as error:
        print(f"{error}\nKernels are compiled when they are first needed.", file=sys.stderr)


def _first_place(options: argparse.Namespace) -> tuple[Place, Catalog]:
    from geo.catalog import read_catalog
    from geo.network_file import load_network
    from geo.place import read_place

    config = config_of(options)
    catalog = read_catalog(config.data)
    first = next(iter(catalog.subdistricts))
    network = load_network(config.instance / "networks" / f"{first}.lcnet")
    return read_place(config.data, catalog, first, network), catalog
