"""Features: page by page, one by one, and all of a collection in one file."""

from __future__ import annotations

import json
from bisect import bisect_left
from urllib.parse import quote_plus

import numpy as np
from flask import Blueprint, Response, request

from geo.errors import NotFoundError
from geo.feature_crs import SYSTEMS, ReferenceSystem, from_wgs84
from geo.feature_files import feature_file
from geo.feature_query import IndexArray, Page, select, turn_page
from geo.feature_table import feature_lines, geometry_texts
from webmap.i18n import local_text
from webmap.kept_answers import same_for_all
from webmap.ogc.catalogue import Collection, find_collection
from webmap.ogc.formats import BULK, GEOJSON, HTML, JSON
from webmap.ogc.item_pages import item_page, items_page
from webmap.ogc.links import Link, link, own_links, put_in_header, query_text, service_root
from webmap.ogc.parameters import ItemsRequest, feature_parameters, read_items_request
from webmap.parameters import read_query
from webmap.responses import unless_known, wants_page
from webmap.views import snapshot

pages = Blueprint("ogc_items", __name__)


@pages.get("/ogc/collections/<collection>/items")
def items(collection: str) -> Response:
    """Return a page of the features that are asked for."""
    found = find_collection(snapshot(), collection)
    html = wants_page()
    same_for_all()

    def written() -> Response:
        asked = read_items_request(request.args, found.table)
        page = turn_page(found.table, select(found.table, asked.query), asked.limit, asked.after, asked.before)
        links = _items_links(found, page, html=html)
        if html:
            response = Response(items_page(found, page, links), mimetype=HTML)
        else:
            response = Response(_collection_text(found, page, asked, links), mimetype=GEOJSON)
            response.headers["Content-Crs"] = f"<{asked.system.uri}>"
        return put_in_header(response, links)

    return unless_known(_version(found, html=html), written)


@pages.get("/ogc/collections/<collection>/items/<feature>")
def item(collection: str, feature: str) -> Response:
    """Return one feature."""
    found = find_collection(snapshot(), collection)
    asked = read_query(request.args, feature_parameters())
    row = _row(found, feature)
    html = wants_page()
    same_for_all()
    here = f"/ogc/collections/{found.id}"
    links = [
        *own_links(GEOJSON, html=html),
        link("collection", here, JSON, local_text(found.title), {"f": "json"}),
    ]

    def written() -> Response:
        if html:
            return put_in_header(Response(item_page(found, row, links), mimetype=HTML), links)
        system = SYSTEMS[asked["crs"]]
        text = _lines(found, np.array([row]), system)[0]
        response = Response(f'{text[:-1]},"links":{_compact(links)}}}', mimetype=GEOJSON)
        response.headers["Content-Crs"] = f"<{system.uri}>"
        return put_in_header(response, links)

    return unless_known(f"{found.table.lines[row]}\n{html}\n{service_root()}", written)


@pages.get("/ogc/collections/<collection>/all.<ending>")
def whole(collection: str, ending: str) -> Response:
    """Return all of a collection in one file."""
    found = find_collection(snapshot(), collection)
    read_query(request.args, {})
    if ending not in BULK:
        shown = f"there is no file with the ending {ascii(ending)[:20]}"
        raise NotFoundError("unknown_format", "ending", shown, f"Known: {', '.join(BULK)}")

    def written() -> Response:
        # nothing is kept: a file is asked for seldom, and two workers would each hold it
        content = feature_file(found.table, found.id, BULK[ending].ending)
        response = Response(content, mimetype=BULK[ending].media_type)
        response.headers["Content-Disposition"] = f"attachment; filename={found.id}.{ending}"
        return response

    return unless_known(found.version, written)


def _collection_text(found: Collection, page: Page, asked: ItemsRequest, links: list[Link]) -> str:
    """Return a page as a GeoJSON FeatureCollection. No time stamp: equal features have equal bytes, and one tag."""
    lines = ",\n".join(_lines(found, page.rows, asked.system))
    counts = f'"numberMatched":{page.matched},"numberReturned":{len(page.rows)}'
    return f'{{"type":"FeatureCollection",{counts},"links":{_compact(links)},"features":[\n{lines}\n]}}\n'


def _lines(found: Collection, rows: IndexArray, system: ReferenceSystem) -> list[str]:
    """Return features as GeoJSON with coordinates in `system`."""
    if system.code is None:
        lines = found.table.lines
        return [lines[row] for row in rows.tolist()]
    moved = from_wgs84(found.table.geometry[rows], system)
    return feature_lines(found.table, rows, geometry_texts(moved))


def _items_links(found: Collection, page: Page, *, html: bool) -> list[Link]:
    """Return the links of a page: to itself, its other form, its neighbours and its collection."""
    media_type, title = (HTML if html else GEOJSON), local_text(found.title)
    here = f"/ogc/collections/{found.id}"
    query = f"{query_text('f', 'after', 'before')}f={'html' if html else 'json'}"
    links = own_links(GEOJSON, html=html)
    if page.next_after is not None:
        links.append(link("next", f"{here}/items", media_type, title, f"{query}&after={quote_plus(page.next_after)}"))
    if page.previous_before is not None:
        before = quote_plus(page.previous_before)
        links.append(link("prev", f"{here}/items", media_type, title, f"{query}&before={before}"))
    return [*links, link("collection", here, JSON, title, {"f": "json"})]


def _row(found: Collection, feature: str) -> int:
    row = bisect_left(found.table.ids, feature)
    if row == len(found.table) or found.table.ids[row] != feature:
        remedy = "Ask for the items of the collection"
        raise NotFoundError("unknown_feature", "featureId", f"{found.id} has no such feature", remedy)
    return row


def _version(found: Collection, *, html: bool) -> str:
    return f"{found.version}\n{html}\n{service_root()}"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
