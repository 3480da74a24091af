"""Asks an Overpass server for the streets of an area: politely, tile by tile, so that a broken run can go on.

One request at a time. A server that is busy is waited for, as long as it asks and longer each time. What has come is
kept in a folder beside the result and not asked again. Nothing is asked of any host but the configured one.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import http.client
import json
import math
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import IO, Any
from urllib.parse import SplitResult, urlencode, urlsplit

from geo.errors import DataError
from geo.overpass import answer_elements

TILE_M = 2000.0
_METRES_PER_DEGREE = 111_320.0
_SERVER_TIMEOUT_S = 90
_PATIENCE_S = 30.0
_CHUNK_BYTES = 1 << 16
_LONGEST_WAIT_S = 300.0
_FRESH_S = 7 * 24 * 3600.0
_BUSY = frozenset({429, 502, 503, 504})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a download may take: bytes of all tiles, seconds of one run, attempts for a tile, and how to wait.

    `first_wait_s` is waited after a first failure, twice as long after each further one; `pause_s` after each tile.
    """

    max_bytes: int = 200_000_000
    max_seconds: float = 1800.0
    attempts: int = 6
    first_wait_s: float = 5.0
    pause_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is: tiles that are there, all tiles, bytes so far, seconds left (None: not known), a note."""

    tiles: int
    of_tiles: int
    bytes: int
    left_s: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of whom: the server's address, one query for each tile, the folder of the tiles, the limits."""

    url: str
    queries: tuple[str, ...]
    folder: Path
    limits: Limits = Limits()


