"""The one pipeline on the bundled subdistricts: sums, bands, circles, and samples that never enter a headline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.access import nearest_facility
from geo.assessment import (
    BAND_SHARES,
    Question,
    assess_coverage,
    assess_layer,
    none_where_unknown,
    reach_polygon,
    reach_ratios,
    read_place,
    street_bands,
)
from geo.candidates import street_points
from geo.datum import geodesic_lengths_m
from geo.errors import NotFoundError
from geo.layers import FacilityLayer
from geo.place import positions_lonlat
from geo.service_area import to_metres
from geo.snapping import snap

SUBDISTRICTS = ("caojiadu", "hudong")


@pytest.fixture(scope="module")
def places(root, catalog, bundled):
    return {name: read_place(root / "data", catalog, name, bundled[name]) for name in SUBDISTRICTS}


@pytest.fixture(scope="module")
def questions(catalog):
    return [
        Question(layer.id, rule, "planning", with_samples)
        for layer in catalog.layers.values()
        for rule in layer.rules
        for with_samples in (False, True)
    ]


@pytest.fixture(scope="module")
def answers(places, catalog, questions):
    found = [(place, q, assess_coverage(place, catalog, q)) for place in places.values() for q in questions]
    assert sum(answer is not None for _, _, answer in found) > 10
    return [(place, question, answer) for place, question, answer in found if answer is not None]


def test_tallies_add_up(answers):
    for place, question, answer in answers:
        total = float(place.weights.sum())
        for name, whole in (("weights", total), ("points", len(place.demand)), ("circle_weights", total)):
            found = getattr(answer, name)
            assert found.total == pytest.approx(whole), (question, name)
            assert found.covered + found.uncovered + found.unreachable == pytest.approx(found.total)
        street = answer.street_m
        assert street.covered + street.uncovered + street.unreachable == pytest.approx(street.total)


def test_street_total_is_the_length_inside_the_subdistrict(answers):
    for place, _, answer in answers:
        network = place.network
        x, y = network.xy
        ends = np.stack([np.column_stack([x[k], y[k]]) for k in (network.edge_u, network.edge_v)], axis=1)
        lines = shapely.linestrings(ends)
        share = shapely.length(shapely.intersection(lines, place.area_xy)) / shapely.length(lines)
        assert answer.street_m.total == pytest.approx(float((share * network.edge_length_dm / 10).sum()), rel=1e-6)


def test_figures_are_the_sums_of_the_demand_table(answers):
    for place, _, answer in answers:
        table = answer.demand
        assert table.index.tolist() == place.demand.index.tolist()
        for status in ("covered", "uncovered", "unreachable"):
            rows = table[table["status"] == status]
            assert getattr(answer.weights, status) == pytest.approx(rows["weight"].sum())
            assert getattr(answer.points, status) == len(rows)
        assert answer.circle_weights.covered == pytest.approx(table.loc[table["circle"], "weight"].sum())
        only = table["circle"] & (table["status"] != "covered")
        assert answer.circle_only_weight == pytest.approx(table.loc[only, "weight"].sum())
        unreachable = table["status"] == "unreachable"
        assert (table["reason"].notna() == unreachable).all()
        assert (table["distance_m"].isna() == unreachable).all()
        assert (table["nearest_facility"].isna() == unreachable).all()
        for column in ("reason", "nearest_facility"):
            assert {type(value) for value in none_where_unknown(table[column])} <= {str, type(None)}


def test_table_is_the_walk_to_the_facilities_that_count(answers):
    for place, question, answer in answers:
        frame = place.facilities(question.layer_id)
        wanted = ["surveyed", "address", "approximate", *(["sample"] if question.with_samples else [])]
        counted = frame[frame["location_status"].isin(wanted) & frame["phase"].fillna("open").eq("open")]
        assert answer.facilities_used == len(counted)
        lonlat, homes = positions_lonlat(counted), positions_lonlat(place.demand)
        nearest = nearest_facility(place.network, snap(place.network, *lonlat.T), snap(place.network, *homes.T))
        expected = np.where(nearest.distance_dm < 0, np.nan, nearest.distance_dm / 10)
        np.testing.assert_array_equal(answer.demand["distance_m"].to_numpy(), expected)
        if frame["service_radius_m"].isna().all():
            within = (nearest.distance_dm >= 0) & (nearest.distance_dm <= round(answer.limit_m * 10))
            assert ((answer.demand["status"] == "covered").to_numpy() == within).all()


def test_samples_never_count_in_a_headline(answers):
    with_samples_only = 0
    for place, question, answer in answers:
        frame = place.facilities(question.layer_id)
        samples = set(frame.index[frame["location_status"] == "sample"])
        named = set(answer.demand["nearest_facility"].dropna())
        if question.with_samples:
            with_samples_only += bool(named & samples)
        else:
            assert not named & samples
    assert with_samples_only > 0


def test_samples_never_uncover_anyone(places, catalog, questions):
    for place in places.values():
        for question in questions:
            if question.with_samples:
                continue
            without = assess_coverage(place, catalog, question)
            beside = assess_coverage(place, catalog, replace(question, with_samples=True))
            if without is not None:
                assert beside is not None
                assert not ((without.demand["status"] == "covered") & (beside.demand["status"] != "covered")).any()


def test_safe_houses_are_samples_alone(places, catalog):
    place = places["hudong"]
    layer = assess_layer(place, catalog, "safe_houses")
    assert layer.stated.value == 42
    assert layer.counts["surveyed"] == 0
    assert layer.located == 0
    assert layer.sample == layer.counts["sample"] == 42
    question = Question("safe_houses", catalog.layers["safe_houses"].headline_rule, "planning")
    assert assess_coverage(place, catalog, question) is None
    shown = assess_coverage(place, catalog, replace(question, with_samples=True))
    assert shown is not None
    assert shown.with_samples
    assert shown.facilities_used == 42
    assert shown.limit_m == 200
    bands = street_bands(place, catalog, question)
    assert {part.band for part in bands} == {0}
    assert reach_polygon(place, catalog, question).is_empty


def test_reach_ratios(answers, catalog):
    for place, question, answer in answers:
        ratios = reach_ratios(place, catalog, question, answer)
        assert set(ratios) == {"people", "street", "area"}
        for name, ratio in ratios.items():
            assert ratio is None or ratio >= 0
            if name == "area":
                assert ratio is None or ratio <= 1
        promised = answer.circle_weights.covered
        expected = answer.weights.covered / promised if promised else None
        assert ratios["people"] == expected
        if ratios["street"] is not None:
            assert ratios["street"] <= 1 + 1e-9
        assert place.demand.shape[0] >= answer.edge_of_data.points >= answer.edge_of_data.uncovered_points


def _length_m(part):
    lon, lat = np.array(part.coords).T
    return float(geodesic_lengths_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


@pytest.mark.parametrize("name", SUBDISTRICTS)
def test_bands_are_the_whole_network_once(places, catalog, name):
    place = places[name]
    layer = catalog.layers[{"caojiadu": "nurseries", "hudong": "safe_houses"}[name]]
    question = Question(layer.id, layer.headline_rule, "planning", with_samples=True)
    bands = street_bands(place, catalog, question)
    answer = assess_coverage(place, catalog, question)
    assert {part.band for part in bands} <= set(range(6))
    assert sum(map(_length_m, bands)) == pytest.approx(place.network.length_m, rel=2e-3)
    inside = [part for part in bands if part.inside]
    assert sum(map(_length_m, inside)) == pytest.approx(answer.street_m.total, rel=2e-3)
    walked = sum(_length_m(part) for part in inside if 1 <= part.band <= 3)
    assert walked == pytest.approx(answer.street_m.covered, rel=5e-3, abs=5)


def test_points_of_a_band_are_as_far_as_it_says(places, catalog):
    place, question = places["caojiadu"], Question("nurseries", catalog.layers["nurseries"].headline_rule, "planning")
    answer = assess_coverage(place, catalog, question)
    cuts_m = [-1.0, *(share * answer.limit_m for share in BAND_SHARES), np.inf]
    facilities = snap(place.network, *positions_lonlat(place.facilities("nurseries")).T)
    checked = 0
    for part in street_bands(place, catalog, question):
        line = shapely.LineString(part.coords)
        middle = line.interpolate(0.5, normalized=True)
        found = nearest_facility(
            place.network, facilities, snap(place.network, np.array([middle.x]), np.array([middle.y]))
        )
        distance_m = found.distance_dm[0] / 10
        if part.band == 0:
            assert found.distance_dm[0] == -1
        elif _length_m(part) > 5:
            # coordinates of a picture have 6 decimals, 11 cm
            assert cuts_m[part.band - 1] - 0.5 < distance_m < cuts_m[part.band] + 0.5
            checked += 1
    assert checked > 50


def test_reach_polygon_holds_the_streets_within_the_limit(places, catalog):
    place, question = places["caojiadu"], Question("nurseries", catalog.layers["nurseries"].headline_rule, "planning")
    reach = to_metres(place.network, reach_polygon(place, catalog, question)).buffer(0.5)
    for part in street_bands(place, catalog, question):
        line = to_metres(place.network, shapely.LineString(part.coords))
        if 1 <= part.band <= 3:
            assert reach.covers(line)
        elif line.length > 80:
            assert line.difference(reach).length > 0


def test_service_radius_overrides_the_rule(places, catalog):
    place, rule = places["caojiadu"], catalog.layers["nurseries"].headline_rule
    question = Question("nurseries", rule, "planning")
    own = assess_coverage(place, catalog, question)
    layer = place.layers["nurseries"]
    frame = layer.frame.copy()
    frame["service_radius_m"] = 100.0
    narrow = replace(place, layers=place.layers | {"nurseries": FacilityLayer("nurseries", frame, layer.content_hash)})
    found = assess_coverage(narrow, catalog, question)
    assert found.limit_m == own.limit_m
    within = found.demand["distance_m"] <= 100.0
    assert ((found.demand["status"] == "covered") == within).all()
    assert found.weights.covered < own.weights.covered
    assert found.circle_weights.covered < own.circle_weights.covered
    assert reach_ratios(narrow, catalog, question, found)["area"] <= 1


def test_planned_facilities_do_not_count(places, catalog):
    place, question = places["caojiadu"], Question("nurseries", catalog.layers["nurseries"].headline_rule, "planning")
    layer = place.layers["nurseries"]
    for phase in ("planned", "in_progress", "closed"):
        frame = layer.frame.copy()
        frame["phase"] = phase
        later = replace(place, layers=place.layers | {"nurseries": FacilityLayer("nurseries", frame, "x")})
        assert assess_coverage(later, catalog, question) is None


def test_slower_walkers_are_covered_less(places, catalog):
    place, rule = places["caojiadu"], catalog.layers["nurseries"].headline_rule
    by_speed = sorted(catalog.profiles.values(), key=lambda profile: profile.speed_mps)
    found = [assess_coverage(place, catalog, Question("nurseries", rule, profile.id)) for profile in by_speed]
    limits = [answer.limit_m for answer in found]
    assert limits == [catalog.rules[rule].limit_dm(profile) / 10 for profile in by_speed]
    assert limits == sorted(limits)
    covered = [answer.weights.covered for answer in found]
    assert covered == sorted(covered)
    assert covered[0] < covered[-1]


def test_counts_are_of_all_statuses(places, catalog):
    for place in places.values():
        for layer_id in catalog.layers:
            found = assess_layer(place, catalog, layer_id)
            assert list(found.counts) == ["surveyed", "address", "approximate", "sample", "unlocated"]
            assert sum(found.counts.values()) <= len(found.facilities)


def test_unknown_subdistrict(root, catalog, bundled):
    with pytest.raises(NotFoundError) as raised:
        read_place(root / "data", catalog, "nowhere", bundled["hudong"])
    assert "caojiadu" in str(raised.value)


def test_what_threads_share_is_never_prepared(places, catalog, answers):
    """Two threads that ask a prepared shape at the same moment end the process (geo/prepared.py)."""
    for place, question, answer in answers[:4]:
        street_bands(place, catalog, question)
        reach_ratios(place, catalog, question, answer)
        street_points(place.network, 200, place.area_xy)
        assert not shapely.is_prepared(place.area_xy)
        assert not shapely.is_prepared(place.outline)
