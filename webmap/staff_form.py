"""The form of a feature: its fields by the layer's schema, from a feature to what is typed and back, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flask_babel import gettext as _

from geo.catalog_model import Catalog, Layer, PropertyType
from geo.datum import COORDINATE_DECIMALS
from geo.datum_shift import DATUMS, Datum, to_wgs84
from geo.errors import Problem
from geo.property_checks import COMMON_TYPES, property_types
from webmap.i18n import local_text
from webmap.revisions import Feature
from webmap.shape_text import read_shape, shape_text
from webmap.staff_words import choice_name, form_fault

FIRST = ("name", "address", "location_status", "accuracy_m", "opening_hours", "phone", "verified_on")
"""The fields that stand open; the others wait behind "all fields", but the required ones."""
_MANY_LINES = frozenset({"note"})
_PAIR = re.compile(r"\s*([-+]?[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*[,，;；\s]\s*([-+]?[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*")
_QUOTED = re.compile(r"'([a-z_]+)'")

Typed = Mapping[str, str]
"""What stands in the fields, by name: properties, and coordinates, datum, where, why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field, and what to do about it."""

    what: str
    remedy: str
    code: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `choices` are values with their words, empty for a text."""

    name: str
    label: str
    hint: str
    value: str
    choices: tuple[tuple[str, str], ...]
    required: bool
    is_number: bool
    has_lines: bool
    is_first: bool
    faults: tuple[Fault, ...]


def typed_of(body: Feature | None, subdistrict: str) -> dict[str, str]:
    """Return what stands in the fields for a feature; for a new one (None), only its subdistrict."""
    if body is None:
        return {"subdistrict": subdistrict, "coordinates": "", "datum": "wgs84", "location_status": "unlocated"}
    typed = {name: _shown(value) for name, value in body["properties"].items()}
    place = {"coordinates": coordinates_of(body["geometry"]), "shape": shape_text(body["geometry"]), "datum": "wgs84"}
    return typed | place


def coordinates_of(geometry: Mapping[str, Any] | None) -> str:
    """Return a point as it is typed, longitude first; empty for what is no point."""
    if geometry is None or geometry["type"] != "Point":
        return ""
    return ", ".join(f"{number:.{COORDINATE_DECIMALS}f}".rstrip("0").rstrip(".") for number in geometry["coordinates"])


