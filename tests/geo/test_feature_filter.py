"""CQL2 filters: bounds before the parser, what may be said, and truth that agrees with the parser's own evaluation."""

from __future__ import annotations

import re
import time

import cql2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Point, Polygon

from geo.catalog_model import LocalText, PropertyType
from geo.errors import RequestError
from geo.feature_comparison import _is_like, _pattern_parts
from geo.feature_crs import SYSTEMS, from_wgs84, to_wgs84
from geo.feature_filter import MAX_FILTER_BYTES, filter_mask, read_filter
from geo.feature_table import Feature, FeatureTable, make_table

LABEL = LocalText("", "")
FIELDS = [
    PropertyType("name", "text", (), False, LABEL),
    PropertyType("beds", "integer", (), False, LABEL),
    PropertyType("open", "boolean", (), False, LABEL),
    PropertyType("since", "date", (), False, LABEL),
]
FEATURES = [
    Feature("a", Point(121.43, 31.23), {"name": "曹家渡托育园", "beds": 40, "open": True, "since": "2020-12-31"}),
    Feature("b", Polygon([(0, 0), (2, 0), (2, 2), (0, 2)]), {"name": "Gym", "beds": 0, "open": False}),
    Feature("c", None, {"name": "100%_sure", "since": "2023-05-01"}),
]


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return make_table(FIELDS, FEATURES)


def chosen(table: FeatureTable, text: str, crs: str | None = None) -> str:
    mask = filter_mask(table, read_filter(text), crs)
    return "".join(table.ids[row] for row in np.flatnonzero(mask))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beds >= 40", "a"),
        ("40 <= beds", "a"),
        ("beds < 40", "b"),
        ("NOT beds < 40", "a"),
        ("beds <> 0", "a"),
        ("beds IS NULL", "c"),
        ("beds IS NOT NULL", "ab"),
        ("geometry IS NULL", "c"),
        ("beds BETWEEN 0 AND 39", "b"),
        ("beds NOT BETWEEN 0 AND 39", "a"),
        ("beds IN (0, 40)", "ab"),
        ("name NOT IN ('Gym')", "ac"),
        ("name LIKE '%托育%'", "a"),
        ("name LIKE 'G_m'", "b"),
        ("name LIKE 'gym'", ""),
        ("CASEI(name) = CASEI('gYM')", "b"),
        ("CASEI(name) LIKE CASEI('%YM')", "b"),
        (r"name LIKE '100\%\_%'", "c"),
        ("open", "a"),
        ("open = false", "b"),
        ("NOT open", "b"),
        ("since > DATE('2021-01-01')", "c"),
        ("since = DATE('2020-12-31') OR beds = 0", "ab"),
        ("beds > 1 AND name = 'Gym'", ""),
        ("id = 'b'", "b"),
        ("true", "abc"),
        ("false", ""),
        ("S_INTERSECTS(geometry, POINT(121.43 31.23))", "a"),
        ("S_INTERSECTS(geometry, BBOX(-1, -1, 0, 0))", "b"),
        ("S_WITHIN(geometry, BBOX(-1, -1, 3, 3))", "b"),
        ("S_CONTAINS(geometry, POINT(1 1))", "b"),
        ("S_WITHIN(POINT(1 1), geometry)", "b"),
        ("S_DISJOINT(geometry, POINT(1 1))", "a"),
        ("NOT S_DISJOINT(geometry, POINT(1 1))", "b"),
    ],
)
def test_filter_chooses(table: FeatureTable, text: str, expected: str) -> None:
    assert chosen(table, text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("beds >", "bad_filter"),
        ("rooms = 3", "unknown_property"),
        ("beds = 'many'", "bad_filter"),
        ("name = 3", "bad_filter"),
        ("name = NULL", "bad_filter"),
        ("open = 1", "bad_filter"),
        ("since > '2021-01-01'", "bad_filter"),
        ("since > DATE('2021-13-01')", "bad_filter"),
        ("beds LIKE '4%'", "bad_filter"),
        ("beds + 1 > 3", "bad_filter"),
        ("1 = 1", "bad_filter"),
        ("beds = 1e999", "bad_filter"),
        ("'name'", "unsupported_filter"),
        ("ACCENTI(name) = 'x'", "bad_filter"),
        ("A_CONTAINS(name, ('x'))", "unsupported_filter"),
        ("T_AFTER(since, DATE('2020-01-01'))", "unsupported_filter"),
        ("S_NEAR(geometry, POINT(1 1))", "bad_filter"),
        ("S_DWITHIN(geometry, POINT(1 1), 3)", "unsupported_filter"),
        ("S_INTERSECTS(name, POINT(1 1))", "bad_filter"),
        ("S_INTERSECTS(geometry, geometry)", "bad_filter"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "bad_filter"),
        ("S_INTERSECTS(geometry, BBOX(3, 3, 1, 1))", "bad_filter"),
    ],
)
def test_filter_is_refused_with_a_reason(table: FeatureTable, text: str, code: str) -> None:
    with pytest.raises(RequestError) as refused:
        filter_mask(table, read_filter(text))
    assert refused.value.problem.code == code
    assert refused.value.problem.where == "filter"


