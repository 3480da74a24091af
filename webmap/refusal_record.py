"""Refused requests in the audit, so that a flood of them can neither fill the history nor hide in it."""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections.abc import Mapping

from webmap.attempt_counts import count_in_window
from webmap.history import record_event
from webmap.store import Store, StoreError

NOBODY = "anonymous"
MINUTE_S = 60
ADDRESSES_A_MINUTE = 30
"""Beyond so many different addresses within a minute the rest are written down as one, `many`."""
REFUSALS_OF_PERSON_A_MINUTE = 20
_log = logging.getLogger("lifecircle")


class Refusals:
    """What one worker has refused in the running minute; each address is written to the store once a minute at most."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def note(self, store: Store, login: str | None, address: str, asked: Mapping[str, str]) -> None:
        """Put a refusal in the audit; a store that cannot be written must not turn a refusal into another answer."""
        key = f"login:{login}" if login else network_of(address)
        allowed = REFUSALS_OF_PERSON_A_MINUTE if login else 1
        minute = int(time.time() // MINUTE_S)
        key, number, before = self._counted(key, minute)
        if number > allowed:
            return
        details: dict[str, object] = {**asked, "address": network_of(address) if login is None else address}
        if before > allowed:
            details["not_written_before"] = before - allowed
        try:
            with store.writing() as connection:
                if count_in_window(connection, f"refusal/{key}/{minute}", MINUTE_S) <= allowed:
                    record_event(connection, login or NOBODY, "refused", asked.get("reason", ""), details)
        except StoreError:
            _log.exception("A refusal could not be written down")

    def _counted(self, key: str, minute: int) -> tuple[str, int, int]:
        """Count a refusal; return its key, its number in this minute, and how many there were in the one before."""
        with self._lock:
            if minute != self._minute:
                self._before = self._counts if minute == self._minute + 1 else {}
                self._minute, self._counts = minute, {}
            if key not in self._counts and len(self._counts) >= ADDRESSES_A_MINUTE and not key.startswith("login:"):
                key = "many"
            self._counts[key] = self._counts.get(key, 0) + 1
            return key, self._counts[key], self._before.get(key, 0)


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 that one household of IPv6 has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
