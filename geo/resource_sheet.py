"""What a neighbourhood can walk to: the content of a printed resource map, and of the page that it links to.

A sheet starts from a compound, from a residents' committee that has been placed, or shows a whole subdistrict. Samples
and facilities without a position are counted and never listed as places to go to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.access import node_distances
from geo.catalog_model import Layer, Profile
from geo.committees import Committees
from geo.fairness import allocate
from geo.place import HEADLINE_STATUSES, Place, positions_lonlat
from geo.reach import od_matrix
from geo.service_area import cut_runs, distance_runs, part_lines_xy
from geo.snapping import snap
from geo.walk import UNLIMITED_DM, Walk

OriginKind = Literal["compound", "committee", "subdistrict"]
NEAR_MIN = 15.0
BAND_CUTS_MIN = (5.0, 10.0, 15.0, 20.0)
MOST_ROWS, MOST_ROWS_OF_ALL = 14, 40
_NOT_RESOURCES = ("lifts",)
"""A lift serves one stairway: it is no place that a neighbour walks to."""


@dataclass(frozen=True)
class Origin:
    """Where a sheet starts from; a whole subdistrict has no position (None). `accuracy_m` None: not known.

    A committee whose `outline` (WGS-84) somebody has brought starts from a point inside it.
    """

    id: str
    kind: OriginKind
    name: str
    name_en: str | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    outline: BaseGeometry | None = None


@dataclass(frozen=True)
class SheetRow:
    """One facility of a sheet; `distance_m` None: no way on foot is known, or the sheet has no starting point."""

    number: int
    layer: Layer
    feature: str
    name: str
    name_en: str | None
    address: str | None
    opening_hours: str | None
    phone: str | None
    location_status: str
    accuracy_m: float | None
    lon: float
    lat: float
    distance_m: float | None

    def minutes(self, profile: Profile) -> int | None:
        """Return the whole minutes of the walk; where the position is rough, with the whole of its error added."""
        if self.distance_m is None:
            return None
        rough_m = self.accuracy_m or 0.0 if self.location_status == "approximate" else 0.0
        return max(1, int(np.ceil((self.distance_m + rough_m) / profile.speed_mps / 60 - 1e-9)))


@dataclass(frozen=True)
class NotDrawn:
    """What a sheet leaves out of a layer: facilities known without a position, samples, and those beyond its list."""

    layer: Layer
    unlocated: int
    samples: int


@dataclass(frozen=True, eq=False)
class ResourceSheet:
    """A sheet: its starting point, its facilities by distance, what it does not draw, and the streets in bands.

    `bands` has one (Multi)LineString a band of walking time, cut at BAND_CUTS_MIN, in the network's projection in
    metres; a sheet without a starting point has one band of all streets. `living` are the people (or households) inside
    the outline of the starting point, None where it has none.
    """

    origin: Origin
    rows: tuple[SheetRow, ...]
    left_out: int
    not_drawn: tuple[NotDrawn, ...]
    bands: tuple[BaseGeometry, ...]
    living: float | None = None


def sheet_origins(place: Place) -> tuple[Origin, ...]:
    """Return every starting point of a subdistrict: itself, its placed committees, its placed compounds."""
    name = place.subdistrict.name
    whole = Origin(place.subdistrict.id, "subdistrict", name.zh, name.en, None, None, None)
    compounds = place.facilities("compounds") if "compounds" in place.layers else None
    found = [] if compounds is None else [_compound_origin(row) for row in _located(compounds).itertuples()]
    return (whole, *_committee_origins(place.committees), *found)


def resource_sheet(place: Place, layers: Mapping[str, Layer], origin: Origin, profile: Profile) -> ResourceSheet:
    """Return the sheet of a starting point: the nearest of every layer, and what else is within 15 minutes."""
    shown = [layer for layer in layers.values() if layer.family != "places" and layer.id not in _NOT_RESOURCES]
    found = [_rows_of(place, layer, origin) for layer in shown]
    near_m = NEAR_MIN * 60 * profile.speed_mps
    chosen = _chosen(found, near_m, MOST_ROWS if origin.lon is not None else MOST_ROWS_OF_ALL)
    all_rows = sum(_is_near(row, near_m) for rows in found for row in rows)
    numbered = tuple(_numbered(row, number) for number, row in enumerate(chosen, start=1))
    not_drawn = tuple(left for left in (_not_drawn(place, layer) for layer in shown) if left.unlocated or left.samples)
    left_out, bands = max(0, all_rows - len(chosen)), _bands(place, origin, profile)
    return ResourceSheet(origin, numbered, left_out, not_drawn, bands, _living(place, origin))


def _living(place: Place, origin: Origin) -> float | None:
    """Return the people who belong to the outline of a starting point."""
    if origin.outline is None:
        return None
    numbers = [number for number, group in enumerate(place.committees.groups) if group.id == origin.id]
    return float(place.weights[np.isin(allocate(place, place.committees), numbers)].sum())


def _compound_origin(row: object) -> Origin:
    point = shapely.point_on_surface(row.geometry)  # type: ignore[attr-defined] # a row of the compounds' frame
    values = {name: getattr(row, name) for name in ("name", "name_en", "accuracy_m")}
    return Origin(str(row.Index), "compound", lon=point.x, lat=point.y, **values)  # type: ignore[attr-defined]


def _committee_origins(committees: Committees) -> list[Origin]:
    """Return the committees that have a position; those on one spot each have a sheet of their own."""
    return [
        Origin(
            code,
            "committee",
            name,
            committees.names_en.get(name),
            group.lon,
            group.lat,
            group.accuracy_m or None,
            group.outline,
        )
        for group in committees.groups
        for code, name in zip(group.codes, group.names, strict=True)
    ]


def _located(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities that stand somewhere and are open."""
    open_now = frame["phase"].isna() | (frame["phase"] == "open")
    return frame[frame["location_status"].isin(HEADLINE_STATUSES) & frame.geometry.notna() & open_now]


