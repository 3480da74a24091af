"""`lifecircle site` and `run`: published optima, files, a subdistrict, faults, and the same figures again."""

from __future__ import annotations

import json

import pytest

from geo.network_build import build_network, read_streets
from geo.network_file import save_network


@pytest.fixture(scope="module")
def network(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("site") / "caojiadu.lcnet"
    save_network(build_network(read_streets([root / "data/base/streets_caojiadu.geojson"])), path)
    return path


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def private_instance(monkeypatch, instance):
    """One instance for all tests of this module: nothing here writes to it."""
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(instance))


def _points(write_json, name, points):
    features = [
        {"type": "Feature", "id": key, "geometry": {"type": "Point", "coordinates": list(where)}, "properties": known}
        for key, where, known in points
    ]
    return write_json(name, {"type": "FeatureCollection", "features": features})


def test_orlib_instance(run, extracts):
    found = run("site", "--orlib", extracts / "orlib" / "pmed4.txt", "--json")
    assert found.code == 0
    answer = found.json
    assert (answer["objective"], answer["bound"], answer["gap"], answer["status"]) == (3034, 3034, 0, "optimal")
    assert (answer["model"], answer["p"], len(answer["sites"])) == ("p-median", 20, 20)


@pytest.mark.parametrize(
    ("model", "extra", "objective", "sites"), [("lscp", (), 8, 8), ("mclp", ("-p", 4), 875_247, 4)]
)
def test_table_of_distances(run, root, model, extra, objective, sites):
    table = root / "tests" / "data" / "siting" / "san_francisco.csv"
    answer = run("site", "--distances", table, "--model", model, "--limit-m", 5000, "--json", *extra).json
    assert (answer["objective"], len(answer["sites"]), answer["people"]["total"]) == (objective, sites, 955_113)


def test_network_and_files(run, write_json, root, network):
    candidates = _points(
        write_json,
        "candidates.geojson",
        [
            ("west", (121.4276, 31.2291), {}),
            ("north", (121.4304, 31.2354), {"role": "excluded"}),
            ("east", (121.4365, 31.2288), {"cost": 3}),
        ],
    )
    demand = root / "data/base/demand_caojiadu.geojson"
    options = ("--network", network, "--demand", demand, "--candidates", candidates, "--limit-m", 500, "--json")
    two = run("site", "--model", "mclp", *options, "-p", 2).json
    assert [site["id"] for site in two["sites"]] == ["west", "east"]
    assert two["people"]["after"]["covered"] == two["objective"] == sum(site["people"] for site in two["sites"])
    cheap = run("site", "--model", "mclp", *options, "--budget", 2.5).json
    assert [site["id"] for site in cheap["sites"]] == ["west"]
    old = _points(write_json, "e.geojson", [("old", (121.4276, 31.2291), {})])
    stands = run("site", "--model", "mclp", *options, "-p", 1, "--existing", old).json
    assert stands["objective"] == two["objective"]
    assert [site["id"] for site in stands["sites"]] == ["east"]
    rival = _points(write_json, "r.geojson", [("theirs", (121.4276, 31.2291), {})])
    assert (
        run("site", "--model", "mclp", *options, "-p", 2, "--competitors", rival).json["objective"] < two["objective"]
    )


def test_what_cannot_be_is_explained_and_told_by_the_exit_code(run, root, network):
    demand = root / "data/base/demand_caojiadu.geojson"
    options = ("--network", network, "--demand", demand, "--candidates-every-m", 600, "--limit-m", 900)
    found = run("site", "--model", "lscp", *options, "-p", 2, "--json")
    assert found.code == 1
    assert (found.json["status"], found.json["objective"]) == ("infeasible", None)
    least = found.json["explanation"][0]["least_p"]
    assert run("site", "--model", "lscp", *options, "-p", least, "--json").json["objective"] == least
    least_m = found.json["explanation"][1]["least_limit_m"]
    again = ("site", "--model", "lscp", *options[:-1])
    assert run(*again, least_m, "-p", 2, "--json").json["status"] == "optimal"
    assert run(*again, least_m - 0.1, "-p", 2, "--json").json["status"] == "infeasible"
    assert "would do" in run("site", "--model", "lscp", *options, "-p", 2).out


def test_demand_point_that_binds_goes_by_its_id(run, write_json, network):
    near, far = (121.4276, 31.2291), (121.4365, 31.2288)
    demand = _points(write_json, "d.geojson", [("home-near", near, {}), ("home-far", far, {"people": 3})])
    sites = _points(write_json, "c.geojson", [("site", near, {})])
    options = ("site", "--model", "lscp", "--network", network, "--demand", demand, "--candidates", sites, "--json")
    why = run(*options, "--limit-m", 100).json["explanation"][0]
    assert (why["code"], why["where"], why["binding_point"], why["people"]) == (
        "out_of_reach",
        "home-far",
        "home-far",
        3,
    )
    assert run(*options, "--limit-m", why["least_limit_m"]).json["objective"] == 1
    assert run(*options, "--limit-m", why["least_limit_m"] - 0.1).json["objective"] is None


