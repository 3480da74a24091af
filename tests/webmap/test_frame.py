"""Folium without a door: three parts, our own files, the same bytes each time, and no data in the script."""

from __future__ import annotations

import re

import folium
import folium.plugins
import pytest
import shapely
from shapely.geometry import Polygon

from geo.errors import DataError
from webmap.frame import LEFT_OUT, read_manifest, take_apart
from webmap.maps import place_frame

MANIFEST = {"leaflet.js": "leaflet/leaflet.js", "leaflet.css": "leaflet/leaflet.css"}
OUTLINE = Polygon([(121.42, 31.22), (121.44, 31.22), (121.44, 31.24)])


def test_parts_are_separate_and_ours() -> None:
    parts = take_apart(place_frame(OUTLINE), MANIFEST)
    assert parts.script_files == ("leaflet/leaflet.js",)
    assert parts.style_files == ("leaflet/leaflet.css",)
    assert "<script" not in parts.document
    assert "<style" not in parts.document
    assert "http" not in parts.document + parts.script + parts.style
    assert "L.map(" in parts.script
    assert "html, body" not in parts.style


def test_same_place_gives_the_same_bytes() -> None:
    assert take_apart(place_frame(OUTLINE), MANIFEST) == take_apart(place_frame(OUTLINE), MANIFEST)


def test_unknown_library_raises() -> None:
    drawn = place_frame(OUTLINE)
    folium.plugins.MarkerCluster(name="stations").add_to(drawn)
    with pytest.raises(DataError, match="markercluster"):
        take_apart(drawn, MANIFEST)


def test_what_is_left_out_is_what_folium_brings() -> None:
    brought = {url.rsplit("/", 1)[-1] for _, url in (*folium.Map.default_js, *folium.Map.default_css)}
    assert brought == LEFT_OUT | {"leaflet.js", "leaflet.css"}


def test_missing_manifest_says_what_to_do(tmp_path) -> None:
    with pytest.raises(DataError, match="scripts/serve"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text("[1]")
    with pytest.raises(DataError, match="not a manifest"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("bounds", "zoom"),
    [((121.42, 31.22, 121.44, 31.24), 12), ((1.41, 42.43, 1.79, 42.66), 9), ((120.86, 30.69, 122.12, 31.87), 7)],
    ids=["a subdistrict", "Andorra", "a province of Shanghai's size"],
)
def test_one_may_go_so_far_away_that_a_narrow_phone_holds_all_of_it(bounds, zoom: int) -> None:
    script = take_apart(place_frame(shapely.box(*bounds)), MANIFEST).script
    least = int(re.search(r'"minZoom": (\d+)', script)[1])
    assert least == zoom
    width_px = (bounds[2] - bounds[0]) / 360 * 256 * 2**least
    assert width_px <= 240
    assert least == 12 or 2.3 * width_px > 240, "and no farther than that"
