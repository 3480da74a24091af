"""One facility added, moved or taken away: only what can change is searched again, and the answer is the full one's.

A layer's state is the key of every node (`geo.access.search_from`). An added facility can only win nodes; a removed
one gives back the nodes it had won, which are searched again from the facilities round them.
"""

from __future__ import annotations

import numpy as np

from geo import kernels
from geo.access import settle, source_keys, split_keys
from geo.network import BoolArray, Int64Array, UInt32Array, UInt64Array, WalkNetwork
from geo.snapping import Snaps
from geo.walk import Walk, toward_steps

_LABEL = np.uint64(0xFFFFFFFF)


def with_facility(
    network: WalkNetwork, state: UInt64Array, facilities: Snaps, number: int, walk: Walk | None = None
) -> UInt64Array:
    """Return the state with facility `number` of `facilities` added; `state` holds the others and stays as it is."""
    improved = state.copy()
    _add(network, improved, facilities, number, walk or Walk())
    return improved


def without_facility(
    network: WalkNetwork, state: UInt64Array, facilities: Snaps, number: int, walk: Walk | None = None
) -> UInt64Array:
    """Return the state with facility `number` taken away; the numbers of the others stay."""
    remaining = state.copy()
    _take_away(network, remaining, facilities, number, walk or Walk())
    return remaining


def with_changes(
    network: WalkNetwork, state: UInt64Array, before: Snaps, after: Snaps, kept: Int64Array
) -> UInt64Array:
    """Return the state of the facilities `after` from that of `before`, of which most stayed where they were.

    Args:
        network: The walking network.
        state: The key of every node for `before`; it stays as it is.
        before: The facilities of `state`.
        after: The facilities wanted.
        kept: The number in `after` of each facility of `before`, ascending; -1 where it is gone or has moved.
    """
    changed = state.copy()
    gone = kept < 0
    if gone.any():
        _take_all_away(network, changed, before, gone, Walk())
    reached = np.flatnonzero(changed != kernels.NOT_REACHED)
    labels = kept[split_keys(changed)[1][reached]].astype(np.uint64)
    changed[reached] = (changed[reached] & ~_LABEL) | labels
    fresh = np.setdiff1d(np.arange(len(after)), kept[~gone])
    if len(fresh):
        nodes, keys = source_keys(network, after.take(fresh), Walk())
        own = fresh[(keys & _LABEL).astype(np.int64)].astype(np.uint64)
        _settle(network, nodes, (keys & ~_LABEL) | own, changed, Walk())
    return changed


def moved_facility(
    network: WalkNetwork,
    state: UInt64Array,
    before: Snaps,
    after: Snaps,
    number: int,
    walk: Walk | None = None,
) -> UInt64Array:
    """Return the state with facility `number` moved from its place in `before` to that in `after`."""
    moved = state.copy()
    _take_away(network, moved, before, number, walk or Walk())
    _add(network, moved, after, number, walk or Walk())
    return moved


def _add(network: WalkNetwork, state: UInt64Array, facilities: Snaps, number: int, walk: Walk) -> None:
    nodes, keys = source_keys(network, facilities.take(np.array([number])), walk)
    _settle(network, nodes, (keys & ~np.uint64(0xFFFFFFFF)) | np.uint64(number), state, walk)


def _take_away(network: WalkNetwork, state: UInt64Array, facilities: Snaps, number: int, walk: Walk) -> None:
    _take_all_away(network, state, facilities, np.arange(len(facilities)) == number, walk)


def _take_all_away(network: WalkNetwork, state: UInt64Array, facilities: Snaps, gone: BoolArray, walk: Walk) -> None:
    nodes, keys = source_keys(network, _only(facilities, ~gone), walk)
    seeds, _ = source_keys(network, facilities.take(gone), walk)
    room = np.empty((2, network.node_count), dtype=np.uint64)
    lost, end = kernels.give_back(toward_steps(network, walk), network.onward.packed, gone, seeds, state, room)
    # A search starts only from keys that are news: the nodes round the lost ones give theirs back and are told again.
    border, border_keys = room[0, lost:end].astype(np.uint32), room[1, lost:end]
    _settle(network, np.concatenate([nodes, border]), np.concatenate([keys, border_keys]), state, walk)


def _settle(network: WalkNetwork, nodes: UInt32Array, keys: UInt64Array, state: UInt64Array, walk: Walk) -> None:
    order = np.argsort(keys, kind="stable")
    settle(network, nodes[order], keys[order], state, walk)


def _only(facilities: Snaps, chosen: BoolArray) -> Snaps:
    """Return the facilities with those not chosen taken off the network, so that numbers stay."""
    access_m = np.where(chosen, facilities.access_m, np.nan)
    edge = np.where(chosen, facilities.edge, -1).astype(np.int32)
    return Snaps(edge, facilities.offset_dm, facilities.access_dm, facilities.fraction, access_m)


def changed_nodes(before: UInt64Array, after: UInt64Array) -> Int64Array:
    """Return the nodes whose nearest facility or distance differs between two states."""
    return np.flatnonzero(before != after)
