"""The API of siting: where one more site would help most; small questions at once, longer ones as a job."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from geo.errors import RequestError
from geo.siting_place import SitingQuestion
from geo.siting_problem import MODELS
from webmap.access_control import requires
from webmap.api.jobs import accept
from webmap.api.layer_asked import LayerAsked, read_layer_asked
from webmap.parameters import Choice, read_query
from webmap.responses import unless_known
from webmap.siting_answer import AMOUNTS, EVERY_M, MOST_CANDIDATES, kept_result, question_from, read_amounts
from webmap.siting_limit import count_question
from webmap.snapshot import Snapshot
from webmap.views import snapshot

pages = Blueprint("siting_api", __name__)

MOST_P_AT_ONCE, LEAST_EVERY_M = 3, 50
MOST_BODY_BYTES = 4_000
_ABOUT = ("subdistrict", "layer", "rule", "profile", "data_version", "network_version")
_ARGUMENTS = {"rule": str, "profile": str, "model": str, "p": int, "every_m": int} | dict.fromkeys(AMOUNTS, float)


@pages.get("/api/siting")
def at_once() -> Response:
    """Answer where up to three new sites help most; `siting` is null, with a `reason`, where nothing can be sited.

    `budget`, `cost_each` and `capacity_each` are those of the page and of jobs, the same for every candidate.

    What has been worked out before is given again; of new questions each client may ask some a minute, then 429.
    """
    now = snapshot()
    asked = read_layer_asked(now, request.args, _choices())
    amounts = {name: request.args[name] or "nothing" for name in AMOUNTS if name in request.args}
    read_amounts(amounts)
    if asked.reason is not None:
        nothing = {"siting": None, "reason": asked.reason}
        return unless_known(asked.place.data_version, lambda: jsonify(asked.about() | nothing))
    numbers = {"p": int(asked.given["p"]), "every_m": int(asked.given["every_m"])}
    question = question_from(now, asked.layer, asked.given | numbers | amounts | {"rule": asked.rule_id})
    _require_small(asked)
    return unless_known(asked.place.data_version, lambda: jsonify(asked.about() | _found(now, asked, question)))


@pages.post("/api/siting")
@requires("planner", max_body_bytes=MOST_BODY_BYTES)
def as_job() -> tuple[Response, int, dict[str, str]]:
    """Ask for a siting of any size as a job: 202 with the address at which it is followed, cancelled and fetched."""
    read_query(request.args, {})
    now = snapshot()
    arguments = _arguments(request.get_json())
    place, layer = now.place(arguments["subdistrict"]), now.layer(arguments["layer"])
    question_from(now, layer, arguments)
    if not place.has_streets:
        raise RequestError("no_streets", "/subdistrict", "there is no street network yet", "Take one into use first")
    return accept("siting", arguments)


def _choices() -> dict[str, Choice]:
    return dict.fromkeys(AMOUNTS, Choice()) | {
        "model": Choice(MODELS, "mclp"),
        "p": Choice(tuple(str(number) for number in range(1, MOST_P_AT_ONCE + 1)), "1"),
        "every_m": Choice(tuple(str(every) for every in EVERY_M if every >= LEAST_EVERY_M), str(LEAST_EVERY_M)),
    }


def _require_small(asked: LayerAsked) -> None:
    """Refuse a place with so many streets that its candidates are too many to be tried at once."""
    candidates = asked.place.network.length_m / int(asked.given["every_m"])
    if candidates > MOST_CANDIDATES:
        found = f"about {candidates:,.0f} candidate sites, {MOST_CANDIDATES:,} may be"
        raise RequestError("too_large_at_once", "every_m", found, "Ask by POST as a planner: it becomes a job")


def _found(now: Snapshot, asked: LayerAsked, question: SitingQuestion) -> dict[str, Any]:
    """Return the answer, worked out once; a new question counts for the client who asks it."""
    result = kept_result(now, asked.place, question, count_question)
    told = {name: value for name, value in result.items() if name not in _ABOUT}
    return {"siting": _counted_in(told, asked.place.subdistrict.population.unit)}


def _counted_in(value: object, unit: str) -> object:
    """Return a result with households under the name of households, wherever people are named."""
    if isinstance(value, dict):
        return {name.replace("people", unit): _counted_in(one, unit) for name, one in value.items()}
    return [_counted_in(one, unit) for one in value] if isinstance(value, list) else value


def _arguments(body: object) -> dict[str, Any]:
    """Return the arguments of a job; RequestError with the first that is unknown, missing or of another type."""
    if not isinstance(body, dict):
        raise RequestError("bad_body", "body", "not an object", 'Write {"subdistrict": …, "layer": …, "p": …}')
    needed = {"subdistrict": str, "layer": str}
    for name, value in body.items():
        kind = (needed | _ARGUMENTS).get(name)
        if kind is None:
            known = ", ".join(needed | _ARGUMENTS)
            raise RequestError("unknown_parameter", f"/{str(name)[:40]}", "there is no such member", f"Known: {known}")
        if type(value) is not kind and not (kind is float and type(value) is int):
            wanted = {str: "a text", int: "a whole number", float: "a number"}[kind]
            raise RequestError("bad_value", f"/{name}", f"found {type(value).__name__}", f"Write {wanted}")
    for name in needed:
        if name not in body:
            raise RequestError("missing_parameter", f"/{name}", "not given", "Give it")
    return {"model": "mclp", "p": 1, "every_m": LEAST_EVERY_M} | body
