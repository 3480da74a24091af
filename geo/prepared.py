"""Shapes prepared for many questions, without a danger to other threads."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry


def prepared_copy(shape: BaseGeometry) -> BaseGeometry:
    """Return a copy of a shape that answers many questions of one caller fast.

    GEOS works out what a prepared shape knows at its first question, and without a lock: two threads that ask one shape
    at the same moment end the process. What several threads know (the outline and the area of a place) is therefore
    never prepared itself, and this is the only place that prepares anything.
    """
    copy: BaseGeometry = shapely.from_wkb(shapely.to_wkb(shape))
    shapely.prepare(copy)
    return copy
