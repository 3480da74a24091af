"""Names in English: what most pieces of a street say, and addresses that are turned whole or not at all."""

from __future__ import annotations

import json

import pytest

from geo.english_names import address_in_english, names_in_english
from geo.network_build import build_network
from geo.network_file import load_network, save_network
from geo.osm import walkable_way
from geo.street_geojson import read_street_geojson

NAMES = {"万航渡路": "Wanhangdu Road", "博兴路": "Boxing Road", "兰城路": "Lancheng Road"}


def ways(*said: tuple[str, str]) -> list:
    return [walkable_way(1, {"highway": "residential", "name": name, "name:en": name_en}) for name, name_en in said]


def test_what_most_pieces_say_stands_without_former_names() -> None:
    found = names_in_english(
        ways(
            ("余姚路", "Yuyao Road (Singapore Road)"),
            ("乌鲁木齐北路", "Middle Wulumuqi Road"),
            ("乌鲁木齐北路", "North Wulumuqi Road"),
            ("乌鲁木齐北路", "North Wulumuqi Road"),
            ("延平路", ""),
            ("", "Nameless Road"),
            ("Rua A", "Rua A"),
        )
    )
    assert found == {"乌鲁木齐北路": "North Wulumuqi Road", "余姚路": "Yuyao Road"}


@pytest.mark.parametrize("order", [1, -1])
def test_of_equally_many_the_order_of_pieces_decides_nothing(order: int) -> None:
    assert names_in_english(ways(("甲路", "B Road"), ("甲路", "A Road"))[::order]) == {"甲路": "A Road"}


@pytest.mark.parametrize(
    ("address", "english"),
    [
        ("万航渡路605号", "605 Wanhangdu Road"),
        ("万航渡路686-694号", "686-694 Wanhangdu Road"),
        ("万航渡路839号、841号", "839, 841 Wanhangdu Road"),
        ("万航渡路767弄20号", "20 Lane 767 Wanhangdu Road"),
        ("万航渡路1498弄", "Lane 1498 Wanhangdu Road"),
        ("万航渡路684号二楼", "684 Wanhangdu Road, floor 2"),
        ("兰城路239号，博兴路332、342、352号", "239 Lancheng Road; 332, 342, 352 Boxing Road"),
        ("万航渡路", "Wanhangdu Road"),
        ("万航渡路博兴路路口", "Wanhangdu Road and Boxing Road"),
    ],
)
def test_addresses_on_known_streets(address: str, english: str) -> None:
    assert address_in_english(address, NAMES) == english


@pytest.mark.parametrize(
    "address",
    [
        "",
        "武宁路5号",
        "万航渡路武宁路路口",
        "路口",
        "万航渡路605号静安大楼",
        "兰城路239号，武宁路5号",
        "605",
        "万航渡路甲5号",
        "<b>万航渡路</b>5号",
        "万航渡路605号B座",
    ],
)
def test_what_is_not_read_to_its_end_stays_as_it_is(address: str) -> None:
    assert address_in_english(address, NAMES) == address


def test_a_network_keeps_them_and_its_version_rests_on_them(tmp_path) -> None:
    def built(**more: str):
        line = {"type": "LineString", "coordinates": [[121.43, 31.23], [121.431, 31.23], [121.432, 31.231]]}
        feature = {"type": "Feature", "geometry": line, "properties": {"name": "甲路"} | more}
        path = tmp_path / "streets.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        return build_network(read_street_geojson(path), min_component=1)

    named, bare = built(name_en="Jia Road"), built()
    save_network(named, tmp_path / "n.lcnet")
    assert load_network(tmp_path / "n.lcnet").names_en == {"甲路": "Jia Road"}
    assert bare.names_en == {}
    assert named.content_hash != bare.content_hash
    assert built(name_en="甲路").content_hash == bare.content_hash
