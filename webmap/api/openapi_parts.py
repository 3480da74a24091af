"""The pieces of which the API's definition is made: parameters, answers, operations, in the visitor's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from geo.catalog_model import LocalText
from webmap.i18n import local_text

Schema: TypeAlias = dict[str, Any]

PROBLEM = "application/problem+json"
STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LENGTH: Schema = {"type": "number", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
VERSION: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

FAULTS = {
    "400": LocalText("参数有错，每一处都写在 problems 里", "a parameter is at fault; `problems` names every one"),
    "404": LocalText("没有这个名字", "nothing has this name"),
    "409": LocalText(
        "那一天的路网、人口、规则或报告已经变了", "streets, people, rules or claims of that day have changed"
    ),
    "429": LocalText("问得太多了，等一等（Retry-After）", "asked too much; wait (Retry-After)"),
    "500": LocalText("我们这边出错了", "a fault of ours"),
    "503": LocalText("数据读不出来", "the data cannot be read"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; `example` is a value that the tests try, None where there is none for all days.

    `repeated`: a list is given as one parameter for each value, since its values have commas in them.
    """

    name: str
    schema: Schema
    words: LocalText
    example: Any
    required: bool = False
    place: str = "query"
    repeated: bool = False

    def written(self) -> Schema:
        """Return the parameter as OpenAPI has it; values of a list stand behind each other, parted by commas."""
        told: Schema = {
            "name": self.name,
            "in": self.place,
            "required": self.required or self.place == "path",
            "description": local_text(self.words),
            "schema": self.schema,
        }
        if self.example is not None:
            told["example"] = self.example
        return told | ({"style": "form", "explode": self.repeated} if self.place == "query" else {})


DAY = Parameter(
    "at",
    {"type": "string", "format": "past-day"},
    LocalText("哪一天的数据：2026-11-01，默认现在", "data as it was at the end of a day: 2026-11-01; now"),
    None,
)
"""What every operation knows: the day that the answer speaks of."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation (GET): its address, words, parameters, and the schema of its answer by media type.

    `refuses` are further statuses of `FAULTS` that only some operations answer with.
    """

    path: str
    id: str
    tag: str
    words: LocalText
    parameters: tuple[Parameter, ...]
    answers: dict[str, Schema] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()

    def written(self) -> Schema:
        """Return the operation as OpenAPI has it."""
        content = {kind: {"schema": schema} for kind, schema in self.answers.items()}
        tag = {"description": "strong: equal tags mean equal bytes", "schema": STRING}
        answered: Schema = {"description": local_text(_GIVEN), "content": content, "headers": {"ETag": tag}}
        known = [code for code in FAULTS if code not in _SELDOM or code in self.refuses]
        faults = {code: {"$ref": f"#/components/responses/{code}"} for code in known}
        unchanged = {"304": {"description": local_text(_UNCHANGED)}}
        return {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": local_text(self.words),
            "parameters": [one.written() for one in (*self.parameters, DAY)],
            "responses": {"200": answered} | unchanged | faults,
        }


def shape(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object whose properties are all there but the `optional` ones."""
    required = [name for name in properties if name not in optional]
    told: Schema = {"type": "object", "properties": properties}
    return told | {"required": required} if required else told


def listed(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    """Return the schema of what may be null; not of a reference, since OpenAPI 3.0 would still hold null against it."""
    return schema | {"nullable": True} | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


NETWORK_VERSION: Schema = nullable({"type": "string", "pattern": "^[0-9a-f]{16}$"})


def one_of(values: tuple[str, ...] | list[str]) -> Schema:
    """Return the schema of one of several texts."""
    return {"type": "string", "enum": list(values)}


def ref(name: str) -> Schema:
    """Return the schema of that name among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


_SELDOM = frozenset({"429"})
_GIVEN = LocalText("答复", "the answer")
_UNCHANGED = LocalText("跟手里的一样（If-None-Match）", "the same as what you have (If-None-Match)")
