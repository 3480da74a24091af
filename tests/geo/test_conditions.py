"""From what is asked (at ten at night, without steps, slowly) to how the network may be walked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from geo.access import nearest_facility
from geo.catalog_model import LocalText, Profile
from geo.conditions import Conditions, Unknowns, gate_is_open, unknowns, walk_under
from geo.streets import CROSSING, SIGNAL_CROSSING, STEP_FREE_NO, STEP_FREE_UNKNOWN, STEP_FREE_YES, Gate
from geo.walk import UNLIMITED_DM, Walk

NOON = dt.datetime(2026, 11, 18, 12)  # noqa: DTZ001 - a Wednesday, local


def _at(text):
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("hours", "time", "is_open"),
    [
        # Wednesday 18 and Saturday 21 November 2026
        ("Mo-Fr 06:00-23:00", "2026-11-18T06:00", True),
        ("Mo-Fr 06:00-23:00", "2026-11-18T05:59", False),
        ("Mo-Fr 06:00-23:00", "2026-11-18T22:59", True),
        ("Mo-Fr 06:00-23:00", "2026-11-18T23:00", False),
        ("Mo-Fr 06:00-23:00", "2026-11-21T12:00", False),
        # past midnight
        ("22:00-02:00", "2026-11-18T21:59", False),
        ("22:00-02:00", "2026-11-18T22:00", True),
        ("22:00-02:00", "2026-11-19T01:59", True),
        ("22:00-02:00", "2026-11-19T02:00", False),
        ("Fr 22:00-02:00", "2026-11-21T01:00", True),
        ("Fr 22:00-02:00", "2026-11-20T01:00", False),
        # National Day is a public holiday in China, the Thursday after the holidays is not
        ("Mo-Su 06:00-22:00; PH off", "2026-10-01T12:00", False),
        ("Mo-Su 06:00-22:00; PH off", "2026-10-15T12:00", True),
        ("24/7", "2026-10-01T03:00", True),
        ("off", "2026-11-18T12:00", False),
        # what nobody can know
        ("", "2026-11-18T12:00", None),
        ("早上六点到晚上十点", "2026-11-18T12:00", None),
        ("06:00-25:99", "2026-11-18T12:00", None),
        ("06:00-22:00 unknown", "2026-11-18T12:00", None),
        ("06:00-22:00 unknown", "2026-11-18T23:00", False),
    ],
)
def test_hours_of_a_gate(hours, time, is_open):
    assert gate_is_open(Gate(0, hours, shut=False), _at(time)) is is_open


def test_time_zone_of_the_time_is_not_asked():
    gate = Gate(0, "06:00-22:00", shut=False)
    east = dt.timezone(dt.timedelta(hours=8))
    assert gate_is_open(gate, dt.datetime(2026, 11, 18, 12, tzinfo=east)) is True


@pytest.fixture(scope="module")
def street(make_network):
    """Return 0 - 1 - 2 - 3 of 100 each: steps, unknown, step-free; gates at 1 and 2, crossings at 1 and 2."""
    network = make_network([(0, 1), (1, 2), (2, 3)], [100, 100, 100])
    return replace(
        network,
        edge_way=np.array([0, 1, 2], dtype=np.int32),
        way_step_free=np.array([STEP_FREE_NO, STEP_FREE_UNKNOWN, STEP_FREE_YES], dtype=np.int8),
        node_crossing=np.array([0, CROSSING, SIGNAL_CROSSING, 0], dtype=np.int8),
        gates=(Gate(1, "Mo-Fr 06:00-23:00", shut=False), Gate(2, "sometimes", shut=False)),
    )


def _profile(speed_mps, crossing_s, signal_s):
    text = LocalText("慢", "slow")
    return Profile("slow", text, speed_mps, text, "low", crossing_s, signal_s)


def test_nothing_asked_is_a_plain_walk(street):
    walk = walk_under(street, Conditions())
    assert vars(walk) == vars(Walk())
    assert walk_under(street, Conditions(), _profile(1.0, 0.0, 0.0)).half_wait_dm is None
    walk = walk_under(street, Conditions(limit_dm=77, max_access_m=9.0))
    assert (walk.limit_dm, walk.max_access_m) == (77, 9.0)


def test_step_free_closes_steps_and_leaves_the_unknown_open(street):
    assert walk_under(street, Conditions(step_free=True)).closed.tolist() == [True, False, False]


def test_gates_block_when_shut_and_stay_open_when_their_hours_cannot_be_read(street):
    assert walk_under(street, Conditions(at=NOON)).blocked.tolist() == [False] * 4
    night = NOON.replace(hour=23)
    assert walk_under(street, Conditions(at=night)).blocked.tolist() == [False, True, False, False]


def test_two_gates_on_one_node_block_when_either_is_shut(street):
    gates = (Gate(1, "off", shut=False), Gate(1, "24/7", shut=False))
    for order in (gates, gates[::-1]):
        walk = walk_under(replace(street, gates=order), Conditions(at=NOON))
        assert walk.blocked.tolist() == [False, True, False, False]


def test_waiting_at_the_profiles_pace(street, on_edges):
    # at 0.8 m/s 10 s are 8 m, half 4.0 m; 30 s with signals are 24 m, half 12.0 m
    walk = walk_under(street, Conditions(), _profile(0.8, 10.0, 30.0))
    assert walk.half_wait_dm.tolist() == [0, 40, 120, 0]
    # end to end: 300 + 2 * 40 + 2 * 120
    ends = [on_edges(street, [place]) for place in ((2, 100, 0), (0, 0, 0))]
    assert nearest_facility(street, *ends, walk).distance_dm.tolist() == [620]
    # one kind alone
    assert walk_under(street, Conditions(), _profile(1.0, 0.0, 3.0)).half_wait_dm.tolist() == [0, 0, 15, 0]


def test_all_conditions_together(street, on_edges):
    conditions = Conditions(step_free=True, at=NOON.replace(hour=23), limit_dm=UNLIMITED_DM)
    walk = walk_under(street, conditions, _profile(1.0, 2.0, 2.0))
    # from the end of e2 to 50 on e1: 100 + 2 * 10 + 50; from e0's beginning nobody comes down the steps
    place = on_edges(street, [(1, 50, 0)])
    homes = on_edges(street, [(2, 100, 0), (0, 0, 0), (1, 0, 0)])
    assert nearest_facility(street, place, homes, walk).distance_dm.tolist() == [170, -1, 50]


def test_unknowns_are_counted(street):
    assert unknowns(street) == Unknowns(step_free_m=10.0, street_m=30.0, gates=1)
    assert unknowns(replace(street, gates=())).gates == 0


def test_unknowns_of_the_bundled_networks(bundled):
    for network in bundled.values():
        found = unknowns(network)
        # the drawn streets say nothing of steps
        assert found.step_free_m == pytest.approx(found.street_m)
        assert found.street_m == pytest.approx(network.length_m)
