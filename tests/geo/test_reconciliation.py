"""Claims against the map, and side by side between reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from geo.reconciliation import compare_reports, reconcile


@dataclass(frozen=True)
class Claim:
    indicator: str = "safe_houses.count"
    layer: str = "safe_houses"
    value: float = 42
    kind: str = "done"
    qualifier: str = "exact"
    unit: str = "处"
    stage: str = ""
    subdistrict: str = "hudong"
    year: int = 2023
    start: int = 0
    value_max: float | None = None


def counts(surveyed=0, address=0, approximate=0, sample=0, unlocated=0):
    return {
        "surveyed": surveyed,
        "address": address,
        "approximate": approximate,
        "sample": sample,
        "unlocated": unlocated,
    }


def verdict(claim, mapped, map_year=2023, contradicted=()):
    [found] = reconcile([claim], mapped, map_year, contradicted)
    return found


@pytest.mark.parametrize(
    ("on_map", "word", "difference"),
    [
        (counts(surveyed=42), "agrees", 0),
        (counts(address=40, approximate=2), "agrees", 0),
        (counts(approximate=42), "mapped_unverified", 0),
        (counts(surveyed=30, sample=12), "short_by", 12),
        (counts(surveyed=43), "over_by", 1),
        (counts(sample=42), "all_samples", None),
        (counts(unlocated=42), "not_mapped", None),
        (counts(), "not_mapped", None),
    ],
)
def test_a_number_is_held_against_the_map(on_map, word, difference):
    found = verdict(Claim(), {"safe_houses": on_map})
    assert (found.verdict, found.difference) == (word, difference)
    assert found.zh != found.en


def test_samples_never_make_a_number_good():
    found = verdict(Claim(), {"safe_houses": counts(surveyed=1, sample=41)})
    assert (found.verdict, found.difference, found.located) == ("short_by", 41, 1)


@pytest.mark.parametrize(
    ("qualifier", "located", "word"),
    [
        ("at_least", 42, "agrees"),
        ("at_least", 50, "agrees"),
        ("at_least", 41, "short_by"),
        ("more_than", 60, "agrees"),
        ("at_most", 42, "agrees"),
        ("at_most", 43, "over_by"),
        ("approx", 39, "agrees"),
        ("approx", 37, "short_by"),
        ("exact", 41, "short_by"),
    ],
)
def test_a_number_is_meant_as_exactly_as_it_is_said(qualifier, located, word):
    found = verdict(Claim(qualifier=qualifier), {"safe_houses": counts(surveyed=located)})
    assert found.verdict == word


def test_a_range_agrees_between_its_ends():
    claim = Claim(value=3, value_max=5, qualifier="approx")
    assert verdict(claim, {"safe_houses": counts(surveyed=5)}).verdict == "agrees"
    assert verdict(claim, {"safe_houses": counts(surveyed=6)}).verdict == "over_by"


def test_plans_count_in_the_year_they_are_for_and_not_before():
    plan = Claim(kind="plan", value=23)
    assert verdict(plan, {"safe_houses": counts(surveyed=23)}, map_year=2023).verdict == "cannot_tell"
    assert "2024" in verdict(plan, {"safe_houses": counts()}, map_year=2023).zh
    assert verdict(plan, {"safe_houses": counts(surveyed=23)}, map_year=2024).verdict == "agrees"


def test_a_target_and_a_figure_about_something_else_are_not_compared():
    for claim in (Claim(kind="target"), Claim(indicator="safe_houses.reach"), Claim(indicator="safe_houses.counted")):
        assert verdict(claim, {"safe_houses": counts(surveyed=42)}).verdict == "cannot_tell"


def test_a_claim_without_a_layer_has_no_verdict():
    assert reconcile([Claim(layer="", indicator="seats.added")], {}, 2023) == ()


def test_a_layer_that_is_not_on_the_map_says_so():
    assert verdict(Claim(), {}).verdict == "not_mapped"


def test_what_the_report_contradicts_is_not_held_against_the_map():
    found = verdict(Claim(start=7), {"safe_houses": counts(surveyed=42)}, contradicted={7})
    assert found.verdict == "contradictory"


def test_parts_are_added_and_a_repeated_figure_counts_once():
    parts = [
        Claim("practice_stations.count.sub_centre", "practice_stations", 1),
        Claim("practice_stations.count.neighbourhoods", "practice_stations", 14),
        Claim("practice_stations.count.neighbourhoods", "practice_stations", 14, start=9),
        Claim("practice_stations.count.buildings", "practice_stations", 8),
        Claim("practice_stations.count.neighbourhoods", "practice_stations", 14, kind="target"),
    ]
    found = reconcile(parts, {"practice_stations": counts(approximate=8, unlocated=15)}, 2023)
    assert [(f.verdict, f.stated, f.difference) for f in found[:4]] == [("short_by", 23, 15)] * 4
    assert found[4].verdict == "cannot_tell"


def test_finished_and_begun_are_never_added_unless_the_map_parts_them():
    lifts = [
        Claim("lifts.count.done", "lifts", 3),
        Claim("lifts.count.started", "lifts", 3, kind="in_progress", start=5),
    ]
    assert [f.verdict for f in reconcile(lifts, {"lifts": counts(address=5)}, 2023)] == ["cannot_tell"] * 2
    apart = {"lifts.count.done": counts(address=3), "lifts.count.started": counts(address=2)}
    assert [(f.verdict, f.difference) for f in reconcile(lifts, apart, 2023)] == [("agrees", 0), ("short_by", 1)]


def test_two_figures_of_one_thing_cannot_be_told():
    claims = [Claim(value=42), Claim(value=40, start=5)]
    assert [f.verdict for f in reconcile(claims, {"safe_houses": counts(surveyed=42)}, 2023)] == ["cannot_tell"] * 2


def test_reports_stand_side_by_side_where_they_mean_the_same():
    here, there = Claim(), Claim(subdistrict="caojiadu", value=12)
    [row] = compare_reports([here, there])
    assert row.comparable
    assert row.claims == (there, here)
    assert row.zh == row.en == ""


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "plan"}, "kinds"),
        ({"unit": "家"}, "units"),
        ({"stage": "begun"}, "stages"),
        ({"qualifier": "model"}, "scopes"),
    ],
)
def test_reports_that_differ_are_not_comparable(change, word):
    [row] = compare_reports([Claim(), replace(Claim(subdistrict="caojiadu"), **change)])
    assert not row.comparable
    assert word in row.en
    assert row.zh.startswith("不可比")


def test_a_count_in_parts_on_one_side_only_is_not_comparable():
    [row] = compare_reports([Claim(), Claim(subdistrict="caojiadu"), Claim(subdistrict="caojiadu", start=5, value=3)])
    assert not row.comparable


def test_one_report_alone_is_not_compared():
    assert compare_reports([Claim(), Claim(start=5), Claim(indicator="", subdistrict="caojiadu")]) == ()
