"""What if: a layer's coverage with facilities added, moved and closed, a gate shut, a footpath drawn.

What stands today is searched once; a change searches again only what it can change, so that figures can follow a site
that is dragged. A shut gate or a new footpath changes the streets themselves, and all of it is searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access import Nearest, nearest_from_state, search_from
from geo.catalog import Catalog
from geo.catalog_model import whole_decimetres
from geo.coverage import COVERED, UNCOVERED, UNREACHABLE, Coverage, Tally, by_owner, cover, tally
from geo.errors import DataError, Problem, RequestError
from geo.graph import BoolArray, FloatArray, Int32Array, Int64Array
from geo.incremental import with_changes
from geo.layer_question import AskedLayer, Question, ask_layer
from geo.network import UInt64Array, WalkNetwork
from geo.network_patch import with_footpath
from geo.place import Place
from geo.snapping import Snaps, snap
from geo.walk import Walk

Ids = npt.NDArray[np.object_]

EVERY = -1
GATE_M = 30.0
"""A gate stands on the nearest node of the streets that is at most this far away."""


@dataclass(frozen=True)
class Placed:
    """A facility put somewhere: its id, position in degrees and, where it has one, its own service radius."""

    id: str
    lon: float
    lat: float
    service_radius_m: float | None = None


@dataclass(frozen=True)
class Scenario:
    """What is changed.

    Attributes:
        added: New facilities, with ids that no facility has.
        moved: Facilities with the position that they are moved to.
        closed: Ids of facilities that are closed.
        shut_gates: Positions (lon, lat) of gates that nobody passes any more.
        footpaths: New footpaths, each as positions (lon, lat).
    """

    added: tuple[Placed, ...] = ()
    moved: tuple[Placed, ...] = ()
    closed: tuple[str, ...] = ()
    shut_gates: tuple[tuple[float, float], ...] = ()
    footpaths: tuple[tuple[tuple[float, float], ...], ...] = ()

    @property
    def changes_streets(self) -> bool:
        """Whether the streets themselves are changed."""
        return bool(self.shut_gates or self.footpaths)


@dataclass(frozen=True, eq=False)
class Today:
    """What stands today: who counts, and the searches that a change begins from.

    Attributes:
        place: The subdistrict.
        asked: The facilities that count.
        states: Keys of the nodes by limit in dm, of the facilities with that limit; under `EVERY` those of all.
        coverage: Coverage of the demand points.
    """

    place: Place
    asked: AskedLayer
    states: dict[int, UInt64Array]
    coverage: Coverage


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What a scenario changes.

    Attributes:
        before: People by status today.
        after: People by status in the scenario.
        points_before: Demand points by status today, unweighted.
        points_after: The same in the scenario.
        won_people: People who are covered in the scenario alone.
        lost_people: People who are covered today alone.
        demand: Index demand id; columns status_before, status, distance_before_m, distance_m, nearest_facility.
        off_network: Ids of added or moved facilities that are too far from every street; they serve nobody.
    """

    before: Tally
    after: Tally
    points_before: Tally
    points_after: Tally
    won_people: float
    lost_people: float
    demand: pd.DataFrame
    off_network: tuple[str, ...] = field(default=())


def stand_today(place: Place, catalog: Catalog, question: Question) -> Today:
    """Search a layer once as it stands; every scenario begins from this."""
    asked = ask_layer(place, catalog, question)
    limits = {int(limit) for limit in asked.limits_dm} | {asked.limit_dm, EVERY}
    states = {
        limit: search_from(place.network, asked.snaps.take(_with_limit(asked.limits_dm, limit)), Walk())
        for limit in sorted(limits)
    }
    return Today(place, asked, states, _coverage(place, place.network, asked.snaps, asked.limits_dm))


def _with_limit(limits_dm: Int32Array, limit: int) -> BoolArray:
    return np.ones(len(limits_dm), dtype=bool) if limit == EVERY else np.asarray(limits_dm == limit)


def what_if(today: Today, scenario: Scenario) -> WhatIf:
    """Return what a scenario changes; the same as working it all out again.

    Raises:
        DataError: An id is unknown or taken, or a position or radius cannot be.
        RequestError: A footpath or gate is near no street.
    """
    _check(today, scenario)
    changed = _changed_facilities(today, scenario)
    if scenario.changes_streets:
        coverage = _on_changed_streets(today, scenario, changed)
    else:
        coverage = _stepwise(today, scenario, changed)
    off = changed.snaps.access_m > Walk().max_access_m
    placed = {each.id for each in (*scenario.added, *scenario.moved)}
    return _compared(today, coverage, changed.ids, tuple(name for name in changed.ids[off] if name in placed))