def test_curve_of_p_up_to_the_targets(run, private_instance):
    options = ("site", "--subdistrict", "caojiadu", "--layer", "nurseries", "--rule", "sh2016-nursery", "--json")
    answer = run(*options, "-p", 1, "--curve", 9, "--candidates-every-m", 150).json
    covered = [point["covered_people"] for point in answer["curve"]]
    assert covered[0] == answer["people"]["before"]["covered"]
    assert covered[1] == answer["objective"]
    assert covered == sorted(covered)
    for share, p in answer["p_for_share"].items():
        reached = [point["p"] for point in answer["curve"] if point["share"] >= float(share)]
        assert p == (reached[0] if reached else None)
    assert answer["p_for_share"]["0.85"] is not None


def test_candidates_from_a_layer(run, private_instance):
    options = ("site", "--subdistrict", "caojiadu", "--layer", "nurseries", "--rule", "sh2016-nursery", "--json")
    answer = run(*options, "-p", 2, "--candidates-layer", "practice_stations").json
    assert answer["candidates"] == 8
    assert run(*options, "-p", 2, "--candidates-layer", "nope").code == 2


def test_nurseries_of_a_subdistrict(run, private_instance):
    options = ("site", "--subdistrict", "caojiadu", "--layer", "nurseries", "--rule", "sh2016-nursery", "--json")
    answers = [run(*options, "-p", p).json for p in (1, 2, 3)]
    covered = [answer["people"]["after"]["covered"] for answer in answers]
    assert covered == sorted(covered)
    assert {answer["status"] for answer in answers} == {"optimal"}
    assert {answer["people"]["after"]["total"] for answer in answers} == {82_884}
    assert answers[0]["rests_on"]["demand"] == "modelled"
    assert answers[0]["objective"] == answers[0]["people"]["after"]["covered"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--subdistrict", "nowhere", "--layer", "nurseries"), "nowhere"),
        (("--subdistrict", "caojiadu", "--layer", "nope"), "nurseries"),
        (("--subdistrict", "caojiadu", "--layer", "nurseries", "--rule", "nope"), "jgj39"),
        (("--subdistrict", "caojiadu", "--layer", "lifts"), "no walking limit"),
        (("--subdistrict", "caojiadu", "--layer", "nurseries", "--profile", "bird"), "planning"),
        (("--orlib", "/nowhere.txt"), "nowhere.txt"),
    ],
)
def test_faults_of_the_command(run, private_instance, arguments, words):
    found = run("site", "-p", 1, *arguments)
    assert found.code == 2
    assert words in found.err


def test_candidates_tell_every_fault(run, write_json, root, network):
    bad = _points(
        write_json, "bad.geojson", [("a", (121.43, 31.23), {"role": "king"}), ("b", (121.43, 31.23), {"cost": -1})]
    )
    demand = root / "data/base/demand_caojiadu.geojson"
    found = run("site", "-p", 1, "--network", network, "--demand", demand, "--candidates", bad, "--limit-m", 500)
    assert found.code == 1
    assert "king" in found.err
    assert "-1" in found.err


# Run files

KINDS = ("coverage", "gaps", "siting", "fairness", "supply", "uncertainty")


def _run_file(kind, **question):
    asked = {"layer_id": "nurseries", "rule_id": "sh2016-nursery", "profile_id": "planning", **question}
    return {"format": "lifecircle run 1", "kind": kind, "subdistrict": "caojiadu", "question": asked}


@pytest.mark.parametrize("kind", KINDS)
def test_same_numbers_again(run, private_instance, write_json, tmp_path, kind):
    extra = {"siting": {"p": 2, "curve_to": 3}, "uncertainty": {"runs": 20}}.get(kind, {})
    out = tmp_path / "out.json"
    first = run("run", write_json("run.json", _run_file(kind, **extra)), "--out", out)
    assert first.code == 0
    assert first.json["same"] is None
    again = run("run", out)
    assert (again.code, again.json["same"]) == (0, True)
    assert again.json["figures"] == first.json["figures"]
    assert again.json["figures"]["rests_on"] == {"unit": "people", "demand": "modelled"}


def test_other_numbers_are_told(run, private_instance, write_json, tmp_path):
    out = tmp_path / "out.json"
    run("run", write_json("run.json", _run_file("coverage")), "--out", out)
    kept = json.loads(out.read_text(encoding="utf-8"))
    kept["figures"]["people"]["covered"] += 1
    found = run("run", write_json("changed.json", kept))
    assert (found.code, found.json["same"]) == (1, False)
    assert len(found.json["differences"]) == 1
    assert "people/covered" in found.json["differences"][0]


def test_other_data_is_refused(run, private_instance, write_json):
    found = run("run", write_json("run.json", _run_file("coverage") | {"data_version": "0" * 64}))
    assert found.code == 1
    assert "data version" in found.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "run file"),
        ({"kind": "weather"}, "weather"),
        ({"question": []}, "question"),
        ({"more": 1}, "more"),
        ({"question": {"layer_id": "nurseries"}}, "rule_id"),
        ({"question": {"layer_id": "nurseries", "rule_id": "jgj39", "profile_id": "planning", "p": 1}}, "question/p"),
        ({"question": {"layer_id": "nurseries", "rule_id": "nope", "profile_id": "planning"}}, "nope"),
        ({"question": {"layer_id": 5, "rule_id": "jgj39", "profile_id": "planning"}}, "layer_id"),
    ],
)
def test_faults_of_a_run_file(run, private_instance, write_json, change, words):
    found = run("run", write_json("run.json", _run_file("coverage") | change))
    assert found.code == 1
    assert words in found.err
