"""Why a number is no claim: ordinals, addresses, names, models, thresholds, lengths of time, figures of speech."""

from __future__ import annotations

import re
from collections.abc import Callable

from geo.claim_context import Context
from geo.claim_lexicon import CHINESE_TOO, pattern, words
from geo.claim_units import AREA_OR_MONEY, is_duration

Guard = Callable[[Context], bool]

PURE_SCALE = re.compile(r"[百千万亿]+[余多]?")
BUILT = r"(?:新增|新建|建成|设立|增设|增建|新开|开设|改建|新设|新辟|成立|建立|打造|创建|完成)(?:了)?$"
BUILT_UNITS = frozenset(words("个 家 处 所 座 条 台 幢 栋 间 块 片"))
ABSTRACT_AFTER = pattern(r"""
    (?:的)?(?:\S{0,2})(?:方面|维度|层面|层次|阶段|环节|角度|原则|意识|自信|维护|大局|放在|确保|坚持|导向|结合|
    转变|关系|关键|定位|理念|步骤|统一|努力|服从|同步|必须|务必|毫不|台阶|高地|目标|人人|率先|不动摇|百年|离不开|
    到位|统筹|融合|意义|难题|难点|短板|优势|方向|主题|板块|抓手)
""")
ABSTRACT_STARTS = pattern(r"""
    [一更不再毫零百千转]|文明|联动|确立|注重|网(?![点格])|重点(?![\u4e00-\u9fff])|三番|全面|率先|认同|革命|清单|想一想|面向|聚焦|突出|强化|提升|作用|责任|能力|要素|
    中心(?:建设|和|、|等|$)|新城|先导|红线|底线|主线|战线|战役|举措|措施|路径|机制|体系|制度|政策|规定|纪律|要求|
    补贴(?!对象)|教育|民生|经济|整治行动|功能|模式|平台|品牌
""")
CHINESE_ITEMS = pattern(r"""
    (?:重点|专项|主要|核心|基本|具体)?(?:任务|工作|制度|机制|补贴|措施|内容|能力|原则|纪律|规定|要求|权力?|清单|
    改革|指标|行动|工程)
""")
MEETING = re.compile(
    r"(?:会议|全会|全体|党代会|党代表|代表大会|社代会|集体学习|全国|人口普查|经济普查|常委会|主席团|大会|产业|分配|革命)"
)
ADDRESS_BEFORE = re.compile(r"(?:\d弄|\d号|[路街村苑坊])$")
THRESHOLD_AFTER = re.compile(r"(?:\(含\))?(?:及其?)?(?:以上|以下|以内|之内)(?:\(含\))?(?:的)?[\u4e00-\u9fffA-Z“]")
THRESHOLD_NOUN = pattern(r"""
    (?:的)?\S{0,6}(?:项目|企业|楼宇|楼(?=[\d,，。、])|单位|家庭|工程|店铺|商户|税源|住宅|建筑|场所|人员|居民|对象|
    罚款)
""")
THRESHOLD_BEFORE = re.compile(r"(?:超过?|过|满|低于|高于|不足|未满|逾|达到?|大于|小于)$")
COMPLETED_AMOUNT = re.compile(r"(?:完成|实现|合计|累计|共计|总额|收入)\S{0,6}$")
TIME_SPENT = re.compile(
    r"缩短|压缩|缩减|压减|提速|减至|降至|平均|时长|累计|共计|用时|耗时|优化至|提前|工时|达|自学|人均|天数|日数"
)
ROUND_THE_CLOCK = pattern(r"""
    ^(?:[\u4e00-\u9fff]{0,4}(?:圈|值守|值班|热线|自助|不间断|全天候|封闭|服务站|营业|开放|在线|监控|巡逻|响应|
    不打烊|隔离|健康))
""")
RADIUS_AFTER = re.compile(r"(?:的)?(?:范围|半径|服务圈|生活圈|见绿|见园|之内|内|服务|可达|距离)")
ONLY_OF = {
    "路": re.compile(r"视频|监控|摄像|探头|图像|高清|天网|公共安全"),
    "门": re.compile(r"课|学科|专业|语言|手艺"),
    "分": re.compile(r"分数|得分|评分|测评|考核|成绩|均分|满分|打分|指数|满意度|总分|评估|平均|排名"),
    "面": re.compile(r"旗|墙|镜"),
    "方": re.compile(r"土|混凝土|砂|石"),
}
TURN_BEFORE = pattern(r"""
    (?:举办|开展|开设|组织|完成|推出|实施|发布|编印|刊发|分|共|召开|推送|出版|进行|启动|扩大|增加|增长|翻了?|近|
    约|超)(?:了)?$
""")
QUOTED = re.compile(r"“([^“”]{0,40})$")
# The name of an honour, however long: 获得“上海市首批20家……站点”.
HONOUR = re.compile(r"(?:荣获|获得|获评|评为|入选|授予|命名为)[^,，。;]*“[^“”]*$")
BOOK_TITLE = re.compile(r"《[^《》]{0,80}$")
LONGEST_QUOTED_NAME = 14


