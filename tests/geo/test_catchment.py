"""Catchments: every allocated point counts once, at its nearest facility; golden figures by hand."""

import numpy as np
import pytest

from geo.access import Nearest
from geo.catchment import catchments


def test_golden_figures() -> None:
    # Facility 0: 3 people at 10 m and 1 at 50 m, mean (30 + 50) / 4 = 20; facility 1: a point of nobody; 2: nothing.
    nearest = Nearest(
        np.array([0, 0, 1, -1], dtype=np.int32), np.array([100, 500, 70, -1], dtype=np.int32), np.full(4, None)
    )
    found = catchments(nearest, 3, np.array([3.0, 1.0, 0.0, 9.0]), np.array([True, False, True, False]))
    assert found["people"].tolist() == [4, 0, 0]
    assert found["points"].tolist() == [2, 1, 0]
    assert found["covered_people"].tolist() == [3, 0, 0]
    assert found["mean_m"].tolist() == pytest.approx([20, np.nan, np.nan], nan_ok=True)
    assert found["farthest_m"].tolist() == pytest.approx([50, 7, np.nan], nan_ok=True)


def test_people_are_neither_lost_nor_doubled() -> None:
    rng = np.random.default_rng(4)
    facility = rng.integers(-1, 6, 200).astype(np.int32)
    distance = np.where(facility < 0, -1, rng.integers(0, 9000, 200)).astype(np.int32)
    weights, covered = rng.random(200), rng.random(200) < 0.5
    found = catchments(Nearest(facility, distance, np.full(200, None)), 6, weights, covered & (facility >= 0))
    assert found["people"].sum() == pytest.approx(weights[facility >= 0].sum())
    assert found["covered_people"].sum() == pytest.approx(weights[covered & (facility >= 0)].sum())
    assert found["points"].sum() == (facility >= 0).sum()
