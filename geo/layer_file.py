"""The short TOML of a layer of one's own: its names and sign, and with it the rules and indicators that it brings.

    name = { zh = "幼儿园", en = "Kindergartens" }
    family = "care"
    glyph = "幼"
    rules = ["kindergarten-300", "sh2016-15"]
    [rules.kindergarten-300]
    limit_m = 300
    ...

What is left out has the plainest meaning: points, the first rule as headline rule, a question made of the name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.catalog_model import is_layer_id
from geo.errors import DataError, Problem

_LAYER_KEYS = frozenset(
    {"name", "question", "family", "glyph", "geometries", "rules", "headline_rule", "indicators", "properties"}
)
_OWN_TABLES = ("rules", "indicators")


@dataclass(frozen=True, slots=True)
class LayerFile:
    """Tables as in the data folder's files: the layer's, and by id those of the rules and indicators that it brings."""

    layer: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, Any]]
    indicators: Mapping[str, Mapping[str, Any]]


def read_layer_file(raw: bytes, name: str, layer_id: str) -> LayerFile:
    """Return the tables of a layer's TOML; whether they hold is for the catalogue to say.

    `rules` may be a list of rules that there are, a table of rules that the file brings (`[rules.ID]`), or both: the
    list is then `uses`. The same goes for indicators.

    Raises:
        DataError: it is no TOML in UTF-8, the id can be no layer's, a key is unknown.
    """
    table = _toml(raw, name)
    problems = []
    if not is_layer_id(layer_id):
        remedy = "Use small letters, figures and _, beginning with a letter"
        problems.append(Problem("bad_layer_id", "ID", f"{layer_id[:60]!r} cannot be a layer's id", remedy))
    known = _LAYER_KEYS | {"uses"}
    problems += [
        Problem(
            "unknown_key", f"{name}: {key}", f"{key!r} is not a known key", f"Known keys: {', '.join(sorted(known))}"
        )
        for key in table
        if key not in known
    ]
    if problems:
        raise DataError(problems)
    brought: dict[str, dict[str, Any]] = {key: table[key] for key in _OWN_TABLES if isinstance(table.get(key), dict)}
    layer = {key: value for key, value in table.items() if key not in brought and key != "uses"}
    rules = {rule_id: _tied(rule, layer_id) for rule_id, rule in brought.get("rules", {}).items()}
    indicators = {one: {**row, "layer": layer_id} for one, row in brought.get("indicators", {}).items()}
    names = [*rules, *table.get("uses", [])] if "rules" in brought else list(table.get("rules", []))
    layer |= {"rules": names, "indicators": [*indicators, *_listed(table, brought)]}
    return LayerFile(_completed(layer), rules, indicators)


def _toml(raw: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError.single("not_utf8", name, f"byte {error.start} is not UTF-8", "Save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError.single("not_toml", name, str(error), "Correct the TOML syntax") from error


def _listed(table: Mapping[str, Any], brought: Mapping[str, object]) -> list[str]:
    """Return the indicators that the file names without bringing them."""
    return [] if "indicators" in brought else list(table.get("indicators", []))


def _tied(rule: object, layer_id: str) -> Any:  # noqa: ANN401 - a table, or what the catalogue will refuse
    """Return a rule's table with the layer among its layers."""
    if not isinstance(rule, dict):
        return rule
    layers = list(rule.get("layers", []))
    return {**rule, "layers": layers if layer_id in layers else [*layers, layer_id]}


def _completed(layer: dict[str, Any]) -> dict[str, Any]:
    """Return a layer's table with what may be left out."""
    name = layer.get("name")
    if isinstance(name, dict) and {"zh", "en"} <= name.keys():
        layer.setdefault("question", {"zh": f"走得到{name['zh']}", "en": f"Within walking distance: {name['en']}"})
    layer.setdefault("geometries", ["Point"])
    if layer["rules"]:
        layer.setdefault("headline_rule", layer["rules"][0])
    return layer
