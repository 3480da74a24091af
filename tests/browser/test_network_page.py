"""The report on a street network in a real browser: drawn, quiet, the list leads to the map, axe finds nothing."""

from __future__ import annotations

import pytest

from .page_checks import barriers

pytestmark = pytest.mark.browser

MARKERS = {"caojiadu": (3, 10), "hudong": (2, 10)}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", MARKERS)
def test_map_shows_every_finding_quietly(site, size, place, language):
    with site.context(*size) as context:
        visit = site.open(context, f"/network/{place}?lang={language}")
        page = visit.page
        assert visit.errors == []
        assert [url for url in visit.requests if not url.startswith((site.url, "data:"))] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        faults, facts = MARKERS[place]
        assert page.locator(".finding.is-fault").count() == faults
        assert page.locator(".finding.is-fact").count() == facts
        assert page.locator("tr[data-finding]").count() == faults + facts
        assert page.locator(".leaflet-streets-pane path").count() > 0
        assert page.locator(".map-labels text").count() > 3


def test_sign_stands_at_its_place(site):
    with site.context(1280, 800) as context:
        page = site.open(context, "/network/hudong").page
        off_px = page.evaluate(
            """async () => {
                const data = await (await fetch('/network/hudong/data.json')).json();
                const one = data.places.find((place) => place.kind === 'crossing');
                const frame = document.querySelector('.folium-map');
                const place = window[frame.id].latLngToContainerPoint([one.lat, one.lon]);
                const origin = frame.getBoundingClientRect();
                const signs = [...document.querySelectorAll('.is-fault')].map((sign) => sign.getBoundingClientRect());
                return Math.min(...signs.map((box) => Math.hypot(box.x + box.width / 2 - origin.x - place.x,
                                                                 box.y + box.height / 2 - origin.y - place.y)));
            }"""
        )
        assert off_px < 1.5


def test_list_leads_to_the_map_by_keyboard(site, size):
    with site.context(*size) as context:
        page = site.open(context, "/network/caojiadu").page
        page.focus("tr[data-finding=duplicate-2] button")
        page.keyboard.press("Enter")
        popup = page.locator(".leaflet-popup-content")
        popup.wait_for()
        assert "康定路" in popup.inner_text()
        assert page.evaluate("document.activeElement.classList.contains('finding')")
        box = page.locator(".folium-map").bounding_box()
        assert 0 <= box["y"] + box["height"] / 2 <= page.viewport_size["height"]


def test_hostile_name_stays_text(site):
    attack = "<img src=x onerror='window.caught=1'>${window.caught=1}`</script><script>window.caught=1</script>"

    def poison(route):
        answer = route.fetch()
        body = answer.json()
        for one in body["places"]:
            one |= {"title": attack, "lines": [attack, attack], "glyph": "<b>"}
        route.fulfill(response=answer, json=body)

    with site.context(1280, 800) as context:
        context.route("**/data.json*", poison)
        visit = site.open(context, "/network/caojiadu")
        visit.page.click("tr[data-finding=duplicate-1] button")
        visit.page.locator(".leaflet-popup-content").wait_for()
        assert visit.page.locator(".popup-title").inner_text() == attack
        assert visit.page.locator(".folium-map img, .folium-map b").count() == 0
        assert visit.page.evaluate("window.caught") is None
        assert visit.errors == []


def test_twice_the_text_size_clips_nothing(site):
    with site.context(1280, 800) as context:
        page = site.open(context, "/network/hudong").page
        page.evaluate("document.querySelector('html').style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_finding_of_axe(site, axe, size, dark):
    with site.context(*size, dark=dark) as context:
        page = site.open(context, "/network/hudong").page
        assert barriers(page, axe) == []
