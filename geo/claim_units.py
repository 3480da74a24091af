"""What a report counts in: measure words, units of measurement, money; and how they are found after a number."""

from __future__ import annotations

import re

from geo.claim_lexicon import ARABIC_ONLY, CHINESE_TOO, COUNTERS, DURATIONS, MEASURES, words

# A score: 分 after a number, never before 钟 or 之.
SCORE = r"分(?![钟之类别批级行校店局布管中发为析区工队段级流公])"
# What must not follow a unit, or it is the beginning of another word, whatever digits stand before it.
NOT_BEFORE = {
    "个": r"(?!月|季度|年头|星期|礼拜|世纪)",
    "人": r"(?!员|制|大代表|民币|大常委|行道|防工程)",
    "件": r"(?!套|制)",
    "次": r"(?!元|生|日|年|月|序|要)",
    "位": r"(?!一体|数|次|列|居|置)",
    "名": r"(?!列|次|录)",
    "户": r"(?!籍|外|均)",
    "期": r"(?!工程|项目|地块|厂房|建设|间|末|开发|开工|竣工|动迁|征收|改造|规划|试点|以来)",
    "路": r"(?!公交|车|站|口|段|与|和|以|东|南|西|北|沿)",
    "面": r"(?!向|对|积|临|上|貌)",
    "门": r"(?!店|禁|牌|口|户|面|责|诊|前|岗|卫)",
    "块": r"(?!链|状)",
    "天": r"(?!然气|河|目)",
    "方": r"(?!面|向|式|案|便|针|位|略|力量|责任|联)",
    "课": r"(?!题|程|堂|后|间)",
    "类": r"(?!似|型|别)",
    "把": r"(?!手|关|握|控|脉)",
    "对": r"(?!接|口|标|外|象|于|照|比|面|策|一)",
    "部": r"(?!门|分|署|级|委|长|曲|位|件)",
    "组": r"(?!织|长|成|合|建|团|员)",
    "支": r"(?!部(?!队)|持|出|付|援)",
    "处": r"(?!理|置|罚|于|级|长)",
    "元": r"(?!旦|宵|宇宙|素|件|器件)",
    "台": r"(?!账|阶)",
    "班": r"(?!子|车|组|长|级)",
    "单": r"(?!位|元|独|向|身|号|体)",
    "床": r"(?!上)",
    "版": r"(?!权|本|块|面)",
    "通": r"(?!过|道|讯|报|行|知|车)",
    "封": r"(?!闭|控)",
    "口": r"(?!岸|袋|碑|号|腔)",
    "节": r"(?!气|能|约|点|日|假|庆|水|余)",
    "包": r"(?!括|干|含|容|保)",
    "米": r"(?!其林|面|线)",
    "双": r"(?!向|减|拥|创|碳|休|职|报)",
    "产": r"(?!业|品|值|量|权|出|能|学)",
    "证": r"(?!照|明|件|书|据|券)",
    "轮": r"(?!值|岗|换|训|流|椅|渡)",
    "客": r"(?!户|厅|观|流|运)",
    "针": r"(?!对)",
    "克": r"(?!服|难)",
    "升": r"(?!级|至|到|学|幅|高|格|为)",
    "所": r"(?!属|谓|得税)",
    "集": r"(?!中|体|团|聚|成|装|合|约|卡)",
}
# After Chinese digits these too: 三家 counts, 百家讲坛 and 五处理 do not; 12家园区企业 counts.
NOT_BEFORE_CHINESE = {
    "个": r"(?!体户?的|性化|案分析|人所得税|转企)",
    "人": r"(?!口|民)",
    "家": r"(?!园|门口|校社|教|政|风|训|国情怀)",
    "项": r"(?!目化)",
    "条": r"(?!线上|块)",
    "名": r"(?!单|称)",
    "户": r"(?!型)",
    "张": r"(?!杨|江|家|衡|扬)",
    "套": r"(?!班子)",
    "起": r"(?!来|到|始|步|草|点|重|诉)",
    "场": r"(?!所|馆|地|景|内|外|站)",
    "座": r"(?!谈|右)",
    "所": r"(?!有|在|以|需)",
    "台": r"(?!湾|儿庄|州)",
    "支": r"(?!行|撑|队伍建设)",
    "批": r"(?!发|准|复|评|示)",
    "处": r"(?!室|在)",
}
AREA_OR_MONEY = frozenset(words("平方米 平方公里 平方千米 平米 米 公里 元 美元 欧元 亩 公顷 吨 % 千瓦 千瓦时"))


def _alternatives(units: tuple[str, ...], *further: dict[str, str]) -> str:
    """Return a pattern of all units, the longest first, each with what must not follow it."""
    ordered = sorted(set(units), key=lambda unit: (-len(unit), unit))
    return "|".join(
        re.escape(unit) + "".join(table.get(unit, "") for table in (NOT_BEFORE, *further)) for unit in ordered
    )


_COUNT = _alternatives(COUNTERS + MEASURES + DURATIONS)
_CHINESE_COUNT = _alternatives(
    tuple(unit for unit in COUNTERS + MEASURES + DURATIONS if unit not in ARABIC_ONLY or unit in CHINESE_TOO),
    NOT_BEFORE_CHINESE,
)
_VARIANT = r"(?:\((?:次|套|间|户|家|人|个|处)\)|·次)?"
_PER_UNITS = (
    "平方米·月|平方米|平方公里|立方米|公里|千人|万人|百户|人|户|年|月|日|天|小时|次|亩|吨|万元|套|班|床|分钟|kWh"
)
_PER = rf"(?:\s?/\s?(?:{_PER_UNITS})){{0,2}}"
UNIT = re.compile(rf"(?P<unit>(?:{_COUNT}|{SCORE}){_VARIANT}{_PER})")
CHINESE_UNIT = re.compile(rf"(?P<unit>(?:{_CHINESE_COUNT}){_VARIANT})")
# Between a number and its unit: nothing, a blank, or the end of a wrapped line.
GAP = re.compile(r"[ \t\u00a0]{0,3}")


def find_unit(folded: str, end: int, *, chinese: bool) -> tuple[str, int] | None:
    """Return the unit that stands at `end` of a folded text (a blank may come before) and where it ends."""
    gap = GAP.match(folded, end)
    match = (CHINESE_UNIT if chinese else UNIT).match(folded, gap.end() if gap else end)
    return (re.sub(r"\s", "", match["unit"]), match.end()) if match else None


def is_duration(unit: str) -> bool:
    """Return whether a unit is a length of time."""
    return unit in DURATIONS
