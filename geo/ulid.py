"""ULIDs: the ids of features, 26 characters of Crockford's base 32, sortable by the time they were given.

The form is that of https://github.com/ulid/spec: 48 bits of milliseconds, 80 bits of randomness.
"""

from __future__ import annotations

import re

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_TIME_BITS = 48
_RANDOM_BYTES = 10


def new_ulid(now_ms: int, randomness: bytes) -> str:
    """Return the ULID of a moment (`now_ms`, milliseconds since 1970 in UTC) and 10 random bytes.

    Raises:
        ValueError: when the time does not fit 48 bits or there are not 10 bytes.
    """
    if not 0 <= now_ms < 1 << _TIME_BITS:
        raise ValueError(f"now_ms is {now_ms}; it must fit 48 bits")
    if len(randomness) != _RANDOM_BYTES:
        raise ValueError(f"randomness has {len(randomness)} bytes; it must have {_RANDOM_BYTES}")
    number = now_ms << 8 * _RANDOM_BYTES | int.from_bytes(randomness, "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_ulid(candidate: object) -> bool:
    """Return whether `candidate` is a text in the one written form of a ULID (capitals, no I, L, O, U)."""
    return isinstance(candidate, str) and _ULID.fullmatch(candidate) is not None
