"""What only staff may do, as the API's definition has it: edits of features, and long computations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo.catalog_model import LocalText
from geo.siting_problem import MODELS
from webmap.api.openapi_desk import EXAMPLE_SCENARIO
from webmap.api.openapi_parts import DAY, PROBLEM, STRING, Parameter, Schema, one_of, ref
from webmap.api.siting import LEAST_EVERY_M
from webmap.i18n import local_text
from webmap.scenario_link import CHANGES
from webmap.scenarios import LONGEST_NAME
from webmap.siting_answer import AMOUNTS, EVERY_M, MOST_P
from webmap.snapshot import Snapshot

SECURITY_SCHEMES: Schema = {
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
    "token": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
}
_REFUSED = {
    "400": LocalText("参数有错，或者没有带令牌", "a parameter is at fault, or the token is missing"),
    "401": LocalText("没有登录", "nobody is signed in"),
    "403": LocalText("没有这个权限，或者是别的网站发来的", "not allowed to, or sent by another site"),
    "404": LocalText("没有这个名字", "nothing has this name"),
    "409": LocalText("现在做不了", "not possible now"),
    "410": LocalText("已经删掉了，可以恢复", "deleted; it can be restored"),
    "411": LocalText("没有写长度", "the length is missing"),
    "412": LocalText("别人先改了，附上现在的样子", "somebody else was first; the current copy is in the answer"),
    "413": LocalText("太大", "too large"),
    "415": LocalText("要 JSON", "must be JSON"),
    "422": LocalText("内容有错，每一处都写明", "the body is at fault; every fault is named"),
    "428": LocalText("没有写从哪一次改的（If-Match）", "does not say what it was made from (If-Match)"),
    "429": LocalText("太多了，等一等", "too many; wait"),
    "503": LocalText("数据读不出来，或者排队的太多了", "the data cannot be read, or too many jobs are waiting"),
}


@dataclass(frozen=True, slots=True)
class StaffOperation:
    """One operation for staff: its method and address, words, parameters, and the statuses of success."""

    method: str
    path: str
    id: str
    words: LocalText
    parameters: tuple[Parameter, ...] = ()
    success: tuple[str, ...] = ("200",)
    body: Schema | None = None

    def written(self) -> Schema:
        """Return the operation as OpenAPI has it."""
        content = {"application/json": {"schema": {"type": "object"}}}
        words = {"description": local_text(_DONE)}
        done = {code: words | ({} if code == "204" else {"content": content}) for code in self.success}
        faults = {PROBLEM: {"schema": ref("problem")}}
        refused = {code: {"description": local_text(why), "content": faults} for code, why in _REFUSED.items()}
        unsafe = self.method != "get"
        told: dict[str, Any] = {
            "operationId": self.id,
            "tags": ["staff"],
            "summary": local_text(self.words),
            "parameters": [one.written() for one in (*self.parameters, DAY)],
            "responses": done | refused,
            "security": [{"session": [], "token": []} if unsafe else {"session": []}],
        }
        if self.body is not None:
            told["requestBody"] = {"required": True, "content": {"application/json": {"schema": self.body}}}
        return told


def staff_operations(now: Snapshot) -> list[StaffOperation]:
    """Return every operation under /api that asks for an account."""
    layer = Parameter("layer", one_of(list(now.catalog.layers)), LocalText("图层", "layer"), "nurseries", place="path")
    feature = Parameter("feature", STRING, LocalText("哪一条", "feature"), "01M7XPE601EF16YCNC7B3DCYVZ", place="path")
    job = Parameter("job", STRING, LocalText("哪一件", "job"), "1", place="path")
    made_from = Parameter(
        "If-Match", STRING, LocalText("从哪一次改的", "revision it was made from"), '"1"', place="header"
    )
    manner = (
        Parameter("state", one_of(("draft", "review", "published")), LocalText("草稿、待审、公开", "how far"), "draft"),
        Parameter("why", STRING, LocalText("为什么改", "why"), "去看过"),
        Parameter("confirm", one_of(("outside_subdistrict",)), LocalText("确认在外面", "meant"), "outside_subdistrict"),
    )
    one, all_of = "/api/layers/{layer}/{feature}", "/api/layers/{layer}"
    revision = Parameter("revision", {"type": "integer", "minimum": 1}, LocalText("回到哪一次", "which revision"), 1)
    body = ref("layerFeature")
    return [
        StaffOperation(
            "post", all_of, "createFeature", LocalText("新加一条", "Make a feature"), (layer, *manner), ("201",), body
        ),
        StaffOperation(
            "put",
            one,
            "saveFeature",
            LocalText("改一条", "Write a feature"),
            (layer, feature, made_from, *manner),
            ("200", "201"),
            body,
        ),
        StaffOperation(
            "delete",
            one,
            "deleteFeature",
            LocalText("删一条", "Take a feature away"),
            (layer, feature, made_from, *manner),
        ),
        StaffOperation(
            "post",
            f"{one}/restore",
            "restoreFeature",
            LocalText("恢复", "Restore it"),
            (layer, feature, revision, *manner),
        ),
        StaffOperation(
            "get", f"{one}/revisions", "revisions", LocalText("每一次改动", "Its revisions"), (layer, feature)
        ),
        StaffOperation("get", "/api/jobs", "jobs", LocalText("自己的计算", "One's own computations")),
        StaffOperation(
            "post",
            "/api/jobs",
            "askForJob",
            LocalText("要一次长计算", "Ask for a long computation"),
            (),
            ("202",),
            _JOB,
        ),
        StaffOperation("get", "/api/jobs/{job}", "job", LocalText("算到哪里了", "How far it is"), (job,)),
        StaffOperation("delete", "/api/jobs/{job}", "cancelJob", LocalText("不算了", "Cancel it"), (job,), ("204",)),
        StaffOperation("get", "/api/jobs/{job}/result", "jobResult", LocalText("结果", "What came of it"), (job,)),
        *_desk_operations(),
    ]


def _desk_operations() -> list[StaffOperation]:
    """Return the operations of the planner's desk that ask for an account."""
    scenario = Parameter("scenario", STRING, LocalText("哪一个", "which"), EXAMPLE_SCENARIO, place="path")
    return [
        StaffOperation(
            "post",
            "/api/siting",
            "askForSiting",
            LocalText("排队算建在哪里最好", "Where new sites help most, as a job"),
            (),
            ("202",),
            _SITING,
        ),
        StaffOperation("get", "/api/scenarios", "scenarios", LocalText("自己存的方案", "One's own scenarios")),
        StaffOperation(
            "post",
            "/api/scenarios",
            "keepScenario",
            LocalText("存一个方案", "Keep a scenario"),
            (),
            ("201",),
            _SCENARIO,
        ),
        StaffOperation(
            "delete",
            "/api/scenarios/{scenario}",
            "deleteScenario",
            LocalText("删一个方案", "Delete a scenario of one's own"),
            (scenario,),
            ("204",),
        ),
    ]