@dataclass(frozen=True, eq=False)
class _Changed:
    """The scenario's facilities: today's numbers, then the added; `gone` are closed."""

    ids: Ids
    lonlat: FloatArray
    snaps: Snaps
    limits_dm: Int32Array
    gone: BoolArray


def _check(today: Today, scenario: Scenario) -> None:
    known = {str(name) for name in today.asked.facilities.index}
    problems = [
        Problem("unknown_facility", name, "no such facility counts today", "Name one that does")
        for name in [*(each.id for each in scenario.moved), *scenario.closed]
        if name not in known
    ]
    ids = [each.id for each in scenario.added]
    problems += [
        Problem("id_taken", name, "the id is taken", "Give it an id of its own")
        for name in sorted({name for name in ids if name in known or ids.count(name) > 1})
    ]
    for each in (*scenario.added, *scenario.moved):
        if not (abs(each.lon) <= 180 and abs(each.lat) <= 90):
            problems.append(Problem("bad_position", each.id, "it is no position in degrees", "Longitude comes first"))
        if each.service_radius_m is not None and not 0 < each.service_radius_m < 1e5:
            problems.append(Problem("bad_radius", each.id, f"{each.service_radius_m!r} is no radius", "Give metres"))
    if problems:
        raise DataError(problems)


def _changed_facilities(today: Today, scenario: Scenario) -> _Changed:
    asked, network = today.asked, today.place.network
    ids = np.array([*asked.facilities.index, *(each.id for each in scenario.added)], dtype=object)
    number = {str(name): k for k, name in enumerate(ids)}
    geometry = asked.facilities.geometry.representative_point()
    lonlat = np.concatenate(
        [
            np.column_stack([geometry.x, geometry.y]),
            [[each.lon, each.lat] for each in scenario.added] or np.empty((0, 2)),
        ]
    )
    for each in scenario.moved:
        lonlat[number[each.id]] = each.lon, each.lat
    touched = [number[each.id] for each in (*scenario.moved, *scenario.added)]
    fresh = snap(network, lonlat[touched, 0], lonlat[touched, 1])
    snaps = _put(asked.snaps, fresh, np.array(touched, dtype=np.int64), len(ids))
    own = [each.service_radius_m for each in scenario.added]
    added = [asked.limit_dm if radius is None else whole_decimetres(radius) for radius in own]
    limits_dm = np.concatenate([asked.limits_dm, np.array(added, dtype=np.int32)]).astype(np.int32)
    gone = np.zeros(len(ids), dtype=bool)
    gone[[number[name] for name in scenario.closed]] = True
    return _Changed(ids, lonlat, snaps, limits_dm, gone)


def _put(snaps: Snaps, fresh: Snaps, numbers: Int64Array, count: int) -> Snaps:
    """Return the snaps with some replaced or added; room for `count`."""
    columns = []
    for name in ("edge", "offset_dm", "access_dm", "fraction", "access_m"):
        column = np.zeros(count, dtype=getattr(snaps, name).dtype)
        column[: len(snaps)] = getattr(snaps, name)
        column[numbers] = getattr(fresh, name)
        columns.append(column)
    return Snaps(*columns)


def _stepwise(today: Today, scenario: Scenario, changed: _Changed) -> Coverage:
    """Return the coverage by changing today's searches where the scenario changes them."""
    place, standing = today.place, np.flatnonzero(~changed.gone)
    found = _nearest_after(today, scenario, changed, EVERY)
    number = np.append(standing, -1)
    nearest = Nearest(number[found.facility].astype(np.int32), found.distance_dm, found.reason)
    limits = np.unique(changed.limits_dm[standing]).tolist()
    covered = np.zeros(len(place.door_snaps), dtype=bool)
    for limit in limits:
        near = found if len(limits) == 1 else _nearest_after(today, scenario, changed, limit)
        covered |= (near.distance_dm >= 0) & (near.distance_dm <= limit)
    status = np.where(covered, COVERED, np.where(nearest.distance_dm < 0, UNREACHABLE, UNCOVERED)).astype(object)
    coverage = Coverage(nearest, status)
    return coverage if place.doors is None else by_owner(coverage, place.doors.owner)


def _nearest_after(today: Today, scenario: Scenario, changed: _Changed, limit: int) -> Nearest:
    """Return each door's nearest of the scenario's facilities of one limit, numbered among those."""
    place, asked = today.place, today.asked
    before = np.flatnonzero(_with_limit(asked.limits_dm, limit))
    after = np.flatnonzero(_with_limit(changed.limits_dm, limit) & ~changed.gone)
    moved = {each.id for each in scenario.moved}
    stays = np.isin(before, after) & ~np.isin(changed.ids[before].astype(str), list(moved))
    kept = np.where(stays, np.searchsorted(after, before), -1)
    state = today.states.get(limit)
    snaps = changed.snaps.take(after)
    if state is None:
        state = search_from(place.network, snaps, Walk())
    else:
        state = with_changes(place.network, state, asked.snaps.take(before), snaps, kept)
    return nearest_from_state(place.network, state, snaps, place.door_snaps)


