"""A machine goes by the API's definition and asks everything it allows, and much that it does not: no finding.

What JSON Schema cannot say, the generator is told here: that a box has its south before its north, what CQL2 and
intervals look like, which days there are. A limit over the maximum is cut, as OGC API - Features has it.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from webmap import create_app
from webmap.config import Config

FILTERS = (
    "id = 'x'",
    "geometry IS NULL",
    "NOT (id LIKE 'a%' OR id IN ('b'))",
    "S_INTERSECTS(geometry, POINT(121.4 31.2))",
)
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
MOMENTS = ("2020-01-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00+08:00/..", "../2023-12-31T23:59:59Z")

schemathesis.openapi.format("cql2-text", st.sampled_from(FILTERS))
schemathesis.openapi.format("ogc-datetime", st.sampled_from(MOMENTS))
schemathesis.openapi.format("past-day", st.just("2001-01-01"))  # nothing is known of it: 404, which is an answer


schemathesis.openapi.format("scenario-add", st.sampled_from(("121.43,31.23", "121.5,31.2", "0,-12.5")))
FOR_REAL_PLACES = ("move", "close", "gate", "path")
"""What of a scenario names facilities that exist or lies on streets that do: tests/webmap/test_desk_api.py asks it."""


def sane(query: dict[str, Any]) -> dict[str, Any]:
    """Put a box into degrees and its corners in their order; leave out what has to go with another parameter.

    A rule has to be one of its layer's, the positions in a filter have to be of the filter's reference system.
    """
    query = {name: value for name, value in query.items() if name not in {"rule", "filter-crs", *FOR_REAL_PLACES}}
    box = query.get("bbox")
    numbers = [float(one) for one in (box.split(",") if isinstance(box, str) else box or [])]
    if numbers:
        half = len(numbers) // 2
        west, east = (max(-180.0, min(180.0, numbers[at])) for at in (0, half))
        south, north = sorted(max(-90.0, min(90.0, numbers[at])) for at in (1, half + 1))
        query = {name: value for name, value in query.items() if name != "bbox-crs"} | {
            "bbox": f"{west!r},{south!r},{east!r},{north!r}"
        }
    return query


def is_cut(query: dict[str, Any]) -> bool:
    """Whether nothing but a limit over the maximum may be wrong with a query."""
    try:
        return int(query.get("limit", 0)) > 1000
    except (TypeError, ValueError):
        return False


def has_empty_fields(query: dict[str, Any]) -> bool:
    """Whether a scenario has fields that a form sends empty: these are none, and nothing else may be wrong."""
    given = [value for name in ("add", *FOR_REAL_PLACES) if name in query for value in _listed(query[name])]
    return any(not str(value).strip() for value in given)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application of its own: what is asked here changes nothing for others."""
    app = create_app(Config(instance=tmp_path_factory.mktemp("instance"), recheck_s=3600))
    inner = app.wsgi_app

    def uncompressed(environ: Any, start_response: Any) -> Any:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # this transport asks for gzip and does not unpack it
        return inner(environ, start_response)

    app.wsgi_app = uncompressed
    return app


@pytest.fixture(scope="module")
def definition(served: Flask) -> Any:
    """The definition as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", served)


def ask_everything(definition: Any, wanted: str, examples: int) -> None:
    """Ask every operation whose path has `wanted` in it; a finding raises."""
    operations = [result.ok() for result in definition.get_all_operations()]
    chosen = [operation for operation in operations if wanted in operation.path]
    assert chosen
    for operation in chosen:
        for mode in (POSITIVE, NEGATIVE):
            ask_one(operation, mode, examples)


def ask_one(operation: Any, mode: Any, examples: int) -> None:
    """Ask an operation with data that it allows, or that it does not; the same data every time."""

    def ask(case: Any) -> None:
        query = dict(case.query or {})
        if mode is POSITIVE:
            case.query = sane(query)
        elif is_cut(query) or has_empty_fields(query):
            return
        case.call_and_validate()

    some = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        some(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    except Unsatisfiable:
        assert mode is NEGATIVE, f"nothing can be asked of {operation.label}"


@pytest.mark.parametrize("wanted", ["/api/isochrone", "/api/history", "/ogc/collections/claims/items"])
def test_a_few_operations_have_no_finding(definition: Any, wanted: str) -> None:
    ask_everything(definition, wanted, examples=8)


# the transport does not close what it was sent from a file; a server does
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["/api/", "/healthz", "/ogc"])
def test_no_operation_has_a_finding(definition: Any, wanted: str) -> None:
    ask_everything(definition, wanted, examples=40)
