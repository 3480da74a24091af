"""A report held against itself: lists, targets, shares, parts, capacity; what it does not say is called unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, takewhile

from geo.claim_context import Context, context_of, find_boundaries
from geo.claim_figures import Figure
from geo.claim_findings import Finding, figure, number
from geo.claim_numerals import fold
from geo.claim_sections import join_wrapped_lines, read_sections
from geo.claims import ExtractedClaim
from geo.report_text import ReportText

# Where a street's name begins is not written; its last two characters tell it from its neighbours in a list.
ADDRESS = re.compile(r"[\u4e00-\u9fff]{2}(?:路|街|大道|公路)(?:\d+弄)?(?:\d+支弄)?(?:\d+(?:-\d+)?号|(?<=弄)(?!\d))")
STREET = r"(?:^|[、和及与])([\u4e00-\u9fff]{0,3}%s)"
LEADING = re.compile(
    r"^.*(?:建成启用|立项开工|启用|开工|竣工|完工|建成|完成|位于|涉及|包括|分别为|分别是|新增|改造|涵盖|清理|整治)"
)
ITEM_SIGNS = re.compile(r"[、和及与]")
PER_ONE = re.compile(
    r"每(?P<what>[\u4e00-\u9fff]{1,4}?)(?:可?(?:招收|容纳|接待|服务|提供|收住|设)|不超过|至多|最多|限|为)"
)
TAKEN = re.compile(r"招录|招收|入住|入托|在园|在读|就读|收住|报名|使用|占用|招生|入园|实到")
SHARE_WORDS = re.compile(r"率|占|比例|比重")
GROWTH_WORDS = re.compile(r"增长|下降|上升|提高|减少|回落|增幅|降幅|同比|比上年")
# People are counted as heads or as visits; the two can be held against each other only with that said.
PEOPLE_UNITS = frozenset(("人", "人次", "名", "位"))
SHARE_TOLERANCE = 0.5
# So many pairs of characters two figures must share before one is taken to answer the other.
FEWEST_PAIRS = 2
# Figures further apart, in characters, do not answer each other.
LONGEST_SECTION = 5000
SAME = ("indicator", "stage", "subject")
WORDS_APART = re.compile(r"[完成开展组织举办全年累计共新增建成安装设置进行不少于至约为的地得了与和及对等\d]+")


@dataclass(frozen=True, slots=True)
class _Read:
    """A claim with the words round it."""

    claim: ExtractedClaim
    context: Context


def check_report(text: ReportText, claims: Sequence[ExtractedClaim]) -> tuple[Finding, ...]:
    """Return what a report's own figures say about each other, in the order of the text.

    `claims` are those extracted from exactly this text. A check that finds figures that belong together gives a
    finding also where they agree and where it cannot tell; figures that stand alone give none.
    """
    read = _read_all(text, claims)
    checks = (_listed_twice, _itemised, _targets, _shares, _parts, _capacity)
    findings = [finding for check in checks for finding in check(read)]
    return tuple(sorted(findings, key=lambda finding: min(claim.start for claim in finding.claims)))


def _read_all(text: ReportText, claims: Sequence[ExtractedClaim]) -> list[_Read]:
    """Return the claims with their words."""
    folded = fold(text.text)
    year = claims[0].year if claims else 0
    joined = join_wrapped_lines(folded, read_sections(folded, year))
    boundaries = find_boundaries(joined)
    return [
        _Read(claim, context_of(joined, Figure(claim.start, claim.end, claim.value, claim.unit, ""), boundaries))
        for claim in claims
    ]


def _addresses(one: _Read) -> list[str]:
    """Return the addresses that a claim's clause lists right before its figure."""
    before = one.context.before
    if not re.search(r"(?:号|弄)(?:等|共|,)?$", before):
        return []
    listed = LEADING.sub("", before)
    return [match[0] for match in ADDRESS.finditer(listed)]


def _full_name(address: str, *lists: _Read) -> str:
    """Return an address with its street's whole name, where one of the lists sets it off from the words before it."""
    for one in lists:
        match = re.search(STREET % re.escape(address), LEADING.sub("", one.context.before))
        if match:
            return match[1]
    return address


