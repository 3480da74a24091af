"""The API of claims: what the reports state, and what the map says to it."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, jsonify, request

from geo.claim_review import counts_facilities
from webmap.parameters import Choice, read_query
from webmap.report_files import claim_json, finding_json
from webmap.report_rows import KINDS, NO_LAYER
from webmap.report_store import Report
from webmap.responses import unless_known
from webmap.snapshot import Snapshot
from webmap.views import snapshot

pages = Blueprint("claims_api", __name__)


@pages.get("/api/claims")
def claims() -> Response:
    """Return the claims of the reports with their verdicts; each parameter narrows, `layer=none` to the unassigned."""
    now = snapshot()
    names = {"subdistrict": Choice(), "report": Choice(), "layer": Choice()}
    asked = read_query(request.args, names | {"kind": Choice(KINDS, "")})
    reports = _reports(now, asked)
    layer_id = _layer_id(now, asked["layer"])
    version = _version(now, reports)

    def answer() -> Response:
        found = [claim_json(one) for report in reports for one in now.review(report)]
        kept = [
            claim
            for claim in found
            if layer_id in {None, claim["layer"] or NO_LAYER} and asked["kind"] in {"", claim["kind"]}
        ]
        return jsonify({"data_version": version, "count": len(kept), "claims": kept})

    return unless_known(version, answer)


@pages.get("/api/reconciliation")
def reconciliation() -> Response:
    """Return stated, itemised and mapped beside each other for every claim of a subdistrict that counts facilities.

    `findings` are what the reports' own figures say about each other.
    """
    now = snapshot()
    asked = read_query(request.args, {"subdistrict": Choice((), None)})
    place = now.place(asked["subdistrict"])
    reports = [report for report in now.reports.values() if report.subdistrict == place.subdistrict.id]
    version = _version(now, reports)

    def answer() -> Response:
        body = {
            "subdistrict": place.subdistrict.id,
            "data_version": version,
            "reconciliation": [row for report in reports for row in _reconciled(now, report)],
            "findings": [
                {"report": report.id} | finding_json(finding, report.claims)
                for report in reports
                for finding in report.findings
            ],
        }
        return jsonify(body)

    return unless_known(version, answer)


def _reports(now: Snapshot, asked: dict[str, str]) -> list[Report]:
    """Return the reports that are asked for; NotFoundError where a name belongs to nothing."""
    reports = [now.report(asked["report"])] if "report" in request.args else list(now.reports.values())
    if "subdistrict" in request.args:
        subdistrict = now.subdistrict(asked["subdistrict"])
        reports = [report for report in reports if report.subdistrict == subdistrict.id]
    return reports


def _layer_id(now: Snapshot, name: str) -> str | None:
    """Return the layer that is asked for, None for any; NotFoundError where there is none of that name."""
    if "layer" not in request.args:
        return None
    return name if name == NO_LAYER else now.layer(name).id


def _reconciled(now: Snapshot, report: Report) -> list[dict[str, object]]:
    """Return what the map says to the claims of one report that count facilities."""
    rows = []
    for one in now.review(report):
        if counts_facilities(one.claim):
            claim = claim_json(one)
            kept = {name: claim[name] for name in ("layer", "indicator", "kind", "stage", "unit", "start", "end")}
            stated = {"claimed": claim["value"], "stated": one.stated, "itemised": claim["found"]}
            judged = {name: claim[name] for name in ("mapped", "mapped_by_status", "verdict", "difference", "reasons")}
            rows.append({"report": report.id} | kept | stated | judged)
    return rows


def _version(now: Snapshot, reports: list[Report]) -> str:
    """Return the version of everything that an answer about these reports rests on."""
    return hashlib.sha256("\n".join(now.version_of(report) for report in reports).encode()).hexdigest()
