"""Strict JSON: what a parser would let pass is told with its place, and nothing makes it overflow or crawl."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError
from geo.strict_json import decode_json, place, pointer_step, shown


def faults(raw, where=""):
    with pytest.raises(DataError) as caught:
        decode_json(raw, where)
    return [(problem.code, problem.where) for problem in caught.value.problems]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_good_json_is_what_the_standard_parser_reads(value, ascii_only):
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert decode_json(raw, "") == value
    assert decode_json(b"\xef\xbb\xbf" + raw, "") == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw):
    try:
        value = decode_json(raw, "")
    except DataError:
        return
    assert value == json.loads(raw.decode("utf-8-sig"))


@given(st.text(alphabet='[]{}",:\\ 0179eE.-NaIu', max_size=40))
def test_any_marks_are_read_or_refused(text):
    try:
        value = decode_json(text.encode(), "")
    except DataError:
        return
    assert value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NaN", [("not_finite", "")]),
        ("[1, -Infinity]", [("not_finite", "/1")]),
        ('{"a": [1e999]}', [("not_finite", "/a/0")]),
        ("[" + "1" * 250 + "e99]", [("not_finite", "/0")]),
        ("[1E+0400]", [("not_finite", "/0")]),
        ("[" + "9" * 310 + "]", [("not_finite", "/0")]),
        ("[" + "9" * 398 + ".5]", [("not_finite", "/0")]),
        ('{"a": 1, "a": 2}', [("duplicate_key", "/a")]),
        ('{"a": 1, "\\u0061": 2}', [("duplicate_key", "/a")]),
        ('{"x": [{"a~/b": 1, "a~/b": 2}]}', [("duplicate_key", "/x/0/a~0~1b")]),
        ('["\\ud83d"]', [("lone_surrogate", "/0")]),
        ('["\\udc00\\ud83d"]', [("lone_surrogate", "/0")]),
        ('{"\\uDBFF": 1}', [("lone_surrogate", "/\\udbff")]),
        (
            '{"a": NaN, "a": [Infinity], "b": "\\ud800", "c": {"d": 1, "d": 1}}',
            [
                ("not_finite", "/a"),
                ("duplicate_key", "/a"),
                ("not_finite", "/a/0"),
                ("lone_surrogate", "/b"),
                ("duplicate_key", "/c/d"),
            ],
        ),
        ("", [("not_json", "")]),
        ("{} {}", [("not_json", "")]),
        ("[1,]", [("not_json", "")]),
        ("{'a': 1}", [("not_json", "")]),
        ('["a\nb"]', [("not_json", "")]),
        ("[" + "1" * 401 + "]", [("number_too_long", "")]),
        ("[0." + "1" * 400 + "]", [("number_too_long", "")]),
        ("[" * 65 + "]" * 65, [("too_deep", "")]),
        ('{"a":' * 65 + "1" + "}" * 65, [("too_deep", "")]),
        ("[" * 20_000 + "]" * 20_000, [("too_deep", "")]),
        ("[" * 20_000, [("too_deep", "")]),
    ],
)
def test_faults_and_their_places(text, expected):
    assert faults(text.encode()) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[" * 64 + "]" * 64,
        '["' + "[" * 1000 + '"]',
        '["\\"' + "{" * 1000 + '"]',
        '["' + "1" * 1000 + '"]',
        "[" + "1" * 300 + "]",
        "[0." + "1" * 398 + "]",
        "[1e308, 1e-999, -0.0]",
        '["NaN", "Infinity", "1e999", "\\ud83d\\ude00", "\\\\ud83d"]',
        '[{"a": 1}, {"a": 2}]',
    ],
)
def test_what_only_looks_like_a_fault_is_read(text):
    assert decode_json(text.encode(), "") == json.loads(text)


def test_encodings_are_named():
    raw = '{"name": "小熊托育园"}'
    assert faults(raw.encode("gbk")) == [("not_utf8", "")]
    with pytest.raises(DataError, match="GBK or GB18030"):
        decode_json(raw.encode("gb18030"), "")
    with pytest.raises(DataError, match="UTF-16"):
        decode_json(raw.encode("utf-16"), "")
    with pytest.raises(DataError, match="byte 2 is not UTF-8"):
        decode_json(b'["\xff"]', "")
    assert faults(b'["\xed\xa0\x80"]') == [("not_utf8", "")]


def test_source_is_named_before_the_pointer():
    assert faults(b'{"a": NaN}', "demand.geojson") == [("not_finite", "demand.geojson#/a")]
    assert faults(b"[", "demand.geojson") == [("not_json", "demand.geojson")]
    assert place("", "") == ""


def test_messages_hold_nothing_that_cannot_be_seen():
    assert pointer_step("a\u202eb") == "/a\\u202eb"
    assert shown("\u202e\0") == '"\\u202e\\u0000"'
    assert shown([True, None]) == "[true, null]"
    assert len(shown("熊" * 200)) == 80


@pytest.mark.parametrize(
    "raw",
    [
        b'["' + b'\\"' * 2_500_000,
        b'"' * 5_000_001,
        b'["' + b"\\" * 5_000_001,
        b"[" * 5_000_000,
        b"[" + b"1" * 5_000_000,
        b"[" + b"1." * 2_500_000,
        b'{"a":' * 1_000_000,
    ],
)
def test_five_megabytes_made_to_hurt_are_refused_in_seconds(raw):
    start = time.monotonic()
    assert faults(raw)
    assert time.monotonic() - start < 5
