"""Faults of what somebody brought, in the visitor's language: what is wrong and what to do, by the fault's code."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from geo.datum_shift import DATUM_NAMES, Shift
from geo.errors import Problem
from webmap.i18n import current_language

_CHINESE: dict[str, tuple[str, str]] = {
    "datum_undeclared": ("没有说坐标是哪种坐标系", "选一种；不知道就问给表的人，别猜"),
    "datum_contradicted": ("位置和说的坐标系对不上", "看看是不是选错了坐标系"),
    "outside_subdistrict": ("位置在街道外面", "确实服务这个街道就打勾确认，不然改位置"),
    "swapped_axes": ("像是经度和纬度写反了", "勾上“纬度在前”，或者在表里对调"),
    "out_of_range": ("数字超出范围", "改成范围里的数"),
    "longitude_out_of_range": ("没有这样的经度", "经度在 -180 到 180 之间"),
    "latitude_out_of_range": ("没有这样的纬度", "纬度在 -90 到 90 之间"),
    "not_a_number": ("这里要填数字", "只写数字，单位不要写"),
    "not_finite": ("不是一个有限的数", "写一个普通的数"),
    "bad_date": ("日期看不懂", "写成 2026-11-01"),
    "unknown_choice": ("不在可选的里面", "从可选的里挑一个"),
    "unknown_subdistrict": ("没有这个街道", "写街道的代号或全名"),
    "unknown_property": ("这一层没有这一项", "对应到别的项，或者留着不用"),
    "unknown_column": ("表里没有这一列", "重新对应一下"),
    "unknown_target": ("这一层没有这一项", "重新对应一下"),
    "unmapped_column": ("不知道这一列是什么", "在下面选它是哪一项，或者选“不用”"),
    "target_twice": ("两列对应到了同一项", "留一列，另一列选“不用”"),
    "half_position": ("经度和纬度只有一个", "两个都对应，或者都不用"),
    "missing_property": ("必填的没有填", "补上"),
    "missing_geometry": ("没有位置", "填经纬度；不知道在哪就把位置依据写成“未定位”"),
    "unexpected_geometry": ("写着未定位，却有位置", "去掉位置，或者说位置是怎么知道的"),
    "missing_accuracy": ("没说位置误差", "写误差多少米，下面可以给整张表一个默认值"),
    "location_status_missing": ("没说位置是怎么知道的", "加一列“位置依据”，或者在下面给整张表一个默认值"),
    "text_too_long": ("字太多", "写短一点"),
    "empty_text": ("空的", "填上，或者整格删掉"),
    "control_character": ("里面有看不见的字符", "重新打一遍，别从网页粘贴"),
    "bidi_control": ("里面有改变书写方向的隐藏字符", "重新打一遍，别从网页粘贴"),
    "zero_width": ("里面有看不见、不占宽度的字符", "重新打一遍，别从网页粘贴"),
    "lone_surrogate": ("里面有坏掉的字符", "重新打一遍"),
    "unsafe_link": ("网址不能用", "只能是 http:// 或 https:// 开头的"),
    "wrong_type": ("类型不对", "按提示改"),
    "duplicate_row": ("和另一行是同一个设施", "留一行"),
    "ambiguous_row": ("对得上不止一个设施", "加一列编号，好知道是哪一个"),
    "duplicate_id": ("编号重复了", "每个设施一个编号"),
    "bad_id": ("编号不对", "用导出的表里的编号，新的设施留空"),
    "duplicate_column": ("两列同名", "改一个名字"),
    "unnamed_column": ("有一列没有名字", "在第一行给它一个名字"),
    "no_columns": ("第一行没有列名", "第一行写列名"),
    "too_many_cells_in_row": ("这一行的格子比列名多", "看看是不是多了分隔符"),
    "formula_cell": ("这一格是公式", "复制，再“选择性粘贴”成数值"),
    "merged_cells": ("有合并的单元格", "取消合并，每格都填上"),
    "z_dropped": ("高程不收", "不用管，经纬度照收"),
    "other_sheets": ("只读了第一张表", "别的表另存成文件再导入"),
    "file_too_large": ("文件太大", "拆成几个"),
    "unpacked_too_large": ("压缩包解开后太大", "另存一份干净的表"),
    "too_many_rows": ("行太多", "拆成几个"),
    "too_many_columns": ("列太多", "去掉不用的列"),
    "macro_workbook": ("带宏的表不收", "另存为 .xlsx"),
    "unknown_format": ("不认识这种文件", "用 .csv .xlsx .geojson .gpkg 或 .kml"),
    "not_utf8": ("文字编码不是 UTF-8", "另存为 UTF-8；中文系统导出的就选 GB18030"),
    "wrong_encoding": ("文字编码不对", "换一种编码再试"),
    "not_csv": ("不是一张 CSV 表", "看看文件有没有坏"),
    "not_xlsx": ("不是一个 Excel 文件", "看看文件有没有坏，或者重新另存"),
    "not_kml": ("不是一个 KML 文件", "看看文件有没有坏"),
    "not_gpkg": ("不是一个 GeoPackage", "看看文件有没有坏"),
    "not_json": ("JSON 写坏了", "看看那个地方的语法"),
    "foreign_crs": ("文件自己说的坐标系我们不收", "换成经纬度再来"),
    "bad_mapping": ("列的对应看不懂", "重新对应一下"),
    "bad_wkt": ("形状看不懂", "写成 POINT (经度 纬度) 或 POLYGON ((...))"),
    "invalid_polygon": ("边线自己交叉，围不成一块", "把角的次序改对，一块地方一圈线"),
    "unclosed_ring": ("边线没有闭合", "最后一个角要和第一个一样"),
    "ring_too_short": ("角太少，围不成一块", "至少三个角，最后再回到第一个"),
    "empty_coordinates": ("没有坐标", "写上坐标，或者整个去掉"),
    "geometry_not_allowed": ("这一层不收这种图形", "换成点，或者一块地方"),
    "unknown_geometry_type": ("不认识这种图形", "换成点，或者一块地方"),
    "missing_member": ("缺了一项", "按 GeoJSON 的写法补上"),
    "unknown_member": ("多了一项没人认识的", "去掉"),
    "not_a_feature": ("不是一处 GeoJSON", "一处写成 type 是 Feature 的对象"),
    "not_feature_collection": ("不是 GeoJSON 的一组", "最外面写成 FeatureCollection"),
    "missing_id": ("没有编号", "补上导出时的编号"),
    "wrong_layer_name": ("文件说的是另一层", "换成这一层的文件"),
    "duplicate_key": ("同一个名字写了两次", "留一个"),
    "number_too_long": ("数字太长", "写短一点"),
    "too_deep": ("套得太深", "换一个简单的文件"),
    "several_layers": ("文件里有好几层", "只留一层再来"),
    "too_many_numbers": ("数字太多", "拆成几个"),
    "too_many_vertices": ("角太多", "把形状画简单一点"),
    "too_many_problems": ("错太多，后面的没看", "先改好一样的错，再来"),
    "bad_amount": ("要写一个数", "写 0 或更大的数，单位不要写"),
    "bad_role": ("不知道这个角色", "写候选、必建、不建或现有"),
    "bad_count": ("点太少或太多", "至少一行，至多两万行"),
    "no_position": ("没有位置", "填上经度和纬度"),
    "no_file": ("还没有选文件", "选一个文件"),
    "bad_value": ("这一项不能这样写", "退回去，把页面重新打开"),
    "unknown_parameter": ("网址里多了一个没人认识的参数", "去掉它"),
    "missing_parameter": ("网址里少了一个参数", "补上它"),
    "not_yours": ("这是别人的", "请那个人来做"),
    "file_missing": ("文件不在", "把文件放回去"),
    "repeated_parameter": ("网址里同一个参数写了两次", "留一个"),
    "query_too_long": ("网址太长", "写短一点"),
    "unknown_host": ("这台服务不叫这个名字", "请管机器的人看看设置"),
    "unknown_feature": ("没有这一处", "可能删掉了，从列表里找"),
    "unknown_layer": ("没有这一层", "从首页重新进来"),
    "unknown_report": ("没有这份报告", "从列表里找"),
    "unknown_revision": ("没有这个版本", "看看历史里有哪些"),
    "unknown_import": ("没有这次导入", "看看历史"),
    "unknown_upload": ("这张表已经不在了", "重新传一次"),
    "unknown_claim": ("没有这条数字", "从列表里找"),
    "outside_scope": ("这一层或这个街道不归你管", "请管账号的人加上"),
    "role_too_little": ("你的角色不能做这一步", "请能做的人来做"),
    "deleted": ("它已经删掉了", "要改就先恢复"),
    "not_undoable": ("这一步撤不回去", "看看历史"),
    "bad_token": ("这一页放得太久", "重新打开页面，再做一次"),
    "no_length": ("没说内容有多长", "换一个浏览器或程序"),
    "draft_waiting": ("有人改过这一条，还没发布", "先发布或退回，再导入"),
    "changed_meanwhile": ("刚刚有人改过", "再看一遍，然后再存"),
    # What is typed into addresses and into the forms of planners and administrators.
    "bad_position": ("位置看不懂", "先经度后纬度，写成 121.43000,31.23000（WGS-84）"),
    "too_many_positions": ("位置太多", "最多 200 个"),
    "short_line": ("一条路至少要两个不同的点", "再点一个"),
    "no_street_here": ("这里 25 m 以内没有街", "点在要封的那条街上"),
    "patch_finds_nothing": ("这样画，街道网没有变化", "离街近一点，或者看看是不是已经有了"),
    "no_footpath": ("步道看不懂", "至少两个点，每个点先经度后纬度"),
    "footpath_apart": ("步道接不上街", "离街 20 m 以内才接得上"),
    "unknown_patch": ("没有这一段补画的路", "从列表里找"),
    "unknown_kind": ("没有这一种", "从给出的里面选"),
    "no_reason": ("没说怎么知道的", "写上谁、哪天走过"),
    "missing_reason": ("没说为什么", "写一句为什么改"),
    "network_changed": ("街道网刚刚变过", "再看一遍会变什么，然后再改"),
    "network_elsewhere": ("这个街道网不在这里", "看看是不是选错了文件"),
    "no_network_before": ("以前没有别的街道网", "不用退"),
    "unknown_network": ("没有这个街道网", "从列表里选"),
    "layer_exists": ("已经有这个代号的图层", "换一个代号，或者到规则和口径里改它"),
    "bad_layer_id": ("图层代号不对", "小写字母开头，只用小写字母、数字和 _"),
    "bad_property_name": ("栏目代号不对", "小写字母开头，只用小写字母、数字和 _"),
    "bad_glyph": ("图上的字只能有一个", "留一个汉字或字母"),
    "duplicate_glyph": ("图上的字别的图层用了", "换一个字"),
    "bad_code": ("代号不对", "小写字母开头，只用小写字母、数字、- 和 _"),
    "bad_choices": ("可选的几个不对", "至少两个，不能重复"),
    "one_limit": ("步行上限要么是米，要么是分钟", "只写一样"),
    "one_sided_rule": ("规则和图层没有互相写上", "两边都写上"),
    "unknown_headline_rule": ("主要的规则不在这一层的规则里", "从这一层的规则里选"),
    "unknown_rule": ("没有这条规则", "从规则里选"),
    "unknown_profile": ("没有这种步速", "从给出的里面选"),
    "missing_profile": ("少了一种步速", "补上"),
    "missing_key": ("少写了一项", "补上"),
    "unknown_key": ("多了不认识的一项", "去掉，或者看看是不是拼错了"),
    "empty_list": ("至少要写一个", "补上"),
    "duplicate_item": ("写了两次", "留一个"),
    "bad_pattern": ("报告里的叫法看不懂", "只写词，用逗号分开"),
    "not_toml": ("TOML 写得不对", "照括号里说的那一行改"),
    "no_limit": ("没有步行上限", "选一条规则，或者自己写上限"),
    "no_rule": ("这一层没有步行上限", "先给它一条规则"),
    "no_streets": ("这里还没有街道网", "请管数据的人加上"),
    "no_weight": ("权重全是 0", "至少留一样不是 0"),
    "bad_number": ("这里要填数字", "写一个普通的数"),
    "bad_day": ("日期看不懂", "写成 2026-11-01"),
    "day_to_come": ("这一天还没到", "选今天或以前的一天"),
    "bad_moment": ("时间看不懂", "写成 2026-11-21T15:30"),
    "inputs_gone": ("那天以后，街道、人口、规则或报告换过了", "换一个晚一点的日子"),
    "before_first_entry": ("那一天还没有任何记录", "换一个晚一点的日子"),
    "bad_name": ("名字不对", "写一个名字，别太长"),
    "unknown_model": ("没有这种算法", "从给出的里面选"),
    "unknown_job": ("没有这次计算，或者不是你的", "重新算一次"),
    "unknown_scenario": ("没有这个方案", "从列表里找"),
    "too_many_scenarios": ("存的方案太多", "先删掉几个"),
    "too_many_changes": ("改动太多", "少改几处"),
    "unknown_facility": ("没有这一处设施", "可能删掉了，从列表里找"),
    "unknown_place": ("没有找到这个地方", "换个写法"),
    "no_gate": ("这里没有路口可以关", "点在路口上"),
    "limit_too_small": ("上限太小", "写大一点"),
    "too_many_pairs": ("这一题太大", "少选几处，或把间隔放大"),
    "too_many_questions": ("问得太快", "等一会儿再算"),
    "too_large_at_once": ("这一题不能马上算完", "放到后台算"),
    "p_below_required": ("必建的比新建的还多", "多建几处"),
    "budget_below_required": ("预算不够必建的", "预算加一点"),
    "competitors_without_mclp": ("互斥的只能和“让最多的人走得到”一起算", "换一种"),
}
"""What is wrong and what to do, by code; English pages say it as the checks do."""


@dataclass(frozen=True, slots=True)
class FaultWords:
    """A fault as a page tells it.

    Attributes:
        code: The fault's code.
        where: Its place.
        what: What is wrong.
        remedy: What to do.
        detail: What stands there, as the checks found it; empty where `what` says it.
        is_warning: Whether it may stay.
        language: Of `what` and `remedy`, as HTML names it.
    """

    code: str
    where: str
    what: str
    remedy: str
    detail: str
    is_warning: bool
    language: str = "zh-Hans"


def fault_words(problem: Problem) -> FaultWords:
    """Return a fault in words; in English, and for codes without Chinese words, as the checks say it."""
    told = None if current_language() == "en" else chinese_words(problem)
    return told or FaultWords(problem.code, problem.where, problem.found, problem.remedy, "", problem.warning, "en")


def chinese_words(problem: Problem) -> FaultWords | None:
    """Return a fault in Chinese; None for a code without words."""
    known = _CHINESE.get(problem.code)
    if known is None:
        return None
    what, remedy = known
    if problem.code == "missing_key" and problem.remedy.startswith("Add "):
        remedy = f"{remedy} {problem.remedy.removeprefix('Add ')}"
    return FaultWords(problem.code, place_words(problem.where), what, remedy, problem.found, problem.warning)


def place_words(where: str) -> str:
    """Return a place of a table in Chinese: `row 12, column 经度` is 第 12 行，「经度」列."""
    return "，".join(_part_words(part.strip()) for part in where.split(","))


def _part_words(part: str) -> str:
    if part.startswith("row "):
        return f"第 {part.removeprefix('row ')} 行"
    if part.startswith("column "):
        return f"「{part.removeprefix('column ')}」列"
    return part


def shift_words(shift: Shift) -> str:
    """Return in words how far rows lie from places that are known, and which datum would explain it."""
    directions: dict[str, str] = {
        "N": _("北"),
        "NE": _("东北"),
        "E": _("东"),
        "SE": _("东南"),
        "S": _("南"),
        "SW": _("西南"),
        "W": _("西"),
        "NW": _("西北"),
    }
    told = _(
        "%(rows)d 行和已知的地方对得上名字，比已知的位置往%(direction)s偏了约 %(metres)d m。",
        rows=shift.rows,
        direction=directions[shift.compass],
        metres=shift.distance_m,
    )
    if shift.datum is None:
        return str(told)
    if shift.datum == "wgs84":
        return str(_("%(rows)d 行和已知的地方对得上，没有偏。", rows=shift.rows))
    named = _(
        "像是 %(datum)s。", datum=DATUM_NAMES[shift.datum]
    )  # no text stands in an f-string: it would not be found
    return f"{told}{named}"
