"""`lifecircle instance`: prepare what a running service keeps, from the data folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import DataError
from webmap.command_config import add_instance, config_of

if TYPE_CHECKING:
    from geo.network import WalkNetwork


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `instance prepare` and `instance warm`."""
    instance = commands.add_parser("instance", help="prepare what a running service keeps")
    actions = instance.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("prepare", run_prepare, "build the networks and check the layers"),
        ("warm", run_warm, "compile the kernels, so that no visitor waits for it"),
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
    """Use every kernel once, which compiles them into their cache: two processes share the work."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    config = config_of(options)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(warm, part, config.data, config.instance) for part in ("warm_walks", "warm_sites")]:
            done.result()
    return 0


def warm(part: str, data: Path, instance: Path) -> None:
    """Use the kernels of one part, by its function in geo.warm, on the first subdistrict."""
    from geo import warm as parts
    from geo.catalog import read_catalog
    from geo.network_file import load_network
    from geo.place import read_place

    catalog = read_catalog(data)
    first = next(iter(catalog.subdistricts))
    network = load_network(instance / "networks" / f"{first}.lcnet")
    getattr(parts, part)(read_place(data, catalog, first, network), catalog)
