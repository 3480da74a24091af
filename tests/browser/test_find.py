"""The resident's pages in a real browser: four steps, no scripts, no connection, small, quiet and without barriers."""

from __future__ import annotations

import pytest

from .page_checks import barriers
from .waits import wait_until

pytestmark = pytest.mark.browser

GAORONG = "/find/near?where=高荣小区"
KEPT_ROUTES = """async (count) => {
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    if (kept.filter((one) => one.url.includes("/find/route/data.json")).length >= count) return true;
  }
  return false;
}"""
MAP_READY = "[data-find-map][data-layer-state=ready]"


DESK, PHONE = (1280, 800), (390, 844)


@pytest.mark.parametrize(
    ("size", "language"),
    [
        (PHONE, "zh"),
        (DESK, "en"),
        pytest.param(PHONE, "en", marks=pytest.mark.slow),
        pytest.param(DESK, "zh", marks=pytest.mark.slow),
    ],
)
def test_from_an_address_to_the_route_in_four_steps(site, size: tuple[int, int], language: str) -> None:
    words = {
        "zh": ("怎么走", "万航渡路", "万航渡路605号"),
        "en": ("How to get there", "Wanhangdu Road", "605 Wanhangdu Road"),
    }[language]
    with site.context(*size) as context:
        visit = site.open(context, f"/find?lang={language}")
        page = visit.page
        page.fill("#address", "万航渡路六百零五号")  # 1: write where you are
        page.press("#address", "Enter")
        page.locator(".choice").first.click()  # 2: choose what was meant
        page.wait_for_url("**/find/near?*")
        assert page.locator("h1").inner_text() == words[2]
        assert page.locator(".near-item").count() >= 4
        page.locator(".near-go", has_text=words[0]).last.click()  # 3: choose a service
        page.wait_for_url("**/find/route?*")
        page.wait_for_selector(MAP_READY)  # 4: there is the way
        assert page.locator(".steps li").count() >= 2
        assert words[1] in page.locator(".steps").inner_text()
        assert page.locator(".route-line").count() == 1
        drawn = page.locator(".route-line").bounding_box()
        assert max(drawn["width"], drawn["height"]) > 60  # the map is fitted to the way, not to the subdistrict
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-Hans", "en": "en"}[language]
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.locator(".back").click()
        page.wait_for_url("**/find/near?*")
        assert page.locator("h1").inner_text() == words[2]
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith(site.url)] == []


def test_everything_can_be_done_without_scripts(site) -> None:
    with site.browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{site.url}/find")
        assert not page.locator("[data-locate]").is_visible()
        page.fill("#address", "gaorong")
        page.click("form button")
        page.locator(".choice").first.click()
        page.locator(".paces a").nth(1).click()
        page.locator(".filters summary").click()
        with page.expect_navigation():  # without scripts nothing else tells that the next page is there
            page.locator(".filters li a").nth(1).click()
        assert page.locator(".near-item").count() == 1
        with page.expect_navigation():
            page.locator(".near-go").click()
        assert page.locator(".steps li").count() >= 2
        assert "不清楚" in page.locator(".find-warn").inner_text()


def test_the_last_list_and_its_routes_stay_without_a_connection(site) -> None:
    with site.context(390, 844) as context:
        visit = site.open(context, GAORONG)
        page = visit.page
        wait_until(page, "() => navigator.serviceWorker.controller !== null")
        assert not page.locator(".offline-note").is_visible()
        routes = page.locator(".near-go").count()
        wait_until(page, KEPT_ROUTES, routes)
        context.set_offline(True)
        page.reload()
        note = page.locator(".offline-note")
        assert note.is_visible()
        assert "没网，显示的是" in note.inner_text()
        assert "月" in note.inner_text()
        assert page.locator(".near-item").count() == routes
        page.locator(".near-go").last.click()
        page.wait_for_selector(MAP_READY)
        assert page.locator(".steps li").count() >= 2
        assert page.locator(".offline-note").is_visible()
        page.goto(f"{site.url}/find?q=康定路")  # nothing new can be looked up, and the page says so
        page.locator(".offline-note a").click()
        assert page.locator("h1").inner_text() == "高荣小区"
        page.goto(f"{site.url}/find/area?in=hudong")  # never opened, and there all the same
        assert page.locator(".offline-note").is_visible()
        assert page.locator(".area-list li").count() > 50
        context.set_offline(False)
        page.reload()
        assert not page.locator(".offline-note").is_visible()


