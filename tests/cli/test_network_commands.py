"""`lifecircle network`: build, info, export, and what each says when something is at fault."""

from __future__ import annotations

import csv

import pytest

from geo.network_file import load_network

LON0, LAT0 = 121.43, 31.23


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    return header, rows


def test_build_tells_what_it_did(run, streets, tmp_path):
    done = run("network", "build", streets, "--out", tmp_path / "n.lcnet", "--min-component", "9")
    assert done.code == 0
    assert done.out == ""
    assert "9 nodes, 12 edges" in done.err
    assert "1 separate components with 3 nodes are left out" in done.err


def test_info(run, network):
    facts = run("network", "info", network, "--json").json
    assert list(facts) == [
        *("content_hash", "nodes", "edges", "length_m", "one_way_edges", "named_share_of_edges", "gates_with_hours"),
        *("bbox", "sources", "left_out"),
    ]
    assert facts["content_hash"] == load_network(network).content_hash
    assert (facts["nodes"], facts["edges"], facts["one_way_edges"], facts["named_share_of_edges"]) == (9, 12, 2, 0.5)
    # 6 * 95.3 + 6 * 110.9
    assert facts["length_m"] == 1237.2
    assert facts["bbox"] == [LON0, LAT0, 121.432, 31.232]
    assert [source["name"] for source in facts["sources"]] == ["streets.geojson"]
    assert [part["nodes"] for part in facts["left_out"]] == [3]
    words = run("network", "info", network)
    assert words.code == 0
    assert "left_out: 1 components, 3 nodes" in words.out


def test_export_is_exactly_the_directed_graph(run, network, tmp_path):
    nodes, edges = tmp_path / "nodes.csv", tmp_path / "edges.csv"
    assert run("network", "export", network, "--nodes", nodes, "--edges", edges).code == 0
    loaded = load_network(network)
    header, rows = _rows(nodes)
    assert header == ["id", "lon", "lat"]
    assert [int(row[0]) for row in rows] == list(range(9))
    assert [(float(lon), float(lat)) for _, lon, lat in rows] == list(zip(loaded.lon, loaded.lat, strict=True))
    assert all(len(value.split(".")[1]) == 7 for row in rows for value in row[1:])
    header, rows = _rows(edges)
    assert header == ["u", "v", "length_dm"]
    expected = [
        (int(u), int(v), int(length))
        for ends, allowed in (((loaded.edge_u, loaded.edge_v), loaded.edge_forward),
                              ((loaded.edge_v, loaded.edge_u), loaded.edge_backward))
        for u, v, length, open_ in zip(*ends, loaded.edge_length_dm, allowed, strict=True)
        if open_
    ]  # fmt: skip
    # ten edges both ways and two one way
    assert len(rows) == 22
    assert sorted(tuple(map(int, row)) for row in rows) == sorted(expected)
    # the one-way street goes north only
    place = list(zip(loaded.lon.tolist(), loaded.lat.tolist(), strict=True))
    eastern = {(place[u], place[v]) for u, v, _ in expected if place[u][0] == place[v][0] == 121.432}
    assert len(eastern) == 2
    assert all(v[1] > u[1] for u, v in eastern)


def test_several_files_build_one_network(run, streets, tmp_path, write_json):
    more = {"type": "LineString", "coordinates": [[121.432, 31.232], [121.433, 31.232]]}
    extra = write_json("more.geojson", {"features": [{"type": "Feature", "properties": {}, "geometry": more}]})
    out = tmp_path / "both.lcnet"
    assert run("network", "build", streets, extra, "--out", out, "--min-component", "9").code == 0
    assert run("network", "info", out, "--json").json["nodes"] == 10


@pytest.mark.parametrize("content", ["[]", '{"features": []}', "not JSON", '{"features": [{"geometry": null}]}'])
def test_streets_at_fault(run, tmp_path, content):
    path = tmp_path / "faulty.geojson"
    path.write_text(content, encoding="utf-8")
    done = run("network", "build", path, "--out", tmp_path / "n.lcnet")
    assert done.code == 1
    assert "1 problem(s)" in done.err
    assert not (tmp_path / "n.lcnet").exists()


def test_extract_with_no_walkable_way(run, tmp_path):
    path = tmp_path / "motorway.osm"
    nodes = "".join(f'<node id="{k}" version="1" lon="121.{k}" lat="31.2"/>' for k in (1, 2))
    way = '<way id="9" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="motorway"/></way>'
    path.write_text(f'<osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    done = run("network", "build", path, "--out", tmp_path / "n.lcnet")
    assert done.code == 1
    assert "no way in this extract may be walked" in done.err


def test_network_of_islands(run, streets, tmp_path):
    done = run("network", "build", streets, "--out", tmp_path / "n.lcnet")
    assert done.code == 1
    assert "no component has 50 nodes; the largest have 9, 3" in done.err
    assert "--min-component" in done.err


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf", ".geojson"])
def test_missing_street_file(run, tmp_path, suffix):
    done = run("network", "build", tmp_path / f"nothing{suffix}", "--out", tmp_path / "n.lcnet")
    assert done.code == 2
    assert f"nothing{suffix}" in done.err


def test_damaged_network(run, network):
    raw = network.read_bytes()
    network.write_bytes(raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:])
    done = run("network", "info", network)
    assert done.code == 1
    assert "lifecircle network build" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["network"],
        ["network", "build"],
        ["network", "build", "x.osm"],
        ["network", "build", "x.osm", "--out", "n", "--min-component", "0"],
        ["network", "build", "x.osm", "--out", "n", "--min-component", "many"],
        ["network", "info", "nothing.lcnet"],
        ["network", "export", "nothing.lcnet", "--nodes", "n.csv"],
        ["no-such-command"],
    ],
)
def test_commands_at_fault(run, arguments, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.code == 2
    assert done.err
    assert list(tmp_path.iterdir()) == []


def test_help_and_version(run):
    assert run("--help").code == 0
    assert "coverage" in run("--help").out
    assert run("--version").out.startswith("lifecircle ")
