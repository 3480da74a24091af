"""Catchments: demand allocated to its nearest facility, and what each facility then has to serve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.access import Nearest
from geo.graph import BoolArray, FloatArray


def catchments(nearest: Nearest, count: int, weights: FloatArray, covered: BoolArray) -> pd.DataFrame:
    """Return what is allocated to each of `count` facilities.

    Args:
        nearest: Each demand point's nearest facility and distance; points without one are in no catchment.
        count: Number of facilities.
        weights: People of each demand point, shape (p,).
        covered: Whether each demand point is covered, shape (p,).

    Returns:
        One row a facility, in their order: `people`, `points`, `covered_people`, `mean_m` (by people, NaN where nobody
        is allocated), `farthest_m` (NaN where no point is).
    """
    has_one = nearest.facility >= 0
    facility, distance_m = nearest.facility[has_one], nearest.distance_dm[has_one] / 10
    people = np.bincount(facility, weights[has_one], minlength=count)
    walked = np.bincount(facility, weights[has_one] * distance_m, minlength=count)
    farthest = np.full(count, -np.inf)
    np.maximum.at(farthest, facility, distance_m)
    return pd.DataFrame(
        {
            "people": people,
            "points": np.bincount(facility, minlength=count),
            "covered_people": np.bincount(facility, (weights * covered)[has_one], minlength=count),
            "mean_m": np.divide(walked, people, out=np.full(count, np.nan), where=people > 0),
            "farthest_m": np.where(np.isinf(farthest), np.nan, farthest),
        }
    )
