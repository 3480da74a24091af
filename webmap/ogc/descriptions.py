"""Collections as OGC API describes them: extent, reference systems, links."""

from __future__ import annotations

from typing import Any

from geo.feature_crs import CRS84
from webmap.i18n import local_text
from webmap.ogc.catalogue import Collection
from webmap.ogc.formats import BULK, GEOJSON, HTML, JSON, SCHEMA_JSON
from webmap.ogc.links import Link, link
from webmap.ogc.parameters import CRS_NAMES

LICENCES = {"streets": "https://opendatacommons.org/licenses/odbl/1-0/"}


def describe(found: Collection) -> dict[str, Any]:
    """Return the description of a collection, the same in the list of collections and alone."""
    described: dict[str, Any] = {
        "id": found.id,
        "title": local_text(found.title),
        "description": local_text(found.description),
        "itemType": "feature",
        "crs": list(CRS_NAMES),
        "storageCrs": CRS84,
        "links": collection_links(found),
    }
    extent = _extent(found)
    return described | ({"extent": extent} if extent else {})


def collection_links(found: Collection) -> list[Link]:
    """Return the links of a collection: to itself, its features, its schema, and files of all of it."""
    here, title = f"/ogc/collections/{found.id}", local_text(found.title)
    links = [
        link("self", here, JSON, title, {"f": "json"}),
        link("alternate", here, HTML, title, {"f": "html"}),
        link("items", f"{here}/items", GEOJSON, title, {"f": "json"}),
        link("items", f"{here}/items", HTML, title, {"f": "html"}),
        link("describedby", f"{here}/schema", SCHEMA_JSON, "JSON Schema"),
        link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{here}/queryables", SCHEMA_JSON, "Queryables"),
    ]
    links += [link("enclosure", f"{here}/all.{one.ending}", one.media_type, one.name) for one in BULK.values()]
    if found.id in LICENCES:
        links.append({"href": LICENCES[found.id], "rel": "license", "type": HTML, "title": "ODbL 1.0"})
    return links


def _extent(found: Collection) -> dict[str, Any]:
    """Return where and when the features are; what no feature has is left out."""
    box, period = found.described.extent(), found.described.period()
    extent: dict[str, Any] = {}
    if box is not None:
        extent["spatial"] = {"bbox": [list(box)], "crs": CRS84}
    if period is not None:
        trs = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
        extent["temporal"] = {"interval": [list(period)], "trs": trs}
    return extent
