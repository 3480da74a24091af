"""Features as a table: pages that lose and double nothing, boxes, times, values and words."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from geo.catalog_model import LocalText, PropertyType
from geo.feature_query import FeatureQuery, select, turn_page
from geo.feature_table import Feature, FeatureTable, day_in_shanghai, make_table, year_in_shanghai

NAME = PropertyType("name", "text", (), False, LocalText("名称", "name"))
BEDS = PropertyType("beds", "integer", (), False, LocalText("床位", "beds"))


def table(*features: Feature) -> FeatureTable:
    return make_table([NAME, BEDS], list(features))


def named(ids: list[str]) -> FeatureTable:
    return table(*(Feature(one, Point(0, 0), {"name": one}) for one in ids))


def ids(found: FeatureTable, rows: np.ndarray) -> list[str]:
    return [found.ids[row] for row in rows.tolist()]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("abc托", min_size=1, max_size=4), unique=True, min_size=1, max_size=30),
    st.integers(1, 9),
    st.randoms(use_true_random=False),
)
def test_pages_forward_and_back_hold_every_feature_once(names: list[str], limit: int, random) -> None:
    found = named(names)
    rows = np.array(sorted(random.sample(range(len(names)), random.randint(0, len(names)))), dtype=np.int64)
    forward, after = [], ""
    while True:
        page = turn_page(found, rows, limit, after=after)
        assert page.matched == len(rows)
        assert len(page.rows) <= limit
        forward += page.rows.tolist()
        if page.next_after is None:
            break
        after = page.next_after
    assert forward == rows.tolist()
    back, before = [], page.previous_before
    back[:0] = page.rows.tolist()
    while before is not None:
        page = turn_page(found, rows, limit, before=before)
        back[:0] = page.rows.tolist()
        before = page.previous_before
    assert back == rows.tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(0, 60), min_size=8, max_size=40),
    st.sets(st.integers(0, 60), max_size=10),
    st.sets(st.integers(0, 60), max_size=10),
)
def test_what_stays_is_seen_once_while_others_come_and_go(there: set[int], come: set[int], go: set[int]) -> None:
    before, afterwards = named([f"{one:03d}" for one in there]), named([f"{one:03d}" for one in (there | come) - go])
    first = turn_page(before, np.arange(len(before)), 5)
    seen, after = ids(before, first.rows), first.next_after
    while after is not None:
        page = turn_page(afterwards, np.arange(len(afterwards)), 5, after=after)
        seen += ids(afterwards, page.rows)
        after = page.next_after
    assert len(seen) == len(set(seen))
    assert {f"{one:03d}" for one in there - go} <= set(seen)


def test_box_meets_by_shape_and_not_by_bounds_and_keeps_what_has_no_place() -> None:
    found = table(
        Feature("corner", Polygon([(0, 0), (10, 0), (0, 10)]), {}),
        Feature("inside", Point(9, 9), {}),
        Feature("nowhere", None, {}),
        Feature("outside", Point(11, 9), {}),
        Feature("street", LineString([(7, 12), (12, 7)]), {}),
    )
    rows = select(found, FeatureQuery(box=(8, 8, 10, 10)))
    assert ids(found, rows) == ["inside", "nowhere", "street"]


def test_box_across_the_antimeridian_and_boxes_without_extent() -> None:
    found = table(
        Feature("east", Point(179, 1), {}), Feature("west", Point(-179, 1), {}), Feature("z", Point(0, 1), {})
    )
    assert ids(found, select(found, FeatureQuery(box=(170, 0, -170, 2)))) == ["east", "west"]
    assert ids(found, select(found, FeatureQuery(box=(0, 1, 0, 1)))) == ["z"]
    assert ids(found, select(found, FeatureQuery(box=(0, 0, 0, 2)))) == ["z"]
    assert ids(found, select(found, FeatureQuery(box=(1, 1, 170, 1)))) == []


def test_time_includes_both_ends_and_what_has_no_time() -> None:
    found = table(
        Feature("always", None, {}),
        Feature("day", None, {}, day_in_shanghai("2023-05-01")),
        Feature("year", None, {}, year_in_shanghai(2023)),
    )
    begin, end = (moment.timestamp() for moment in day_in_shanghai("2023-05-01"))
    assert ids(found, select(found, FeatureQuery(time=(end, end)))) == ["always", "day", "year"]
    assert ids(found, select(found, FeatureQuery(time=(begin, begin)))) == ["always", "day", "year"]
    assert ids(found, select(found, FeatureQuery(time=(end + 1, np.inf)))) == ["always", "year"]
    assert ids(found, select(found, FeatureQuery(time=(-np.inf, begin - 1)))) == ["always", "year"]
    assert found.period() == ("2022-12-31T16:00:00Z", "2023-12-31T15:59:59Z")


def test_values_are_equal_and_words_are_no_pattern() -> None:
    found = table(
        Feature("a", None, {"name": "曹家渡 (a+)+$", "beds": 3}),
        Feature("b", None, {"name": "aaaa", "beds": 4}),
        Feature("c", None, {"name": "Caojiadu"}),
    )
    assert ids(found, select(found, FeatureQuery(values={"beds": 3}))) == ["a"]
    assert ids(found, select(found, FeatureQuery(words="(a+)+$"))) == ["a"]
    assert ids(found, select(found, FeatureQuery(words="CAOJIADU"))) == ["c"]
    assert ids(found, select(found, FeatureQuery(words="曹家渡", values={"beds": 4}))) == []
    assert FeatureQuery().is_empty
    assert not FeatureQuery(words="x").is_empty


def test_lines_are_geojson_with_every_property_and_outer_rings_anticlockwise() -> None:
    clockwise = Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
    found = table(Feature("托", clockwise, {"name": 'a"b', "beds": float("nan")}), Feature("b", None, {}))
    bare, full = (json.loads(line) for line in found.lines)
    assert bare == {"type": "Feature", "id": "b", "geometry": None, "properties": {"name": None, "beds": None}}
    assert full["properties"] == {"name": 'a"b', "beds": None}
    assert shapely.geometry.shape(full["geometry"]).exterior.is_ccw
    assert found.extent() == (0, 0, 1, 1)


@pytest.mark.parametrize("empty", [FeatureQuery(), FeatureQuery(box=(0, 0, 1, 1)), FeatureQuery(words="x")])
def test_a_table_without_features_answers_everything(empty: FeatureQuery) -> None:
    found = table()
    rows = select(found, empty)
    page = turn_page(found, rows, 10, after="x")
    assert (len(page.rows), page.matched, page.next_after, page.previous_before) == (0, 0, None, None)
    assert found.lines == []
    assert found.extent() is None
    assert found.period() is None
