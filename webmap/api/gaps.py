"""The API of gaps: uncovered people who live together, how far they have to walk, and why."""

from __future__ import annotations

import json
from typing import Any

import shapely
from flask import Blueprint, Response, jsonify, request

from geo.gaps import Gap
from webmap.api.layer_asked import LayerAsked, read_layer_asked
from webmap.gap_list import MOST_POINTS, gaps_of
from webmap.parameters import Choice
from webmap.responses import unless_known
from webmap.snapshot import Snapshot
from webmap.views import snapshot

pages = Blueprint("gaps_api", __name__)
_DECIMALS = 7


@pages.get("/api/gaps")
def gaps() -> Response:
    """Answer where the people live who walk farther than a rule's limit, most people first.

    `gaps` is null, with a `reason`, where there is no rule, no street, or far too many demand points.
    """
    now = snapshot()
    asked = read_layer_asked(now, request.args, {"samples": Choice(("0", "1"), "0")})
    return unless_known(asked.place.data_version, lambda: jsonify(asked.about() | _found(now, asked)))


def _found(now: Snapshot, asked: LayerAsked) -> dict[str, Any]:
    """Return the limit and the gaps, or why there are none to be had."""
    question, place = asked.question, asked.place
    if question is None or asked.reason is not None:
        return {"gaps": None, "reason": asked.reason}
    if len(place.demand) > MOST_POINTS:
        return {"gaps": None, "reason": f"there are more than {MOST_POINTS} demand points; no gaps are made of them"}
    limit_dm = now.catalog.rules[question.rule_id].limit_dm(now.catalog.profiles[question.profile_id])
    unit = place.subdistrict.population.unit
    return {"limit_m": limit_dm / 10, "gaps": [_gap(one, unit) for one in gaps_of(now, place, question)]}


def _gap(gap: Gap, unit: str) -> dict[str, Any]:
    """Return one gap; its people are counted under `unit`, its area is the band along its streets."""
    area = shapely.orient_polygons(shapely.set_precision(gap.area, 10.0**-_DECIMALS))
    return {
        "letter": gap.letter,
        unit: gap.people,
        f"total_{unit}": gap.total_people,
        "points": len(gap.points),
        "streets": list(gap.streets),
        "nearest_facility": gap.nearest_facility,
        "distance_m": gap.distance_m,
        "missing_m": gap.missing_m,
        "missing_min": None if gap.missing_min is None else round(gap.missing_min, 1),
        "why": gap.why,
        f"{unit}_by_reason": dict(gap.people_by_reason),
        "geometry": None if area.is_empty else json.loads(shapely.to_geojson(area)),
    }
