"""The bundled ground: streets that join, outlines, committees, the gazetteer, and the form of every file."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest
import shapely

from geo.catalog import Catalog
from geo.network_build import build_network, read_streets

SLUGS = ("caojiadu", "hudong")
FILES = [
    "base/subdistricts",
    *(f"base/streets_{slug}" for slug in SLUGS),
    "base/committees",
    *(f"base/demand_{slug}" for slug in SLUGS),
]


def features(data: Path, name: str) -> list[dict]:
    return json.loads((data / f"{name}.geojson").read_text("utf-8"))["features"]


def numbers(coordinates) -> list[float]:
    return [coordinates] if isinstance(coordinates, float) else [n for part in coordinates for n in numbers(part)]


@pytest.mark.parametrize("name", FILES)
def test_one_feature_a_line_in_the_order_of_ids_with_7_decimals_at_most(data: Path, name: str) -> None:
    lines = (data / f"{name}.geojson").read_text("utf-8").splitlines()
    parsed = [json.loads(line.removesuffix(",")) for line in lines[1:-1]]
    assert lines[-1] == "]}"
    assert parsed == features(data, name)
    ids = [feature["id"] for feature in parsed]
    assert ids == sorted(set(ids))
    for feature in parsed:
        if feature["geometry"] is not None:
            assert all(round(number, 7) == number for number in numbers(feature["geometry"]["coordinates"]))


@pytest.mark.parametrize("name", [name for name in FILES if "demand" not in name])
def test_every_row_says_where_it_is_from_and_how_good_it_is(data: Path, name: str) -> None:
    for feature in features(data, name):
        properties = feature["properties"]
        assert properties["source"]
        assert ("accuracy_m" in properties) == (feature["geometry"] is not None)
        assert properties.get("accuracy_m", 1) > 0


# From the tables the files were written from: nodes, edges, kilometres.
@pytest.mark.parametrize(("slug", "nodes", "edges"), [("caojiadu", 85, 136), ("hudong", 62, 85)])
def test_streets_join_into_one_network(data: Path, slug: str, nodes: int, edges: int) -> None:
    graph = nx.Graph()
    for feature in features(data, f"base/streets_{slug}"):
        nx.add_path(graph, [tuple(at) for at in feature["geometry"]["coordinates"]])
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (nodes, edges)
    assert nx.is_connected(graph)


def test_streets_say_how_far_they_may_be_trusted(data: Path) -> None:
    by_slug = {
        slug: Counter(f["properties"]["accuracy_m"] for f in features(data, f"base/streets_{slug}")) for slug in SLUGS
    }
    assert set(by_slug["caojiadu"]) == {5}
    assert set(by_slug["hudong"]) == {35, 90}


def test_outlines_are_valid_anticlockwise_and_of_the_stated_size(data: Path, catalog: Catalog) -> None:
    outlines = features(data, "base/subdistricts")
    assert [feature["id"] for feature in outlines] == list(catalog.subdistricts)
    for feature in outlines:
        outline = shapely.geometry.shape(feature["geometry"])
        assert outline.is_valid
        assert outline.exterior.is_ccw
        assert feature["properties"]["code"] == catalog.subdistricts[feature["id"]].code
        # A degree is 111.3 km of latitude and 95.2 km of longitude here.
        assert outline.area * 111.3 * 95.2 == pytest.approx(catalog.subdistricts[feature["id"]].area_km2, rel=0.02)


def test_committees_are_all_there_and_share_points_only_as_a_group(data: Path, catalog: Catalog) -> None:
    rows = features(data, "base/committees")
    found = Counter(feature["properties"]["subdistrict"] for feature in rows)
    assert found == {slug: catalog.subdistricts[slug].committees for slug in SLUGS}
    placed = [feature for feature in rows if feature["geometry"] is not None]
    assert Counter(feature["properties"]["subdistrict"] for feature in placed) == {"caojiadu": 8, "hudong": 27}
    at_point = Counter(tuple(feature["geometry"]["coordinates"]) for feature in placed)
    for feature in rows:
        properties = feature["properties"]
        is_placed = feature["geometry"] is not None
        assert properties["location_status"] == ("approximate" if is_placed else "unlocated")
        shares = is_placed and at_point[tuple(feature["geometry"]["coordinates"])] > 1
        assert ("group" in properties) == shares
        assert properties["code"].startswith(catalog.subdistricts[properties["subdistrict"]].code)
    assert sum("group" in feature["properties"] for feature in rows) == 8


def test_the_gazetteer_is_complete_and_says_whose_each_row_is(data: Path, catalog: Catalog) -> None:
    with (data / "base" / "gazetteer.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("kind", "label", "street_a", "street_b", "number", "lon", "lat", "accuracy_m", "subdistrict"),
        *("source", "licence"),
    ]
    assert Counter(row["kind"] for row in rows) == {"crossing": 168, "address": 33, "place": 149, "committee": 35}
    for row in rows:
        assert row["label"]
        assert row["source"]
        assert row["licence"] in {"ODbL-1.0", "terms not stated"}
        assert row["subdistrict"] in {"", *catalog.subdistricts}
        assert bool(row["street_a"]) == (row["kind"] in {"crossing", "address"})
        assert bool(row["street_b"]) == (row["kind"] == "crossing")
        assert bool(row["number"]) == (row["kind"] == "address")
        assert 121.4 < float(row["lon"]) < 121.6
        assert 31.2 < float(row["lat"]) < 31.3
        assert 5 <= float(row["accuracy_m"]) <= 400


def test_every_street_and_committee_has_its_own_english_name(data: Path) -> None:
    pairs = {
        (one["properties"]["name"], one["properties"]["name_en"])
        for name in (*(f"base/streets_{slug}" for slug in SLUGS), "base/committees")
        for one in features(data, name)
    }
    assert all(english.isascii() and english.strip() == english for _, english in pairs)
    assert len(pairs) == len({name for name, _ in pairs}) == len({english for _, english in pairs}) == 60 + 46


def test_the_english_names_of_caojiadu_are_those_of_openstreetmap(data: Path, root: Path) -> None:
    extract = root.parent / "shared" / "data" / "shanghai_center_roads.osm"
    if not extract.is_file():
        pytest.skip(f"no extracts here: {extract} does not exist")
    theirs = build_network(read_streets([extract])).names_en
    ours = {one["properties"]["name"]: one["properties"]["name_en"] for one in features(data, "base/streets_caojiadu")}
    assert {name: english for name, english in ours.items() if theirs.get(name) != english} == {}
