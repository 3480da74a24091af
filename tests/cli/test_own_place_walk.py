"""docs/own-place.md, walked: every command of the page in its order, and what the pages then say."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict

import networkx as nx
import numpy as np
import pytest

from geo.access import DEFAULT_MAX_ACCESS_M
from webmap import create_app
from webmap.config import Config


def commands(root):
    text = (root / "docs" / "own-place.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    found = [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]
    assert len(found) > 20
    return found


@pytest.fixture
def walk(root, extracts, run, tmp_path, monkeypatch):
    """Walks on through the page up to the next command that begins with given words, in a folder of its own."""
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(root / "docs")
    there = {"../shared/data": str(extracts)}

    left = commands(root)

    def upto(*words):
        while left:
            if tuple(left[0][: len(words)]) == words:
                return
            arguments = left.pop(0)
            placed = [re.sub(r"^\.\./shared/data", there["../shared/data"], argument) for argument in arguments]
            ran = run(*placed)
            assert ran.code == 0, (arguments, ran.err, ran.out)

    return upto


def get(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.get_data(as_text=True)[:300])
    return answer


def pages_of(client, place):
    """Open every page, file and map of a subdistrict that its own pages lead to."""
    waiting, seen = [f"/planner/{place}", f"/network/{place}"], set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        text = get(client, path).get_data(as_text=True)
        links = re.findall(r'(?:href|src|data-url)="(/(?:map|frame|planner)/' + place + r'[^"#]*)"', text)
        links = {link.replace("&amp;", "&") for link in links if "theme=" not in link and ".pdf" not in link}
        waiting += sorted(link for link in links if link not in seen and link not in waiting and "profile=" not in link)
        for link in links:
            if "profile=planning" in link and ".json" in link:
                seen.add(link)
                get(client, link)
    return seen


def covered_by_networkx(place, facilities, limit_dm):
    """The demand points within a limit, worked out by another library on the graph of the network."""
    graph = street_graph(place.network)
    on_edge = defaultdict(list)
    homes = place.door_snaps
    for i, (edge, offset, leg) in enumerate(rows_of(homes)):
        graph.add_node(("home", i))
        if homes.access_m[i] <= DEFAULT_MAX_ACCESS_M:
            step_on(graph, place.network, ("home", i), (edge, offset, leg), away=True)
            on_edge[edge].append((("home", i), offset, leg))
    for k, (edge, offset, leg) in enumerate(rows_of(facilities)):
        step_on(graph, place.network, ("facility", k), (edge, offset, leg), away=False)
        for home, at, home_leg in on_edge[edge]:
            ways = place.network.edge_forward if offset >= at else place.network.edge_backward
            if ways[edge]:
                graph.add_edge(home, ("facility", k), weight=leg + home_leg + abs(offset - at))
    sinks = [("facility", k) for k in range(len(facilities))]
    reached = nx.multi_source_dijkstra_path_length(graph.reverse(), sinks, cutoff=limit_dm)
    doors = np.array([("home", i) in reached for i in range(len(homes))])
    return doors if place.doors is None else np.bincount(place.doors.owner, doors) > 0


def street_graph(network):
    graph = nx.MultiDiGraph()
    columns = (network.edge_u, network.edge_v, network.edge_length_dm, network.edge_forward, network.edge_backward)
    for u, v, length_dm, forward, backward in zip(*(column.tolist() for column in columns), strict=True):
        if forward:
            graph.add_edge(u, v, weight=length_dm)
        if backward:
            graph.add_edge(v, u, weight=length_dm)
    return graph


def rows_of(snaps):
    return zip(snaps.edge.tolist(), snaps.offset_dm.tolist(), snaps.access_dm.tolist(), strict=True)


def step_on(graph, network, name, place, *, away):
    """Tie a point on an edge to the edge's ends: `away` from the point, or toward it."""
    edge, offset, leg = place
    u, v, length_dm = int(network.edge_u[edge]), int(network.edge_v[edge]), int(network.edge_length_dm[edge])
    forward, backward = bool(network.edge_forward[edge]), bool(network.edge_backward[edge])
    to_u, to_v = (backward, forward) if away else (forward, backward)
    if to_u or offset == 0:
        graph.add_edge(*((name, u) if away else (u, name)), weight=leg + offset)
    if to_v or offset == length_dm:
        graph.add_edge(*((name, v) if away else (v, name)), weight=leg + length_dm - offset)


