"""/api/jobs: ask for a long computation, follow it, cancel it, fetch what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from geo.errors import Problem, RequestError
from webmap.access_control import requires
from webmap.jobs import OPEN_STATES, Job, NoResultError, ask_for, cancel_job, jobs_of, read_job
from webmap.parameters import read_query
from webmap.refusal import RefusedError
from webmap.staff_desk import the_staff
from webmap.views import the_store

if TYPE_CHECKING:
    from webmap.job_queue import JobQueue

pages = Blueprint("jobs", __name__)
MOST_BODY_BYTES = 8_000


@pages.post("/api/jobs")
@requires("planner", max_body_bytes=MOST_BODY_BYTES)
def ask() -> tuple[Response, int, dict[str, str]]:
    """Ask for a computation: `{"kind": …, "arguments": {…}}`; answers 202 with the address of the job."""
    read_query(request.args, {})
    return accept(*_asked(request.get_json()))


@pages.get("/api/jobs")
@requires("planner")
def mine() -> Response:
    """List the visitor's own jobs, the newest first."""
    read_query(request.args, {})
    with the_store().reading() as connection:
        return jsonify({"jobs": [_told(job) for job in jobs_of(connection, the_staff().login)]})


@pages.get("/api/jobs/<job>")
@requires("planner")
def show(job: str) -> Response:
    """Tell how far a job is."""
    read_query(request.args, {})
    return jsonify(_told(_own(job)))


@pages.get("/api/jobs/<job>/result")
@requires("planner")
def result(job: str) -> Response:
    """Return what came of a job; 409 while it is under way, or where nothing came of it."""
    read_query(request.args, {})
    found = _own(job)
    if found.state != "done":
        raise NoResultError("no_result", "job", f"the job is {found.state}", "Ask again when it is done")
    return jsonify({"job": found.id, "kind": found.kind, "arguments": found.arguments, "result": found.result})


@pages.delete("/api/jobs/<job>")
@requires("planner")
def cancel(job: str) -> tuple[str, int]:
    """Cancel a job; one that has ended stays as it is."""
    read_query(request.args, {})
    found = _own(job)
    with the_store().writing() as connection:
        cancel_job(connection, found.id)
    return "", 204


def accept(kind: str, arguments: Mapping[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Ask for a computation as the visitor; return 202 with the job and its address.

    Raises:
        TooManyJobsError: the visitor has as many under way as may be.
        FullQueueError: everybody together has.
    """
    with the_store().writing() as connection:
        job_id = ask_for(connection, kind, arguments, the_staff().login)
    _queue().put(job_id)
    with the_store().reading() as connection:
        job = read_job(connection, job_id)
    return jsonify(_told(job)), 202, {"Location": url_for("jobs.show", job=job_id)}


def _asked(body: object) -> tuple[str, dict[str, Any]]:
    """Return kind and arguments of a request's body; RequestError with what is wrong."""
    known = ", ".join(current_app.extensions["lifecircle.computations"])
    if not isinstance(body, dict) or set(body) - {"kind", "arguments"}:
        remedy = 'Write {"kind": …, "arguments": {…}}'
        raise RequestError("bad_job", "body", "not an object with kind and arguments", remedy)
    kind, arguments = body.get("kind"), body.get("arguments", {})
    if kind not in current_app.extensions["lifecircle.computations"]:
        raise RequestError("unknown_kind", "/kind", f"no job is called {ascii(kind)[:60]}", f"Known: {known}")
    if not isinstance(arguments, dict):
        raise RequestError("bad_arguments", "/arguments", "not an object", "Write an object")
    return str(kind), arguments


def _own(job_id: str) -> Job:
    """Return a job of the visitor's own; others' are for administrators alone."""
    with the_store().reading() as connection:
        job = read_job(connection, job_id)
    staff = the_staff()
    if job.who != staff.login and staff.role != "administrator":
        raise RefusedError(403, Problem("not_yours", "job", "somebody else asked for this job", "Ask for it yourself"))
    return job


def _queue() -> JobQueue:
    queue: JobQueue = current_app.extensions["lifecircle.jobs"]()
    return queue


def _told(job: Job) -> dict[str, Any]:
    """Return a job as JSON."""
    told: dict[str, Any] = {name: getattr(job, name) for name in ("id", "kind", "arguments", "state", "step", "fault")}
    told |= {"done": job.done, "total": job.total, "asked_at": job.asked_at}
    told |= {"started_at": job.started_at, "ended_at": job.ended_at, "under_way": job.state in OPEN_STATES}
    return told | {"result_url": url_for("jobs.result", job=job.id) if job.state == "done" else None}
