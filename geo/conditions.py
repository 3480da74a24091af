"""From what somebody asks (slowly, without steps, at ten at night) to how the network may be walked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import opening_hours

from geo.catalog_model import Profile
from geo.network import Int32Array, WalkNetwork
from geo.streets import CROSSING, SIGNAL_CROSSING, STEP_FREE_NO, STEP_FREE_UNKNOWN, Gate
from geo.walk import DEFAULT_MAX_ACCESS_M, UNLIMITED_DM, Walk


@dataclass(frozen=True)
class Conditions:
    """What is asked of a walk.

    Attributes:
        step_free: Keep off steps, steep slopes and ways that wheelchairs cannot use.
        at: Local time in Asia/Shanghai; gates that are shut then block the way. None: every gate with hours is open.
        limit_dm: Paths longer than this are not looked for.
        max_access_m: Longest access leg.
    """

    step_free: bool = False
    at: dt.datetime | None = None
    limit_dm: int = UNLIMITED_DM
    max_access_m: float = DEFAULT_MAX_ACCESS_M


@dataclass(frozen=True)
class Unknowns:
    """What the data does not say, to be said beside every answer.

    Attributes:
        step_free_m: Length of streets of which it is not known whether they are step-free.
        street_m: Length of all streets.
        gates: Gates whose opening hours are not given, cannot be read, or leave it open themselves.
    """

    step_free_m: float
    street_m: float
    gates: int


def walk_under(network: WalkNetwork, conditions: Conditions, profile: Profile | None = None) -> Walk:
    """Return how the network may be walked under the conditions, at the profile's pace and waiting.

    Unknown is not taken for a no: a street of which the data does not say whether it is step-free stays open, and
    `unknowns` says how much of the answer rests on that. A gate whose hours cannot be read stays open.
    """
    closed = network.way_step_free[network.edge_way] == STEP_FREE_NO if conditions.step_free else None
    return Walk(
        limit_dm=conditions.limit_dm,
        max_access_m=conditions.max_access_m,
        closed=closed,
        blocked=None if conditions.at is None else _blocked_at(network, conditions.at),
        half_wait_dm=None if profile is None else _half_wait_dm(network, profile),
    )


def _blocked_at(network: WalkNetwork, at: dt.datetime) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    blocked = np.zeros(network.node_count, dtype=bool)
    for gate in network.gates:
        blocked[gate.node] |= gate_is_open(gate, at) is False
    return blocked


def gate_is_open(gate: Gate, at: dt.datetime) -> bool | None:
    """Tell whether a gate is open at a local time; None where its hours are not given, cannot be read or say so."""
    if not gate.opening_hours or not opening_hours.validate(gate.opening_hours):
        return None
    hours = opening_hours.OpeningHours(gate.opening_hours, country="CN")
    local = at.replace(tzinfo=None)
    return None if hours.is_unknown(local) else bool(hours.is_open(local))


def _half_wait_dm(network: WalkNetwork, profile: Profile) -> Int32Array | None:
    """Return half of the waiting at each node as distance at the profile's pace, None where nobody waits."""
    if not profile.crossing_delay_s and not profile.signal_delay_s:
        return None
    wait_s = np.zeros(3)
    wait_s[CROSSING], wait_s[SIGNAL_CROSSING] = profile.crossing_delay_s, profile.signal_delay_s
    return np.rint(wait_s[network.node_crossing] * profile.speed_mps * 10 / 2).astype(np.int32)


def unknowns(network: WalkNetwork) -> Unknowns:
    """Return how much the network's data leaves open."""
    unknown = network.way_step_free[network.edge_way] == STEP_FREE_UNKNOWN
    unread = sum(gate_is_open(gate, dt.datetime(2024, 1, 1, 12)) is None for gate in network.gates)  # noqa: DTZ001 - local
    return Unknowns(float(network.edge_length_dm[unknown].sum()) / 10, network.length_m, unread)
