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
    "draft_waiting": ("有人改过这一条，还没发布", "先发布或退回，再导入"),
    "changed_meanwhile": ("刚刚有人改过", "再看一遍，然后再存"),
}
"""What is wrong and what to do, by code; English pages say it as the checks do."""


@dataclass(frozen=True, slots=True)
class FaultWords:
    """A fault as a page tells it. `detail` is what stands there, as the checks found it; empty where `what` says it."""

    code: str
    where: str
    what: str
    remedy: str
    detail: str
    is_warning: bool


def fault_words(problem: Problem) -> FaultWords:
    """Return a fault in words; in English, and for codes without Chinese words, as the checks say it."""
    known = None if current_language() == "en" else _CHINESE.get(problem.code)
    if known is None:
        return FaultWords(problem.code, problem.where, problem.found, problem.remedy, "", problem.warning)
    return FaultWords(problem.code, place_words(problem.where), known[0], known[1], problem.found, problem.warning)


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
