"""One verdict a claim: the gravest answer of report and map, with every answer beside it."""

from __future__ import annotations

import pandas as pd
import pytest

from geo.claim_review import PROBLEMS, VERDICTS, mapped_counts, review_claims, subjects_of, without_targets_met
from geo.claims_table import Claim
from geo.report_findings import KeptFinding


def claim(start: int, value: float, indicator: str = "", layer: str = "", **others) -> Claim:
    row = {
        "report_id": "r-2023",
        "subdistrict": "hudong",
        "year": 2023,
        "section": "01",
        "kind": "done",
        "unit": "个",
        "qualifier": "exact",
        "stage": "",
        "end": start + 2,
        "sha256": "0" * 64,
        "extractor": "plain-text 1",
    }
    return Claim(start=start, value=value, indicator=indicator, layer=layer, **(row | others))


def finding(check: str, verdict: str, *starts: int, stated: float | None = None, found: float | None = None):
    return KeptFinding(check, verdict, "原因", "reason", tuple((start, start + 2) for start in starts), stated, found)


def verdicts(claims, findings=(), mapped=None) -> dict[int, str]:
    return {one.claim.start: one.verdict for one in review_claims(claims, findings, mapped or {})}


HOUSES = {"indicator": "safe_houses.count", "layer": "safe_houses"}


def test_a_claim_that_nothing_is_held_against_is_not_about_the_map():
    [one] = review_claims([claim(10, 133)], [], {})
    assert (one.verdict, one.reasons, one.located, one.is_problem) == ("off_map", (), None, False)


@pytest.mark.parametrize(
    ("counts", "verdict", "difference"),
    [
        ({"surveyed": 42}, "agrees", 0),
        ({"address": 40}, "short_by", 2),
        ({"address": 43}, "over_by", 1),
        ({"sample": 42}, "all_samples", None),
        ({"approximate": 42}, "mapped_unverified", 0),
        ({}, "not_mapped", None),
    ],
)
def test_a_count_has_the_verdict_of_the_map(counts, verdict, difference):
    [one] = review_claims([claim(10, 42, **HOUSES)], [], {"safe_houses": counts})
    assert (one.verdict, one.difference, one.stated) == (verdict, difference, 42)
    assert one.is_problem == (verdict != "agrees")


def test_a_figure_about_a_layer_that_counts_no_facilities_is_not_held_against_the_map():
    [one] = review_claims([claim(10, 31, "nurseries.enrolled", "nurseries")], [], {"nurseries": {"surveyed": 1}})
    assert (one.verdict, one.mapped) == ("off_map", None)
    assert one.reasons[0].zh == "说的不是设施有多少处"


def test_a_contradiction_goes_before_the_map():
    claims = [
        claim(10, 3, "lifts.count.done", "lifts"),
        claim(20, 3, "lifts.count.started", "lifts", kind="in_progress"),
    ]
    mapped = {"lifts.count.done": {"address": 3}, "lifts.count.started": {"address": 3}, "lifts": {"address": 6}}
    found = [finding("listed_twice", "contradicts", 10, 20), finding("itemised", "agrees", 10, stated=3, found=3)]
    first, second = review_claims(claims, found, mapped)
    assert (first.verdict, second.verdict) == ("contradictory", "contradictory")
    assert [reason.verdict for reason in first.reasons] == ["contradictory", "agrees"]
    assert (first.itemised, first.located) == (3, 3)


@pytest.mark.parametrize(
    ("check", "starts", "stated", "subjects"),
    [
        ("listed_twice", (10, 20), 6, (10, 20)),
        ("share", (10, 20, 30), 65.08, (30,)),
        ("capacity", (10, 20, 30), 40, (30,)),
        ("target", (10, 20, 30), 14, (10,)),
        ("itemised", (10,), 3, (10,)),
        ("parts", (10, 20, 30, 40), 22, (10, 20)),
        ("parts", (10, 50, 60), 14, (10,)),
        ("parts", (50, 60, 10, 20), 5, (50,)),
    ],
)
def test_a_finding_judges_one_claim_and_the_others_bear_witness(check, starts, stated, subjects):
    values = {10: 14, 20: 8, 30: 14, 40: 8, 50: 5, 60: 9}
    assert subjects_of(finding(check, "agrees", *starts, stated=stated), values) == subjects


def test_what_is_itemised_stands_beside_the_claim():
    claims = [claim(10, 169), claim(20, 110), claim(30, 65.08, unit="%"), claim(40, 680, kind="target")]
    found = [
        finding("share", "does_not_add_up", 10, 20, 30, stated=65.08, found=65.0887573964497),
        finding("target", "short", 40, 50, stated=680, found=524),
    ]
    by_start = {one.claim.start: one for one in review_claims(claims, found, {})}
    assert (by_start[30].verdict, by_start[30].itemised) == ("does_not_add_up", 65.09)
    assert (by_start[40].verdict, by_start[40].itemised) == ("itemised_short", 524)
    assert (by_start[10].verdict, by_start[10].itemised) == ("off_map", None)


def test_a_plan_cannot_be_told_in_the_report_s_own_year():
    plan = claim(10, 23, "recycling_points.count", "recycling_points", kind="plan")
    [one] = review_claims([plan], [], {"recycling_points": {"surveyed": 23}})
    assert one.verdict == "cannot_tell"
    assert "2024" in one.reasons[0].zh


def test_parts_of_a_layer_are_counted_apart():
    frame = pd.DataFrame(
        {
            "location_status": ["address", "sample", "address", "unlocated"],
            "phase": ["open", None, "in_progress", "in_progress"],
            "tier": ["neighbourhood", "neighbourhood", "building", None],
            "report_listed": [True, True, True, False],
        }
    )
    names = [
        "x.count.done",
        "x.count.started",
        "x.count.neighbourhoods",
        "x.count.buildings",
        "x.stated",
        "y.count.done",
    ]
    assert mapped_counts(frame, "x", names) == {
        "x": {"address": 2, "sample": 1},
        "x.count.done": {"address": 1, "sample": 1},
        "x.count.started": {"address": 1},
        "x.count.neighbourhoods": {"address": 1, "sample": 1},
        "x.count.buildings": {"address": 1},
    }


def test_a_layer_without_parts_is_counted_whole():
    frame = pd.DataFrame({"location_status": ["address", "address"]})
    assert mapped_counts(frame, "meal_points", ["meal_points.count.first"]) == {"meal_points": {"address": 2}}


def test_targets_give_way_to_their_results():
    target, result = claim(10, 2, "lifts.count.done", "lifts", kind="target"), claim(20, 3, "lifts.count.done", "lifts")
    again, alone = claim(30, 3, "lifts.count.done", "lifts"), claim(40, 5, "seats.added", kind="target")
    assert without_targets_met([target, result, again, alone]) == (result, alone)


def test_every_verdict_is_a_problem_or_not():
    assert set(VERDICTS) - PROBLEMS == {"agrees", "exceeds", "cannot_tell", "off_map"}
