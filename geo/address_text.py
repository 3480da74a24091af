"""What somebody types for an address, made comparable: plain digits, no blanks, numbers of houses in Arabic figures."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from geo.errors import RequestError

MAX_CHARACTERS = 100
"""A longer text is no address; nobody's search is slowed down by it."""

_CHINESE = "零〇一二两三四五六七八九十百千"
# A numeral is one only where a number stands: before 号 or 弄, or at the end of a text behind 路, 街, 道 or a lane.
_CHINESE_NUMBER = re.compile(rf"[{_CHINESE}]+(?=号|弄|支弄)|(?<=[路街道弄])[{_CHINESE}]{{2,}}$")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-~—–至](?=\d)")
_NUMBER = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:(支弄|弄)|号)?(.{0,40})")
_INNER = re.compile(r"(\d{1,4})(?:号)?")
_NUMBER_FIRST = re.compile(r"([1-9]\d{0,4})(号|弄)(?=\D)")
_LATIN_NUMBER = re.compile(r"([a-z]+?)(\d{1,5})(nong|long)?(?:hao)?(?:(\d{1,4})(?:hao)?)?")
_ENGLISH = (
    (re.compile(r"^(?:no\.?\s*)?(\d+)\s+lane\s*(\d+)\s+(.+)$"), r"\3 lane \2 \1"),
    (re.compile(r"\b(south|north|west|east|middle)\s+([a-z]+)\s+(?=(?:road|rd|street|st|avenue|ave)\b)"), r"\2 \1 "),
    (re.compile(r"\b(?:branch|feeder)\s+(?=(?:road|rd)\b)"), "zhi "),
    (re.compile(r"\bmiddle\b"), "zhong"),
    (re.compile(r"\bfloor\s*\d+\s*$"), ""),
    (re.compile(r"^(?:no\.?\s*)?(\d+)\s*,?\s+(?=[a-z])(?!nong|long|hao)(.+)$"), r"\2 \1"),
    (re.compile(r"\blane\s*(\d+)"), r"\1nong"),
    (re.compile(r"\b(?:no\.?|number)\s*(?=\d)"), ""),
    (re.compile(r"\b(?:road|rd)\b\.?"), "lu"),
    (re.compile(r"\b(?:street|st)\b\.?"), "jie"),
    (re.compile(r"\bavenue\b|\bave\b\.?"), "dadao"),
    (re.compile(r"\bsouth\b"), "nan"),
    (re.compile(r"\bnorth\b"), "bei"),
    (re.compile(r"\bwest\b"), "xi"),
    (re.compile(r"\beast\b"), "dong"),
    (re.compile(r"\b(?:and|near|at)\b"), " "),
)


@dataclass(frozen=True, slots=True)
class HouseNumber:
    """A number on a street: 605; 767弄20号 is lane 767, `inner` "20"; 686-694 has `last` 694."""

    number: int
    last: int
    is_lane: bool = False
    inner: str = ""

    @property
    def label(self) -> str:
        """The number as it stands behind a street's name."""
        if self.is_lane:
            return f"{self.number}弄{self.inner}号" if self.inner else f"{self.number}弄"
        return f"{self.number}号" if self.last == self.number else f"{self.number}-{self.last}号"


def fold(text: str) -> str:
    """Return a text as it is compared: NFKC, lower case, no blanks or signs, house numbers in Arabic figures."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = "".join(sign for sign in _BETWEEN_DIGITS.sub("-", plain) if sign.isalnum() or sign == "-")
    return _CHINESE_NUMBER.sub(_arabic, re.sub(r"(?<!\d)-|-(?!\d)", "", plain).replace("號", "号"))


def fold_typed(text: str) -> str:
    """Return what somebody typed as it is compared; English words for streets become the pinyin of ours.

    Raises:
        RequestError: The text is longer than an address.
    """
    if len(text) > MAX_CHARACTERS:
        found = f"the text has {len(text)} characters"
        raise RequestError("text_too_long", "q", found, f"Write {MAX_CHARACTERS} at most")
    folded = fold(text)
    return fold_english(text) if folded.isascii() else folded


def fold_english(text: str) -> str:
    """Return an English text as it is compared: 605 Wanhangdu Road as wanhangdulu605, a name with its words joined."""
    return fold(_from_english(text))


def _from_english(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace(",", " ").strip()
    for pattern, instead in _ENGLISH:
        words = pattern.sub(instead, words)
    return words


def _arabic(found: re.Match[str]) -> str:
    import cn2an  # noqa: PLC0415 - a third of a second that only an address with Chinese figures needs

    try:
        return str(int(cn2an.cn2an(found.group(), "smart")))
    except ValueError:
        return found.group()


def read_number(text: str) -> HouseNumber | None:
    """Return the house number at the beginning of a folded text that follows a street's name, None where none is."""
    found = _NUMBER.match(text)
    if found is None or int(found[1]) == 0:
        return None
    inner = _INNER.match(found[4]) if found[3] else None
    number = int(found[1])
    last = max(number, int(found[2] or 0))
    return HouseNumber(number, number if found[3] else last, bool(found[3]), "" if inner is None else inner[1])


def number_before(text: str) -> HouseNumber | None:
    """Return the house number with which a folded text begins and after which its street comes, None where none is."""
    found = _NUMBER_FIRST.match(text)
    return None if found is None else HouseNumber(int(found[1]), int(found[1]), found[2] == "弄")


def split_latin(folded: str) -> tuple[str, HouseNumber | None]:
    """Return the letters of a pinyin address and its house number: "kangdinglu991hao" is kangdinglu and 991."""
    found = _LATIN_NUMBER.fullmatch(folded)
    if found is None or int(found[2]) == 0:
        return folded, None
    number = int(found[2])
    return found[1], HouseNumber(number, number, bool(found[3]), found[4] or "" if found[3] else "")
