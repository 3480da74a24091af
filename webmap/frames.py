"""The Folium frames of the places: their parts, and the addresses under which their script and style are served."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, url_for

from geo.assessment import Place
from geo.errors import NotFoundError
from webmap.frame import FrameParts, read_manifest, take_apart
from webmap.maps import place_frame
from webmap.responses import unless_known
from webmap.snapshot import NO_LAYER
from webmap.views import snapshot, the_config

pages = Blueprint("frames", __name__)
_KINDS = {"script.js": "text/javascript", "style.css": "text/css"}


@dataclass(frozen=True, slots=True)
class FrameLinks:
    """What a template needs to put a map into its page."""

    document: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]


def frame_links(place: Place) -> FrameLinks:
    """Return the document part of a place's map and the addresses of its scripts and styles, in loading order."""
    parts = _parts(place)
    slug = place.subdistrict.id
    own_script, own_style = (url_for("frames.part", subdistrict=slug, name=name) for name in _KINDS)
    return FrameLinks(
        document=parts.document,
        scripts=(*(_vendor_url(path) for path in parts.script_files), own_script),
        styles=(*(_vendor_url(path) for path in parts.style_files), own_style),
    )


@pages.get("/frame/<subdistrict>/<name>")
def part(subdistrict: str, name: str) -> Response:
    """Serve the script or the style of a place's frame."""
    if name not in _KINDS:
        raise NotFoundError("unknown_part", "name", f"a frame has no {name[:40]!r}", f"Known: {', '.join(_KINDS)}")
    place = snapshot().place(subdistrict)
    parts = _parts(place)
    text = parts.script if name == "script.js" else parts.style
    return unless_known(place.data_version, lambda: Response(text, mimetype=_KINDS[name]))


def _parts(place: Place) -> FrameParts:
    """Return the parts of a place's frame, drawn once: nothing but its outline is in them."""
    vendor = the_config().vendor
    key = ("frame", place.subdistrict.id)
    return snapshot().answer(NO_LAYER, key, lambda: take_apart(place_frame(place.outline), read_manifest(vendor)))


def _vendor_url(path: str) -> str:
    """Return the address of a library file."""
    return url_for("static", filename=f"vendor/{path}")
