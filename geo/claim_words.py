"""The small words of a claim: qualifier, direction, stage and what it is about."""

from __future__ import annotations

import re

from geo.claim_context import Context
from geo.claim_lexicon import pattern

APPROX_BEFORE = pattern(r"""
    (?:(?<![签节预履公契特违条合邀])约|大约|(?<![最附邻临])近|将近|接近|大概|大致|估计)(?:有|为|达)?$
""")
MORE_BEFORE = re.compile(r"(?:超过?|逾|突破|超出|多于|高于|大于|(?<!以)上|(?<![通经])过)(?:了)?$")
LEAST_BEFORE = re.compile(r"(?:不少于|至少|不低于|不下于|起码|最少|不小于)(?:为|给|有|对|向|达到?|完成|新增|新建)?$")
# 至少为100人次劳动者及30家企业: both are at least.
LEAST_OF_ALL = re.compile(r"(?:至少|不少于)[为给对向][^,，]*\d[^,，]*[及和、]$")
MOST_BEFORE = re.compile(r"(?:不超过|至多|最多|不多于|不高于|不大于|不突破)$")
APPROX_AFTER = re.compile(r"(?:左右|上下|许)")
MORE_AFTER = re.compile(r"(?:及)?以上|\+(?!\d)|之多")
MOST_AFTER = re.compile(r"以内|之内|以下")
DOWN = re.compile(
    r"(?:下降|减少|降低|回落|下滑|缩减|减幅|降幅|压降|压减|下跌|下调|负增长|减|降)"
    r"(?:了|约|近|超过?|逾|达到?|幅度|为|是|分别|均|均为|\d[\d.,]*|%|个百分点|[、和])*-?$"
)
UP = pattern(r"""
    (?:增长|增加|提高|提升|上升|增幅|增速|上涨|净增|上浮|增)(?:了|约|近|超过?|逾|达到?|幅度|为|是|分别|均|均为|
    \d[\d.,]*|%|个百分点|[、和])*$
""")
CHANGE_UNITS = frozenset(("%", "‰", "个百分点", "百分点", "倍", "番"))

# Stages of one thing, in their order. They are told apart and never added up.
STAGES: tuple[tuple[str, str], ...] = (
    ("publicised", r"公示"),
    ("applied", r"(?:申请|申报|报名|征询)"),
    ("signed", r"签约"),
    ("approved", r"立项(?!开工)"),
    ("begun", r"(?:立项)?开工|动工|启动"),
    ("under_way", r"在建|正在|推进中|办理中"),
    ("completed", r"竣工|完工|建成(?:启用)?|投用|启用|投入使用"),
    ("received", r"受理|接报|收到"),
    ("closed", r"办结|结案|审结"),
    ("settled", r"(?:成功)?(?:调解|调处|化解)(?:成功)?"),
)
ANY_STAGE = re.compile("|".join(words for _, words in STAGES))
STAGE_NEAR = 8
LEADING_VERBS = pattern(r"""
    ^(?:(?:全年|年内|今年|累计|共计?|已|并|其中|同时|为|对|向|按照|通过|持续|积极|完成|实现|新增|新建|建成|开展|
    举办|组织|发放|受理|引进|培训|打造|推进|惠及|覆盖|达到?|设立|开设|建设|改造|安装|拆除|处置|更新|参与|辖区内?|
    辖区|现有|共有|成功|督促|全部|涉及|吸引|帮助))+
""")
TRAILING_WORDS = re.compile(r"(?:达到?|为|是|共计?|累计|约|近|超过?|逾|突破|不少于|至少|分别|均|数|有)+$")
NOUN_STOPS = pattern(r"""
    [、,，。;:!?()“”《》+\d]|(?<=.)(?:进行|开展|完成|实施|安装|统一|提供|评估|参加|参与|左右|和|及(?!以上)|与|
    并|的(?=\S{0,2}(?:建设|工作))|获评|获|加装|通过|实现|建立|签约|启动|报名|作为)
""")


def qualifier_of(context: Context) -> str:
    """Return how exact a claim is: `exact`, `approx`, `at_least`, `more_than` or `at_most`."""
    if context.figure.value_max is not None:
        return "approx"
    before, after = context.before, context.after
    rules = (
        ("at_most", MOST_BEFORE.search(before) or MOST_AFTER.match(after)),
        ("at_least", LEAST_BEFORE.search(before) or LEAST_OF_ALL.search(before)),
        ("more_than", context.figure.more or MORE_BEFORE.search(before) or MORE_AFTER.match(after)),
        ("approx", APPROX_BEFORE.search(before) or APPROX_AFTER.match(after)),
    )
    return next((name for name, holds in rules if holds), "exact")


def direction_of(context: Context) -> str:
    """Return `down` or `up` for a change, and nothing for a level (降至35 is a level)."""
    if DOWN.search(context.before):
        return "down"
    if context.figure.unit in CHANGE_UNITS and context.before.endswith("-"):
        return "down"
    return "up" if UP.search(context.before) and context.figure.unit in CHANGE_UNITS else ""


def stage_of(context: Context) -> str:
    """Return the stage that the words right before a figure name (`begun` for 开工11台), or nothing."""
    last = re.split(r"[、,]", context.before[-STAGE_NEAR:])[-1]
    near = last if ANY_STAGE.search(last) else ""
    found = [(match.end(), name) for name, words in STAGES for match in re.finditer(words, near)] if near else []
    if found:
        return max(found)[1]
    long_list = re.search(r"(立项开工|建成启用|开工|竣工|完工|建成)(?=\S*(?:弄|号|路))\S*等?$", context.before)
    if long_list:
        return "begun" if "开工" in long_list[1] else "completed"
    behind = re.match(r"\S{0,6}?(在建|正在办理|已办结)", context.after)
    return {"在建": "under_way", "正在办理": "under_way", "已办结": "closed"}[behind[1]] if behind else ""


# 9处需要安装终端的文物建筑, 1个3岁以下幼儿托育点: the noun stands behind.
RELATIVE = re.compile(r"^(?:需要?|使用|符合|具有|存在|位于|涉及)[^,，。;]{1,16}?的")
AGE = re.compile(r"^\d+(?:周)?岁(?:及)?(?:以上|以下)的?")


def subject_of(context: Context) -> str:
    """Return what a figure counts, in the report's words: what follows its unit, else what stands before it."""
    following = RELATIVE.sub("", AGE.sub("", context.after.removeprefix("的")))
    stop = NOUN_STOPS.search(following)
    noun = following[: stop.start()] if stop else following
    if 2 <= len(noun) <= 24:
        return noun
    listed = re.sub(r"(?:[\d.,]+[万亿]?[余多]?[^\d、,，]{0,4}?[、和及与+])+$", "", context.before)
    before = re.split(r"[、+()]", listed)[-1]
    before = TRAILING_WORDS.sub("", LEADING_VERBS.sub("", before))
    return before[-24:] if before else noun
