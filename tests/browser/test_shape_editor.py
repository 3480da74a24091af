"""An area in the form of a facility: its corners by mouse and by keys, a step back, and what cannot be saved."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RING = [[121.4300, 31.2350], [121.4310, 31.2350], [121.4310, 31.2360], [121.4300, 31.2360], [121.4300, 31.2350]]
EAST_M, NORTH_M = 95_200, 110_900
"""Metres a degree at 31.2 degrees north."""

AN_AREA = """(ring) => fetch("/api/layers/heritage_buildings", {
  method: "POST",
  headers: {"Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content},
  body: JSON.stringify({type: "Feature", geometry: {type: "Polygon", coordinates: [ring]}, properties: {
    name: "一块地方", subdistrict: "caojiadu", location_status: "surveyed", source: "走访", category: "x"}}),
}).then((answer) => answer.json()).then((body) => body.feature.id)"""


@pytest.fixture
def form(site, people, size):
    """Return a page with the form of a new area, ready, and what tells the ring that the store has."""
    with site.context(*size) as context:
        page = site.signed_in(context, people["reviewer"])
        feature = page.evaluate(AN_AREA, RING)
        page.faults = []
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.goto(f"{site.url}/staff/feature/heritage_buildings/{feature}?lang=zh")
        page.wait_for_selector("[data-map][data-layer-state=ready]")
        path = f"fetch('/api/layers/heritage_buildings/{feature}').then((answer) => answer.json())"
        yield page, lambda: page.evaluate(f"{path}.then((body) => body.geometry.coordinates[0])")


def drag(page, corner, by: tuple[int, int], *, drop: bool = True) -> None:
    """Take a corner in its middle and pull it by that many pixels."""
    page.locator(".feature-map").evaluate("(map) => map.scrollIntoView()")  # away from the bar at the window's foot
    box = corner.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=4)
    if drop:
        page.mouse.up()


def written(page) -> list[list[float]]:
    """The ring that stands in the field."""
    inside = page.input_value("#shape").removeprefix("POLYGON ((").removesuffix("))")
    return [[float(number) for number in pair.split()] for pair in inside.split(",")]


def save(page, action: str = "publish") -> None:
    page.fill("#why", "去看过")
    with page.expect_navigation():
        page.click(f".feature-actions button[value={action}]")


def test_a_corner_is_moved_by_mouse_and_by_keys_and_saved(form, axe) -> None:
    page, stored = form
    corners = page.locator(".edit-corner")
    assert corners.count() == 4
    drag(page, corners.nth(1), (40, -12))
    pulled = written(page)
    assert (pulled[1][0] - RING[1][0]) * EAST_M > 5
    assert (pulled[1][1] - RING[1][1]) * NORTH_M > 1
    assert [pulled[0], pulled[2], pulled[3]] == [RING[0], RING[2], RING[3]]
    corners.nth(2).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    stepped = written(page)
    assert (stepped[2][0] - RING[2][0]) * EAST_M == pytest.approx(10, abs=0.2)
    assert (stepped[2][1] - RING[2][1]) * NORTH_M == pytest.approx(1, abs=0.05)
    assert stepped[1] == pulled[1]
    page.keyboard.press("Enter")
    assert corners.count() == 5
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "第 4 个角，共 5 个"
    page.keyboard.press("Delete")
    assert written(page) == stepped
    page.evaluate(axe)
    assert page.evaluate("axe.run().then((result) => result.violations.map((one) => one.id))") == []
    assert stored() == RING, "nothing is stored before it is saved"
    save(page)
    page.wait_for_selector("[data-toast]")
    assert stored() == stepped
    assert page.faults == []


def test_a_step_is_taken_back_in_a_drag_and_after_it(form) -> None:
    page, stored = form
    corners = page.locator(".edit-corner")
    corners.nth(0).focus()
    page.keyboard.press("ArrowLeft")
    moved = written(page)
    drag(page, corners.nth(0), (-30, 20), drop=False)
    assert written(page) != moved
    page.keyboard.press("Escape")
    page.mouse.up()
    assert written(page) == moved
    assert page.inner_text("#shape-state").startswith("退了一步")
    page.locator("[data-shape-back]").click()
    assert written(page) == RING
    assert "已经是打开时的样子" not in page.inner_text("#shape-state")
    corners.nth(3).focus()
    page.keyboard.press("Control+z")
    assert "已经是打开时的样子" in page.inner_text("#shape-state")
    assert written(page) == RING
    assert page.evaluate("document.activeElement.className").count("edit-corner") == 1
    assert stored() == RING
    assert page.faults == []


def test_a_shape_that_crosses_itself_is_refused_in_words_and_kept(form) -> None:
    page, stored = form
    box = [page.locator(".edit-corner").nth(number).bounding_box() for number in (0, 1)]
    drag(page, page.locator(".edit-corner").nth(0), (round(box[1]["x"] - box[0]["x"]) + 30, -20))
    crossing = written(page)
    save(page)
    assert page.locator("#coordinates-fault").inner_text().count("边线自己交叉") == 1
    assert written(page) == crossing, "what was drawn is not lost"
    assert page.input_value("#why") == "去看过"
    assert stored() == RING
    page.wait_for_selector("[data-map][data-layer-state=ready]")
    assert page.locator(".edit-corner").count() == 4, "and can be mended where it is"
    page.fill("#shape", "POLYGON ((121.43 31.235, 121.431")
    assert "还看不懂" in page.inner_text("#shape-state")
    page.select_option("#datum", "gcj02")
    assert page.locator(".edit-corner").count() == 0, "no corner may be written in WGS-84 under another datum"