@pytest.mark.slow
def test_the_page_can_be_walked(walk, tmp_path):
    """A third subdistrict by commands alone: pages, figures against networkx, the copy, and back to the beginning."""
    app = create_app(Config(instance=tmp_path / "instance", recheck_s=3600))
    client, results = app.test_client(), app.extensions["lifecircle.results"]
    walk("homes", "import")
    check_points_along_streets(client, results.current().place("jiangning"))
    walk("rule", "list")
    check_homes(client, results.current().place("jiangning"))
    assert len(pages_of(client, "jiangning")) > 60
    walk("no such command: to the end")
    now = results.current()
    assert list(now.catalog.subdistricts) == ["caojiadu", "hudong"]
    assert "parks" not in now.catalog.layers
    check_copy(tmp_path / "copy")


ADDED = {
    "jingansi": ("静安寺街道", "Jing'ansi Subdistrict", "310106011", "静安寺"),
    "changshou": ("长寿路街道", "Changshou Road Subdistrict", "310107015", "长寿路"),
}
PICKED = {"schools": "amenity=school", "parks": "leisure=park"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ADDED)
def test_its_neighbours_are_added_by_the_same_commands(name, root, extracts, run, tmp_path, monkeypatch):
    """Nothing was built for one subdistrict only; here the stated people are spread along the streets."""
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.chdir(tmp_path)
    title, english, code, feature = ADDED[name]
    outlines = str(extracts / "caojiadu_and_neighbours_boundaries.geojson")
    titles = ("--name", title, "--name-en", english, "--code", code, "--population", "40000", "--unit", "people")
    stated = (*titles, "--as-of", "2020", "--population-source", "invented for this test")
    done = [run("subdistrict", "add", name, *stated, "--boundary", outlines, "--feature", feature, "--datum", "wgs84")]
    done += [run("network", "use", str(extracts / "shanghai_center_roads.osm"), "--subdistrict", name, "--yes")]
    points = str(extracts / "pois_stops_cycleways_two_areas.geojson")
    for layer, tag in PICKED.items():
        done += [run("layer", "add", layer, "--file", str(root / "docs" / "own-place" / f"{layer}.toml"))]
        placed = ("--subdistrict", name, "--datum", "wgs84")
        done += [run("layer", "pick", points, "--where", tag, *placed, "--out", f"{layer}.geojson")]
        known = ("--set", "location_status=approximate", "--set", "accuracy_m=20")
        done += [run("import", f"{layer}.geojson", "--layer", layer, *placed, *known, "--set", "source=OpenStreetMap")]
    assert [(ran.err, ran.out) for ran in done if ran.code] == []
    app = create_app(Config(instance=tmp_path / "instance", recheck_s=3600))
    place = app.extensions["lifecircle.results"].current().place(name)
    for layer in PICKED:
        body = get(app.test_client(), f"/api/coverage?subdistrict={name}&layer={layer}").json
        expected = expected_coverage(place, layer, body["limit_m"])
        assert body["coverage"]["points"]["covered"] == int(expected.sum())
        assert body["coverage"]["people"]["covered"] == pytest.approx(float(place.weights[expected].sum()), abs=0.1)
        assert 0 < expected.mean() < 1
    assert len(pages_of(app.test_client(), name)) > 60


