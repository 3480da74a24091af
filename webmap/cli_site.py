"""`lifecircle site`: where one more facility would help most, and how sure that is."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.catalog_model import whole_decimetres
from geo.datum_shift import DATUMS
from geo.errors import RequestError
from webmap.cli_site_export import add_export
from webmap.cli_walk import add_conditions, conditions_of, whole_number_if_so

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from geo.assessment import Place
    from geo.orlib import DistanceTable
    from geo.siting import Effort, Siting
    from geo.siting_problem import Model
    from geo.siting_question import Asked, SitingAnswer
    from webmap.snapshot import Snapshot

_MODELS = ("lscp", "mclp", "p-median", "p-center")
_UNITS = {"lscp": "cost of the sites (1 each)", "mclp": "people", "p-median": "people x metres", "p-center": "metres"}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `site`."""
    site = commands.add_parser("site", help="where to put new facilities, with a proof or a bound")
    site.add_argument("--model", choices=_MODELS, help="mclp; p-median for --orlib")
    source = site.add_mutually_exclusive_group()
    source.add_argument("--network", type=Path, metavar="NET", help="with --demand and candidates")
    source.add_argument("--subdistrict", metavar="ID", help="with --layer: its own demand, streets and facilities")
    source.add_argument("--orlib", type=Path, metavar="FILE", help="an OR-Library p-median instance")
    source.add_argument("--distances", type=Path, metavar="CSV", help="candidate, demand_id, distance, people")
    site.add_argument("--demand", type=Path, metavar="F.geojson", help="points; people default 1")
    _add_candidates(site)
    site.add_argument("--existing", type=Path, metavar="F.geojson", help="facilities that stand already")
    site.add_argument("--competitors", type=Path, metavar="F.geojson", help="other people's, to be nearer than (mclp)")
    site.add_argument("--layer", metavar="ID", help="the layer of --subdistrict")
    site.add_argument("--rule", metavar="ID", help="the layer's rule; its headline rule where left out")
    site.add_argument("--profile", default="planning", metavar="NAME", help="walking profile of --rule (planning)")
    site.add_argument("--hard-border", action="store_true", help="leave neighbours' facilities out")
    site.add_argument("-p", type=int, metavar="N", help="most new sites; existing ones do not count")
    site.add_argument("--budget", type=_positive, metavar="C", help="most that the new sites may cost together")
    site.add_argument("--limit-m", type=_positive, metavar="M", help="limit in metres, inclusive")
    site.add_argument("--curve", type=int, default=0, metavar="P", help="people covered with 0 to P sites, up to 99 %%")
    site.add_argument("--method", choices=("auto", "heuristic", "exact"), default="auto")
    site.add_argument("--time-limit-s", type=_positive, default=120.0, metavar="S", help="for HiGHS (120)")
    site.add_argument("--json", action="store_true", help="the answer as JSON on standard output")
    add_conditions(site)
    site.set_defaults(run=run_site)
    add_export(site)


def _add_candidates(site: argparse.ArgumentParser) -> None:
    site.add_argument("--candidates", type=Path, metavar="FILE", help="points; role, competes, cost, capacity")
    site.add_argument("--datum", choices=DATUMS, default="wgs84", help="of --candidates with --subdistrict (wgs84)")
    site.add_argument("--encoding", choices=("utf-8", "gb18030"), default="utf-8", help="of a CSV of --candidates")
    site.add_argument("--cost-each", type=_positive, default=1.0, metavar="C", help="of candidates that say none (1)")
    site.add_argument("--capacity-each", type=_positive, metavar="N", help="people, of candidates that say none")
    site.add_argument("--candidates-every-m", type=_positive, metavar="N", help="street points as candidates")
    site.add_argument("--candidates-layer", metavar="ID", help="with --subdistrict: the located facilities of a layer")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number over 0")
    return value


def run_site(options: argparse.Namespace) -> int:
    """Choose sites and print the answer; 1 where there is none."""
    if not (options.orlib or options.distances or options.network or options.subdistrict):
        found = "nothing is said of where to look"
        raise RequestError("no_source", "site", found, "Give --network, --subdistrict, --orlib or --distances")
    if options.orlib or options.distances:
        answer = _of_table(options)
    else:
        answer = _of_place(options) if options.subdistrict else _of_files(options)
    print(json.dumps(answer, ensure_ascii=False, indent=2) if options.json else _as_text(answer))
    return 0 if answer["objective"] is not None else 1


