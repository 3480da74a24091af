"""New ids: for features, and for whatever else the store names by one (https://github.com/ulid/spec)."""

from __future__ import annotations

import secrets
import time

from geo.ulid import new_ulid


def fresh_id() -> str:
    """Return a ULID of this moment, never given before."""
    return new_ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10))