def read_form(
    typed: Typed, layer: Layer, feature: str, base: Feature | None
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the feature that a form says, and what is wrong with its place.

    Everything else is checked where every feature is (`webmap.feature_edits.checked_body`).

    Args:
        typed: What stands in the fields.
        layer: The layer.
        feature: The feature's id.
        base: The feature that the form was made from, None for a new one.
    """
    problems: list[Problem] = []
    geometry = _geometry(typed, layer, base, problems)
    properties = {name: _value(typed[name], kind) for name, kind in property_types(layer).items() if typed.get(name)}
    before = base["geometry"] if base else None
    old_status = base["properties"].get("location_status") if base else None
    moved = geometry != before and geometry is not None
    if moved and old_status in ("sample", "unlocated") and typed.get("location_status") == old_status:
        remedy = "Say how the place is known"
        problems.append(Problem("status_not_said", "/properties/location_status", "the place has changed", remedy))
    return {"type": "Feature", "id": feature, "geometry": geometry, "properties": properties}, tuple(problems)


def datum_of(typed: Typed) -> Datum:
    """Return the datum that a form declares for its place, WGS-84 where it names none that is known."""
    return next((datum for datum in DATUMS if datum == typed.get("datum")), "wgs84")


def previewed(typed: Typed, layer: Layer) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """Return the fields with the shape as it would be kept, in WGS-84, and what is wrong with it."""
    problems: list[Problem] = []
    found = read_shape(typed.get("shape", "").strip(), datum_of(typed), layer.geometries, problems)
    if found is None:
        return dict(typed), tuple(problems)
    place = {"coordinates": coordinates_of(found), "shape": shape_text(found), "datum": "wgs84"}
    return {**typed, **place}, ()


def wgs84_point(typed: Typed) -> tuple[float, float] | None:
    """Return the typed position in WGS-84 (longitude, latitude), None where there is none that can be read."""
    found = _PAIR.fullmatch(typed.get("coordinates", ""))
    if found is None:
        return None
    lon, lat = float(found[1]), float(found[2])
    datum = typed.get("datum", "wgs84")
    if datum in DATUMS and abs(lon) <= 180 and abs(lat) <= 90:
        lon, lat = to_wgs84(np.array([[lon, lat]]), datum)[0].tolist()
    return round(lon, COORDINATE_DECIMALS), round(lat, COORDINATE_DECIMALS)


def fields(typed: Typed, layer: Layer, catalog: Catalog, faults: Mapping[str, Sequence[Fault]]) -> list[Field]:
    """Return the fields of a layer's form: those that stand open first, then the others in the schema's order."""
    types = property_types(layer)
    ordered = {name: types[name] for name in (*FIRST, *types)}
    return [
        Field(
            name=name,
            label=local_text(kind.label),
            hint=_hint(kind),
            value=typed.get(name, ""),
            choices=_choices(kind, catalog),
            required=kind.required,
            is_number=kind.kind in ("number", "integer"),
            has_lines=name in _MANY_LINES,
            is_first=name in FIRST or (kind.required and kind not in COMMON_TYPES),
            faults=tuple(faults.get(name, ())),
        )
        for name, kind in ordered.items()
    ]


def faults_by_field(problems: Sequence[Problem]) -> dict[str, list[Fault]]:
    """Return the faults of a form by the field that they stand under; under "" what belongs to none."""
    found: dict[str, list[Fault]] = {}
    for problem in problems:
        what, remedy = form_fault(problem)
        mine = found.setdefault(field_of(problem), [])
        if what not in [fault.what for fault in mine]:
            mine.append(Fault(what, remedy, problem.code))
    return found


def field_of(problem: Problem) -> str:
    """Return the field that a problem stands under, empty where it belongs to none."""
    if problem.code == "missing_accuracy":
        return "accuracy_m"
    if problem.code == "missing_property":
        named = _QUOTED.search(problem.found)
        return named[1] if named else ""
    if problem.where.startswith("/geometry"):
        return "coordinates"
    parts = problem.where.split("/")
    if parts[:2] == ["", "properties"] and len(parts) > 2:
        return parts[2]
    return parts[1] if len(parts) == 2 else ""


def _geometry(typed: Typed, layer: Layer, base: Feature | None, problems: list[Problem]) -> Mapping[str, Any] | None:
    """Return the geometry that a form says: its shape where there is one, else its point."""
    before = base["geometry"] if base else None
    text, shape = (typed.get(name, "").strip() for name in ("coordinates", "shape"))
    if "shape" not in typed and shape_text(before):
        return before  # the form did not ask for it
    is_same = text == coordinates_of(before) and shape == shape_text(before)
    if typed.get("location_status") == "unlocated" and is_same:
        return None  # said to be unlocated, and the old place not touched: it goes
    if is_same and datum_of(typed) == "wgs84":
        return before
    if shape:
        return read_shape(shape, datum_of(typed), layer.geometries, problems)
    return _point(typed, problems) if text else None


def _point(typed: Typed, problems: list[Problem]) -> Mapping[str, Any] | None:
    """Return the point that a form says."""
    point = wgs84_point(typed)
    if point is None:
        found = f"{typed['coordinates'].strip()[:60]!r} is no pair"
        problems.append(Problem("bad_coordinates", "/geometry", found, "Write longitude, latitude"))
        return None
    return {"type": "Point", "coordinates": list(point)}


def _value(text: str, kind: PropertyType) -> object:
    """Return what a field says; a number that is none stays a text, which the checks refuse."""
    text = text.strip().replace("\r\n", "\n")
    if kind.kind in ("number", "integer"):
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind.kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text or None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _choices(kind: PropertyType, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Return the values that a field chooses from, with their words; what need not be said has an empty one first."""
    nothing = () if kind.required else (("", _("没填")),)
    if kind.name == "subdistrict":
        return tuple((one.id, local_text(one.name)) for one in catalog.subdistricts.values())
    if kind.kind == "boolean":
        return (*nothing, ("true", _("是")), ("false", _("否")))
    values = tuple((value, choice_name(kind.name, value)) for value in kind.choices)
    return (*nothing, *values) if values else ()


def _hint(kind: PropertyType) -> str:
    """Return what to write into a field, empty where its label says it."""
    hints: dict[str, str] = {
        "accuracy_m": _("真正的位置离标记最远可能有多少米。"),
        "opening_hours": _("比如 Mo-Fr 09:00-17:00。照 OpenStreetMap 的写法，网页才算得出现在开不开。"),
        "phone": _("单位的电话。不要写个人的号码。"),
        "website": _("https:// 开头"),
        "verified_on": _("哪天去看过或打电话问过，写成 2026-11-01"),
        "source": _("从哪里知道的：走访、居委会名单、报告"),
        "service_radius_m": _("填了就代替规则的上限"),
        "note": _("大家都看得到，不要写人名。"),
    }
    return hints.get(kind.name, _("写成 2026-11-01") if kind.kind == "date" else "")
