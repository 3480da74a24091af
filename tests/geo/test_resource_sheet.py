"""Resource sheets and ways out, over the bundled subdistricts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shapely import Point

from geo.access import nearest_facility
from geo.catalog import read_catalog
from geo.catalog_model import Catalog
from geo.evacuation import evacuation
from geo.layer_checks import Facility
from geo.layers import assemble_layer, feature_line
from geo.network_build import build_network, read_streets
from geo.place import Place, positions_lonlat, read_place
from geo.resource_sheet import MOST_ROWS, resource_sheet, sheet_origins
from geo.snapping import snap
from geo.walk import Walk


@pytest.fixture(scope="module")
def catalog(root: Path) -> Catalog:
    return read_catalog(root / "data")


@pytest.fixture(scope="module", params=["caojiadu", "hudong"])
def place(request: pytest.FixtureRequest, root: Path, catalog: Catalog) -> Place:
    streets = read_streets([root / "data" / "base" / f"streets_{request.param}.geojson"])
    return read_place(root / "data", catalog, request.param, build_network(streets))


def _with(place: Place, catalog: Catalog, layer_id: str, facilities: list[Facility]) -> Place:
    layer = catalog.layers[layer_id]
    by_id = {facility.id: facility for facility in facilities}
    lines = {facility.id: feature_line(facility, layer) for facility in facilities}
    return place.with_layers(place.layers | {layer_id: assemble_layer(by_id, lines, layer)})


def _facility(number: int, lon: float, lat: float, place: Place, **told: object) -> Facility:
    properties = {"name": f"集合场地{number}", "subdistrict": place.subdistrict.id, "source": "test"}
    surveyed = properties | {"location_status": "surveyed"}
    return Facility(f"01M7XPE65EKMWMPZ79JYNR4W{number:02}", Point(lon, lat), surveyed | told)


def test_every_placed_committee_and_compound_has_a_sheet(place: Place, root: Path) -> None:
    document = json.loads((root / "data" / "base" / "committees.geojson").read_text(encoding="utf-8"))
    placed = [one for one in document["features"] if one["properties"]["subdistrict"] == place.subdistrict.id]
    placed = [one for one in placed if one["geometry"]]
    compounds = place.facilities("compounds")
    kinds = [origin.kind for origin in sheet_origins(place)]
    assert kinds.count("subdistrict") == 1
    assert kinds.count("committee") == len(placed)
    assert kinds.count("compound") == int(compounds.geometry.notna().sum())
    assert len({origin.id for origin in sheet_origins(place)}) == len(kinds)


def test_rows_are_the_nearest_by_the_engine_and_never_samples(place: Place, root: Path, catalog: Catalog) -> None:
    profile = catalog.profiles["adult"]
    for origin in sheet_origins(place)[1::7]:
        sheet = resource_sheet(place, catalog.layers, origin, profile)
        assert len(sheet.rows) <= MOST_ROWS
        assert [row.number for row in sheet.rows] == list(range(1, len(sheet.rows) + 1))
        distances = [row.distance_m for row in sheet.rows]
        assert distances == sorted(distances)
        assert all(row.location_status in {"surveyed", "address", "approximate"} for row in sheet.rows)
        start = snap(place.network, np.array([origin.lon]), np.array([origin.lat]))
        for layer_id in {row.layer.id for row in sheet.rows}:
            frame = place.facilities(layer_id)
            usable = frame[frame["location_status"].isin(["surveyed", "address", "approximate"])]
            lonlat = positions_lonlat(usable)
            nearest = nearest_facility(place.network, snap(place.network, *lonlat.T), start, Walk())
            first = next(row for row in sheet.rows if row.layer.id == layer_id)
            assert first.distance_m == nearest.distance_dm[0] / 10


def test_what_is_not_drawn_is_counted(place: Place, root: Path, catalog: Catalog) -> None:
    sheet = resource_sheet(place, catalog.layers, sheet_origins(place)[0], catalog.profiles["adult"])
    for left in sheet.not_drawn:
        statuses = list(place.facilities(left.layer.id)["location_status"])
        assert (left.unlocated, left.samples) == (statuses.count("unlocated"), statuses.count("sample"))
    drawn = sum(len(place.facilities(row.layer.id)) > 0 for row in sheet.rows)
    assert drawn == len(sheet.rows) > 0
    assert all(row.distance_m is None for row in sheet.rows)


def test_minutes_of_a_rough_place_hold_its_whole_error(place: Place, root: Path, catalog: Catalog) -> None:
    profile = catalog.profiles["adult"]
    sheet = resource_sheet(place, catalog.layers, sheet_origins(place)[1], profile)
    row = replace(sheet.rows[0], distance_m=72.0, location_status="approximate", accuracy_m=150.0)
    assert row.minutes(profile) == 4  # (72 + 150) m at 72 m a minute: 3.08 minutes, so 4 at the most
    assert replace(row, location_status="address").minutes(profile) == 1  # 72 m: exactly one minute
    assert replace(row, location_status="address", distance_m=72.1).minutes(profile) == 2
    assert replace(row, distance_m=None).minutes(profile) is None


def test_without_assembly_places_the_answer_says_so(place: Place, root: Path) -> None:
    origin = sheet_origins(place)[1]
    found = evacuation(place, origin.name, origin.lon or 0, origin.lat or 0)
    assert (found.ways, found.missing) == ((), "assembly_places")


def test_two_ways_share_no_street_between_their_ends(place: Place, root: Path, catalog: Catalog) -> None:
    origin = sheet_origins(place)[1]
    goals = place.network.lon.argmax(), place.network.lat.argmax()
    facilities = [
        _facility(number, float(place.network.lon[node]), float(place.network.lat[node]), place)
        for number, node in enumerate(goals, start=10)
    ]
    found = evacuation(
        _with(place, catalog, "assembly_places", facilities), origin.name, origin.lon or 0, origin.lat or 0
    )
    assert found.missing is None
    assert len(found.ways) == 2
    first, second = ({edge for leg in way.route.legs for edge in leg.edges} for way in found.ways)
    start = snap(place.network, np.array([origin.lon]), np.array([origin.lat]))
    lonlat = np.array([[one.geometry.x, one.geometry.y] for one in facilities])
    ends = {int(start.edge[0]), *snap(place.network, lonlat[:, 0], lonlat[:, 1]).edge.tolist()}
    assert first & second <= ends
    lengths = [way.route.distance_m for way in found.ways]
    assert lengths[0] is not None
    assert lengths[1] is not None
    assert lengths[0] <= lengths[1]


def test_the_first_way_again_is_no_second_one(place: Place, root: Path, catalog: Catalog) -> None:
    origin = sheet_origins(place)[1]
    ends = snap(place.network, np.array([origin.lon]), np.array([origin.lat]))
    node = int(place.network.edge_u[ends.edge[0]])
    goal = _facility(10, float(place.network.lon[node]), float(place.network.lat[node]), place)
    found = evacuation(_with(place, catalog, "assembly_places", [goal]), origin.name, origin.lon or 0, origin.lat or 0)
    edges = [tuple(edge for leg in way.route.legs for edge in leg.edges) for way in found.ways]
    assert found.missing is None
    assert len(set(edges)) == len(edges)


def test_people_leave_by_a_gate_that_they_may_pass(place: Place, root: Path, catalog: Catalog) -> None:
    origin = sheet_origins(place)[1]
    node = int(place.network.lat.argmin())
    goal = _facility(10, float(place.network.lon[node]), float(place.network.lat[node]), place)
    gates = [
        _facility(20, float(place.network.lon[node]), float(place.network.lat[node]), place, compound=origin.name)
        for _ in (1,)
    ]
    shut = replace(gates[0], properties={**gates[0].properties, "pass": "nobody"})
    ready = _with(place, catalog, "assembly_places", [goal])
    through = evacuation(_with(ready, catalog, "gates", gates), origin.name, origin.lon or 0, origin.lat or 0)
    assert through.gates_known
    assert through.ways[0].gate == gates[0].properties["name"]
    assert through.ways[0].route.distance_m == 0
    without = evacuation(_with(ready, catalog, "gates", [shut]), origin.name, origin.lon or 0, origin.lat or 0)
    assert not without.gates_known
    assert without.ways[0].gate is None
