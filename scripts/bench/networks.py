"""The networks of the benchmark: real extracts where they are at hand, and jittered grids made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geo.network import WalkNetwork
from geo.network_build import build_network, read_streets
from geo.streets import Streets, Way

ROOT = Path(__file__).resolve().parents[2]
EXTRACTS = ROOT.parent / "shared" / "data"
GRIDS = {"grid10k": 10_000, "grid100k": 100_000, "grid300k": 300_000, "grid1m": 1_000_000, "grid3m": 3_000_000}
SPACING_M, JITTER, KEPT = 70.0, 0.3, 0.7


def extract_path(name: str) -> Path:
    """Return the path of a real extract, for instance `andorra`."""
    return EXTRACTS / f"{name}.osm.pbf"


def load(name: str) -> WalkNetwork:
    """Return the network of an extract or of a grid by name."""
    if name in GRIDS:
        return build_network(grid_streets(GRIDS[name]))
    return build_network(read_streets([extract_path(name)]))


def grid_streets(count: int, seed: int = 0) -> Streets:
    """Return a jittered grid of about `count` nodes: mean degree 2.8, edges about 20 to 120 m, one large component."""
    rng = np.random.default_rng(seed)
    side = round(count**0.5)
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    x = ((column + rng.uniform(-JITTER, JITTER, column.shape)) * SPACING_M).ravel()
    y = ((row + rng.uniform(-JITTER, JITTER, row.shape)) * SPACING_M).ravel()
    number = np.arange(side * side).reshape(side, side)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    upward = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    edges = np.concatenate([across, upward]).astype(np.int32)
    edges = edges[rng.random(len(edges)) < KEPT]
    return _streets(121.4 + x / 95_000, 31.2 + y / 111_000, edges)


def tiny_edges(count: int, seed: int = 0) -> Streets:
    """Return a grid in which two of three edges are one decimetre long: the worst case of a bucket queue."""
    rng = np.random.default_rng(seed)
    side = round(count**0.5)
    step = np.where(rng.random(side) < 2 / 3, 1e-6, 7e-4)
    lon, lat = np.meshgrid(121.4 + np.cumsum(step), 31.2 + np.cumsum(step))
    number = np.arange(side * side).reshape(side, side)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    upward = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    return _streets(lon.ravel(), lat.ravel(), np.concatenate([across, upward]).astype(np.int32))


def _streets(lon: np.ndarray, lat: np.ndarray, edges: np.ndarray) -> Streets:
    way = Way(1, "", "road", forward=True, backward=True, step_free=2, accuracy_m=float("nan"))
    return Streets(
        np.arange(len(lon), dtype=np.int64),
        np.round(lon, 7),
        np.round(lat, 7),
        edges[:, 0].copy(),
        edges[:, 1].copy(),
        np.zeros(len(edges), dtype=np.int32),
        (way,),
        (),
        (),
    )
