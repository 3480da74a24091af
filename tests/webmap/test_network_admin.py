"""/staff/network and /staff/rules: what would change is shown first, taken only as shown, and can be taken back."""

from __future__ import annotations

import html
import json
import re

import pytest

from geo.network_build import build_network, read_streets
from geo.network_file import save_network
from webmap import create_app
from webmap.config import Config
from webmap.staff_config import PasswordCost, StaffConfig


@pytest.fixture(scope="module")
def own(tmp_path_factory, root, add_accounts):
    """An application of one's own with accounts, and a network in its instance that lacks a third of the streets."""
    instance = tmp_path_factory.mktemp("own")
    staff = StaffConfig(password_cost=PasswordCost(passes=1, memory_kib=8, lanes=1))
    app = create_app(Config(instance=instance, recheck_s=3600, staff=staff))
    streets = (root / "data" / "base" / "streets_caojiadu.geojson").read_text(encoding="utf-8").splitlines()
    fewer = instance / "fewer.geojson"
    fewer.write_text("\n".join([*streets[:-3], streets[-3].rstrip(","), *streets[-1:]]), encoding="utf-8")
    (instance / "networks").mkdir()
    save_network(build_network(read_streets([fewer])), instance / "networks" / "fewer.lcnet")
    return app, add_accounts(app)


@pytest.fixture
def administrator(own, sign_in):
    app, accounts = own
    client = app.test_client()
    return client, sign_in(client, accounts["administrator"])


def version(client):
    return client.get("/api/coverage?subdistrict=caojiadu&layer=nurseries").json["network_version"]


def test_only_administrators_may_look(own, sign_in):
    app, accounts = own
    client = app.test_client()
    assert client.get("/staff/network/caojiadu").status_code == 303
    sign_in(client, accounts["reviewer"])
    assert client.get("/staff/network/caojiadu").status_code == 403
    assert client.get("/staff/rules").status_code == 403


def test_a_network_is_taken_as_it_was_shown_and_taken_back(administrator):
    client, token = administrator
    before = version(client)
    page = client.get("/staff/network/caojiadu?network=fewer.lcnet").get_data(as_text=True)
    shown = re.search(r'name="hash" value="([0-9a-f]{64})"', page)[1]
    assert 'data-layer="nurseries"' in page
    assert 'data-differences="nurseries"' in page
    assert "只有现在的网络里有" in page
    form = {"csrf_token": token, "network": "fewer.lcnet", "why": "试一试"}
    assert client.post("/staff/network/caojiadu", data=form | {"hash": "0" * 64}).status_code == 409
    assert version(client) == before
    assert client.post("/staff/network/caojiadu", data=form | {"hash": shown}).status_code == 303
    assert version(client) == shown[:16] != before
    page = client.get("/staff/network/caojiadu").get_data(as_text=True)
    assert "试一试" in page
    assert shown[:8] in client.get("/map/caojiadu/nurseries").get_data(as_text=True)
    assert client.post("/staff/network/caojiadu/back", data={"csrf_token": token}).status_code == 303
    assert version(client) == before
    assert client.post("/staff/network/caojiadu/back", data={"csrf_token": token}).status_code == 409


def test_a_file_elsewhere_is_no_network(administrator):
    client, _ = administrator
    answer = client.get("/staff/network/caojiadu?network=../../etc/passwd")
    assert answer.status_code in (400, 404)
    assert client.get("/staff/network/nowhere").status_code == 404


