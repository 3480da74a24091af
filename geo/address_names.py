"""Names as they may be typed: streets without 路 or 街, parts of a name, pinyin, initials; and how well a text fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.address_text import fold, fold_english
from geo.gazetteer import Candidate
from geo.pinyin_index import Spelling, spell

_ROAD_WORDS = ("大道", "路", "街", "弄")
# What a full address begins with; it says nothing that the rest does not.
_REGIONS = ("中国", "上海市", "上海", "静安区", "静安", "浦东新区", "浦东", "曹家渡街道", "沪东新村街道", "沪东街道")
# What a name may leave out: 高荣 for 高荣小区 or 高荣居委会.
_TAILS = ("居委会", "居民委员会", "居委", "小区")
_SHORTEST_LETTERS, _SHORTEST_ENGLISH = 2, 5
ADDRESS_SCORE = 80.0
"""Who types an address means the address first, and then what stands there."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A street found in a text, and where its name ends."""

    street: str
    end: int


@dataclass(frozen=True, eq=False)
class StreetKeys:
    """How streets may be typed: by characters (listed by the first one), and in letters with how sure that is."""

    characters: Mapping[str, tuple[tuple[str, str], ...]]
    letters: Mapping[str, tuple[tuple[str, float], ...]]

    def mentioned(self, folded: str) -> list[Mention]:
        """Return the streets in a folded text from left to right; a longer name wins over a shorter one in it."""
        found: list[Mention] = []
        position = 0
        while position < len(folded):
            keys = self.characters.get(folded[position], ())
            hit = next(((key, street) for key, street in keys if folded.startswith(key, position)), None)
            if hit is None:
                position += 1
                continue
            position += len(hit[0])
            found.append(Mention(hit[1], position))
        return found

    def spelled(self, letters: str) -> list[tuple[tuple[str, ...], float]]:
        """Return the streets, or pairs of streets, that letters spell, each with how sure that is (0 to 1)."""
        found: list[tuple[tuple[str, ...], float]] = [
            ((street,), sure) for street, sure in self.letters.get(letters, ())
        ]
        for cut in range(_SHORTEST_LETTERS, len(letters) - _SHORTEST_LETTERS + 1):
            for one, sure in self.letters.get(letters[:cut], ()):
                found += [
                    ((one, two), min(sure, also)) for two, also in self.letters.get(letters[cut:], ()) if one != two
                ]
        return found


@dataclass(frozen=True, slots=True)
class Name:
    """A named place as it is searched: folded names, their spellings, its folded address and English name."""

    candidate: Candidate
    folded: tuple[str, ...]
    spellings: tuple[Spelling, ...]
    address: str = ""
    english: str = ""


def street_keys(streets: Sequence[str]) -> StreetKeys:
    """Return how the streets of these names may be typed."""
    characters: dict[str, str] = {}
    letters: dict[str, dict[str, float]] = defaultdict(dict)
    for street in streets:
        folded = fold(street)
        characters[folded] = street
        _add_letters(letters, folded, street, 1.0)
    for street in streets:
        stem = _stem(fold(street))
        if len(stem) >= 2 and characters.setdefault(stem, street) == street:
            _add_letters(letters, stem, street, 0.9)
    by_first: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, street in sorted(characters.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        by_first[key[0]].append((key, street))
    first = {sign: tuple(keys) for sign, keys in by_first.items()}
    return StreetKeys(first, {key: tuple(found.items()) for key, found in letters.items()})


def _add_letters(letters: dict[str, dict[str, float]], name: str, street: str, sure: float) -> None:
    spelling = spell(name)
    for full in spelling.full:
        letters[full][street] = max(sure, letters[full].get(street, 0))
    for initials in spelling.initials:
        if len(initials) >= _SHORTEST_LETTERS:
            letters[initials].setdefault(street, sure * 0.8)


def _stem(street: str) -> str:
    return next((street.removesuffix(word) for word in _ROAD_WORDS if street.endswith(word)), street)


def name_of(candidate: Candidate) -> Name:
    """Return a named place ready to be searched."""
    whole = fold(candidate.label)
    tail = next((one for one in _TAILS if whole.endswith(one) and len(whole) > len(one) + 1), "")
    folded = tuple(dict.fromkeys((whole, whole.removesuffix(tail))))
    return Name(
        candidate,
        folded,
        tuple(spell(name) for name in folded),
        fold(candidate.address),
        fold_english(candidate.name_en),
    )


def typed_name(folded: str) -> tuple[str, ...]:
    """Return the forms in which a folded text is compared with names: as it is, and without the region before it."""
    return (folded,) if folded.isascii() else tuple(dict.fromkeys((folded, _without_region(folded))))


def match_name(name: Name, typed: tuple[str, ...]) -> float:
    """Return how well one of the typed forms fits a name, 0 (not at all) to 100."""
    if typed[0].isascii() and not name.folded[0].isascii():
        spelled = max(_match_letters(spelling, typed[0]) for spelling in name.spellings)
        return max(spelled, _match_english(name.english, typed[0]))
    if name.address and name.address in typed:
        return ADDRESS_SCORE
    return max(_match_characters(own, text) for own in name.folded for text in typed)


def _match_characters(own: str, text: str) -> float:
    if own == text:
        return 100.0
    if len(text) >= 2 and text in own:
        return 65.0 + 20.0 * len(text) / len(own) + (5.0 if own.startswith(text) else 0.0)
    if len(own) >= 3 and own in text:
        return 55.0 + 20.0 * len(own) / len(text)
    if len(text) >= 3 and _in_order(text, own):
        return 30.0 + 20.0 * len(text) / len(own)
    return 0.0


def _match_letters(spelling: Spelling, letters: str) -> float:
    if letters in spelling.full:
        return 94.0
    if letters in spelling.initials and len(letters) >= _SHORTEST_LETTERS:
        return 75.0 if len(letters) > _SHORTEST_LETTERS else 58.0
    if len(letters) < 3:
        return 0.0
    best = max((len(letters) / len(full) for full in spelling.full if letters in full), default=0.0)
    if best:
        return 60.0 + 20.0 * best
    return 45.0 if any(initials.startswith(letters) for initials in spelling.initials) else 0.0


def _match_english(own: str, text: str) -> float:
    """Return how well letters fit an English name: all of it, or a part of it of some length."""
    if own == text:
        return 93.0 if own else 0.0
    return 60.0 + 20.0 * len(text) / len(own) if len(text) >= _SHORTEST_ENGLISH and text in own else 0.0


def _without_region(text: str) -> str:
    """Return an address without city, district and subdistrict before it, as long as something is left."""
    bare, before = text, ""
    while bare != before:
        before = bare
        region = next((one for one in _REGIONS if bare.startswith(one) and len(bare) > len(one) + 1), "")
        bare = bare[len(region) :]
    return bare


def _in_order(text: str, own: str) -> bool:
    """Return whether every character of `text` stands in `own`, in the same order."""
    signs = iter(own)
    return all(sign in signs for sign in text)
