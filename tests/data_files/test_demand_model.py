"""The model behind demand points on streets small enough to reckon by hand, and the reader of demand files."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.datum import LocalProjection
from geo.demand import DemandModel, demand_to_geojson, model_demand, read_demand
from geo.errors import DataError

HERE = LocalProjection(121.43, 31.23)
SQUARE = [(-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500)]


def lonlat(xy) -> list[tuple[float, float]]:
    lon, lat = HERE.to_lonlat(*np.array(xy, dtype=float).T)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def streets(**lines) -> geopandas.GeoDataFrame:
    shapes = [shapely.LineString(lonlat(xy)) for xy in lines.values()]
    return geopandas.GeoDataFrame({"name": list(lines)}, geometry=shapes, crs="EPSG:4326")


def committees(*xy) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=[shapely.Point(at) for at in lonlat(xy)], crs="EPSG:4326")


def made(lines: geopandas.GeoDataFrame, total: int = 1000, at=((0, 0),), **model) -> geopandas.GeoDataFrame:
    outline = shapely.Polygon(lonlat(SQUARE))
    return model_demand(lines, outline, committees(*at), total, DemandModel("t", **model))


def test_weights_follow_the_written_formula() -> None:
    demand = made(streets(a=[(0, 0), (200, 0)]), total=1_000_000, spacing_m=100.0)
    near, far = (0.25 + 0.75 / (1 + (d / 250) ** 2) for d in (50, 150))
    expected = np.array([near, far]) / (near + far) * 1_000_000
    np.testing.assert_allclose(demand["people"], expected, atol=5)
    x, y = HERE.to_xy(demand.geometry.x, demand.geometry.y)
    np.testing.assert_allclose(np.column_stack([x, y]), [[50, 0], [150, 0]], atol=0.02)


def test_a_street_counts_to_20_m_outside_the_outline_and_no_farther() -> None:
    demand = made(streets(inside=[(0, 0), (400, 0)], edge=[(0, 515), (400, 515)], outside=[(0, 540), (400, 540)]))
    assert set(demand["street"]) == {"inside", "edge"}


def test_a_length_that_two_streets_share_counts_once() -> None:
    both = made(streets(a=[(0, 0), (300, 0)], b=[(0, 200), (0, 0), (300, 0), (300, 200)]))
    assert (both["street"] == "a").sum() == 6
    # b keeps its two arms of 200 m
    assert (both["street"] == "b").sum() == 8


def test_streets_left_out_and_places_too_far_carry_nobody() -> None:
    lines = streets(a=[(-400, 0), (400, 0)], yard=[(0, 100), (300, 100)])
    demand = made(lines, without_streets=frozenset({"yard"}), farthest_m=200.0)
    assert set(demand["street"]) == {"a"}
    x, _ = HERE.to_xy(demand.geometry.x, demand.geometry.y)
    assert 150 < np.abs(x).max() <= 200.0


@settings(deadline=None, derandomize=True)
@given(total=st.integers(1, 10**7))
def test_whole_numbers_sum_to_the_total_and_stay_within_one_of_their_share(total: int) -> None:
    lines = streets(a=[(-400, 0), (400, 0)])
    demand, exact = made(lines, total=total), made(lines, total=10**9)
    assert demand["people"].sum() == total
    assert (demand["people"] % 1 == 0).all()
    assert np.abs(demand["people"] - exact["people"] * (total / 10**9)).max() < 1.001


@pytest.mark.parametrize(
    ("change", "code"),
    [({"total": 0}, "no_total"), ({"at": ()}, "no_committee"), ({"farthest_m": 1.0, "at": [(9, 400)]}, "no_street")],
)
def test_what_cannot_be_spread_is_refused(change: dict, code: str) -> None:
    arguments = {"total": 10, "at": ((0, 0),), **change}
    if not arguments["at"]:
        nowhere = geopandas.GeoDataFrame(geometry=[None], crs="EPSG:4326")
        with pytest.raises(DataError) as refused:
            model_demand(streets(a=[(0, 0), (9, 0)]), shapely.Polygon(lonlat(SQUARE)), nowhere, 10, DemandModel("t"))
    else:
        with pytest.raises(DataError) as refused:
            made(streets(a=[(0, 0), (100, 0)]), **arguments)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    demand = made(streets(a=[(0, 0), (300, 0)]), total=77, unit="households")
    path = tmp_path / "demand.geojson"
    path.write_bytes(demand_to_geojson(demand, "demand"))
    read = read_demand(path)
    assert list(read.index) == list(demand.index)
    np.testing.assert_array_equal(read["households"], demand["households"])
    np.testing.assert_array_equal(read["people"], demand["people"])
    assert (read.geometry == demand.geometry.values).all()


def test_every_fault_of_a_demand_file_is_told(tmp_path: Path) -> None:
    def point(name, people, coordinates=(121.4, 31.2), kind="Point"):
        geometry = {"type": kind, "coordinates": coordinates}
        return {"type": "Feature", "id": name, "geometry": geometry, "properties": {"people": people}}

    features = [
        point("a", 1),
        point("a", 2),
        point("b", -1),
        point("c", "3"),
        point("d", True),
        point("e", 1, (31.2, 121.4)),
        point("f", 1, kind="LineString"),
        point("", 1),
    ]
    path = tmp_path / "demand.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    with pytest.raises(DataError) as refused:
        read_demand(path)
    assert {(problem.where, problem.code) for problem in refused.value.problems} == {
        ("/features/1/id", "duplicate_id"),
        ("/features/2/properties/people", "bad_number"),
        ("/features/3/properties/people", "bad_number"),
        ("/features/4/properties/people", "bad_number"),
        ("/features/5/geometry", "bad_position"),
        ("/features/6/geometry", "bad_position"),
        ("/features/7/id", "missing_id"),
    }
