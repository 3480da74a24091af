"""Errors to HTTP, in one place: problem+json for programs, a page in their language for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Flask, Response, g, json, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from geo.errors import DataError, LifecircleError, NotFoundError, Problem, RequestError
from webmap.fault_words import fault_words
from webmap.feature_faults import DeletedFeatureError, InvalidFeatureError
from webmap.import_status import import_status
from webmap.jobs import RETRY_AFTER_S, FullQueueError, NoResultError, TooManyJobsError
from webmap.parameters import QueryError
from webmap.past import PastInputsError
from webmap.refusal import RefusedError
from webmap.responses import wants_page
from webmap.revisions import ConflictError
from webmap.store import StoreError

PROBLEM_TYPE = "application/problem+json"
_MACHINE_PATHS = ("/api/", "/healthz", "/frame/")
_MACHINE_ENDINGS = (".json", ".csv", ".xlsx", ".js", ".css")
_STATUSES: tuple[tuple[type[LifecircleError], int], ...] = (
    (NotFoundError, 404),
    (PastInputsError, 409),
    (DeletedFeatureError, 410),
    (ConflictError, 412),
    (NoResultError, 409),
    (TooManyJobsError, 429),
    (FullQueueError, 503),
    (RequestError, 400),
    (QueryError, 400),
    (DataError, 503),
)
_log = logging.getLogger("lifecircle")


def handle_errors(app: Flask) -> None:
    """Answer every error of `app`: domain errors by kind, HTTP errors as they are, anything else as 500."""
    app.register_error_handler(LifecircleError, _answer_domain_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_surprise)


def problem_response(
    status: int, title: str, detail: str, problems: Sequence[Problem], more: Mapping[str, object] | None = None
) -> Response:
    """Return an RFC 9457 answer; `problems` holds every fault with its place and remedy, `more` further members."""
    code = problems[0].code if problems else HTTPStatus(status).phrase.lower().replace(" ", "_")
    body = {
        "type": f"urn:lifecircle:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "problems": [{"code": p.code, "where": p.where, "found": p.found, "remedy": p.remedy} for p in problems],
    }
    told = json.dumps(body | dict(more or {}), ensure_ascii=False)
    return Response(told, status=status, mimetype=PROBLEM_TYPE)


def _answer_domain_error(error: LifecircleError) -> Response:
    """Answer an error that was raised on purpose."""
    problems = problems_of(error)
    status = _status_of(error)
    if status >= 500:
        _log.error("%s %s: %s", request.method, request.path, error)
    response = _answer(status, problems, current_copy(error))
    if isinstance(error, RefusedError):
        response.headers.update(error.headers)
    if isinstance(error, TooManyJobsError | FullQueueError):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, DeletedFeatureError):
        way = url_for("features_api.restore", layer=error.head.layer, feature=error.head.feature)
        response.headers["Link"] = f'<{way}>; rel="restore"'
        response.set_etag(str(error.head.revision))
    return response


def current_copy(error: LifecircleError) -> dict[str, object]:
    """Return what stands now, for who has changed something older or deleted: they lose nothing and see both."""
    heads = [head for _change, head in error.heads] if isinstance(error, ConflictError) else []
    if isinstance(error, DeletedFeatureError):
        heads = [error.head]
    if len(heads) != 1 or heads[0] is None:
        return {}
    head = heads[0]
    return {"current": {"revision": head.revision, "state": head.state, "feature": head.body}}


def _answer_http_error(error: HTTPException) -> Response:
    """Answer an error of HTTP itself: no such page, a host name that is not ours."""
    if isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    return _answer(status, [])


def _answer_surprise(error: Exception) -> Response:
    """Answer a fault of ours; its text goes to the log and not to the visitor."""
    _log.error("%s %s", request.method, request.path, exc_info=error)
    return _answer(500, [])


def _answer(status: int, problems: Sequence[Problem], more: Mapping[str, object] | None = None) -> Response:
    """Return the error as a program or as a person can read it."""
    title = HTTPStatus(status).phrase
    if _asked_by_program():
        detail = "; ".join(f"{p.where}: {p.found}" for p in problems) or HTTPStatus(status).description or title
        return problem_response(status, title, detail, problems, more)
    g.lifecircle_no_cookie = True
    told = [fault_words(problem) for problem in problems]
    page = render_template("error.html", status=status, problems=problems, told=told)
    return Response(page, status=status, mimetype="text/html")


def _asked_by_program() -> bool:
    """Return whether the address is one that programs call; under /ogc people may ask for a page."""
    if request.path == "/ogc" or request.path.startswith("/ogc/"):
        return not wants_page()
    return request.path.startswith(_MACHINE_PATHS) or request.path.endswith(_MACHINE_ENDINGS)


def problems_of(error: LifecircleError) -> list[Problem]:
    """Return every problem that an error carries."""
    if isinstance(error, DataError | QueryError | ConflictError | InvalidFeatureError):
        return list(error.problems)
    if isinstance(error, RequestError | StoreError | RefusedError | DeletedFeatureError):
        return [error.problem]
    return []


def _status_of(error: LifecircleError) -> int:
    """Return the status of an error: the request at fault (4xx), our own data or store at fault (5xx)."""
    if isinstance(error, StoreError):
        return 507 if error.full else 503
    if isinstance(error, RefusedError):
        return error.status
    if isinstance(error, InvalidFeatureError):
        return import_status(error.problems)
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
