"""/staff/network and /staff/rules: what would change is shown first, taken only as shown, and can be taken back."""

from __future__ import annotations

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
    assert "colour" in wrong.get_data(as_text=True)
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
