"""Strict reading of JSON that somebody brought: what RFC 8259 leaves open is refused, with the place.

Refused before a parser could trip: bytes that are not UTF-8, nesting over 64, numbers over 400 characters.
Refused with their JSON pointer, all at once: NaN and infinite numbers, repeated keys, lone surrogates.
A byte order mark is accepted.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geo.errors import DataError, Problem

MAX_NESTING = 64
MAX_NUMBER_CHARACTERS = 400

# Possessive, and it also takes a text that never ends, so that every byte is looked at once.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# What may be no double: a word, an exponent that is not negative, very many figures. Nearly every file has none of
# them, and is spared a walk through its value.
_MAY_NOT_BE_FINITE = re.compile(rb"N|I|[eE]\+?[0-9]|[0-9]{300}")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_IN_NUMBER = np.zeros(256, dtype=np.bool_)
_IN_NUMBER[list(b"-+.0123456789eE")] = True
_DEPTH_STEP = np.zeros(256, dtype=np.int8)
_DEPTH_STEP[[ord("["), ord("{")]] = 1
_DEPTH_STEP[[ord("]"), ord("}")]] = -1


@dataclass(frozen=True, slots=True)
class JsonReading:
    """What a JSON text holds, and what is wrong with it; `readable` is False where nothing could be made of it."""

    value: object
    problems: tuple[Problem, ...]
    readable: bool


class _Repeated(dict[str, object]):
    """An object in which a key stands twice; `pairs` has every value, the mapping only the last of each."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def decode_json(raw: bytes, where: str) -> object:
    """Return what the JSON text `raw` holds; `where` names its source in problems (empty for pointers alone).

    Raises:
        DataError: with every problem; codes `not_utf8`, `not_json`, `too_deep`, `number_too_long`, `not_finite`,
            `duplicate_key`, `lone_surrogate`.
    """
    reading = examine_json(raw, where)
    if reading.problems:
        raise DataError(reading.problems)
    return reading.value


def examine_json(raw: bytes, where: str) -> JsonReading:
    """Return the value of a JSON text with its problems, so that a caller can go on and find more of them."""
    raw = raw.removeprefix(codecs.BOM_UTF8)
    bare = _STRING.sub(b'""', raw)
    fatal = _encoding_problem(raw, where) or _shape_problem(bare, where)
    if fatal is not None:
        return JsonReading(None, (fatal,), readable=False)
    repeated: list[_Repeated] = []
    try:
        value = _parse(raw.decode("utf-8"), repeated)
    except json.JSONDecodeError as error:
        return JsonReading(None, (_syntax_problem(error, where),), readable=False)
    if not (repeated or _SURROGATE_ESCAPE.search(raw) or _MAY_NOT_BE_FINITE.search(bare)):
        return JsonReading(value, (), readable=True)
    return JsonReading(value, tuple(_value_problems(value, where, "")), readable=True)


def pointer_step(key: str | int) -> str:
    """Return one step of a JSON pointer (RFC 6901), with characters that cannot be seen written as escapes."""
    step = str(key).replace("~", "~0").replace("/", "~1")
    return "/" + (step if step.isprintable() else "".join(map(_visible, step)))


def place(where: str, pointer: str) -> str:
    """Return where a fault is: the pointer alone, or after the name of the file."""
    return f"{where}#{pointer}" if where and pointer else where or pointer


def shown(value: object, length: int = 80) -> str:
    """Return `value` as JSON that can be put in a message: escapes for what cannot be seen, cut to `length`."""
    words = json.dumps(value, ensure_ascii=False)
    short = words if len(words) <= length else f"{words[: length - 1]}…"
    return short if short.isprintable() else "".join(map(_visible, short))


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _parse(text: str, repeated: list[_Repeated]) -> object:
    def keep_repeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = dict(pairs)
        if len(keys) == len(pairs):
            return keys
        repeated.append(_Repeated(pairs))
        return repeated[-1]

    value: object = json.loads(text, object_pairs_hook=keep_repeated)
    return value


def _encoding_problem(raw: bytes, where: str) -> Problem | None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        guess = guessed_encoding(raw)
        found = f"byte {error.start} is not UTF-8" + (f"; the text looks like {guess}" if guess else "")
        return Problem("not_utf8", where, found, f"Save the file as UTF-8{f' (it is {guess} now)' if guess else ''}")
    return None


def guessed_encoding(raw: bytes) -> str:
    """Return the name of the encoding that the bytes make sense in, or an empty text."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GBK or GB18030" if re.search("[\u4e00-\u9fff]", text) else ""


def _shape_problem(bare: bytes, where: str) -> Problem | None:
    """Return what would overflow a parser: nesting or a number beyond the limit. `bare` has its texts emptied."""
    codes = np.frombuffer(bare, dtype=np.uint8)
    depth = int(np.cumsum(_DEPTH_STEP[codes], dtype=np.int32).max(initial=0))
    if depth > MAX_NESTING:
        found = f"lists and objects stand {depth} deep in each other"
        return Problem("too_deep", where, found, f"Nest {MAX_NESTING} deep at most")
    others = np.concatenate(([-1], np.flatnonzero(~_IN_NUMBER[codes]), [len(codes)]))
    lengths = np.diff(others) - 1
    if lengths.max() > MAX_NUMBER_CHARACTERS:
        line = bare.count(b"\n", 0, int(others[lengths.argmax()]) + 1) + 1
        found = f"line {line} has a number of {lengths.max()} characters"
        return Problem("number_too_long", where, found, f"Write numbers of {MAX_NUMBER_CHARACTERS} characters at most")
    return None


def _syntax_problem(error: json.JSONDecodeError, where: str) -> Problem:
    if not error.doc.strip():
        return Problem("not_json", where, "the file is empty", "Write one JSON value")
    found = f"line {error.lineno}, column {error.colno}: {error.msg}"
    return Problem("not_json", where, found, "Correct the JSON syntax there")


def _value_problems(value: object, where: str, pointer: str) -> Iterator[Problem]:
    """Yield the faults of a value and of what is in it. Nesting is at most 64, so this may call itself."""
    if isinstance(value, dict):
        yield from _object_problems(value, where, pointer)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, float | int | str | list | dict):
                yield from _value_problems(item, where, f"{pointer}/{index}")
    elif isinstance(value, str):
        if _SURROGATE.search(value):
            found = f"{shown(value)} has half of a character pair"
            yield Problem("lone_surrogate", place(where, pointer), found, "Write the text again")
    elif isinstance(value, float | int) and not is_finite(value):
        yield not_finite(value, place(where, pointer))


def is_finite(value: float) -> bool:
    """Return whether a number of a JSON text is finite as a double."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def not_finite(value: object, where: str) -> Problem:
    """Return the problem of a number that is none, or too large for a double."""
    found = f"{shown(value) if isinstance(value, float) else 'a number over 1.8e308'} is not a finite number"
    return Problem("not_finite", where, found, "Write a finite number")


def _object_problems(value: dict[str, object], where: str, pointer: str) -> Iterator[Problem]:
    pairs = value.pairs if isinstance(value, _Repeated) else list(value.items())
    seen: set[str] = set()
    for key, item in pairs:
        here = pointer + pointer_step(key)
        if key in seen:
            found = f"the key {shown(key)} stands in one object more than once"
            yield Problem("duplicate_key", place(where, here), found, "Keep one of them")
        seen.add(key)
        if _SURROGATE.search(key):
            found = f"the key {shown(key)} has half of a character pair"
            yield Problem("lone_surrogate", place(where, here), found, "Write the key again")
        yield from _value_problems(item, where, here)
