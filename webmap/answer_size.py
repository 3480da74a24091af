"""About how many bytes an answer holds: enough to know when the kept ones are too many, cheap enough to always ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.catalog_model import Catalog
from geo.network import WalkNetwork
from geo.place import Place

_LOOKED_AT = 50
_OBJECT = 56
_POSITION = 16
_SIZES: tuple[tuple[tuple[type, ...], Callable[[Any], int]], ...] = (
    ((Place, WalkNetwork, Catalog), lambda _shared: 0),  # many answers point at it and none of them owns it
    ((str, bytes), len),
    ((np.ndarray, pd.Series, pd.Index), lambda array: int(array.nbytes)),
    ((pd.DataFrame,), lambda frame: int(frame.memory_usage(index=False).sum())),
    ((BaseGeometry,), lambda shape: _POSITION * int(shapely.get_num_coordinates(shape))),
)


def answer_bytes(value: object, depth: int = 6) -> int:
    """Return about how many bytes `value` holds; of a long list the first 50 stand for all."""
    for types, size in _SIZES:
        if isinstance(value, types):
            return _OBJECT + size(value)
    parts: Collection[object] = ()
    if isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, Collection):
        parts = value
    elif is_dataclass(value):
        parts = [getattr(value, field.name) for field in fields(value)]
    return _OBJECT + (_of_many(parts, depth - 1) if depth else 0)


def _of_many(values: Collection[object], depth: int) -> int:
    looked_at = [answer_bytes(one, depth) for one in islice(values, _LOOKED_AT)]
    return 0 if not looked_at else round(sum(looked_at) * len(values) / len(looked_at))
