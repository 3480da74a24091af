"""`lifecircle isochrone` and `lifecircle route`: answers, files, and what each says when something is at fault."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
import shapely

from geo.network_file import load_network
from webmap.cli_walk import position

LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001
CENTRE = "121.431,31.231"


@pytest.fixture
def isochrone(run, network, tmp_path, read_answer):
    """Run `lifecircle isochrone` on the grid and return what it wrote."""

    def command(*arguments):
        out = tmp_path / "reach.geojson"
        done = run("isochrone", "--network", network, "--out", out, *arguments)
        assert (done.code, done.out) == (0, "")
        return read_answer(out)

    return command


@pytest.fixture
def route(run, network):
    """Run `lifecircle route --json` on the grid and return the facts."""

    def command(begin, end, *arguments):
        done = run("route", "--network", network, "--from", begin, "--to", end, "--json", *arguments)
        assert done.code == 0
        return done.json

    return command


def _valid_collection(answer):
    """Return the shapes of a feature collection; every position has seven decimals at most."""
    assert answer["type"] == "FeatureCollection"
    shapes = []
    for feature in answer["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        assert feature["type"] == "Feature"
        shapes.append(shapely.from_geojson(json.dumps(feature["geometry"])))
        assert shapes[-1].is_valid
        assert (shapely.get_coordinates(shapes[-1]).round(7) == shapely.get_coordinates(shapes[-1])).all()
    return shapes


def test_one_polygon_a_limit_from_the_smallest_up(isochrone):
    answer = isochrone("--at", CENTRE, "--limit-m", "80,40,120,40")
    assert [feature["properties"] for feature in answer["features"]] == [
        # four arms of 40 m and of 80 m; of 95.3, 95.3, 110.9 and 110.9 m and beyond the corners to 120 m
        {"limit_m": 40, "kind": "polygon", "street_m": 160.0},
        {"limit_m": 80, "kind": "polygon", "street_m": 320.0},
        {"limit_m": 120, "kind": "polygon", "street_m": answer["features"][2]["properties"]["street_m"]},
    ]
    # 412.4 m of arms; at either end of 95.3 m 24.7 m are left both ways, at either end of 110.9 m 9.1 m; people in the
    # east walk north only, so that of the 24.7 m there only the southern ones count
    assert answer["features"][2]["properties"]["street_m"] == pytest.approx(412.4 + 3 * 24.7 + 4 * 9.1, abs=0.05)
    shapes = _valid_collection(answer)
    assert all(outer.covers(inner) for inner, outer in pairwise(shapes))
    assert {shape.geom_type for shape in shapes} <= {"Polygon", "MultiPolygon"}


def test_lines_and_both(isochrone):
    lines = isochrone("--at", CENTRE, "--limit-m", "40.5", "--as", "line")
    (shape,) = _valid_collection(lines)
    assert shape.geom_type == "MultiLineString"
    assert lines["features"][0]["properties"] == {"limit_m": 40.5, "kind": "line", "street_m": 162.0}
    both = isochrone("--at", CENTRE, "--limit-m", "40,80", "--as", "both")
    kinds = [(feature["properties"]["limit_m"], feature["properties"]["kind"]) for feature in both["features"]]
    assert kinds == [(40, "polygon"), (40, "line"), (80, "polygon"), (80, "line")]
    polygon, line, wider, longer = _valid_collection(both)
    assert polygon.covers(line)
    assert wider.covers(longer)
    assert wider.covers(polygon)


def test_many_places(isochrone, run, network, tmp_path):
    answer = isochrone("--at", "121.43,31.23", "--at", "121.432,31.23", "--limit-m", "30")
    # 2 * 30 m from the corner in the west; at the other people walk north only, away from it: 30 m
    assert answer["features"][0]["properties"]["street_m"] == 90.0
    out = tmp_path / "some.geojson"
    done = run(
        "isochrone", "--network", network, "--at", CENTRE, "--at", "121.431,31.26", "--limit-m", "40", "--out", out
    )
    assert done.code == 0
    # 0.028 degrees of latitude, 110.86 km a degree: 3104 m
    assert done.err == "--at: 1 of 2 places left out, up to 3104 m from a street\n"
    assert json.loads(out.read_text(encoding="utf-8"))["features"][0]["properties"]["street_m"] == 160.0


def test_nothing_within_the_limit_is_an_empty_shape(isochrone):
    # 50 m from the nearest street
    answer = isochrone("--at", "121.4305,31.2296", "--limit-m", "10", "--as", "both")
    assert [feature["properties"]["street_m"] for feature in answer["features"]] == [0.0, 0.0]
    assert all(shape.is_empty for shape in _valid_collection(answer))


def test_off_the_network(run, network, tmp_path):
    far, out = "121.431,31.26", tmp_path / "out.geojson"
    done = run("isochrone", "--network", network, "--at", far, "--limit-m", "400", "--out", out)
    assert (done.code, done.out) == (2, "")
    assert "--at: the nearest street of the network is 3104 m away" in done.err
    assert "within 500 m" in done.err
    for begin, end, option in ((far, CENTRE, "--from"), (CENTRE, far, "--to")):
        done = run("route", "--network", network, "--from", begin, "--to", end, "--json", "--out", out)
        assert (done.code, done.out) == (2, "")
        assert f"{option}: the nearest street of the network is 3104 m away" in done.err
    assert not out.exists()
    assert run("route", "--network", network, "--from", far, "--to", CENTRE, "--max-access-m", "3200").code == 0


def test_route_as_json(route):
    facts = route("121.4315,31.23", "121.432,31.2315")
    assert list(facts) == ["distance_m", "reason", "access_from_m", "access_to_m", "legs"]
    # half of 95.3 m on the southern street and 1.5 blocks of 110.9 m north; halves are rounded to the decimetre
    assert facts["distance_m"] == pytest.approx(47.6 + 166.3, abs=0.11)
    assert facts["reason"] is None
    assert facts["access_from_m"] == pytest.approx(0, abs=0.05)
    assert [(leg["turn"], leg["street"]) for leg in facts["legs"]] == [("start", "0路"), ("left", "")]
    assert round(facts["distance_m"] * 10) == sum(round(leg["length_m"] * 10) for leg in facts["legs"])
    for leg in facts["legs"]:
        assert list(leg) == [
            *("street", "length_m", "bearing_deg", "turn", "step_free_m", "unknown_step_free_m", "coordinates")
        ]
        assert leg["unknown_step_free_m"] == leg["length_m"]


def test_route_keeps_to_the_one_way_street(route):
    # the eastern street is for walking north only: back one goes round by the middle, 2 * 95.3 m farther
    there = route("121.432,31.23", "121.432,31.231")
    back = route("121.432,31.231", "121.432,31.23")
    assert (there["distance_m"], back["distance_m"]) == (110.9, 301.5)
    assert [leg["turn"] for leg in back["legs"]] == ["start", "left", "left"]


def test_route_in_words_and_as_lines(run, network, tmp_path, read_answer):
    out = tmp_path / "way.geojson"
    done = run("route", "--network", network, "--from", "121.43,31.23", "--to", "121.431,31.231", "--out", out)
    assert done.code == 0
    first, *legs, last = done.out.splitlines()
    # 95.3 + 110.9
    assert first == "206.2 m, of which 0.0 m to and from the street"
    assert [leg.split() for leg in legs] == [["start", "95.3", "m", "0路"], ["left", "110.9", "m", "(no", "name)"]]
    assert last == "steps and ramps: unknown for 206.2 m"
    answer = read_answer(out)
    shapes = _valid_collection(answer)
    assert [shape.geom_type for shape in shapes] == ["LineString", "LineString"]
    assert [feature["properties"]["length_m"] for feature in answer["features"]] == [95.3, 110.9]
    assert shapes[0].coords[-1] == shapes[1].coords[0]


def test_standing_still(route):
    facts = route(CENTRE, CENTRE)
    assert (facts["distance_m"], facts["legs"]) == (0.0, [])


def _osm(path, *ways, nodes):
    """Write an extract: nodes as (id, lon, lat, tags), ways as (tags, node ids)."""

    def tagged(tags):
        return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())

    rows = [f'<node id="{k}" version="1" lon="{x}" lat="{y}">{tagged(tags)}</node>' for k, x, y, tags in nodes]
    for number, (tags, members) in enumerate(ways, start=1):
        refs = "".join(f'<nd ref="{member}"/>' for member in members)
        rows.append(f'<way id="{number}" version="1">{refs}{tagged(tags)}</way>')
    path.write_text(f'<osm version="0.6">{"".join(rows)}</osm>', encoding="utf-8")
    return path


@pytest.fixture
def west(run, tmp_path):
    """A square south of the equator, west of Greenwich: steps and a gate on the short way, a long way round.

    2 is 0.001 degrees east of 1, 3 as far east of 2, with a gate on 2 and steps between 2 and 3; the way round by
    4 and 5 is 0.001 degrees south.
    """
    lon, lat = -51.2, -30.03
    path = _osm(
        tmp_path / "west.osm",
        ({"highway": "footway", "name": "Rua A"}, (1, 2)),
        ({"highway": "steps", "name": "Escadaria"}, (2, 3)),
        ({"highway": "residential", "name": "Rua B", "wheelchair": "yes"}, (1, 4, 5, 3)),
        nodes=[
            (1, lon, lat, {}),
            (2, -51.199, lat, {"barrier": "gate", "opening_hours": "Mo-Fr 06:00-23:00"}),
            (3, -51.198, lat, {}),
            (4, lon, -30.031, {}),
            (5, -51.198, -30.031, {}),
        ],
    )
    out = tmp_path / "west.lcnet"
    assert run("network", "build", path, "--out", out, "--min-component", "5").code == 0
    assert len(load_network(out).gates) == 1
    return out


WEST_ENDS = ("--from", "-51.2,-30.03", "--to", "-51.198,-30.03")


def test_negative_longitudes(run, west, tmp_path, read_answer):
    out = tmp_path / "out.geojson"
    for place in (["--at", "-51.2,-30.03"], ["--at=-51.2,-30.03"]):
        done = run("isochrone", "--network", west, *place, "--limit-m", "50", "--out", out)
        assert done.code == 0, done.err
        assert read_answer(out)["features"][0]["properties"]["street_m"] == 100.0
        (shape,) = _valid_collection(read_answer(out))
        assert shape.covers(shapely.Point(-51.2, -30.03))
    facts = run("route", "--network", west, *WEST_ENDS, "--json").json
    # 0.001 degrees of longitude at 30.03 south are 96.5 m
    assert facts["distance_m"] == 193.0
    assert [leg["street"] for leg in facts["legs"]] == ["Rua A", "Escadaria"]


def test_step_free(run, west):
    done = run("route", "--network", west, *WEST_ENDS, "--step-free", "--json")
    # round: 110.9 m south, 193 m east, 110.9 m north
    assert done.json["distance_m"] == pytest.approx(414.7, abs=0.21)
    assert [leg["street"] for leg in done.json["legs"]] == ["Rua B"]
    assert done.json["legs"][0]["step_free_m"] == done.json["distance_m"]
    assert run("route", "--network", west, *WEST_ENDS, "--step-free").out.endswith("unknown for 0.0 m\n")


@pytest.mark.parametrize(
    ("hour", "street"),
    [
        ("2026-11-20T22:59", "Rua A"),
        ("2026-11-20T23:00", "Rua B"),
        ("2026-11-21T12:00", "Rua B"),
        ("2026-11-18", "Rua B"),
    ],
)
def test_gates_at_an_hour(run, west, hour, street):
    # Friday before and after eleven at night, Saturday noon, and a Wednesday's midnight
    facts = run("route", "--network", west, *WEST_ENDS, "--hour", hour, "--json").json
    assert facts["legs"][0]["street"] == street


def test_isochrone_stops_at_a_shut_gate_and_at_steps(run, west, tmp_path, read_answer):
    out = tmp_path / "out.geojson"

    def street_m(*arguments):
        command = ("isochrone", "--network", west, "--at", "-51.2,-30.03", "--limit-m", "110", "--out", out)
        assert run(*command, *arguments).code == 0
        return read_answer(out)["features"][0]["properties"]["street_m"]

    # 110 m south, and east: 110 m; up to the gate and the foot of the steps 96.5 m
    assert street_m() == 220.0
    assert street_m("--hour", "2026-11-21T12:00") == 206.5
    assert street_m("--step-free") == 206.5


def test_no_way(run, streets, tmp_path):
    # islands kept: the grid and the street 2 km north of it
    network, out = tmp_path / "islands.lcnet", tmp_path / "way.geojson"
    assert run("network", "build", streets, "--out", network, "--min-component", "2").code == 0
    ends = ("--from", "121.43,31.23", "--to", "121.43,31.25")
    done = run("route", "--network", network, *ends, "--out", out)
    assert done.code == 1
    assert done.out == "no way: no_path\n"
    assert "there is no way on foot: no_path" in done.err
    assert not out.exists()
    facts = run("route", "--network", network, *ends, "--json").json
    assert (facts["distance_m"], facts["reason"], facts["legs"]) == (None, "no_path", [])


GOOD = {"--at": CENTRE, "--limit-m": "100", "--out": "out.geojson"}


@pytest.mark.parametrize(
    "change",
    [
        *({"--at": text} for text in ("", "121.4", "121.4,31.2,5", "a,b", "nan,31", "121,inf")),
        *({"--at": text} for text in ("31.2,121.4", "181,0", "0,-91")),
        *({"--limit-m": text} for text in ("", "0", "-5", "100,0", "100,-5", "nan", "inf", "100001", "ten", "1,,2")),
        {"--limit-m": ",".join(["100"] * 21)},
        *({"--max-access-m": text} for text in ("0", "-1", "nan", "inf", "wide")),
        *({"--hour": text} for text in ("22:30", "tonight", "2026-13-01T10:00")),
        *({"--hour": text} for text in ("2026-11-21T10:00+08:00", "2026-11-21T10:00Z")),
        {"--as": "hull"},
        {"--network": "nothing.lcnet"},
        {"--out": "no/such/folder.geojson"},
        *({name: None} for name in ("--at", "--limit-m", "--out", "--network")),
    ],
)  # fmt: skip
def test_isochrone_at_fault(run, network, tmp_path, monkeypatch, change):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    chosen = {"--network": network, **GOOD, **change}
    arguments = [part for name, value in chosen.items() if value is not None for part in (name, value)]
    done = run("isochrone", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--from", CENTRE],
        ["--to", CENTRE],
        ["--from", "200,0", "--to", CENTRE],
        ["--from", CENTRE, "--to", "x"],
        ["--from", CENTRE, "--to", CENTRE, "--max-access-m", "nan"],
    ],
)
def test_route_at_fault(run, network, arguments):
    done = run("route", "--network", network, *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_longitude_comes_first(run, network, tmp_path):
    done = run(
        "isochrone", "--network", network, "--at", "31.23,121.43", "--limit-m", "9", "--out", tmp_path / "o.geojson"
    )
    assert "longitude comes first" in done.err
    assert position(" -51.2, -30.03") == (-51.2, -30.03)


def test_who_walks_waits_at_crossings_and_what_is_unknown_is_said(run, network, route, tmp_path):
    plain = route(CENTRE, "121.433,31.231")
    assert "unknown" not in plain
    for profile in ("planning", "frail"):
        assert route(CENTRE, "121.433,31.231", "--profile", profile)["distance_m"] >= plain["distance_m"]
    told = route(CENTRE, "121.433,31.231", "--step-free", "--hour", "2026-11-21T22:30")["unknown"]
    assert set(told) == {"step_free_m", "street_m", "gates"}
    assert 0 <= told["step_free_m"] <= told["street_m"]
    asked = ("--network", network, "--step-free", "--hour", "2026-11-21T22:30")
    shown = run("route", *asked, "--from", CENTRE, "--to", "121.433,31.231").out
    assert shown.endswith("unknown: the hours of 0 gates; they count as open\n")
    shown = run("isochrone", *asked, "--at", CENTRE, "--limit-m", "40", "--out", tmp_path / "reach.geojson").err
    assert "of the network's streets are step-free; they count as open\n" in shown
    done = run("route", "--network", network, "--from", CENTRE, "--to", CENTRE, "--profile", "nobody")
    assert (done.code, "no walking profile 'nobody'" in done.err) == (2, True)
