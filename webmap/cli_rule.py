"""`lifecircle rule` and `lifecircle indicator`: edit them, with document and certainty, by revisions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from geo.errors import DataError
from webmap.command_author import add_author, authorship, opened, settled
from webmap.documents import DocumentKind

_KINDS: tuple[tuple[str, DocumentKind], ...] = (("rule", "@rules"), ("indicator", "@indicators"))


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rule set`, `rule remove`, `rule list`, and the same of `indicator`."""
    for word, kind in _KINDS:
        group = commands.add_parser(word, help=f"edit {word}s")
        actions = group.add_subparsers(required=True, metavar="ACTION")
        add = actions.add_parser("set", help=f"add or change a {word} from a TOML with its keys")
        add.add_argument("id", metavar="ID")
        add.add_argument("--file", type=Path, required=True, metavar="FILE.toml", help=f"the keys of one {word}")
        add_author(add)
        add.set_defaults(run=run_set, kind=kind)
        remove = actions.add_parser("remove", help="take an edit away: what the data folder has stands again")
        remove.add_argument("id", metavar="ID")
        add_author(remove)
        remove.set_defaults(run=run_remove, kind=kind)
        listing = actions.add_parser("list", help=f"every {word}, and which were edited here")
        listing.set_defaults(run=run_list, kind=kind)


def run_set(options: argparse.Namespace) -> int:
    """Check the table with the whole catalogue, and write it."""
    import tomllib

    from webmap.fault_places import told_by_file
    from webmap.taking import Wish, take_documents

    try:
        table: dict[str, Any] = tomllib.loads(options.file.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError.single("not_toml", options.file.name, str(error), "Give a TOML file in UTF-8") from error
    config, results = opened()
    results.current()
    wish = Wish(options.kind, options.id, table)
    with told_by_file(options.file.name, [wish]):
        take_documents(config, results.store(), [wish], authorship(options, f"from {options.file.name}"))
    settled(results)
    print(f"{options.id}: written")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Take an edit away."""
    from webmap.taking import removal, take_documents

    config, results = opened()
    wishes = removal(config, results.current().documents, options.kind, options.id)
    take_documents(config, results.store(), wishes, authorship(options, "taken away"))
    settled(results)
    print(f"{options.id}: what the data folder has stands again")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every rule or indicator."""
    _, results = opened()
    snapshot = results.current()
    edited = snapshot.documents.of(options.kind)
    if options.kind == "@rules":
        for rule in snapshot.catalog.rules.values():
            limit = f"{rule.limit_m:g} m" if rule.limit_m is not None else f"{rule.limit_min:g} min"
            told = f"{limit}  {rule.certainty}  {rule.document.zh}  {', '.join(rule.layers)}"
            print(f"{rule.id}  {'edited' if rule.id in edited else 'data folder'}  {told}")
    for name, one in snapshot.indicators.items() if options.kind == "@indicators" else ():
        print(f"{name}  {'edited' if name in edited else 'data folder'}  {one.name_zh}  {one.layer or '-'}")
    return 0
