"""The way in: landing page, what is conformed to, and the API's definition."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _

from webmap.i18n import local_text
from webmap.kept_answers import same_for_all
from webmap.ogc.catalogue import collection_ids, collection_title
from webmap.ogc.formats import HTML, JSON, OPENAPI_JSON
from webmap.ogc.links import link, own_links, put_in_header, service_root
from webmap.ogc.parameters import document_parameters
from webmap.parameters import read_query
from webmap.responses import unless_known, wants_page
from webmap.snapshot import Snapshot
from webmap.views import snapshot

pages = Blueprint("ogc", __name__)

_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMS_TO = (
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(f"{_FEATURES}-3/1.0/conf/{name}" for name in ("queryables", "queryables-query-parameters")),
    *(f"{_FEATURES}-3/1.0/conf/{name}" for name in ("filter", "features-filter")),
    *(f"{_CQL2}/{name}" for name in ("cql2-text", "basic-cql2", "advanced-comparison-operators")),
    *(f"{_CQL2}/{name}" for name in ("case-insensitive-comparison", "basic-spatial-functions")),
    *(f"{_CQL2}/{name}" for name in ("basic-spatial-functions-plus", "spatial-functions")),
)


@pages.get("/ogc")
@pages.get("/ogc/")
def landing() -> Response:
    """Say what the service is and where everything else stands."""
    now = snapshot()
    read_query(request.args, document_parameters())
    html = wants_page()
    body: dict[str, Any] = {
        "title": _("生活圈"),
        "description": _("社区设施图层、需求点、路网和工作报告里的数字。人口是模拟的，示例位置写明是示例。"),
        "attribution": "© OpenStreetMap contributors (ODbL)",
        "links": [
            *own_links(JSON, html=html),
            link("service-desc", "/ogc/api", OPENAPI_JSON, "OpenAPI 3.0", {"f": "json"}),
            link("service-doc", "/docs", HTML, _("接口说明")),
            link("conformance", "/ogc/conformance", JSON, _("符合的标准"), {"f": "json"}),
            link("data", "/ogc/collections", JSON, _("全部数据"), {"f": "json"}),
        ],
    }
    return _answer(now, body, "ogc/landing.html", html=html)


@pages.get("/ogc/conformance")
def conformance() -> Response:
    """List the conformance classes."""
    now = snapshot()
    read_query(request.args, document_parameters())
    html = wants_page()
    body = {"conformsTo": list(CONFORMS_TO), "links": own_links(JSON, html=html)}
    return _answer(now, body, "ogc/conformance.html", html=html)


def version_of_everything(now: Snapshot) -> str:
    """Return what changes with anything that a description of the collections says."""
    return "\n".join(f"{name} {place.data_version}" for name, place in now.places.items())


def document_version(now: Snapshot, *, html: bool) -> str:
    """Return the version of a document that rests on everything, in the form and under the name that it is given."""
    return f"{version_of_everything(now)}\n{html}\n{service_root()}"


def _answer(now: Snapshot, body: dict[str, Any], template: str, *, html: bool) -> Response:
    """Return a document as JSON or as a page."""

    def written() -> Response:
        if not html:
            return put_in_header(jsonify(body), body["links"])
        titles = {name: local_text(collection_title(now, name)) for name in collection_ids(now)}
        page = render_template(template, body=body, titles=titles, section="data")
        return Response(page, mimetype=HTML)

    same_for_all()
    return unless_known(document_version(now, html=html), written)