def _listed_twice(read: list[_Read]) -> Iterator[Finding]:
    """Yield the addresses that stand in the lists of two claims of the same unit."""
    lists = [(one, addresses) for one in read if (addresses := _addresses(one))]
    for (first, here), (second, there) in combinations(lists, 2):
        both = [address for address in dict.fromkeys(here) if address in there]
        if not both or first.claim.unit != second.claim.unit or not _near(first, second):
            continue
        stated, apart = first.claim.value + second.claim.value, len({*here, *there})
        names = "、".join(_full_name(address, first, second) for address in both)
        yield Finding(
            "listed_twice",
            "contradicts",
            f"{names} 两边都算了，报告自相矛盾：{figure(first.claim)}和{figure(second.claim)}，"
            f"合起来只有 {apart} 个地址",
            f"{names} is counted in both lists, {figure(first.claim)} and {figure(second.claim)}: "
            f"the report contradicts itself, together they name only {apart} addresses",
            (first.claim, second.claim),
            stated,
            apart,
        )


def _items(one: _Read) -> tuple[list[str], bool] | None:
    """Return the names listed right before a figure (甲、乙、丙等6个) and whether 等 says there are more."""
    before = one.context.before
    more = before.endswith("等")
    listed = LEADING.sub("", before.removesuffix("等"))
    names = [name for name in ITEM_SIGNS.split(listed) if name]
    short = all(len(name) <= 16 and not re.search(r"\d(?![\d弄号路支-])", name) for name in names)
    return (names, more) if len(names) > 1 and short and "、" in listed else None


def _itemised(read: list[_Read]) -> Iterator[Finding]:
    """Yield, for every figure behind a list of names, whether the list has so many."""
    for one in read:
        found = _items(one)
        claim = one.claim
        if found is None or claim.value_max is not None or not 2 <= claim.value <= 1000:
            continue
        names, more = found
        addresses = _addresses(one)
        count = len(addresses) or len(names)
        if not addresses and not more and count != claim.value:
            continue  # a list of something else: 消防、城管两支队伍 names who, not which
        yield _itemised_finding(claim, count, certain=bool(addresses))


def _itemised_finding(claim: ExtractedClaim, count: int, *, certain: bool) -> Finding:
    """Return how many of a stated number are named."""
    stated = figure(claim)
    if count == claim.value:
        zh, en, verdict = (
            f"写 {stated}，列出 {count} 个，对得上",
            f"{stated} stated, {count} named: they agree",
            "agrees",
        )
    elif count > claim.value and certain:
        verdict = "contradicts"
        zh, en = f"写 {stated}，却列出 {count} 个", f"{stated} stated, but {count} named"
    else:
        verdict = "cannot_tell"
        zh = f"写 {stated}，只列出 {count} 个，其余没有逐个列出，核不了"
        en = f"{stated} stated, {count} named; the rest is not itemised, so it cannot be checked"
    return Finding("itemised", verdict, zh, en, (claim,), claim.value, count)


def _targets(read: list[_Read]) -> Iterator[Finding]:
    """Yield, for every target, whether the figures of the same section reach it."""
    for place, one in enumerate(read):
        if one.claim.kind != "target":
            continue
        after = takewhile(lambda other: _near(one, other), islice(read, place + 1, None))  # noqa: B023 (used up at once)
        done = [other for other in after if _may_answer(one, other)]
        best = max((_likeness(one, other) for other in done), default=0)
        answers = [other for other in done if best >= FEWEST_PAIRS and _likeness(one, other) == best]
        answers = _widen(one, answers, done) if answers else []
        yield _target_finding(one.claim, [answer.claim for answer in answers])


def _near(one: _Read, other: _Read) -> bool:
    """Return whether two figures stand in one section of a report."""
    return one.claim.section == other.claim.section and abs(one.claim.start - other.claim.start) <= LONGEST_SECTION


