"""Numerals of Chinese reports: Arabic and Chinese digits, 万 and 亿, 百分之, 成, fractions. Offsets never move."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
SMALL_SCALES = {"十": 10, "百": 100, "千": 1000}
LARGE_SCALES = {"万": 10**4, "亿": 10**8}
# More digits than any figure of a report has: a phone number, an account, noise.
MAX_DIGITS = 15

# 千米 and 百货 are words of their own; so is 万航渡路, a street that begins with 万.
SCALE = (
    r"(?:万亿|[千百十]?亿|[千百十]?万(?!航渡|达广|科[城广]|荣路|里路|体馆|象城)"
    r"|千(?![米克瓦伏卡赫])|百(?![货姓日年合强分])|十(?=[万亿]))"
)
MORE = r"(?:\s*[余多](?![功元样层伦姚种方措部年媒]))"
CHINESE = r"[零〇一二两三四五六七八九十百千万亿]"
NUMERAL = re.compile(
    rf"(?P<share>[百千万]分之\s*(?P<share_of>\d+(?:\.\d+)?|{CHINESE}+(?:点[零〇一二三四五六七八九]+)?))"
    rf"|(?P<fraction>(?P<bottom>[二两三四五六七八九十]|\d{{1,2}})分之(?P<top>[一二两三四五六七八九]|\d{{1,2}}))"
    rf"|(?P<tenths>[一二三四五六七八九](?:[一二三四五六七八九])?成半?(?![为立员套就功长果效绩品都人交分]))"
    rf"|(?<![\d.A-Za-z])(?P<arabic>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(?!\.?\d)"
    rf"(?:\s?(?P<scale>{SCALE}(?:\d+千万|\d+千|\d+百万|\d+万)?))?(?P<more>{MORE}(?P<scale_behind>{SCALE})?)?"
    rf"|(?P<chinese>{CHINESE}+(?:点[零〇一二三四五六七八九]+[万亿]?)?)(?P<more_chinese>[余多来](?![功元样层伦姚种方措部年媒])(?P<chinese_behind>[万亿])?)?"
)
SHARE_FACTORS = {"百": (1.0, "%"), "千": (1.0, "‰"), "万": (1.0, "‱")}


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number as it stands in a text.

    `start` and `end` are offsets (`end` exclusive, 余 or 多 included), `value` its value with 万 and 亿 worked in,
    `value_max` the upper end of 三四, `form` how it is written (`arabic`, `chinese`, `share`, `fraction`),
    `unit` is set where the form says it (百分之 is `%`), `scaled` where 万 or 亿 follows the digits.
    """

    start: int
    end: int
    value: float
    form: str
    unit: str = ""
    value_max: float | None = None
    scaled: bool = False
    more: bool = False


