"""The layers as readers see them, as files: canonical GeoJSON, so that git shows what has really changed."""

from __future__ import annotations

import os
from pathlib import Path

from geo.catalog_model import Catalog
from geo.layers import layer_to_geojson
from webmap.live_layers import LiveLayers


def export_layers(live: LiveLayers, catalog: Catalog, folder: Path) -> list[Path]:
    """Write every layer to `folder` as `<layer>.geojson`; return the files that were not so already.

    A file is replaced as a whole; one that says the same already is left alone, date and all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for layer in catalog.layers.values():
        path = folder / f"{layer.id}.geojson"
        content = layer_to_geojson(live.layers[layer.id].frame, layer)
        if not path.is_file() or path.read_bytes() != content:
            _write_whole(path, content)
            changed.append(path)
    return changed


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one, and never half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