def _may_answer(target: _Read, other: _Read) -> bool:
    """Return whether a figure could tell how far a target was reached: same section, same kind of unit and stage."""
    wanted, given = target.claim, other.claim
    if (
        given.section != wanted.section
        or given.kind not in {"done", "in_progress", "state"}
        or given.start < wanted.end
    ):
        return False
    same_unit = wanted.unit == given.unit or {wanted.unit, given.unit} <= PEOPLE_UNITS
    stages = {wanted.stage, given.stage} - {""}
    return same_unit and not (len(stages) == 2 and {"begun", "completed"} & stages) and given.direction == ""


def _likeness(target: _Read, other: _Read) -> int:
    """Return how many pairs of characters the words of two figures share; an equal indicator counts most."""
    wanted, given = (_pairs(f"{one.claim.subject}完成{_own_words(one)}") for one in (target, other))
    same = [getattr(target.claim, name) for name in SAME if getattr(target.claim, name) == getattr(other.claim, name)]
    return len(wanted & given) + 100 * sum(bool(value) for value in same)


def _own_words(one: _Read) -> str:
    """Return the words of a figure's clause that belong to it and not to a figure before it in a list."""
    before = re.split(r"\d[\d.,]*[^\d、,]{0,3}[、和及]", ADDRESS.sub("", one.context.before))[-1]
    return f"{before}完成{one.context.after[:16]}"


def _pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters in the words of a text, common verbs left out."""
    return {part[place : place + 2] for part in WORDS_APART.split(text) for place in range(len(part) - 1)}


def _widen(target: _Read, answers: list[_Read], done: list[_Read]) -> list[_Read]:
    """Return the answers to a target: one that equals it, else all of the same indicator or the same words."""
    if target.claim.indicator:
        same = [other for other in done if other.claim.indicator == target.claim.indicator]
        answers = same or answers
    equal = [other for other in answers if other.claim.value == target.claim.value]
    if equal:
        return equal[:1]
    different = {other.claim.value: other for other in reversed(answers)}
    return sorted(different.values(), key=lambda other: other.claim.start)


def _target_finding(target: ExtractedClaim, done: list[ExtractedClaim]) -> Finding:
    """Return how the sum of what was done stands to a target."""
    if not done:
        zh, en = f"目标 {figure(target)}，做了多少没说", f"The target is {figure(target)}; what was done is not said"
        return Finding("target", "cannot_tell", zh, en, (target,), target.value)
    total = sum(claim.value for claim in done)
    short = target.value - total
    sum_zh = " + ".join(number(claim.value) for claim in done) + (f" = {number(total)}" if len(done) > 1 else "")
    goal, claims = figure(target), (target, *done)
    if short > 0:
        units = {target.unit, *(claim.unit for claim in done)}
        zh = f"目标 {goal}，列出的是 {sum_zh}，差 {number(short)} {target.unit}；有没有没列出来的，说不准"
        en = f"The target is {goal}, itemised are {sum_zh}: {number(short)} short; whether more was done cannot be told"
        if len(units) > 1:
            zh, en = f"{zh}（人和人次不一样）", f"{en} (people and visits are not the same)"
        return Finding("target", "short", zh, en, claims, target.value, total)
    upper = target.value_max or target.value
    if total > upper:
        zh = f"目标 {goal}，做了 {sum_zh}，多 {number(total - upper)} {target.unit}"
        en = f"The target was {goal}, done are {sum_zh}: {number(total - upper)} more"
        return Finding("target", "exceeds", zh, en, claims, target.value, total)
    zh, en = f"目标 {goal}，做了 {sum_zh}，对得上", f"The target of {goal} was met: {sum_zh}"
    return Finding("target", "agrees", zh, en, claims, target.value, total)


def _shares(read: list[_Read]) -> Iterator[Finding]:
    """Yield, for every share that follows the two figures it is made of, whether it works out."""
    for place, one in enumerate(read):
        before = one.context.before
        if one.claim.unit != "%" or not SHARE_WORDS.search(before) or GROWTH_WORDS.search(before):
            continue
        near = [other for other in read[max(0, place - 5) : place] if _same_sentence(one, other)]
        pair = _named_pair(one, near) or _nearest_pair(one, [other.claim for other in near])
        if pair:
            yield _share_finding(one, *pair)


def _named_pair(one: _Read, near: list[_Read]) -> tuple[ExtractedClaim, ExtractedClaim] | None:
    """Return the figure that the rate's name takes up (成功率: 成功调解110件) and the larger one before it."""
    name = re.search(r"([\u4e00-\u9fff]{2})率", one.context.before)
    for place in range(len(near) - 1, 0, -1):
        part, whole = near[place].claim, near[place - 1].claim
        named = name is not None and name[1] in near[place].context.before
        if named and part.unit == whole.unit and 0 < part.value < whole.value:
            return part, whole
    return None


