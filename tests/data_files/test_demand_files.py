"""The bundled demand points: made again byte for byte, exact in their totals, and only where people live."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from geo.catalog import Catalog
from geo.datum import LocalProjection
from geo.demand import BUNDLED_MODELS, demand_to_geojson, model_demand, read_demand


def plane(shape, projection: LocalProjection):
    """Return shapes in metres."""
    return shapely.transform(shape, lambda at: np.column_stack(projection.to_xy(at[:, 0], at[:, 1])))


@pytest.fixture(params=["caojiadu", "hudong"])
def slug(request: pytest.FixtureRequest) -> str:
    return request.param


def bundled_streets(data: Path, slug: str) -> geopandas.GeoDataFrame:
    return geopandas.read_file(data / "base" / f"streets_{slug}.geojson")


def test_made_again_from_the_bundled_files_it_is_the_committed_file(slug, data, catalog, outlines, committees) -> None:
    there = committees[committees["subdistrict"] == slug]
    total = catalog.subdistricts[slug].population.value
    made = model_demand(bundled_streets(data, slug), outlines[slug], there, total, BUNDLED_MODELS[slug])
    assert demand_to_geojson(made, f"demand_{slug}") == (data / "base" / f"demand_{slug}.geojson").read_bytes()


def test_the_total_is_exact_and_every_point_is_modelled(slug: str, data: Path, catalog: Catalog) -> None:
    demand = read_demand(data / "base" / f"demand_{slug}.geojson")
    population = catalog.subdistricts[slug].population
    assert demand[population.unit].sum() == population.value
    assert demand["modelled"].all()
    assert demand["people"].min() > 0
    assert demand.index.is_unique


def test_households_become_people_at_the_city_figure(data: Path) -> None:
    demand = read_demand(data / "base" / "demand_hudong.geojson")
    np.testing.assert_allclose(demand["people"], demand["households"] * 2.32, atol=0.005)


@pytest.mark.parametrize(("slug", "fewest", "most"), [("caojiadu", 230, 270), ("hudong", 300, 400)])
def test_there_are_as_many_points_as_the_readme_says(data: Path, slug: str, fewest: int, most: int) -> None:
    found = len(read_demand(data / "base" / f"demand_{slug}.geojson"))
    assert fewest <= found <= most
    assert f"| `demand_{slug}.geojson` | {found} demand points" in (data / "base" / "README.md").read_text("utf-8")


def test_points_lie_in_the_subdistrict_and_on_their_street(slug, data, outlines) -> None:
    demand = read_demand(data / "base" / f"demand_{slug}.geojson")
    projection = LocalProjection(outlines[slug].centroid.x, outlines[slug].centroid.y)
    points = plane(demand.geometry.to_numpy(), projection)
    assert shapely.distance(points, plane(outlines[slug], projection)).max() <= 20.0
    streets = bundled_streets(data, slug).set_index("name").geometry
    lines = plane(streets[demand["street"]].to_numpy(), projection)
    # Straight in the plane and straight in degrees are millimetres apart over a kilometre.
    assert shapely.distance(points, lines).max() < 0.1


def test_nobody_lives_along_the_shipyard(data: Path, outlines, committees) -> None:
    demand = read_demand(data / "base" / "demand_hudong.geojson")
    projection = LocalProjection(outlines["hudong"].centroid.x, outlines["hudong"].centroid.y)
    assert "浦东大道" not in set(demand["street"])
    road = shapely.get_coordinates(bundled_streets(data, "hudong").set_index("name").geometry["浦东大道"])
    by_latitude = road[np.argsort(road[:, 1])]
    road_lon = np.interp(demand.geometry.y, by_latitude[:, 1], by_latitude[:, 0])
    assert (demand.geometry.x.to_numpy() >= road_lon).all(), "a point lies west of 浦东大道"
    placed = committees[committees["subdistrict"] == "hudong"].geometry.dropna()
    homes = shapely.union_all(plane(placed.to_numpy(), projection))
    assert shapely.distance(plane(demand.geometry.to_numpy(), projection), homes).max() <= 600.0
