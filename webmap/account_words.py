"""What pages about accounts call things: roles, faults of a form, what the history has, browsers, times."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from geo.errors import Problem

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_BROWSERS = (
    ("Edg", "Edge"),
    ("MicroMessenger", "WeChat"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def role_name(role: str) -> str:
    """Return what a role is called."""
    names: dict[str, str] = {
        "viewer": _("查看"),
        "planner": _("规划"),
        "editor": _("编辑"),
        "reviewer": _("审核"),
        "administrator": _("管理"),
    }
    return names.get(role, role)


def role_means(role: str) -> str:
    """Return what a role may do, in a sentence."""
    meanings: dict[str, str] = {
        "viewer": _("看工作台，不能改"),
        "planner": _("再加上：存规划方案"),
        "editor": _("再加上：改指定的图层，送审"),
        "reviewer": _("再加上：改所有图层，发布"),
        "administrator": _("再加上：管账号，看记录"),
    }
    return meanings[role]


def fault_words(problem: Problem) -> str:
    """Return a fault of a form in the reader's language."""
    words: dict[str, str] = {
        "login_taken": _("这个登录名已经有人用了，换一个。"),
        "login_reserved": _("这个登录名另有用处，换一个。"),
        "bad_login": _("登录名要 2 到 32 个字：小写字母、数字、点、横线、下划线，开头是字母或数字。"),
        "bad_name": _("名字要 1 到 40 个字，不能有看不见的字符。"),
        "unknown_role": _("没有这个角色。"),
        "no_layers": _("编辑要说明能改哪些图层。"),
        "no_subdistricts": _("编辑要说明能改哪些街道。"),
        "unknown_scope": _("没有这个图层或街道，重新选。"),
        "last_administrator": _("这是最后一个管理账号。先让另一个人也能管理。"),
        "password_short": _("太短了，至少 10 个字。"),
        "password_long": _("太长了，最多 200 个字。"),
        "password_is_login": _("密码和登录名一样。换一个不相干的。"),
        "password_common": _("这是大家最常用的密码，一猜就中。换一个长一点、怪一点的。"),
        "password_twice": _("两次写的不一样，再写一遍。"),
        "password_same": _("新密码和现在的一样。"),
        "wrong_password": _("现在的密码不对。"),
    }
    return words.get(problem.code, str(problem))


def operation_name(operation: str) -> str:
    """Return what an entry of the history says was done."""
    names: dict[str, str] = {
        "create": _("新增"),
        "update": _("修改"),
        "delete": _("删除"),
        "restore": _("恢复"),
        "publish": _("发布"),
        "reject": _("退回"),
        "undo": _("撤销修改"),
        "signed_in": _("登录了"),
        "signed_out": _("退出了"),
        "refused": _("没让做"),
        "login_limited": _("登录试得太多，先停住"),
        "account_added": _("加了账号"),
        "role_changed": _("换了角色或范围"),
        "account_disabled": _("停用账号"),
        "account_enabled": _("恢复账号"),
        "one_time_password": _("给了一次性密码"),
        "password_changed": _("换了密码"),
        "sessions_ended": _("让别处的登录失效"),
        "sign_on_linked": _("连上统一登录"),
        "reported_wrong": _("居民报错"),
        "report_settled": _("处理了居民的报错"),
        "inputs": _("街道、人口、规则或报告换了"),
    }
    return names.get(operation, operation)


def reason_name(reason: str) -> str:
    """Return why something was refused."""
    names: dict[str, str] = {
        "not_signed_in": _("没有登录"),
        "session_ended": _("登录已经结束"),
        "cross_site": _("从别的网站来的"),
        "role_too_little": _("角色不够"),
        "bad_token": _("没带页面上的令牌"),
        "media_type": _("内容类型不对"),
        "body_too_long": _("内容太长"),
        "no_access_mark": _("谁都不能做"),
        "one_time_password": _("一次性密码还没换"),
        "wrong_password": _("登录名或密码不对"),
        "too_many_attempts": _("试得太多"),
        "sign_on_failed": _("统一登录没成"),
        "sign_on_unknown": _("统一登录的人这里没有账号"),
    }
    return names.get(reason, reason)


def detail_name(detail: str) -> str:
    """Return what a detail of an event is called."""
    names: dict[str, str] = {
        "address": _("地址"),
        "account": _("账号"),
        "way": _("方式"),
        "role": _("角色"),
        "name": _("名字"),
        "layers": _("图层"),
        "subdistricts": _("街道"),
        "before": _("以前"),
        "count": _("几处"),
        "endpoint": _("想做"),
        "not_written_before": _("前一分钟没逐条记的"),
    }
    return names.get(detail, detail)


def person_name(who: str, names: dict[str, str]) -> str:
    """Return who did something: the name of an account (`names`: by login), or what did it where nobody did."""
    others: dict[str, str] = {
        "anonymous": _("没登录的人"),
        "command": _("命令行"),
        "lifecircle": _("服务自己"),
        "seed": _("数据文件"),
        "system": _("服务自己"),
    }
    return names.get(who) or others.get(who, who)


def browser_name(agent: str) -> str:
    """Return browser and device of a User-Agent header, as far as they are known: Firefox, Android."""
    found = [next((name for sign, name in known if sign in agent), "") for known in (_BROWSERS, _DEVICES)]
    return " · ".join(name for name in found if name) or _("不知道是什么浏览器")


def shanghai_time(moment: str) -> str:
    """Return a moment of the store (UTC) as a time in Shanghai: 2026-11-02 14:20."""
    return datetime.fromisoformat(moment).astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M")