def _nearest_pair(one: _Read, near: list[ExtractedClaim]) -> tuple[ExtractedClaim, ExtractedClaim] | None:
    """Return the two figures before a share that come nearest to it, where they come near at all."""
    pairs = [
        (part, whole) for part in near for whole in near if part.unit == whole.unit and 0 < part.value < whole.value
    ]
    off = {pair: abs(100 * pair[0].value / pair[1].value - one.claim.value) for pair in pairs}
    best = min(off, key=lambda pair: off[pair], default=None)
    return best if best and off[best] <= SHARE_TOLERANCE else None


def _same_sentence(one: _Read, other: _Read) -> bool:
    return one.context.sentence_start == other.context.sentence_start


def _share_finding(one: _Read, part: ExtractedClaim, whole: ExtractedClaim) -> Finding:
    """Return whether a printed share is part ÷ whole, to the decimals it is printed with."""
    decimals = len(one.context.written.partition(".")[2].rstrip("%")) if "." in one.context.written else 0
    share = 100 * part.value / whole.value
    computed, printed = f"{share:.{decimals}f}", f"{one.claim.value:.{decimals}f}"
    sum_zh = f"{number(part.value)} ÷ {number(whole.value)} = {computed}%"
    claims = tuple(sorted((part, whole, one.claim), key=lambda claim: claim.start))
    if computed == printed:
        return Finding(
            "share", "agrees", f"{sum_zh}，对得上", f"{sum_zh}: it works out", claims, one.claim.value, share
        )
    cut = int(share * 10**decimals) / 10**decimals
    how_zh = "（像是舍去，没有四舍五入）" if f"{cut:.{decimals}f}" == printed else ""
    how_en = " (cut off, it seems, not rounded)" if how_zh else ""
    zh, en = f"{sum_zh}，印的是 {printed}%{how_zh}", f"{sum_zh}, printed is {printed}%{how_en}"
    return Finding("share", "does_not_add_up", zh, en, claims, one.claim.value, share)


def _parts(read: list[_Read]) -> Iterator[Finding]:
    """Yield, for every total with its parts in brackets or behind 其中, whether the parts make it."""
    used: set[int] = set()
    for place, one in enumerate(read):
        if one.claim.start in used or one.claim.value_max is not None or one.claim.unit in {"%", "个百分点"}:
            continue
        whole = _list_of(read, place)
        following = [other for other in read[place + len(whole) : place + len(whole) + 9] if _same_sentence(one, other)]
        parts = _parts_of(whole[-1], following)
        if len(parts) > 1 or (parts and _behind_of_which(whole[-1], parts[0])):
            used |= {part.claim.start for part in parts} | {member.claim.start for member in whole}
            yield _parts_finding([member.claim for member in whole], [part.claim for part in parts])


def _list_of(read: list[_Read], place: int) -> list[_Read]:
    """Return the figures joined by + at `place` (14+8 个), or the one figure there."""
    run = [read[place]]
    while run[-1].context.sentence_after.startswith("+") and place + len(run) < len(read):
        run.append(read[place + len(run)])
    return run


def _behind_of_which(total: _Read, first: _Read) -> bool:
    """Return whether 其中 stands between a total and a figure."""
    between = total.context.sentence_after[: _distance(total, first)]
    return "其中" in between


