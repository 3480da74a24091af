"""The API of catchments: demand allocated to its nearest facility, and what each facility then has to serve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from flask import Blueprint, Response, jsonify, request

from geo.access import Nearest
from geo.assessment import LayerCoverage, Question, none_where_unknown
from geo.catchment import catchments as allocate
from webmap.kept_answers import same_for_all
from webmap.parameters import Choice, read_query
from webmap.responses import unless_known
from webmap.views import snapshot

pages = Blueprint("catchments_api", __name__)


@pages.get("/api/catchments")
def catchments() -> Response:
    """Answer how many people have each facility of a layer as their nearest one, and how far they walk.

    `catchments` is null, with a `reason`, where the layer has no rule or no facility to walk to.
    """
    now = snapshot()
    asked = read_query(
        request.args,
        {
            "subdistrict": Choice((), None),
            "layer": Choice((), None),
            "profile": Choice(tuple(now.catalog.profiles), next(iter(now.catalog.profiles))),
            "samples": Choice(("0", "1"), "0"),
        },
    )
    place, layer = now.place(asked["subdistrict"]), now.layer(asked["layer"])

    def answer() -> Response:
        body: dict[str, Any] = {
            "subdistrict": place.subdistrict.id,
            "layer": layer.id,
            "data_version": place.data_version,
            "network_version": place.network_version,
            "unit": place.subdistrict.population.unit,
            "rule": layer.headline_rule,
            "profile": asked["profile"],
            "with_samples": asked["samples"] == "1",
        }
        if layer.headline_rule is None:
            return jsonify(body | {"catchments": None, "reason": "no rule gives this layer a walking limit"})
        question = Question(layer.id, layer.headline_rule, asked["profile"], with_samples=asked["samples"] == "1")
        found = now.coverage(place, question)
        if found is None:
            return jsonify(body | {"catchments": None, "reason": "no facility of this layer has a position here"})
        ids = [str(one) for one in place.facilities(layer.id).index]
        return jsonify(body | {"limit_m": found.limit_m, "catchments": _allocated(found, ids, str(body["unit"]))})

    same_for_all()
    return unless_known(place.data_version, answer)


def _allocated(found: LayerCoverage, ids: list[str], unit: str) -> list[dict[str, Any]]:
    """Return what is allocated to each facility that anybody has as the nearest one."""
    row = {name: number for number, name in enumerate(ids)}
    demand = found.demand
    facility = np.array([row.get(name, -1) for name in demand["nearest_facility"]], dtype=np.int32)
    distance_dm = np.rint(demand["distance_m"].fillna(-0.1).to_numpy(dtype=np.float64) * 10).astype(np.int32)
    nearest = Nearest(facility=facility, distance_dm=distance_dm, reason=none_where_unknown(demand["reason"]))
    covered = (demand["status"] == "covered").to_numpy(dtype=bool)
    table = allocate(nearest, len(ids), demand["weight"].to_numpy(dtype=np.float64), covered)
    return [
        {
            "facility": name,
            unit: one["people"],
            f"covered_{unit}": one["covered_people"],
            "points": int(one["points"]),
            "mean_m": _known(one["mean_m"]),
            "farthest_m": _known(one["farthest_m"]),
        }
        for name, one in zip(ids, table.to_dict("records"), strict=True)
        if one["points"]
    ]


def _known(length_m: float) -> float | None:
    return None if math.isnan(length_m) else round(length_m, 1)
