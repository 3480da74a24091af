"""Numerals and units put together: one figure each for a count, a range, a member of a list that shares its unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from geo.claim_lexicon import pattern
from geo.claim_numerals import LARGE_SCALES, Numeral, find_numerals
from geo.claim_units import find_unit

RANGE = re.compile(r"\s?(?:至|到|-|—{1,2}|–|~|～)\s?")
LIST = re.compile(r"\s?(?:、|和|及|与|\+|/)\s?")
SAME_UNIT_RANGE = re.compile(r"\s?(?:至|到|-|—{1,2}|–|~|～)\s?")
MONEY_WORDS = re.compile(
    r"投资|资金|税|收入|产值|总额|金额|支出|利润|捐|额|费|贷|补贴|款|财政|经费|GDP|增加值|销售|价值|贡献"
)
PEOPLE_WORDS = re.compile(r"人口|居民|参保|人数|粉丝|党员|用户|学生|群众|受众|关注")
# 为9万职工 counts people though it has no measure word.
PEOPLE_AFTER = pattern(r"""
    \s?(?:职工|居民|群众|市民|学生|师生|党员|老人|老年人|人口|志愿者|农户|会员|游客|读者|劳动者|青年)
""")
BARE = pattern(r"""
    (?:(?:人|户|次|件|家|总|量|个|点击|阅读|订单|粉丝|关注)数|[流客阅访点]\w{0,2}量|指数|得分|成绩|总量|
    排放量)\s?(?:达到?|为|是|:|共)?\s?[约近超]?过?\s?$
""")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, before anybody asked whether it is a claim.

    `start` and `end` are offsets of the span (first digit to last character of the unit; a list member that shares the
    unit of a later one ends with its digits), `value_max` the upper end of a range, `shared` marks a member of a list,
    `joint` the sign that joins it to the next (`+`, `、`), `form` how the number is written, `more` that 余
    or 多 is in it.
    """

    start: int
    end: int
    value: float
    unit: str
    form: str
    value_max: float | None = None
    more: bool = False
    shared: bool = False
    joint: str = ""
    unit_start: int = -1


def find_figures(text: str) -> list[Figure]:
    """Return every number with a unit in a folded text whose wrapped lines are joined, from left to right."""
    numerals = list(find_numerals(text))
    figures: list[Figure] = []
    place = 0
    while place < len(numerals):
        taken, found = _read_at(text, numerals, place)
        figures += found
        place += taken
    return _merge_ranges(text, figures)


def _read_at(text: str, numerals: list[Numeral], place: int) -> tuple[int, list[Figure]]:
    """Return how many numerals were used up at `place`, and the figures they make."""
    numeral = numerals[place]
    single = _with_unit(text, numeral)
    if single:
        return 1, [single]
    following = numerals[place + 1] if place + 1 < len(numerals) else None
    if following and following.form == numeral.form and RANGE.fullmatch(text, numeral.end, following.start):
        upper = _with_unit(text, following)
        return (2, [_range(numeral, upper)]) if upper and upper.value > _scaled(numeral, upper) else (1, [])
    members = _shared_list(text, numerals, place)
    if members:
        return len(members), members
    bare = _bare(text, numeral)
    return 1, [bare] if bare else []


def _with_unit(text: str, numeral: Numeral) -> Figure | None:
    """Return the figure of a numeral whose unit follows it, or whose form says the unit."""
    if numeral.unit or numeral.form == "fraction":
        return Figure(numeral.start, numeral.end, numeral.value, numeral.unit, numeral.form, numeral.value_max)
    found = find_unit(text, numeral.end, chinese=numeral.form == "chinese")
    if not found:
        return None
    unit, end = found
    more = numeral.more
    return Figure(
        numeral.start, end, numeral.value, unit, numeral.form, numeral.value_max, more, unit_start=end - len(unit)
    )


