"""What is known of a layer's facilities on a network, brought forward when an edit changes a few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.access import NodeDistances, search_from, split_keys
from geo.graph import FloatArray, UInt64Array
from geo.incremental import with_changes
from geo.network import WalkNetwork
from geo.service_area import Runs, distance_runs
from geo.snapping import Snaps
from geo.walk import Walk

_CHANGES_WORTH_IT = 16


@dataclass(frozen=True, eq=False)
class LayerState:
    """Facilities on a network and everybody's way to the nearest of them.

    Attributes:
        ids: The facilities' ids, ascending, object (f,).
        lonlat: Their positions in degrees, shape (f, 2).
        snaps: Their places on the network.
        keys: The key of each node, uint64 (n,), see `geo.access.split_keys`.
    """

    ids: npt.NDArray[np.object_]
    lonlat: FloatArray
    snaps: Snaps
    keys: UInt64Array

    def runs(self, network: WalkNetwork) -> Runs:
        """Return the streets by walking distance: seven times as large as the keys, so they are not kept here."""
        return distance_runs(network, NodeDistances(*split_keys(self.keys)), self.snaps)


def state_of(
    network: WalkNetwork, ids: npt.NDArray[np.object_], lonlat: FloatArray, snaps: Snaps, before: LayerState | None
) -> LayerState:
    """Return the state of facilities; the same answer from `before`, an older state, as without it.

    Args:
        network: The walking network, of `before` too.
        ids: The facilities' ids, ascending, object (f,).
        lonlat: Their positions in degrees, shape (f, 2).
        snaps: Their places on the network.
        before: A state of the same layer: an edit since is searched alone, and nothing where there was none.
    """
    kept = None if before is None else _kept(before, ids, lonlat)
    if before is None or kept is None:
        keys = search_from(network, snaps, Walk())
    elif len(ids) == len(before.ids) and (kept >= 0).all():
        return before
    else:
        keys = with_changes(network, before.keys, before.snaps, snaps, kept)
    return LayerState(ids, lonlat, snaps, keys)


def _kept(before: LayerState, ids: npt.NDArray[np.object_], lonlat: FloatArray) -> npt.NDArray[np.int64] | None:
    """Return the number now of each facility that stayed where it was, -1 for the others; None where many did not."""
    if abs(len(ids) - len(before.ids)) > _CHANGES_WORTH_IT:
        return None
    number = {name: index for index, name in enumerate(ids.tolist())}
    kept = np.array([number.get(name, -1) for name in before.ids.tolist()], dtype=np.int64)
    stayed = np.flatnonzero(kept >= 0)
    moved = (lonlat[kept[stayed]] != before.lonlat[stayed]).any(axis=1)
    kept[stayed[moved]] = -1
    changes = len(ids) + len(before.ids) - 2 * int((kept >= 0).sum())
    return kept if changes <= _CHANGES_WORTH_IT else None
