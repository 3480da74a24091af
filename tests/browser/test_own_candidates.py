"""A planner brings candidates in a real browser, mends what is wrong, gives a budget, and stops a job that waits."""

from __future__ import annotations

import pytest

from .page_checks import WIDER_PX, barriers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SITING = "/planner/caojiadu/nurseries/siting"
GOOD = "name,lon,lat,cost\n东头,121.4325,31.2385,3\n西头,121.4280,31.2340,2\n北头,121.4300,31.2420,1\n"
BAD = "name,lon,lat,cost\n东头,121.4325,31.2385,三\n西头,,31.2340,2\n"


def bring(page, text: str) -> None:
    """Send a file of candidates by the form, with the keyboard where a mouse would open it."""
    form = page.locator("#candidates details")
    if form.get_attribute("open") is None:
        form.locator("summary").focus()
        page.keyboard.press("Enter")
    page.set_input_files("#sheet", {"name": "candidates.csv", "mimeType": "text/csv", "buffer": text.encode()})
    form.locator("input[value=wgs84]").check()
    with page.expect_navigation():
        form.locator("button").click()
    page.wait_for_selector("[data-map][data-layer-state=ready]")


def quiet(page, axe: str) -> None:
    """Hold a page to axe and to the width of its window."""
    assert barriers(page, axe) == []
    assert page.evaluate(WIDER_PX) <= 0


def test_own_candidates_from_the_file_to_the_chosen_sites(site, people, size, axe: str) -> None:
    with site.context(*size) as context:
        page = site.signed_in(context, people["planner"])
        page.goto(f"{site.url}{SITING}?p=3&lang=zh")
        bring(page, BAD)
        faults = page.locator("#candidate-faults li")
        assert faults.count() == 2
        assert "要写一个数" in page.locator("#candidate-faults").inner_text()
        quiet(page, axe)
        bring(page, GOOD)
        assert page.locator("#candidate-faults").count() == 0
        assert page.locator("[data-site]").count() == 2
        page.locator(".amounts summary").click()
        page.fill("[name=budget]", "3")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "西头" in page.locator("[data-site]").first.inner_text()
        assert 0 < float(page.locator("[data-cost]").get_attribute("data-cost")) <= 3
        quiet(page, axe)
        with page.expect_navigation():
            page.get_by_role("button", name="放到后台，多算一会儿").click()
        stop = page.locator("[data-job-cancel]")
        stop.wait_for()
        quiet(page, axe)
        with page.expect_navigation():
            stop.click()
        assert page.get_by_role("heading", name="停下了").count() == 1
