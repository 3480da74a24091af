"""What answers are made of, by name: the components of the API's definition."""

from __future__ import annotations

from webmap.api.openapi_desk import desk_schemas
from webmap.api.openapi_parts import (
    BOOLEAN,
    COUNT,
    FAULTS,
    LENGTH,
    NETWORK_VERSION,
    NUMBER,
    PROBLEM,
    SHARE,
    STRING,
    VERSION,
    Schema,
    listed,
    nullable,
    ref,
    shape,
)
from webmap.i18n import local_text

STATUSES = ("surveyed", "address", "approximate", "sample", "unlocated")


def shared_schemas() -> dict[str, Schema]:
    """Return the schemas that several operations use."""
    return {
        "problem": _problem(),
        "link": shape({"href": {"type": "string", "format": "uri"}, "rel": STRING, "type": STRING, "title": STRING}),
        "tally": shape(
            {
                "total": LENGTH,
                "covered": LENGTH,
                "uncovered": LENGTH,
                "unreachable": LENGTH,
                "share": nullable(SHARE),
            }
        ),
        "geometry": _geometry(),
        "geometryOrNull": nullable(_geometry()),
        "profile": shape({"id": STRING, "speed_mps": NUMBER, "step_free": BOOLEAN}),
        "position": shape({"lon": NUMBER, "lat": NUMBER}),
        "counts": shape(dict.fromkeys(STATUSES, COUNT)),
    }


def analysis_schemas() -> dict[str, Schema]:
    """Return the schemas of the analysis: each answer has its `data_version`, what was asked, and the result."""
    return {
        "isochrones": _walk({"position": ref("position"), "isochrones": nullable(listed(_isochrone()))}),
        "route": _walk({"from": ref("position"), "to": ref("position"), "route": nullable(_route())}),
        "catchments": _catchments(),
        "coverage": _coverage(),
        "claims": shape({"data_version": VERSION, "count": COUNT, "claims": listed({"type": "object"})}),
        "reconciliation": shape(
            {
                "data_version": VERSION,
                "subdistrict": STRING,
                "reconciliation": listed({"type": "object"}),
                "findings": listed({"type": "object"}),
            }
        ),
        "history": shape({"data_version": VERSION, "seq": COUNT, "history": listed(_revision())}),
        "candidates": shape({"candidates": listed(_candidate())}),
        "nearest": _nearest(),
        **desk_schemas(),
        "health": shape({"status": STRING, "data_versions": {"type": "object"}, "stale": BOOLEAN}),
    }


def fault_answers() -> dict[str, Schema]:
    """Return the answers to what is asked wrongly, by status."""
    pages = {PROBLEM: {"schema": ref("problem")}, "text/html": {"schema": STRING}}
    return {code: {"description": local_text(words), "content": pages} for code, words in FAULTS.items()}


def _problem() -> Schema:
    one = shape({"code": STRING, "where": STRING, "found": STRING, "remedy": STRING})
    status = {"type": "integer", "minimum": 400, "maximum": 599}
    kind = {"type": "string", "pattern": "^urn:lifecircle:problem:"}
    return shape({"type": kind, "title": STRING, "status": status, "detail": STRING, "problems": listed(one)})


def _geometry() -> Schema:
    kinds = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": kinds}, "coordinates": {"type": "array", "items": {}}},
    }


def _walk(result: dict[str, Schema]) -> Schema:
    about = {"subdistrict": STRING, "outside_m": LENGTH, "data_version": VERSION, "network_version": NETWORK_VERSION}
    about |= {"profile": ref("profile")}
    return shape(about | result | {"reason": STRING}, optional=("reason",))


def _isochrone() -> Schema:
    return shape({"limit_min": NUMBER, "limit_m": NUMBER, "street_m": LENGTH, "geometry": ref("geometry")})


def _route() -> Schema:
    leg = shape(
        {
            "street": STRING,
            "length_m": LENGTH,
            "bearing_deg": {"type": "number", "minimum": 0, "maximum": 360},
            "turn": {"type": "string", "enum": ["start", "straight", "left", "right", "back"]},
            "step_free_m": LENGTH,
            "unknown_step_free_m": LENGTH,
        }
    )
    lengths = dict.fromkeys(("distance_m", "duration_min", "access_from_m", "access_to_m"), LENGTH)
    return shape(lengths | {"unknown_step_free_m": LENGTH, "legs": listed(leg), "geometry": ref("geometry")})


def _catchments() -> Schema:
    counted = dict.fromkeys(("people", "covered_people", "households", "covered_households"), LENGTH)
    lengths = {"mean_m": nullable(LENGTH), "farthest_m": nullable(LENGTH)}
    one = shape({"facility": STRING, "points": COUNT} | lengths | counted, optional=tuple(counted))
    asked = {
        "subdistrict": STRING,
        "layer": STRING,
        "data_version": VERSION,
        "network_version": NETWORK_VERSION,
        "unit": {"type": "string", "enum": ["people", "households"]},
        "rule": nullable(STRING),
        "profile": STRING,
        "with_samples": BOOLEAN,
    }
    told = asked | {"limit_m": LENGTH, "reason": STRING, "catchments": nullable(listed(one))}
    return shape(told, optional=("limit_m", "reason"))


def _coverage() -> Schema:
    asked = {
        "subdistrict": STRING,
        "layer": STRING,
        "data_version": VERSION,
        "network_version": NETWORK_VERSION,
        "unit": {"type": "string", "enum": ["people", "households"]},
        "rule": nullable({"type": "object"}),
        "profile": {"type": "object"},
        "limit_m": LENGTH,
        "with_samples": BOOLEAN,
        "locations": ref("counts"),
        "stated": {"type": "object"},
        "reason": STRING,
        "coverage": nullable(_coverage_figures()),
    }
    return shape(asked, optional=("profile", "limit_m", "with_samples", "reason"))


def _coverage_figures() -> Schema:
    tallies = {name: ref("tally") for name in ("people", "households", "circle_people", "circle_households")}
    always = {
        "facilities_used": COUNT,
        "facilities_off_network": COUNT,
        "points": ref("tally"),
        "street_m": ref("tally"),
    }
    return shape(tallies | always, optional=tuple(tallies))


def _revision() -> Schema:
    return shape(
        {"seq": COUNT, "at": STRING, "layer": STRING, "feature": STRING, "revision": COUNT, "operation": STRING}
    )


def _candidate() -> Schema:
    accuracy = nullable(LENGTH)
    return shape({"label": STRING, "lon": NUMBER, "lat": NUMBER, "accuracy_m": accuracy, "how": STRING})


def _nearest() -> Schema:
    one = shape({"layer": STRING, "id": nullable(STRING), "distance_m": nullable(LENGTH)})
    beside = shape({"layer": STRING, "sample": COUNT, "unlocated": COUNT})
    return shape(
        {
            "position": ref("position"),
            "subdistrict": STRING,
            "inside": BOOLEAN,
            "outside_m": LENGTH,
            "data_version": VERSION,
            "network_version": NETWORK_VERSION,
            "profile": ref("profile"),
            "open_at": nullable(STRING),
            "nearest": listed(one),
            "not_located": listed(beside),
        }
    )
