"""Which job is next: huey's queue in a SQLite file of the instance, and the consumer that works through it.

The queue holds ids alone, as JSON: nothing that could be unpickled into something else. It survives a restart, and
jobs that were running when the service ended are queued again.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping

from huey import SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import delete

from webmap.config import Config
from webmap.job_tables import JOB
from webmap.jobs import KEPT_DAYS, OPEN_STATES, Computation, interrupted_jobs, run_job
from webmap.store import Store

QUEUE_FILE = "jobs.db"
_DAY_S = 86_400
_log = logging.getLogger("lifecircle.jobs")


class JsonSerializer(Serializer):  # type: ignore[misc] # huey ships no types
    """What the queue keeps, as JSON."""

    def _serialize(self, data: object) -> bytes:
        return json.dumps(list(data) if isinstance(data, Message) else data).encode()

    def _deserialize(self, data: bytes) -> object:
        read = json.loads(data)
        return Message(*read) if isinstance(read, list) and len(read) == len(Message._fields) else read


class JobQueue:
    """The queue of one instance."""

    def __init__(self, config: Config, store: Store, computations: Mapping[str, Computation]) -> None:
        """Open the queue; the file is made when it is not there.

        Args:
            config: names the instance.
            store: holds the jobs.
            computations: what each kind of job does.
        """
        self._store = store
        path = config.instance / QUEUE_FILE
        self._huey = SqliteHuey("lifecircle", filename=str(path), results=False, serializer=JsonSerializer())

        def run(job_id: str) -> None:
            run_job(store, job_id, computations)

        self._task = self._huey.task(name="run_job")(run)

    def put(self, job_id: str) -> None:
        """Let the consumer run a job when it is the job's turn."""
        self._task(job_id)

    def work(self) -> None:
        """Run jobs one after the other until the process is told to end."""
        self._huey.flush()
        _forget_old(self._store)
        for job_id in interrupted_jobs(self._store):
            self.put(job_id)
        consumer = self._huey.create_consumer(workers=1, periodic=False, max_delay=0.5, backoff=1.5)
        _log.info("Working through the jobs")
        consumer.run()


def _forget_old(store: Store) -> None:
    """Take away what ended long ago: results are computed again when they are asked for again."""
    oldest = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - KEPT_DAYS * _DAY_S))
    with store.writing() as connection:
        connection.execute(delete(JOB).where(JOB.c.ended_at < oldest, JOB.c.state.not_in(OPEN_STATES)))
