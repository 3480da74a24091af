"""Passwords: what is taken for one, how it is kept, and a comparison that takes as long for nobody as for somebody."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from geo.errors import Problem
from webmap.common_passwords import COMMON_PASSWORDS
from webmap.staff_config import PasswordCost

SHORTEST = 10
LONGEST = 200
"""Longer ones are refused: hashing a megabyte would be work that a stranger can order."""
_ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for another when read aloud


class Passwords:
    """Hashes and compares passwords at the configured cost."""

    def __init__(self, cost: PasswordCost) -> None:
        """Make the hash that stands for accounts that do not exist."""
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """Return the argon2id hash that is kept, with its salt and cost."""
        return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Return whether `password` is the one that `kept` was made of; takes as long where nothing is kept."""
        if len(password) > LONGEST:
            password = ""
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Return whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)


def one_time_password() -> str:
    """Return a new one-time password of 79 random bits: four groups of four letters and figures."""
    signs = [secrets.choice(_ONE_TIME_ALPHABET) for _ in range(16)]
    return "-".join("".join(signs[start : start + 4]) for start in range(0, 16, 4))


def password_problems(password: str, login: str) -> list[Problem]:
    """Return why `password` cannot be the password of `login`; never the password itself."""
    if len(password) < SHORTEST:
        return [Problem("password_short", "password", "too short", f"Use {SHORTEST} signs or more")]
    if len(password) > LONGEST:
        return [Problem("password_long", "password", "too long", f"Use {LONGEST} signs or fewer")]
    plain = password.casefold()
    if login and (plain.strip() == login or _without_tail(plain) == login):
        return [Problem("password_is_login", "password", "the login itself", "Choose another")]
    if len(set(plain)) < 4 or plain in COMMON_PASSWORDS or _without_tail(plain) in COMMON_PASSWORDS:
        return [Problem("password_common", "password", "one that everybody tries first", "Choose a longer, odder one")]
    return []


def _without_tail(password: str) -> str:
    """Return a password without the figures and signs at its end, by which common ones are made to look new."""
    return password.rstrip("0123456789!@#$%^&*.,-_ ")
