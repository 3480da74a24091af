"""What a new street does and does not, and that the order in which streets are kept changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.access import Walk, nearest_facility
from geo.access import node_distances as distances_of_nodes
from geo.isochrone import isochrones
from geo.network_build import build_network, read_streets
from geo.reach import od_matrix
from geo.snapping import Snaps, snap

LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001


def _with_edge(network, u, v, length_dm, way):
    """Return the network with one more edge behind the others, so that every snap stays what it is."""
    more = {"edge_u": u, "edge_v": v, "edge_length_dm": length_dm, "edge_way": 0}
    more |= dict(zip(("edge_forward", "edge_backward"), way, strict=True))
    arrays = {name: np.append(getattr(network, name), value) for name, value in more.items()}
    return replace(network, **{name: array.astype(getattr(network, name).dtype) for name, array in arrays.items()})


@given(st.data(), st.sampled_from([(True, True), (True, False), (False, True)]))
@settings(max_examples=120)
def test_new_street_uncovers_nobody_while_snaps_are_held_fixed(walk_cases, data, way):
    case = data.draw(walk_cases())
    node = st.integers(0, case.network.node_count - 1)
    more = _with_edge(case.network, data.draw(node), data.draw(node), data.draw(st.integers(1, 500)), way)
    closed = None if case.walk.closed is None else np.append(case.walk.closed, False)
    before = nearest_facility(case.network, case.facilities, case.homes, case.walk).distance_dm
    after = nearest_facility(more, case.facilities, case.homes, replace(case.walk, closed=closed)).distance_dm
    reached = before >= 0
    assert (after[reached] >= 0).all()
    assert (after[reached] <= before[reached]).all()


def _renumbered(case, nodes, edges):
    """Return the case with node k as node nodes[k] and with its edges in another order, some drawn the other way."""
    network = case.network
    back, place = np.argsort(nodes), np.argsort(edges)
    arrays = {name: getattr(network, name)[back] for name in ("lon", "lat", "node_id", "node_crossing")}
    arrays |= {name: nodes[getattr(network, name)][edges].astype(np.int32) for name in ("edge_u", "edge_v")}
    arrays |= {
        name: getattr(network, name)[edges]
        for name in ("edge_length_dm", "edge_forward", "edge_backward", "edge_way")
    }  # fmt: skip
    walk = replace(
        case.walk,
        closed=None if case.walk.closed is None else case.walk.closed[edges],
        blocked=None if case.walk.blocked is None else case.walk.blocked[back],
        half_wait_dm=None if case.walk.half_wait_dm is None else case.walk.half_wait_dm[back],
    )

    def moved(snaps):
        return replace(snaps, edge=place[snaps.edge].astype(np.int32))

    return replace(case, network=replace(network, **arrays), walk=walk), moved(case.facilities), moved(case.homes)


@given(st.data())
@settings(max_examples=120)
def test_order_of_nodes_and_edges_changes_nothing(walk_cases, data):
    case = data.draw(walk_cases())
    nodes = np.array(data.draw(st.permutations(range(case.network.node_count))))
    edges = np.array(data.draw(st.permutations(range(case.network.edge_count))))
    other, facilities, homes = _renumbered(case, nodes, edges)
    straight = nearest_facility(case.network, case.facilities, case.homes, case.walk)
    mixed = nearest_facility(other.network, facilities, homes, other.walk)
    assert mixed.distance_dm.tolist() == straight.distance_dm.tolist()
    assert mixed.facility.tolist() == straight.facility.tolist()
    own = distances_of_nodes(case.network, case.facilities, case.walk)
    theirs = distances_of_nodes(other.network, facilities, other.walk)
    assert theirs.distance_dm[nodes].tolist() == own.distance_dm.tolist()
    assert theirs.facility[nodes].tolist() == own.facility.tolist()
    rows = od_matrix(case.network, case.facilities, case.homes, case.walk)
    mixed_rows = od_matrix(other.network, facilities, homes, other.walk)
    for number in range(len(case.facilities)):
        assert [part.tolist() for part in mixed_rows.row(number)] == [part.tolist() for part in rows.row(number)]
    sides = (case.network, case.facilities, case.walk), (other.network, facilities, other.walk)
    streets_m = [[one.street_m for one in isochrones(*side[:2], [20, 700], side[2])] for side in sides]
    assert streets_m[0] == pytest.approx(streets_m[1])


def _places(network, snaps):
    """Return what a snap is whatever its edge's number: the edge's two ends, the place on it and the access leg.

    The place alone would not do: a new street may run over an old one without meeting it.
    """
    u, v = network.edge_u[snaps.edge], network.edge_v[snaps.edge]
    ends = [list(zip(network.lon[k].tolist(), network.lat[k].tolist(), strict=True)) for k in (u, v)]
    offset, left = snaps.offset_dm.tolist(), (network.edge_length_dm[snaps.edge] - snaps.offset_dm).tolist()
    found = zip(*ends, offset, left, snaps.access_dm.tolist(), strict=True)
    return [(*((a, b, low) if a < b else (b, a, high)), access) for a, b, low, high, access in found]


def _built(write_streets, path, lines):
    return build_network(read_streets([write_streets(path, lines)]), min_component=2)


def test_new_street_that_takes_a_home_over_shows_in_the_snaps(tmp_path, write_streets):
    # a street of 952.7 m along the parallel; facility at its western end, home 20 m north of it and 50 m east of the
    # facility's; a dead end that leaves from the far eastern end comes back to 2 m beside the home
    street = [[LON0, LAT0], [LON0 + 0.01, LAT0]]
    dead_end = [[LON0 + 0.01, LAT0], [LON0 + 0.01, LAT0 + 0.0002], [LON0 + 0.0005, LAT0 + 0.0002]]
    facility, home = (np.array([LON0]), np.array([LAT0])), (np.array([LON0 + 0.0005]), np.array([LAT0 + 0.00018]))
    answers = []
    for name, lines in (("before.geojson", [street]), ("after.geojson", [street, dead_end])):
        network = _built(write_streets, tmp_path / name, lines)
        snaps = snap(network, *home)
        walked = nearest_facility(network, snap(network, *facility), snaps)
        answers.append((int(walked.distance_dm[0]), _places(network, snaps)[0], float(snaps.access_m[0])))
    (before_dm, before, access_m), (after_dm, after, nearer_m) = answers
    # 20.0 off and 47.6 along; then 2.2 off, 905.1 back east, 22.2 south and 952.7 west: who was covered at 100 m is not
    assert (before_dm, access_m) == (200 + 476, pytest.approx(19.96, abs=0.01))
    assert after_dm == pytest.approx(22 + 9051 + 222 + 9527, abs=3)
    assert nearer_m < access_m
    assert before != after


@given(st.data())
@settings(max_examples=40)
def test_only_a_changed_snap_can_lengthen_a_walk(tmp_path_factory, write_streets, grid_lines, data):
    folder = tmp_path_factory.mktemp("streets")
    tick = st.integers(0, 2)
    line = data.draw(st.lists(st.tuples(tick, tick), min_size=2, max_size=4, unique=True))
    new = [[round(LON0 + STEP_DEG * x, 7), round(LAT0 + STEP_DEG * y, 7)] for x, y in line]
    random = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    lonlat = np.round(random.uniform(0, 2 * STEP_DEG, (2, 12)) + np.array([[LON0], [LAT0]]), 7)
    answers = []
    for name, lines in (("before.geojson", grid_lines), ("after.geojson", [*grid_lines, new])):
        network = _built(write_streets, folder / name, lines)
        snaps = snap(network, *lonlat)
        facilities, homes = snaps.take(np.arange(2)), snaps.take(np.arange(2, 12))
        walked = nearest_facility(network, facilities, homes, Walk()).distance_dm
        answers.append((walked, _places(network, facilities), _places(network, homes)))
    (before_dm, sites, homes), (after_dm, new_sites, new_homes) = answers
    assume(sites == new_sites)
    for k, (one, other) in enumerate(zip(homes, new_homes, strict=True)):
        assert one != other or after_dm[k] <= before_dm[k]


def test_no_snap_is_taken_for_another(make_network):
    # what the tests above compare: two places on one edge, one place with two legs, one place on two edges
    network = make_network([(0, 1), (1, 2)], [1000, 1000])
    edge, offset, access = np.array([[0, 0, 0, 1], [0, 1000, 1000, 0], [5, 5, 6, 5]], dtype=np.int32)
    assert len(set(_places(network, Snaps(edge, offset, access, offset / 1000, access / 10)))) == 4
