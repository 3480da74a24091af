"""Checks of texts that somebody brought: nothing that hides, everything else as it is, in Unicode's NFC.

Markup, quotation marks and formulas are text like any other: they are shown as text, never run.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from geo.errors import Problem
from geo.strict_json import shown

MAX_TEXT_CHARACTERS = 2000
# Each kind of character that a reader cannot see, and the code and words for it. Bidirectional controls make a text
# read otherwise than it is stored; zero-width characters make two names look the same that are not.
_HIDDEN = (
    ("lone_surrogate", "half of a character pair", re.compile("[\ud800-\udfff]")),
    (
        "bidi_control",
        "a character that turns the direction of writing",
        re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    ),
    (
        "zero_width",
        "a character without width",
        re.compile(
            "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
        ),
    ),
    ("control_character", "a control character", re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")),
)
# Nearly every text has none of them, and is spared a look for each kind.
_ANY_HIDDEN = re.compile("[" + "".join(pattern.pattern[1:-1] for _, _, pattern in _HIDDEN) + "]")
_LINE_BREAK = re.compile("[\t\n]")


def check_text(
    value: str, where: str, problems: list[Problem], *, limit: int = MAX_TEXT_CHARACTERS, lines: bool = False
) -> str | None:
    """Return `value` in NFC, or None with every fault added to `problems`.

    Args:
        value: The text.
        where: JSON pointer of the text.
        problems: Problems found so far.
        limit: The most characters that it may have.
        lines: Whether line breaks and tabs may stand in it.
    """
    before = len(problems)
    if not value.strip():
        problems.append(Problem("empty_text", where, "the text is empty", "Write it, or leave the property out"))
    problems += hidden_character_problems(value, where)
    if not lines and _LINE_BREAK.search(value):
        found = f"{shown(value)} has a line break or a tab"
        problems.append(Problem("control_character", where, found, "Write it in one line"))
    normal = unicodedata.normalize("NFC", value)
    if len(normal) > limit:
        found = f"the text has {len(normal)} characters"
        problems.append(Problem("text_too_long", where, found, f"Write {limit} at most"))
    return normal if len(problems) == before else None


def hidden_character_problems(value: str, where: str) -> list[Problem]:
    """Return one problem for each kind of character in `value` that a reader could not see."""
    if not _ANY_HIDDEN.search(value):
        return []
    found = [(code, words, pattern.search(value)) for code, words, pattern in _HIDDEN]
    return [
        Problem(
            code, where, f"{shown(value)} has {words}, U+{ord(match.group()):04X}", "Type the text again without it"
        )
        for code, words, match in found
        if match is not None
    ]


def link_problem(value: str, where: str) -> Problem | None:
    """Return the problem of a link that is not a plain http or https address."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s|\\", value)
    except ValueError:
        good = False
    if good:
        return None
    return Problem("unsafe_link", where, f"{shown(value)} is not a web address", "Write one that begins with https://")
