"""Features of any kind as one table: columns, geometry and time, in the order of their ids; what readers page through.

Layers, demand, streets, subdistricts, gaps and claims all become such tables, so that a question about them (what lies
in a box, what has a value, the next hundred) is asked and answered in one way.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.catalog_model import PropertyType

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
ObjectArray = npt.NDArray[np.object_]
Cell = str | int | float | bool | None

SHANGHAI = ZoneInfo("Asia/Shanghai")
Interval = tuple[dt.datetime, dt.datetime]
"""First moment and last one, both in it, aware of their zone."""


@dataclass(frozen=True)
class Feature:
    """One row before it is in a table: properties as JSON values, geometry in WGS-84 or None, and when it holds."""

    id: str
    geometry: BaseGeometry | None
    properties: Mapping[str, Cell]
    time: Interval | None = None


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features sorted by id; nothing in it changes.

    Attributes:
        fields: The properties that every feature has, in the order in which they are written.
        ids: Ids, all different, sorted as texts, n of them.
        columns: Values by property, shape (n,), None where not known.
        geometry: Geometries in WGS-84, longitude first, shape (n,), None where there is none.
        times: First and last second of each feature's time since 1970 in UTC, shape (n, 2), NaN where it has none.
    """

    fields: tuple[PropertyType, ...]
    ids: tuple[str, ...]
    columns: dict[str, ObjectArray]
    geometry: ObjectArray
    times: FloatArray

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.ids)

    @cached_property
    def every_row(self) -> npt.NDArray[np.int64]:
        """The numbers of all rows, not to be written to."""
        rows = np.arange(len(self))
        rows.flags.writeable = False
        return rows

    @cached_property
    def bounds(self) -> FloatArray:
        """West, south, east and north of each geometry, shape (n, 4), NaN where there is none."""
        return shapely.bounds(self.geometry).reshape(-1, 4)

    @cached_property
    def properties(self) -> list[str]:
        """The properties of each feature as a JSON object; what is not known is null."""
        names = list(self.columns)
        rows = zip(*(column.tolist() for column in self.columns.values()), strict=True)
        return [_compact(dict(zip(names, row, strict=True))) for row in rows]

    @cached_property
    def lines(self) -> list[str]:
        """Each feature as GeoJSON (WGS-84, longitude first), without links."""
        return feature_lines(self, np.arange(len(self)), geometry_texts(self.geometry))

    @cached_property
    def folded_texts(self) -> list[str]:
        """All texts of each feature in one, small letters: where a word is looked for."""
        names = [field.name for field in self.fields if field.kind in {"text", "choice"}]
        rows = zip(*(self.columns[name].tolist() for name in names), strict=True)
        return ["\n".join(text for text in row if text).casefold() for row in rows] if names else [""] * len(self)

    def numbers(self, name: str) -> FloatArray:
        """Return a column of numbers or truth values as floats, NaN where not known."""
        return np.array([np.nan if value is None else float(value) for value in self.columns[name]], dtype=np.float64)

    def extent(self) -> tuple[float, float, float, float] | None:
        """Return west, south, east and north of all geometries, None where no feature has one."""
        known = self.bounds[~np.isnan(self.bounds[:, 0])]
        if not len(known):
            return None
        west, south = known[:, :2].min(axis=0).tolist()
        east, north = known[:, 2:].max(axis=0).tolist()
        return west, south, east, north

    def period(self) -> tuple[str, str] | None:
        """Return the first and the last moment of all features' times (RFC 3339, UTC), None where none has a time."""
        known = self.times[~np.isnan(self.times[:, 0])]
        return (_moment(known[:, 0].min()), _moment(known[:, 1].max())) if len(known) else None


def make_table(fields: Sequence[PropertyType], features: Sequence[Feature]) -> FeatureTable:
    """Return the table of features with unlike ids, given in any order."""
    ordered = sorted(features, key=lambda feature: feature.id)
    geometry = np.empty(len(ordered), dtype=object)
    geometry[:] = [_known_geometry(feature.geometry) for feature in ordered]
    columns = {field.name: _column([feature.properties.get(field.name) for feature in ordered]) for field in fields}
    times = np.array([_seconds(feature.time) for feature in ordered], dtype=np.float64).reshape(-1, 2)
    return FeatureTable(tuple(fields), tuple(feature.id for feature in ordered), columns, geometry, times)


def day_in_shanghai(day: str) -> Interval:
    """Return the first and the last second of a day (2026-11-01) in Shanghai."""
    begin = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), SHANGHAI)
    return begin, begin + dt.timedelta(days=1, seconds=-1)


def year_in_shanghai(year: int) -> Interval:
    """Return the first and the last second of a year in Shanghai."""
    end = dt.datetime(year + 1, 1, 1, tzinfo=SHANGHAI) - dt.timedelta(seconds=1)
    return dt.datetime(year, 1, 1, tzinfo=SHANGHAI), end


def geometry_texts(geometry: ObjectArray) -> list[str]:
    """Return geometries as GeoJSON, outer rings anticlockwise, `null` where there is none."""
    if not len(geometry):
        return []
    return [text or "null" for text in np.atleast_1d(shapely.to_geojson(shapely.orient_polygons(geometry))).tolist()]


def feature_lines(table: FeatureTable, rows: npt.NDArray[np.int64], geometries: Sequence[str]) -> list[str]:
    """Return the features of `rows` as GeoJSON, with geometries that are GeoJSON already."""
    return [
        f'{{"type":"Feature","id":{_compact(table.ids[row])},"geometry":{text},"properties":{table.properties[row]}}}'
        for row, text in zip(rows.tolist(), geometries, strict=True)
    ]


def _column(values: Sequence[Cell]) -> ObjectArray:
    column = np.empty(len(values), dtype=object)
    column[:] = [None if value is None or value != value else value for value in values]  # noqa: PLR0124 - NaN
    return column


def _known_geometry(geometry: BaseGeometry | None) -> BaseGeometry | None:
    return None if geometry is None or geometry.is_empty else geometry


def _seconds(time: Interval | None) -> tuple[float, float]:
    return (np.nan, np.nan) if time is None else (time[0].timestamp(), time[1].timestamp())


def _moment(second: float) -> str:
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
