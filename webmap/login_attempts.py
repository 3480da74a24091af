"""How often a login may be tried: by login and address together, by login, by address."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Connection

from webmap.attempt_counts import StoredCounts

BY_LOGIN_AND_ADDRESS: RateLimitItem = RateLimitItemPerMinute(10, multiples=15, namespace="login")
BY_ADDRESS: RateLimitItem = RateLimitItemPerMinute(40, multiples=15, namespace="login")
BY_LOGIN: RateLimitItem = RateLimitItemPerHour(60, namespace="login")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at `address` who gives `login`, which may be nobody's: the limits must not tell which."""

    login: str
    address: str

    def counted(self) -> list[tuple[RateLimitItem, str]]:
        """Return each limit with the name that it counts under; the typed login is hashed, it may be a password."""
        typed = hashlib.sha256(self.login.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return [
            (BY_LOGIN_AND_ADDRESS, f"both/{typed}/{self.address}"),
            (BY_LOGIN, f"login/{typed}"),
            (BY_ADDRESS, f"address/{self.address}"),
        ]


def wait_s(connection: Connection, attempt: Attempt) -> int:
    """Return for how many seconds an attempt must wait, 0 where it may be made now; counts nothing."""
    limiter = FixedWindowRateLimiter(StoredCounts(connection))
    full = [(limit, name) for limit, name in attempt.counted() if not limiter.test(limit, name)]
    ends_s = max((limiter.get_window_stats(limit, name).reset_time for limit, name in full), default=0.0)
    return max(1, math.ceil(ends_s - time.time())) if full else 0


def count_failure(connection: Connection, attempt: Attempt) -> bool:
    """Count a failed attempt; return whether it was the one that filled a limit. Within `Store.writing`."""
    limiter = FixedWindowRateLimiter(StoredCounts(connection))
    filled = False
    for limit, name in attempt.counted():
        limiter.hit(limit, name)
        filled = filled or limiter.get_window_stats(limit, name).remaining == 0
    return filled


def forget_failures(connection: Connection, attempt: Attempt) -> None:
    """Forget the failures of this login from this address, because its password was right at last."""
    limiter = FixedWindowRateLimiter(StoredCounts(connection))
    limiter.clear(BY_LOGIN_AND_ADDRESS, f"both/{attempt.counted()[0][1].removeprefix('both/')}")