_DONE = LocalText("做好了", "done")
_JOB: Schema = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": STRING, "arguments": {"type": "object"}},
    "additionalProperties": False,
}
_CHOSEN = {"subdistrict": STRING, "layer": STRING, "rule": STRING, "profile": STRING}
_SITING: Schema = {
    "type": "object",
    "required": ["subdistrict", "layer"],
    "properties": _CHOSEN
    | {
        "model": one_of(MODELS) | {"default": "mclp"},
        "p": {"type": "integer", "minimum": 1, "maximum": MOST_P, "default": 1},
        "every_m": {"type": "integer", "enum": list(EVERY_M), "default": LEAST_EVERY_M},
        **{name: {"type": "number", "minimum": 0, "exclusiveMinimum": True} for name in AMOUNTS},
    },
    "additionalProperties": False,
    "example": {"subdistrict": "caojiadu", "layer": "nurseries", "p": 5},
}
_SCENARIO: Schema = {
    "type": "object",
    "required": ["name", "subdistrict", "layer"],
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}}
    | _CHOSEN
    | {
        "changes": {
            "type": "object",
            "properties": {name: {"type": "array", "items": STRING} for name in CHANGES},
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
    "example": {
        "name": "万航渡路新增一处",
        "subdistrict": "caojiadu",
        "layer": "nurseries",
        "changes": {"add": ["121.4300,31.2310"]},
    },
}
