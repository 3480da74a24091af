"""Names in English, where a source has them: what streets are called, and addresses on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from geo.streets import Way

_ASIDE = re.compile(r"\s*[(（][^)）]*[)）]\s*$")
_ADDRESS = re.compile(
    r"(?P<street>\D+?)(?:(?P<lane>\d+)弄)?(?:(?P<number>\d+(?:[-—~、]\d+)*)号)?(?:(?P<floor>[一二三四五六七八九])楼)?"
)
_FLOORS = "零一二三四五六七八九"


def names_in_english(ways: Iterable[Way]) -> dict[str, str]:
    """Return the English name of each street that has one, by its own name.

    OpenStreetMap says it piece by piece, now and then with a former name in brackets: the brackets are left out, and
    what most pieces say stands (of as many the first in order, so that every build says the same).
    """
    said: dict[str, Counter[str]] = {}
    for way in ways:
        name_en = _ASIDE.sub("", way.name_en).strip()
        if way.name and name_en:
            said.setdefault(way.name, Counter())[name_en] += 1
    most = {name: min(found, key=lambda each: (-found[each], each)) for name, found in said.items()}
    return {name: name_en for name, name_en in sorted(most.items()) if name_en != name}


def address_in_english(address: str, names_en: Mapping[str, str]) -> str:
    """Return 万航渡路767弄20号 as "20 Lane 767 Wanhangdu Road"; as it stands where it is read no further.

    A street without an English name, or anything that is no number of a lane, a house or a floor, leaves the whole
    address as it is: half an address in each language helps nobody. 万春街康定路路口 is "Wanchun Street and Kangding
    Road".
    """
    if address.endswith("路口") and (crossing := _crossing(address.removesuffix("路口"), names_en)):
        return crossing
    parts = [_one_address(part, names_en) for part in re.split("[，,；;]", address.strip())]
    return "; ".join(part for part in parts if part) if all(parts) else address


def _crossing(streets: str, names_en: Mapping[str, str]) -> str | None:
    """Return the crossing of two streets whose names stand one behind the other."""
    pairs = ((streets[:cut], streets[cut:]) for cut in range(1, len(streets)))
    return next((f"{names_en[a]} and {names_en[b]}" for a, b in pairs if a in names_en and b in names_en), None)


def _one_address(address: str, names_en: Mapping[str, str]) -> str | None:
    found = _ADDRESS.fullmatch(address.strip().replace("号、", "、"))
    street = names_en.get(found["street"]) if found else None
    if found is None or street is None:
        return None
    number = (found["number"] or "").replace("、", ", ")
    floor = f", floor {_FLOORS.index(found['floor'])}" if found["floor"] else ""
    lane = f"Lane {found['lane']} " if found["lane"] else ""
    return " ".join(part for part in (number, lane + street) if part) + floor
