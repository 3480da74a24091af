"""The sections of a report: its headings, which part looks back or forward, and where lines were wrapped."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from geo.claim_lexicon import pattern

REVIEW, PLAN = "review", "plan"
LINE = re.compile(r"[^\n]+")
CJK = re.compile(r"[\u4e00-\u9fff]")
HEADINGS = (
    (0, re.compile(r"第[一二三四五六七八九十]{1,3}(?:部分|章)")),
    (1, re.compile(r"[一二三四五六七八九十]{1,3}、")),
    (2, re.compile(r"\([一二三四五六七八九十]{1,3}\)")),
    (3, re.compile(r"\d{1,2}(?:[.、)](?!\d)|\s(?=[\u4e00-\u9fff]))")),
    (4, re.compile(r"\(\d{1,2}\)|[①-⑳]")),
)
NUMBER_ALONE = re.compile(r"\d{1,2}")
LOOKS_FORWARD = pattern(r"""
    思路|打算|工作安排|工作部署|工作计划|工作要点|工作举措|工作设想|重点(?:工作|任务)|工作目标|主要目标|预期目标|
    奋斗目标|下一步|下一阶段|下阶段|下半年|今后|来年|展望|努力方向|主要任务|目标任务|总体要求|将重点|预算草案|新的一年|明年|今年的?(?:主要|重点)(?:工作|任务)
""")
LOOKS_BACK = pattern(r"""
    回顾|总结|完成情况|进展情况|执行情况|成效|亮点|主要做法|取得的|工作情况|发展情况|运行情况|答卷|成果|决算
""")
# Under a heading that has said which way its part looks, only these turn it round.
TURNS_FORWARD = re.compile(r"下一步|下一阶段|下阶段|来年|今后|努力方向|工作(?:思路|打算|安排|设想|计划)")
TURNS_BACK = re.compile(r"回顾|总结|(?:完成|进展|执行)情况")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?年")
YEAR_TITLE = re.compile(r"(?:19|20)\d\d\s?年.{0,30}")
TERMINAL = tuple("。!?;:…”》」|")
LONGEST_HEADING = 110
LONGEST_INLINE_HEADING = 45


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its heading, where it and its heading begin and end (offsets), and which way it looks.

    `path` holds the headings above and its own; `level` is 0 for a part of the report, 1 for 一、, 2 for (一), 3 for
    1.; `has_body` tells whether text follows the heading before the next one, `whole_line` whether the heading has a
    line of its own.
    """

    start: int
    end: int
    heading_end: int
    level: int
    title: str
    path: tuple[str, ...]
    mode: str
    has_body: bool
    whole_line: bool


@dataclass(frozen=True, slots=True)
class _Heading:
    start: int
    end: int
    line_end: int
    level: int
    title: str
    whole_line: bool


def _lines(folded: str) -> list[tuple[int, int, str]]:
    """Return start, end and stripped text of every line that has any."""
    found = []
    for match in LINE.finditer(folded):
        stripped = match[0].strip()
        if stripped:
            start = match.start() + match[0].index(stripped[0])
            found.append((start, start + len(stripped), stripped))
    return found


def _heading(line: tuple[int, int, str], *, first: bool) -> _Heading | None:
    """Return the heading a line is or begins with."""
    start, end, text = line
    level = next((level for level, pattern in HEADINGS if pattern.match(text)), None)
    if level is None:
        is_part = (
            len(text) <= 40 and YEAR_TITLE.fullmatch(text) and (LOOKS_FORWARD.search(text) or LOOKS_BACK.search(text))
        )
        is_part = is_part or (
            len(text) <= 24
            and re.fullmatch(
                r"[^,。;]*(?:回顾|思路|打算|展望|下一步.*|工作计划|今年的?(?:主要|重点)(?:工作|任务)\S{0,4})", text
            )
        )
        if not (is_part or first) or len(text) > LONGEST_HEADING:
            return None
        level = 0
    own_line = len(text) <= LONGEST_HEADING and "。" not in text.rstrip("。") and not text.endswith(("。", ";"))
    if own_line:
        return _Heading(start, end, end, level, text, whole_line=True)
    sentence = re.match(rf"[^。;:]{{1,{LONGEST_INLINE_HEADING}}}[。:]", text)
    stop = sentence.end() if sentence else min(len(text), 4)
    return _Heading(start, start + stop, end, level, text[:stop] if sentence else "", whole_line=False)


