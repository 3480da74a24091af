"""Doors: where people step onto the streets. A compound with gates has one at each, any other home one at its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.network import FloatArray, Int64Array


@dataclass(frozen=True, eq=False)
class Doors:
    """Positions of doors and whose they are.

    Attributes:
        lonlat: Positions in degrees, float64 (d, 2).
        owner: Number of the demand point that each door belongs to, int64 (d,), ascending; each has one at least.
    """

    lonlat: FloatArray
    owner: Int64Array

    @property
    def with_gates(self) -> int:
        """Number of demand points that have more than one door."""
        return int((np.bincount(self.owner) > 1).sum()) if len(self.owner) else 0


def best_doors(owner: Int64Array, distance_dm: Int64Array, facility: Int64Array) -> Int64Array:
    """Return for each demand point the door from which its nearest facility is nearest, int64 (p,).

    Args:
        owner: Whose each door is, int64 (d,), from 0 without gaps.
        distance_dm: Distance from each door, -1 where nothing is reached; a door that reaches something goes first.
        facility: The facility that is nearest to each door: of equal distances the smaller number is taken.
    """
    far = np.where(distance_dm < 0, np.iinfo(np.int64).max, distance_dm)
    order = np.lexsort((facility, far, owner))
    first = np.ones(len(order), dtype=bool)
    first[1:] = owner[order][1:] != owner[order][:-1]
    return np.asarray(order[first], dtype=np.int64)
