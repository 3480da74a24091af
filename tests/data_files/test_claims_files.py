"""The bundled claims: each figure really stands at its place, and adds up to what the reports state."""

from __future__ import annotations

import hashlib
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from geo.catalog import Catalog
from geo.claim_figures import find_figures
from geo.claim_numerals import fold
from geo.claims_table import Claim, read_claims, stated_count

NAMES = {
    "service_kiosks.count": {"自助服务站"},
    "nurseries.count": {"宝宝屋"},
    "cultural_rooms.count.centre": {"社区文化活动中心"},
    "mediation_centres.count": {"劳动人事争议调解中心"},
    "red_cross_stations.count": {"红十字总站", "红十字会总站"},
    "employment.start_up_hub": {"创业驿站"},
    "minors_stations.stations": {"未成年人保护站"},
    "veterans_stations.stations": {"退役军人服务保障体系"},
}
# What is the longest run of characters that a fact (a name with its number) may share with a report.
LONGEST_SHARED_RUN = 20


@pytest.fixture(scope="module")
def claims(data: Path) -> tuple[Claim, ...]:
    return read_claims(data / "reports")


def plain_text(path: Path) -> str:
    return unicodedata.normalize("NFC", path.read_text("utf-8")).replace("\r\n", "\n")


def test_each_claim_stands_at_its_place_in_the_report(claims: tuple[Claim, ...], reports: Path) -> None:
    for claim in claims:
        text = plain_text(reports / f"{claim.report_id}.txt")
        assert hashlib.sha256(text.encode()).hexdigest() == claim.sha256, "the text is another one"
        span = text[claim.start : claim.end]
        if claim.qualifier == "named":
            assert (claim.value, claim.unit) == (1, "")
            assert span in NAMES[claim.indicator]
            continue
        assert not text[claim.start - 1].isdigit(), "the span begins inside a number"
        [figure] = find_figures(fold(span)) or [None]
        if figure is None:  # one side of a model, or of a list whose unit stands further on
            assert float(span) == claim.value
            continue
        assert (figure.value, figure.value_max, figure.unit) == (claim.value, claim.value_max, claim.unit)
        assert (figure.start, figure.end) == (0, len(span)), "the span holds more than its figure"


@pytest.mark.parametrize(
    ("subdistrict", "layer", "value", "plan"),
    [
        ("hudong", "safe_houses", 42, False),
        ("caojiadu", "nurseries", 1, False),
        ("caojiadu", "heritage_buildings", 9, False),
        ("caojiadu", "red_cross_stations", 1, False),
        ("hudong", "employment_stations", 3, False),
        ("hudong", "nurseries", 1, False),
        ("hudong", "meal_points", 5, False),
        ("hudong", "elder_homes", 2, False),
        ("hudong", "enterprise_hubs", 4, False),
        ("hudong", "recycling_points", 23, True),
        ("hudong", "cultural_rooms", 33, True),
        ("caojiadu", "practice_stations", 23, False),
        ("caojiadu", "safe_houses", None, False),
        ("hudong", "heritage_buildings", None, False),
    ],
)
def test_what_the_reports_state(claims, subdistrict: str, layer: str, value: int | None, plan: bool) -> None:
    stated = stated_count(claims, subdistrict, layer)
    assert (stated.value, stated.plan) == (value, plan)
    assert bool(stated.parts) == (value is not None)


def test_parts_are_shown_and_finished_and_begun_lifts_never_added(claims: tuple[Claim, ...]) -> None:
    stations = stated_count(claims, "caojiadu", "practice_stations")
    assert [part.value for part in stations.parts] == [1, 14, 8]
    lifts = stated_count(claims, "caojiadu", "lifts")
    assert lifts.value is None
    assert [(part.value, part.kind) for part in lifts.parts] == [(3, "done"), (3, "in_progress")]


def test_every_counted_indicator_is_in_the_catalogue_and_the_other_way_round(claims, catalog: Catalog) -> None:
    counted = {claim.indicator for claim in claims if ".count" in claim.indicator}
    assert counted == {indicator for layer in catalog.layers.values() for indicator in layer.indicators}
    for layer in catalog.layers.values():
        assert all(indicator.startswith(f"{layer.id}.count") for indicator in layer.indicators)


def test_mapped_features_are_as_many_as_stated(claims, layers) -> None:
    """What a report counts is in its layer, located or not; heritage beyond the nine and lifts have their own tests."""
    for name, layer in layers.items():
        for subdistrict, facilities in layer.frame.groupby("subdistrict"):
            stated = stated_count(claims, subdistrict, name)
            if stated.value is not None and name != "heritage_buildings":
                assert len(facilities) == stated.value, (subdistrict, name)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def test_no_text_of_the_reports_is_in_the_repository(root: Path, reports: Path) -> None:
    runs: set[str] = set()
    for name in ("caojiadu-2020", "hudong-2023"):
        text = squeezed(plain_text(reports / f"{name}.txt"))
        runs |= {text[at : at + LONGEST_SHARED_RUN] for at in range(len(text) - LONGEST_SHARED_RUN + 1)}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        path = root / name
        text = squeezed(path.read_bytes().decode("utf-8", "ignore")) if path.is_file() else ""
        found += [
            (name, text[at : at + LONGEST_SHARED_RUN])
            for at in range(len(text))
            if text[at : at + LONGEST_SHARED_RUN] in runs
        ]
    assert not found
