"""The planner's desk in a real browser: a site is dragged and the figures follow; every page is quiet and fits."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from .page_checks import barriers, open_quietly, with_language
from .waits import wait_until

pytestmark = pytest.mark.browser

WHAT_IF = "/planner/caojiadu/nurseries/what-if"
PAGES = (
    "/planner/caojiadu?layer=nurseries",
    "/planner/caojiadu/nurseries",
    f"{WHAT_IF}?add=121.4325,31.2385",
    "/planner/caojiadu/nurseries/siting?p=1",
    "/planner/caojiadu/nurseries/fairness",
    "/compare",
    "/planner/caojiadu/services",
    "/planner/caojiadu/dates",
)


def answered(page, times: int) -> None:
    """Wait until the page has written that many answers, and the last that it asked for."""
    wait_until(page, "(times) => Number(document.querySelector('[data-map]').dataset.answered ?? 0) >= times", times)
    expect(page.locator(".figure-card[aria-busy]")).to_have_count(0)


def new_site(page) -> tuple[float, float]:
    """The position of the added site, as the address has it."""
    lon, lat = parse_qs(urlsplit(page.url).query)["add"][0].split(",")
    return float(lon), float(lat)


def test_figures_follow_a_site_that_is_dragged(site) -> None:
    with site.context(1280, 800) as context:
        visit = site.open(context, f"{WHAT_IF}?add=121.4325,31.2385&lang=zh")
        page = visit.page
        answered(page, 1)
        share = page.locator("[data-figure=share_after]")
        before, won = share.inner_text(), page.locator(".dot-point.is-w").count()
        assert won > 0
        box = page.locator(".movable.is-new").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 60, y + 60, steps=6)
        answered(page, 2)
        during, here = share.inner_text(), page.url
        page.mouse.move(x - 120, y + 180, steps=6)
        page.mouse.up()
        page.wait_for_url(lambda url: url != here)
        answered(page, 3)
        assert "add=121.4" in page.url
        assert "121.43250%2C31.23850" not in page.url
        address = page.url.split("/planner", 1)[1]
        again = site.open(context, f"/planner{address}").page.locator("[data-figure=share_after]").inner_text()
        assert share.inner_text() == again
        assert again != before or during != before
        assert page.locator(".dot-point.is-w").count() != won
        page.keyboard.press("Escape")
        page.locator(".movable.is-new").focus()
        seen, (lon, lat) = int(page.locator("[data-map]").get_attribute("data-answered")), new_site(page)
        page.keyboard.press("ArrowUp")
        answered(page, seen + 1)
        page.keyboard.press("Shift+ArrowRight")
        answered(page, seen + 2)
        assert (new_site(page)[1] - lat) * 110_900 == pytest.approx(1, abs=0.1)
        assert (new_site(page)[0] - lon) * 95_200 == pytest.approx(10, abs=0.1)
        assert visit.errors == []


def test_a_click_on_the_map_adds_a_site_and_the_list_removes_it(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, WHAT_IF).page
        answered(page, 1)
        page.locator(".folium-map").click(position={"x": 420, "y": 150})
        answered(page, 2)
        row = page.locator('tr[data-facility="new-1"]')
        assert row.count() == 1
        row.locator("[data-toggle]").focus()
        page.keyboard.press("Enter")
        answered(page, 3)
        assert row.count() == 0
        assert "add=" not in page.url
        assert page.evaluate("document.activeElement.closest('[data-facilities] tr') !== null"), "focus is not lost"


GAP_ENDS = ((121.43198, 31.22891), (121.43138, 31.23253))
"""Two streets of Caojiadu without a way between them: one would bring people within the limit."""
CROSSING_BESIDE_THE_NURSERY = (121.42971, 31.22775)


def click_at(page, lonlat: tuple[float, float]) -> None:
    """Click the map where a position is drawn."""
    spot = page.evaluate(
        """([lon, lat]) => {
          const at = document.querySelector("[data-map]").lifecircle.map.latLngToContainerPoint([lat, lon]);
          return { x: at.x, y: at.y };
        }""",
        list(lonlat),
    )
    page.locator(".folium-map").click(position=spot)


def people(page, figure: str) -> int:
    """The number of people that a figure tells."""
    found = re.search(r"[\d,]+", page.locator(f"[data-figure={figure}]").inner_text())
    return 0 if found is None else int(found[0].replace(",", ""))


@pytest.mark.slow
def test_a_path_is_drawn_and_a_gate_is_shut_on_the_map(site, size, axe: str) -> None:
    with site.context(*size) as context:
        visit = site.open(context, f"{WHAT_IF}?lang=zh")
        page = visit.page
        answered(page, 1)
        today = page.locator("[data-figure=fraction_after]").inner_text()
        page.locator('[data-tool="path"]').click()
        for end in GAP_ENDS:
            click_at(page, end)
        assert page.locator(".drawn-path.is-open").count() == 1
        page.locator("[data-finish]").click()
        answered(page, 2)
        won = people(page, "won")
        assert won > 500
        assert people(page, "lost") == 0
        assert page.locator("[data-figure=fraction_after]").inner_text() != today
        assert page.locator(".dot-point.is-w").count() > 0
        address = page.url.split("/planner", 1)[1]
        told = site.app.test_client().get(f"/planner{address.replace('what-if?', 'what-if.json?')}").json
        assert round(told["won_people"]) == won
        page.locator('[data-tool="gate"]').click()
        click_at(page, CROSSING_BESIDE_THE_NURSERY)
        answered(page, 3)
        assert people(page, "lost") > 1000
        assert barriers(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        for times in (4, 5):
            page.locator("[data-undraw]").first.click()
            answered(page, times)
        assert page.locator("[data-figure=fraction_after]").inner_text() == today
        assert "path=" not in page.url
        assert visit.errors == []


@pytest.mark.parametrize(("path", "language"), [(path, "zh" if n % 2 else "en") for n, path in enumerate(PAGES)])
def test_page_is_quiet_fits_and_is_accessible(site, size, path: str, language: str, axe: str) -> None:
    with site.context(*size, dark=size[0] < 500) as context:
        page = open_quietly(site, context, with_language(path, language))
        assert barriers(page, axe) == []
