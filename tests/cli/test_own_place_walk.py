"""docs/own-place.md, walked: every command of the page in its order, and what the pages then say."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from pathlib import Path

import networkx
import numpy as np
import pytest

from webmap import create_app
from webmap.config import Config

DAY = "2026-11-22"


def commands(root):
    text = (root / "docs" / "own-place.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    found = [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]
    assert len(found) > 20
    return found


@pytest.fixture
def walk(root, extracts, run, tmp_path, monkeypatch):
    """Walks the page from its start up to the first command that begins with given words, in a folder of its own."""
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(root / "docs")
    there = {"../shared/data": str(extracts)}

    def upto(*words):
        for arguments in commands(root):
            if tuple(arguments[: len(words)]) == words:
                return
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
    network = place.network
    graph = networkx.MultiDiGraph()
    u, v, length = network.edge_u.tolist(), network.edge_v.tolist(), network.edge_length_dm.tolist()
    for a, b, dm, forward, backward in zip(u, v, length, network.edge_forward, network.edge_backward, strict=True):
        if forward:
            graph.add_edge(a, b, weight=dm)
        if backward:
            graph.add_edge(b, a, weight=dm)
    on_edge = defaultdict(list)
    homes = place.door_snaps
    for i, (edge, offset, access) in enumerate(zip(homes.edge, homes.offset_dm, homes.access_dm, strict=True)):
        name = ("home", i)
        e, o, leg = int(edge), int(offset), int(access)
        graph.add_node(name)
        if homes.access_m[i] > 250:
            continue
        if network.edge_backward[e] or o == 0:
            graph.add_edge(name, u[e], weight=leg + o)
        if network.edge_forward[e] or o == length[e]:
            graph.add_edge(name, v[e], weight=leg + length[e] - o)
        on_edge[e].append((name, o, leg))
    sinks = []
    for k, (edge, offset, access) in enumerate(
        zip(facilities.edge, facilities.offset_dm, facilities.access_dm, strict=True)
    ):
        name, e, o, leg = ("facility", k), int(edge), int(offset), int(access)
        sinks.append(name)
        graph.add_node(name)
        if network.edge_forward[e] or o == 0:
            graph.add_edge(u[e], name, weight=leg + o)
        if network.edge_backward[e] or o == length[e]:
            graph.add_edge(v[e], name, weight=leg + length[e] - o)
        for home, at, home_leg in on_edge[e]:
            onward = network.edge_forward[e] if o >= at else network.edge_backward[e]
            if onward:
                graph.add_edge(home, name, weight=leg + home_leg + abs(o - at))
    reached = networkx.multi_source_dijkstra_path_length(graph.reverse(), sinks, cutoff=limit_dm)
    doors = np.array([("home", i) in reached for i in range(len(homes))])
    if place.doors is None:
        return doors
    return np.bincount(place.doors.owner, doors) > 0


@pytest.mark.slow
def test_a_third_subdistrict_by_commands_alone(walk, tmp_path):
    """Every page opens; the coverage of kindergartens, schools and parks is that of networkx, with homes and gates."""
    walk("homes", "remove")
    app = create_app(Config(instance=tmp_path / "instance", recheck_s=3600))
    client = app.test_client()
    assert len(pages_of(client, "jiangning")) > 60
    place = app.extensions["lifecircle.results"].current().place("jiangning")
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


@pytest.mark.slow
def test_streets_alone_give_shares_of_points_right(walk, tmp_path):
    """Before there are homes, the points along the streets: the same three layers against networkx, no people counted."""
    walk("homes", "import")
    app = create_app(Config(instance=tmp_path / "instance", recheck_s=3600))
    place = app.extensions["lifecircle.results"].current().place("jiangning")
    assert place.basis.kind == "none"
    assert len(place.demand) > 200
    shares = []
    for layer in ("kindergartens", "schools", "parks"):
        body = get(app.test_client(), f"/api/coverage?subdistrict=jiangning&layer={layer}").json
        expected = expected_coverage(place, layer, body["limit_m"])
        assert body["coverage"]["points"]["covered"] == int(expected.sum())
        assert body["coverage"]["people"]["share"] is None
        shares.append(expected.mean())
    assert 0.05 < min(shares)
    assert max(shares) < 1


def expected_coverage(place, layer, limit_m):
    from geo.layer_question import counted_facilities
    from geo.place import positions_lonlat
    from geo.snapping import snap

    lonlat = positions_lonlat(counted_facilities(place, layer))
    facilities = snap(place.network, lonlat[:, 0], lonlat[:, 1])
    return covered_by_networkx(place, facilities, round(limit_m * 10))


@pytest.mark.slow
def test_the_whole_page_can_be_walked_and_the_end_is_the_beginning(walk, tmp_path):
    walk("there is no such command")
    app = create_app(Config(instance=tmp_path / "instance", recheck_s=3600))
    now = app.extensions["lifecircle.results"].current()
    assert list(now.catalog.subdistricts) == ["caojiadu", "hudong"]
    assert "parks" not in now.catalog.layers
    copy = json.loads((tmp_path / "copy" / "copy.json").read_text(encoding="utf-8"))
    assert set(copy["data_versions"]) == {"caojiadu", "hudong", "jiangning"}
    page = (tmp_path / "copy" / "zh" / "map" / "jiangning" / "schools.html").read_text(encoding="utf-8")
    assert "静态副本" in page
    links = re.findall(r'(?:href|src|data-url)="([^"#]+)', page)
    inside = [link for link in links if not link.startswith("http")]
    assert inside
    assert [link for link in inside if not (tmp_path / "copy" / "zh" / "map" / "jiangning" / link).exists()] == []
