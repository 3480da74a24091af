"""Names of streets and committees, and addresses, in the reader's language: English where a source has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask

from geo.english_names import address_in_english
from webmap.i18n import current_language
from webmap.views import snapshot


def add_filters(app: Flask) -> None:
    """Give templates `local_name` and `local_address`."""
    app.jinja_env.filters |= {"local_name": local_name, "local_names": local_names, "local_address": local_address}


def local_name(name: str) -> str:
    """Return a street's or committee's name in the language of this request; as it is where no other is known."""
    return _names().get(name, name)


def local_names(names: Iterable[str]) -> list[str]:
    """Return each name in the language of this request."""
    known = _names()
    return [known.get(name, name) for name in names]


def local_address(address: str) -> str:
    """Return an address, or a crossing, in the language of this request; as it is where it cannot be read whole."""
    return address_in_english(address, known) if (known := _names()) else address


def with_local_names(data: dict[str, Any]) -> dict[str, Any]:
    """Return a map's data with its streets' names and its facilities' addresses in the reader's language."""
    known = _names()
    if not known:
        return data
    changed = {
        "streets": [one | {"name": known.get(one["name"], one["name"])} for one in data["streets"]],
        "facilities": [one | _turned(one) for one in data["facilities"]],
    }
    for people in ("people", "blocks"):
        changed[people] = [one | {"street": known.get(one["street"], one["street"])} for one in data[people]]
    return data | changed


def _names() -> Mapping[str, str]:
    """Return what stands in place of the data's own names: nothing where they are read in Chinese, or have no other."""
    return snapshot().names_en() if current_language() == "en" else {}


def _turned(facility: Mapping[str, Any]) -> dict[str, str]:
    turns = {"address": local_address, "committee": local_name}
    return {name: turn(facility[name]) for name, turn in turns.items() if facility.get(name)}
