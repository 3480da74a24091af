"""`lifecircle coverage`: ids and order kept, the summary's JSON, limits in metres and minutes, faults."""

from __future__ import annotations

import hashlib

import pytest

LON0, LAT0 = 121.43, 31.23
EAST, NORTH = 121.431, 31.231


@pytest.fixture
def facilities(write_points):
    return write_points("facilities.geojson", ("f", LON0, LAT0, {"name": "托育点"}))


@pytest.fixture
def demand(write_points):
    """Homes 206.2, 110.9, 95.3 and 0 m away, one far from every street, one without a position."""
    return write_points(
        "demand.geojson",
        ("b-1", EAST, NORTH, {"people": 7, "colour": "red"}),
        (3, LON0, NORTH, {}),
        (None, EAST, LAT0, {"people": 2.5}),
        (0, LON0, LAT0, None),
        (-4, LON0, 31.203, {"people": 100}),
        ("none", None, None, {"people": 1}),
    )


@pytest.fixture
def cover(run, network, facilities, demand, tmp_path):
    def command(*arguments, **files):
        chosen = {"network": network, "facilities": facilities, "demand": demand} | files
        paths = [part for name, path in chosen.items() for part in (f"--{name}", path)]
        return run("coverage", *paths, "--out", tmp_path / "out.geojson", *arguments)

    return command


def test_answers_keep_ids_and_order(cover, tmp_path, read_answer):
    assert cover("--limit-m", "110.9").code == 0
    document = read_answer(tmp_path / "out.geojson")
    features = document["features"]
    assert [feature["id"] for feature in features] == ["b-1", 3, "2", 0, -4, "none"]
    assert [type(feature["id"]) for feature in features] == [str, int, str, int, int, str]
    known = [feature["properties"] for feature in features]
    assert [row["distance_m"] for row in known] == [206.2, 110.9, 95.3, 0, None, None]
    assert [row["status"] for row in known] == [
        "uncovered",
        "covered",
        "covered",
        "covered",
        "unreachable",
        "unreachable",
    ]
    assert [row["nearest_facility"] for row in known] == ["f", "f", "f", "f", None, None]
    assert [row["reason"] for row in known[:4]] == [None] * 4
    assert known[4]["reason"].startswith("off_network: the nearest street is 2994 m away")
    assert known[4]["access_m"] == pytest.approx(2993.5, abs=0.5)
    assert known[5]["reason"].startswith("no_position")
    assert [row["people"] for row in known] == [7, 1, 2.5, 1, 100, 1]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [EAST, NORTH]}
    assert features[5]["geometry"] is None


def test_summary(cover, network, facilities, demand, run):
    summary = cover("--limit-m", "110.9", "--json").json
    names = ["people", "points", "rule", "facilities", "demand", "network", "edge_of_data", "catchments", "warnings"]
    assert list(summary) == names
    assert summary["people"] == {
        "total": 112.5,
        "covered": 4.5,
        "uncovered": 7,
        "unreachable": 101,
        "share_covered": 4.5 / 112.5,
        "share_uncovered": 7 / 112.5,
        "share_unreachable": 101 / 112.5,
    }
    points = summary["points"]
    assert [points[name] for name in ("total", "covered", "uncovered", "unreachable")] == [6, 3, 1, 2]
    assert summary["rule"] == {
        "limit_m": 110.9,
        "limit_min": None,
        "profile": None,
        "speed_mps": None,
        "max_access_m": 500.0,
    }
    assert summary["facilities"] == {
        "total": 1,
        "located": 1,
        "off_network": 0,
        "samples": 0,
        "content_hash": hashlib.sha256(facilities.read_bytes()).hexdigest(),
    }
    assert len(summary["catchments"]) == 1
    served = summary["catchments"][0]
    assert (served["id"], served["points"], served["people"], served["covered_people"]) == ("f", 4, 11.5, 4.5)
    assert served["farthest_m"] >= served["mean_m"] > 0
    assert summary["demand"] == {"points": 6, "content_hash": hashlib.sha256(demand.read_bytes()).hexdigest()}
    info = run("network", "info", network, "--json").json
    assert summary["network"] == {name: info[name] for name in ("content_hash", "nodes", "edges", "sources")}
    # all five points with a position are within 110.9 m of the grid's edge or outside it
    assert summary["edge_of_data"]["points"] == 5
    assert "5 points (111.5 people)" in summary["warnings"][0]["message"]


def test_limit_is_inclusive(cover):
    counts = {
        limit: cover("--limit-m", limit, "--json").json["points"]["covered"] for limit in ("110.9", "110.8", "95.2")
    }
    assert counts == {"110.9": 3, "110.8": 2, "95.2": 1}


def test_summary_in_words(cover):
    done = cover("--limit-m", "110.9")
    assert "within 110.9 m: 4.0% of people (4.5 / 112.5)" in done.out
    assert "3 of 6 covered, 2 unreachable" in done.out
    assert "warning: 5 points" in done.out


def test_minutes_by_profile(cover):
    # planning 1.0 m/s, adult 1.2, older 0.8, frail 0.64
    expected = {None: 120.0, "planning": 120.0, "adult": 144.0, "older": 96.0, "frail": 76.8}
    for name, limit_m in expected.items():
        summary = cover("--limit-min", "2", "--json", *(["--profile", name] if name else [])).json
        assert summary["rule"]["limit_m"] == limit_m
        assert summary["rule"]["limit_min"] == 2.0
        assert summary["rule"]["profile"] == (name or "planning")
        assert summary["points"]["covered"] == sum(limit_m >= distance for distance in (206.2, 110.9, 95.3, 0))


