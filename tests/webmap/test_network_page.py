"""/network/<subdistrict>: the same findings on map and list, in both languages, of bundled and of saved streets."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from geo.network_build import build_network, read_streets
from geo.network_file import save_network
from geo.topology import inspect_streets
from webmap import create_app
from webmap.config import Config
from webmap.network_page import MOST_INSIDE, MOST_OUTSIDE

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FAULTS = {"caojiadu": ("duplicate", 3), "hudong": ("crossing", 2)}


class List(HTMLParser):
    """The rows of a page's list and the text of its elements."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.texts, self.links, self._open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self._open.append(tag)
        if "data-finding" in known:
            self.rows.append(known["data-finding"])
        if tag == "a":
            self.links.append(known["href"])

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", data.strip()))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", FAULTS)
def test_page_lists_what_the_map_draws(client, place, language):
    page = client.get(f"/network/{place}", query_string={"lang": language})
    data = client.get(f"/network/{place}/data.json", query_string={"lang": language})
    assert (page.status_code, data.status_code) == (200, 200)
    places = data.json["places"]
    assert List(page.text).rows == [one["id"] for one in places]
    kind, count = FAULTS[place]
    assert [one["kind"] for one in places].count(kind) == count
    assert {one["kind"] for one in places} == {kind, "longest_edge"}
    for one in places:
        assert one["look"] == ("fact" if one["kind"] == "longest_edge" else "fault")
        assert all(line in page.text for line in one["lines"])
    listed = re.findall(r"(\d+\.\d{5}), (\d+\.\d{5})", page.text)
    assert [(float(lat), float(lon)) for lat, lon in listed] == [
        (pytest.approx(one["lat"], abs=1.1e-5), pytest.approx(one["lon"], abs=1.1e-5)) for one in places
    ]
    assert data.json["streets"]
    assert data.json["facilities"] == []


def test_findings_are_those_of_the_bundled_streets(client, root):
    for place in FAULTS:
        report = inspect_streets(read_streets([root / "data" / "base" / f"streets_{place}.geojson"]))
        places = client.get(f"/network/{place}/data.json").json["places"]
        told = sorted((one["kind"], one["lon"], one["lat"]) for one in places)
        assert told == sorted((one.kind, round(one.lon, 6), round(one.lat, 6)) for one in report.findings)


def test_english_page_has_no_chinese_of_ours(client):
    streets = {street["name"] for street in client.get("/network/hudong/data.json").json["streets"]}
    page = List(client.get("/network/hudong", query_string={"lang": "en"}).text)
    found = {text for tag, text in page.texts if CHINESE.search(text) and tag != "text"}
    assert {text for text in found if not set(text.removeprefix(": ").split(", ")) <= streets} <= {"中文"}


def test_data_notes_lead_here_and_back(client):
    links = List(client.get("/about").text).links
    assert {"/network/caojiadu", "/network/hudong"} <= set(links)
    assert "/about" in List(client.get("/network/caojiadu").text).links
    assert "/network/hudong" in List(client.get("/network/caojiadu").text).links


@pytest.mark.parametrize("path", ["/network/nowhere", "/network/nowhere/data.json", "/network/caojiadu/other.json"])
def test_unknown_names(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/network/caojiadu?lang=xx", "/network/caojiadu/data.json?samples=maybe"])
def test_bad_choices(client, path):
    assert client.get(path).status_code == 400


def test_data_is_not_sent_twice(client):
    first = client.get("/network/caojiadu/data.json")
    again = client.get("/network/caojiadu/data.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.fixture
def prepared(root, tmp_path):
    """An application whose 曹家渡 has a network of its own: the bundled streets, many crossings, and an island."""

    def made(extra):
        (tmp_path / "networks").mkdir(exist_ok=True)
        features = [
            {"type": "Feature", "properties": known, "geometry": {"type": "LineString", "coordinates": line}}
            for line, known in extra
        ]
        drawn = tmp_path / "more.geojson"
        drawn.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        streets = read_streets([root / "data" / "base" / "streets_caojiadu.geojson", drawn])
        save_network(build_network(streets, 3), tmp_path / "networks" / "caojiadu.lcnet")
        return create_app(Config(instance=tmp_path, recheck_s=3600)).test_client()

    return made


def test_saved_network_is_reported_as_such(prepared):
    island = [[121.43, 31.232], [121.4301, 31.232]]
    client = prepared([(island, {"name": "岛路"})])
    page = client.get("/network/caojiadu").text
    assert "查的是存好的街道网" in page
    places = client.get("/network/caojiadu/data.json").json["places"]
    # the island is told although the network left it out, the doubled stretches are merged in it
    assert {one["kind"] for one in places} == {"component", "longest_edge"}
    assert "1</b> <span>处，其中 1 处在街道里面" in page
    assert "存好的街道网" not in create_app(Config(recheck_s=3600)).test_client().get("/network/hudong").text


def test_list_is_cut_and_says_so(prepared):
    """Streets across the middle of the subdistrict and far outside, each crossing the one before it."""
    steps = [k * 0.00002 for k in range(60)]
    inside = [[[121.4300 + s, 31.2320], [121.4300 + s, 31.2321]] for s in steps]
    outside = [[[121.4500 + s, 31.2320], [121.4500 + s, 31.2321]] for s in steps[:15]]
    across = [[[121.4299, 31.23205], [121.4320, 31.23205]], [[121.4499, 31.23205], [121.4520, 31.23205]]]
    tied = [[*line, [line[-1][0], line[-1][1] + 0.00001], line[0]] for line in (*inside, *outside)]
    names = [(line, {"name": f"{k}弄"}) for k, line in enumerate((*tied, *across))]
    client = prepared(names)
    places = client.get("/network/caojiadu/data.json").json["places"]
    shown = [one for one in places if one["kind"] == "component"]
    assert len(shown) == MOST_INSIDE + MOST_OUTSIDE
    assert sum(one["lon"] < 121.44 for one in shown) == MOST_INSIDE
    assert sum(one["lon"] > 121.44 for one in shown) == MOST_OUTSIDE
    page = client.get("/network/caojiadu").text
    assert re.search(r"另有 \d+ 处没有列出", page)


def test_names_from_the_data_are_text(prepared):
    attack = "<img src=x onerror=alert(1)>${1}`"
    lines = [[[121.43, 31.232], [121.4301, 31.2321], [121.43, 31.2321], [121.4301, 31.232], [121.4302, 31.232]]]
    client = prepared([(lines[0], {"name": attack})])
    places = client.get("/network/caojiadu/data.json").json["places"]
    assert any(attack in " ".join(one["lines"]) for one in places)
    page = client.get("/network/caojiadu").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
