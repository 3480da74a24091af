"""`lifecircle layer`: check a layer file and print everything that is wrong with it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from geo.errors import RequestError
from webmap.cli_layer_add import add_own_layers


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `layer check`."""
    layer = commands.add_parser("layer", help="check a facility layer, add one of your own")
    actions = layer.add_subparsers(required=True, metavar="ACTION")
    add_own_layers(actions)
    check = actions.add_parser("check", help="print every problem of a layer file; exit 1 when there is one")
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--layer", required=True, metavar="NAME", help="the layer that the file is for")
    check.set_defaults(run=run_check)


def run_check(options: argparse.Namespace) -> int:
    """Print every problem and warning of the file with its feature."""
    from geo.catalog import read_catalog
    from geo.layers import check_layer
    from geo.place import read_outlines
    from webmap.config import config_from_environment

    data = config_from_environment(os.environ).data
    catalog = read_catalog(data)
    if options.layer not in catalog.layers:
        known = ", ".join(catalog.layers)
        raise RequestError("unknown_layer", "--layer", f"no layer {options.layer!r}", f"Use one of {known}.")
    outlines = read_outlines(data / "base" / "subdistricts.geojson")
    problems = check_layer(options.file.read_bytes(), catalog.layers[options.layer], catalog, outlines)
    for problem in problems:
        kind = "warning" if problem.warning else "problem"
        print(f"{kind} [{problem.code}] {problem}")
    refused = sum(not problem.warning for problem in problems)
    print(f"{options.file}: {refused} problem(s), {len(problems) - refused} warning(s)")
    return 1 if refused else 0
