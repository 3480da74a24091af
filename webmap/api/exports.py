"""/api/layers/<layer>/export: a layer, or one subdistrict's part of it, as a file in one of seven formats."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, request

from geo.export_formats import EXPORT_FORMATS, ExportFormat, export_layer
from webmap.parameters import Choice, read_query
from webmap.responses import unless_known
from webmap.views import snapshot

pages = Blueprint("exports", __name__)


@pages.get("/api/layers/<layer>/export")
def layer_file(layer: str) -> Response:
    """Return what readers see of a layer as `?format=`, of one `?subdistrict=` or of all, to be kept as a file."""
    now = snapshot()
    its_layer = now.layer(layer)
    asked = read_query(request.args, {"format": Choice(EXPORT_FORMATS, None), "subdistrict": Choice()})
    facilities = now.live.layers[its_layer.id]
    frame, name = facilities.frame, its_layer.id
    if "subdistrict" in request.args:
        slug = now.subdistrict(asked["subdistrict"]).id
        frame, name = frame[frame["subdistrict"] == slug], f"{its_layer.id}-{slug}"

    def answer() -> Response:
        file = export_layer(frame, its_layer, cast("ExportFormat", asked["format"]))
        response = Response(file.content, content_type=file.media_type)
        ending = file.name.rpartition(".")[2]
        # Ids of layers and subdistricts are small letters, figures and underscores: nothing has to be quoted.
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
        return response

    return unless_known(f"{facilities.content_hash} {now.catalog.content_hash}", answer)
