"""A subdistrict with everything known of it: outline, network, demand points, facilities, claims."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.catalog import Catalog, Layer, Subdistrict
from geo.claims_table import Claim, StatedCount, counted_by_report, read_claims, stated_count
from geo.committees import Committees, read_committees
from geo.demand import read_demand
from geo.demand_basis import DemandBasis
from geo.doors import Doors
from geo.errors import DataError, NotFoundError
from geo.known_area import depths_m
from geo.layers import FacilityLayer, read_layer
from geo.network import FloatArray, WalkNetwork
from geo.service_area import to_metres
from geo.snapping import Snaps, snap
from geo.street_length import StreetsInside, streets_inside
from geo.strict_json import decode_json

LOCATION_STATUSES = ("surveyed", "address", "approximate", "sample", "unlocated")
HEADLINE_STATUSES = ("surveyed", "address", "approximate")
_POINT = 0
_OF_STREETS_AND_DEMAND = (
    *("area_xy", "streets_inside", "demand_xy", "demand_depth_m", "demand_snaps", "door_snaps"),
    *("layer_states",),
)
OUTLINE_SLACK_M = 20.0
"""Streets up to this far outside the drawn outline belong to the subdistrict: the outline itself is 15-30 m off."""


@dataclass(frozen=True, eq=False)
class Place:
    """Everything known of one subdistrict, in one version.

    Attributes:
        subdistrict: Its entry in the catalogue.
        outline: Its boundary, WGS-84.
        network: The walking network.
        demand: Demand points, index id, columns `people` and, where stated, `households`.
        layers: Every layer's facilities of all subdistricts, by layer id.
        claims: Claims of every report.
        inputs_version: Hash of everything but the layers and what staff have confirmed: network, catalogue, demand,
            outline, claims tables.
        basis: What the people rest on, and how their total compares with the stated one.
        doors: Where people step onto the streets, where that is not the demand point itself; None: all do there.
        committees: The residents' committees, with outlines where somebody has brought them.
        confirmed_version: Hash of what staff have confirmed or rejected in reports, empty where that is nothing.
    """

    subdistrict: Subdistrict
    outline: shapely.Polygon
    network: WalkNetwork
    demand: gpd.GeoDataFrame
    layers: dict[str, FacilityLayer]
    claims: tuple[Claim, ...]
    inputs_version: str
    basis: DemandBasis = field(default_factory=DemandBasis)
    doors: Doors | None = None
    committees: Committees = field(default_factory=Committees)
    confirmed_version: str = ""

    @property
    def has_streets(self) -> bool:
        """Whether there is a network at all: a subdistrict may be added before anybody has brought its streets."""
        return self.network.edge_count > 0

    @property
    def network_version(self) -> str | None:
        """First figures of the network's hash, which stand beside every figure; None where there are no streets."""
        return self.network.content_hash[:16] if self.has_streets else None

    @property
    def names_en(self) -> dict[str, str]:
        """What its streets and committees are called in English, by their names, where a source says it."""
        return {**self.network.names_en, **self.committees.names_en}

    @cached_property
    def data_version(self) -> str:
        """Hash of all of it; equal versions give equal answers."""
        inputs = [self.inputs_version, self.confirmed_version] if self.confirmed_version else [self.inputs_version]
        return _digest([*inputs, *(layer.content_hash for layer in self.layers.values())])

    def with_layers(self, layers: dict[str, FacilityLayer]) -> Place:
        """Return this place with other facilities; what was worked out of streets and demand alone is taken along."""
        return self._taking_along(replace(self, layers=layers))

    def with_claims(self, claims: tuple[Claim, ...], confirmed_version: str) -> Place:
        """Return this place with other claims; what was worked out of streets and demand alone is taken along."""
        return self._taking_along(replace(self, claims=claims, confirmed_version=confirmed_version))

    def _taking_along(self, changed: Place) -> Place:
        for name in _OF_STREETS_AND_DEMAND:
            if name in self.__dict__:
                changed.__dict__[name] = self.__dict__[name]
        return changed

    @cached_property
    def area_xy(self) -> BaseGeometry:
        """The outline with its slack, in the network's projection; what counts as inside the subdistrict."""
        return shapely.buffer(to_metres(self.network, self.outline), OUTLINE_SLACK_M)

    @cached_property
    def streets_inside(self) -> StreetsInside:
        """Which edges of the network lie inside the subdistrict."""
        return streets_inside(self.network, self.area_xy)

    @cached_property
    def demand_xy(self) -> FloatArray:
        """The demand points in the network's projection, metres (p, 2)."""
        return np.column_stack(self.network.projection.to_xy(*positions_lonlat(self.demand).T))

    @cached_property
    def demand_depth_m(self) -> FloatArray:
        """How far each demand point lies inside the known streets, metres (p,), 0 outside."""
        return depths_m(self.network, positions_lonlat(self.demand))

    @cached_property
    def demand_snaps(self) -> Snaps:
        """The demand points on the network."""
        lonlat = positions_lonlat(self.demand)
        return snap(self.network, lonlat[:, 0], lonlat[:, 1])

    @cached_property
    def door_snaps(self) -> Snaps:
        """The doors on the network; where no gates are known these are the demand points."""
        if self.doors is None:
            return self.demand_snaps
        return snap(self.network, self.doors.lonlat[:, 0], self.doors.lonlat[:, 1])

    @cached_property
    def recent_answers(self) -> dict[object, object]:
        """What several answers of `geo.assessment` to one question share; of this version of the place alone."""
        return {}

    @cached_property
    def layer_states(self) -> dict[object, object]:
        """What `geo.assessment` has worked out of a layer's facilities, to go on from after an edit."""
        return {}

    def prepare(self) -> None:
        """Work out now what every later question about the streets and the demand needs."""
        for name in _OF_STREETS_AND_DEMAND if self.has_streets else ():
            getattr(self, name)

    @property
    def weights(self) -> FloatArray:
        """People or households of each demand point, by the unit of the subdistrict's stated population."""
        return np.asarray(self.demand[self.subdistrict.population.unit], dtype=np.float64)

    def facilities(self, layer_id: str) -> gpd.GeoDataFrame:
        """Return this subdistrict's facilities of a layer, sorted by id."""
        kept = self._own_facilities
        if layer_id not in kept:
            frame = self.layers[layer_id].frame
            kept[layer_id] = frame[frame["subdistrict"].to_numpy() == self.subdistrict.id].sort_index()
        return kept[layer_id]

    @cached_property
    def _own_facilities(self) -> dict[str, gpd.GeoDataFrame]:
        return {}


