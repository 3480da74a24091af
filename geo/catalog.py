"""The catalogue: which subdistricts, layers, rules and walking profiles there are.

Read from `data/catalog.toml` and `data/rules.toml` into frozen dataclasses. Names are Chinese first, with English.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from geo.catalog_additions import CatalogAdditions, tied, with_additions
from geo.catalog_model import (
    COMMON_PROPERTIES,
    DEFAULT_PROFILE,
    NO_POPULATION,
    Catalog,
    Certainty,
    Family,
    GeometryKind,
    Layer,
    LocalText,
    PopulationFigure,
    Profile,
    PropertyKind,
    PropertyType,
    Rule,
    Subdistrict,
    WeightUnit,
    is_catalog_id,
    is_layer_id,
)
from geo.errors import DataError, Problem
from geo.toml_tables import (
    Key,
    Problems,
    boolean,
    one_of,
    positive_number,
    read_table,
    read_toml,
    seconds,
    share,
    text,
    texts,
    whole_number,
    wrong_type,
)

__all__ = [
    "COMMON_PROPERTIES",
    "DEFAULT_PROFILE",
    "Catalog",
    "Certainty",
    "Family",
    "GeometryKind",
    "Layer",
    "LocalText",
    "PopulationFigure",
    "Profile",
    "PropertyKind",
    "PropertyType",
    "Rule",
    "Subdistrict",
    "WeightUnit",
    "is_layer_id",
    "read_catalog",
]

_FAMILIES = ("care", "safety", "culture", "services", "equipment", "places")
_PROPERTY_KINDS = ("text", "integer", "number", "boolean", "date", "choice")
_GEOMETRIES = ("Point", "Polygon")

Item = TypeVar("Item")
_ReadItem = Callable[[str, object, str, Problems], Item | None]


def read_catalog(folder: Path, added: CatalogAdditions | None = None) -> Catalog:
    """Return the catalogue of `folder` (`catalog.toml` and `rules.toml`), with what an instance adds to it.

    Raises:
        DataError: with every problem of both files and of the additions.
    """
    problems: Problems = []
    tables = _top_tables(folder / "catalog.toml", ("subdistricts", "profiles", "layers"), problems)
    rule_tables = _top_tables(folder / "rules.toml", ("rules",), problems)
    if added is not None:
        tables, rule_tables = with_additions(tables, added), with_additions(rule_tables, added)
        tied(tables, rule_tables, added)
    subdistricts = _read_items(tables, "catalog.toml", "subdistricts", _read_subdistrict, problems)
    profiles = _read_items(tables, "catalog.toml", "profiles", _read_profile, problems)
    layers = _read_items(tables, "catalog.toml", "layers", _read_layer, problems)
    rules = _read_items(rule_tables, "rules.toml", "rules", _read_rule, problems)
    problems += _glyph_problems(layers.values())
    if "profiles" in tables:
        problems += _profile_problems(_section(tables, "profiles"))
    if "layers" in tables and "rules" in rule_tables:  # else every name would be reported as unknown
        ids = (set(_section(tables, "layers")), set(_section(rule_tables, "rules")))
        problems += _reference_problems(layers, rules, *ids)
    if problems:
        raise DataError(problems)
    return Catalog(subdistricts, layers, rules, profiles, _content_hash(subdistricts, layers, rules, profiles))


def _top_tables(path: Path, names: tuple[str, ...], problems: Problems) -> dict[str, object]:
    """Return the top-level tables of a file; a name that is not in `names`, or is missing, is a problem."""
    before = len(problems)
    content = read_toml(path, problems)
    if len(problems) > before:
        return {}
    keys = {name: Key(_table) for name in names}
    return read_table(content, f"{path.name}: top", keys, problems) or content


def _table(value: object, where: str, problems: Problems) -> dict[str, object] | None:
    if isinstance(value, dict):
        return value
    wrong_type(value, where, "a table", problems)
    return None


def _section(tables: Mapping[str, object], section: str) -> Mapping[str, object]:
    found = tables.get(section)
    return found if isinstance(found, dict) else {}


def _read_items(
    tables: Mapping[str, object], file: str, section: str, read: _ReadItem[Item], problems: Problems
) -> dict[str, Item]:
    """Return the items of one section by id; `read` makes one of its table, or adds problems and returns None."""
    items: dict[str, Item] = {}
    for item_id, table in _section(tables, section).items():
        where = f"{file}: {section}.{item_id}"
        if not is_catalog_id(item_id):
            remedy = "Use small letters, figures, _ or -, beginning with a letter, 40 at most"
            problems.append(Problem("bad_id", where, f"{item_id!r} cannot be an id", remedy))
        item = read(item_id, table, where, problems)
        if item is not None:
            items[item_id] = item
    return items


def _local_text(value: object, where: str, problems: Problems) -> LocalText | None:
    values = read_table(value, where, {"zh": Key(text), "en": Key(text)}, problems)
    return None if values is None else LocalText(**values)


def _geometries(value: object, where: str, problems: Problems) -> tuple[str, ...] | None:
    names = texts(value, where, problems)
    for index, name in enumerate(names or ()):
        one_of(*_GEOMETRIES)(name, f"{where}[{index}]", problems)
    if names == ():
        problems.append(Problem("empty_list", where, "the list is empty", f"Name one of {', '.join(_GEOMETRIES)}"))
    return names


def _glyph(value: object, where: str, problems: Problems) -> str | None:
    glyph = text(value, where, problems)
    if glyph is not None and len(glyph) != 1:
        problems.append(Problem("bad_glyph", where, f"{glyph!r} has {len(glyph)} characters", "Write one character"))
    return glyph


def _code(value: object, where: str, problems: Problems) -> str | None:
    code = text(value, where, problems)
    if code is not None and not re.fullmatch(r"[0-9]{9}", code):
        problems.append(Problem("bad_code", where, f"{code!r} is no division code", "Write its nine figures"))
    return code


_EMPTY = LocalText("", "")
_CERTAINTY = Key(one_of("high", "medium", "low"))
_LOCAL = Key(_local_text)
_PROFILE_KEYS = {
    "name": _LOCAL,
    "speed_mps": Key(positive_number),
    "document": _LOCAL,
    "certainty": _CERTAINTY,
    "crossing_delay_s": Key(seconds, required=False, default=0.0),
    "signal_delay_s": Key(seconds, required=False, default=0.0),
}
_RULE_KEYS = {
    "layers": Key(texts),
    "limit_m": Key(positive_number, required=False),
    "limit_min": Key(positive_number, required=False),
    "target_share": Key(share, required=False),
    "document": _LOCAL,
    "short_document": _LOCAL,
    "certainty": _CERTAINTY,
    "note": Key(_local_text, required=False, default=_EMPTY),
}
_LAYER_KEYS = {
    "name": _LOCAL,
    "question": _LOCAL,
    "family": Key(one_of(*_FAMILIES)),
    "glyph": Key(_glyph),
    "geometries": Key(_geometries),
    "rules": Key(texts, required=False, default=()),
    "headline_rule": Key(text, required=False),
    "indicators": Key(texts, required=False, default=()),
    "properties": Key(_table, required=False),
    "stale_after_days": Key(whole_number, required=False),
    "has_opening_hours": Key(boolean, required=False, default=False),
}
_PROPERTY_KEYS = {
    "kind": Key(one_of(*_PROPERTY_KINDS)),
    "choices": Key(texts, required=False, default=()),
    "required": Key(boolean, required=False, default=False),
    "label": _LOCAL,
}
_POPULATION_KEYS = {
    "value": Key(whole_number),
    "unit": Key(one_of("people", "households")),
    "measure": _LOCAL,
    "as_of": Key(text),
    "source": _LOCAL,
    "caution": Key(_local_text, required=False, default=_EMPTY),
}


def _population(value: object, where: str, problems: Problems) -> PopulationFigure | None:
    values = read_table(value, where, _POPULATION_KEYS, problems)
    return None if values is None else PopulationFigure(**values)


_SUBDISTRICT_KEYS = {
    "name": _LOCAL,
    "code": Key(_code),
    "district": _LOCAL,
    "area_km2": Key(positive_number),
    "committees": Key(whole_number, required=False),
    "population": Key(_population, required=False, default=NO_POPULATION),
}


def _read_profile(item_id: str, table: object, where: str, problems: Problems) -> Profile | None:
    values = read_table(table, where, _PROFILE_KEYS, problems)
    return None if values is None else Profile(id=item_id, **values)


def _read_subdistrict(item_id: str, table: object, where: str, problems: Problems) -> Subdistrict | None:
    values = read_table(table, where, _SUBDISTRICT_KEYS, problems)
    return None if values is None else Subdistrict(id=item_id, **values)


def _read_rule(item_id: str, table: object, where: str, problems: Problems) -> Rule | None:
    values = read_table(table, where, _RULE_KEYS, problems)
    if values is None:
        return None
    limits = [key for key in ("limit_m", "limit_min") if values[key] is not None]
    if len(limits) != 1:
        found = f"the rule has {' and '.join(limits) or 'neither limit_m nor limit_min'}"
        problems.append(Problem("one_limit", where, found, "Set exactly one of limit_m and limit_min"))
    return Rule(id=item_id, **values)


def _read_layer(item_id: str, table: object, where: str, problems: Problems) -> Layer | None:
    if not is_layer_id(item_id):
        remedy = "Use small letters, figures and _, beginning with a letter"
        problems.append(Problem("bad_layer_id", where, f"{item_id!r} cannot be the id of a layer", remedy))
    values = read_table(table, where, _LAYER_KEYS, problems)
    if values is None:
        return None
    own = values.pop("properties") or {}
    found = [_read_property(name, own[name], f"{where}.properties.{name}", problems) for name in own]
    return Layer(id=item_id, properties=tuple(item for item in found if item is not None), **values)


def _read_property(name: str, table: object, where: str, problems: Problems) -> PropertyType | None:
    if not is_layer_id(name) or name in COMMON_PROPERTIES:
        remedy = "Choose a name of small letters, figures and _ that no common property has"
        problems.append(Problem("bad_property_name", where, f"{name!r} cannot be a property's name", remedy))
    values = read_table(table, where, _PROPERTY_KEYS, problems)
    if values is None:
        return None
    if (values["kind"] == "choice") != bool(values["choices"]):
        found = f"kind {values['kind']!r} with {len(values['choices'])} choices"
        problems.append(Problem("bad_choices", where, found, "List choices for kind choice, and only there"))
    return PropertyType(name=name, **values)


def _reference_problems(
    layers: Mapping[str, Layer], rules: Mapping[str, Rule], layer_ids: set[str], rule_ids: set[str]
) -> Iterable[Problem]:
    """Yield every name that belongs to nothing, and every pair of layer and rule that only one side knows.

    `layer_ids` and `rule_ids` are all that the files name, with those that could not be read.
    """
    for rule in rules.values():
        where = f"rules.toml: rules.{rule.id}.layers"
        for layer_id in rule.layers:
            if layer_id not in layer_ids:
                yield Problem("unknown_layer", where, f"there is no layer {layer_id!r}", "Name a layer of catalog.toml")
            elif layer_id in layers and rule.id not in layers[layer_id].rules:
                found = f"layer {layer_id!r} does not list the rule {rule.id!r}"
                yield Problem("one_sided_rule", where, found, "List it in the layer's rules, or take the layer out")
    for layer in layers.values():
        yield from _layer_reference_problems(layer, rules, rule_ids)


def _layer_reference_problems(layer: Layer, rules: Mapping[str, Rule], rule_ids: set[str]) -> Iterable[Problem]:
    where = f"catalog.toml: layers.{layer.id}"
    for rule_id in layer.rules:
        if rule_id not in rule_ids:
            found = f"there is no rule {rule_id!r}"
            yield Problem("unknown_rule", f"{where}.rules", found, "Name a rule of rules.toml")
        elif rule_id in rules and layer.id not in rules[rule_id].layers:
            found = f"rule {rule_id!r} does not list the layer {layer.id!r}"
            remedy = "List it in the rule's layers, or take the rule out"
            yield Problem("one_sided_rule", f"{where}.rules", found, remedy)
    if layer.headline_rule is not None and layer.headline_rule not in layer.rules:
        found = f"{layer.headline_rule!r} is not among the layer's rules"
        remedy = "Name one of its rules, or leave it out"
        yield Problem("unknown_headline_rule", f"{where}.headline_rule", found, remedy)


def _glyph_problems(layers: Iterable[Layer]) -> Iterable[Problem]:
    """Yield the layers of one family that share a glyph: on the map they could not be told apart."""
    by_sign = [(layer.family, layer.glyph, layer.id) for layer in layers]
    seen = Counter((family, glyph) for family, glyph, _ in by_sign)
    for family, glyph, layer_id in by_sign:
        if seen[family, glyph] > 1:
            found = f"{glyph!r} is the glyph of {seen[family, glyph]} layers of family {family!r}"
            yield Problem(
                "duplicate_glyph", f"catalog.toml: layers.{layer_id}.glyph", found, "Choose another character"
            )


def _profile_problems(profiles: Mapping[str, object]) -> Iterable[Problem]:
    if DEFAULT_PROFILE not in profiles:
        found = f"the profile {DEFAULT_PROFILE!r} is missing"
        yield Problem("missing_profile", "catalog.toml: profiles", found, "Add it: minutes are walked at its speed")


def _content_hash(*parts: Mapping[str, object]) -> str:
    """Return SHA-256 of the parts; the order of the file counts, because pages show it."""
    plain = [{key: asdict(item) for key, item in part.items()} for part in parts]  # type: ignore[call-overload]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()
