"""What an installation decides about its staff's accounts; webmap.config reads it from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geo.errors import Problem

LONGEST_MIN = 60 * 24 * 30


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What hashing one password costs: argon2's passes, memory and lanes (defaults: RFC 9106, second choice)."""

    passes: int = 3
    memory_kib: int = 65536
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class StaffConfig:
    """Accounts and sessions of the staff.

    Attributes:
        https: whether visitors come over HTTPS, so that cookies may demand it (`LIFECIRCLE_HTTPS=1`).
        secret_file: file with the key that signs cookies (`LIFECIRCLE_SECRET_FILE`); None: in the instance, where it
            is made at the first start.
        idle_min: minutes without a request after which a session ends (`LIFECIRCLE_IDLE_MIN`).
        lifetime_min: minutes after which a session ends in any case (`LIFECIRCLE_SESSION_MIN`).
        one_time_h: hours for which a one-time password may be used.
        password_cost: what hashing a password costs.
    """

    https: bool = False
    secret_file: Path | None = None
    idle_min: int = 60
    lifetime_min: int = 720
    one_time_h: int = 72
    password_cost: PasswordCost = field(default_factory=PasswordCost)


def read_staff_config(environment: Mapping[str, str], problems: list[Problem]) -> StaffConfig:
    """Return what the `LIFECIRCLE_*` variables say of accounts; each that cannot be used becomes one of `problems`."""
    default = StaffConfig()
    secret_file = environment.get("LIFECIRCLE_SECRET_FILE", "").strip()
    return StaffConfig(
        https=_read_switch(environment, "LIFECIRCLE_HTTPS", problems),
        secret_file=Path(secret_file).absolute() if secret_file else None,
        idle_min=_read_minutes(environment, "LIFECIRCLE_IDLE_MIN", default.idle_min, problems),
        lifetime_min=_read_minutes(environment, "LIFECIRCLE_SESSION_MIN", default.lifetime_min, problems),
    )


def _read_switch(environment: Mapping[str, str], name: str, problems: list[Problem]) -> bool:
    """Return whether a variable is 1; what is neither 1 nor 0 nor empty becomes a problem."""
    text = environment.get(name, "").strip()
    if text not in {"", "0", "1"}:
        problems.append(Problem("bad_switch", name, f"found {text[:20]!r}", "Write 1 or 0"))
    return text == "1"


def _read_minutes(environment: Mapping[str, str], name: str, default: int, problems: list[Problem]) -> int:
    """Return a variable's whole minutes; what is no such number becomes a problem."""
    text = environment.get(name, str(default)).strip()
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LONGEST_MIN:
        return int(text)
    problems.append(Problem("bad_number", name, f"found {text[:20]!r}", f"Write whole minutes, 1 to {LONGEST_MIN}"))
    return default
