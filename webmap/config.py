"""The one configuration object: every key, its default, and the only place that reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from geo.errors import DataError, Problem
from webmap.staff_config import StaffConfig, read_staff_config

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
MOST_PROXIES = 8
PROJECT = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_RECHECK_TEXT = "a number of seconds, 0 or more"


@dataclass(frozen=True, slots=True)
class Config:
    """What may differ from one installation to the next.

    Attributes:
        data: folder with catalog.toml, rules.toml, base/, layers/ and reports/ (`LIFECIRCLE_DATA`).
        instance: folder for what is built from the data: networks/, and for the
            store, which is not built from it (`LIFECIRCLE_INSTANCE`).
        default_language: `zh` or `en`, for a visitor who has not chosen (`LIFECIRCLE_LANGUAGE`).
        hosts: names under which the service may be called, beside the loopback ones (`LIFECIRCLE_HOSTS`, by commas).
        recheck_s: seconds between two looks at whether data files have changed (`LIFECIRCLE_RECHECK_S`).
        max_query_bytes: a longer query string is refused with 400.
        max_body_bytes: a longer request body is refused with 413.
        overpass_url: address of the Overpass server that `lifecircle network download` asks, up to and with
            `/interpreter` (`LIFECIRCLE_OVERPASS_URL`); empty: nobody is asked. The service itself never asks it.
        store_url: address of the store (`LIFECIRCLE_STORE`); empty: SQLite in the instance, instance/lifecircle.db.
            PostgreSQL: `postgresql+psycopg://user@host/database`.
        staff: accounts and sessions of the staff, see webmap.staff_config.
        trusted_proxies: how many proxies stand before the service, each of which adds the address that it saw to
            X-Forwarded-For (`LIFECIRCLE_PROXIES`); 0: nobody is believed, the address is that of the connection.
        public_url: where the service is found from outside, for the codes on printed sheets (`LIFECIRCLE_PUBLIC_URL`,
            such as `https://map.example`); empty: the address of the request, and no code in what a command prints.
        vendor: folder with the built map libraries and their manifest.json.
    """

    data: Path = PROJECT / "data"
    instance: Path = PROJECT / "instance"
    default_language: Language = "zh"
    hosts: tuple[str, ...] = field(default=())
    recheck_s: float = 2.0
    max_query_bytes: int = 4096
    max_body_bytes: int = 1 << 20
    overpass_url: str = ""
    store_url: str = ""
    public_url: str = ""
    trusted_proxies: int = 0
    staff: StaffConfig = field(default_factory=StaffConfig)
    vendor: Path = PROJECT / "webmap" / "static" / "vendor"

    @property
    def trusted_hosts(self) -> list[str]:
        """Return every host name that a request may name."""
        return [*LOOPBACK_HOSTS, *(name.lower() for name in self.hosts)]


def config_from_environment(environment: Mapping[str, str]) -> Config:
    """Return the configuration that the `LIFECIRCLE_*` variables describe; what is not set keeps its default.

    Raises:
        DataError: with every variable that cannot be used.
    """
    problems: list[Problem] = []
    default = Config()
    config = Config(
        data=Path(environment.get("LIFECIRCLE_DATA", default.data)).absolute(),
        instance=Path(environment.get("LIFECIRCLE_INSTANCE", default.instance)).absolute(),
        default_language=_read_language(environment, default.default_language, problems),
        hosts=tuple(name.strip() for name in environment.get("LIFECIRCLE_HOSTS", "").split(",") if name.strip()),
        recheck_s=_read_seconds(environment, default.recheck_s, problems),
        overpass_url=_read_address(environment, "LIFECIRCLE_OVERPASS_URL", problems),
        public_url=_read_address(environment, "LIFECIRCLE_PUBLIC_URL", problems),
        store_url=environment.get("LIFECIRCLE_STORE", default.store_url).strip(),
        trusted_proxies=_read_proxies(environment, problems),
        staff=read_staff_config(environment, problems),
    )
    if problems:
        raise DataError(problems)
    return config


def _read_language(environment: Mapping[str, str], default: Language, problems: list[Problem]) -> Language:
    """Return the default language; a name that is none of ours becomes a problem."""
    text = environment.get("LIFECIRCLE_LANGUAGE", default)
    for language in LANGUAGES:
        if text == language:
            return language
    problems.append(Problem("unknown_language", "LIFECIRCLE_LANGUAGE", f"found {text!r}", "Write zh or en"))
    return default


def _read_proxies(environment: Mapping[str, str], problems: list[Problem]) -> int:
    """Return how many proxies are trusted; what is no such number becomes a problem."""
    text = environment.get("LIFECIRCLE_PROXIES", "0").strip()
    if text.isascii() and text.isdigit() and int(text[:3]) <= MOST_PROXIES:
        return int(text[:3])
    problems.append(
        Problem(
            "bad_number", "LIFECIRCLE_PROXIES", f"found {text[:20]!r}", f"Write a whole number, 0 to {MOST_PROXIES}"
        )
    )
    return 0


def _read_seconds(environment: Mapping[str, str], default: float, problems: list[Problem]) -> float:
    """Return the seconds between two looks at the files; what is no such number becomes a problem."""
    text = environment.get("LIFECIRCLE_RECHECK_S", str(default))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        problems.append(Problem("bad_number", "LIFECIRCLE_RECHECK_S", f"found {text!r}", f"Write {_RECHECK_TEXT}"))
        return default
    return seconds


def _read_address(environment: Mapping[str, str], variable: str, problems: list[Problem]) -> str:
    """Return the address in `variable`, "" by default; what is neither empty nor http(s) with a host is a problem."""
    text = environment.get(variable, "").strip()
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.username is None and parts.port != 0
        usable = parts.scheme in ("http", "https") and has_host
    except ValueError:
        usable = False
    if text and not usable:
        remedy = "Write an address that begins with http:// or https://"
        problems.append(Problem("bad_address", variable, f"found {text[:80]!r}", remedy))
        return ""
    return text
