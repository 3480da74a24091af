"""The pages for residents without a browser: what they say, refuse and weigh, and what a telephone keeps."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import json
import re

import pytest

from geo.nearby import is_open
from geo.opening_hours import state_at
from webmap.hours_words import opening_words, week_words
from webmap.near_data import closed_at, services, sites_of
from webmap.near_list import phone_link
from webmap.offline import KEPT_ASSETS, MOST_AREAS
from webmap.route_words import compass

NEAR = "/find/near?where=高荣小区"


def text_of(answer) -> str:
    """The page's text without tags."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def routes_of(answer) -> list[str]:
    """The links to routes on a list."""
    return [html.unescape(link) for link in re.findall(r'class="near-go" href="([^"]+)"', answer.text)]


def test_home_and_every_page_lead_to_the_search(client) -> None:
    for path in ("/", "/about", "/find"):
        assert 'href="/find"' in client.get(path).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "估的，在两个门牌之间， 误差约 92 m"),
        ("en", "estimated, between two known numbers, off by up to 92 m"),
    ],
)
def test_candidates_say_how_they_are_known_and_how_exact_they_are(client, language: str, words: str) -> None:
    told = text_of(client.get(f"/find?q=万航渡路605号&lang={language}"))
    assert words in told


@pytest.mark.parametrize("typed", ["xyzzy", "<script>alert(1)</script>", "(a+)+$", "%00", "路" * 3000, "a" * 3000])
def test_what_is_not_found_keeps_the_text_and_says_what_to_write(client, typed: str) -> None:
    answer = client.get("/find", query_string={"q": typed[:200]})
    assert answer.status_code == 200
    assert "find-error" in answer.text
    assert "<script>alert" not in answer.text
    assert html.escape(typed[:20]) in answer.text.replace("&#34;", "&quot;") or len(typed) > 100


def test_the_list_has_what_a_resident_needs(client) -> None:
    told = text_of(client.get(NEAR))
    for words in (
        "你在 高荣小区",
        "小福熊托育园",
        "万航渡路605号",
        "按门牌定位",
        "没有开门时间，去之前先问一声",
        "怎么走",
    ):
        assert words in told, words
    assert re.search(r"分钟以内\s+大概位置", told)
    assert "位置只是大概，误差约 150 m" in told
    assert "知道有 1 个，不知道在哪" in told


def test_the_list_of_an_area_has_everything_but_samples_and_says_how_old_it_is(client, app) -> None:
    ready = app.extensions["lifecircle.results"].current()
    answer = client.get("/find/area?in=hudong")
    told = text_of(answer)
    place = ready.place("hudong")
    listed = 0
    for layer in services(ready):
        frame = place.facilities(layer.id)
        real = frame[is_open(frame) & (frame["location_status"] != "sample")]
        listed += len(real)
        for name in (*real["name"], *real["address"].dropna()):
            assert name in told, name
    assert listed > 50
    assert answer.text.count("<li>\n        <b>") == listed
    assert not set(place.facilities("meal_points")["name"]) & set(re.findall(r"<b>(.*?)</b>", answer.text))
    assert "确切位置还不知道" in told
    assert "可回收物服务点 23 个还在计划或在建" in told
    assert "平安屋 只有示例位置，不是真的，不带你去" in told
    assert place.data_version[:8] in told
    assert re.search(r"这是 \d+ 月 \d+ 日 \d+:\d\d 的数据", told)


def test_a_telephone_keeps_the_areas_from_its_first_visit(client, app) -> None:
    ready = app.extensions["lifecircle.results"].current()
    worker = client.get("/sw.js").text
    for subdistrict in list(ready.places)[:MOST_AREAS]:
        assert f'"/find/area?in={subdistrict}"' in worker


def test_nobody_is_sent_to_a_sample(client) -> None:
    answer = client.get("/find/near?where=沪新中学&many=3")
    told = text_of(answer)
    known, _, unknown = told.partition("这些还不知道确切在哪儿")
    assert "平安屋" in unknown
    assert "只有示例位置，不是真的，不带你去" in unknown
    assert "示例" not in known.split("你在", 1)[1]
    assert routes_of(answer)
    for route in routes_of(answer):
        assert "示例" not in text_of(client.get(route))


def test_paces_change_the_minutes(client) -> None:
    def minutes(pace: str) -> list[int]:
        page = client.get(f"{NEAR}&pace={pace}&service=nurseries").text
        return [int(found) for found in re.findall(r'near-walk"><b>(\d+)</b>', page)]

    assert minutes("adult")[0] < minutes("older")[0]
    assert minutes("pram") == minutes("adult")
    assert minutes("level") == minutes("older")


