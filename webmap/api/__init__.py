"""The API: coverage figures and layers as JSON; what is asked wrongly is answered with every reason."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, json, jsonify, request
from sqlalchemy import func, select

from geo.assessment import LayerAssessment, LayerCoverage, Place, Question
from geo.catalog_model import Catalog, Layer
from geo.errors import NotFoundError
from geo.layers import layer_to_geojson
from webmap.kept_answers import same_for_all
from webmap.parameters import Choice, read_query
from webmap.responses import unless_known
from webmap.results import Results
from webmap.store_schema import HISTORY
from webmap.views import snapshot, the_store

pages = Blueprint("api", __name__)
GEOJSON = "application/geo+json"


@pages.get("/api/coverage")
def coverage() -> Response:
    """Answer how many people walk to a layer within a rule's limit.

    Without samples unless `samples=1`; `coverage` is null, with a `reason`, where no facility is left to walk to.
    People are counted under `people`, households under `households`: never one under the other's name.
    """
    now = snapshot()
    names = {"subdistrict": Choice((), None), "layer": Choice((), None)}
    options = {
        "rule": Choice(),
        "profile": Choice(tuple(now.catalog.profiles), next(iter(now.catalog.profiles))),
        "samples": Choice(("0", "1"), "0"),
    }
    asked = read_query(request.args, names | options)
    place, layer = now.place(asked["subdistrict"]), now.layer(asked["layer"])
    rule_id = _rule_id(layer)
    question = found = None
    if rule_id is not None:
        question = Question(layer.id, rule_id, asked["profile"], with_samples=asked["samples"] == "1")
        found = now.coverage(place, question)
    body = _answer(place, layer, question, now.catalog) | _locations(now.assessment(place, layer.id))
    if question is None or found is None:
        body["reason"] = _why_none(question, has_streets=place.has_streets)
    else:
        body["coverage"] = _figures(found, place.subdistrict.population.unit, now.reach_ratios(place, question))
    same_for_all()
    return unless_known(place.data_version, lambda: jsonify(body))


@pages.get("/api/layers/<layer>")
def layer_features(layer: str) -> Response:
    """Return a layer as GeoJSON, of one subdistrict or of all."""
    now = snapshot()
    its_layer = now.layer(layer)
    asked = read_query(request.args, {"subdistrict": Choice()})
    place = now.place(asked["subdistrict"]) if "subdistrict" in request.args else next(iter(now.places.values()))
    frame = place.layers[its_layer.id].frame
    if "subdistrict" in request.args:
        frame = frame[frame["subdistrict"] == place.subdistrict.id]
    return unless_known(place.data_version, lambda: Response(layer_to_geojson(frame, its_layer), mimetype=GEOJSON))


@pages.get("/api/layers/<layer>/<feature>")
def one_feature(layer: str, feature: str) -> Response:
    """Return one facility as a GeoJSON feature; its ETag is the revision, which a write names in If-Match."""
    now = snapshot()
    its_layer = now.layer(layer)
    read_query(request.args, {})
    place = next(iter(now.places.values()))
    frame = place.layers[its_layer.id].frame
    if feature not in frame.index:
        raise NotFoundError("unknown_feature", "feature", f"{its_layer.id} has no such feature", "Ask for the layer")
    tag = str(_published_revision(its_layer.id, feature, now.live.seq))
    if tag in request.if_none_match:
        response = Response(status=304)
    else:
        found = json.loads(layer_to_geojson(frame.loc[[feature]], its_layer))["features"][0]
        response = Response(json.dumps(found, ensure_ascii=False), mimetype=GEOJSON)
    response.set_etag(tag)
    return response


@pages.get("/healthz")
def healthz() -> Response:
    """Answer whether results can be given, of which data versions, and whether newer files could not be read."""
    read_query(request.args, {})
    now = snapshot()
    results: Results = current_app.extensions["lifecircle.results"]
    versions = {place_id: place.data_version for place_id, place in now.places.items()}
    return jsonify({"status": "ok", "data_versions": versions, "stale": results.fault is not None})


def _published_revision(layer: str, feature: str, seq: int) -> int:
    """Return the revision of a feature that readers see after entry `seq` of the history."""
    mine = (HISTORY.c.layer == layer, HISTORY.c.feature == feature, HISTORY.c.state == "published")
    with the_store().reading() as connection:
        found = connection.execute(select(func.max(HISTORY.c.revision)).where(*mine, HISTORY.c.seq <= seq)).scalar()
    return int(found or 0)


def _rule_id(layer: Layer) -> str | None:
    """Return the rule that `?rule=` names, otherwise the layer's headline rule (None: it has no rule)."""
    allowed = layer.rules or ("",)
    others = {name: Choice() for name in request.args if name != "rule"}
    asked = read_query(request.args, others | {"rule": Choice(allowed, layer.headline_rule or "")})["rule"]
    return asked or None


