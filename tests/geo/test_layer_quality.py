"""What somebody should look at in a layer: each kind of finding where it must be, and nowhere else."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shapely import LineString, MultiLineString, Point, box

from geo.address_text import HouseNumber
from geo.catalog import read_catalog
from geo.datum_shift import from_wgs84
from geo.gazetteer import KnownNumber, read_gazetteer
from geo.known_places import KnownPlaces, known_places
from geo.layer_checks import Facility
from geo.layer_quality import check_facility, check_quality
from geo.layers import facility_frame, read_layer
from geo.network_build import build_network, read_streets
from geo.place import read_outlines
from geo.quality_model import FINDING_KINDS, KIND_WORDS, QualityContext
from geo.ulid import new_ulid

DATA = Path(__file__).resolve().parents[2] / "data"
TODAY = dt.date(2026, 11, 22)
LAYER = read_catalog(DATA).layers["nurseries"]
AREA = {"caojiadu": box(121.42, 31.22, 121.44, 31.24)}
# 康定路 runs from west to east: odd numbers stand north of it (left), even ones south.
STREET = MultiLineString([LineString([(121.42, 31.23), (121.44, 31.23)])])
NORTH, SOUTH = 0.00012, -0.00012
NUMBERS = tuple(
    KnownNumber(
        "康定路", HouseNumber(number, number), 121.42 + number / 20_000, 31.23 + (NORTH if number % 2 else SOUTH), 20
    )
    for number in (101, 102, 201, 202)
)


def _facility(number=1, lon=121.43, lat=31.23, **properties):
    known = {
        "name": f"园{number}",
        "subdistrict": "caojiadu",
        "location_status": "surveyed",
        "source": "表",
        "opening_hours": "Mo-Fr 08:00-17:00",
        "verified_on": "2026-11-01",
    } | properties
    place = None if lon is None else Point(lon, lat)
    return Facility(
        new_ulid(number, b"0123456789"), place, {name: value for name, value in known.items() if value is not None}
    )


def _check(*facilities, **context):
    return check_quality(facility_frame(facilities, LAYER), QualityContext(LAYER, TODAY, **context))


def _kinds(*facilities, **context):
    return list(_check(*facilities, **context).counts)


def test_a_facility_without_fault_has_no_finding():
    assert _kinds(_facility(), outlines=AREA, street_lines={"康定路": STREET}, numbers=NUMBERS) == []
    assert _kinds() == []


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ({"opening_hours": None}, "opening_hours_missing"),
        ({"opening_hours": "周一到周五，九点到五点"}, "opening_hours_unreadable"),
        ({"verified_on": None}, "never_verified"),
        ({"verified_on": "2026-05-20"}, "stale"),
        ({"location_status": "sample"}, "sample"),
        ({"location_status": "unlocated", "lon": None}, "unlocated"),
        ({"name": "康定路105号托育点", "address": "万航渡路605号"}, "name_address_differ"),
        ({"lon": 121.45}, "outside_subdistrict"),
    ],
)
def test_each_kind_is_found(properties, kind):
    found = _check(_facility(**properties), outlines=AREA)
    assert list(found.counts) == [kind]
    assert found.by_feature[found.findings[0].features[0]] == found.findings
    for text in (found.findings[0].sentence, found.findings[0].title):
        assert text.zh
        assert text.en


@pytest.mark.parametrize(
    "properties",
    [
        {"opening_hours": None, "phase": "planned"},
        {"verified_on": "2026-05-27"},
        {"verified_on": None, "phase": "closed", "opening_hours": None},
        {"name": "康定路105号托育点", "address": "静安区康定路 105 号二楼"},
        {"name": "甲和乙", "address": "康定路105号"},
        {"lon": 121.4401, "accuracy_m": 20},
        {"lon": 121.442, "accuracy_m": 400, "location_status": "approximate"},
    ],
)
def test_what_is_as_it_should_be_is_not_found(properties):
    assert _kinds(_facility(**properties), outlines=AREA) == []


def test_a_layer_says_how_old_is_stale_and_whether_it_has_hours():
    frame = facility_frame([_facility(verified_on="2020-01-01", opening_hours=None)], LAYER)
    patient = replace(LAYER, stale_after_days=None, has_opening_hours=False)
    assert check_quality(frame, QualityContext(patient, TODAY)).findings == ()
    (finding,) = check_quality(frame, QualityContext(replace(patient, stale_after_days=100), TODAY)).findings
    assert finding.figures["days"] == 2517


@pytest.mark.parametrize(
    ("other", "doubled"),
    [
        ({"lon": 121.4304}, True),
        ({"lon": 121.4304, "name": "园 １"}, True),
        ({"lon": 121.44}, False),
        ({"lon": 121.433, "accuracy_m": 400, "location_status": "approximate"}, True),
        ({"lon": None, "location_status": "unlocated"}, True),
        ({"lon": 121.4304, "subdistrict": "hudong"}, False),
        ({"lon": 121.4304, "name": "园2"}, False),
        ({"lon": 121.4304, "address": "康定路3号"}, False),
    ],
)
def test_doubles_by_name_and_place(other, doubled):
    quality = _check(_facility(1, address="康定路1号"), _facility(2, **{"name": "园1", **other}))
    assert quality.counts.get("duplicate", 0) == int(doubled)
    if doubled:
        finding = next(finding for finding in quality.findings if finding.kind == "duplicate")
        assert len(finding.features) == 2
        assert (finding.distance_m is None) == (other["lon"] is None)


# Addresses


def _at(number, side, **properties):
    lon, lat = 121.42 + number / 20_000, 31.23 + side
    return _facility(number, lon, lat, address=f"静安区康定路{number}号", **properties)


@pytest.mark.parametrize(
    ("facility", "kind"),
    [
        (_at(151, NORTH), None),
        (_at(152, SOUTH), None),
        (_at(151, SOUTH), "wrong_side"),
        (_at(152, NORTH), "wrong_side"),
        (_at(151, SOUTH / 6), None),
        (_at(151, SOUTH, location_status="approximate", accuracy_m=100), None),
        (_at(151, SOUTH, location_status="sample"), "sample"),
        (_facility(1, 121.4275, 31.234, address="康定路151号"), "address_elsewhere"),
        (_facility(1, 121.4275, 31.234, address="康定路151号", accuracy_m=400), None),
        (_facility(1, 121.4275, 31.2298, address="康定路151弄3号"), None),
        (_facility(1, 121.4275, 31.2298, address="不知道哪条路"), None),
    ],
)
def test_house_numbers_and_their_side(facility, kind):
    found = _kinds(facility, street_lines={"康定路": STREET}, numbers=NUMBERS)
    assert found == ([kind] if kind else [])


def test_known_numbers_that_disagree_say_nothing_of_the_side():
    mixed = (*NUMBERS, KnownNumber("康定路", HouseNumber(131, 131), 121.4265, 31.23 + SOUTH, 20))
    assert _kinds(_at(151, SOUTH), street_lines={"康定路": STREET}, numbers=mixed) == []


# Streets and datums


@pytest.fixture(scope="module")
def networks():
    return {"caojiadu": build_network(read_streets([DATA / "base" / "streets_caojiadu.geojson"]))}


def test_far_from_any_street(networks):
    crossing, far = _facility(1, 121.43138, 31.23253), _facility(2, 121.4322, 31.2310)
    by_feature = _check(crossing, far, networks=networks).by_feature
    assert list(by_feature) == [far.id]
    (finding,) = by_feature[far.id]
    assert finding.kind == "far_from_street"
    assert 100 < finding.distance_m < 400


def _shifted(count, datum):
    places = np.column_stack([np.linspace(121.425, 121.435, count), np.linspace(31.225, 31.235, count)])
    shown = from_wgs84(places, datum)
    known = KnownPlaces({f"园{k}": tuple(place) for k, place in enumerate(places.tolist())}, {})
    return [_facility(k, lon, lat) for k, (lon, lat) in enumerate(shown.tolist())], known


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_layer_in_another_datum_is_named(datum):
    facilities, known = _shifted(5, datum)
    counts = _check(*facilities, known=known).counts
    assert counts == {"layer_in_another_datum": 1, "in_another_datum": 5}
    few, known = _shifted(2, datum)
    assert _check(*few, known=known).counts == {"in_another_datum": 2}


def test_a_layer_in_wgs84_is_left_alone():
    facilities, known = _shifted(5, "wgs84")
    assert _check(*facilities, known=known).findings == ()


# Whole layers


def test_bundled_layers_have_no_wrong_position_but_open_ones(networks):
    catalog = read_catalog(DATA)
    outlines = read_outlines(DATA / "base" / "subdistricts.geojson")
    numbers, known = read_gazetteer(DATA / "base" / "gazetteer.csv").numbers, known_places(DATA / "base")
    for layer in catalog.layers.values():
        frame = read_layer(DATA / "layers" / f"{layer.id}.geojson", layer, catalog, outlines).frame
        quality = check_quality(frame, QualityContext(layer, TODAY, outlines, networks, {}, numbers, known))
        statuses = frame["location_status"].value_counts()
        assert quality.counts.get("sample", 0) == statuses.get("sample", 0)
        assert quality.counts.get("unlocated", 0) == statuses.get("unlocated", 0)
        doubted = {"layer_in_another_datum", "in_another_datum", "wrong_side", "duplicate", "name_address_differ"}
        assert doubted & set(quality.counts) == set()


def test_findings_of_one_facility_are_those_of_the_whole_layer():
    facilities = [_facility(1), _facility(2, 121.4301, name="园1"), _facility(3, verified_on=None)]
    frame, context = facility_frame(facilities, LAYER), QualityContext(LAYER, TODAY, AREA)
    by_feature = check_quality(frame, context).by_feature
    for facility in facilities:
        assert check_facility(frame, facility.id, context) == by_feature.get(facility.id, ())


def test_five_thousand_facilities_are_checked_in_seconds(networks):
    facilities = [
        _facility(k, 121.42 + k % 100 / 5000, 31.22 + k // 100 / 2500, name=f"园{k % 4000}") for k in range(5000)
    ]
    frame = facility_frame(facilities, LAYER)
    context = QualityContext(LAYER, TODAY, AREA, networks, {"康定路": STREET}, NUMBERS, known_places(DATA / "base"))
    began = time.process_time()
    assert check_quality(frame, context).counts["far_from_street"] > 100
    assert time.process_time() - began < 4


def test_what_somebody_typed_is_never_a_template():
    (finding,) = _check(_facility(opening_hours="{distance_m} {0} {__class__}")).findings
    assert finding.sentence.en == "“{distance_m} {0} {__class__}”"


def test_every_kind_has_words():
    assert set(KIND_WORDS) == set(FINDING_KINDS)
