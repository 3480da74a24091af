"""Long computations as jobs: asked for, waiting, running with progress, done, failed or cancelled.

A job's row in the store is the truth that every worker reads; `webmap.job_queue` only says which is next. A running
job looks whether it was cancelled, or has had its time, whenever it reports progress: nothing else can stop it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from geo.errors import LifecircleError, NotFoundError, Problem, RequestError
from webmap.fresh_ids import fresh_id
from webmap.history import canonical, utc_now
from webmap.job_tables import JOB
from webmap.store import Store

JobState = Literal["waiting", "running", "done", "failed", "cancelled"]
OPEN_STATES = ("waiting", "running")
MOST_OPEN_OF_ONE, MOST_OPEN = 3, 20
LONGEST_RUN_S = 300.0
MOST_RESULT_BYTES = 5_000_000
MOST_ARGUMENT_CHARACTERS = 4_000
RETRY_AFTER_S = 20
"""When somebody for whom there was no room may ask again: a job seldom takes longer."""
KEPT_DAYS = 30
_REPORT_EVERY_S = 0.3
_SURPRISE = {"code": "internal_error", "found": "a fault of ours; it is in the log"}

Progress = Callable[[int, int, str], None]
"""What a computation calls as it goes on: steps done, steps in all, what it is doing now."""
Computation = Callable[[Mapping[str, Any], Progress], Any]
"""What a kind of job does with its arguments, to which `who` asked is added: nobody can ask in another's name."""


class JobCancelledError(LifecircleError):
    """Raised inside a computation when somebody has cancelled it."""


class TooManyJobsError(RequestError):
    """Somebody has as many jobs under way as they may; another can be asked for when one has ended."""


class FullQueueError(RequestError):
    """Everybody together has as many jobs under way as may be."""


class NoResultError(RequestError):
    """The result of a job was asked for that has none, or none yet."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands. `result` is there when it is done, `fault` when it failed: a problem in words."""

    id: str
    kind: str
    arguments: Mapping[str, Any]
    who: str
    state: JobState
    done: int
    total: int
    step: str
    result: Any
    fault: Mapping[str, str] | None
    asked_at: str
    started_at: str | None
    ended_at: str | None


def ask_for(connection: Connection, kind: str, arguments: Mapping[str, Any], who: str) -> str:
    """Add a waiting job and return its id; the connection is one of `Store.writing`.

    Raises:
        TooManyJobsError: `who` has as many under way as may be.
        FullQueueError: everybody together has.
        RequestError: the arguments are too long to keep.
    """
    told = canonical(dict(arguments))
    if len(told) > MOST_ARGUMENT_CHARACTERS:
        found = f"they have {len(told):,} characters, {MOST_ARGUMENT_CHARACTERS:,} may be"
        raise RequestError("arguments_too_long", "arguments", found, "Ask for less")
    mine = _open_jobs(connection, who)
    if mine >= MOST_OPEN_OF_ONE:
        found = f"{mine} of yours are under way, {MOST_OPEN_OF_ONE} may be"
        raise TooManyJobsError("too_many_jobs", "jobs", found, "Wait until one has ended, or cancel one")
    if _open_jobs(connection, None) >= MOST_OPEN:
        raise FullQueueError("queue_full", "jobs", f"{MOST_OPEN} jobs of everybody are under way", "Ask again later")
    job_id = fresh_id()
    row = {"id": job_id, "kind": kind, "arguments": told, "who": who, "state": "waiting"}
    fresh = {"done": 0, "total": 0, "step": "", "cancelled": 0, "asked_at": utc_now()}
    connection.execute(JOB.insert().values(row | fresh))
    return job_id


def read_job(connection: Connection, job_id: str) -> Job:
    """Return a job; NotFoundError where there is none of that id."""
    row = connection.execute(select(JOB).where(JOB.c.id == job_id)).mappings().first()
    if row is None:
        raise NotFoundError("unknown_job", "job", "there is no such job", "Ask for the computation again")
    return _job(row)


def jobs_of(connection: Connection, who: str, most: int = 50) -> list[Job]:
    """Return somebody's jobs, the newest first."""
    rows = connection.execute(select(JOB).where(JOB.c.who == who).order_by(JOB.c.id.desc()).limit(most))
    return [_job(row) for row in rows.mappings()]


