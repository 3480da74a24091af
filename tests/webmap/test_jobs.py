"""Long computations: asked for, followed, cancelled, limited; a restart loses none of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from huey.registry import Message

from geo.errors import NotFoundError, RequestError
from webmap import jobs
from webmap.job_queue import JobQueue, JsonSerializer
from webmap.jobs import Progress, TooManyJobsError, ask_for, cancel_job, interrupted_jobs, jobs_of, read_job, run_job
from webmap.store import Store


def _ask(store: Store, kind: str = "count", who: str = "wang", **arguments: object) -> str:
    with store.writing() as connection:
        return ask_for(connection, kind, arguments, who)


def _read(store: Store, job_id: str) -> jobs.Job:
    with store.reading() as connection:
        return read_job(connection, job_id)


def _count(arguments: Mapping[str, Any], progress: Progress) -> dict[str, int]:
    for number in range(int(arguments["to"])):
        progress(number, int(arguments["to"]), "counting")
    return {"counted": int(arguments["to"])}


def test_a_job_runs_from_asking_to_its_result(store: Store) -> None:
    job_id = _ask(store, to=3)
    assert _read(store, job_id).state == "waiting"
    run_job(store, job_id, {"count": _count})
    job = _read(store, job_id)
    assert (job.state, job.result, job.fault, job.who) == ("done", {"counted": 3}, None, "wang")
    assert job.started_at is not None
    assert job.asked_at <= job.started_at <= (job.ended_at or "")
    run_job(store, job_id, {"count": lambda *_: pytest.fail("it has run already")})


def test_progress_is_seen_from_outside(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_REPORT_EVERY_S", 0.0)
    seen = []

    def slow(_: Mapping[str, Any], progress: Progress) -> None:
        for number in range(3):
            progress(number, 3, f"step {number}")
            job = _read(store, job_id)
            seen.append((job.state, job.done, job.total, job.step))

    job_id = _ask(store)
    run_job(store, job_id, {"count": slow})
    assert seen == [("running", number, 3, f"step {number}") for number in range(3)]


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_when_it_reports(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_REPORT_EVERY_S", 0.0)
    waiting, running = _ask(store, to=1), _ask(store, to=5)
    with store.writing() as connection:
        cancel_job(connection, waiting)
    reached = []

    def slow(_: Mapping[str, Any], progress: Progress) -> None:
        for number in range(5):
            if number == 2:
                with store.writing() as connection:
                    cancel_job(connection, running)
            progress(number, 5, "")
            reached.append(number)

    run_job(store, waiting, {"count": lambda *_: pytest.fail("cancelled")})
    run_job(store, running, {"count": slow})
    assert [_read(store, one).state for one in (waiting, running)] == ["cancelled", "cancelled"]
    assert reached == [0, 1]


def test_a_fault_is_kept_in_words(store: Store) -> None:
    def wrong(_: Mapping[str, Any], __: Progress) -> None:
        raise RequestError("too_far", "limit_m", "found -1", "Write a distance")

    def broken(_: Mapping[str, Any], __: Progress) -> None:
        raise ZeroDivisionError

    first, second = _ask(store), _ask(store)
    run_job(store, first, {"count": wrong})
    with pytest.raises(ZeroDivisionError):
        run_job(store, second, {"count": broken})
    assert _read(store, first).fault == {
        "code": "too_far",
        "where": "limit_m",
        "found": "found -1",
        "remedy": "Write a distance",
    }
    fault = _read(store, second).fault
    assert fault is not None
    assert fault["code"] == "internal_error"


def test_a_job_that_takes_too_long_or_gives_too_much_ends(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    long, large = _ask(store, to=9), _ask(store)
    run_job(store, large, {"count": lambda *_: "x" * (jobs.MOST_RESULT_BYTES + 1)})
    monkeypatch.setattr(jobs, "_REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(jobs, "LONGEST_RUN_S", -1.0)
    run_job(store, long, {"count": _count})
    codes = [(_read(store, one).fault or {})["code"] for one in (long, large)]
    assert codes == ["time_is_up", "result_too_large"]


def test_one_person_may_have_three_under_way(store: Store) -> None:
    mine = [_ask(store, to=1) for _ in range(jobs.MOST_OPEN_OF_ONE)]
    with pytest.raises(TooManyJobsError):
        _ask(store, to=1)
    other = _ask(store, to=1, who="li")
    run_job(store, mine[0], {"count": _count})
    again = _ask(store, to=1)
    with store.reading() as connection:
        assert [job.id for job in jobs_of(connection, "wang")] == [again, *reversed(mine)]
        assert [job.id for job in jobs_of(connection, "li")] == [other]
        with pytest.raises(NotFoundError):
            read_job(connection, "01M7XPE65EKMWMPZ79JYNR4W8R")


def test_what_a_restart_interrupted_waits_again(store: Store) -> None:
    done, broken, waiting = _ask(store, to=1), _ask(store, to=1), _ask(store, to=1)
    run_job(store, done, {"count": _count})

    def killed(_: Mapping[str, Any], __: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(store, broken, {"count": killed})
    assert _read(store, broken).state == "running"
    assert interrupted_jobs(store) == [broken, waiting]
    assert _read(store, broken).state == "waiting"


def test_the_queue_keeps_json_and_nothing_that_runs() -> None:
    message = Message("1", "webmap.job_queue.run_job", None, 0, 0, None, ["01M7"], {}, None, None)
    kept = JsonSerializer().serialize(message)
    assert b"01M7" in kept
    restored = JsonSerializer().deserialize(kept)
    assert (restored.id, restored.name, restored.args) == ("1", "webmap.job_queue.run_job", ["01M7"])
    with pytest.raises(UnicodeDecodeError):
        JsonSerializer().deserialize(b"\x80\x04cos\nsystem\n.")


def test_asking_over_the_web(app: Flask, client: FlaskClient, signed_in: Callable[[FlaskClient, str], str]) -> None:
    token = {"X-CSRFToken": signed_in(client, "planner")}
    unknown = client.post("/api/jobs", json={"kind": "rm -rf"}, headers=token)
    assert (unknown.status_code, unknown.json["problems"][0]["code"]) == (400, "unknown_kind")
    assert client.post("/api/jobs", json=[1], headers=token).status_code == 400
    asked = client.post("/api/jobs", json={"kind": "report", "arguments": {"subdistrict": "caojiadu"}}, headers=token)
    assert asked.status_code == 202
    address = asked.headers["Location"]
    assert client.get(address).json["state"] == "waiting"
    assert client.get(f"{address}/result").status_code == 409
    results = app.extensions["lifecircle.results"]
    run_job(results.store(), asked.json["id"], app.extensions["lifecircle.computations"])
    figures = client.get(f"{address}/result").json["result"]["figures"]
    coverage = client.get("/api/coverage?subdistrict=caojiadu&layer=nurseries").json["coverage"]["people"]
    assert figures["nurseries"] == {"covered": coverage["covered"], "total": coverage["total"]}
    assert figures["red_cross_stations"] is None
    assert client.delete(address, headers=token).status_code == 204
    assert client.get(address).json["state"] == "done"
    stranger = app.test_client()
    signed_in(stranger, "editor")
    assert stranger.get(address).status_code == 403
    assert app.test_client().get(address).status_code == 401


def test_a_consumer_that_was_killed_goes_on_after_its_start(tmp_path: Path, root: Path) -> None:
    environment = {**os.environ, "LIFECIRCLE_INSTANCE": str(tmp_path)}
    store = Store(f"sqlite:///{tmp_path / 'lifecircle.db'}")
    with store.writing() as connection:
        job_id = ask_for(connection, "report", {"subdistrict": "caojiadu"}, "wang")
        connection.execute(jobs.JOB.update().values(state="running"))  # as a killed consumer leaves it
    command = [sys.executable, "-c", "import sys; from webmap.cli import main; sys.exit(main(['jobs', 'work']))"]
    with subprocess.Popen(command, env=environment, cwd=root, stderr=subprocess.PIPE) as worker:
        deadline = time.monotonic() + 60
        while _read(store, job_id).state not in {"done", "failed"} and time.monotonic() < deadline:
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=20)
    job = _read(store, job_id)
    assert (job.state, job.done) == ("done", job.total)
    assert job.result["figures"]["nurseries"]["total"] == 82884
    store.close()


def test_a_job_is_put_in_the_queue_once(tmp_path: Path) -> None:
    from webmap.config import Config

    store = Store(f"sqlite:///{tmp_path / 'lifecircle.db'}")
    queue = JobQueue(Config(instance=tmp_path), store, {"count": _count})
    queue.put("01M7XPE65EKMWMPZ79JYNR4W8R")
    assert len(queue._huey) == 1
    store.close()
