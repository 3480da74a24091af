"""What a claim claims: done, state, target, plan or in_progress, from its section and the words round it."""

from __future__ import annotations

import re

from geo.claim_context import Context
from geo.claim_lexicon import COMPLETION_RATES, DOING, FLOW_UNITS, NOT_DOING, STOCK, STOCK_UNITS, any_of, pattern
from geo.claim_sections import PLAN, Section

KINDS = ("target", "done", "plan", "in_progress", "state")
QUALIFIERS = ("exact", "approx", "at_least", "more_than", "at_most", "model")

COMING = pattern(r"""
    (?<!行动)(?<!工作)(?<!年)(?<!年度)(?<!规)计划(?!单列|生育|目标|任务|的)|拟(?!定)|力争|争取(?!到|了)|即将|
    将(?:于|在|新|再|建|对|为|继续|完成|达|增|实现|推|开|启|改|进一步|超)|预计(?:到?\d{4}年|到|年底|明年|于|可|将|
    今后|下)|明年|目标(?:任务)?(?:是|为|:|数)|确保(?=\S{0,8}(?:完成|新增|建成|达))|有望|下一步|未来
""")
PAST = re.compile(r"已(?!建成小区)|实际(?:完成|新增|建成)|完成了|超额|累计(?:完成|实现|建成)|截至|截止")
GOAL_LABEL = pattern(r"""
    (?:目标任务|工作目标|年度目标|目标值|目标|任务要求|项目内容|计划任务|年度计划|计划数|任务数|承诺)(?:数|
    值)?(?:为|是|:)?$
""")
LABEL = re.compile(
    r"(?:((?:目标任务|任务目标|工作目标|年度目标|项目内容|工作内容|计划目标|承诺事项|目标要求|项目名称|实事内容))"
    r"|(?:完成情况|进展情况|实施情况|落实情况|推进情况|工作进展|工作成效|实际完成)):"
)
RESULT_LABEL = re.compile(r"(?:完成情况|进展情况|实施情况|落实情况|推进情况|工作进展|进展|结果):?$")
RUNNING = pattern(r"""
    在建|正在|分步建设|分步推进|分期建设|正(?=办理|推进|实施|施工|改造|建设|处理|开展|有序)|办理中|处理中|推进中|
    施工中|建设中|改造中|审理中|进行中|筹建|待(?:开工|验收|处理)|尚未|仍在|在办|跟进处理
""")
BEGUN = re.compile(r"(?:立项开工|已?开工(?:建设)?|动工|启动施工)(?!\S*(?:竣工|完工|建成))\S{0,40}$")
BEGUN_AFTER = re.compile(r"[^,，。、]{0,6}?已?开工")
FINISHED = re.compile(r"竣工|完工|建成|启用|投用|投入使用")

GROWTH = pattern(r"""
    (?:上涨|涨幅|[快慢高低](?!达)|超\S{0,8}进度|增长|增加|增幅|增速|提高|提升|上升|下降|减少|降低|回落|下滑|降幅|减幅|
    压减|压降|缩减|收窄|扩大|净增|超过|高于|快于|低于|负增长|跌|升|增|降)(?:了|约|近|超过?|逾|达到?|幅度|至|到|为|
    是|分别|均|均为|水平|全[市区国]|平均|上年|去年|同期|目标|\d|\.|%|、|和|个百分点)*$
""")
COMPLETION_RATE = re.compile(f"(?:{'|'.join(COMPLETION_RATES)})率")
DOING_WORD, NO_DOING_WORD, STOCK_WORD = any_of(DOING), any_of(NOT_DOING), any_of(STOCK)
OF_A_GOAL = pattern(r"""
    (?:完成|占|为|达到?|实现)\S{0,8}(?:年度|全年|年初|调整)?\S{0,6}(?:目标|预算|任务|计划|指标|进度)\S{0,6}的?$|
    完成率|完成(?:了)?$
""")
SHARE = re.compile(r"占(?!地)|比重|占比|率|比例|度|覆盖|份额|水平|浓度|指数|得分|测评|评分|人均|户均|均价")
# Words of a stock too, unless something was done to it in the same clause.
WEAK_STOCK = re.compile(r"面积|人口|队伍|总投资|规模")
# 对沿街55家单位开展摸底, 为约70名楼组长开展培训: done to them.
DONE_TO = pattern(r"""
    (?:等$)|^(?:(?:并|同时|还|年内)?[对为向给与由以](?!期|上)\S{0,18}|其中|同时|还|并|共|有|已|在|[、和及约])*$
""")
ACHIEVED = pattern(r"""
    [\u4e00-\u9fff]{0,12}?(?:荣获|获评|获得|入选|通过|完成|实现|签约|评为|达标|创建|被认定|挂牌|揭牌|开业|
    投入运营|投入使用|建成)
""")
# A list goes on after these: 新增幼儿园5所,小学2所. After others a bare noun is a stock: 清运垃圾2.3万吨,中转站1座.
PASSED_ON = pattern(r"""
    新增|新建|建成|完成|改造|改建|打造|设置|设立|安装|创建|培育|引进|获评|评为|荣获|成立|开办|铺设|更新|组建|认定|
    新辟|增设|建设|发放|举办|整治|查处|清理|修复|推出|开设|办理
""")
# How many there are by now: 高新技术企业累计达到1300家.
REACHED = re.compile(r"(?:达到?|突破|超过?)(?:了)?$")
NOUN_AFTER = re.compile(r"(?!全部|均|都|已)[\u4e00-\u9fff“]{2}")
AT_HAND = pattern(r"""
    (?:辖区(?:内)?(?:的)?(?:现有|共有|全部|所有)?|区域内|现有|共有|原有|下辖|设有|所辖|全(?:区|镇|街道|市)(?:现有|
    共有)?)$
""")
LEVEL = re.compile(r"(?:浓度|得分|测评|评分|指数|均价|单价|密度|均分|亩产|房价)\S{0,6}$")


