"""Features as vector tiles in one PMTiles archive, of which a browser fetches what it shows; always the same bytes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio

MIN_ZOOM, MAX_ZOOM = 12, 14
"""The tiles of the last zoom are 0.6 m fine, and are drawn larger from there on."""
_MOST_TILE_BYTES, _MOST_TILE_FEATURES = 4_000_000, 400_000  # nothing is left out of a tile in silence


def write_tiles(frame: gpd.GeoDataFrame, name: str, path: Path) -> None:
    """Write features to a new archive.

    Args:
        frame: EPSG:4326, at least one feature; its other columns are the properties.
        name: The layer in the tiles.
        path: Where the archive will be; its name ends with `.pmtiles`.
    """
    options = {
        "NAME": name,
        "MINZOOM": str(MIN_ZOOM),
        "MAXZOOM": str(MAX_ZOOM),
        "MAX_SIZE": str(_MOST_TILE_BYTES),
        "MAX_FEATURES": str(_MOST_TILE_FEATURES),
    }
    pyogrio.write_dataframe(frame, path, driver="PMTiles", layer=name, geometry_type="Unknown", dataset_options=options)
