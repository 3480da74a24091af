"""What if: every scenario's answer is that of a full run, in time for a drag; footpaths, gates, neighbours, borders."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from geo.assessment import Question, assess_coverage, read_place
from geo.errors import DataError, RequestError
from geo.network_patch import with_footpath
from geo.what_if import Placed, Scenario, merged, planned_scenario, stand_today, what_if

sys.path.insert(0, str(Path(__file__).parent))
from desk_places import node_position, with_facilities

NURSERIES = Question("nurseries", "sh2016-nursery", "planning")
LAYERS = (("caojiadu", "practice_stations", "sh2016-15"), ("hudong", "safe_houses", "safe-house-200"))


@pytest.fixture(scope="module")
def places(root, catalog, bundled):
    return {name: read_place(root / "data", catalog, name, bundled[name]) for name in ("caojiadu", "hudong")}


def _scenarios(place, ids, count, seed):
    rng = np.random.default_rng(seed)
    west, south, east, north = place.demand.total_bounds
    for _ in range(count):
        where = list(zip(rng.uniform(west, east, 4), rng.uniform(south, north, 4), strict=True))
        names = rng.permutation(ids)
        radius = float(rng.choice([150.0, 400.0])) if rng.random() < 0.4 else None
        added = tuple(Placed(f"new{k}", *where[k], radius) for k in range(rng.integers(0, 3)))
        moved = tuple(Placed(str(names[k]), *where[3 - k]) for k in range(rng.integers(0, 2)))
        closed = tuple(str(name) for name in names[2 : 2 + rng.integers(0, 3)])
        yield Scenario(added, moved, closed)


def _full_run(place, catalog, question, scenario):
    """Put the scenario into the layer itself and ask again from the beginning."""
    frame = place.layers[question.layer_id].frame
    known = {
        name: (row.geometry.x, row.geometry.y, {key: row[key] for key in frame.columns if key != "geometry"})
        for name, row in frame[frame.geometry.notna()].iterrows()
        if name not in scenario.closed
    }
    for each in scenario.moved:
        known[each.id] = (each.lon, each.lat, known[each.id][2])
    for each in scenario.added:
        # behind every other id, as ids given later are
        known["~" + each.id] = (each.lon, each.lat, {"service_radius_m": each.service_radius_m, "phase": None})
    return assess_coverage(with_facilities(place, question.layer_id, known), catalog, question)


@pytest.mark.parametrize(("name", "layer", "rule"), LAYERS)
def test_answer_is_that_of_a_full_run(places, catalog, name, layer, rule):
    question = Question(layer, rule, "planning", with_samples=True)
    today = stand_today(places[name], catalog, question)
    ids = list(today.asked.facilities.index)
    for scenario in _scenarios(places[name], ids, 6, 3):
        found, full = what_if(today, scenario), _full_run(places[name], catalog, question, scenario)
        assert found.after == full.weights
        assert found.points_after == full.points
        assert found.demand["status"].tolist() == full.demand["status"].tolist()
        assert np.array_equal(found.demand["distance_m"], full.demand["distance_m"], equal_nan=True)
        nearest = [str(each).removeprefix("~") for each in full.demand["nearest_facility"]]
        assert [str(each) for each in found.demand["nearest_facility"]] == nearest
        assert found.after.covered - found.before.covered == pytest.approx(found.won_people - found.lost_people)


@pytest.mark.parametrize(("name", "layer", "rule"), LAYERS)
def test_drag_is_answered_in_time(places, catalog, name, layer, rule):
    today = stand_today(places[name], catalog, Question(layer, rule, "planning", with_samples=True))
    first = str(today.asked.facilities.index[0])
    seconds = []
    for lon, lat in (node_position(places[name], share) for share in np.linspace(0, 1, 15)):
        begun = time.process_time()
        what_if(today, Scenario(moved=(Placed(first, lon, lat),)))
        seconds.append(time.process_time() - begun)
    assert statistics.median(seconds) < 0.1


def test_nothing_changed_changes_nothing(places, catalog):
    found = what_if(stand_today(places["caojiadu"], catalog, NURSERIES), Scenario())
    assert found.before == found.after
    assert (found.won_people, found.lost_people) == (0, 0)
    assert found.before.covered == assess_coverage(places["caojiadu"], catalog, NURSERIES).weights.covered


def test_first_facility_of_a_layer_that_has_none(places, catalog):
    today = stand_today(places["caojiadu"], catalog, Question("red_cross_stations", "red-cross-15", "planning"))
    lon, lat = node_position(places["caojiadu"], 0.5)
    found = what_if(today, Scenario(added=(Placed("new", lon, lat),)))
    assert found.before.covered == 0
    assert found.after.covered == found.won_people > 0
    assert what_if(today, Scenario()).after.unreachable == 82_884


def test_closing_the_only_one_leaves_nobody_covered(places, catalog):
    today = stand_today(places["caojiadu"], catalog, NURSERIES)
    found = what_if(today, Scenario(closed=(str(today.asked.facilities.index[0]),)))
    assert (found.after.covered, found.after.unreachable) == (0, 82_884)
    assert found.lost_people == found.before.covered > 0


def test_every_fault_of_a_scenario_is_told(places, catalog):
    today = stand_today(places["caojiadu"], catalog, NURSERIES)
    known = str(today.asked.facilities.index[0])
    bad = Scenario((Placed(known, 121.4, 31.2), Placed("x", 500.0, 31.2, -3.0)), closed=("who",))
    with pytest.raises(DataError) as caught:
        what_if(today, bad)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["unknown_facility", "id_taken", "bad_position", "bad_radius"]


def test_far_from_every_street_serves_nobody_and_is_named(places, catalog):
    found = what_if(stand_today(places["caojiadu"], catalog, NURSERIES), Scenario(added=(Placed("sea", 122.5, 31.0),)))
    assert found.off_network == ("sea",)
    assert found.before == found.after


# Streets that change


def test_footpath_is_a_short_cut_of_its_length(make_network, on_edges):
    # a street that goes 0 -> 1 -> 2 -> 3 round three sides of a square of 0.001 degrees; the path closes the fourth
    corners = [(121.43, 31.23), (121.431, 31.23), (121.431, 31.231), (121.43, 31.231)]
    network = make_network([(0, 1), (1, 2), (2, 3)], [950, 1110, 950], lonlat=corners)
    patched = with_footpath(network, [(121.43, 31.23), (121.43, 31.231)])
    graph = nx.Graph()
    for u, v, length in zip(patched.edge_u, patched.edge_v, patched.edge_length_dm, strict=True):
        graph.add_edge(int(u), int(v), weight=int(length))
    # 0.001 degrees of latitude at 31.23 N are 110.9 m
    assert nx.dijkstra_path_length(graph, 0, 3) == pytest.approx(1109, abs=2)
    assert patched.edge_count == 4
    assert network.edge_count == 3


def test_footpath_cuts_the_streets_it_meets_and_keeps_their_length(make_network):
    corners = [(121.43, 31.23), (121.431, 31.23), (121.43, 31.231), (121.431, 31.231)]
    network = make_network([(0, 1), (2, 3)], [954, 954], lonlat=corners)
    patched = with_footpath(network, [(121.4305, 31.23), (121.4305, 31.2305), (121.4305, 31.231)])
    assert patched.node_count == 4 + 2 + 1
    assert patched.edge_count == 2 + 2 + 2
    old = patched.edge_way < len(network.way_id)
    assert patched.edge_length_dm[old].sum() == 954 * 2
    assert patched.edge_length_dm[~old].sum() == pytest.approx(1109, abs=3)
    assert len(np.unique(patched.node_id)) == patched.node_count


@pytest.mark.parametrize("positions", [[], [(121.43, 31.23)], [(121.43, float("nan")), (121.43, 31.23)]])
def test_no_footpath_of_one_position(make_network, positions):
    with pytest.raises(RequestError) as caught:
        with_footpath(make_network([(0, 1)], [950]), positions)
    assert caught.value.problem.code == "no_footpath"


def test_footpath_that_touches_no_street(make_network):
    with pytest.raises(RequestError) as caught:
        with_footpath(make_network([(0, 1)], [950]), [(121.5, 31.3), (121.6, 31.3)])
    assert caught.value.problem.code == "footpath_apart"


def test_footpath_can_only_win_and_a_shut_gate_only_lose(places, catalog):
    place = places["caojiadu"]
    today = stand_today(place, catalog, NURSERIES)
    ends = (node_position(place, 0.2), node_position(place, 0.7))
    path = what_if(today, Scenario(footpaths=(ends,)))
    gate = what_if(today, Scenario(shut_gates=(node_position(place, 0.4), node_position(place, 0.5))))
    assert path.lost_people == 0
    assert gate.won_people == 0
    assert gate.after.total == path.after.total == 82_884


def test_gate_far_from_every_node(places, catalog):
    with pytest.raises(RequestError) as caught:
        what_if(stand_today(places["caojiadu"], catalog, NURSERIES), Scenario(shut_gates=((121.0, 31.0),)))
    assert caught.value.problem.code == "no_gate"


def test_two_scenarios_together():
    one = Scenario(added=(Placed("a", 1, 2),), moved=(Placed("m", 1, 1),), closed=("c",))
    two = Scenario(moved=(Placed("m", 2, 2),), closed=("c", "d"))
    both = merged(one, two)
    assert both == Scenario((Placed("a", 1, 2),), (Placed("m", 2, 2),), ("c", "d"))


def test_planned_facilities_as_a_scenario(places, catalog):
    scenario, without_position = planned_scenario(places["hudong"], "recycling_points")
    assert (len(scenario.added), without_position) == (0, 23)
    lon, lat = node_position(places["caojiadu"], 0.3)
    place = with_facilities(places["caojiadu"], "nurseries", {"p": (lon, lat, {"phase": "planned"})})
    scenario, without_position = planned_scenario(place, "nurseries")
    assert ([each.id for each in scenario.added], without_position) == (["p"], 0)


# Neighbours


def test_neighbours_count_and_stand_apart(places, catalog):
    place, near = places["caojiadu"], node_position(places["caojiadu"], 0.5)
    abroad = {"subdistrict": "hudong"}
    both = with_facilities(place, "nurseries", {"n": (*near, abroad)})
    open_border = assess_coverage(both, catalog, NURSERIES)
    assert open_border.facilities_used == 0
    assert open_border.outside.facilities == 1
    assert open_border.outside.weight == open_border.weights.covered > 0
    assert assess_coverage(both, catalog, replace(NURSERIES, hard_border=True)) is None


def test_whom_an_own_facility_covers_too_is_not_from_outside(places, catalog):
    place, near = places["caojiadu"], node_position(places["caojiadu"], 0.5)
    both = with_facilities(place, "nurseries", {"n": (*near, {"subdistrict": "hudong"}), "o": (*near, {})})
    found = assess_coverage(both, catalog, NURSERIES)
    assert (found.facilities_used, found.outside.facilities, found.outside.weight) == (1, 1, 0)
    hard = assess_coverage(both, catalog, replace(NURSERIES, hard_border=True))
    assert hard.weights == found.weights
    assert hard.outside.facilities == 0


def test_neighbours_off_the_streets_do_not_count(places, catalog):
    far = with_facilities(places["caojiadu"], "nurseries", {"n": (121.58, 31.27, {"subdistrict": "hudong"})})
    assert assess_coverage(far, catalog, NURSERIES) is None
