"""Every kind of page in a real browser: drawn, without an error, asking nobody else, usable by keyboard."""

from __future__ import annotations

import pytest

from .page_checks import FORMS, barriers, grow, open_quietly, with_language
from .waits import wait_until

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/about",
    "/planner/caojiadu",
    "/planner/hudong",
    "/map/caojiadu/nurseries",
    "/map/hudong/safe_houses",
    "/map/hudong/elder_homes",
    "/map/caojiadu/heritage_buildings",
)


@FORMS
@pytest.mark.parametrize("path", PAGES)
def test_page_is_quiet_without_barriers_and_grows(site, axe, size, path: str, language: str, dark: bool) -> None:
    with site.context(*size, dark=dark) as context:
        page = open_quietly(site, context, with_language(path, language))
        assert barriers(page, axe) == []
        grow(page)


@pytest.mark.parametrize(
    ("path", "markers"),
    [
        ("/map/caojiadu/nurseries", 1),
        ("/map/hudong/safe_houses", 42),
        ("/map/hudong/safe_houses?samples=0", 0),
        ("/map/hudong/elder_homes", 0),
    ],
)
def test_map_draws_what_the_layer_holds(site, size, path: str, markers: int) -> None:
    with site.context(*size) as context:
        page = site.open(context, path).page
        assert page.locator(".facility").count() == markers
        assert page.locator(".leaflet-streets-pane path").count() > 0
        assert page.locator(".leaflet-outline-pane path.outline").count() == 1
        assert page.locator(".map-labels text").count() > 3


def test_nursery_stands_at_its_place_on_its_street(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/map/caojiadu/nurseries").page
        feature = page.evaluate(
            "fetch('/api/layers/nurseries?subdistrict=caojiadu').then((r) => r.json()).then((c) => c.features[0])"
        )
        assert "万航渡路605" in feature["properties"]["address"]
        lon, lat = feature["geometry"]["coordinates"]
        off_px = page.evaluate(
            """([lon, lat]) => {
                const frame = document.querySelector('.folium-map');
                const place = window[frame.id].latLngToContainerPoint([lat, lon]);
                const box = document.querySelector('.facility').getBoundingClientRect();
                const origin = frame.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2 - origin.x, box.y + box.height / 2 - origin.y];
                return Math.hypot(x - place.x, y - place.y);
            }""",
            [lon, lat],
        )
        assert off_px < 1.5


def test_circle_and_walking_can_be_told_apart(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/map/caojiadu/nurseries").page
        circle, reach = page.locator("path.circle-line"), page.locator(".leaflet-area-pane path.reach")
        assert circle.is_visible()
        assert reach.is_visible()
        page.click("[data-mode=circle]")
        assert circle.is_visible()
        assert not reach.is_visible()
        page.click("[data-mode=walk]")
        assert not circle.is_visible()
        assert reach.is_visible()
        assert page.get_attribute("[data-mode=walk]", "aria-pressed") == "true"


def test_plates_do_not_cover_each_other(site, size) -> None:
    with site.context(*size) as context:
        page = site.open(context, "/map/caojiadu/nurseries").page
        boxes = page.evaluate(
            """(chosen) => [...document.querySelectorAll(chosen)].map((one) => {
                const box = one.getBoundingClientRect();
                return [box.left, box.top, box.right, box.bottom];
            })""",
            ".map-labels text:not(.street-name), .map-plate, .leaflet-control-zoom, .leaflet-control-scale",
        )
        for number, (left, top, right, bottom) in enumerate(boxes):
            for other in boxes[:number]:
                apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
                assert apart, (boxes[number], other)


def test_people_are_shown_by_block_from_afar_and_by_point_from_close(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/map/caojiadu/nurseries").page
        zoom = "window[document.querySelector('.folium-map').id]"
        page.evaluate(f"{zoom}.setZoom(15, {{animate: false}})")
        blocks = page.locator("path.people").count()
        page.evaluate(f"{zoom}.setZoom(16, {{animate: false}})")
        assert 0 < blocks < page.locator("path.people").count()


def test_wheel_scrolls_the_page_until_the_map_has_the_focus(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/map/caojiadu/nurseries").page
        zoom = "window[document.querySelector('.folium-map').id].getZoom()"
        before = page.evaluate(zoom)
        page.locator(".folium-map").hover()
        page.mouse.wheel(0, 200)
        wait_until(page, "scrollY > 0")
        assert page.evaluate(zoom) == before
        page.evaluate("scrollTo(0, 0)")
        page.locator(".folium-map").hover()
        page.focus(".folium-map")
        page.mouse.wheel(0, -200)
        wait_until(page, f"{zoom} > {before}")


def test_popup_is_text_and_opens_by_keyboard(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/map/caojiadu/nurseries").page
        page.focus(".facility")
        page.keyboard.press("Enter")
        popup = page.locator(".leaflet-popup-content")
        popup.wait_for()
        assert "万航渡路605" in popup.inner_text()


def test_hostile_name_stays_text_in_popup_and_label(site) -> None:
    attack = "<img src=x onerror='window.caught=1'>${window.caught=1}`</script><script>window.caught=1</script>"

    def poison(route) -> None:
        answer = route.fetch()
        body = answer.json()
        for facility in body["facilities"]:
            facility |= {"name": attack, "address": attack, "note": attack, "website": "javascript:window.caught=1"}
        route.fulfill(response=answer, json=body)

    with site.context(1280, 800) as context:
        context.route("**/data.json*", poison)
        visit = site.open(context, "/map/caojiadu/nurseries")
        page = visit.page
        page.click(".facility")
        popup = page.locator(".leaflet-popup-content")
        popup.wait_for()
        assert popup.locator(".popup-title").inner_text() == attack
        assert popup.locator("img, script, a").count() == 0
        assert page.locator(".map-box img").count() == 0
        assert page.evaluate("window.caught") is None
        assert visit.errors == []


def test_first_tab_stop_skips_to_the_content(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/planner/caojiadu").page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_list_can_be_sorted(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/map/caojiadu/nurseries?lang=zh").page
        for name in ("走不到的人，归成片", "走不到的人，按街道"):
            table = page.get_by_role("region", name=name, exact=True)
            column = table.locator("tbody tr td:nth-of-type(1)")
            people = [float(cell.get_attribute("data-sort")) for cell in column.all()]
            assert people == sorted(people, reverse=True)
            table.locator("thead th:nth-child(2) button").click()
            people = [float(cell.get_attribute("data-sort")) for cell in column.all()]
            assert people == sorted(people)
            assert table.locator("thead th:nth-child(2)").get_attribute("aria-sort") == "ascending"


def test_map_data_that_does_not_come_is_told(site) -> None:
    with site.context(1280, 800) as context:
        context.route("**/data.json*", lambda route: route.fulfill(status=503, body='{"detail": "no such file"}'))
        page = context.new_page()
        page.goto(f"{site.url}/map/caojiadu/nurseries")
        page.wait_for_selector("[data-layer-state=failed]")
        assert page.locator(".map-state .map-error").first.is_visible()
        assert "no such file" in page.inner_text(".map-state")
        context.unroute("**/data.json*")
        page.click("[data-map-again]")
        page.wait_for_selector("[data-layer-state=ready]")
