"""What pages for staff call things about a report's figures: standings, fields, faults, why a number was left out."""

from __future__ import annotations

from flask_babel import gettext as _

from geo.errors import Problem
from webmap.i18n import current_language


def standing_name(standing: str) -> str:
    """Return how a figure stands, in words."""
    names: dict[str, str] = {"proposed": _("等确认"), "confirmed": _("已确认"), "rejected": _("不算数")}
    return names[standing]


def operation_name(operation: str, source: str) -> str:
    """Return what a revision of a figure did."""
    if operation == "create" and source == "import":
        return str(_("程序读出"))
    names: dict[str, str] = {
        "create": _("补上"),
        "update": _("改了"),
        "publish": _("已确认"),
        "reject": _("不算数"),
        "undo": _("撤回"),
    }
    return names.get(operation, operation)


def field_name(name: str) -> str:
    """Return the label of a field of the form."""
    names: dict[str, str] = {
        "kind": _("性质"),
        "value": _("数"),
        "value_max": _("到（写了一段的话）"),
        "unit": _("单位"),
        "qualifier": _("说得多准"),
        "stage": _("阶段或截至"),
        "indicator": _("数的是什么"),
        "layer": _("图层"),
        "subject": _("用自己的话说，数的是什么"),
    }
    return names[name]


def qualifier_name(qualifier: str) -> str:
    """Return how exactly a figure is meant."""
    names: dict[str, str] = {
        "exact": _("就是这个数"),
        "approx": _("约"),
        "at_least": _("不少于"),
        "more_than": _("超过"),
        "at_most": _("不超过"),
        "named": _("点了名，没写数"),
        "model": _("像“4+1”那样的写法"),
    }
    return names[qualifier]


def reason_name(reason: str) -> str:
    """Return why a number of a report was not taken as a figure."""
    names: dict[str, str] = {
        "no_unit": _("后面没有单位"),
        "date": _("年份和日期"),
        "address": _("门牌和弄号"),
        "ordinal": _("第几"),
        "rank": _("名次"),
        "book_title": _("书名或文件名里的"),
        "quoted_name": _("引号里的名字"),
        "ratio_or_model": _("比例或套话里的"),
        "duration": _("时间长短"),
        "wrong_sense": _("不是在数东西"),
        "threshold": _("门槛，比如“以上”“以下”"),
        "legal_fraction": _("法定的比例"),
        "radius": _("多大范围内"),
        "slogan": _("口号"),
        "figure_of_speech": _("说法，不是真的数"),
        "abstract": _("几个方面、几项原则"),
        "street_name": _("路名里的"),
    }
    return names.get(reason, reason)


def claim_fault(problem: Problem) -> str:
    """Return a fault of an upload or of the form in words; in English, and for others, as the checks say it."""
    if current_language() == "en":
        return f"{problem.where}: {problem.found}. {problem.remedy}"
    words: dict[str, str] = {
        "report_kind": "不认识这种文件。用 .txt .html .docx 或 .pdf，名字的结尾要对",
        "report_too_large": "文件太大，最多 40 MB。去掉图片，或者另存成文字",
        "report_too_long": "字太多，最多 30 万字。看看是不是选错了文件",
        "report_not_text": "里面不是文字。换成文字、Word、PDF 或网页",
        "report_empty": "里面没有字",
        "report_encoding": "文字编码不对。选 GB18030 再试，或者另存为 UTF-8",
        "report_locked": "文件有密码，或者是旧的 .doc。先去掉密码，另存为 .docx",
        "report_broken": "文件坏了，读不出来。打开再另存一次",
        "report_scanned": "这是扫描件，里面没有字。先用文字识别（OCR）处理",
        "empty_text": "没有填",
        "text_too_long": "字太多，写短一点",
        "missing_value": "没有写数",
        "not_a_number": "这里只写数字，单位另外写",
        "bad_range": "“到”的数要比前面的大",
        "unknown_choice": "从可选的里挑一个",
        "layer_differs": "这个指标数的是另一层，两个要一致",
        "bad_year": "年份写四位数，比如 2024",
        "changed_meanwhile": "刚刚有人也改了。再看一眼，然后再定",
    }
    told = words.get(problem.code)
    if told is None and problem.code in {"control_character", "bidi_control", "zero_width", "lone_surrogate"}:
        told = "里面有看不见的字符，重新打一遍"
    return f"{told or f'{problem.found}。{problem.remedy}'}。"