def cancel_job(connection: Connection, job_id: str) -> None:
    """Cancel a job: a waiting one ends at once, a running one at its next report of progress."""
    mine = JOB.c.id == job_id
    connection.execute(JOB.update().where(mine, JOB.c.state.in_(OPEN_STATES)).values(cancelled=1))
    waiting = JOB.update().where(mine, JOB.c.state == "waiting")
    connection.execute(waiting.values(state="cancelled", ended_at=utc_now()))


def interrupted_jobs(store: Store) -> list[str]:
    """Return the ids of the jobs to be queued again after a restart, oldest first; none of them runs any more."""
    with store.writing() as connection:
        connection.execute(JOB.update().where(JOB.c.state == "running").values(state="waiting", done=0, step=""))
        rows = connection.execute(select(JOB.c.id).where(JOB.c.state == "waiting").order_by(JOB.c.id))
        return [row.id for row in rows]


def run_job(store: Store, job_id: str, computations: Mapping[str, Computation]) -> None:
    """Run one waiting job to its end; whatever happens is in its row afterwards."""
    job = _begin(store, job_id)
    if job is None:
        return
    try:
        result = _result(computations[job.kind], job, _reporter(store, job_id))
    except JobCancelledError:
        _end(store, job_id, "cancelled")
    except LifecircleError as error:
        _end(store, job_id, "failed", fault=canonical(_fault(error)))
    except Exception:
        _end(store, job_id, "failed", fault=canonical(_SURPRISE))
        raise
    else:
        _end(store, job_id, "done", result=result)


def _result(compute: Computation, job: Job, progress: Progress) -> str:
    """Return what a computation gives, as it is kept; RequestError where it is too much to keep."""
    result = canonical(compute({**job.arguments, "who": job.who}, progress))
    if len(result.encode()) > MOST_RESULT_BYTES:
        raise RequestError("result_too_large", job.kind, f"{len(result):,} characters came of it", "Ask for less")
    return result


def _open_jobs(connection: Connection, who: str | None) -> int:
    """Return how many jobs of `who` (None: of anybody) are under way."""
    query = select(func.count()).select_from(JOB).where(JOB.c.state.in_(OPEN_STATES))
    if who is not None:
        query = query.where(JOB.c.who == who)
    return int(connection.execute(query).scalar_one())


def _begin(store: Store, job_id: str) -> Job | None:
    """Mark a waiting job as running and return it; None where it is waiting no more."""
    with store.writing() as connection:
        waiting = JOB.update().where(JOB.c.id == job_id, JOB.c.state == "waiting")
        begun = connection.execute(waiting.values(state="running", started_at=utc_now()))
        return read_job(connection, job_id) if begun.rowcount else None


def _end(store: Store, job_id: str, state: JobState, result: str | None = None, fault: str | None = None) -> None:
    values = {"state": state, "result": result, "fault": fault, "ended_at": utc_now()}
    with store.writing() as connection:
        connection.execute(JOB.update().where(JOB.c.id == job_id).values(values))


def _reporter(store: Store, job_id: str) -> Progress:
    """Return the progress function of a running job: it keeps how far it is, and ends the job where it must end."""
    begun_s = time.monotonic()
    last_s = 0.0

    def report(done: int, total: int, step: str) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s < _REPORT_EVERY_S and done != total:
            return
        last_s = now_s
        if now_s - begun_s > LONGEST_RUN_S:
            found = f"it has run for {LONGEST_RUN_S:.0f} s"
            raise RequestError("time_is_up", "job", found, "Ask for fewer sites, candidates or runs")
        with store.writing() as connection:
            mine = JOB.c.id == job_id
            connection.execute(JOB.update().where(mine).values(done=done, total=total, step=step))
            if connection.execute(select(JOB.c.cancelled).where(mine)).scalar():
                raise JobCancelledError("the job was cancelled")

    return report


def _fault(error: LifecircleError) -> dict[str, str]:
    """Return an error in words."""
    problem = getattr(error, "problem", None) or next(iter(getattr(error, "problems", ())), None)
    if not isinstance(problem, Problem):
        return {"code": "failed", "found": str(error)}
    return {"code": problem.code, "where": problem.where, "found": problem.found, "remedy": problem.remedy}


def _job(row: Mapping[Any, Any]) -> Job:
    kept: dict[str, Any] = {name: row[name] for name in Job.__slots__}
    texts = ("arguments", "result", "fault")
    return Job(**kept | {name: None if row[name] is None else json.loads(row[name]) for name in texts})
