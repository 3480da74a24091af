"""The pages of the data interface: what is on the map is in the table, an operation can be tried, nothing is amiss."""

from __future__ import annotations

import pytest


def test_features_are_drawn_over_the_ground_and_open(site, size) -> None:
    context = site.context(*size)
    visit = site.open(context, "/ogc/collections/practice_stations/items?f=html")
    shapes = visit.page.locator("path.feature-shape")
    assert shapes.count() == 8
    assert visit.page.locator("tbody tr").count() == 23
    top = "([x, y]) => document.elementFromPoint(x, y)?.getAttribute('class') ?? ''"
    visit.page.locator("[data-map]").scroll_into_view_if_needed()
    box = shapes.first.bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert "feature-shape" in visit.page.evaluate(top, middle)
    shapes.first.dispatch_event("click")
    visit.page.wait_for_selector(".popup-title")
    assert visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert visit.errors == []
    assert all(url.startswith(site.url) for url in visit.requests)
    context.close()


@pytest.mark.slow
def test_an_operation_can_be_tried(site) -> None:
    context = site.context(1280, 800)
    visit = site.open(context, "/docs")
    visit.page.locator("#healthz summary").click()
    visit.page.locator("#healthz button").click()
    visit.page.wait_for_function("document.querySelector('#healthz [data-tried-status]').textContent.startsWith('200')")
    assert '"status"' in visit.page.locator("#healthz [data-tried-body]").text_content()
    assert visit.errors == []
    assert all(url.startswith(site.url) for url in visit.requests)
    context.close()