class _BusyServerError(Exception):
    """A fault that may pass; `wait_s` is how long the server asks to be left alone."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def tile_queries(bounds: tuple[float, float, float, float], margin_m: float, tile_m: float = TILE_M) -> tuple[str, ...]:
    """Return one query for each tile of an area.

    Each asks for every way with a highway tag in its tile, with all the way's nodes and their tags, so that ways that
    reach over into other tiles come whole.

    Args:
        bounds: West, south, east, north in degrees.
        margin_m: How far the area is widened on each side.
        tile_m: Width and height of a tile at most.
    """
    west, south, east, north = bounds
    high = 1 / _METRES_PER_DEGREE
    wide = high / math.cos(math.radians(max(abs(south), abs(north))))
    columns = _cuts(west - margin_m * wide, east + margin_m * wide, tile_m * wide)
    rows = _cuts(south - margin_m * high, north + margin_m * high, tile_m * high)
    return tuple(
        f'[out:json][timeout:{_SERVER_TIMEOUT_S}];way["highway"]({s:.7f},{w:.7f},{n:.7f},{e:.7f});(._;>;);out body qt;'
        for s, n in pairwise(rows)
        for w, e in pairwise(columns)
    )


def _cuts(low: float, high: float, step: float) -> list[float]:
    parts = max(1, math.ceil((high - low) / step - 1e-9))
    return [low + (high - low) * k / parts for k in range(parts + 1)]


def download(order: Order, tell: Callable[[Progress], None]) -> list[Path]:
    """Fetch what is missing of the order's tiles and return the files of all of them.

    Raises:
        DataError: The server is not to be had, answers what is no answer, sends elsewhere, or a limit is reached. The
            tiles that came are kept.
    """
    _agree_on_plan(order)
    paths = [order.folder / f"{number:04d}.json" for number in range(len(order.queries))]
    here = [path for path in paths if _is_kept(path)]
    run = _Run(order, tell, len(here), sum(path.stat().st_size for path in here))
    run.tell()
    for path, query in zip(paths, order.queries, strict=True):
        if path not in here:
            beside = path.with_suffix(".part")
            beside.write_bytes(run.fetch(query))
            beside.replace(path)
            run.tell()
    return paths


def combine(paths: Iterable[Path], out: Path) -> int:
    """Write the tiles as one answer, each element once, and return its number of ways."""
    elements: dict[tuple[str, int], dict[str, Any]] = {}
    stamps = set()
    for path in paths:
        raw = path.read_bytes()
        stamps.add(json.loads(raw).get("osm3s", {}).get("timestamp_osm_base", ""))
        for element in answer_elements(raw, str(path)):
            elements.setdefault((element.get("type", ""), element.get("id", 0)), element)
    head = {
        "version": 0.6,
        "generator": "lifecircle network download",
        "osm3s": {"timestamp_osm_base": min(stamps, default=""), "copyright": "© OpenStreetMap contributors (ODbL)"},
    }
    lines = ",\n".join(json.dumps(elements[key], ensure_ascii=False) for key in sorted(elements))
    beside = out.with_name(f".{out.name}.part")
    beside.write_text(f'{json.dumps(head, ensure_ascii=False)[:-1]},"elements":[\n{lines}\n]}}\n', encoding="utf-8")
    beside.replace(out)
    return sum(kind == "way" for kind, _ in elements)


def _agree_on_plan(order: Order) -> None:
    """Make the folder of the tiles; tiles of another area or another server in it are thrown away."""
    plan = order.folder / "plan.json"
    wanted = json.dumps({"format": 1, "url": order.url, "queries": order.queries}, indent=1)
    if plan.is_file() and plan.read_text(encoding="utf-8") == wanted:
        return
    if plan.is_file():
        shutil.rmtree(order.folder)
    order.folder.mkdir(parents=True, exist_ok=True)
    plan.write_text(wanted, encoding="utf-8")


def _is_kept(path: Path) -> bool:
    """Tell whether a tile is there, whole, and of the last days: streets of different months do not fit together."""
    if not path.is_file() or time.time() - path.stat().st_mtime > _FRESH_S:
        return False
    try:
        answer_elements(path.read_bytes(), str(path))
    except DataError:
        return False
    return True


class _Run:
    """One run: what has come so far, and what is left of the limits."""

    def __init__(self, order: Order, tell: Callable[[Progress], None], tiles: int, size: int) -> None:
        self._order, self._tell = order, tell
        self._tiles, self._bytes, self._fetched = tiles, size, 0
        self._begun_s = time.monotonic()
        self._opener = _opener()

    def tell(self, note: str = "", coming: int = 0) -> None:
        """Say how far the download is; `coming` are bytes of a tile that is not there yet."""
        total = len(self._order.queries)
        passed_s = time.monotonic() - self._begun_s
        left_s = passed_s / self._fetched * (total - self._tiles) if self._fetched else None
        self._tell(Progress(self._tiles, total, self._bytes + coming, left_s, note))

    def fetch(self, query: str) -> bytes:
        """Return the complete answer to one query."""
        limits = self._order.limits
        for attempt in range(limits.attempts):
            try:
                answer = self._ask(query)
            except _BusyServerError as busy:
                if attempt + 1 == limits.attempts:
                    raise self._fault("overpass_unavailable", f"{busy}, {attempt + 1} times") from busy
                self._wait(max(min(limits.first_wait_s * 2**attempt, _LONGEST_WAIT_S), busy.wait_s), str(busy))
                continue
            self._tiles, self._fetched, self._bytes = self._tiles + 1, self._fetched + 1, self._bytes + len(answer)
            if self._tiles < len(self._order.queries):
                time.sleep(min(limits.pause_s, max(0.0, self._left_s())))
            return answer
        raise AssertionError("a tile has at least one attempt")

    def _ask(self, query: str) -> bytes:
        """Send one request; _BusyServerError for what may pass, DataError for what will not."""
        request = urllib.request.Request(  # noqa: S310 - the opener knows http and https alone
            f"{self._order.url}?{urlencode({'data': query})}", headers={"User-Agent": user_agent(), "Accept": "*/*"}
        )
        patience_s = min(_SERVER_TIMEOUT_S + _PATIENCE_S, self._time_left())
        try:
            with self._opener.open(request, timeout=patience_s) as response:
                answer = self._read(response)
        except urllib.error.HTTPError as error:
            with error:
                raise self._http_fault(error) from error
        except TimeoutError as error:
            self._time_left()
            raise _BusyServerError("no answer in time") from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            self._time_left()
            raise _BusyServerError(f"no connection ({getattr(error, 'reason', error)})") from error
        try:
            answer_elements(answer, self._order.url)
        except DataError as error:
            raise _BusyServerError(error.problems[0].found) from error
        return answer

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        expected = response.length
        chunks: list[bytes] = []
        size = 0
        self._check_size(expected or 0)
        while chunk := response.read1(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            self._check_size(size)
            self._time_left()
            self.tell(coming=size)
        if expected is not None and size != expected:
            raise _BusyServerError(f"an answer cut short at {size} of {expected} bytes")
        return b"".join(chunks)

    def _check_size(self, coming: int) -> None:
        most = self._order.limits.max_bytes
        if self._bytes + coming > most:
            raise self._fault(
                "overpass_too_large", f"more than {most / 1e6:g} MB", "Take a smaller margin or --max-mb."
            )

    def _http_fault(self, error: urllib.error.HTTPError) -> Exception:
        if error.code in _BUSY:
            return _BusyServerError(
                f"the server is busy ({error.code})", retry_after_s(error.headers.get("Retry-After"))
            )
        return self._fault("overpass_refused", f"the server answers {error.code} {error.reason}", "Check the address.")

    def _left_s(self) -> float:
        return self._begun_s + self._order.limits.max_seconds - time.monotonic()

    def _time_left(self) -> float:
        """Return the seconds left of the run; DataError where none are."""
        left_s = self._left_s()
        if left_s <= 0:
            raise self._fault("overpass_time_limit", f"not done within {self._order.limits.max_seconds:g} s")
        return left_s

    def _wait(self, wait_s: float, reason: str) -> None:
        if wait_s >= self._left_s():
            found = f"{reason}; the next attempt would be in {wait_s:.0f} s, beyond the time limit"
            raise self._fault("overpass_time_limit", found)
        self.tell(f"{reason}, waiting {wait_s:.0f} s")
        time.sleep(wait_s)

    def _fault(self, code: str, found: str, remedy: str = "Run the same command again later.") -> DataError:
        kept = f"{self._tiles} of {len(self._order.queries)} tiles are kept in {self._order.folder}"
        return DataError.single(code, self._order.url, found, f"{remedy} {kept} and will not be asked again.")


def user_agent() -> str:
    """Return the name under which the product asks."""
    return f"Lifecircle/{version('lifecircle')} (network download)"


def retry_after_s(text: str | None) -> float:
    """Return the seconds that a `Retry-After` header asks for: a number, or a date; 0 where it says nothing."""
    if text is None:
        return 0.0
    if text.strip().isdecimal():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())


class _SameHostRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect on the configured host (and from http to https there), and no other."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request, or raise DataError where it would go to another host."""
        asked, sent = urlsplit(req.full_url), urlsplit(newurl)
        upgraded = (asked.scheme, sent.scheme) == ("http", "https") and _port(asked) == 80 and _port(sent) == 443
        same = asked.scheme == sent.scheme and _port(asked) == _port(sent)
        if asked.hostname != sent.hostname or not (same or upgraded):
            fp.close()
            raise DataError.single(
                "overpass_redirect",
                f"{asked.scheme}://{asked.netloc}",
                f"the server sends to another host ({sent.netloc[:80]})",
                "Set LIFECIRCLE_OVERPASS_URL to the server's own address.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _port(address: SplitResult) -> int | None:
    return address.port or _DEFAULT_PORTS.get(address.scheme)


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener for http and https alone."""
    opener = urllib.request.OpenerDirector()
    handlers: Sequence[urllib.request.BaseHandler] = (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _SameHostRedirects(),
    )
    for handler in handlers:
        opener.add_handler(handler)
    return opener
