"""`lifecircle coverage`: who is within a walk of a facility, for anybody's points on anybody's network."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.catalog_model import whole_decimetres
from geo.errors import RequestError
from webmap.cli_walk import add_conditions, conditions_of, named_profile, whole_number_if_so

if TYPE_CHECKING:
    from geo.catalog import Profile
    from geo.coverage import Tally
    from geo.network import WalkNetwork
    from geo.point_coverage import PointCoverage

_FARTHEST_LIMIT_M = 100_000.0


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `coverage`."""
    coverage = commands.add_parser("coverage", help="who is within a walk of a facility")
    coverage.add_argument("--network", type=Path, required=True, metavar="NET")
    coverage.add_argument("--facilities", type=Path, required=True, metavar="F.geojson", help="points")
    coverage.add_argument("--demand", type=Path, required=True, metavar="D.geojson", help="points; people default 1")
    limit = coverage.add_mutually_exclusive_group(required=True)
    limit.add_argument("--limit-m", type=_positive, metavar="M", help="limit in metres, inclusive")
    limit.add_argument("--limit-min", type=_positive, metavar="T", help="limit in minutes at the profile's speed")
    coverage.add_argument("--profile", metavar="NAME", help="walking profile for --limit-min (planning)")
    add_conditions(coverage)
    coverage.add_argument("--without-samples", action="store_true", help="leave facilities with invented positions out")
    coverage.add_argument("--out", type=Path, metavar="OUT.geojson", help="every demand point with its answer")
    coverage.add_argument("--json", action="store_true", help="the summary as JSON on standard output")
    coverage.set_defaults(run=run_coverage)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= _FARTHEST_LIMIT_M:
        raise argparse.ArgumentTypeError(f"{text!r} is no number over 0 and up to {_FARTHEST_LIMIT_M:g}")
    return value


def run_coverage(options: argparse.Namespace) -> int:
    """Answer for every demand point, write the answers and print the summary."""
    from geo.conditions import unknowns, walk_under
    from geo.network_file import load_network
    from geo.point_coverage import cover_points
    from geo.points import parse_points

    rule, profile = _rule(options)
    network = load_network(options.network)
    raw = {"facilities": options.facilities.read_bytes(), "demand": options.demand.read_bytes()}
    facilities = parse_points(raw["facilities"], options.facilities.name)
    if options.without_samples:
        facilities = facilities[facilities["location_status"] != "sample"].reset_index(drop=True)
    demand = parse_points(raw["demand"], options.demand.name)
    walk = walk_under(network, conditions_of(options), profile)
    answer = cover_points(network, facilities, demand, whole_decimetres(rule["limit_m"]), walk)
    if options.out:
        options.out.write_text(_to_geojson(answer), encoding="utf-8")
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}
    summary = _summary(network, answer, rule | {"max_access_m": options.max_access_m}, hashes)
    if options.step_free or options.hour:
        summary["unknown"] = vars(unknowns(network))
    print(json.dumps(summary, ensure_ascii=False, indent=2) if options.json else _as_text(summary))
    return 0


def _rule(options: argparse.Namespace) -> tuple[dict[str, Any], Profile | None]:
    """Return the limit in metres and where it comes from, and the walking profile where one set it."""
    if options.limit_m is not None:
        if options.profile:
            raise RequestError(
                "profile_without_minutes", "--profile", "a limit in metres needs no walking profile", "Use --limit-min."
            )
        return {"limit_m": options.limit_m, "limit_min": None, "profile": None, "speed_mps": None}, None
    profile = named_profile(options.profile or "planning")
    limit_m = whole_decimetres(options.limit_min * 60 * profile.speed_mps) / 10
    facts = {"limit_m": limit_m, "limit_min": options.limit_min, "profile": profile.id, "speed_mps": profile.speed_mps}
    return facts, profile


def _to_geojson(answer: PointCoverage) -> str:
    """Return every demand point in its file's order and with its own id, one feature a line."""
    lines = [_feature(row) for row in answer.points.to_dict("records")]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _feature(row: dict[str, Any]) -> str:
    point = row["geometry"]
    properties = {
        "people": whole_number_if_so(row["people"]),
        "nearest_facility": row["nearest_facility"],
        "distance_m": None if math.isnan(row["distance_m"]) else round(row["distance_m"], 1),
        "access_m": None if math.isnan(row["access_m"]) else row["access_m"],
        "status": row["status"],
        "reason": row["reason"],
    }
    geometry = None if point is None else {"type": "Point", "coordinates": [point.x, point.y]}
    feature = {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _summary(
    network: WalkNetwork, answer: PointCoverage, rule: dict[str, Any], hashes: dict[str, str]
) -> dict[str, Any]:
    return {
        "people": _tally(answer.people),
        "points": _tally(answer.counts),
        "rule": rule,
        "facilities": answer.facilities | {"content_hash": hashes["facilities"]},
        "demand": {"points": len(answer.points), "content_hash": hashes["demand"]},
        "network": {
            "content_hash": network.content_hash,
            "nodes": network.node_count,
            "edges": network.edge_count,
            "sources": network.meta.get("sources", []),
        },
        "edge_of_data": vars(answer.edge),
        "catchments": [_catchment(row) for row in answer.catchments.to_dict("records")],
        "warnings": [
            {"code": warning.code, "where": warning.where, "message": f"{warning.found}. {warning.remedy}"}
            for warning in answer.warnings
        ],
    }


def _catchment(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what is allocated to one facility, distances null where nothing is."""
    metres = {name: None if math.isnan(row[name]) else round(row[name], 1) for name in ("mean_m", "farthest_m")}
    counts = {name: whole_number_if_so(row[name]) for name in ("people", "points", "covered_people")}
    return {"id": row["id"], **counts, **metres}


def _tally(tally: Tally) -> dict[str, float | int | None]:
    return {
        "total": whole_number_if_so(tally.total),
        "covered": whole_number_if_so(tally.covered),
        "uncovered": whole_number_if_so(tally.uncovered),
        "unreachable": whole_number_if_so(tally.unreachable),
        "share_covered": tally.share,
        "share_uncovered": tally.share_of(tally.uncovered),
        "share_unreachable": tally.share_of(tally.unreachable),
    }


def _as_text(summary: dict[str, Any]) -> str:
    people, points, rule = summary["people"], summary["points"], summary["rule"]
    share = "no people" if people["share_covered"] is None else f"{people['share_covered']:.1%}"
    lines = [
        f"within {rule['limit_m']:g} m: {share} of people ({people['covered']:,} / {people['total']:,})",
        f"people who cannot reach any facility: {people['unreachable']:,}",
        f"demand points: {points['covered']:,} of {points['total']:,} covered, {points['unreachable']:,} unreachable",
        f"facilities: {summary['facilities']['located']:,} located of {summary['facilities']['total']:,}",
    ]
    return "\n".join(lines + [f"warning: {warning['message']}" for warning in summary["warnings"]])
