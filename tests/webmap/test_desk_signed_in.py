"""The desk through the pages of somebody who is signed in: a scenario kept, a siting job followed and stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webmap import jobs
from webmap.jobs import Progress, run_job

WHAT_IF = "/planner/caojiadu/nurseries/what-if"
SITING = "/planner/caojiadu/nurseries/siting"
SITE = "add=121.4325,31.2385"
JOB = re.compile(r'data-job="(\w+)" data-job-url="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = re.compile(r'<form method="post" action="([^"]+)"')
SignIn = Callable[[FlaskClient, str], str]


@pytest.fixture
def planner(client: FlaskClient, signed_in: SignIn) -> FlaskClient:
    """A client who has signed in as a planner."""
    signed_in(client, "planner")
    return client


def _start(planner: FlaskClient, query: str) -> str:
    """Press the button of the siting page that starts a job, and return the address that it leads to."""
    page = planner.get(f"{SITING}?{query}").text
    form = page[page.index('action="/planner/caojiadu/nurseries/siting?') :]
    address = form[len('action="') :].split('"', maxsplit=1)[0].replace("&amp;", "&")
    token = TOKEN.search(form)
    assert token is not None
    started = planner.post(address, data={"csrf_token": token[1]})
    assert started.status_code == 303
    return str(started.headers["Location"])


def _work(app: Flask, job_id: str) -> None:
    """Do what the consumer of the queue does with one job."""
    run_job(app.extensions["lifecircle.results"].store(), job_id, app.extensions["lifecircle.computations"])


def test_a_planner_keeps_a_scenario_from_the_page_and_everybody_reads_it(
    planner: FlaskClient, app: Flask, signed_in: SignIn
) -> None:
    page = planner.get(f"{WHAT_IF}?{SITE}&lang=zh").text
    token = TOKEN.search(page)
    assert token is not None
    kept = planner.post(f"{WHAT_IF}?{SITE}", data={"csrf_token": token[1], "name": "东边加一处"})
    assert kept.status_code == 303
    address = kept.headers["Location"]
    assert "东边加一处" in planner.get(WHAT_IF).text
    share = re.search(r'data-figure="share_after"[^>]*>([\d.]+%)', page)
    assert share is not None
    reader = app.test_client()
    shown = reader.get(address).text
    assert "东边加一处" in shown
    assert share[1] in shown
    assert reader.post(f"{address}/delete").status_code in {400, 401}
    signed_in(reader, "editor")
    other = {"csrf_token": signed_in(app.test_client(), "editor")}
    assert reader.post(f"{address}/delete", data=other).status_code in {400, 403}
    mine = TOKEN.search(planner.get(address).text)
    assert mine is not None
    assert planner.post(f"{address}/delete", data={"csrf_token": mine[1]}).status_code == 303
    assert reader.get(address).status_code == 404


def test_a_siting_job_is_started_followed_and_shows_its_result(
    planner: FlaskClient, app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_REPORT_EVERY_S", 0.0)
    address = _start(planner, "p=2&every_m=100&budget=2&lang=zh")
    waiting = planner.get(f"{address}&lang=zh").text
    assert "正在算" in waiting
    found = JOB.search(waiting)
    assert found is not None
    seen: list[str] = []
    known = dict(app.extensions["lifecircle.computations"])

    def watched(arguments: Mapping[str, Any], progress: Progress) -> Any:
        def tell(done: int, total: int, step: str) -> None:
            progress(done, total, step)
            seen.append(re.search(r"第 \d 步，共 \d 步", planner.get(f"{address}&lang=zh").text)[0])  # type: ignore[index]

        return known["siting"](arguments, tell)

    store = app.extensions["lifecircle.results"].store()
    run_job(store, found[1], {"siting": watched})
    assert seen == ["第 0 步，共 2 步", "第 1 步，共 2 步", "第 2 步，共 2 步"]
    done = planner.get(f"{address}&lang=zh").text
    assert "正在算" not in done
    at_once = planner.get(f"{SITING}?p=2&every_m=100&budget=2&lang=zh").text
    figure = re.compile(r'class="big-figure"><b>([\d.]+%)')
    assert figure.findall(done) == figure.findall(at_once) != []
    assert 'data-cost="2.0"' in done
    assert app.test_client().get(address).status_code == 404
    other = app.test_client()
    signed_in(other, "reviewer")
    assert other.get(address).status_code == 404


def test_a_waiting_job_is_stopped_by_its_planner_with_the_token_of_the_page(
    planner: FlaskClient, app: Flask, signed_in: SignIn
) -> None:
    address = _start(planner, "p=3")
    page = planner.get(f"{address}&lang=zh").text
    found, token = JOB.search(page), re.search(r'data-token="([^"]+)"', page)
    assert found is not None
    assert token is not None
    assert planner.delete(found[2]).status_code == 400
    other = app.test_client()
    theirs = {"X-CSRFToken": signed_in(other, "editor")}
    assert other.delete(found[2], headers=theirs).status_code == 403
    assert planner.delete(found[2], headers={"X-CSRFToken": token[1]}).status_code == 204
    _work(app, found[1])
    stopped = planner.get(f"{address}&lang=zh").text
    assert "停下了" in stopped
    assert "big-figure" not in stopped


def test_a_job_that_cannot_be_done_says_why_in_the_language_of_the_page(planner: FlaskClient, app: Flask) -> None:
    address = _start(planner, "model=lscp&every_m=200&rule=sh2016-nursery&budget=1")
    found = JOB.search(planner.get(address).text)
    assert found is not None
    _work(app, found[1])
    page = planner.get(f"{address}&lang=zh").text
    assert re.search(r'data-reason="budget_too_small">预算不够，要 [\d,]+ 才够。', page)


def test_roles_that_may_not_plan_see_no_button_and_are_refused(app: Flask, signed_in: SignIn) -> None:
    weak = app.test_client()
    token = signed_in(weak, "viewer")
    page = weak.get(f"{SITING}?p=2").text
    assert 'action="/planner/caojiadu/nurseries/siting?' not in page
    assert weak.post(f"{SITING}?p=2", data={"csrf_token": token}).status_code == 403
    assert weak.post(f"{WHAT_IF}?{SITE}", data={"csrf_token": token, "name": "x"}).status_code == 403
    assert weak.get("/api/jobs").status_code == 403
    strong = app.test_client()
    signed_in(strong, "planner")
    assert strong.post(f"{SITING}?p=2", data={}).status_code == 400
    assert strong.post(f"{WHAT_IF}?{SITE}", data={"name": "x"}).status_code == 400
