"""What an instance adds to the catalogue: tables of subdistricts, layers and rules, in the form that the files have.

The files say what everybody has; additions are what somebody's own place needs. Where both have an id, the addition
stands. A layer and a rule name each other in the files; an addition need only say it on one side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TomlTable = Mapping[str, object]
TomlTables = Mapping[str, TomlTable]


@dataclass(frozen=True, slots=True)
class CatalogAdditions:
    """Tables by id, as they would stand in `catalog.toml` and `rules.toml`."""

    subdistricts: TomlTables = field(default_factory=dict)
    layers: TomlTables = field(default_factory=dict)
    rules: TomlTables = field(default_factory=dict)

    def section(self, name: str) -> TomlTables:
        """Return the tables of one section."""
        sections: dict[str, TomlTables] = {
            "subdistricts": self.subdistricts,
            "layers": self.layers,
            "rules": self.rules,
        }
        return sections.get(name, {})


def with_additions(tables: Mapping[str, object], added: CatalogAdditions) -> dict[str, object]:
    """Return the sections of a catalogue file with what was added to them; a section that is no table stays."""
    merged = dict(tables)
    for name, section in tables.items():
        more = added.section(name)
        if more and isinstance(section, dict):
            merged[name] = section | {item_id: dict(table) for item_id, table in more.items()}
    return merged


def tied(tables: Mapping[str, object], rule_tables: Mapping[str, object], added: CatalogAdditions) -> None:
    """Make layers and rules name each other wherever an added one names the other; the tables are changed in place.

    A layer without a headline rule takes the first that is tied to it: its figure would be seen nowhere else.
    """
    layers, rules = tables.get("layers"), rule_tables.get("rules")
    if not isinstance(layers, dict) or not isinstance(rules, dict):
        return
    for rule_id in added.rules:
        for layer_id in _names(rules[rule_id], "layers"):
            if isinstance(layers.get(layer_id), dict):
                layers[layer_id] = _with_name(layers[layer_id], "rules", rule_id)
                layers[layer_id].setdefault("headline_rule", rule_id)
    for layer_id in added.layers:
        for rule_id in _names(layers[layer_id], "rules"):
            if isinstance(rules.get(rule_id), dict):
                rules[rule_id] = _with_name(rules[rule_id], "layers", layer_id)
    for rule_id in added.rules:
        _untie(rule_id, rules[rule_id], layers)


def _untie(rule_id: str, rule: object, layers: dict[str, object]) -> None:
    """Take a rule that was edited out of the layers that it no longer names."""
    kept = _names(rule, "layers")
    for layer_id, layer in layers.items():
        if isinstance(layer, dict) and rule_id in _names(layer, "rules") and layer_id not in kept:
            left = [name for name in _names(layer, "rules") if name != rule_id]
            changed = {**layer, "rules": left}
            if layer.get("headline_rule") == rule_id:
                changed = {name: value for name, value in changed.items() if name != "headline_rule"}
                changed |= {"headline_rule": left[0]} if left else {}
            layers[layer_id] = changed


def _names(table: object, key: str) -> list[str]:
    """Return the names in a list of a table; whatever is no list of texts is for the strict reading to refuse."""
    found = table.get(key) if isinstance(table, dict) else None
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _with_name(table: dict[str, object], key: str, name: str) -> dict[str, object]:
    """Return a table whose list under `key` has `name`."""
    names = _names(table, key)
    return dict(table) if name in names else {**table, key: [*names, name]}