def kind_of(context: Context, section: Section, *, in_title: bool, inherited: str | None) -> str:
    """Return the kind of a claim.

    `section` says whether its part of the report looks back or forward, `in_title` whether it stands in the heading of
    a section that has a body (the goal, with the result beneath), `inherited` is the kind of the claim before it in the
    same sentence.
    """
    if in_title:
        return "state" if AT_HAND.search(context.before) else "target"
    if section.mode == PLAN:
        return _kind_in_plan(context)
    return _kind_in_review(context, inherited)


def _kind_in_plan(context: Context) -> str:
    """Return the kind of a claim in a part that looks forward: a plan, unless it recalls what was done."""
    if re.search(r"已(?:完成|建成|实现|有|累计)|去年|上年(?:度)?(?:完成|实现)", context.before) and not COMING.search(
        context.before
    ):
        return "done"
    return "state" if re.search(r"(?:现有|共有|原有)\S{0,8}$", context.before) else "plan"


def _kind_in_review(context: Context, inherited: str | None) -> str:
    """Return the kind of a claim in a part that looks back."""
    label = re.split(r"[。;\n]", context.sentence_before)[-1]
    if _is_goal(context, label):
        beside = PAST.search(context.sentence_before + context.sentence_after) or LABEL.search(label)
        return "target" if beside else "plan"
    if RUNNING.search(context.clause) and not RESULT_LABEL.search(label):
        return "in_progress"
    if (BEGUN.search(context.before) or BEGUN_AFTER.match(context.after)) and FINISHED.search(
        context.sentence_before + context.sentence_after
    ):
        return "in_progress"
    if context.figure.unit in {"%", "‰", "个百分点", "百分点", "倍", "成"}:
        return _kind_of_share(context)
    return _kind_of_count(context, inherited)


def _is_goal(context: Context, label: str) -> bool:
    """Return whether the words before a figure make it something to come or to be reached."""
    labels = [match[1] is not None for match in LABEL.finditer(label)]
    if labels:
        return labels[-1]
    if GOAL_LABEL.search(context.before) and (context.figure.unit != "%" or context.before.endswith(("为", "是", ":"))):
        return True
    return COMING.search(context.before) is not None and not re.search(r"已|完成了", context.before)


def _kind_of_share(context: Context) -> str:
    """Growth and completion rates are done; shares and levels are states."""
    if GROWTH.search(context.before) or COMPLETION_RATE.search(context.before) or OF_A_GOAL.search(context.before):
        return "done"
    if SHARE.search(context.before) or context.before.endswith(("占", "达", "达到", "为")):
        return "state"
    return "done" if DOING_WORD.search(context.before + context.after) else "state"


def _kind_of_count(context: Context, inherited: str | None) -> str:
    """Stocks are states, what was done is done; a clause without a verb goes with the clause before it."""
    if GROWTH.search(context.before):
        return "done"
    if LEVEL.search(context.before):
        return "state"
    return _kind_by_words(context) or _kind_without_words(context, inherited)


def _kind_by_words(context: Context) -> str | None:
    """Return the kind that verbs and words of stock in the clause give, or None where it has neither."""
    before, after = context.before, NO_DOING_WORD.sub(_blot, context.after.split("、")[0])
    doing, stock = _last(DOING_WORD, NO_DOING_WORD.sub(_blot, before)), _last(STOCK_WORD, before)
    at_hand = AT_HAND.search(before) is not None
    done_to = DONE_TO.search(before) is not None and DOING_WORD.search(after) is not None
    if doing > stock or done_to or (at_hand and ACHIEVED.match(after)):
        return "done"
    reached = REACHED.search(before) is not None and context.figure.unit in STOCK_UNITS
    if stock >= 0 or at_hand or reached or WEAK_STOCK.search(before):
        return "state"
    if before and NOUN_AFTER.match(after):
        # a verb that is not in the list, before a number and its noun (完善16个方案), unless 的 stands between
        return "state" if before.endswith("的") and not ACHIEVED.match(after) else "done"
    return None


def _kind_without_words(context: Context, inherited: str | None) -> str:
    """Return the kind of a bare noun with a number: that of the list it belongs to, else what its unit suggests."""
    if context.figure.unit in FLOW_UNITS:
        return "in_progress" if inherited == "in_progress" else "done"
    if inherited == "done":
        return "done" if context.joined or PASSED_ON.search(context.sentence_before) else "state"
    return "state" if inherited == "state" or context.figure.unit in STOCK_UNITS else "done"


def _last(words: re.Pattern[str], text: str) -> int:
    """Return where the last of some words ends in a text, -1 where none is in it."""
    return max((match.end() for match in words.finditer(text)), default=-1)


def _blot(match: re.Match[str]) -> str:
    """Return a word that does not do, made unreadable at the same length."""
    return "□" * len(match[0])