@cache
def fold_table() -> dict[int, str]:
    """Return the translation of full-width and other compatible characters to their plain form, one for one.

    Circled and bracketed numbers stay (they number lists), and so does the full-width comma: it ends a clause,
    where the plain one may part thousands.
    """
    table: dict[int, str] = {}
    for code in (*range(0x2000, 0x2100), *range(0x3000, 0x3001), *range(0xFE30, 0xFE70), *range(0xFF01, 0xFF5F)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and code not in {0xFF0C, 0xFE50}:
            table[code] = plain
    table.update({ord("∶"): ":", ord("　"): " ", ord("﹪"): "%", ord("－"): "-"})
    return table


def fold(text: str) -> str:
    """Return `text` with full-width digits, letters and signs made plain; every offset stays what it was."""
    return text.translate(fold_table())


def read_chinese(numeral: str) -> float | None:
    """Return the value of a Chinese numeral (三百二十, 两万, 三点五), or None where it is none (二〇二三, 三五)."""
    whole, _, decimals = numeral.partition("点")
    tail = 1
    if decimals and decimals[-1] in LARGE_SCALES:
        tail = LARGE_SCALES[decimals[-1]]
        decimals = decimals[:-1]
    value = _read_whole(whole)
    if value is None:
        return None
    fraction = float("0." + "".join(str(DIGITS[digit]) for digit in decimals)) if decimals else 0
    return (value + fraction) * tail


def _read_whole(numeral: str) -> int | None:
    """Return the value of a whole Chinese numeral, or None where the digits do not make one."""
    total, section, digit = 0, 0, -1
    for sign in numeral:
        if sign in DIGITS:
            if digit > 0:
                return None  # two digits side by side: a year, a number spoken digit by digit, or 三四
            digit = DIGITS[sign]
        elif sign in SMALL_SCALES:
            section += (1 if digit < 0 else digit) * SMALL_SCALES[sign]
            digit = -1
        else:
            section += max(digit, 0)
            total = (total + section or 1) * LARGE_SCALES[sign]
            section, digit = 0, -1
    return total + section + max(digit, 0)


def read_spoken_range(numeral: str) -> tuple[int, int] | None:
    """Return both ends of a spoken range (三四, 七八十, 两三百), or None where it is none."""
    match = re.fullmatch(r"([一二两三四五六七八])([二三四五六七八九])([十百千万]?)", numeral)
    if match is None or DIGITS[match[2]] - DIGITS[match[1]] != 1:
        return None
    scale = {**SMALL_SCALES, **LARGE_SCALES, "": 1}[match[3]]
    return DIGITS[match[1]] * scale, DIGITS[match[2]] * scale


def find_numerals(folded: str) -> Iterator[Numeral]:
    """Yield every numeral of a folded text from left to right, whether it counts anything or not."""
    for match in NUMERAL.finditer(folded):
        numeral = _numeral(match)
        if numeral is not None:
            yield numeral


def _numeral(match: re.Match[str]) -> Numeral | None:
    """Return the numeral of one match, or None where it is none after all."""
    if match["share"]:
        return _share(match)
    if match["fraction"]:
        top, bottom = _whole(match["top"]), _whole(match["bottom"])
        return Numeral(match.start(), match.end(), float(Fraction(top, bottom)), "fraction") if bottom else None
    if match["tenths"]:
        return _tenths(match)
    return _arabic(match) if match["arabic"] else _chinese(match)


def _whole(digits: str) -> int:
    """Return a small whole number, in either kind of digits."""
    return int(digits) if digits.isdecimal() else (_read_whole(digits) or 0)


def _share(match: re.Match[str]) -> Numeral | None:
    """Return 百分之八点五 as 8.5 with the unit %."""
    _, unit = SHARE_FACTORS[match["share"][0]]
    digits = match["share_of"]
    value = float(digits) if digits[0].isascii() else read_chinese(digits)
    return None if value is None else Numeral(match.start(), match.end(), value, "share", unit)


def _tenths(match: re.Match[str]) -> Numeral:
    """Return 三成 as 30 %, 七八成 as 70 to 80 %."""
    digits = [DIGITS[sign] for sign in match["tenths"] if sign in DIGITS]
    half = 5 if match["tenths"].endswith("半") else 0
    upper = digits[1] * 10.0 if len(digits) > 1 else None
    return Numeral(match.start(), match.end(), digits[0] * 10.0 + half, "share", "%", upper)


def _arabic(match: re.Match[str]) -> Numeral | None:
    """Return a number in Arabic digits with its 万 or 亿."""
    digits = match["arabic"].replace(",", "")
    if len(digits) > MAX_DIGITS:
        return None
    scale = (match["scale"] or "") + (match["scale_behind"] or "")
    value = Decimal(digits) * _scale(scale)
    part = re.search(r"(\d+)(千万|百万|千|万)$", match["scale"] or "")
    if part:
        value += int(part[1]) * _scale(part[2])
    more = match["more"] is not None
    return Numeral(match.start(), match.end(), float(value), "arabic", scaled=bool(scale), more=more)


def _scale(signs: str) -> int:
    """Return the product of 十 百 千 万 亿 in `signs`, up to the first digit."""
    product = 1
    for sign in re.split(r"\d", signs, maxsplit=1)[0]:
        product *= {**SMALL_SCALES, **LARGE_SCALES}[sign]
    return product


def _chinese(match: re.Match[str]) -> Numeral | None:
    """Return a number in Chinese digits; 三四 is a range."""
    digits = match["chinese"]
    more = match["more_chinese"] is not None
    ends = read_spoken_range(digits)
    if ends:
        return Numeral(match.start(), match.end(), ends[0], "chinese", value_max=ends[1], more=more)
    value = read_chinese(digits)
    scale = LARGE_SCALES.get(match["chinese_behind"] or "", 1)
    return None if value is None else Numeral(match.start(), match.end(), value * scale, "chinese", more=more)
