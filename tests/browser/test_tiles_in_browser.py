"""A map whose data is over 2 MB: tiles are drawn in a real browser, a tap says what it says on any other map."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import city

from webmap import create_app, map_tiles
from webmap.config import Config
from webmap.copy_links import COPY_MARK

from .conftest import Site, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STREETS, SPACING_DEG = 110, 0.0008
HOSTILE = "<img src=x onerror=document.title='written'>"
PAGE = "/map/city/city_0"
QUERY = "?samples=0&lang=en"
SITING = "/planner/city/city_0/siting"
NEAR_ZOOM = 17


def street_grid() -> dict:
    """Streets every 75 to 90 m both ways, nine kilometres across; a hostile name among theirs."""
    ends = [round(number * SPACING_DEG, 6) for number in range(STREETS)]
    features = []
    for row, at in enumerate(ends):
        for way in ("east", "north"):
            line = [(other, at) if way == "east" else (at, other) for other in ends]
            name = HOSTILE if row % 7 == 3 else f"{way} {row}"
            coordinates = [[121.4 + lon, 31.2 + lat] for lon, lat in line]
            geometry = {"type": "LineString", "coordinates": coordinates}
            told = {"name": name, "accuracy_m": 5, "source": "made up"}
            features.append({"type": "Feature", "id": f"{way}-{row}", "geometry": geometry, "properties": told})
    return {"type": "FeatureCollection", "name": "streets", "features": features}


@pytest.fixture(scope="module")
def big(site: Site, serve_app, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service with a made-up city of 24,000 pieces of street and 8,000 homes."""
    folder = tmp_path_factory.mktemp("city")
    streets = folder / "streets.geojson"
    streets.write_text(json.dumps(street_grid()), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "LIFECIRCLE_INSTANCE", str(folder / "instance"))
        city.build(folder, streets, 8_000)
    app = create_app(Config(instance=folder / "instance", recheck_s=3600))
    with serve_app(app) as url:
        yield Site(url, site.browser, app)


@pytest.fixture(scope="module")
def whole(big: Site) -> dict:
    """The map's data as a static copy has it: all of it, without tiles."""
    client = big.app.test_client()
    answer = client.get(f"{PAGE}/data.json{QUERY}", environ_overrides={COPY_MARK: True})
    assert len(answer.data) > map_tiles.MOST_JSON_BYTES
    assert "tiles" not in answer.json
    tiles = client.get(f"{PAGE}/data.json{QUERY}").json["tiles"]
    for name in ("streets", "reach"):  # made here, not while a browser waits
        archive = client.get(tiles[name])
        assert archive.get_data()[:7] == b"PMTiles"
        archive.close()
    return answer.json


def opened(big: Site, context, path: str) -> Visit:
    visit = big.open(context, path)
    visit.page.locator("[data-map]").first.scroll_into_view_if_needed()
    return visit


def look_at(page, block: dict) -> None:
    """Bring a place into the middle of the map, and wait until its tiles are drawn there."""
    page.evaluate(
        """async ([lat, lon, zoom]) => {
            const { map } = document.querySelector("[data-map]").lifecircle;
            const tiles = [];
            map.eachLayer((layer) => { if (layer.queryTileFeaturesDebug) tiles.push(layer); });
            const drawn = tiles.map((layer) => new Promise((go) => layer.once("load", go)));
            map.closePopup().setView([lat, lon], zoom, { animate: false });
            await Promise.all(drawn);
        }""",
        [block["lat"], block["lon"], NEAR_ZOOM],
    )
    page.wait_for_selector(".leaflet-popup", state="detached")  # an old one fades away


def tap_the_middle(page) -> str:
    """Tap the middle of the map; return what the popup says."""
    box = page.locator("[data-map] .folium-map").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    return popup.inner_text()


def painted(page) -> int:
    """How many pixels of the tiles' canvases have a colour."""
    return page.evaluate(
        """() => [...document.querySelectorAll("[data-map] canvas")].reduce((sum, one) => {
            const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
            let count = 0;
            for (let place = 3; place < data.length; place += 4) if (data[place]) count += 1;
            return sum + count;
        }, 0)"""
    )


