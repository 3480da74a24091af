"""One facility added, moved or taken away: always the state that a full run gives, key for key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import Walk, search_from, split_keys
from geo.incremental import changed_nodes, moved_facility, with_facility, without_facility
from geo.snapping import Snaps, snap


def _without(facilities, number):
    """Take one facility off the network; the others keep their numbers."""
    chosen = np.arange(len(facilities)) != number
    return Snaps(
        np.where(chosen, facilities.edge, -1).astype(np.int32),
        facilities.offset_dm,
        facilities.access_dm,
        facilities.fraction,
        np.where(chosen, facilities.access_m, np.nan),
    )


def _replaced(facilities, number, place):
    """Return the facilities with one of them at the place of `place`."""
    mixed = [getattr(facilities, name).copy() for name in ("edge", "offset_dm", "access_dm", "fraction", "access_m")]
    for column, name in zip(mixed, ("edge", "offset_dm", "access_dm", "fraction", "access_m"), strict=True):
        column[number] = getattr(place, name)[0]
    return Snaps(*mixed)


def _state(state):
    return list(zip(*(part.tolist() for part in split_keys(state)), strict=True))


@pytest.fixture(scope="module")
def street(make_network):
    """Return 0 - 1 - 2 - 3 with edges of 100."""
    return make_network([(0, 1), (1, 2), (2, 3)], [100, 100, 100])


def test_golden_removal_gives_nodes_back_to_the_neighbours(street, on_edges):
    # facilities at both ends and one at node 1: taken away, its nodes 1 and 2 go to 0 (100) and, 2 being 100 from
    # node 3 and 200 from node 0, to the last
    facilities = on_edges(street, [(0, 0, 0), (1, 0, 0), (2, 100, 20)])
    state = search_from(street, facilities, Walk())
    assert _state(state) == [(0, 0), (0, 1), (100, 1), (20, 2)]
    fewer = without_facility(street, state, facilities, 1)
    assert _state(fewer) == [(0, 0), (100, 0), (120, 2), (20, 2)]
    assert changed_nodes(state, fewer).tolist() == [1, 2]
    assert _state(with_facility(street, fewer, facilities, 1)) == _state(state)
    moved = moved_facility(street, state, facilities, on_edges(street, [(0, 0, 0), (2, 100, 0), (2, 100, 20)]), 1)
    assert _state(moved) == [(0, 0), (100, 0), (100, 1), (0, 1)]


def test_golden_removal_far_from_the_others(make_network, on_edges):
    # 0 to 5 in a row, 100 each; facilities at node 0 and node 4: 0 keeps nodes 1 and 2 (a tie), and what is given back
    # is reached over node 2, which is no end of the other facility's edge
    row = make_network([(k, k + 1) for k in range(5)], [100] * 5)
    facilities = on_edges(row, [(0, 0, 0), (3, 100, 0)])
    state = search_from(row, facilities, Walk())
    assert _state(state) == [(0, 0), (100, 0), (200, 0), (100, 1), (0, 1), (100, 1)]
    fewer = without_facility(row, state, facilities, 1)
    assert _state(fewer) == [(100 * k, 0) for k in range(6)]
    assert changed_nodes(state, fewer).tolist() == [3, 4, 5]


def test_the_only_facility(street, on_edges):
    facilities = on_edges(street, [(1, 30, 5)])
    state = search_from(street, facilities, Walk())
    assert _state(without_facility(street, state, facilities, 0)) == [(-1, -1)] * 4
    nothing = search_from(street, _without(facilities, 0), Walk())
    assert _state(with_facility(street, nothing, facilities, 0)) == [(135, 0), (35, 0), (75, 0), (175, 0)]


def test_facilities_at_one_place(street, on_edges):
    facilities = on_edges(street, [(1, 30, 5), (1, 30, 5), (0, 100, 5)])
    state = search_from(street, facilities, Walk())
    # the first wins every tie; taken away, the second does
    assert {label for _, label in _state(state)} == {0, 2}
    assert _state(without_facility(street, state, facilities, 0)) == [(105, 2), (5, 2), (75, 1), (175, 1)]
    # one that has won nothing leaves no trace
    assert without_facility(street, state, facilities, 1).tolist() == state.tolist()


def _check(case, number, place):
    """Every change of one facility, each against a full run; states that were given stay as they are."""
    network, facilities, walk = case.network, case.facilities, case.walk
    state = search_from(network, facilities, walk)
    given_state = state.copy()
    fewer = without_facility(network, state, facilities, number, walk)
    assert _state(fewer) == _state(search_from(network, _without(facilities, number), walk))
    given_fewer = fewer.copy()
    assert _state(with_facility(network, fewer, facilities, number, walk)) == _state(state)
    after = _replaced(facilities, number, place)
    moved = moved_facility(network, state, facilities, after, number, walk)
    full = search_from(network, after, walk)
    assert _state(moved) == _state(full)
    assert changed_nodes(state, moved).tolist() == np.flatnonzero(state != full).tolist()
    assert state.tolist() == given_state.tolist()
    assert fewer.tolist() == given_fewer.tolist()


@given(st.data())
@settings(max_examples=250)
def test_equal_to_a_full_run(walk_cases, data):
    case = data.draw(walk_cases().filter(lambda case: len(case.facilities) > 0))
    number = data.draw(st.integers(0, len(case.facilities) - 1))
    _check(case, number, case.homes)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=6000)
def test_equal_to_a_full_run_at_length(walk_cases, data):
    case = data.draw(walk_cases(9).filter(lambda case: len(case.facilities) > 0))
    for number in range(len(case.facilities)):
        _check(case, number, case.homes)


@given(st.data())
@settings(max_examples=60)
def test_moves_in_sequence(walk_cases, data):
    case = data.draw(walk_cases().filter(lambda case: len(case.facilities) > 1))
    facilities, state = case.facilities, search_from(case.network, case.facilities, case.walk)
    for step in range(len(case.homes)):
        number = data.draw(st.integers(0, len(facilities) - 1))
        after = _replaced(facilities, number, case.homes.take(np.array([step])))
        state = moved_facility(case.network, state, facilities, after, number, case.walk)
        facilities = after
        assert _state(state) == _state(search_from(case.network, facilities, case.walk))


@pytest.mark.parametrize("limit_dm", [4000, 10_000])
def test_moves_on_a_bundled_network(bundled, limit_dm):
    network, walk = bundled["hudong"], Walk(limit_dm=limit_dm)
    random = np.random.default_rng(8)
    nodes = random.integers(0, network.node_count, 25)
    facilities = snap(network, network.lon[nodes] + 3e-4, network.lat[nodes])
    state = search_from(network, facilities, walk)
    for node in random.integers(0, network.node_count, 12):
        number = int(random.integers(0, 25))
        at = slice(int(node), int(node) + 1)
        after = _replaced(facilities, number, snap(network, network.lon[at], network.lat[at] + 2e-4))
        before, state = state, moved_facility(network, state, facilities, after, number, walk)
        facilities = after
        assert _state(state) == _state(search_from(network, facilities, walk))
        assert len(changed_nodes(before, state)) > 0