@pytest.mark.slow
def test_the_two_networks_of_caojiadu_are_as_the_page_says(root, extracts, run, tmp_path, monkeypatch):
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    told = run("network", "use", str(extracts / "shanghai_center_roads.osm"), "--subdistrict", "caojiadu", "--json")
    change = json.loads(told.out)
    page = (root / "docs" / "own-place.md").read_text(encoding="utf-8")
    rows = [
        f"| {one['before']:.1%} | {one['after']:.1%} | {one['lost']:,.0f} / {one['gained']:,.0f}".replace("%", " %")
        for one in change["layers"]
    ]
    assert len(rows) == 3
    assert [row for row in rows if row not in page] == []
    edge = f"{change['edge']['points']} of the {change['homes']} points"
    missing = {name for one in change["layers"] for at in one["differences"] for name, _ in at["missing"]}
    assert [name for name in (edge, *missing) if name not in page.replace("\n  ", " ")] == []


def check_points_along_streets(client, place):
    """Before there are homes nobody is counted, and the shares of points hold."""
    assert place.basis.kind == "none"
    assert len(place.demand) > 200
    shares = []
    for layer in ("kindergartens", "schools", "parks"):
        body = get(client, f"/api/coverage?subdistrict=jiangning&layer={layer}").json
        expected = expected_coverage(place, layer, body["limit_m"])
        assert body["coverage"]["points"]["covered"] == int(expected.sum())
        assert body["coverage"]["people"]["share"] is None
        shares.append(expected.mean())
    assert min(shares) > 0.05
    assert max(shares) < 1


def check_homes(client, place):
    """Homes with gates and groups: the same three layers."""
    assert (place.basis.kind, place.basis.with_gates, len(place.demand)) == ("compounds", 2, 4)
    for layer in ("kindergartens", "schools", "parks"):
        body = get(client, f"/api/coverage?subdistrict=jiangning&layer={layer}").json
        found = body["coverage"]
        assert body["network_version"] == place.network.content_hash[:16]
        assert body["people_basis"]["kind"] == "compounds"
        expected = expected_coverage(place, layer, body["limit_m"])
        assert found["points"]["covered"] == int(expected.sum())
        assert found["people"]["covered"] == pytest.approx(float(place.weights[expected].sum()))
        assert found["groups"]["age_60_plus"]["covered"] == place.demand["age_60_plus"].to_numpy()[expected].sum()


def check_copy(folder):
    """The copy has every subdistrict, says what it is, and its links lead to its own files."""
    copy = json.loads((folder / "copy.json").read_text(encoding="utf-8"))
    assert set(copy["data_versions"]) == {"caojiadu", "hudong", "jiangning"}
    page, english, search = (
        (folder / file).read_text(encoding="utf-8")
        for file in ("zh/map/jiangning/schools.html", "en/map/jiangning/schools.html", "en/search.html")
    )
    assert "静态副本" in page
    assert all("static copy made on" in text and "Search this copy" in text for text in (english, search))
    assert "静态副本" not in english + search
    pages = [file.read_text(encoding="utf-8") for file in folder.rglob("*.html")]
    assert {name for text in pages for name in re.findall(r' ([a-z-]+)="/[a-z]', text)} == set()
    assert list(folder.glob("zh/planner/caojiadu/practice_stations/band*.json"))
    links = re.findall(r'(?:href|src|data-url)="([^"#]+)', page)
    inside = [link for link in links if not link.startswith("http")]
    assert inside
    assert [link for link in inside if not (folder / "zh" / "map" / "jiangning" / link).exists()] == []


def expected_coverage(place, layer, limit_m):
    from geo.layer_question import counted_facilities
    from geo.place import positions_lonlat
    from geo.snapping import snap

    lonlat = positions_lonlat(counted_facilities(place, layer))
    facilities = snap(place.network, lonlat[:, 0], lonlat[:, 1])
    return covered_by_networkx(place, facilities, round(limit_m * 10))
