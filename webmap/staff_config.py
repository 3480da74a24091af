"""What an installation decides about its staff's accounts; webmap.config reads it from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from geo.errors import Problem

LONGEST_MIN = 60 * 24 * 30
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What hashing one password costs: argon2's passes, memory and lanes (defaults: RFC 9106, second choice)."""

    passes: int = 3
    memory_kib: int = 65536
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class SignOn:
    """Another service that says who somebody is (OpenID Connect). Only these addresses and those it names are asked.

    Attributes:
        issuer: its address (`LIFECIRCLE_OIDC_ISSUER`); https, or http on the loopback.
        client_id: what this service is called there (`LIFECIRCLE_OIDC_CLIENT_ID`).
        client_secret: the secret it has given (`LIFECIRCLE_OIDC_SECRET_FILE` names a file with it).
        name: what the button calls it (`LIFECIRCLE_OIDC_NAME`).
        viewers: whether somebody without an account gets one as a viewer (`LIFECIRCLE_OIDC_VIEWERS=1`).
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "OpenID"
    viewers: bool = False


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
        sign_on: another service that says who somebody is; None: passwords alone.
    """

    https: bool = False
    secret_file: Path | None = None
    idle_min: int = 60
    lifetime_min: int = 720
    one_time_h: int = 72
    password_cost: PasswordCost = field(default_factory=PasswordCost)
    sign_on: SignOn | None = None


def read_staff_config(environment: Mapping[str, str], problems: list[Problem]) -> StaffConfig:
    """Return what the `LIFECIRCLE_*` variables say of accounts; each that cannot be used becomes one of `problems`."""
    default = StaffConfig()
    secret_file = environment.get("LIFECIRCLE_SECRET_FILE", "").strip()
    return StaffConfig(
        https=_read_switch(environment, "LIFECIRCLE_HTTPS", problems),
        secret_file=Path(secret_file).absolute() if secret_file else None,
        idle_min=_read_minutes(environment, "LIFECIRCLE_IDLE_MIN", default.idle_min, problems),
        lifetime_min=_read_minutes(environment, "LIFECIRCLE_SESSION_MIN", default.lifetime_min, problems),
        sign_on=_read_sign_on(environment, problems),
    )


def _read_sign_on(environment: Mapping[str, str], problems: list[Problem]) -> SignOn | None:
    """Return the single sign-on service, None where no issuer is named; what is missing becomes a problem."""
    issuer = environment.get("LIFECIRCLE_OIDC_ISSUER", "").strip()
    if not issuer:
        return None
    if not is_safe_address(issuer):
        remedy = "Write an address that begins with https://, or http:// on the loopback"
        problems.append(Problem("bad_address", "LIFECIRCLE_OIDC_ISSUER", f"found {issuer[:80]!r}", remedy))
    client_id = environment.get("LIFECIRCLE_OIDC_CLIENT_ID", "").strip()
    if not client_id:
        problems.append(Problem("no_client_id", "LIFECIRCLE_OIDC_CLIENT_ID", "not given", "Write the client's id"))
    return SignOn(
        issuer=issuer,
        client_id=client_id,
        client_secret=_read_secret(environment.get("LIFECIRCLE_OIDC_SECRET_FILE", "").strip(), problems),
        name=environment.get("LIFECIRCLE_OIDC_NAME", "OpenID").strip() or "OpenID",
        viewers=_read_switch(environment, "LIFECIRCLE_OIDC_VIEWERS", problems),
    )


def is_safe_address(address: object) -> bool:
    """Return whether an address may be asked: https with a host, or http on the loopback; nobody's password in it."""
    try:
        parts = urlsplit(str(address))
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        return (parts.scheme == "https" or local) and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _read_secret(path: str, problems: list[Problem]) -> str:
    """Return the secret in a file; an unreadable or empty one becomes a problem."""
    try:
        secret = Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        remedy = "Name a file with the client's secret that the service may read"
        problems.append(Problem("no_client_secret", "LIFECIRCLE_OIDC_SECRET_FILE", "no secret there", remedy))
    return secret


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
