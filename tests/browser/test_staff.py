"""Two browsers edit one facility, a position is corrected by keyboard, and what axe finds on the staff's pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
WCAG = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"


def ids(page, layer: str) -> list[str]:
    """The facilities of a layer that have a place."""
    told = f"fetch('/api/layers/{layer}').then(r => r.json())"
    return page.evaluate(f"{told}.then(d => d.features.filter(f => f.geometry?.type === 'Point').map(f => f.id))")


def open_form(page, site, layer: str, feature: str) -> None:
    page.goto(f"{site.url}/staff/feature/{layer}/{feature}")
    page.wait_for_selector("[data-map][data-layer-state=ready]")


def complaints(page, axe: str) -> list[str]:
    """What axe finds, and whether the page is wider than its window."""
    page.evaluate(axe)
    found = page.evaluate(WCAG)["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
    told = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
    return told + (["wider than the window"] if wide else [])


def test_two_browsers_edit_one_facility_and_the_second_loses_nothing(site, people, axe):
    """The first sends a position and an address for review; the second, who opened the form before, keeps hers."""
    with site.context(1280, 800) as desk, site.context(390, 844) as phone:
        one, two = site.signed_in(desk, people["editor"]), site.signed_in(phone, people["reviewer"])
        feature = ids(one, "practice_stations")[0]
        for page in (one, two):
            open_form(page, site, "practice_stations", feature)
        lon, lat = map(float, one.input_value("#coordinates").split(","))
        one.locator(".edit-marker").focus()
        one.keyboard.press("Shift+ArrowRight")
        one.keyboard.press("ArrowUp")
        moved_lon, moved_lat = map(float, one.input_value("#coordinates").split(","))
        assert (moved_lon - lon) * 95_200 == pytest.approx(10, abs=0.2)
        assert (moved_lat - lat) * 111_000 == pytest.approx(1, abs=0.1)
        assert one.input_value("#location_status") == "approximate"
        assert int(one.input_value("#accuracy_m")) >= 30
        one.fill("#address", "万航渡路674弄2号")
        one.fill("#phone", "021-62580000")
        one.fill("#why", "按居委会名单补门牌")
        one.click("button[value=review]")
        one.wait_for_selector("[data-toast]")

        two.fill("#address", "万航渡路676弄")
        two.fill("#opening_hours", "Mo-Fr 09:00-17:00")
        two.fill("#why", "今天路过核对")
        two.click("button[value=publish]")
        two.wait_for_selector("[data-conflict]")
        told = two.inner_text("main")
        for words in ("万航渡路674弄2号", "万航渡路676弄", "021-62580000", "Mo-Fr 09:00-17:00"):
            assert words in told
        button = two.locator("[data-conflict-save]")
        expect(button).to_have_text("还差 1 处没选")
        assert two.locator("input:checked").count() == 0
        assert complaints(two, axe) == []
        two.check("input[name=choice-address][value=mine]")
        assert button.inner_text().startswith("存成版本")
        button.click()
        two.wait_for_selector("[data-toast]")
        kept = two.evaluate(f"fetch('/api/layers/practice_stations/{feature}').then(r => r.json())")
        properties = kept["properties"]
        assert (properties["address"], properties["phone"]) == ("万航渡路676弄", "021-62580000")
        assert properties["opening_hours"] == "Mo-Fr 09:00-17:00"
        assert kept["geometry"]["coordinates"] == [moved_lon, moved_lat]
        two.click("[data-toast] button")
        two.wait_for_selector("text=撤销了")
        assert two.input_value("#address") != "万航渡路676弄"


def test_a_marker_is_dragged_by_hand_on_a_phone_too(site, people):
    with site.context(390, 844) as phone:
        page = site.signed_in(phone, people["reviewer"])
        open_form(page, site, "practice_stations", ids(page, "practice_stations")[1])
        before = page.input_value("#coordinates")
        page.locator(".feature-map").scroll_into_view_if_needed()
        box = page.locator(".edit-marker").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y + 10, steps=4)
        page.mouse.up()
        assert page.input_value("#coordinates") != before
        assert "已挪" in page.inner_text("#map-hint")


def test_the_pages_of_staff_fit_and_have_no_barrier(site, size, people, axe):
    with site.context(*size, dark=size[0] < 500) as context:
        page = site.signed_in(context, people["reviewer"])
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        feature = ids(page, "practice_stations")[2]
        form = f"/staff/feature/practice_stations/{feature}"
        on_desk = ("/staff", "/staff/caojiadu/checks", form)
        on_phone = (
            "/staff/caojiadu/practice_stations?lang=en",
            f"{form}/history",
            f"/wrong/practice_stations/{feature}",
        )
        for path in on_phone if size[0] < 500 else on_desk:
            page.goto(site.url + path)
            if page.locator("[data-map]").count():
                page.wait_for_selector("[data-map][data-layer-state=ready]")
            assert complaints(page, axe) == [], path
        assert faults == []
