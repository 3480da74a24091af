"""The collections and what their features are made of."""

from __future__ import annotations

from flask import Blueprint, Response, json, jsonify, render_template, request

from webmap.i18n import local_text
from webmap.kept_answers import same_for_all
from webmap.ogc.catalogue import collection_ids, find_collection
from webmap.ogc.descriptions import describe
from webmap.ogc.formats import HTML, JSON, SCHEMA_JSON
from webmap.ogc.landing import document_version
from webmap.ogc.links import own_links, put_in_header
from webmap.ogc.parameters import document_parameters
from webmap.ogc.schemas import collection_schema
from webmap.parameters import read_query
from webmap.responses import unless_known, wants_page
from webmap.views import snapshot

pages = Blueprint("ogc_collections", __name__)


@pages.get("/ogc/collections")
def index() -> Response:
    """Describe every collection."""
    now = snapshot()
    read_query(request.args, document_parameters())
    html = wants_page()
    same_for_all()

    def written() -> Response:
        found = [find_collection(now, name) for name in collection_ids(now)]
        body = {"links": own_links(JSON, html=html), "collections": [describe(one) for one in found]}
        if not html:
            return put_in_header(jsonify(body), own_links(JSON, html=html))
        page = render_template("ogc/collections.html", body=body, found=found, section="data")
        return Response(page, mimetype=HTML)

    return unless_known(document_version(now, html=html), written)


@pages.get("/ogc/collections/<collection>")
def show(collection: str) -> Response:
    """Describe one collection."""
    now = snapshot()
    found = find_collection(now, collection)
    read_query(request.args, document_parameters())
    html = wants_page()
    same_for_all()

    def written() -> Response:
        body = describe(found)
        if not html:
            return put_in_header(jsonify(body), own_links(JSON, html=html))
        page = render_template("ogc/collection.html", body=body, found=found, section="data")
        return Response(page, mimetype=HTML)

    return unless_known(document_version(now, html=html), written)


@pages.get("/ogc/collections/<collection>/schema")
def schema(collection: str) -> Response:
    """Say what the features of a collection are made of."""
    return _schema(collection, queryables=False)


@pages.get("/ogc/collections/<collection>/queryables")
def queryables(collection: str) -> Response:
    """Say what a filter may name."""
    return _schema(collection, queryables=True)


def _schema(collection: str, *, queryables: bool) -> Response:
    """Return the JSON Schema of a collection, or the table of its properties for people."""
    now = snapshot()
    found = find_collection(now, collection)
    read_query(request.args, document_parameters())
    html = wants_page()
    same_for_all()

    def written() -> Response:
        if not html:
            body = collection_schema(found, request.base_url, queryables=queryables)
            text = json.dumps(body, ensure_ascii=False)
            return put_in_header(Response(text, mimetype=SCHEMA_JSON), own_links(SCHEMA_JSON, html=html))
        links = own_links(SCHEMA_JSON, html=html)
        page = render_template(
            "ogc/schema.html", found=found, links=links, title=local_text(found.title), section="data"
        )
        return Response(page, mimetype=HTML)

    return unless_known(document_version(now, html=html), written)
