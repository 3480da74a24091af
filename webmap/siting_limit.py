"""How many new siting questions one client may ask a minute: each is worked out, and may take a second."""

from __future__ import annotations

from limits import RateLimitItem, RateLimitItemPerMinute

from geo.errors import Problem
from webmap.access_control import client_address
from webmap.attempt_counts import take
from webmap.refusal import RefusedError
from webmap.views import the_store

NEW_QUESTIONS: RateLimitItem = RateLimitItemPerMinute(20, namespace="siting")


def count_question() -> None:
    """Count a question that has to be worked out for the client who asks it; RefusedError 429 over the limit."""
    with the_store().writing() as connection:
        wait_s = take(connection, [(NEW_QUESTIONS, f"address/{client_address()}")])
    if wait_s:
        found = f"more than {NEW_QUESTIONS.amount} new questions a minute from here"
        problem = Problem("too_many_questions", "request", found, f"Wait {wait_s} s, or ask for a job as a planner")
        raise RefusedError(429, problem, {"Retry-After": str(wait_s)})