def test_a_position_of_the_device_is_rounded_and_shared_more_roughly(site) -> None:
    with site.browser.new_context(
        viewport={"width": 390, "height": 844},
        geolocation={"longitude": 121.4276543, "latitude": 31.2291987},
        permissions=["geolocation"],
    ) as context:
        page = context.new_page()
        page.goto(f"{site.url}/find")
        page.click("[data-locate]")
        page.wait_for_url("**/find/near?*")
        assert "lon=121.4277&lat=31.2292" in page.url
        shared = page.locator("[data-share-link]").get_attribute("href")
        assert "lon=121.428" in shared
        assert "lat=31.229" in shared
        assert "121.4277" not in shared


def test_a_device_that_refuses_its_position_is_told_what_else_to_do(site) -> None:
    with site.context(390, 844) as context:
        page = site.open(context, "/find").page
        page.evaluate(
            "() => { navigator.geolocation.getCurrentPosition = (yes, no) => no({ code: 1, PERMISSION_DENIED: 1 }); }"
        )
        page.click("[data-locate]")
        assert "写地址" in page.locator("[data-locate-fault]").inner_text()


def test_a_tap_on_the_map_is_a_place(site) -> None:
    with site.context(390, 844) as context:
        page = site.open(context, "/find/map?in=caojiadu").page
        page.wait_for_selector(MAP_READY)
        page.locator("[data-find-map]").click(position={"x": 150, "y": 200})
        page.wait_for_url("**/find/near?*")
        assert page.locator(".near-item").count() >= 3
        page.goto(f"{site.url}/find/map?in=caojiadu")
        page.wait_for_selector(MAP_READY)
        page.locator("[data-choose-centre]").press("Enter")  # without a pointer
        page.wait_for_url("**/find/near?*")


def test_the_list_weighs_little_and_the_map_follows(site) -> None:
    with site.context(390, 844) as context:
        session_page = context.new_page()
        session = context.new_cdp_session(session_page)
        session.send("Network.enable")
        weights: dict[str, list[float]] = {"list": [], "map": []}
        kind: dict[str, str] = {}

        def note(answer) -> None:
            url = answer["response"]["url"]
            is_map = "/vendor/" in url or "/frame/" in url or "/js/" in url or "data.json" in url
            kind[answer["requestId"]] = "map" if is_map else "list"

        session.on("Network.responseReceived", note)
        session.on(
            "Network.loadingFinished",
            lambda done: weights[kind.get(done["requestId"], "list")].append(done["encodedDataLength"]),
        )
        session_page.goto(site.url + GAORONG)
        session_page.locator("#map").scroll_into_view_if_needed()
        session_page.wait_for_selector(MAP_READY)
        assert 8_000 < sum(weights["list"]) <= 60_000
        assert sum(weights["list"]) < sum(weights["list"]) + sum(weights["map"]) <= 200_000


@pytest.mark.parametrize(
    ("size", "dark"),
    [
        (PHONE, False),
        pytest.param(PHONE, True, marks=pytest.mark.slow),
        pytest.param(DESK, False, marks=pytest.mark.slow),
        pytest.param(DESK, True, marks=pytest.mark.slow),
    ],
)
def test_no_finding_of_axe_on_the_pages_for_residents(site, axe: str, size: tuple[int, int], dark: bool) -> None:
    with site.context(*size, dark=dark) as context:
        visit = site.open(context, GAORONG)
        page = visit.page
        route = page.locator(".near-go").last.get_attribute("href")
        paths = (
            GAORONG,
            f"{GAORONG}&level=1",
            route,
            "/find?q=康定路",
            "/find?q=xyzzy",
            "/find/map?in=hudong",
            "/find/area?in=hudong",
        )
        for path in paths:
            page.goto(site.url + path)
            if page.locator("#map").count():
                page.locator("#map").scroll_into_view_if_needed()
                page.wait_for_selector(MAP_READY)
            assert barriers(page, axe) == [], path
            small = page.evaluate(
                "[...document.querySelectorAll('main a, main button, main input, main summary')]"
                ".filter((one) => one.checkVisibility() && !one.closest('p, .map-box'))"
                ".map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 80)])"
                ".filter(([box]) => box.width < 24 || box.height < 24).map(([, text]) => text)"
            )
            assert small == [], path