def _answer(place: Place, layer: Layer, question: Question | None, catalog: Catalog) -> dict[str, object]:
    """Return what was asked and what the answer rests on."""
    answer: dict[str, object] = {
        "subdistrict": place.subdistrict.id,
        "layer": layer.id,
        "data_version": place.data_version,
        "network_version": place.network_version,
        "people_basis": people_basis(place),
        "unit": place.subdistrict.population.unit,
        "rule": None,
        "coverage": None,
    }
    if question is None:
        return answer
    rule, profile = catalog.rules[question.rule_id], catalog.profiles[question.profile_id]
    return answer | {
        "rule": {"id": rule.id, "limit_m": rule.limit_m, "limit_min": rule.limit_min, "document": rule.document.zh},
        "profile": {"id": profile.id, "speed_mps": profile.speed_mps},
        "limit_m": rule.limit_dm(profile) / 10,
        "with_samples": question.with_samples,
    }


def _locations(assessment: LayerAssessment) -> dict[str, object]:
    """Return what the layer's figures rest on: facilities by location status, and what the report states."""
    stated = assessment.stated
    return {
        "locations": assessment.counts,
        "stated": {"value": stated.value, "parts": [part.value for part in stated.parts], "plan": stated.plan},
    }


def people_basis(place: Place) -> dict[str, object]:
    """Return what the people of a place rest on, and how their total compares with the stated one."""
    basis = place.basis
    return {
        "kind": basis.kind,
        "points": len(place.demand),
        "total": basis.total,
        "stated": basis.stated,
        "difference": basis.difference,
        "with_gates": basis.with_gates,
        "source": basis.source,
    }


def _why_none(question: Question | None, *, has_streets: bool) -> str:
    """Return why there is no coverage, in words."""
    if not has_streets:
        return "no street network has been brought for this subdistrict"
    if question is None:
        return "no rule gives this layer a walking limit"
    left_out = "" if question.with_samples else "; samples do not count unless samples=1"
    return f"no facility of this layer has a position here{left_out}"


def _figures(found: LayerCoverage, unit: str, ratios: dict[str, float | None]) -> dict[str, object]:
    """Return the figures of one coverage, counted in `unit`: people or households."""
    edge = found.edge_of_data
    return {
        "facilities_used": found.facilities_used,
        "facilities_off_network": found.facilities_off_network,
        unit: found.weights.figures,
        "points": found.points.figures,
        "street_m": found.street_m.figures,
        f"circle_{unit}": found.circle_weights.figures,
        f"circle_only_{unit}": found.circle_only_weight,
        "reach_ratio": ratios,
        "edge_of_data": {
            "points": edge.points,
            unit: edge.weight,
            "uncovered_points": edge.uncovered_points,
            f"uncovered_{unit}": edge.uncovered_weight,
        },
        "groups": {name: tally.figures for name, tally in found.groups.items()},
    }
