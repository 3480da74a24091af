"""The API's own definition: OpenAPI 3.0 of everything under /api and /ogc, and a page on which to try it."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, json, render_template, request

from webmap.api.openapi_analysis import analysis_operations
from webmap.api.openapi_parts import Operation, Parameter, Schema
from webmap.api.openapi_schemas import analysis_schemas, fault_answers, shared_schemas
from webmap.api.openapi_staff import SECURITY_SCHEMES, staff_operations
from webmap.config import LANGUAGES
from webmap.i18n import current_language
from webmap.kept_answers import same_for_all
from webmap.ogc.formats import HTML, OPENAPI_JSON
from webmap.ogc.operations import ogc_operations, ogc_schemas
from webmap.ogc.parameters import document_parameters
from webmap.parameters import Choice, read_query
from webmap.responses import unless_known, wants_page
from webmap.snapshot import Snapshot
from webmap.views import snapshot

pages = Blueprint("definition", __name__)

VERSION = "1.0.0"
_MANY = 5


@pages.get("/api/openapi.json")
def everything() -> Response:
    """Return the definition of every operation."""
    now = snapshot()
    read_query(request.args, {"lang": Choice(LANGUAGES)})
    same_for_all()
    return unless_known(_version(now), lambda: _written(definition(now)))


@pages.get("/ogc/api")
def features() -> Response:
    """Return the definition of what is under /ogc, with addresses relative to it."""
    now = snapshot()
    read_query(request.args, document_parameters())
    html = wants_page()
    same_for_all()
    return unless_known(f"{_version(now)}\n{html}", lambda: _docs(now) if html else _written(features_definition(now)))


@pages.get("/docs")
def docs() -> Response:
    """Show every operation with a form to try it; nothing is loaded from elsewhere."""
    now = snapshot()
    return unless_known(_version(now), lambda: _docs(now))


def definition(now: Snapshot) -> Schema:
    """Return the definition of every operation, addresses from the root of the service."""
    written = _document(now, [*analysis_operations(now), *ogc_operations(now)], server="/")
    for one in staff_operations(now):
        written["paths"].setdefault(one.path, {})[one.method] = one.written()
    written["components"]["securitySchemes"] = SECURITY_SCHEMES
    return written


def features_definition(now: Snapshot) -> Schema:
    """Return the definition of the operations under /ogc, addresses from there: how OGC clients look for them."""
    written = _document(now, ogc_operations(now), server="/ogc")
    written["paths"] = {path.removeprefix("/ogc") or "/": one for path, one in written["paths"].items()}
    return written


def _document(now: Snapshot, operations: list[Operation], server: str) -> Schema:
    schemas = shared_schemas() | analysis_schemas() | ogc_schemas(now)
    paths = {one.path: {"get": one.written()} for one in operations}
    parameters = _shared_parameters([path["get"] for path in paths.values()])
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Lifecircle 生活圈",
            "version": VERSION,
            "description": _ABOUT[current_language()],
            "license": {"name": "MIT; data: see /about"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas, "parameters": parameters, "responses": fault_answers()},
    }


def _shared_parameters(operations: list[Schema]) -> dict[str, Schema]:
    """Put what many operations ask alike in one place, by its name, and a reference to it in theirs; return the place.

    Clients look for the largest page under `components/parameters/limit`.
    """
    written = [(one["name"], json.dumps(one), one) for operation in operations for one in operation["parameters"]]
    counts = Counter(text for _, text, _ in written)
    shared: dict[str, Schema] = {}
    for name, text, one in written:
        if counts[text] >= _MANY and shared.get(name, one) == one:
            shared[name] = one
    for operation in operations:
        operation["parameters"] = [
            {"$ref": f"#/components/parameters/{one['name']}"} if shared.get(one["name"]) == one else one
            for one in operation["parameters"]
        ]
    return shared


def _written(document: Schema) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), content_type=OPENAPI_JSON)


def _docs(now: Snapshot) -> Response:
    groups: dict[str, list[Operation]] = {}
    for one in [*analysis_operations(now), *ogc_operations(now)]:
        groups.setdefault(one.tag, []).append(one)
    page = render_template("docs.html", groups=groups, shown=_shown, section="data")
    return Response(page, mimetype=HTML)


def _shown(parameter: Parameter) -> str:
    """Return a parameter's example as it is typed into its field."""
    value = parameter.example
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _version(now: Snapshot) -> str:
    return "\n".join([VERSION, now.catalog.content_hash, *(place.data_version for place in now.places.values())])


_ABOUT = {
    "zh": "社区设施、需求点、路网、分析结果。人口是模拟的；示例位置不算进数字。错误都是 problem+json，type 不会变。",
    "en": "Facilities, demand, streets and analysis. People are modelled; samples never count in a figure. Every fault "
    "is a problem+json with a stable type. /ogc is OGC API - Features, tested by its abstract tests, not certified.",
}
