"""How often a login may be tried: by login and address together, by login, by address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Connection

from webmap.attempt_counts import StoredCounts, take

BY_LOGIN_AND_ADDRESS: RateLimitItem = RateLimitItemPerMinute(10, multiples=15, namespace="login")
BY_ADDRESS: RateLimitItem = RateLimitItemPerMinute(40, multiples=15, namespace="login")
SIGN_ONS: RateLimitItem = RateLimitItemPerMinute(60, multiples=15, namespace="sign_on")
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


def take_attempt(connection: Connection, attempt: Attempt) -> int:
    """Count an attempt before its password is looked at, so that twenty at once are twenty; within `Store.writing`.

    Returns:
        The seconds that it must wait, because a limit is full; 0 where it may be made, and is counted.
    """
    return take(connection, attempt.counted())


def give_back(connection: Connection, attempt: Attempt) -> None:
    """Uncount an attempt whose password was right, with the earlier ones of this login from this address."""
    limiter = FixedWindowRateLimiter(StoredCounts(connection))
    both, by_login, by_address = attempt.counted()
    limiter.clear(*both)
    limiter.hit(*by_login, cost=-1)
    limiter.hit(*by_address, cost=-1)


def take_sign_on(connection: Connection, address: str) -> int:
    """Count a sign-on by another service; return the seconds to wait, 0 where it may go on. In `Store.writing`."""
    return take(connection, [(SIGN_ONS, address)])


def is_spent(connection: Connection, attempt: Attempt) -> bool:
    """Return whether the next attempt would have to wait."""
    limiter = FixedWindowRateLimiter(StoredCounts(connection))
    return not all(limiter.test(limit, name) for limit, name in attempt.counted())