ORDINAL = re.compile(r"第(?:\d+[、至到-])?$|[首末]$")
FIRST_OF = re.compile(r"(?<![目之此年提以当从空跟面])前$")
RANKED = re.compile(r"排名|名列|位列|位居|位次|名次|并列|排位|跃升|跃居|升至")
MOVED = re.compile(r"(?:提升|上升|前进|进步|下滑|后退|进位|赶超)(?:了)?$")
RATIO = re.compile(r"\d(?::|比)$"), re.compile(r"(?::|比)\d")
PLUS = re.compile(r"[\dA-Za-z]\+$"), re.compile(r"\+[\dA-Za-z]")
# Rules that read to the end of the words before a figure look at so many characters of them.
NEAR = 24


def _is_chinese(context: Context) -> bool:
    return context.figure.form == "chinese"


def _ordinal(context: Context) -> bool:
    return ORDINAL.search(context.sentence_before[-NEAR:]) is not None


def _rank(context: Context) -> bool:
    unit = context.figure.unit
    if FIRST_OF.search(context.before[-NEAR:]):
        return True
    if unit == "个" and re.match(r"位次|名次|位置", context.after):
        return True
    return unit in {"名", "位"} and bool(RANKED.search(context.clause) or MOVED.search(context.before))


def _book_title(context: Context) -> bool:
    return BOOK_TITLE.search(context.sentence_before) is not None


def _quoted_name(context: Context) -> bool:
    if HONOUR.search(context.sentence_before) and "”" in context.sentence_after:
        return True
    opened = QUOTED.search(context.sentence_before)
    closed = re.match(r"[^“”]{0,40}”", context.sentence_after)
    if not (opened and closed):
        return False
    inside = opened[1] + context.written + closed[0][:-1]
    return len(inside) <= LONGEST_QUOTED_NAME and not _is_itemised(context, inside)


def _is_itemised(context: Context, quoted: str) -> bool:
    """Return whether “五个中心” names what the sentence has just listed one by one, and so counts it."""
    noun = re.search(r"[\u4e00-\u9fff]{2}$", quoted)
    count = context.figure.value
    return noun is not None and 2 <= count <= 20 and context.sentence_before.count(noun[0]) >= count


def _ratio_or_model(context: Context) -> bool:
    before, after = context.sentence_before[-NEAR:], context.sentence_after
    if RATIO[0].search(before) or RATIO[1].match(after):
        return True
    plus = PLUS[0].search(before) is not None or PLUS[1].match(after) is not None
    return plus and not context.figure.shared


def _duration(context: Context) -> bool:
    if not is_duration(context.figure.unit):
        return False
    if ROUND_THE_CLOCK.match(context.after) or re.search(r"[×xX*]$", context.before):
        return True
    return not TIME_SPENT.search(context.before)


def _address(context: Context) -> bool:
    return context.figure.unit in {"幢", "栋", "座", "间", "所"} and ADDRESS_BEFORE.search(context.before) is not None


def _wrong_sense(context: Context) -> bool:
    """A measure word that counts only certain things: 路 of video, 门 of courses, 分 of a score, 面 of flags."""
    unit = context.figure.unit
    if unit == "番":
        return not re.search(r"翻了?$", context.before)
    if unit == "版":
        return not context.figure.value.is_integer() or not re.search(r"报|专|出版|刊", context.clause)
    if unit == "期":
        return context.before.endswith("(") and context.after.startswith(")")
    return unit in ONLY_OF and not ONLY_OF[unit].search(context.clause)


