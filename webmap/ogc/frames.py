"""The Folium frame on which a collection's features are drawn: outlines of the subdistricts, nothing of the data."""

from __future__ import annotations

import folium
from flask import Blueprint, Response, url_for
from shapely.geometry import Polygon

from geo.errors import NotFoundError
from webmap.frame import FrameParts, read_manifest, take_apart
from webmap.frames import FrameLinks
from webmap.maps import ground_map
from webmap.ogc.catalogue import Collection, find_collection
from webmap.responses import unless_known
from webmap.views import snapshot, the_config

pages = Blueprint("ogc_frames", __name__)

MIN_ZOOM = 9
_KINDS = {"script.js": "text/javascript", "style.css": "text/css"}
_MARGIN_DEG = 0.002
# The features stand in Leaflet's own pane at 400: the ground under them, the outline over them.
_PANES = (("land", 390), ("outline", 410))


def frame_of(found: Collection) -> FrameLinks:
    """Return the document part of a collection's map and the addresses of its scripts and styles."""
    parts = _parts(found)
    own_script, own_style = (url_for("ogc_frames.part", collection=found.id, name=name) for name in _KINDS)
    return FrameLinks(
        document=parts.document,
        scripts=(*(_vendor_url(path) for path in parts.script_files), own_script),
        styles=(*(_vendor_url(path) for path in parts.style_files), own_style),
    )


@pages.get("/ogc/collections/<collection>/frame/<name>")
def part(collection: str, name: str) -> Response:
    """Serve the script or the style of a collection's frame."""
    if name not in _KINDS:
        raise NotFoundError("unknown_part", "name", f"a frame has no {name[:40]!r}", f"Known: {', '.join(_KINDS)}")
    found = find_collection(snapshot(), collection)
    parts = _parts(found)
    text = parts.script if name == "script.js" else parts.style
    return unless_known(found.version, lambda: Response(text, mimetype=_KINDS[name]))


def _parts(found: Collection) -> FrameParts:
    config = the_config()
    outlines = [place.outline for place in snapshot().places.values()]
    return take_apart(_drawn(outlines, found.table.extent()), read_manifest(config.vendor))


def _drawn(outlines: list[Polygon], extent: tuple[float, float, float, float] | None) -> folium.Map:
    """Return a map with the outlines, looking at the extent, or at all outlines where no feature has a place."""
    boxes = [extent] if extent is not None else [outline.bounds for outline in outlines]
    west, south = min(box[0] for box in boxes) - _MARGIN_DEG, min(box[1] for box in boxes) - _MARGIN_DEG
    east, north = max(box[2] for box in boxes) + _MARGIN_DEG, max(box[3] for box in boxes) + _MARGIN_DEG
    return ground_map(outlines, (west, south, east, north), _PANES, MIN_ZOOM)


def _vendor_url(path: str) -> str:
    return url_for("static", filename=f"vendor/{path}")
