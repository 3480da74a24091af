"""`lifecircle layer add`, `layer remove`, `layer list`: facility layers of one's own, without a line of code."""

from __future__ import annotations

import argparse
from pathlib import Path

from webmap.command_author import add_author, authorship, opened, settled


def add_own_layers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `layer add`, `layer remove`, `layer pick` and `layer list`."""
    add = actions.add_parser("add", help="add a layer from a short TOML, or change one that was added")
    add.add_argument("id", metavar="ID", help="small letters, figures and _")
    add.add_argument("--file", type=Path, required=True, metavar="FILE.toml", help="names, sign, rules, indicators")
    add_author(add)
    add.set_defaults(run=run_add)
    remove = actions.add_parser("remove", help="take away a layer that was added; its facilities stay in the history")
    remove.add_argument("id", metavar="ID")
    add_author(remove)
    remove.set_defaults(run=run_remove)
    _add_pick(actions)
    listing = actions.add_parser("list", help="every layer with its rules")
    listing.set_defaults(run=run_list)


def _add_pick(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `layer pick`."""
    from geo.datum_shift import DATUMS

    pick = actions.add_parser("pick", help="features of one kind out of a file with many, as a table to import")
    pick.add_argument("file", type=Path, metavar="FILE", help="such as an OpenStreetMap download in GeoJSON")
    pick.add_argument("--where", action="append", required=True, metavar="COLUMN=VALUE", help="amenity=kindergarten")
    pick.add_argument("--subdistrict", required=True, metavar="ID", help="only those inside it")
    pick.add_argument("--datum", choices=DATUMS, help="datum of the file, where it does not declare it")
    pick.add_argument("--out", type=Path, required=True, metavar="FILE.geojson")
    pick.set_defaults(run=run_pick)


def run_pick(options: argparse.Namespace) -> int:
    """Write the table."""
    from geo.feature_pick import pick_features, picked_geojson
    from geo.table_formats import read_table

    _, results = opened()
    place = results.current().place(options.subdistrict)
    where = [(column, value) for column, _, value in (text.partition("=") for text in options.where)]
    name = options.file.name
    picked = pick_features(read_table(options.file.read_bytes(), name), name, where, place.outline, options.datum)
    options.out.write_bytes(picked_geojson(picked))
    print(f"{options.out}: {len(picked.features)} picked, {picked.unnamed} without a name, {picked.outside} elsewhere")
    return 0


def run_add(options: argparse.Namespace) -> int:
    """Check the layer with everything that it brings, and write all of it or nothing."""
    from geo.layer_file import read_layer_file
    from webmap.fault_places import told_by_file
    from webmap.taking import Wish, take_documents

    found = read_layer_file(options.file.read_bytes(), options.file.name, options.id)
    wishes = [
        Wish("@layers", options.id, found.layer),
        *(Wish("@rules", name, table) for name, table in found.rules.items()),
        *(Wish("@indicators", name, table) for name, table in found.indicators.items()),
    ]
    config, results = opened()
    results.current()
    with told_by_file(options.file.name, wishes):
        take_documents(config, results.store(), wishes, authorship(options, f"layer from {options.file.name}"))
    layer = settled(results).layer(options.id)
    print(f"{options.id}: {layer.name.zh} / {layer.name.en}, rules {', '.join(layer.rules) or 'none'}")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Take a layer away, and the rules and indicators that were added for it alone."""
    from webmap.taking import Wish, take_documents

    config, results = opened()
    documents = results.current().documents
    rules = {name: body for name, body in documents.rules.items() if options.id in body["layers"]}
    wishes = [Wish("@layers", options.id, None)]
    for name, body in rules.items():
        layers = [layer for layer in body["layers"] if layer != options.id]
        wishes.append(Wish("@rules", name, {**body, "layers": layers} if layers else None))
    wishes += [
        Wish("@indicators", one, None) for one, row in documents.indicators.items() if row["layer"] == options.id
    ]
    take_documents(config, results.store(), wishes, authorship(options, "taken away"))
    settled(results)
    print(f"{options.id} is taken away; its facilities stay in the history")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every layer."""
    del options
    _, results = opened()
    snapshot = results.current()
    for layer in snapshot.catalog.layers.values():
        origin = "added" if layer.id in snapshot.documents.layers else "data folder"
        print(f"{layer.id}  {layer.name.zh}  {origin}  {', '.join(layer.rules) or 'no rule'}")
    return 0
