"""What a telephone needs to keep the service: the manifest, and the service worker with the version it stands for."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, url_for
from flask_babel import gettext as _

from webmap.i18n import current_language
from webmap.responses import unless_known
from webmap.snapshot import NO_LAYER, Snapshot
from webmap.views import snapshot

pages = Blueprint("offline", __name__)
KEPT_ASSETS = (
    *(f"css/{name}.css" for name in ("tokens", "base", "parts", "carto", "map", "find")),
    *(f"js/{name}.js" for name in ("offline", "find-start", "find-near", "find-map")),
    *(f"js/map/{name}.js" for name in ("controls", "facilities", "found", "geometry", "labels")),
    *(f"js/map/{name}.js" for name in ("people", "popup", "streets")),
    "img/mark.svg",
)

MOST_AREAS = 3
"""Lists of whole subdistricts that are kept unasked; those of other ones are kept once somebody has been there."""


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """Return what the service is called and looks like when it is put on a home screen."""
    icons = [
        {"src": _static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    body = {
        "id": "/find",
        "name": _("生活圈：找最近的服务"),
        "short_name": _("生活圈"),
        "lang": "en" if current_language() == "en" else "zh-Hans",
        "start_url": url_for("resident.start"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f5f5",
        "theme_color": "#ffffff",
        "icons": [{"src": _static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"}, *icons],
    }
    response = jsonify(body)
    response.mimetype = "application/manifest+json"
    return response


@pages.get("/sw.js")
def worker() -> Response:
    """Return the service worker; its text changes with the data and with the assets, so that no old cache stays."""
    now = snapshot()
    version = cache_version(now, Path(str(current_app.static_folder)))
    source = (Path(str(current_app.static_folder)) / "js" / "service-worker.js").read_text(encoding="utf-8")
    areas = [url_for("resident.area", **{"in": name}) for name in list(now.places)[:MOST_AREAS]]  # type: ignore[arg-type]
    kept = [*areas, *(_static(name) for name in KEPT_ASSETS)]
    head = f"const VERSION = {json.dumps(version)};\nconst KEPT = {json.dumps(kept)};\n"
    return unless_known(version, lambda: Response(head + source, mimetype="text/javascript"))


def cache_version(now: Snapshot, static: Path) -> str:
    """Return a hash of all data and of every asset that is kept."""
    told = "\n".join(place.data_version for place in now.places.values())
    assets = now.answer(NO_LAYER, ("assets",), lambda: _hash_assets(static))
    return hashlib.sha256(f"{told}\n{assets}".encode()).hexdigest()[:16]


def _hash_assets(static: Path) -> str:
    digest = hashlib.sha256()
    for name in (*KEPT_ASSETS, "js/service-worker.js"):
        digest.update((static / name).read_bytes())
    return digest.hexdigest()


def _static(name: str) -> str:
    return url_for("static", filename=name)