def _rows_of(place: Place, layer: Layer, origin: Origin) -> list[SheetRow]:
    """Return a layer's facilities by distance from the starting point, numbered 0."""
    frame = _located(place.facilities(layer.id))
    if frame.empty:
        return []
    lonlat = positions_lonlat(frame)
    distances_m = _distances_m(place, lonlat, origin)
    rows = [
        SheetRow(
            0,
            layer,
            str(facility.Index),
            facility.name,
            facility.name_en,
            facility.address,
            facility.opening_hours,
            facility.phone,
            facility.location_status,
            facility.accuracy_m,
            float(position[0]),
            float(position[1]),
            distance_m,
        )
        for facility, position, distance_m in zip(frame.itertuples(), lonlat, distances_m, strict=True)
    ]
    return sorted(rows, key=_by_distance)


def _by_distance(row: SheetRow) -> tuple[float, str]:
    return (float("inf") if row.distance_m is None else row.distance_m, row.feature)


def _distances_m(place: Place, lonlat: np.ndarray, origin: Origin) -> list[float | None]:
    """Return the walking distance from the starting point to each position, None where there is none."""
    if origin.lon is None or origin.lat is None:
        return [None] * len(lonlat)
    facilities = snap(place.network, lonlat[:, 0], lonlat[:, 1])
    start = snap(place.network, np.array([origin.lon]), np.array([origin.lat]))
    rows = od_matrix(place.network, facilities, start, Walk(limit_dm=UNLIMITED_DM), threads=1)
    found = [rows.row(number)[1] for number in range(len(lonlat))]
    return [float(distance_dm[0]) / 10 if len(distance_dm) else None for distance_dm in found]


def _is_near(row: SheetRow, near_m: float) -> bool:
    """Return whether a row is within the sheet's walk; without a starting point all are."""
    return row.distance_m is None or row.distance_m <= near_m


def _chosen(layers: Iterable[list[SheetRow]], near_m: float, most: int) -> list[SheetRow]:
    """Return the rows of a sheet: the nearest of each layer first, then the nearest of the rest, within the walk."""
    near = [[row for row in rows if _is_near(row, near_m)] for rows in layers]
    firsts = sorted((rows[0] for rows in near if rows), key=_by_distance)
    others = sorted((row for rows in near for row in rows[1:]), key=_by_distance)
    return sorted([*firsts, *others][:most], key=_by_distance)


def _numbered(row: SheetRow, number: int) -> SheetRow:
    values = {name: getattr(row, name) for name in SheetRow.__dataclass_fields__ if name != "number"}
    return SheetRow(number, **values)


def _not_drawn(place: Place, layer: Layer) -> NotDrawn:
    statuses = place.facilities(layer.id)["location_status"]
    return NotDrawn(layer, int((statuses == "unlocated").sum()), int((statuses == "sample").sum()))


def _bands(place: Place, origin: Origin, profile: Profile) -> tuple[BaseGeometry, ...]:
    """Return the streets by walking time from the starting point, for the drawing; it decides nothing."""
    network = place.network
    if origin.lon is None or origin.lat is None:
        lines = np.asarray(shapely.linestrings(network.edge_ends_xy()))
        return (cast("BaseGeometry", shapely.line_merge(shapely.multilinestrings(lines))),)
    start = snap(network, np.array([origin.lon]), np.array([origin.lat]))
    runs = distance_runs(network, node_distances(network, start), start)
    cuts = [-1.0, *(minutes * 600 * profile.speed_mps for minutes in BAND_CUTS_MIN), float("inf")]
    parts = [cut_runs(runs, over_dm, upto_dm) for over_dm, upto_dm in pairwise(cuts)]
    drawn = [shapely.union_all(part_lines_xy(network, part)) for part in parts]
    return tuple(lines if lines.is_empty else shapely.line_merge(lines) for lines in drawn)
