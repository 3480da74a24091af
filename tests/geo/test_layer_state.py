"""A layer's state brought forward over edits equals the one worked out afresh, key for key and street for street."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import nearest_facility, nearest_from_state
from geo.layer_state import facility_places, state_of
from geo.snapping import snap


@pytest.fixture(scope="module")
def town(make_network):
    """Return a grid of 6 by 6 crossings whose streets have five lengths."""
    edges = [(y * 6 + x, y * 6 + x + 1) for y in range(6) for x in range(5)]
    edges += [(y * 6 + x, y * 6 + x + 6) for y in range(5) for x in range(6)]
    return make_network(edges, [100 + 7 * (number % 5) for number in range(len(edges))])


def _state(network, places, before):
    ids = np.array(sorted(places), dtype=object)
    lonlat = np.array([places[name] for name in ids.tolist()], dtype=float).reshape(-1, 2)
    return state_of(network, facility_places(network, ids, lonlat, before), before)


def _place(network, spot):
    """Return the position of a spot: a node with a shift, so that many facilities share a distance."""
    node, shift = spot
    return float(network.lon[node]) + shift * 1e-5, float(network.lat[node])


_spot = st.tuples(st.integers(0, 35), st.integers(-2, 2))
_edit = st.tuples(st.sampled_from("abcdefgh"), st.one_of(st.none(), _spot))


@settings(max_examples=60, deadline=None)
@given(
    start=st.dictionaries(st.sampled_from("abcdefgh"), _spot), edits=st.lists(st.lists(_edit, max_size=4), max_size=6)
)
def test_brought_forward_equals_worked_out_afresh(town, start, edits):
    spots = dict(start)
    state = _state(town, {name: _place(town, spot) for name, spot in spots.items()}, None)
    homes = snap(town, town.lon + 3e-5, town.lat + 2e-5)
    for batch in edits:
        for name, spot in batch:
            spots.pop(name, None)
            if spot is not None:
                spots[name] = spot
        places = {name: _place(town, spot) for name, spot in spots.items()}
        state, afresh = _state(town, places, state), _state(town, places, None)
        np.testing.assert_array_equal(state.keys, afresh.keys)
        np.testing.assert_array_equal(state.xy, afresh.xy)
        for name in ("edge", "offset_dm", "access_dm", "fraction", "access_m"):
            np.testing.assert_array_equal(getattr(state.snaps, name), getattr(afresh.snaps, name))
        for name in ("edge", "low_dm", "high_dm", "nearest_dm", "rising"):
            np.testing.assert_array_equal(getattr(state.runs(town), name), getattr(afresh.runs(town), name))
        ours = nearest_from_state(town, state.keys, state.snaps, homes)
        full = nearest_facility(town, afresh.snaps, homes)
        for name in ("distance_dm", "facility", "reason"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(full, name))


def test_where_nothing_has_changed_the_state_is_the_same_object(town):
    places = {"a": _place(town, (3, 0)), "b": _place(town, (20, 1))}
    before = _state(town, places, None)
    assert _state(town, places, before) is before


def test_many_changes_are_worked_out_afresh(town):
    before = _state(town, {f"{number:02d}": _place(town, (number, 0)) for number in range(36)}, None)
    places = {f"{number:02d}": _place(town, (number, 1)) for number in range(36)}
    np.testing.assert_array_equal(_state(town, places, before).keys, _state(town, places, None).keys)
