"""How names are typed in Latin letters: full pinyin, and the initials alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

MOST_READINGS = 6
"""Readings of one name that are kept: 长 is chang or zhang, and few names have more than one such character."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a name is typed in letters: every reading in full, and by its initials."""

    full: tuple[str, ...]
    initials: tuple[str, ...]


@lru_cache(maxsize=8192)
def spell(name: str) -> Spelling:
    """Return the readings of a folded name; letters and digits in it stand for themselves."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - half a second that only the first search by letters needs

    # `list` gives one item a sign, as the manual of pypinyin says; its types do not.
    usual = tuple(lazy_pinyin(name, errors=list))  # type: ignore[arg-type]
    readings = [usual, *islice(product(*(_of_one(sign) for sign in name)), MOST_READINGS)]
    full = dict.fromkeys("".join(reading).replace("ü", "v") for reading in readings)
    initials = dict.fromkeys("".join(syllable[0] for syllable in reading) for reading in readings)
    return Spelling(tuple(full), tuple(initials))


def _of_one(sign: str) -> list[str]:
    from pypinyin import Style, pinyin  # noqa: PLC0415 - see spell

    readings = pinyin(sign, style=Style.NORMAL, heteronym=sign in "长重行乐朝曾单", errors=list)  # type: ignore[arg-type]
    return [str(reading) for reading in readings[0]]
