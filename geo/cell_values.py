"""Cells to the values of properties: what people write in spreadsheets, in the form that layers keep.

A cell that cannot be understood is handed on as it stands: the checks of the layer then name the fault.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from geo.catalog_model import Catalog, PropertyKind, PropertyType
from geo.table import is_empty

_TRUE = frozenset({"true", "yes", "y", "1", "是", "有", "√", "对", "t"})
_FALSE = frozenset({"false", "no", "n", "0", "否", "无", "没有", "×", "f"})
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)\s*(?:m|米|metres?|meters?)?", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?(?:[ T]00:00:00(?:\.0+)?)?")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_CHOICE_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "location_status": MappingProxyType(
            {
                "实测": "surveyed",
                "门牌": "address",
                "大概": "approximate",
                "示例": "sample",
                "未定位": "unlocated",
                "现场核实": "surveyed",
                "按门牌": "address",
                "大致": "approximate",
            }
        ),
        "phase": MappingProxyType(
            {
                "开放": "open",
                "已开放": "open",
                "建成": "open",
                "已建成": "open",
                "运行": "open",
                "计划": "planned",
                "规划": "planned",
                "在建": "in_progress",
                "建设中": "in_progress",
                "关闭": "closed",
                "已关闭": "closed",
                "停用": "closed",
                "停业": "closed",
            }
        ),
    }
)


def cell_value(cell: object, kind: PropertyType, catalog: Catalog) -> object:
    """Return the value of a property that a cell means, None where the cell is empty.

    Args:
        cell: Text, number, boolean or None.
        kind: The property.
        catalog: The catalogue: a subdistrict may be called by its slug, its code or one of its names.
    """
    if is_empty(cell):
        return None
    if kind.name == "subdistrict":
        return _subdistrict(cell, catalog)
    return _READERS[kind.kind](cell, kind)


def number_of(cell: object) -> object:
    """Return the number that a cell means (`12`, `12.5 m`, `1,200`, also in full width), else the cell itself."""
    if not isinstance(cell, str):
        return cell
    text = unicodedata.normalize("NFKC", cell).strip()
    match = _NUMBER.fullmatch(text)
    if match is None and not _GROUPED.fullmatch(text):
        return cell
    number = float(match[1] if match else text.replace(",", ""))
    return int(number) if math.isfinite(number) and number.is_integer() else number


def _text(cell: object, _kind: PropertyType) -> object:
    """Return a text without blanks round it; a number that a spreadsheet made of a text is a text again."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return repr(int(cell)) if math.isfinite(cell) and cell.is_integer() else repr(cell)
    return cell.replace("\r\n", "\n").strip() if isinstance(cell, str) else cell


def _numeric(cell: object, _kind: PropertyType) -> object:
    return number_of(cell)


def _boolean(cell: object, _kind: PropertyType) -> object:
    word = unicodedata.normalize("NFKC", str(cell)).strip().casefold().removesuffix(".0")
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    return cell


def _date(cell: object, _kind: PropertyType) -> object:
    """Return a day as YYYY-MM-DD; a day that no calendar has is written the same way, and refused later."""
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    return cell if match is None else f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"


def _choice(cell: object, kind: PropertyType) -> object:
    if not isinstance(cell, str):
        return cell
    word = cell.strip()
    return word if word in kind.choices else _CHOICE_WORDS.get(kind.name, {}).get(word, word)


def _subdistrict(cell: object, catalog: Catalog) -> object:
    word = str(cell).strip()
    for slug, known in catalog.subdistricts.items():
        if word in {slug, known.code, known.name.zh, known.name.en, known.name.zh.removesuffix("街道")}:
            return slug
    return word


_READERS: Mapping[PropertyKind, Callable[[object, PropertyType], object]] = MappingProxyType(
    {"text": _text, "integer": _numeric, "number": _numeric, "boolean": _boolean, "date": _date, "choice": _choice}
)