@pytest.mark.parametrize(
    ("query", "found", "words"),
    [
        ("service=nurseries", 1, "小福熊托育园"),
        ("service=meal_points", 0, "老年助餐点"),
        ("open=1", 0, "没有一处写明现在开着"),
        ("many=3&service=heritage_buildings", 3, "胡筠籁住宅"),
    ],
)
def test_filters(client, query: str, found: int, words: str) -> None:
    answer = client.get(f"{NEAR}&{query}")
    assert len(routes_of(answer)) == found
    assert words in text_of(answer)


def test_who_asks_for_no_steps_is_told_what_is_unknown_and_still_has_a_list(client) -> None:
    every, level = client.get(NEAR), client.get(f"{NEAR}&level=1")
    told = text_of(level)
    assert "没有一条路写明全程没有台阶" in told
    assert "这些不清楚有没有台阶" in told
    assert len(routes_of(level)) == len(routes_of(every)) > 0
    for route in routes_of(level):
        assert "pace=pram" in route
        assert "台阶和坡道：不清楚" in text_of(client.get(route))
    assert "pace=level" in routes_of(client.get(f"{NEAR}&level=1&pace=older"))[0]
    assert "这些不清楚有没有台阶" not in text_of(every)


def test_shared_links_hold_a_name_or_a_rough_position(client) -> None:
    by_name, by_position = client.get(NEAR).text, client.get("/find/near?lon=121.42765&lat=31.22919").text
    (named,) = re.findall(r'data-share-url="([^"]+)"', by_name)
    (rough,) = re.findall(r'data-share-url="([^"]+)"', by_position)
    assert "lon=" not in named
    assert "lon=121.428" in rough
    assert "lat=31.229" in rough
    assert "121.4276" not in rough


def test_outside_it_is_said(client) -> None:
    assert "你在街道外面，下面是离你最近的" in text_of(client.get("/find/near?lon=121.4425&lat=31.2325"))
    far = client.get("/find/near?lon=121.60&lat=31.20")
    assert "我们没有你这里的路" in text_of(far)
    assert routes_of(far) == []


def test_a_route_is_told_street_by_street_and_says_what_is_unknown(client) -> None:
    route = next(link for link in routes_of(client.get(f"{NEAR}&service=nurseries")))
    told = text_of(client.get(route))
    assert "沿万航渡路往东南走" in told
    assert "走到万航渡路605号" in told
    assert "台阶和坡道：不清楚。 数据里没写" in told
    data = client.get(route.replace("/find/route?", "/find/route/data.json?")).json
    assert data["route"]
    assert data["start"] == {"lon": 121.4276, "lat": 31.2291}
    assert [one["id"] for one in data["facilities"]] == [route.rpartition("=")[2]] or len(data["facilities"]) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/find/near", 400),
        ("/find/near?lon=abc&lat=31", 400),
        ("/find/near?lon=121.43&lat=31.23&pace=fly", 400),
        ("/find/near?lon=121.43&lat=31.23&service=compounds", 400),
        ("/find/near?where=没有这样的地方", 302),
        ("/find/near/data.json?where=没有这样的地方", 404),
        ("/find/route?where=高荣小区", 400),
        ("/find/route?where=高荣小区&to=nothing", 404),
        ("/find/map?in=../x", 400),
        ("/find/last", 302),
    ],
)
def test_what_is_asked_wrongly(client, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_nobody_is_led_to_a_sample_by_its_id(client, app) -> None:
    place = app.extensions["lifecircle.results"].current().place("hudong")
    sample = place.facilities("safe_houses").index[0]
    assert client.get(f"/find/route?where=沪新中学&to={sample}").status_code == 404


# Hours in words

NOON = dt.datetime(2026, 11, 18, 12)  # noqa: DTZ001 - local time; a Wednesday


@pytest.mark.parametrize(
    ("hours", "now", "zh", "en"),
    [
        ("09:00-17:00", NOON, "现在开着，17:00 关", "Open now, closes 17:00"),
        ("09:00-11:00", NOON, "已经关了，明天 9:00 开", "Closed, opens tomorrow 9:00"),
        ("Mo 09:00-11:00", NOON, "已经关了，周一 9:00 开", "Closed, opens Mon 9:00"),
        ("24/7", NOON, "一直开着", "Always open"),
        (None, NOON, "没有开门时间，去之前先问一声", "No opening hours on record. Ask before you go"),
    ],
)
def test_open_now_in_words(app, hours: str | None, now: dt.datetime, zh: str, en: str) -> None:
    with app.test_request_context("/?lang=zh"):
        assert opening_words(hours, now).text == zh
    with app.test_request_context("/?lang=en"):
        app.preprocess_request()
        assert opening_words(hours, now).text == en


@pytest.mark.parametrize(
    ("hours", "lines"),
    [
        ("Mo-Su 09:00-17:00", ["每天 9:00–17:00"]),
        ("Mo-Fr 08:30-11:30,13:30-17:00; PH off", ["周一至周五 8:30–11:30，13:30–17:00", "周六至周日 关", "节假日 关"]),
        ("Fr 22:00-02:00", ["周一至周四 关", "周五 22:00–次日 2:00", "周六至周日 关"]),
        ("24/7", ["每天 24 小时"]),
        ("Apr-Sep 09:00-18:00; Oct-Mar 09:00-17:00", ["Apr-Sep 09:00-18:00; Oct-Mar 09:00-17:00"]),
        (None, []),
    ],
)
def test_week_in_words(app, hours: str | None, lines: list[str]) -> None:
    with app.test_request_context("/?lang=zh"):
        assert week_words(hours) == lines


def test_only_what_is_known_to_be_closed_is_closed(app) -> None:
    now = app.extensions["lifecircle.results"].current()
    sites = sites_of(now, now.place("caojiadu"))
    shut = sites.sites[0]
    shut.record["opening_hours"] = "Mo-Fr 09:00-17:00"  # type: ignore[index]
    try:
        night = NOON.replace(hour=23)
        assert state_at("Mo-Fr 09:00-17:00", night).state == "closed"
        assert closed_at(sites, night) == {shut.id}
        assert closed_at(sites, NOON) == closed_at(sites, None) == frozenset()
    finally:
        shut.record["opening_hours"] = None  # type: ignore[index]


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("021-6248 1234", "02162481234"),
        ("+86 21 6248 1234", "+862162481234"),
        ("12345 转 6", "12345,6"),
        ("6248 1234 ext. 15", "62481234,15"),
        ("０２１－６２４８１２３４", "02162481234"),
        ("6248 1234 / 6248 5678", "62481234"),
        ("6248 1234、6248 5678", "62481234"),
        ("问居委会", ""),
        (None, ""),
    ],
)
def test_a_telephone_link_dials_one_number(phone: str | None, dialled: str) -> None:
    assert phone_link(phone) == dialled


