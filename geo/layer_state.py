"""What is known of a layer's facilities on a network, brought forward when an edit changes a few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access import NodeDistances, search_from, split_keys
from geo.graph import FloatArray, UInt64Array
from geo.incremental import with_changes
from geo.network import WalkNetwork
from geo.service_area import Runs, distance_runs
from geo.snapping import Snaps, snap
from geo.walk import Walk

_CHANGES_WORTH_IT = 16


@dataclass(frozen=True, eq=False)
class FacilityPlaces:
    """Where facilities are.

    Attributes:
        ids: Their ids, ascending, object (f,).
        lonlat: Their positions in degrees, shape (f, 2).
        xy: The same in the network's projection, metres (f, 2).
        snaps: Their places on the network.
    """

    ids: npt.NDArray[np.object_]
    lonlat: FloatArray
    xy: FloatArray
    snaps: Snaps


@dataclass(frozen=True, eq=False)
class LayerState(FacilityPlaces):
    """Facilities on a network and everybody's way to the nearest of them.

    Attributes:
        keys: The key of each node, uint64 (n,), see `geo.access.split_keys`.
    """

    keys: UInt64Array

    def runs(self, network: WalkNetwork) -> Runs:
        """Return the streets by walking distance: seven times as large as the keys, so they are not kept here."""
        return distance_runs(network, NodeDistances(*split_keys(self.keys)), self.snaps)


def facility_places(
    network: WalkNetwork, ids: npt.NDArray[np.object_], lonlat: FloatArray, before: FacilityPlaces | None = None
) -> FacilityPlaces:
    """Return where facilities are on a network; the same answer from `before`, as many of them at an earlier time.

    Args:
        network: The walking network, of `before` too.
        ids: The facilities' ids, ascending, object (f,).
        lonlat: Their positions in degrees, shape (f, 2).
        before: What stays where it was is taken over from there.
    """
    if before is None or len(before.lonlat) != len(lonlat):
        xy, snaps = _placed(network, lonlat)
        return FacilityPlaces(ids, lonlat, xy, snaps)
    moved = np.flatnonzero((lonlat != before.lonlat).any(axis=1))
    xy, own = before.xy.copy(), before.snaps.take(np.arange(len(ids)))
    xy[moved], fresh = _placed(network, lonlat[moved])
    for name in ("edge", "offset_dm", "access_dm", "fraction", "access_m"):
        getattr(own, name)[moved] = getattr(fresh, name)
    return FacilityPlaces(ids, lonlat, xy, own)


def _placed(network: WalkNetwork, lonlat: FloatArray) -> tuple[FloatArray, Snaps]:
    xy = np.column_stack(network.projection.to_xy(lonlat[:, 0], lonlat[:, 1]))
    return xy, snap(network, lonlat[:, 0], lonlat[:, 1])


def state_of(network: WalkNetwork, places: FacilityPlaces, before: LayerState | None) -> LayerState:
    """Return the state of facilities; the same answer from `before`, an older state, as without it.

    Args:
        network: The walking network, of `before` too.
        places: Where the facilities are.
        before: A state of the same layer: an edit since is searched alone, and nothing where there was none.
    """
    kept = None if before is None else _kept(before, places)
    snaps = places.snaps
    if before is None or kept is None:
        keys = search_from(network, snaps, Walk())
    elif len(places.ids) == len(before.ids) and (kept >= 0).all():
        return before
    else:
        keys = with_changes(network, before.keys, before.snaps, snaps, kept)
    return LayerState(places.ids, places.lonlat, places.xy, snaps, keys)


def _kept(before: LayerState, places: FacilityPlaces) -> npt.NDArray[np.int64] | None:
    """Return the number now of each facility that stayed where it was, -1 for the others; None where many did not."""
    ids, lonlat = places.ids, places.lonlat
    if abs(len(ids) - len(before.ids)) > _CHANGES_WORTH_IT:
        return None
    kept = pd.Index(ids).get_indexer(pd.Index(before.ids)).astype(np.int64)
    stayed = np.flatnonzero(kept >= 0)
    moved = (lonlat[kept[stayed]] != before.lonlat[stayed]).any(axis=1)
    kept[stayed[moved]] = -1
    changes = len(ids) + len(before.ids) - 2 * int((kept >= 0).sum())
    return kept if changes <= _CHANGES_WORTH_IT else None