def _effort(options: argparse.Namespace) -> Effort:
    from geo.siting import Effort

    return Effort(options.method, options.time_limit_s)


def _of_table(options: argparse.Namespace) -> dict[str, Any]:
    """Answer for an OR-Library instance or a ready table of distances."""
    from geo.orlib import read_distances, read_orlib, within
    from geo.siting import SitingProblem, solve_siting
    from geo.siting_problem import Sites

    path = options.orlib or options.distances
    read = read_orlib if options.orlib else read_distances
    table = read(path.read_text(encoding="utf-8"), path.name)
    model: Model = options.model or ("p-median" if options.orlib else "mclp")
    limit_dm = None if options.limit_m is None else whole_decimetres(options.limit_m)
    if limit_dm is None and model in {"lscp", "mclp"}:
        raise RequestError("no_limit", "--limit-m", f"{model} needs a limit", "Give --limit-m.")
    problem = SitingProblem(
        model,
        within(table.rows, limit_dm),
        table.people,
        Sites.candidates(len(table.candidate_ids)),
        options.p if options.p is not None else table.p,
        options.budget,
        limit_dm,
    )
    siting = solve_siting(problem, _effort(options))
    return _figures(siting, problem.p, options.limit_m) | _table_facts(table, siting)


def _table_facts(table: DistanceTable, siting: Siting) -> dict[str, Any]:
    covered = float(siting.served_people.sum())
    return {
        "sites": [{"id": table.candidate_ids[site]} for site in siting.chosen],
        "people": {"total": whole_number_if_so(float(table.people.sum())), "covered": whole_number_if_so(covered)},
        "candidates": len(table.candidate_ids),
        "demand_points": len(table.demand_ids),
        "explanation": _explanation(siting, table.demand_ids),
    }


def _figures(siting: Siting, p: int | None, limit_m: float | None) -> dict[str, Any]:
    numbers = {"objective": siting.objective, "bound": siting.bound, "gap": siting.gap}
    return {
        "model": siting.model,
        "p": p,
        "limit_m": limit_m,
        **{name: None if value is None else whole_number_if_so(value) for name, value in numbers.items()},
        "unit": _UNITS[siting.model],
        "status": siting.status,
        "method": siting.method,
    }


def _explanation(siting: Siting, demand_ids: Sequence[object]) -> list[dict[str, Any]]:
    """Return why there is no answer; the demand point that binds goes by its own id."""
    told = []
    for each in siting.explanation:
        figures: dict[str, Any] = dict(each.figures)
        where: object = each.where
        if "binding_point" in figures:
            where = figures["binding_point"] = demand_ids[int(figures["binding_point"])]
        told.append({"code": each.code, "where": where, "message": f"{each.found}. {each.remedy}.", **figures})
    return told


def _of_files(options: argparse.Namespace) -> dict[str, Any]:
    """Answer for anybody's points on anybody's network."""
    from geo.conditions import walk_under
    from geo.network_file import load_network
    from geo.points import parse_points
    from geo.siting_files import file_question

    network = load_network(options.network)
    if options.demand is None or (options.candidates is None) == (options.candidates_every_m is None):
        found = "--network needs --demand, and either --candidates or --candidates-every-m"
        raise RequestError("missing_option", "--demand", found, "Add what is missing.")

    paths = {name: getattr(options, name) for name in ("demand", "candidates", "existing", "competitors")}
    files = {name: None if path is None else parse_points(path.read_bytes(), path.name) for name, path in paths.items()}
    answer = file_question(
        network, files, options.candidates_every_m, _asked(options), walk_under(network, conditions_of(options))
    )
    demand_ids = [] if files["demand"] is None else list(files["demand"]["id"])
    rests_on = {"network": network.content_hash, "facilities": "as the files give them"}
    told = _answer(answer, options, options.limit_m)
    return told | {"explanation": _explanation(answer.siting, demand_ids), "rests_on": rests_on}


def _asked(options: argparse.Namespace) -> Asked:
    from geo.siting_question import Asked

    limit_dm = None if options.limit_m is None else whole_decimetres(options.limit_m)
    return Asked(options.model or "mclp", options.p, options.budget, limit_dm, options.curve, _effort(options))


