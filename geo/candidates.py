"""Candidate sites: street points every n metres, and what a file says of uploaded ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, Problem, RequestError
from geo.graph import FloatArray
from geo.network import WalkNetwork
from geo.prepared import prepared_copy
from geo.service_area import street_strokes
from geo.siting_problem import Sites
from geo.street_length import whole_edges

MOST_CANDIDATES = 20_000
ROLES = ("candidate", "required", "excluded", "existing")


def street_points(network: WalkNetwork, every_m: float, area_xy: BaseGeometry | None = None) -> FloatArray:
    """Return points along the streets, evenly and not more than `every_m` apart, shape (k, 2) in degrees.

    Streets are followed straight on through crossings; each has a point at both ends. Points on one spot are one.

    Args:
        network: The walking network.
        every_m: Greatest distance between two neighbours on a street, over 0.
        area_xy: Only points inside it are kept, in the network's projection; all where None.

    Raises:
        RequestError: There would be more than `MOST_CANDIDATES`.
    """
    if not every_m > 0 or network.length_m / every_m > MOST_CANDIDATES:
        found = f"points every {every_m:g} m of {network.length_m:,.0f} m of streets are too many, or none"
        raise RequestError("too_many_candidates", "every_m", found, f"Stay under {MOST_CANDIDATES:,} points")
    points = [_along(line, every_m) for line in street_strokes(network, whole_edges(network))]
    xy = np.unique(np.round(np.concatenate(points), 1), axis=0)
    if area_xy is not None:
        xy = xy[shapely.contains_xy(prepared_copy(area_xy), xy[:, 0], xy[:, 1])]
    lonlat = np.column_stack(network.projection.to_lonlat(xy[:, 0], xy[:, 1]))
    return np.asarray(np.round(lonlat, 7), dtype=np.float64)


def _along(line: BaseGeometry, every_m: float) -> FloatArray:
    pieces = max(int(np.ceil(line.length / every_m - 1e-9)), 1)
    shares = np.linspace(0, 1, pieces + 1)
    points = shapely.line_interpolate_point(np.full(pieces + 1, line), shares * line.length)
    return np.asarray(shapely.get_coordinates(points), dtype=np.float64)


def sites_of(properties: Sequence[Mapping[str, object]], existing: int) -> Sites:
    """Return what is known of sites: `existing` open ones, then candidates by the properties in their file.

    A candidate may say `role` (candidate, required, excluded, existing), `competes` (a name: at most one of the
    candidates of a name is chosen), `cost`, and `capacity` in people.

    Raises:
        DataError: With every property that cannot be read.
    """
    problems: list[Problem] = []
    plain = Sites.candidates(len(properties), existing)
    roles = ["existing"] * existing + [_role(known, number, problems) for number, known in enumerate(properties)]
    sets = [None] * existing + [known.get("competes") for known in properties]
    names = {name: number for number, name in enumerate(sorted({str(name) for name in sets if name is not None}))}
    cost, capacity = plain.cost.copy(), plain.capacity.copy()
    for number, known in enumerate(properties):
        cost[existing + number] = _amount(known, "cost", 1.0, number, problems)
        capacity[existing + number] = _amount(known, "capacity", np.inf, number, problems)
    if problems:
        raise DataError(problems)
    role = np.array(roles, dtype=object)
    return replace(
        plain,
        existing=np.asarray(role == "existing"),
        required=np.asarray(role == "required"),
        excluded=np.asarray(role == "excluded"),
        rivals=np.array([-1 if name is None else names[str(name)] for name in sets], dtype=np.int32),
        cost=cost,
        capacity=capacity,
    )


def _role(known: Mapping[str, object], number: int, problems: list[Problem]) -> str:
    role = known.get("role") or "candidate"
    if role not in ROLES:
        where = f"candidates, /features/{number}/properties/role"
        problems.append(Problem("bad_role", where, f"{role!r} is no role", f"Write one of {', '.join(ROLES)}"))
    return str(role)


def _amount(known: Mapping[str, object], name: str, absent: float, number: int, problems: list[Problem]) -> float:
    value = known.get(name)
    if value is None:
        return absent
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < np.inf:
        where = f"candidates, /features/{number}/properties/{name}"
        problems.append(Problem("bad_number", where, f"{value!r} is no {name}", "Write a number of 0 or more"))
        return absent
    return float(value)
