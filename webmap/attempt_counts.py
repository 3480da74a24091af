"""How often something was tried: counts in the store, so that several workers share one limit.

`StoredCounts` is the storage that the `limits` library asks for; it works within one transaction of the store.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Connection, delete, select

from webmap.account_tables import ATTEMPTS


def take(connection: Connection, counted: Sequence[tuple[RateLimitItem, str]]) -> int:
    """Count one more under every limit and name in `counted`, or under none; within `Store.writing`.

    Returns:
        The seconds to wait, because a limit is full; 0 where all had room.
    """
    limiter = FixedWindowRateLimiter(StoredCounts(connection))
    full = [(limit, name) for limit, name in counted if not limiter.test(limit, name)]
    if full:
        ends_s = max(limiter.get_window_stats(limit, name).reset_time for limit, name in full)
        return max(1, math.ceil(ends_s - time.time()))
    for limit, name in counted:
        limiter.hit(limit, name)
    return 0


class StoredCounts(Storage):
    """Counts for `limits`, kept in the store through `connection`, which is one of `Store.writing` where it counts."""

    STORAGE_SCHEME = ["lifecircle-store"]  # noqa: RUF012 - declared so by limits

    def __init__(self, connection: Connection) -> None:
        """Keep the connection."""
        super().__init__()
        self._connection = connection

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return the faults that limits may wrap: none, the store explains its own."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more under `key`, in a window of `expiry` seconds from the first; return the count."""
        now_ms = _now_ms()
        row = self._row(key)
        if row is None or row[1] <= now_ms:
            self._connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.expires_ms <= now_ms))
            values = {"name": key, "count": amount, "expires_ms": now_ms + 1000 * expiry}
            self._connection.execute(ATTEMPTS.insert().values(**values))
            return amount
        count = row[0] + amount
        self._connection.execute(ATTEMPTS.update().where(ATTEMPTS.c.name == key).values(count=count))
        return count

    def get(self, key: str) -> int:
        """Return the count under `key` in its window, 0 where there is none."""
        row = self._row(key)
        return row[0] if row is not None and row[1] > _now_ms() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends, in seconds since 1970; now where there is none."""
        row = self._row(key)
        return max(row[1] if row is not None else 0, _now_ms()) / 1000

    def check(self) -> bool:
        """Return whether the storage works."""
        return bool(self._connection.execute(select(1)).scalar_one() == 1)

    def reset(self) -> int:
        """Forget every count; return how many there were."""
        return self._connection.execute(delete(ATTEMPTS)).rowcount

    def clear(self, key: str) -> None:
        """Forget the count of `key`."""
        self._connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.name == key))

    def _row(self, key: str) -> tuple[int, int] | None:
        """Return count and end of the window of `key`, as they are kept."""
        query = select(ATTEMPTS.c.count, ATTEMPTS.c.expires_ms).where(ATTEMPTS.c.name == key)
        row = self._connection.execute(query).first()
        return None if row is None else (row[0], row[1])


def count_in_window(connection: Connection, name: str, window_s: int) -> int:
    """Count one more under `name` in a window of `window_s` seconds and return the count; within `Store.writing`."""
    return StoredCounts(connection).incr(name, window_s)


def _now_ms() -> int:
    """Return this moment in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
