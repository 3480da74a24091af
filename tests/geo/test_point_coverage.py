"""Coverage of anybody's points: order and ids kept, ties by id, reasons in words, warnings with figures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geo.network_build import build_network, read_streets
from geo.point_coverage import cover_points
from geo.points import parse_points
from geo.walk import Walk

LON0, LAT0, STEP_DEG = 121.43, 31.23, 0.001
METRE_EAST_DEG = STEP_DEG / 95.274


@pytest.fixture(scope="module")
def grid(tmp_path_factory, write_streets, grid_lines):
    path = write_streets(tmp_path_factory.mktemp("grid") / "grid.geojson", grid_lines)
    return build_network(read_streets([path]), 2)


def _points(*rows):
    """Return parsed points of (id, lon, lat, properties)."""
    features = []
    for point_id, lon, lat, properties in rows:
        geometry = None if lon is None else {"type": "Point", "coordinates": [lon, lat]}
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        features.append(feature if point_id is None else feature | {"id": point_id})
    return parse_points(json.dumps({"type": "FeatureCollection", "features": features}).encode(), "points")


def test_golden_grid(grid):
    # facility at the south-western crossing; homes at crossings: one east 953 dm, one north 1109, both 2062
    facilities = _points(("f", LON0, LAT0, {}))
    east, north = round(LON0 + STEP_DEG, 7), round(LAT0 + STEP_DEG, 7)
    homes = _points(
        ("both", east, north, {"people": 7}),
        (3, LON0, north, {}),
        (None, east, LAT0, {"people": 2.5}),
        (0, LON0, LAT0, {}),
    )
    found = cover_points(grid, facilities, homes, 1109)
    assert found.points["id"].tolist() == ["both", 3, "2", 0]
    assert found.points["distance_m"].tolist() == [206.2, 110.9, 95.3, 0.0]
    assert found.points["status"].tolist() == ["uncovered", "covered", "covered", "covered"]
    assert found.points["nearest_facility"].tolist() == ["f"] * 4
    assert found.points["reason"].tolist() == [None] * 4
    assert found.points["access_m"].tolist() == [0.0] * 4
    assert (found.people.total, found.people.covered, found.people.uncovered, found.people.unreachable) == (
        11.5,
        4.5,
        7,
        0,
    )
    assert (found.counts.total, found.counts.covered) == (4, 3)


def test_access_legs_of_both_sides_count(grid):
    # 20 m west of the western street at the first crossing's latitude, and 10 m east of the eastern one at the
    # second's: the legs are 200 and 100 dm, between them two blocks of 953 and one of 1109
    facilities = _points(("f", LON0 - 20 * METRE_EAST_DEG, LAT0, {}))
    homes = _points(("h", LON0 + 2 * STEP_DEG + 10 * METRE_EAST_DEG, LAT0 + STEP_DEG, {}))
    found = cover_points(grid, facilities, homes, 3315)
    assert found.points["distance_m"].tolist() == [pytest.approx((200 + 100 + 2 * 953 + 1109) / 10, abs=0.11)]
    assert found.points["access_m"].tolist() == [pytest.approx(10, abs=0.1)]


def test_ties_go_to_the_smaller_id_whatever_the_order(grid):
    east = LON0 + 2 * STEP_DEG
    homes = _points(("h", LON0 + STEP_DEG, LAT0, {}))
    for first, second, nearest in ((10, 9, 9), ("10", "9", "10"), ("a", 7, 7), ("b", "a", "a")):
        for ids in ((first, second), (second, first)):
            facilities = _points((ids[0], LON0, LAT0, {}), (ids[1], east, LAT0, {}))
            found = cover_points(grid, facilities, homes, 5000)
            assert found.points["nearest_facility"].tolist() == [nearest]
            assert found.points["distance_m"].tolist() == [95.3]


def test_order_of_facilities_and_demand_changes_nothing(grid):
    random = np.random.default_rng(1)
    rows = [(k, LON0 + random.uniform(0, 0.002), LAT0 + random.uniform(0, 0.002), {}) for k in range(60)]
    facilities, homes = rows[:6], rows[6:]
    columns = ["id", "nearest_facility", "distance_m", "status"]
    straight = cover_points(grid, _points(*facilities), _points(*homes), 900).points[columns]
    mixed = cover_points(grid, _points(*facilities[::-1]), _points(*homes[::-1]), 900).points[columns]
    assert mixed.to_dict("records") == straight.iloc[::-1].to_dict("records")
    assert set(straight["status"]) == {"covered", "uncovered"}


def test_reasons_in_words(grid):
    far = LAT0 - 3000 / 110_874 * STEP_DEG * 1000
    homes = _points((1, None, None, {}), (2, LON0, far, {}), (3, LON0, LAT0, {}))
    found = cover_points(grid, _points(("f", LON0, LAT0, {})), homes, 5000)
    assert found.points["reason"].tolist() == [
        "no_position: the point has no position",
        "off_network: the nearest street is 3000 m away",
        None,
    ]
    assert found.points["status"].tolist() == ["unreachable", "unreachable", "covered"]
    assert found.points["distance_m"].isna().tolist() == [True, True, False]
    assert found.points["nearest_facility"].tolist() == [None, None, "f"]
    assert found.points["access_m"].isna().tolist() == [True, False, False]


def test_facility_far_from_every_street(grid):
    far = LAT0 - 0.0271
    found = cover_points(grid, _points(("f", LON0, far, {})), _points((1, LON0, LAT0, {})), 90_000)
    assert found.points["status"].tolist() == ["unreachable"]
    assert found.points["reason"].tolist() == ["no_facility: no facility stands on the network"]
    assert found.facilities == {"total": 1, "located": 1, "off_network": 1, "samples": 0}
    assert "facility_off_network" in {warning.code for warning in found.warnings}
    wide = Walk(max_access_m=4000.0)
    near = cover_points(grid, _points(("f", LON0, far, {})), _points((1, LON0, LAT0, {})), 90_000, wide)
    assert near.points["distance_m"].tolist() == [pytest.approx(3004.6, abs=1)]


def test_facilities_without_a_position_are_counted_and_left_out(grid):
    found = cover_points(grid, _points(("a", None, None, {}), ("b", LON0, LAT0, {})), _points((1, LON0, LAT0, {})), 900)
    assert found.facilities == {"total": 2, "located": 1, "off_network": 0, "samples": 0}
    assert found.points["nearest_facility"].tolist() == ["b"]


def test_samples_are_named(grid):
    facilities = _points(("a", LON0, LAT0, {"location_status": "sample"}), ("b", LON0, LAT0, {}))
    found = cover_points(grid, facilities, _points((1, LON0, LAT0, {})), 900)
    assert found.facilities["samples"] == 1
    warning = next(warning for warning in found.warnings if warning.code == "rests_on_samples")
    assert warning.found.startswith("1 of")


def test_edge_of_data_warns_with_a_figure(grid):
    # the grid is 190 m wide: everything in it is within 200 m of its edge
    homes = _points((1, LON0 + STEP_DEG, LAT0 + STEP_DEG, {"people": 40}), (2, LON0, LAT0, {"people": 2}))
    found = cover_points(grid, _points(("f", LON0, LAT0, {})), homes, 2000)
    assert (found.edge.points, found.edge.weight, found.edge.uncovered_points, found.edge.uncovered_weight) == (
        2,
        42,
        1,
        40,
    )
    warning = next(warning for warning in found.warnings if warning.code == "edge_of_data")
    assert "2 points (42 people)" in warning.found
    assert "1 of them (40 people)" in warning.remedy
    # in the middle with a limit of 50 m nothing is near the edge
    calm = cover_points(grid, _points(("f", LON0, LAT0, {})), _points((1, LON0 + STEP_DEG, LAT0 + STEP_DEG, {})), 500)
    assert calm.edge.points == 0
    assert calm.warnings == ()


def test_nobody(grid):
    homes = _points((1, LON0, LAT0, {"people": 0}))
    found = cover_points(grid, _points(("f", LON0, LAT0, {})), homes, 900)
    assert found.people.share is None
    assert found.counts.share == 1.0


def test_no_points_at_all(grid):
    found = cover_points(grid, _points(), _points(), 900)
    assert len(found.points) == 0
    assert found.people.share is None
    assert found.counts.total == 0
    lonely = cover_points(grid, _points(), _points((1, LON0, LAT0, {})), 900)
    assert lonely.points["status"].tolist() == ["unreachable"]