@dataclass(frozen=True, eq=False)
class LayerAssessment:
    """What is known of a layer in a subdistrict: facilities, how their positions are known, what the report states.

    `counts` by location status hold what the report counts, so that they stand beside `stated`: a facility with
    `report_listed` false (a historic building beside the nine that are monitored) is in `facilities` alone.
    """

    layer: Layer
    facilities: gpd.GeoDataFrame
    counts: dict[str, int]
    stated: StatedCount

    @property
    def located(self) -> int:
        """Facilities with a real position, samples left out."""
        return sum(self.counts[status] for status in HEADLINE_STATUSES)

    @property
    def sample(self) -> int:
        """Facilities whose position is invented for demonstration."""
        return self.counts["sample"]


@dataclass(frozen=True, eq=False)
class Ground:
    """What a place stands on beside its catalogue entry and its facilities: see the attributes of `Place`."""

    outline: shapely.Polygon
    network: WalkNetwork
    demand: gpd.GeoDataFrame
    basis: DemandBasis
    doors: Doors | None = None
    committees: Committees = field(default_factory=Committees)


def assemble_place(
    catalog: Catalog,
    subdistrict_id: str,
    ground: Ground,
    layers: dict[str, FacilityLayer],
    claims: tuple[Claim, ...],
) -> Place:
    """Return a place of its parts, with the hash of those that its figures rest on beside the layers."""
    parts = [ground.network.content_hash, catalog.content_hash, ground.basis.version]
    outlines = [group.outline.wkb_hex for group in ground.committees.groups if group.outline is not None]
    inputs = _digest([*parts, ground.outline.wkb_hex, repr(claims), *outlines])
    subdistrict = catalog.subdistricts[subdistrict_id]
    return Place(
        subdistrict=subdistrict,
        outline=ground.outline,
        network=ground.network,
        demand=ground.demand,
        layers=layers,
        claims=claims,
        inputs_version=inputs,
        basis=ground.basis,
        doors=ground.doors,
        committees=ground.committees,
    )


