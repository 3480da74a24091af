"""Committees by their outlines: homes belong to the one they lie in, and what is wrong with a file is told at once."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from geo.committee_outlines import (
    committees_in_outlines,
    outlines_of_document,
    outlines_to_document,
    read_committee_outlines,
)
from geo.committees import Committees
from geo.errors import DataError
from geo.fairness import assess_fairness
from geo.layer_question import Question
from geo.network_build import build_network, read_streets
from geo.place import positions_lonlat, read_place
from geo.resource_sheet import resource_sheet, sheet_origins
from geo.service_area import to_metres
from geo.table_formats import read_table

NURSERIES = Question("nurseries", "sh2016-15", "planning")


@pytest.fixture(scope="module")
def place(root, catalog):
    streets = read_streets([root / "data" / "base" / "streets_caojiadu.geojson"])
    return read_place(root / "data", catalog, "caojiadu", build_network(streets))


def quarters(outline):
    """Four parts of an outline by its middle, made up."""
    west, south, east, north = outline.bounds
    x, y = (west + east) / 2, (south + north) / 2
    boxes = [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]
    return [shapely.intersection(outline, shapely.box(*box)) for box in boxes]


def table_of(areas, names, **told):
    features = [
        {"type": "Feature", "properties": {"居委会": name, **told}, "geometry": shapely.geometry.mapping(area)}
        for name, area in zip(names, areas, strict=True)
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return read_table(raw, "committees.geojson")


def read(place, areas, names=("甲", "乙", "丙", "丁")):
    return read_committee_outlines(table_of(areas, names), "committees.geojson", "wgs84", place.outline, Committees())


def test_homes_belong_to_the_outline_they_lie_in(place, catalog):
    areas = quarters(place.outline)
    outlines = outlines_of_document(json.loads(json.dumps(outlines_to_document(read(place, areas[:3], "甲乙丙")))))
    known = Committees(unplaced=("丁", "甲"))
    committees = committees_in_outlines(outlines, known, "made up")
    assert committees.unplaced == ("丁",)
    found = assess_fairness(place, catalog, NURSERIES, committees)
    assert not found.modelled
    x, y = place.network.projection.to_xy(*positions_lonlat(place.demand).T)
    away_m = {
        name: shapely.distance(to_metres(place.network, area), shapely.points(x, y))
        for name, area in zip("甲乙丙", areas, strict=False)
    }
    nearest = np.array(list("甲乙丙"))[np.argmin(list(away_m.values()), axis=0)]
    counted = np.min(list(away_m.values()), axis=0) <= 20
    for one in found.committees:
        inside = counted & (nearest == one.group.names[0])
        assert one.people.total == pytest.approx(place.weights[inside].sum())
        assert one.points == inside.sum()
    assert found.outside == pytest.approx(place.weights[~counted].sum())
    assert found.outside > 0


def test_a_sheet_knows_who_lives_in_the_outline(place, catalog):
    from dataclasses import replace

    committees = committees_in_outlines(read(place, quarters(place.outline)), Committees(), "made up")
    drawn = replace(place, committees=committees)
    origins = [one for one in sheet_origins(drawn) if one.kind == "committee"]
    assert [one.name for one in origins] == [group.names[0] for group in committees.groups]
    sheets = [resource_sheet(drawn, catalog.layers, one, catalog.profiles["planning"]) for one in origins]
    assert sum(sheet.living for sheet in sheets) == pytest.approx(place.weights.sum(), rel=1e-9)


def test_faults_are_told_at_once(place):
    whole, (first, *_rest) = place.outline, quarters(place.outline)
    with pytest.raises(DataError) as overlap:
        read(place, [whole, first], "甲乙")
    assert [one.code for one in overlap.value.problems] == ["committees_overlap"]
    with pytest.raises(DataError) as twice:
        read(place, quarters(whole), ("甲", "甲", "", "丁"))
    assert [one.code for one in twice.value.problems].count("duplicate_committee") == 2
    assert "no_name" in [one.code for one in twice.value.problems]
    away = shapely.transform(first, lambda lonlat: lonlat + np.array([0.05, 0.0]))
    with pytest.raises(DataError) as outside:
        read(place, [away], "甲")
    assert outside.value.problems[0].code == "outside_subdistrict"
    bow_tie = shapely.Polygon([(121.43, 31.23), (121.44, 31.24), (121.44, 31.23), (121.43, 31.24)])
    with pytest.raises(DataError) as crossed:
        read(place, [bow_tie], "甲")
    assert crossed.value.problems[0].where.endswith("geometry") or "geometry" in crossed.value.problems[0].where
    with pytest.raises(DataError) as datum:
        read_committee_outlines(table_of([first], "甲"), "c.geojson", None, place.outline, Committees())
    assert datum.value.problems[0].code == "no_datum"


def test_several_parts_are_one_committee(place):
    first, _, _, last = quarters(place.outline)
    both = shapely.MultiPolygon([first, last])
    (one,) = read(place, [both], "甲")
    assert one.area.area == pytest.approx(both.area, rel=1e-4)
    assert one.code.startswith("area-")