def test_a_map_over_two_megabytes_is_drawn_and_answers_a_tap(big: Site, whole: dict, size, axe: str) -> None:
    with big.context(*size) as context:
        visit = opened(big, context, f"{PAGE}{QUERY}")
        page = visit.page
        sent = next(url for url in visit.requests if "data.json" in url)
        assert len(page.request.get(sent).body()) < map_tiles.MOST_JSON_BYTES
        assert page.locator("[data-map] .facility").count() == len(whole["facilities"]) == city.FACILITIES_A_LAYER
        assert painted(page) > 20_000
        reached = [one for one in whole["blocks"] if one["distance_m"] is not None and one["street"] != HOSTILE]
        hostile = next(one for one in whole["blocks"] if one["street"] == HOSTILE)
        for block in (max(reached, key=lambda one: one["weight"]), hostile):
            look_at(page, block)
            said = tap_the_middle(page)
            assert said.startswith(f"{block['street']}: {round(block['weight']):,} people"), "the street and the people"
            assert f"{round(block['distance_m']):,} m" in said
        if "LIFECIRCLE_PICTURES" in os.environ:
            page.screenshot(path=Path(os.environ["LIFECIRCLE_PICTURES"]) / f"tiles_{size[0]}.png")
        assert page.title() != "written"
        assert page.locator(".leaflet-popup-content img").count() == 0
        assert page.locator(".leaflet-popup-close-button").get_attribute("aria-label") == "Close"
        page.evaluate(axe)
        assert page.evaluate("axe.run().then((found) => found.violations.map((one) => one.id))") == []
        # the list beside the map: all facilities, in the order that is asked for
        rows = page.locator("tr[data-facility]")
        assert rows.count() == city.FACILITIES_A_LAYER
        streets = page.locator("tr[data-street]")
        first = streets.first.get_attribute("data-street")
        page.locator("table", has=streets).locator("thead button", has_text="People").focus()
        page.keyboard.press("Enter")
        assert streets.last.get_attribute("data-street") == first, (
            "from the most people to the least, now the other way"
        )
        assert visit.errors == []
        assert [url for url in visit.requests if not url.startswith((big.url, "data:"))] == []


def test_nothing_answers_a_tap_where_nobody_is_or_from_afar(big: Site, whole: dict) -> None:
    with big.context(1280, 800) as context:
        page = opened(big, context, f"{PAGE}{QUERY}").page
        block = whole["blocks"][0]
        look_at(page, block)
        box = page.locator("[data-map] .folium-map").first.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 60)
        assert tap_the_middle(page)
        page.evaluate("document.querySelector('[data-map]').lifecircle.map.closePopup().setZoom(13, {animate: false})")
        page.wait_for_selector(".leaflet-popup", state="detached")
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert page.locator(".leaflet-popup").count() == 0


def test_the_map_of_best_sites_is_drawn_from_the_same_tiles(big: Site, size) -> None:
    with big.context(*size) as context:
        visit = opened(big, context, f"{SITING}?every_m=200&lang=en")
        sent = next(url for url in visit.requests if "map.json" in url)
        assert len(visit.page.request.get(sent).body()) < map_tiles.MOST_JSON_BYTES / 3
        assert any("/api/tiles/reach/" in url for url in visit.requests)
        assert painted(visit.page) > 20_000
        assert visit.errors == []


def test_facilities_too_many_for_markers_answer_a_tap(big: Site, whole: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_tiles, "MOST_JSON_BYTES", 1000)  # as if the 60 were 6,000
    one, *_, other = big.app.test_client().get("/api/layers/city_1").json["features"]
    with big.context(1280, 800) as context:
        visit = opened(big, context, "/map/city/city_1?samples=0&lang=en")
        page = visit.page
        assert page.locator("[data-map] .facility").count() == 0
        for feature in (one, other):
            lon, lat = feature["geometry"]["coordinates"]
            look_at(page, {"lat": lat, "lon": lon})
            said = tap_the_middle(page)
            assert said.startswith(feature["properties"]["name"])
            assert "Surveyed" in said
            assert "made up" in said
        assert page.locator(".leaflet-popup-close-button").get_attribute("aria-label") == "Close"
        assert visit.errors == []
