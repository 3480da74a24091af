"""Streets, committees and addresses on English pages: English where the data has it; the API keeps its own names."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACE = "/find/near?where=万航渡路605号&lang="


@pytest.fixture(scope="module")
def client(app) -> FlaskClient:
    return app.test_client()


def cells(page: str, mark: str) -> str:
    """The text of the table rows that carry an attribute."""
    rows = re.findall(rf"<tr {mark}=.*?</tr>", page, re.DOTALL)
    assert rows, mark
    return re.sub(r"<[^>]+>", " ", " ".join(rows))


@pytest.mark.parametrize(
    ("path", "mark", "chinese", "english"),
    [
        ("/map/caojiadu/nurseries", "data-street", "余姚路", "Yuyao Road"),
        ("/planner/caojiadu/nurseries/fairness", "data-committee", "均泰居委会", "Juntai Residents' Committee"),
        ("/planner/caojiadu/services", "data-street", "新闸路", "Xinzha Road"),
    ],
)
def test_rows_are_named_in_the_reader_s_language(client, path: str, mark: str, chinese: str, english: str) -> None:
    page = cells(client.get(f"{path}?lang=zh").text, mark)
    assert (chinese in page, english in page) == (True, False)
    page = cells(client.get(f"{path}?lang=en").text, mark).replace("&#39;", "'")
    assert (chinese in page, english in page) == (False, True)
    assert not CHINESE.search(page)


@pytest.mark.parametrize(
    "path",
    [
        "/map/caojiadu/nurseries/data.json",
        "/map/hudong/safe_houses/data.json",
        "/network/hudong/data.json",
        "/planner/caojiadu/nurseries/what-if/map.json",
    ],
)
def test_names_on_a_map_are_english_for_english_readers_alone(client: FlaskClient, path: str) -> None:
    def names(language: str) -> set[str]:
        data = client.get(path, query_string={"lang": language}).json
        people = [*data["people"], *data["blocks"]]
        return {one["name"] for one in data["streets"]} | {one["street"] for one in people if one["street"]}

    english, chinese = names("en"), names("zh")
    assert not any(CHINESE.search(name) for name in english)
    assert all(CHINESE.search(name) for name in chinese)
    assert len(english) == len(chinese) > 20, "no two streets share an English name"


def test_somebody_who_reads_english_is_led_by_streets_and_addresses(client: FlaskClient) -> None:
    page = client.get(f"{PLACE}en").text
    assert "605 Wanhangdu Road" in page
    assert "684 Wanhangdu Road, floor 2" in page
    link = re.search(r'href="(/find/route[^"]+)"', page)[1].replace("&amp;", "&")
    steps = re.findall(r'class="step-text">(.*?)</p>', client.get(link + "&lang=en").text)
    assert any("Wanhangdu Road" in step for step in steps), steps
    assert not any(CHINESE.search(step) for step in steps), steps
    assert "where=%E4%B8%87" in link, "a link means the same place in both languages"
    assert "万航渡路605号" in client.get(f"{PLACE}zh").text


def test_whatever_is_shown_in_english_is_found_when_it_is_typed(client: FlaskClient, app) -> None:
    now = app.extensions["lifecircle.results"].current()
    streets = {street for place in now.places.values() for street in place.network.names if street}
    typed = {now.names_en()[street] for street in streets}
    typed |= {"605 Wanhangdu Road", "20 Lane 767 Wanhangdu Road", "684 Wanhangdu Road, floor 2"}
    typed |= {"Wanchun Street and Kangding Road", "Xiaofuxiong Nursery, Caojiadu"}
    for text in typed:
        page = client.get("/find", query_string={"q": text, "lang": "en"}).text
        found = [html.unescape(label) for label in re.findall(r'class="choice".*?<b[^>]*>(.*?)</b>', page, re.DOTALL)]
        assert text.partition(", floor")[0] in found, (text, found)


def test_gaps_are_named_by_english_streets(client: FlaskClient) -> None:
    assert "Around Yuyao Road, Taizhou Road" in client.get("/planner/caojiadu?lang=en").text
    assert "余姚路" in client.get("/planner/caojiadu?lang=zh").text


def test_the_api_has_the_names_of_the_data_in_every_language(client: FlaskClient) -> None:
    for language in ("zh", "en"):
        client.get(f"/?lang={language}")
        asked = {"subdistrict": "caojiadu", "layer": "nurseries"}
        gaps = client.get("/api/gaps", query_string=asked, headers={"Accept-Language": language}).json["gaps"]
        assert any("余姚路" in gap["streets"] for gap in gaps)


def test_a_street_without_an_english_name_keeps_its_own(app) -> None:
    from webmap.place_names import local_address, local_name

    with app.test_request_context("/?lang=en"):
        assert local_name("没有英文名的路") == "没有英文名的路"
        assert local_name("") == ""
        assert local_address("没有英文名的路5号") == "没有英文名的路5号"
