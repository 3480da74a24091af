"""`lifecircle network check`: what it prints, what it writes, and the same of streets and of a network."""

from __future__ import annotations

import pytest

LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001
KINDS = ["component", "dead_end", "crossing", "duplicate", "longest_edge"]


def _line(*places):
    return [[round(LON0 + x * STEP_DEG, 7), round(LAT0 + y * STEP_DEG, 7)] for x, y in places]


@pytest.fixture
def faulty(write_json):
    """The grid of nine crossings with one of each fault."""
    lines = [(_line((0, k), (1, k), (2, k)), f"{k}路") for k in range(3)]
    lines += [(_line((k, 0), (k, 1), (k, 2)), f"{k}街") for k in range(3)]
    lines += [
        (_line((5, 0), (6, 0), (7, 0)), "岛路"),
        (_line((0, 0), (0.4, 0.5), (0.95, 0.5)), "断头路"),
        (_line((1, 1), (2, 2)), "上路"),
        (_line((2, 1), (1, 2)), "下路"),
        (_line((2, 0), (2, 1)), "重路"),
        (_line((0, 1), (1, 2)), ""),
    ]
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "LineString", "coordinates": line}}
        for line, name in lines
    ]
    return write_json("faulty.geojson", {"type": "FeatureCollection", "features": features})


def test_clean_grid(run, network):
    told = run("network", "check", network)
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == "9 nodes, 12 segments, 1.2 km"
    assert "dead ends that almost touch another street: 0" in lines
    assert "crossings without a common node: 0" in lines
    assert "segments that several ways carry: 0" in lines
    # the island was left out when the network was built, and is still told
    assert "separate components: 1" in lines
    assert "  121.4300000,31.2500000  3 nodes, 191 m" in lines
    # three streets of 191 m have names
    assert any(line.startswith("streets without a name: ") and line.endswith("(53.8% of the length)") for line in lines)


def test_every_fault_in_words(run, faulty):
    told = run("network", "check", faulty)
    assert told.code == 0
    assert "separate components: 1\n  121.4350000,31.2300000  3 nodes, 191 m\n" in told.out
    assert "dead ends that almost touch another street: 1\n  121.4309500,31.2305000  4.7" in told.out
    assert "断头路 / 1街" in told.out
    assert "crossings without a common node: 1\n  121.4315000,31.2315000  " in told.out
    assert "segments that several ways carry: 1\n" in told.out
    assert "1 segments, 111 m" in told.out
    assert "streets without a name: 1, 0.1 km" in told.out


def test_json_and_file_say_the_same(run, faulty, tmp_path, read_answer):
    out = tmp_path / "report.geojson"
    document = run("network", "check", faulty, "--json", "--out", out).json
    assert list(document) == [
        *("nodes", "segments", "length_m", "saved_network", "faults", "components", "findings", "unnamed")
    ]
    assert list(document["findings"]) == KINDS
    assert document["faults"] == 4
    assert [part["nodes"] for part in document["components"]] == [11, 3]
    assert {kind: len(found) for kind, found in document["findings"].items()} == dict.fromkeys(KINDS[:4], 1) | {
        "longest_edge": 10
    }
    (dead_end,) = document["findings"]["dead_end"]
    assert dead_end["streets"] == ["断头路", "1街"]
    assert dead_end["length_m"] == pytest.approx(4.76, abs=0.02)
    assert document["unnamed"]["by_highway"] == {"road": {"streets": 1, "length_m": 146.2}}
    features = read_answer(out)["features"]
    assert [feature["properties"]["kind"] for feature in features] == [*KINDS[:4], *["longest_edge"] * 10]
    for feature in features:
        known = dict(feature["properties"])
        lon, lat = feature["geometry"]["coordinates"]
        assert {"lon": lon, "lat": lat, **{k: v for k, v in known.items() if k != "kind"}} in (
            document["findings"][known["kind"]]
        )


def test_network_tells_the_same_places_but_for_what_is_merged(run, faulty, tmp_path):
    net = tmp_path / "n.lcnet"
    assert run("network", "build", faulty, "--out", net, "--min-component", "9").code == 0
    streets, saved = (run("network", "check", path, "--json").json for path in (faulty, net))
    assert (streets["saved_network"], saved["saved_network"]) == (False, True)
    for kind in ("component", "dead_end", "crossing"):
        places = [
            [(one["lon"], one["lat"], one["length_m"], one["count"]) for one in told["findings"][kind]]
            for told in (streets, saved)
        ]
        assert places[0] == places[1]
        assert len(places[0]) == 1
    assert saved["findings"]["duplicate"] == []
    assert "doubled segments are merged" in run("network", "check", net).out


def test_tolerance(run, faulty):
    found = [
        len(run("network", "check", faulty, "--near-m", near_m, "--json").json["findings"]["dead_end"])
        for near_m in ("4", "5")
    ]
    assert found == [0, 1]


@pytest.mark.parametrize("arguments", [[], ["--near-m", "0"], ["--near-m", "wide"], ["second.geojson"]])
def test_command_at_fault(run, network, arguments):
    paths = [] if arguments == [] else [network]
    done = run("network", "check", *paths, *arguments)
    assert done.code == 2
    assert done.err


def test_streets_at_fault(run, tmp_path):
    path = tmp_path / "answer.json"
    path.write_text('{"version": 0.6, "elements": [{"type": "node", "id": 1, "lat"', encoding="utf-8")
    done = run("network", "check", path)
    assert done.code == 1
    assert "cut short" in done.err