def _distance(total: _Read, other: _Read) -> int:
    """Return about how many characters stand between two figures."""
    return max(0, other.claim.start - total.claim.end)


def _parts_of(total: _Read, following: list[_Read]) -> list[_Read]:
    """Return the figures in the brackets right behind a total, or behind 其中, in the total's unit."""
    bracket = re.match(r"[^(),，、。;\d]{0,24}\(([^()]*)\)", total.context.sentence_after)
    if bracket:
        stop = total.claim.end + bracket.end() + 8
        return [other for other in following if other.claim.unit == total.claim.unit and other.claim.end <= stop]
    of_which = re.match(r"[^。;]{0,40}?[,，]其中", total.context.sentence_after)
    if not of_which:
        return []
    start = total.claim.end + of_which.end() - 4
    return [other for other in following if other.claim.unit == total.claim.unit and other.claim.start >= start]


def _parts_finding(whole: list[ExtractedClaim], parts: list[ExtractedClaim]) -> Finding:
    """Return whether parts make their total; fewer may be all that is told, more cannot be."""
    stated, found = sum(claim.value for claim in whole), sum(claim.value for claim in parts)
    left = " + ".join(number(claim.value) for claim in whole)
    left = f"{left} = {number(stated)}" if len(whole) > 1 else left
    right = " + ".join(number(claim.value) for claim in parts)
    right = f"{right} = {number(found)}" if len(parts) > 1 else right
    claims, unit = (*whole, *parts), whole[-1].unit
    if found == stated:
        zh, en = f"{left} {unit}，分开是 {right}，对得上", f"{left} {unit}, the parts are {right}: they agree"
        return Finding("parts", "agrees", zh, en, claims, stated, found)
    if found > stated:
        zh, en = f"总数 {left} {unit}，分开却是 {right}", f"The total is {left} {unit}, yet the parts are {right}"
        return Finding("parts", "contradicts", zh, en, claims, stated, found)
    zh = f"总数 {left} {unit}，其中说到 {right}，其余没说"
    en = f"Of {left} {unit}, {right} are told; of the rest nothing is said"
    return Finding("parts", "cannot_tell", zh, en, claims, stated, found)


def _capacity(read: list[_Read]) -> Iterator[Finding]:
    """Yield, for every 每班20人 behind a number of classes, how many places that makes and how many are taken."""
    for place, one in enumerate(read):
        per = PER_ONE.search(one.context.before)
        units = [
            other for other in reversed(read[max(0, place - 3) : place]) if per and per["what"] in other.context.clause
        ]
        if not units or per is None:
            continue
        later = [other for other in read[place + 1 : place + 4] if other.claim.unit in {one.claim.unit, "人", "名"}]
        taken = [
            other for other in later if TAKEN.search(other.context.before) and other.claim.section == one.claim.section
        ]
        yield _capacity_finding(units[0].claim, one.claim, taken[0].claim if taken else None)


def _capacity_finding(units: ExtractedClaim, each: ExtractedClaim, taken: ExtractedClaim | None) -> Finding:
    """Return how many places there are and whether more are taken."""
    places = units.value * each.value
    product = f"{number(units.value)} × {number(each.value)} = {number(places)}"
    if taken is None:
        zh, en = f"{product} 个名额，用了多少没说", f"{product} places; how many are taken is not said"
        return Finding("capacity", "cannot_tell", zh, en, (units, each), places, None)
    claims = (units, each, taken)
    if taken.value <= places:
        zh, en = f"{product} 个名额，{figure(taken)}，没超", f"{product} places, {figure(taken)} taken: not over"
        return Finding("capacity", "agrees", zh, en, claims, places, taken.value)
    over = number(taken.value - places)
    zh, en = (
        f"{product} 个名额，却有 {figure(taken)}，多 {over}",
        f"{product} places, yet {figure(taken)} taken: {over} more",
    )
    return Finding("capacity", "contradicts", zh, en, claims, places, taken.value)
