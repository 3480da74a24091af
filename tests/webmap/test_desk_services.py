"""Several services together: a score by home, with weights in the address, and what is missing named."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

PAGE = "/planner/caojiadu/services"
STREET = re.compile(r'data-street="([^"]*)"')


def test_score_follows_the_weights_in_the_address(client: FlaskClient) -> None:
    page = client.get(f"{PAGE}?lang=zh").text
    shares = dict(re.findall(r'data-layer="(\w+)" data-share="([\d.]+)"', page))
    assert sum(map(float, shares.values())) == pytest.approx(1)
    others = "&".join(f"weight-{layer}=0" for layer in shares if layer != "nurseries")
    alone = client.get(f"{PAGE}?lang=zh&{others}").text
    assert re.search(r"data-score>([\d.]+)%", alone)[1] == "45.5"  # the nurseries' own coverage
    assert client.get(f"{PAGE}?{others}&weight-nurseries=0").status_code == 400


def test_map_and_list_name_what_is_missing(client: FlaskClient) -> None:
    page, drawn = client.get(f"{PAGE}?lang=zh").text, client.get(f"{PAGE}/map.json?lang=zh").json
    assert {home["level"] for home in drawn["homes"]} <= set(range(5))
    for home in drawn["homes"]:
        assert (home["level"] == 4) == (home["lines"] == ["什么都不缺"])
    assert sum(home["weight"] for home in drawn["homes"]) == pytest.approx(82_884)
    assert "托育点" in page[page.index("哪些街缺得多") :]
    assert len(STREET.findall(page)) > 10
    assert "不是普查" in page
    assert "没有位置、没算进来" in page


@pytest.mark.parametrize(
    "query", ["weight-nurseries=11", "weight-nurseries=x", "weight-nurseries=1&weight-nurseries=2"]
)
def test_a_weight_that_cannot_be_read_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"{PAGE}?{query}").status_code == 400