def _headings(folded: str) -> list[_Heading]:
    """Return all headings in order; a number alone on its line makes the next line a heading (01, then the title)."""
    found: list[_Heading] = []
    lines = _lines(folded)
    numbered = False
    for place, line in enumerate(lines):
        text = line[2]
        if numbered and len(CJK.findall(text)) >= 6 and len(text) <= 2 * LONGEST_HEADING:
            found.append(_Heading(line[0], line[1], line[1], 3, text, whole_line=True))
            numbered = False
            continue
        numbered = NUMBER_ALONE.fullmatch(text) is not None
        heading = _heading(line, first=place == 0)
        if heading and not numbered:
            found.append(heading)
    return found


def _mode_of_heading(title: str, year: int) -> str | None:
    """Return which way a heading looks, or None where it does not say."""
    forward, back = LOOKS_FORWARD.search(title), LOOKS_BACK.search(title)
    years = {int(match[1]) for match in YEAR.finditer(title)}
    if forward and back and (len(years) > 1 or not years):
        return None
    if years and not (back and not forward):
        if max(years) > year:
            return PLAN
        return PLAN if forward and min(years) >= year and not re.search(r"主要|完成", title) else REVIEW
    if forward and not back:
        return PLAN
    return REVIEW if back else None


def _mode_below(title: str, year: int) -> str | None:
    """Return which way a heading turns its section, inside a part whose own heading has said where it looks."""
    forward, back = TURNS_FORWARD.search(title), TURNS_BACK.search(title)
    later = any(int(match[1]) > year for match in YEAR.finditer(title))
    if (forward or later) and not back:
        return PLAN
    return REVIEW if back and not forward and not later else None


def read_sections(folded: str, year: int) -> list[Section]:
    """Return the sections of a folded report text in order, the first beginning at 0.

    A part keeps looking the way its heading said until another heading of its own level or above says otherwise. `year`
    is the year reported on: a heading that names a later one looks forward.
    """
    headings = _headings(folded)
    bounds = [heading.start for heading in headings] + [len(folded)]
    sections: list[Section] = []
    if not headings or headings[0].start > 0:
        sections.append(Section(0, bounds[0], 0, 0, "", (), REVIEW, has_body=True, whole_line=False))
    mode, above, said = REVIEW, list[_Heading](), list[tuple[int, str]]()
    for heading, stop in zip(headings, bounds[1:], strict=True):
        said = [(level, of_part) for level, of_part in said if level <= heading.level]
        above = [*(upper for upper in above if upper.level < heading.level), heading]
        below = any(level < heading.level for level, _ in said)
        own = (_mode_below if below else _mode_of_heading)(heading.title, year)
        if own:
            said = [*((level, of_part) for level, of_part in said if level < heading.level), (heading.level, own)]
        mode = said[-1][1] if said else mode
        has_body = len(CJK.findall(folded, heading.end, stop)) >= 8
        path = tuple(upper.title for upper in above if upper.title)
        sections.append(
            Section(
                heading.start, stop, heading.end, heading.level, heading.title, path, mode, has_body, heading.whole_line
            )
        )
    return sections


def section_at(sections: list[Section], offset: int) -> Section:
    """Return the section that an offset lies in."""
    return sections[bisect_right(sections, offset, key=lambda section: section.start) - 1]


def join_wrapped_lines(folded: str, sections: list[Section]) -> str:
    """Return the text with line ends inside sentences made blanks, so that a wrapped sentence reads on; same length.

    A line is taken to go on where it is long, does not end a sentence, is no heading, and the next one is none either.
    """
    heading_ends = {section.heading_end for section in sections if section.whole_line}
    heading_starts = {section.start for section in sections}
    signs = list(folded)
    lines = _lines(folded)
    for (_, end, text), (following, _, after) in pairwise(lines):
        goes_on = len(text) >= 18 and not text.endswith(TERMINAL) and end not in heading_ends
        if goes_on and following not in heading_starts and not NUMBER_ALONE.fullmatch(after):
            signs[end:following] = " " * (following - end)
    return "".join(signs)
