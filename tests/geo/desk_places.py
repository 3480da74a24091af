"""Bundled places with facilities put where a test wants them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd


def with_facilities(place, layer_id, rows):
    """Return the place with exactly these facilities in a layer: id -> (lon, lat, properties)."""
    frame = place.layers[layer_id].frame
    template = dict.fromkeys(frame.columns)
    made = [
        template
        | {"subdistrict": place.subdistrict.id, "location_status": "address", "accuracy_m": 50.0}
        | properties
        | {"name": name}
        for name, (_, _, properties) in rows.items()
    ]
    points = gpd.points_from_xy([lon for lon, _, _ in rows.values()], [lat for _, lat, _ in rows.values()])
    table = pd.DataFrame(made, columns=[name for name in frame.columns if name != "geometry"], dtype=object)
    table.index = pd.Index(list(rows), name=frame.index.name, dtype=object)
    fresh = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
    layer = place.layers[layer_id]
    hash_of = "".join(sorted(rows)) + layer_id
    return place.with_layers(place.layers | {layer_id: replace(layer, frame=fresh, content_hash=hash_of)})


def node_position(place, fraction):
    """Return the position of a node of the network, by a share of their number."""
    number = int(fraction * (place.network.node_count - 1))
    return float(place.network.lon[number]), float(place.network.lat[number])
