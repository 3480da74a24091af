"""ULIDs: the specification's form, and an order that follows time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.ulid import is_ulid, new_ulid

MOMENTS = st.integers(0, 2**48 - 1)
RANDOMNESS = st.binary(min_size=10, max_size=10)


def test_known_values():
    assert new_ulid(0, bytes(10)) == "0" * 26
    assert new_ulid(2**48 - 1, b"\xff" * 10) == "7" + "Z" * 25
    # The time part that the specification gives as its example.
    assert new_ulid(1469918176385, bytes(10)).startswith("01ARYZ6S41")


@given(MOMENTS, RANDOMNESS)
def test_new_ones_are_good(now_ms, randomness):
    assert is_ulid(new_ulid(now_ms, randomness))


@given(st.tuples(MOMENTS, RANDOMNESS), st.tuples(MOMENTS, RANDOMNESS))
def test_order_is_that_of_time_then_randomness(first, second):
    assert (new_ulid(*first) < new_ulid(*second)) == (first < second)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "0" * 25,
        "0" * 27,
        "8" + "0" * 25,
        "0" * 25 + "U",
        "0" * 25 + "I",
        "0" * 25 + "a",
        "0" * 26 + "\n",
        "０" * 26,
        7,
        None,
    ],
)
def test_what_is_none(bad):
    assert not is_ulid(bad)


@pytest.mark.parametrize(("now_ms", "randomness"), [(-1, bytes(10)), (2**48, bytes(10)), (0, bytes(9)), (0, bytes(11))])
def test_arguments_that_do_not_fit(now_ms, randomness):
    with pytest.raises(ValueError, match="must"):
        new_ulid(now_ms, randomness)
