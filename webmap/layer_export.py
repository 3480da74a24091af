"""The layers as readers see them, as files: canonical GeoJSON, so that git shows what has really changed, or others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from geo.catalog_model import Catalog
from geo.export_formats import ExportFormat, export_layer
from webmap.live_layers import LiveLayers


def export_layers(
    live: LiveLayers, catalog: Catalog, folder: Path, formats: Sequence[ExportFormat] = ("geojson",)
) -> list[Path]:
    """Write every layer to `folder` as `<layer>.<ending>` in each format; return the files that were not so already.

    A file is replaced as a whole; one that says the same already is left alone, date and all. GeoPackage, XLSX and KML
    have the time of writing in them and are always written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for layer in catalog.layers.values():
        for export_format in dict.fromkeys(formats):
            file = export_layer(live.layers[layer.id].frame, layer, export_format)
            path = folder / file.name
            if not path.is_file() or path.read_bytes() != file.content:
                _write_whole(path, file.content)
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
