"""The two-step floating catchment area: places for each person within reach, shared among all who can reach them.

Luo and Wang (2003): a facility's capacity is divided by the people within its limit; a home has the sum of these ratios
over the facilities within its limit. The people-weighted mean equals capacity over people where everybody is in reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.graph import FloatArray
from geo.reach import SparseRows


@dataclass(frozen=True, eq=False)
class FloatingCatchment:
    """Supply by two steps.

    Attributes:
        ratio: Capacity a person of each facility, float64 (f,), NaN where nobody is within its limit.
        people: People within each facility's limit, float64 (f,).
        supply: Capacity a person of each demand point, float64 (h,).
    """

    ratio: FloatArray
    people: FloatArray
    supply: FloatArray


def two_step(rows: SparseRows, capacity: FloatArray, people: FloatArray) -> FloatingCatchment:
    """Return the supply of each demand point.

    Args:
        rows: For each facility the demand points within its limit.
        capacity: Capacity of each facility (nursery places, meals), float64 (f,).
        people: People of each demand point, float64 (h,).
    """
    count = len(capacity)
    owner = np.repeat(np.arange(count), np.diff(rows.first))
    within = np.bincount(owner, people[rows.item], minlength=count).astype(np.float64)
    ratio = np.divide(capacity, within, out=np.full(count, np.nan), where=within > 0)
    supply = np.bincount(rows.item, np.nan_to_num(ratio)[owner], minlength=len(people)).astype(np.float64)
    return FloatingCatchment(ratio, within, supply)