@pytest.mark.parametrize(("bearing", "word"), [(0, "北"), (44, "东北"), (90, "东"), (225, "西南"), (359, "北")])
def test_compass(app, bearing: float, word: str) -> None:
    with app.test_request_context("/?lang=zh"):
        assert compass(bearing) == word


# What a telephone keeps


def test_manifest_can_be_installed(client) -> None:
    answer = client.get("/manifest.webmanifest")
    manifest = json.loads(answer.text)
    assert answer.mimetype == "application/manifest+json"
    assert (manifest["start_url"], manifest["display"], manifest["scope"]) == ("/find", "standalone", "/")
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as picture:
            assert picture.status_code == 200
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}


def test_service_worker_names_a_version_and_assets_that_exist(client) -> None:
    source = client.get("/sw.js").text
    assert re.search(r'^const VERSION = "[0-9a-f]{16}";', source)
    for name in KEPT_ASSETS:
        assert f"/static/{name}" in source
        with client.get(f"/static/{name}") as asset:
            assert asset.status_code == 200, name


def test_the_resident_pages_are_sent_compressed_and_light(client) -> None:
    plain = client.get(NEAR)
    packed = client.get(NEAR, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert abs(len(gzip.decompress(packed.data)) - len(plain.data)) < 100  # the minute may have changed
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in client.get("/about", headers={"Accept-Encoding": "gzip"}).headers
    styles = re.findall(r'rel="stylesheet" href="([^"]+)"', plain.text)
    weight = len(packed.data) + sum(
        len(client.get(style, headers={"Accept-Encoding": "gzip"}).data) for style in styles
    )
    assert 5_000 < weight < 60_000
    for unwanted in ("jquery", "bootstrap", "fontawesome", "awesome-markers"):
        assert unwanted not in plain.text.lower()


def test_every_place_can_be_called_wrong(client) -> None:
    page = client.get(NEAR)
    links = [html.unescape(link) for link in re.findall(r'href="(/wrong/[^"]+)"', page.text)]
    assert len(links) == len(routes_of(page)) > 0
    assert client.get(links[0]).status_code == 200
    assert links[0] in client.get(routes_of(page)[0]).text
    known = re.findall(r'href="(/[^"#]+)#list" aria-label="[^"]*你知道在哪儿', page.text)
    assert known
    assert all("/wrong/" in client.get(link).text for link in known)