def _on_changed_streets(today: Today, scenario: Scenario, changed: _Changed) -> Coverage:
    """Return the coverage on streets with shut gates and new footpaths, searched from the beginning."""
    network = today.place.network
    for path in scenario.footpaths:
        network = with_footpath(network, path)
    walk = Walk(blocked=_shut(network, scenario.shut_gates) if scenario.shut_gates else None)
    standing = np.flatnonzero(~changed.gone)
    snaps = snap(network, changed.lonlat[standing, 0], changed.lonlat[standing, 1])
    found = _coverage(today.place, network, snaps, changed.limits_dm[standing], walk)
    nearest = found.nearest
    number = np.append(standing, -1)[nearest.facility].astype(np.int32)
    return Coverage(Nearest(number, nearest.distance_dm, nearest.reason), found.status)


def _shut(network: WalkNetwork, gates: Sequence[tuple[float, float]]) -> BoolArray:
    blocked = np.zeros(network.node_count, dtype=bool)
    x, y = network.xy
    for lon, lat in gates:
        gate_x, gate_y = network.projection.to_xy(lon, lat)
        far_m = np.hypot(x - gate_x, y - gate_y)
        if not far_m.min() <= GATE_M:
            found = f"the nearest crossing or bend of a street is {far_m.min():.0f} m from the gate"
            raise RequestError("no_gate", "shut_gates", found, f"Put it within {GATE_M:g} m of one")
        blocked |= far_m <= far_m.min() + 0.05
    return blocked


def _coverage(
    place: Place, network: WalkNetwork, snaps: Snaps, limits_dm: Int32Array, walk: Walk | None = None
) -> Coverage:
    doors = place.door_snaps
    if network is not place.network:
        lonlat = place.doors.lonlat if place.doors is not None else _demand_lonlat(place)
        doors = snap(network, lonlat[:, 0], lonlat[:, 1])
    coverage = cover(network, snaps, doors, limits_dm, walk)
    return coverage if place.doors is None else by_owner(coverage, place.doors.owner)


def _demand_lonlat(place: Place) -> FloatArray:
    return np.column_stack([place.demand.geometry.x, place.demand.geometry.y])


def _compared(today: Today, after: Coverage, ids: Ids, off_network: tuple[str, ...]) -> WhatIf:
    before, people = today.coverage, today.place.weights
    ones = np.ones(len(people))
    names = np.array([*ids, None], dtype=object)
    demand = pd.DataFrame(
        {
            "status_before": before.status,
            "status": after.status,
            "distance_before_m": _metres(before),
            "distance_m": _metres(after),
            "nearest_facility": pd.Series(names[after.nearest.facility], index=today.place.demand.index, dtype=object),
        },
        index=today.place.demand.index,
    )
    return WhatIf(
        tally(people, before.status),
        tally(people, after.status),
        tally(ones, before.status),
        tally(ones, after.status),
        float(people[after.covered & ~before.covered].sum()),
        float(people[before.covered & ~after.covered].sum()),
        demand,
        off_network,
    )


def _metres(coverage: Coverage) -> FloatArray:
    distance_dm = coverage.nearest.distance_dm
    return np.where(distance_dm < 0, np.nan, distance_dm / 10)


def planned_scenario(place: Place, layer_id: str) -> tuple[Scenario, int]:
    """Return the scenario in which a layer's planned facilities are built, and how many have no position."""
    facilities = place.facilities(layer_id)
    planned = facilities[facilities["phase"].isin(["planned", "in_progress"])]
    located = planned[planned.geometry.notna()]
    points = located.geometry.representative_point()
    radii = pd.to_numeric(located["service_radius_m"]).tolist()
    added = tuple(
        Placed(str(name), point.x, point.y, None if np.isnan(radius) else radius)
        for name, point, radius in zip(located.index, points, radii, strict=True)
    )
    return Scenario(added=added), len(planned) - len(located)


def merged(first: Scenario, second: Scenario) -> Scenario:
    """Return both scenarios together; a facility that both move goes where the second puts it."""
    moved = {each.id: each for each in (*first.moved, *second.moved)}
    return replace(
        first,
        added=(*first.added, *second.added),
        moved=tuple(moved.values()),
        closed=tuple(dict.fromkeys((*first.closed, *second.closed))),
        shut_gates=(*first.shut_gates, *second.shut_gates),
        footpaths=(*first.footpaths, *second.footpaths),
    )