def _of_place(options: argparse.Namespace) -> dict[str, Any]:
    """Answer for a layer of a subdistrict, as the planner's page does."""
    from geo.siting_place import DEFAULT_EVERY_M, SitingQuestion, site_in_place
    from webmap.command_author import opened

    config, results = opened()
    now = results.current()
    catalog, place = now.catalog, now.place(options.subdistrict)
    if options.layer not in catalog.layers:
        known = ", ".join(catalog.layers)
        raise RequestError("unknown_layer", "--layer", f"no layer {options.layer!r}", f"Use one of {known}.")
    layer = catalog.layers[options.layer]
    rule_id = options.rule or layer.headline_rule
    if rule_id not in layer.rules:
        known = ", ".join(layer.rules) or "none: this layer has no walking limit"
        raise RequestError("unknown_rule", "--rule", f"no rule {rule_id!r} for {layer.id}", f"Use one of {known}.")
    if options.profile not in catalog.profiles:
        known = ", ".join(catalog.profiles)
        raise RequestError("unknown_profile", "--profile", f"no profile {options.profile!r}", f"Use one of {known}.")
    every_m = options.candidates_every_m or DEFAULT_EVERY_M
    question = SitingQuestion(
        layer_id=layer.id,
        rule_id=rule_id,
        profile_id=options.profile,
        model=options.model or "mclp",
        p=options.p,
        budget=options.budget,
        every_m=every_m,
        candidates_layer=options.candidates_layer,
        hard_border=options.hard_border,
        curve_to=options.curve,
        cost_each=options.cost_each,
        capacity_each=options.capacity_each,
    )
    candidates = _brought(options, now, place, config.data / "base") if options.candidates else None
    answer = site_in_place(place, catalog, question, candidates, _effort(options))
    limit_m = catalog.rules[rule_id].limit_dm(catalog.profiles[options.profile]) / 10
    rests_on = {
        "subdistrict": place.subdistrict.id,
        "layer": layer.id,
        "rule": rule_id,
        "profile": options.profile,
        "data_version": place.data_version,
        "network_version": place.network_version,
        "demand": place.basis.kind,
        "unit": place.subdistrict.population.unit,
    }
    found = _answer(answer, options, limit_m)
    return found | {"explanation": _explanation(answer.siting, list(place.demand.index)), "rests_on": rests_on}


def _brought(options: argparse.Namespace, now: Snapshot, place: Place, base: Path) -> GeoDataFrame:
    """Return the candidates of a file, read as the planner's page reads them."""
    from webmap.siting_upload import CandidateFile, read_candidates

    path = options.candidates
    file = CandidateFile(path.name, path.read_bytes(), options.encoding, options.datum)
    return read_candidates(now, place, options.layer, base, file).points


def _answer(answer: SitingAnswer, options: argparse.Namespace, limit_m: float | None) -> dict[str, Any]:
    from geo.siting import TARGET_SHARES
    from geo.siting_report import chosen_sites_table, curve_table, reached_targets, tally_table

    return _figures(answer.siting, options.p, limit_m) | {
        "sites": chosen_sites_table(answer),
        "people": {"before": tally_table(answer.before), "after": tally_table(answer.after)},
        "points": tally_table(answer.points_after),
        "cost": whole_number_if_so(float(answer.set.sites.cost[list(answer.siting.chosen)].sum())),
        "existing": int(answer.set.sites.existing.sum()),
        "candidates": int(answer.set.sites.choosable.sum()),
        "off_network": answer.off_network,
        "curve": curve_table(answer.curve),
        "p_for_share": {f"{share:g}": p for share, p in reached_targets(answer.curve, TARGET_SHARES).items()},
    }


def _reasons(answer: dict[str, Any]) -> list[str]:
    return [f"{each['where']}: {each['message']}" for each in answer["explanation"]]


def _as_text(answer: dict[str, Any]) -> str:
    if answer["objective"] is None:
        return "\n".join([f"no answer: {answer['status']}", *_reasons(answer)])
    lines = [
        f"{answer['model']}: {answer['objective']:,} {answer['unit']} ({answer['status']}, {answer['method']})",
        f"bound {answer['bound']:,}, gap {answer['gap']:.2%}",
    ]
    lines += [f"site {site['id']}  {site.get('street', '')}" for site in answer["sites"]]
    lines += [
        f"p = {point['p']}: {point['covered_people']:,} people, {point['share']:.1%}"
        for point in answer.get("curve", [])
        if point["share"] is not None
    ]
    return "\n".join(lines)
