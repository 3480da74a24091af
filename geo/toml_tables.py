"""Strict reading of TOML tables: every key is declared, every fault is collected.

A table is described by a mapping of key to `Key`; a `Kind` turns one value into what the program uses, or
adds a problem and returns None.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import Problem

Problems = list[Problem]
Kind = Callable[[object, str, Problems], object]


@dataclass(frozen=True, slots=True)
class Key:
    """One allowed key of a table: the kind of its value, and what stands in when it is left out."""

    kind: Kind
    required: bool = True
    default: object = None


def read_toml(path: Path, problems: Problems) -> dict[str, Any]:
    """Return the tables of the TOML file at `path`, or an empty dict with a problem added."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        problems.append(Problem("file_missing", path.name, f"{path} is not there", "Put the file there"))
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8"
        problems.append(Problem("not_utf8", path.name, found, "Save the file as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem("not_toml", path.name, str(error), "Correct the TOML syntax"))
    return {}


def read_table(value: object, where: str, keys: Mapping[str, Key], problems: Problems) -> dict[str, Any] | None:
    """Return the values of one table by key, or None when anything in it is at fault.

    Unknown keys, missing required keys and wrong values are all added to `problems`.
    """
    before = len(problems)
    if not isinstance(value, dict):
        wrong_type(value, where, "a table", problems)
        return None
    for name in [name for name in value if name not in keys]:
        remedy = f"Take it out; known keys are {', '.join(keys)}"
        problems.append(Problem("unknown_key", f"{where}.{name}", f"{name!r} is not a known key", remedy))
    read = {name: _read_key(value, name, key, where, problems) for name, key in keys.items()}
    return read if len(problems) == before else None


def _read_key(table: Mapping[str, object], name: str, key: Key, where: str, problems: Problems) -> object:
    if name in table:
        return key.kind(table[name], f"{where}.{name}", problems)
    if key.required:
        problems.append(Problem("missing_key", where, f"the key {name!r} is missing", f"Add {name}"))
    return key.default


def wrong_type(value: object, where: str, wanted: str, problems: Problems) -> None:
    """Add the problem that `value` is not `wanted` (words that follow 'must be')."""
    found = f"{value!r} is of type {type(value).__name__}"
    problems.append(Problem("wrong_type", where, found, f"It must be {wanted}"))


def text(value: object, where: str, problems: Problems) -> str | None:
    """Return a text that is not blank."""
    if not isinstance(value, str):
        wrong_type(value, where, "a text", problems)
        return None
    if not value.strip():
        problems.append(Problem("empty_text", where, "the text is empty", "Write the text"))
        return None
    return value


def texts(value: object, where: str, problems: Problems) -> tuple[str, ...] | None:
    """Return a list of texts, none of them twice."""
    if not isinstance(value, list):
        wrong_type(value, where, "a list of texts", problems)
        return None
    found = [text(item, f"{where}[{index}]", problems) for index, item in enumerate(value)]
    items = tuple(item for item in found if item is not None)
    for index, item in enumerate(items):
        if item in items[:index]:
            problems.append(Problem("duplicate_item", f"{where}[{index}]", f"{item!r} stands there twice", "Keep one"))
    return items


def boolean(value: object, where: str, problems: Problems) -> bool | None:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    wrong_type(value, where, "true or false", problems)
    return None


def whole_number(value: object, where: str, problems: Problems) -> int | None:
    """Return a whole number over 0."""
    if isinstance(value, bool) or not isinstance(value, int):
        wrong_type(value, where, "a whole number", problems)
        return None
    return value if _is_positive(value, where, problems) else None


def positive_number(value: object, where: str, problems: Problems) -> float | None:
    """Return a finite number over 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        wrong_type(value, where, "a number", problems)
        return None
    return float(value) if _is_positive(value, where, problems) else None


def seconds(value: object, where: str, problems: Problems) -> float | None:
    """Return a time in seconds: a number from 0 to an hour."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        wrong_type(value, where, "a number of seconds", problems)
        return None
    if not 0 <= value <= 3600:
        problems.append(Problem("out_of_range", where, f"found {value}", "Give seconds from 0 to 3600"))
        return None
    return float(value)


def share(value: object, where: str, problems: Problems) -> float | None:
    """Return a share: a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        wrong_type(value, where, "a number from 0 to 1", problems)
        return None
    if 0 <= value <= 1:
        return float(value)
    problems.append(
        Problem("out_of_range", where, f"{value} is not a share", "Write a number from 0 to 1 (0.99 for 99 %)")
    )
    return None


def one_of(*options: str) -> Kind:
    """Return the kind of a text that is one of `options`."""

    def read(value: object, where: str, problems: Problems) -> str | None:
        if isinstance(value, str) and value in options:
            return value
        remedy = f"Choose one of {', '.join(options)}"
        problems.append(Problem("unknown_choice", where, f"{value!r} is not one of the choices", remedy))
        return None

    return read


def _is_positive(value: float, where: str, problems: Problems) -> bool:
    if math.isfinite(value) and value > 0:
        return True
    problems.append(Problem("out_of_range", where, f"{value} is not a number over 0", "Write a finite number over 0"))
    return False