def test_a_network_of_another_place_is_told_on_the_page_and_not_taken(own, administrator):
    client, token = administrator
    elsewhere = [{"type": "LineString", "coordinates": [[24.9 + k, 60.1], [24.9 + k, 60.11]]} for k in (0, 0.001)]
    features = [{"type": "Feature", "properties": {"name": "katu"}, "geometry": line} for line in elsewhere]
    folder = own[0].extensions["lifecircle.config"].instance / "networks"
    streets = folder / "helsinki.geojson"
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    save_network(build_network(read_streets([streets]), min_component=1), folder / "helsinki.lcnet")
    (folder / "torn.lcnet").write_bytes((folder / "helsinki.lcnet").read_bytes()[:200])
    before = version(client)
    form = {"csrf_token": token, "network": "helsinki.lcnet", "hash": "0" * 64}
    answers = [
        client.get("/staff/network/caojiadu?network=helsinki.lcnet"),
        client.post("/staff/network/caojiadu", data=form),
        client.get("/staff/network/caojiadu?network=torn.lcnet"),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert ['role="alert"' in answer.get_data(as_text=True) for answer in answers] == [True] * 3
    assert version(client) == before


def test_a_rule_is_edited_with_document_and_certainty_and_let_go(administrator):
    client, token = administrator

    def limit():
        return client.get("/api/coverage?subdistrict=caojiadu&layer=nurseries&rule=jgj39").json["limit_m"]

    page = client.get("/staff/rules/rules/jgj39").get_data(as_text=True)
    text = re.search(r'name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1].replace("&#34;", '"')
    assert limit() == 300
    edited = text.replace("limit_m = 300", "limit_m = 250")
    assert edited != text
    form = {"csrf_token": token, "revision": "0", "why": "新标准"}
    wrong = client.post("/staff/rules/rules/jgj39", data=form | {"text": edited + "colour = 1\n"})
    assert wrong.status_code == 422
    assert "jgj39.toml: colour" in wrong.get_data(as_text=True)
    assert limit() == 300
    assert client.post("/staff/rules/rules/jgj39", data=form | {"text": edited}).status_code == 303
    assert limit() == 250
    assert "新标准" in client.get("/staff/rules/rules/jgj39").get_data(as_text=True)
    again = form | {"text": edited, "revision": "1"}
    assert client.post("/staff/rules/rules/jgj39", data=again | {"remove": "1"}).status_code == 303
    assert limit() == 300
    assert client.post("/staff/rules/rules/jgj39", data=again).status_code == 412


@pytest.mark.parametrize("kind", ["layers", "indicators"])
def test_every_layer_and_indicator_opens_as_toml_that_reads_back(administrator, kind, root):
    import tomllib

    from webmap.toml_text import toml_text

    client, _ = administrator
    file = {"layers": "catalog.toml", "indicators": "indicators.toml"}[kind]
    tables = tomllib.loads((root / "data" / file).read_text(encoding="utf-8"))[kind]
    assert {name: tomllib.loads(toml_text(table)) for name, table in tables.items()} == tables
    first = next(iter(tables))
    assert client.get(f"/staff/rules/{kind}/{first}").status_code == 200


def test_a_path_is_drawn_as_it_was_shown_with_a_reason_and_taken_back(administrator):
    client, token = administrator
    before = version(client)
    address = "/staff/network/caojiadu/patch"
    place = client.application.extensions["lifecircle.results"].current().place("caojiadu")
    edge = int(place.network.edge_length_dm.argmax())
    ends = (place.network.edge_u[edge], place.network.edge_v[edge])
    (lon, lat), (lon_2, lat_2) = ((float(place.network.lon[n]), float(place.network.lat[n])) for n in ends)
    line = f"{(lon + lon_2) / 2:.6f},{(lat + lat_2) / 2:.6f}"
    page = client.get(address, query_string={"kind": "close", "line": line}).get_data(as_text=True)
    shown = re.search(r'name="hash" value="([0-9a-f]{64})"', page)[1]
    assert shown[:16] != before == version(client)
    form = {"csrf_token": token, "kind": "close", "line": line, "why": "墙挡着", "hash": shown}
    assert client.post(address, data=form | {"why": " "}).status_code == 422
    assert client.post(address, data=form | {"hash": "0" * 64}).status_code == 409
    assert version(client) == before
    assert client.post(address, data=form).status_code == 303
    assert version(client) == shown[:16]
    assert "墙挡着" in client.get("/staff/network/caojiadu").get_data(as_text=True)
    assert client.post("/staff/network/caojiadu/back", data={"csrf_token": token}).status_code == 303
    assert version(client) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "add", "line": "there"},
        {"kind": "add", "line": "121.43,31.23"},
        {"kind": "add", "line": "0,0 0,0.001"},
        {"kind": "close", "line": "12.5,41.9"},
        {"kind": "<script>", "line": "121.43,31.23 121.44,31.23"},
        {"kind": "add", "line": "121.43,31.23 " * 300},
        {"remove": "nothing"},
        {"kind": "add", "line": "121.43198,31.22891 121.43138,31.23253", "name": "\u202eevil"},
    ],
)
def test_a_line_that_is_no_path_is_told_and_nothing_is_taken(administrator, asked):
    client, token = administrator
    before = version(client)
    assert client.get("/staff/network/caojiadu/patch", query_string=asked).status_code == 422
    assert client.post("/staff/network/caojiadu/patch", data=asked | {"csrf_token": token}).status_code == 422
    assert version(client) == before


