"""Homes that somebody brought: compounds or buildings with households and people, kept as one table, read as demand.

They take the place of modelled demand. A home stands at its point, or at a point inside its outline; where its gates
are known people step onto the streets there. Groups of people (aged 60 and over) are columns of their own.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.catalog_model import LocalText, PopulationFigure
from geo.demand_basis import DemandBasis, DemandKind, HomesKind, PeopleGroup
from geo.doors import Doors
from geo.errors import DataError
from geo.network import FloatArray, WalkNetwork
from geo.snapping import snap

HOME_COLUMNS = ("name", "people", "households")
GATES = "gates"
"""Column of the kept table: a MultiPoint of the home's gates as WKB, None where none is known."""


@dataclass(frozen=True, eq=False)
class Homes:
    """A checked table of homes.

    Attributes:
        kind: compounds, buildings or raster.
        frame: Index id; columns name (text), people and households (float, NaN where not known), one float column for
            each group; geometry: the point where a home stands, WGS-84.
        gates: MultiPoint of each home's gates, WGS-84, or None; object (h,).
        groups: The groups that have a column.
    """

    kind: HomesKind
    frame: gpd.GeoDataFrame
    gates: npt.NDArray[np.object_]
    groups: tuple[PeopleGroup, ...] = ()

    @property
    def with_gates(self) -> int:
        """Number of homes whose gates are known."""
        return sum(gate is not None for gate in self.gates)

    def total(self, unit: str) -> float:
        """Return the sum of people or households."""
        return float(self.frame[unit].sum())


@dataclass(frozen=True, eq=False)
class HomesDemand:
    """Homes as demand points: the frame of `Place.demand`, what it rests on, and the doors where gates are known."""

    demand: gpd.GeoDataFrame
    basis: DemandBasis
    doors: Doors | None


def homes_bytes(homes: Homes) -> tuple[bytes, str]:
    """Return homes as a GeoParquet file, and SHA-256 of it."""
    kept = homes.frame.assign(**{GATES: [None if gate is None else gate.wkb for gate in homes.gates]})
    file = io.BytesIO()
    kept.to_parquet(file, compression="zstd")
    raw = file.getvalue()
    return raw, hashlib.sha256(raw).hexdigest()


def read_homes(
    path: Path, document: Mapping[str, Any], population: PopulationFigure, network: WalkNetwork
) -> HomesDemand:
    """Return kept homes as demand points.

    Args:
        path: The file that `homes_bytes` made.
        document: What is kept of it: kind, file (its hash), source, groups.
        population: What the subdistrict states, with the unit in which shares are taken.
        network: The network, whose streets buildings are listed under; compounds are listed by their own names.

    Raises:
        DataError: the file is gone or is not the one that the hash is of.
    """
    raw = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(raw).hexdigest() != document["file"]:
        found = "it is not the table of homes that was imported" if raw else "the table of homes is not there"
        raise DataError.single("homes_missing", str(path), found, "Put it back, or import the homes again")
    kept = gpd.read_parquet(io.BytesIO(raw))
    groups = tuple(PeopleGroup(one["id"], LocalText(one["zh"], one["en"])) for one in document["groups"])
    names = kept["name"] if document["kind"] == "compounds" else _street_names(kept, network)
    demand = kept.drop(columns=[GATES, "name"]).assign(street=names, modelled=False)
    demand[list(HOME_COLUMNS[1:])] = demand[list(HOME_COLUMNS[1:])].fillna(0.0)
    doors, with_gates = _doors(kept)
    basis = DemandBasis(
        kind=cast("DemandKind", document["kind"]),
        total=float(demand[population.unit].sum()),
        stated=population.value,
        source=str(document["source"]),
        with_gates=with_gates,
        groups=groups,
        version=str(document["file"]),
    )
    return HomesDemand(demand, basis, doors)


def _street_names(kept: gpd.GeoDataFrame, network: WalkNetwork) -> list[str]:
    """Return the name of the street nearest to each home, empty where it has none."""
    if not network.edge_count:
        return [""] * len(kept)
    edges = snap(network, kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy()).edge
    names = network.way_name[network.edge_way[edges]]
    return [network.names[number] for number in names.tolist()]


def _doors(kept: gpd.GeoDataFrame) -> tuple[Doors | None, int]:
    """Return the doors of all homes, None where no gate is known, and how many homes have gates."""
    gates = shapely.from_wkb(kept[GATES].to_numpy(dtype=object))
    has_gates = ~shapely.is_missing(gates)
    if not has_gates.any():
        return None, 0
    places = np.where(has_gates, gates, kept.geometry.to_numpy())
    lonlat, owner = shapely.get_coordinates(places, return_index=True)
    return Doors(np.asarray(lonlat), np.asarray(owner, dtype=np.int64)), int(has_gates.sum())


def home_frame(ids: Sequence[str], columns: Mapping[str, Sequence[object]], lonlat: FloatArray) -> gpd.GeoDataFrame:
    """Return the frame of `Homes` of its columns; `name`, `people` and `households` are among them."""
    frame = pd.DataFrame(
        {name: np.asarray(values, dtype=object if name == "name" else np.float64) for name, values in columns.items()},
        index=pd.Index(list(ids), name="id", dtype=object),
    )
    return gpd.GeoDataFrame(frame, geometry=shapely.points(lonlat), crs="EPSG:4326")
