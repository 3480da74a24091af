"""Whole answers, kept as they were sent: who asks the same of the same data again is answered before anything is read.

Kept are only answers whose view says (`same_for_all`) that they rest on the snapshot and the address alone, and only
for requests that bring nothing personal: no cookie, no authorization, no condition but If-None-Match. The key is all
that such a view can see of a request, written out. The answers of one snapshot go when another takes its place, so
that an edit is seen by the next request, in every worker. All of an answer is kept: status, headers, compressed body.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from flask import Flask, request

from geo.errors import LifecircleError
from webmap.results import Results
from webmap.snapshot import Snapshot
from webmap.views import snapshot

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    _ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

MOST_BYTES, LONGEST_BYTES = 32_000_000, 1_000_000
_OVERHEAD_BYTES = 3_000  # about what key and headers take as Python objects
_REST_ON = "lifecircle.rests_on"
_SEEN = (
    *("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH"),
)
_PERSONAL = (
    *("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MATCH"),
    *("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_TRANSFER_ENCODING"),
)
_Key: TypeAlias = tuple[str, ...]
_Headers: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer as it was sent."""

    status: str
    headers: _Headers
    body: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.body) + _OVERHEAD_BYTES


def same_for_all() -> None:
    """Say that the answer to this request rests on its snapshot and on the request's address and Accept alone.

    Not for a view that looks at the clock, at who asks, at a file or at the store. The form and the compression of an
    answer may differ by Accept and Accept-Encoding; its language must stand in the address or be the default one.
    """
    now = snapshot()
    if now.as_of is None:
        request.environ[_REST_ON] = now


def keep_answers(app: Flask, results: Results) -> None:
    """Make `app` answer again what it has answered of the same data; the outermost of what is put around it."""
    app.wsgi_app = KeptAnswers(app.wsgi_app, results)  # type: ignore[method-assign]


class KeptAnswers:
    """The application with the answers that were last asked for before it; at most `MOST_BYTES` in each worker."""

    def __init__(self, application: WSGIApplication, results: Results) -> None:
        """Keep nothing yet."""
        self._application = application
        self._results = results
        self._lock = threading.Lock()
        self._of: Snapshot | None = None
        self._answers: dict[_Key, _Answer] = {}
        self._held_bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        key = _key_of(environ)
        if key is None:
            return self._application(environ, start_response)
        kept = self._find(key)
        if kept is None:
            return self._made(key, environ, start_response)
        start_response(kept.status, list(kept.headers))
        return [kept.body]

    def _find(self, key: _Key) -> _Answer | None:
        """Return the kept answer, which is then the last to go; None where there is none of the newest data."""
        try:
            now = self._results.current()
        except LifecircleError:
            return None  # the application explains it
        with self._lock:
            self._turn_to(now)
            kept = self._answers.pop(key, None)
            if kept is not None:
                self._answers[key] = kept
            return kept

    def _made(self, key: _Key, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Return the application's own answer, and keep it where it may be."""
        begun: list[tuple[str, _Headers]] = []

        def begin(status: str, headers: _Headers, exc_info: _ExcInfo | None = None, /) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return start_response(status, headers, exc_info)

        parts = self._application(environ, begin)
        now = environ.get(_REST_ON)
        if now is None or len(begun) != 1 or not _may_be_kept(*begun[0]):
            return parts
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        self._keep(now, key, _Answer(begun[0][0], list(begun[0][1]), body))
        return [body]

    def _keep(self, now: Snapshot, key: _Key, answer: _Answer) -> None:
        """Keep an answer of the snapshot `now`; those that nobody has asked for longest go when they are too much."""
        with self._lock:
            self._turn_to(now)
            before = self._answers.pop(key, None)
            self._held_bytes += answer.size_bytes - (0 if before is None else before.size_bytes)
            self._answers[key] = answer
            while self._held_bytes > MOST_BYTES:
                self._held_bytes -= self._answers.pop(next(iter(self._answers))).size_bytes

    def _turn_to(self, now: Snapshot) -> None:
        """Let everything go that is of another snapshot."""
        if now is not self._of:
            self._of, self._answers, self._held_bytes = now, {}, 0


def _key_of(environ: WSGIEnvironment) -> _Key | None:
    """Return all that an answer may differ by; None for a request that must be looked at itself."""
    if environ["REQUEST_METHOD"] != "GET" or any(name in environ for name in _PERSONAL):
        return None
    if environ.get("CONTENT_LENGTH") not in (None, "", "0"):
        return None
    return tuple([environ.get(name, "") for name in _SEEN])


def _may_be_kept(status: str, headers: _Headers) -> bool:
    """Return whether an answer is whole, sets no cookie, and is not so long that it would drive out many others."""
    told = {name.lower(): value for name, value in headers}
    if "set-cookie" in told or told.get("cache-control") != "no-cache":
        return False
    if status.startswith("304"):
        return True
    return status.startswith("200") and int(told.get("content-length", LONGEST_BYTES)) < LONGEST_BYTES