def test_a_layer_is_written_by_a_form_and_taken_as_toml(administrator):
    client, token = administrator
    form = {
        "csrf_token": token,
        "id": "clinics",
        "name_zh": "社区诊所",
        "name_en": "Clinics",
        "family": "care",
        "glyph": "诊",
        "geometries": "Point",
        "uses": ["sh2016-15"],
        "rule_id": "clinics-800",
        "limit": "800",
        "limit_unit": "m",
        "document_zh": "某标准",
        "document_en": "Some standard",
        "certainty": "low",
        "property_0": "beds",
        "property_0_kind": "integer",
        "property_0_zh": "床位",
        "property_0_en": "Beds",
    }
    assert client.post("/staff/layers/new", data=form | {"glyph": ""}).status_code == 422
    assert client.post("/staff/layers/new", data=form | {"id": "nurseries"}).status_code == 422
    written = client.post("/staff/layers/new", data=form)
    assert written.status_code == 200, written.get_data(as_text=True)[:2000]
    text = html.unescape(re.search(r'name="text"[^>]*>(.*?)</textarea>', written.get_data(as_text=True), re.DOTALL)[1])
    assert client.get("/map/caojiadu/clinics").status_code == 404
    taking = {"csrf_token": token, "id": "clinics", "take": "1", "why": "试写"}
    unknown = client.post("/staff/layers/new", data=taking | {"text": text + "colour = 1\n"})
    assert (unknown.status_code, "colour" in unknown.get_data(as_text=True)) == (422, True)
    assert client.post("/staff/layers/new", data=taking | {"text": text}).status_code == 303
    assert client.get("/map/caojiadu/clinics").status_code == 200
    layer = client.application.extensions["lifecircle.results"].current().layer("clinics")
    assert (layer.rules, layer.headline_rule) == (("clinics-800", "sh2016-15"), "clinics-800")
    assert [one.name for one in layer.properties] == ["beds"]


ASKED = "subdistrict=caojiadu&layer=nurseries"
FIGURES = (
    f"/api/coverage?{ASKED}",
    f"/api/gaps?{ASKED}",
    f"/api/what-if?{ASKED}&add=121.4303,31.2320",
    f"/api/catchments?{ASKED}",
    f"/api/siting?{ASKED}&p=1&every_m=200",
    "/api/nearest?lon=121.4303&lat=31.2320",
    "/api/isochrone?lon=121.4303&lat=31.2320",
    "/api/route?from_lon=121.4303&from_lat=31.2320&to_lon=121.4310&to_lat=31.2330",
)


@pytest.mark.parametrize("address", FIGURES)
def test_every_figure_of_a_program_names_its_network(client, app, address):
    place = app.extensions["lifecircle.results"].current().place("caojiadu")
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json["network_version"] == place.network.content_hash[:16]


def test_pages_and_files_name_their_network(client, app):
    places = app.extensions["lifecircle.results"].current().places
    version = places["caojiadu"].network.content_hash[:8]
    for address in (
        "/planner/caojiadu",
        "/map/caojiadu/nurseries",
        "/planner/caojiadu/report",
        "/planner/caojiadu/services",
    ):
        assert version in client.get(address).get_data(as_text=True), address
    assert version in client.get("/map/caojiadu/nurseries/list.csv").headers["Content-Disposition"]
    compared = client.get("/compare").get_data(as_text=True)
    assert [name for name, place in places.items() if place.network.content_hash[:8] not in compared] == []
