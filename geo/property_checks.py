"""Checks of the properties of a facility against the closed schema: the common ones and the layer's own.

Every property has a `PropertyType`; a name that has none is refused. What is absent or null is left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from geo.catalog import Catalog, Layer, LocalText, PropertyKind, PropertyType
from geo.errors import Problem
from geo.strict_json import is_finite, not_finite, pointer_step, shown
from geo.text_checks import MAX_TEXT_CHARACTERS, check_text, link_problem

LOCATION_STATUSES = ("surveyed", "address", "approximate", "sample", "unlocated")
PHASES = ("open", "planned", "in_progress", "closed")
MAX_NAME_CHARACTERS = 200
# Whole numbers beyond this are not exact in a browser.
_MAX_EXACT = 2**53
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WITH_LINES = frozenset({"note"})

Problems = list[Problem]
Value = str | int | float | bool
_Check = Callable[[object, str, PropertyType, Problems], Value | None]


def _common(name: str, kind: PropertyKind, zh: str, en: str, *, required: bool = False) -> PropertyType:
    choices = {"location_status": LOCATION_STATUSES, "phase": PHASES}.get(name, ())
    return PropertyType(name, kind, choices, required, LocalText(zh, en))


COMMON_TYPES = (
    _common("name", "text", "名称", "Name", required=True),
    _common("name_en", "text", "英文名称", "Name in English"),
    _common("subdistrict", "text", "街道", "Subdistrict", required=True),
    _common("location_status", "choice", "位置依据", "Location status", required=True),
    _common("accuracy_m", "number", "位置误差（米）", "Accuracy (m)"),
    _common("phase", "choice", "阶段", "Phase"),
    _common("address", "text", "地址", "Address"),
    _common("committee", "text", "居委会", "Residents' committee"),
    _common("opening_hours", "text", "开放时间", "Opening hours"),
    _common("phone", "text", "电话", "Phone"),
    _common("website", "text", "网址", "Website"),
    _common("capacity", "integer", "容量", "Capacity"),
    _common("service_radius_m", "number", "服务半径（米）", "Service radius (m)"),
    _common("verified_on", "date", "核实日期", "Verified on"),
    _common("source", "text", "来源", "Source", required=True),
    _common("source_id", "text", "来源编号", "Id in the source"),
    _common("note", "text", "备注", "Note"),
)
"""The properties that every layer has, in the order they are written."""

_POSITIVE = frozenset({"accuracy_m", "service_radius_m"})
_NOT_NEGATIVE = frozenset({"capacity"})


def property_types(layer: Layer) -> Mapping[str, PropertyType]:
    """Return the closed schema of a layer: its properties by name, in the order they are written."""
    return MappingProxyType({kind.name: kind for kind in (*COMMON_TYPES, *layer.properties)})


def check_properties(
    value: object, where: str, layer: Layer, catalog: Catalog, problems: Problems
) -> dict[str, Value] | None:
    """Return the good values of a feature's properties by name, with every fault added to `problems`.

    Values that are absent, null or at fault are left out; None means that `value` is not an object at all.
    """
    if not isinstance(value, dict):
        remedy = "Write an object with name, subdistrict, location_status and source"
        problems.append(Problem("wrong_type", where, f"{shown(value)} is not a set of properties", remedy))
        return None
    types = property_types(layer)
    for name in [name for name in value if name not in types]:
        found = f"{shown(name)} is not a property of the layer {layer.id}"
        remedy = "Take it out, or correct its name"
        problems.append(Problem("unknown_property", where + pointer_step(name), found, remedy))
    good: dict[str, Value] = {}
    for name, kind in types.items():
        checked = _check_property(value.get(name), where, kind, problems)
        if checked is not None:
            good[name] = checked
    _check_subdistrict(good, where, catalog, problems)
    return good


def _check_property(value: object, where: str, kind: PropertyType, problems: Problems) -> Value | None:
    if value is not None:
        return _CHECKS[kind.kind](value, where + pointer_step(kind.name), kind, problems)
    if kind.required:
        found = f"the property {kind.name!r} is missing"
        problems.append(Problem("missing_property", where, found, f"Add {kind.name}"))
    return None


def _check_subdistrict(good: Mapping[str, Value], where: str, catalog: Catalog, problems: Problems) -> None:
    slug = good.get("subdistrict")
    if slug is not None and slug not in catalog.subdistricts:
        remedy = f"Write one of {', '.join(catalog.subdistricts)}"
        problems.append(
            Problem("unknown_subdistrict", f"{where}/subdistrict", f"there is no subdistrict {shown(slug)}", remedy)
        )


def _text(value: object, where: str, kind: PropertyType, problems: Problems) -> str | None:
    if not isinstance(value, str):
        problems.append(_wrong_type(value, where, "a text"))
        return None
    limit = MAX_NAME_CHARACTERS if kind.name in {"name", "name_en"} else MAX_TEXT_CHARACTERS
    text = check_text(value, where, problems, limit=limit, lines=kind.name in _WITH_LINES)
    problem = link_problem(text, where) if text is not None and kind.name == "website" else None
    if problem is not None:
        problems.append(problem)
    return None if problem is not None else text


def _number(value: object, where: str, kind: PropertyType, problems: Problems) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.append(_wrong_type(value, where, "a number"))
        return None
    if not is_finite(value):
        problems.append(not_finite(value, where))
        return None
    wanted = _range_fault(value, kind.name)
    if wanted:
        problems.append(Problem("out_of_range", where, f"{shown(value)} is out of range", f"Write {wanted}"))
        return None
    return int(value) if value == int(value) else value


def _range_fault(value: float, name: str) -> str:
    """Return the words for the numbers that may stand under `name`, or an empty text where `value` is one."""
    if name in _POSITIVE and value <= 0:
        return "a number over 0"
    if name in _NOT_NEGATIVE and value < 0:
        return "0 or more"
    return "a smaller number" if abs(value) > _MAX_EXACT else ""


def _integer(value: object, where: str, kind: PropertyType, problems: Problems) -> int | None:
    number = _number(value, where, kind, problems)
    if number is None or isinstance(number, int):
        return number
    problems.append(Problem("wrong_type", where, f"{shown(value)} has a fraction", "It must be a whole number"))
    return None


def _boolean(value: object, where: str, _kind: PropertyType, problems: Problems) -> bool | None:
    if isinstance(value, bool):
        return value
    problems.append(_wrong_type(value, where, "true or false"))
    return None


def _date(value: object, where: str, _kind: PropertyType, problems: Problems) -> str | None:
    """Return a date of the calendar as it is written, `YYYY-MM-DD`."""
    if isinstance(value, str) and _DATE.fullmatch(value) and _is_date(value):
        return value
    problems.append(Problem("bad_date", where, f"{shown(value)} is not a date", "Write year-month-day, as 2023-05-01"))
    return None


def _is_date(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _choice(value: object, where: str, kind: PropertyType, problems: Problems) -> str | None:
    if isinstance(value, str) and value in kind.choices:
        return value
    remedy = f"Choose one of {', '.join(kind.choices)}"
    problems.append(Problem("unknown_choice", where, f"{shown(value)} is not one of the choices", remedy))
    return None


def _wrong_type(value: object, where: str, wanted: str) -> Problem:
    return Problem("wrong_type", where, f"{shown(value)} is not {wanted}", f"It must be {wanted}")


_CHECKS: Mapping[str, _Check] = MappingProxyType(
    {"text": _text, "integer": _integer, "number": _number, "boolean": _boolean, "date": _date, "choice": _choice}
)