def _scaled(lower: Numeral, upper: Figure) -> float:
    """Return the lower end of a range: 2 of 2至3万 is 20,000."""
    if lower.scaled:
        return lower.value
    scale = next(
        (s for s in sorted(LARGE_SCALES.values(), reverse=True) if upper.value >= s and lower.value * s < upper.value),
        1,
    )
    return lower.value * scale if lower.value < upper.value / 1000 else lower.value


def _range(lower: Numeral, upper: Figure) -> Figure:
    """Return one figure for both ends of a range."""
    return replace(upper, start=lower.start, value=_scaled(lower, upper), value_max=upper.value)


def _shared_list(text: str, numerals: list[Numeral], place: int) -> list[Figure]:
    """Return the members of a list (38、11和14台, 14+8个) whose unit stands after the last one, or nothing."""
    run = [numerals[place]]
    joints: list[str] = []
    for following in numerals[place + 1 : place + 12]:
        joint = LIST.fullmatch(text, run[-1].end, following.start)
        if joint is None or following.form != "arabic" or run[-1].form != "arabic":
            return []
        run.append(following)
        joints.append(joint[0].strip())
        last = _with_unit(text, following)
        if last:
            shared = [
                Figure(one.start, one.end, one.value, last.unit, "arabic", more=one.more, shared=True, joint=joint)
                for one, joint in zip(run, joints, strict=False)
            ]
            return [*shared, replace(last, shared=True)]
    return []


def _bare(text: str, numeral: Numeral) -> Figure | None:
    """Return the figure of a number without a measure word: 145.98亿 is money, 阅读量12.5万 a plain count."""
    if numeral.form != "arabic":
        return None
    before = text[max(0, numeral.start - 24) : numeral.start]
    clause = re.split(r"[,，。;\n]", before)[-1]
    after = text[numeral.end : numeral.end + 1]
    people = PEOPLE_AFTER.match(text, numeral.end)
    if people and (numeral.scaled or numeral.more):
        unit = "户" if people[0].strip() == "农户" else "人"
        return Figure(numeral.start, numeral.end, numeral.value, unit, "arabic", more=numeral.more)
    if numeral.scaled:
        hundred_million = "亿" in text[numeral.start : numeral.end]
        unit = _bare_unit(clause, money_by_default=hundred_million)
        if unit or BARE.search(clause) or re.search(r"[量数]\S{0,3}$", clause):
            return Figure(numeral.start, numeral.end, numeral.value, unit, "arabic", more=numeral.more)
        return None
    if BARE.search(clause) and not re.match(r"[年月日号楼弄室路%\w]", after or "。"):
        return Figure(numeral.start, numeral.end, numeral.value, "", "arabic", more=numeral.more)
    return None


def _bare_unit(clause: str, *, money_by_default: bool) -> str:
    """Return what a number with 万 or 亿 and no unit counts, by the words before it."""
    money = max((match.end() for match in MONEY_WORDS.finditer(clause)), default=-1)
    people = max((match.end() for match in PEOPLE_WORDS.finditer(clause)), default=-1)
    if people > money:
        return "人"
    return "元" if money >= 0 or money_by_default else ""


def _merge_ranges(text: str, figures: list[Figure]) -> list[Figure]:
    """Join 10%—15% and 3台至4台 into one range; 从35个到50个 stays two."""
    merged: list[Figure] = []
    for figure in figures:
        lower = merged[-1] if merged else None
        if lower and _is_range(text, lower, figure):
            merged[-1] = replace(figure, start=lower.start, value=lower.value, value_max=figure.value)
        else:
            merged.append(figure)
    return merged


def _is_range(text: str, lower: Figure, upper: Figure) -> bool:
    """Return whether two figures are the ends of one range."""
    if (
        lower.unit != upper.unit
        or lower.value >= upper.value
        or lower.value_max is not None
        or lower.form != upper.form
    ):
        return False
    if not SAME_UNIT_RANGE.fullmatch(text, lower.end, upper.start):
        return False
    return not re.search(r"[从由自]\S{0,14}$", text[max(0, lower.start - 16) : lower.start])