def read_place(
    data: Path,
    catalog: Catalog,
    subdistrict_id: str,
    network: WalkNetwork,
    layers: dict[str, FacilityLayer] | None = None,
) -> Place:
    """Read everything known of a subdistrict from the data folder; `layers` given take the place of its layer files.

    Raises:
        NotFoundError: The catalogue has no such subdistrict.
        DataError: Every fault of a file.
    """
    if subdistrict_id not in catalog.subdistricts:
        known = ", ".join(catalog.subdistricts)
        raise NotFoundError("unknown_subdistrict", "subdistrict", f"no subdistrict {subdistrict_id!r}", f"Use {known}.")
    outlines = read_outlines(data / "base" / "subdistricts.geojson")
    if layers is None:
        layers = read_layers(data, catalog, outlines)
    demand, basis = read_modelled_demand(data, catalog.subdistricts[subdistrict_id])
    committees = read_committees(data / "base" / "committees.geojson", subdistrict_id)
    ground = Ground(outlines[subdistrict_id], network, demand, basis, committees=committees)
    return assemble_place(catalog, subdistrict_id, ground, layers, read_claims(data / "reports"))


def read_modelled_demand(data: Path, subdistrict: Subdistrict) -> tuple[gpd.GeoDataFrame, DemandBasis]:
    """Return the demand points that the data folder has for a subdistrict, and what they rest on."""
    path = data / "base" / f"demand_{subdistrict.id}.geojson"
    version = hashlib.sha256(path.read_bytes()).hexdigest()
    demand, stated = read_demand(path), subdistrict.population
    return demand, DemandBasis(total=float(demand[stated.unit].sum()), stated=stated.value, version=version)


def read_layers(data: Path, catalog: Catalog, outlines: dict[str, shapely.Polygon]) -> dict[str, FacilityLayer]:
    """Return every layer of the catalogue from its file in the data folder; DataError with a file's every fault."""
    return {
        layer.id: read_layer(data / "layers" / f"{layer.id}.geojson", layer, catalog, outlines)
        for layer in catalog.layers.values()
    }


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_outlines(path: Path) -> dict[str, shapely.Polygon]:
    """Return the outlines of the subdistricts by slug, WGS-84."""
    document = decode_json(path.read_bytes(), path.name)
    features = document.get("features", []) if isinstance(document, dict) else []
    outlines = {feature["properties"]["id"]: shapely.Polygon(*_rings(feature["geometry"])) for feature in features}
    if not outlines:
        raise DataError.single("no_outlines", path.name, "no subdistrict outline", "Give one Polygon a subdistrict.")
    return outlines


def _rings(geometry: dict[str, list[list[list[float]]]]) -> tuple[list[list[float]], list[list[list[float]]]]:
    shell, *holes = geometry["coordinates"]
    return shell, holes


def assess_layer(place: Place, catalog: Catalog, layer_id: str) -> LayerAssessment:
    """Return what is known of a layer in a place."""
    facilities = place.facilities(layer_id)
    found = facilities.loc[counted_by_report(facilities), "location_status"].value_counts()
    counts = {status: int(found.get(status, 0)) for status in LOCATION_STATUSES}
    stated = stated_count(place.claims, place.subdistrict.id, layer_id)
    return LayerAssessment(catalog.layers[layer_id], facilities, counts, stated)


def positions_lonlat(frame: gpd.GeoDataFrame) -> FloatArray:
    """Return one position for each row, shape (n, 2) in degrees: the point, or a point inside the polygon."""
    geometry = frame.geometry.to_numpy()
    places = geometry.copy()
    is_drawn = shapely.get_type_id(geometry) != _POINT
    places[is_drawn] = shapely.point_on_surface(geometry[is_drawn])
    return np.column_stack([shapely.get_x(places), shapely.get_y(places)])