def test_without_samples(cover, write_points):
    facilities = write_points(
        "f.geojson",
        ("s", LON0, LAT0, {"location_status": "sample"}),
        ("r", EAST, NORTH, {"location_status": "surveyed"}),
    )
    both = cover("--limit-m", "10", "--json", facilities=facilities).json
    assert (both["facilities"]["total"], both["facilities"]["samples"], both["points"]["covered"]) == (2, 1, 2)
    assert "rests_on_samples" in [warning["code"] for warning in both["warnings"]]
    real = cover("--limit-m", "10", "--json", "--without-samples", facilities=facilities).json
    assert (real["facilities"]["total"], real["facilities"]["samples"], real["points"]["covered"]) == (1, 0, 1)
    assert "rests_on_samples" not in [warning["code"] for warning in real["warnings"]]


def test_facility_three_kilometres_from_any_street(cover, write_points):
    facilities = write_points("f.geojson", ("far", LON0, 31.203, {}))
    summary = cover("--limit-m", "9000", "--json", facilities=facilities).json
    assert summary["facilities"]["off_network"] == 1
    assert summary["points"]["unreachable"] == 6
    assert "facility_off_network" in [warning["code"] for warning in summary["warnings"]]
    reached = cover("--limit-m", "9000", "--max-access-m", "4000", "--json", facilities=facilities).json
    assert reached["points"]["covered"] == 5


def test_nobody_is_null_and_not_all_or_nothing(cover, write_points):
    demand = write_points("d.geojson", (1, LON0, LAT0, {"people": 0}))
    summary = cover("--limit-m", "100", "--json", demand=demand).json
    assert summary["people"]["share_covered"] is None
    assert summary["points"]["share_covered"] == 1.0
    assert "no people" in cover("--limit-m", "100", demand=demand).out


def test_no_points(cover, write_points, tmp_path, read_answer):
    empty = write_points("empty.geojson")
    assert cover("--limit-m", "100", "--json", demand=empty).json["points"]["total"] == 0
    assert read_answer(tmp_path / "out.geojson")["features"] == []
    nothing = cover("--limit-m", "100", "--json", facilities=empty).json
    assert nothing["points"]["unreachable"] == 6
    answers = read_answer(tmp_path / "out.geojson")["features"]
    assert [a["properties"]["reason"].split(":")[0] for a in answers] == [
        *["no_facility"] * 4,
        "off_network",
        "no_position",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--limit-m", "100", "--limit-min", "5"],
        ["--limit-m", "-100"],
        ["--limit-m", "0"],
        ["--limit-m", "nan"],
        ["--limit-m", "inf"],
        ["--limit-m", "1e99"],
        ["--limit-m", "far"],
        ["--limit-min", "-1"],
        ["--limit-min", "5", "--profile", "sprinter"],
        ["--limit-m", "100", "--profile", "adult"],
        ["--limit-m", "100", "--max-access-m", "-1"],
    ],
)
def test_command_at_fault(cover, arguments, tmp_path):
    done = cover(*arguments)
    assert done.code == 2
    assert done.err
    assert not (tmp_path / "out.geojson").exists()


def test_unknown_profile_names_the_known_ones(cover):
    done = cover("--limit-min", "5", "--profile", "sprinter")
    assert "'sprinter'" in done.err
    assert "planning, adult, older, frail" in done.err


@pytest.mark.parametrize("name", ["network", "facilities", "demand"])
def test_missing_file(cover, tmp_path, name):
    done = cover("--limit-m", "100", **{name: tmp_path / "nothing.here"})
    assert done.code == 2
    assert "nothing.here" in done.err


def test_out_in_a_folder_that_is_not_there(run, network, facilities, demand, tmp_path):
    files = ("--network", network, "--facilities", facilities, "--demand", demand)
    done = run("coverage", *files, "--limit-m", "100", "--out", tmp_path / "no" / "out.geojson")
    assert done.code == 2
    assert "out.geojson" in done.err


def test_points_at_fault_are_all_told(cover, write_points):
    demand = write_points("d.geojson", (1, 500, 31, {}), (1, LON0, LAT0, {"people": -3}), (2, LON0, 95, {}))
    done = cover("--limit-m", "100", demand=demand)
    assert done.code == 1
    assert done.out == ""
    for where in ("/features/0/geometry", "/features/1/properties/people", "/features/2/geometry"):
        assert where in done.err
    assert "d.geojson" in done.err


def test_network_file_that_is_none(cover, demand):
    done = cover("--limit-m", "100", network=demand)
    assert done.code == 1
    assert "not a network file" in done.err


def test_conditions_say_what_is_not_known(cover):
    plain, careful = (
        cover("--limit-m", "110.9", "--json").json,
        cover("--limit-m", "110.9", "--step-free", "--json").json,
    )
    assert "unknown" not in plain
    assert set(careful["unknown"]) == {"step_free_m", "street_m", "gates"}
    # No street of the grid says anything of steps, so none is closed and all of it is unknown.
    assert careful["unknown"]["step_free_m"] == careful["unknown"]["street_m"] > 0
    assert careful["people"] == plain["people"]
