"""Faults of tables that somebody brought, said by the name of their file: the catalogue knows only its own files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from geo.errors import DataError
from webmap.taking import Wish

_IN_CATALOGUE = {"@layers": "catalog.toml: layers.{}", "@rules": "rules.toml: rules.{}", "@indicators": "indicators/{}"}


@contextmanager
def told_by_file(file: str, wishes: Sequence[Wish]) -> Iterator[None]:
    """Say where faults stand in `file`; its own keys are those of the first wish, the others are tables in it.

    Raises:
        DataError: one was raised; what is wrong elsewhere in the catalogue keeps its own place.
    """
    try:
        yield
    except DataError as error:
        brought = [wish for wish in wishes if wish.body is not None]
        problems = [replace(one, where=_place_in_file(one.where, file, brought)) for one in error.problems]
        raise DataError(problems) from error


def _place_in_file(where: str, file: str, wishes: Sequence[Wish]) -> str:
    """Return the place of a fault in the file, or `where` where it is none of its tables."""
    for number, wish in enumerate(wishes):
        table = _IN_CATALOGUE[wish.kind].format(wish.name)
        rest = where.removeprefix(table)
        if where.startswith(table) and rest[:1] in {"", ".", "/", "["}:
            own = "" if number == 0 else f"{wish.kind.removeprefix('@')}.{wish.name}."
            place = (own + rest.lstrip("./").replace("/", ".")).strip(".")
            return f"{file}: {place}" if place else file
    return where