def _threshold(context: Context) -> bool:
    unit = context.figure.unit
    if unit not in AREA_OR_MONEY or unit == "%":
        legal = re.search(r"业主|表决|同意", context.after) and re.match(r"(?:及)?以上", context.after)
        return unit in {"%", ""} and legal is not None
    if re.match(r"级", context.after):
        return True
    if THRESHOLD_AFTER.match(context.after) and not COMPLETED_AMOUNT.search(context.before):
        return True
    return THRESHOLD_BEFORE.search(context.before) is not None and THRESHOLD_NOUN.match(context.after) is not None


def _legal_fraction(context: Context) -> bool:
    return context.figure.form == "fraction" and re.search(r"业主|表决|同意|代表|参会|会议", context.clause) is not None


def _radius(context: Context) -> bool:
    if context.figure.unit not in {"米", "公里", "千米"}:
        return False
    return context.before.endswith(("最后", "方圆", "周边")) or RADIUS_AFTER.match(context.after) is not None


def _slogan(context: Context) -> bool:
    """三个100%: neither number counts."""
    return context.figure.unit == "%" and re.search(r"[两二三四五六七八九十\d]个$", context.before) is not None


def _figure_of_speech(context: Context) -> bool:
    """一个, 百家 and 数十个 count nothing; 近百家 and 百余家 do."""
    if not _is_chinese(context):
        return False
    figure, numeral = context.figure, context.written.removesuffix(context.figure.unit)
    if numeral == "二":  # one counts with 两; 二 puts in order (二次供水, 二级医院)
        return True
    if figure.unit == "个" and re.match(r"\d|百分", context.after):
        return True  # 实现三个100%
    if PURE_SCALE.fullmatch(numeral):
        return not (figure.more or re.search(r"(?:近|超过?|逾|上|约|突破|过)$", context.before))
    if figure.value == 1 and figure.value_max is None:
        return not _counts_one(context)
    vague = re.search(r"[数几好每]$", context.before) is not None and figure.value >= 10
    return vague or figure.value_max == 2  # 数十个, 一两个


def _counts_one(context: Context) -> bool:
    """Return whether 一 counts: 新增一处口袋公园, but not 形成一套机制."""
    built = re.search(BUILT, context.before) is not None and context.figure.unit in BUILT_UNITS
    return built and not ABSTRACT_STARTS.match(context.after) and not _names_something_abstract(context)


def _names_something_abstract(context: Context) -> bool:
    head = re.split(r"[、和,，。]", context.after)[0]
    return (
        re.search(
            r"(?:机制|体系|制度|模式|平台|品牌|格局|网络|方案|台阶|氛围|队伍|局面|闭环|矩阵|路径|样板|高地|梦|窗口)$",
            head[:24],
        )
        is not None
    )


def _abstract(context: Context) -> bool:
    """六个维度, 两个大局, 四次全会: Chinese digits before what is thought of, not counted on the ground."""
    if not _is_chinese(context):
        return False
    unit = context.figure.unit
    if (
        unit == "次"
        and MEETING.match(context.after)
        and not re.search(r"(?:召开|举行|开展|组织|举办|进行)(?:了)?$", context.before)
    ):
        return True
    if unit == "项" and CHINESE_ITEMS.match(context.after):
        return True
    if unit in CHINESE_TOO and not TURN_BEFORE.search(context.before):
        return True
    if context.before.endswith(("老", "新", "“")) and unit in {"件", "样", "项"}:
        return True
    return (
        bool(ABSTRACT_STARTS.match(context.after) or ABSTRACT_AFTER.match(context.after)) and context.figure.value <= 12
    )


def _street_name(context: Context) -> bool:
    """五台山路, 三门路: a name that begins like a count."""
    if not _is_chinese(context) or context.figure.unit in {"个", "家", "处", "名", "户", "次"}:
        return False
    return re.match(r"[\u4e00-\u9fff]?(?<![道马公干支头小主])路", context.after) is not None


GUARDS: dict[str, Guard] = {
    "ordinal": _ordinal,
    "rank": _rank,
    "book_title": _book_title,
    "quoted_name": _quoted_name,
    "ratio_or_model": _ratio_or_model,
    "duration": _duration,
    "address": _address,
    "wrong_sense": _wrong_sense,
    "threshold": _threshold,
    "legal_fraction": _legal_fraction,
    "radius": _radius,
    "slogan": _slogan,
    "figure_of_speech": _figure_of_speech,
    "abstract": _abstract,
    "street_name": _street_name,
}


def why_no_claim(context: Context) -> str | None:
    """Return the name of the first rule that says a figure is no claim, or None where it is one."""
    return next((name for name, guard in GUARDS.items() if guard(context)), None)
