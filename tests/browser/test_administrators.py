"""Pages of administrators, and rarer ones of planners: quiet, fitting, without a barrier; a path by mouse and keys."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EAST_M, NORTH_M = 95_200, 110_900
"""Metres a degree at 31.2 degrees north."""
PATCH = "/staff/network/caojiadu/patch"
PAGES = (
    "/staff/network/caojiadu",
    PATCH,
    f"{PATCH}?kind=add&line=121.43198,31.22891%20121.43138,31.23253&name=%3Cscript%3E",
    f"{PATCH}?kind=close&line=nowhere",
    "/staff/layers/new",
    "/staff/rules",
    "/staff/rules/rules/jgj39",
    "/staff/import",
    "/staff/reports",
    "/sheet/caojiadu",
    "/planner/caojiadu/report",
    "/planner/hudong/services",
    "/planner/caojiadu/dates?from=1990-01-01&until=1990-01-02",
    "/planner/hudong/nurseries/fairness",
    "/planner/caojiadu/nurseries/siting?p=3&budget=2",
)


def told(page, axe: str) -> list[str]:
    """What axe finds, and by how much the page is wider than its window."""
    page.evaluate(axe)
    found = page.evaluate("axe.run().then((result) => result.violations)")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    lines = [json.dumps((one["id"], [node["html"][:160] for node in one["nodes"]][:3])) for one in found]
    return lines + ([f"{wide} px too wide"] if wide > 0 else [])


@pytest.mark.parametrize(("language", "dark"), [("zh", False), ("en", True)], ids=["zh-light", "en-dark"])
def test_pages_are_quiet_fit_and_have_no_barrier(site, people, size, language: str, dark: bool, axe: str) -> None:
    with site.context(*size, dark=dark) as context:
        page = site.signed_in(context, people["administrator"])
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        for path in PAGES:
            page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={language}")
            if page.locator("[data-map]").count():
                page.wait_for_selector("[data-map][data-layer-state=ready]")
            assert told(page, axe) == [], path
        assert [fault for fault in faults if not re.search(r"status of 4\d\d", fault)] == []


def test_a_path_is_drawn_by_mouse_and_moved_by_keys(site, people, size) -> None:
    with site.context(*size) as context:
        page = site.signed_in(context, people["administrator"])
        page.goto(f"{site.url}{PATCH}?lang=zh")
        page.wait_for_selector("[data-map][data-layer-state=ready]")
        page.locator(".folium-map").click(position={"x": 150, "y": 150})
        page.locator(".folium-map").click(position={"x": 190, "y": 190})
        before = positions(page)
        assert len(before) == 2
        page.locator(".patch-point").nth(1).focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+ArrowLeft")
        after = positions(page)
        assert (after[1][0] - before[1][0]) * EAST_M == pytest.approx(-10, abs=0.2)
        assert (after[1][1] - before[1][1]) * NORTH_M == pytest.approx(-1, abs=0.2)
        assert after[0] == before[0]
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "第 2 点"
        page.locator("[data-patch-undo]").click()
        assert positions(page) == before[:1]
        page.locator("[data-patch-centre]").click()
        assert page.locator(".patch-point").count() == 2


def positions(page) -> list[list[float]]:
    """The positions that stand in the form's field."""
    return [[float(number) for number in line.split(",")] for line in page.input_value("#line").split()]


def test_a_layer_is_written_seen_and_refused_in_words(site, people, size, axe: str) -> None:
    with site.context(*size) as context:
        page = site.signed_in(context, people["administrator"])
        page.goto(f"{site.url}/staff/layers/new?lang=zh")
        page.fill("[name=id]", "clinics")
        page.fill("[name=glyph]", "医院")
        page.fill("[name=name_zh]", "<script>window.caught=1</script>")
        page.fill("[name=name_en]", "Clinics")
        with page.expect_navigation():
            page.get_by_role("button", name="写成 TOML 看看").click()
        assert page.locator("#fault, #toml").count() > 0
        assert page.input_value("form:last-of-type [name=name_zh]") == "<script>window.caught=1</script>"
        assert page.evaluate("window.caught") is None
        assert told(page, axe) == []