def test_length_and_levels_are_counted_before_the_parser() -> None:
    at_limit = "name = '" + "x" * (MAX_FILTER_BYTES - 9) + "'"
    assert read_filter(at_limit)["op"] == "="
    for text, code in [
        (at_limit.replace("x", "xx", 1), "filter_too_long"),
        ("name = '" + "托" * 700 + "'", "filter_too_long"),
        ("(" * 700 + "open" + ")" * 700, "filter_too_deep"),
        ("(" * 33 + "open" + ")" * 33, "filter_too_deep"),
        ("NOT " * 40 + "open", "filter_too_deep"),
        ("NOT(" * 40 + "open" + ")" * 40, "filter_too_deep"),
    ]:
        with pytest.raises(RequestError) as refused:
            read_filter(text)
        assert refused.value.problem.code == code
    assert read_filter("(" * 32 + "open" + ")" * 32) == {"property": "open"}
    assert read_filter("name = '" + "(" * 300 + "'")["op"] == "="


VALUES = st.fixed_dictionaries({"name": st.sampled_from(["", "a", "ab", "b%", "A"]), "beds": st.integers(-2, 3)})
CONDITIONS = st.one_of(
    st.builds(
        lambda sign, value: f"beds {sign} {value}",
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        st.integers(-2, 3),
    ),
    st.builds(lambda low, high: f"beds BETWEEN {low} AND {high}", st.integers(-2, 3), st.integers(-2, 3)),
    st.builds(
        lambda values: f"beds IN ({', '.join(map(str, values))})", st.lists(st.integers(-2, 3), min_size=1, max_size=3)
    ),
    st.builds(lambda text: f"name = '{text}'", st.sampled_from(["a", "ab", "A"])),
)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(lambda one: f"NOT ({one})", inner),
        st.builds(lambda one, two: f"({one} AND {two})", inner, inner),
        st.builds(lambda one, two: f"({one} OR {two})", inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=6), FILTERS)
def test_truth_is_what_the_parser_itself_finds_feature_by_feature(values: list[dict], text: str) -> None:
    assume(len(text) < MAX_FILTER_BYTES)
    found = make_table(FIELDS, [Feature(f"{n}", None, one) for n, one in enumerate(values)])
    expression = cql2.parse_text(text)
    expected = [bool(expression.matches({"properties": one})) for one in values]
    assert filter_mask(found, read_filter(text)).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(st.text("ab(+)$\n.", max_size=8), st.text("ab%_(+)$.", max_size=8))
def test_like_is_what_a_regular_expression_says(text: str, pattern: str) -> None:
    words = "".join(".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern)
    assert _is_like(text, _pattern_parts(pattern)) == bool(re.fullmatch(words, text, re.DOTALL))


def test_like_takes_no_more_time_for_a_pattern_made_to_take_it() -> None:
    begin_s = time.perf_counter()
    assert not _is_like("a" * 1000, _pattern_parts("%a" * 900 + "%b"))
    assert time.perf_counter() - begin_s < 1


@pytest.mark.parametrize(("code", "swapped"), [("EPSG:4490", True), ("EPSG:4549", True), ("EPSG:3857", False)])
def test_axes_are_in_the_order_of_the_reference_system(table: FeatureTable, code: str, swapped: bool) -> None:
    x, y = Transformer.from_crs(4326, code, always_xy=True).transform(121.43, 31.23)
    first, second = (y, x) if swapped else (x, y)
    found = to_wgs84(Point(first, second), code)
    assert (found.x, found.y) == pytest.approx((121.43, 31.23), abs=1e-9)
    system = next(one for one in SYSTEMS.values() if one.code == code)
    here = from_wgs84(table.geometry[[0, 2]], system)
    assert (here[0].x, here[0].y) == pytest.approx((first, second), abs=0.002)
    assert here[1] is None
    box = f"BBOX({first - 1e-3}, {second - 1e-3}, {first + 1e-3}, {second + 1e-3})"
    assert chosen(table, f"S_INTERSECTS(geometry, {box})", code) == "a"


def test_a_position_that_a_reference_system_does_not_have_is_refused(table: FeatureTable) -> None:
    with pytest.raises(RequestError) as refused:
        chosen(table, "S_INTERSECTS(geometry, POINT(121.43 31.23))", "EPSG:4490")
    assert refused.value.problem.code == "outside_crs"