@pytest.mark.slow
def test_the_keyboard_alone_leads_to_the_route(site) -> None:
    def tab_to(page, selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert style != "none", selector
                return
        pytest.fail(f"{selector} is not reached by the keyboard")

    with site.context(*DESK) as context:
        page = site.open(context, "/find").page
        tab_to(page, "#address")
        page.keyboard.type("wanhangdulu 605 hao")
        page.keyboard.press("Enter")
        page.wait_for_url("**/find?q=*")
        tab_to(page, ".choice")
        page.keyboard.press("Enter")
        page.wait_for_url("**/find/near?*")
        tab_to(page, ".near-go")
        page.keyboard.press("Enter")
        page.wait_for_url("**/find/route?*")
        assert page.locator(".steps li").count() >= 2


@pytest.mark.slow
def test_nothing_moves_for_who_wants_it_still(site) -> None:
    with site.browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce") as context:
        page = site.open(context, GAORONG).page
        moving = (
            "[...document.querySelectorAll('body *')].filter((one) => !one.closest('.map-box'))"
            ".filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0.01"
            " || parseFloat(getComputedStyle(one).animationDuration) > 0.01).map((one) => one.className)"
        )
        assert page.evaluate(moving) == []


@pytest.mark.slow
def test_on_paper_the_map_is_fitted_to_the_page(site) -> None:
    with site.browser.new_context(viewport=dict(zip(("width", "height"), DESK, strict=True))) as context:
        page = site.open(context, GAORONG).page
        page.wait_for_selector(MAP_READY)
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        box = page.locator("[data-find-map]").bounding_box()
        marks = [one.bounding_box() for one in page.locator(".find-map .facility").all()]
        assert len(marks) >= 5
        for mark in marks:
            assert box["x"] <= mark["x"] < mark["x"] + mark["width"] <= box["x"] + box["width"]
            assert box["y"] <= mark["y"] < mark["y"] + mark["height"] <= box["y"] + box["height"]
        for gone in (".top", ".filters", ".paces", ".near-go", ".near-share", ".dock"):
            assert not page.locator(gone).first.is_visible(), gone


def test_twice_the_text_size_clips_nothing(site) -> None:
    with site.context(*PHONE) as context:
        page = site.open(context, GAORONG).page
        for path in (
            GAORONG,
            "/find?q=康定路",
            "/find/area?in=hudong",
            page.locator(".near-go").last.get_attribute("href"),
        ):
            page.goto(site.url + path)
            page.evaluate("document.querySelector('html').style.fontSize = '200%'")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_a_hostile_name_stays_text_on_the_map(site) -> None:
    attack = "<img src=x onerror=window.caught=1>`${window.caught=1}`</script>"

    def poison(route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["facilities"] = [body["facilities"][0] | {"name": attack, "note": attack, "address": attack}]
        body["facilities"][0]["symbol"] |= {"glyph": "<b>"}
        route.fulfill(response=answer, json=body)

    with site.browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block") as context:
        context.route("**/near/data.json*", poison)
        visit = site.open(context, GAORONG)
        page = visit.page
        page.wait_for_selector(MAP_READY)
        page.locator(".find-map .facility .sign").first.click(force=True)
        page.locator(".leaflet-popup-content").wait_for()
        assert page.locator(".popup-title").inner_text() == attack
        assert page.locator(".folium-map img, .folium-map b").count() == 0
        assert page.evaluate("window.caught") is None
