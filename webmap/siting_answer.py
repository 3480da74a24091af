"""Where one more site would help most, as plain values for a page, a job's result and the printed report."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from geo.assessment import Place
from geo.catalog_model import Layer
from geo.errors import Problem, RequestError
from geo.network import WalkNetwork
from geo.siting import Effort
from geo.siting_place import SitingQuestion, site_in_place
from geo.siting_problem import MODELS, Model
from geo.siting_question import SitingAnswer
from geo.siting_report import chosen_sites_table, curve_table, reached_targets, tally_table
from webmap.config import Config
from webmap.jobs import Progress
from webmap.parameters import QueryError
from webmap.siting_upload import Brought, brought_candidates
from webmap.snapshot import Snapshot

TARGETS = (0.85, 0.95, 0.99)
EVERY_M = (25, 50, 100, 200)
MOST_P, MOST_P_AT_ONCE = 30, 10
MOST_CANDIDATES = 3000
"""More candidates than this are not tried while somebody waits."""

AMOUNTS, MOST_AMOUNT = ("budget", "cost_each", "capacity_each"), 1e12
AT_ONCE = Effort("auto", 1.0)
LONGER = Effort("auto", 60.0)
_CROSSING_M, _NEAR_M = 15.0, 120.0


def siting_result(
    now: Snapshot, place: Place, question: SitingQuestion, effort: Effort, brought: Brought | None = None
) -> dict[str, Any]:
    """Return where to put sites: status, objective, bound, gap, sites, people before and after, curve, explanation."""
    answer = site_in_place(place, now.catalog, question, None if brought is None else brought.table.points, effort)
    siting = answer.siting
    return {
        "subdistrict": place.subdistrict.id,
        "layer": question.layer_id,
        "rule": question.rule_id,
        "profile": question.profile_id,
        "model": siting.model,
        "p": question.p,
        "every_m": question.every_m,
        "status": siting.status,
        "method": siting.method,
        "objective": siting.objective,
        "bound": siting.bound,
        "gap": siting.gap,
        "sites": _with_own_names(named_sites(place.network, answer), brought),
        "cost": float(answer.set.sites.cost[list(siting.chosen)].sum()),
        "budget": question.budget,
        "candidates_from": "" if brought is None else brought.name,
        "off_network": answer.off_network,
        "people": {"before": tally_table(answer.before), "after": tally_table(answer.after)},
        "candidates": int(answer.set.sites.choosable.sum()),
        "existing": int(answer.set.sites.existing.sum()),
        "curve": curve_table(answer.curve),
        "targets": {f"{target:g}": number for target, number in reached_targets(answer.curve, TARGETS).items()},
        "explanation": [told_reason(one) for one in siting.explanation],
        "data_version": place.data_version,
        "demand": place.basis.kind,
    }


def told_reason(problem: Problem) -> dict[str, Any]:
    """Return why nothing can be chosen as plain values; webmap.siting_words says it in words."""
    return {
        "code": problem.code,
        "found": problem.found,
        "remedy": problem.remedy,
        "figures": dict(problem.figures),
    }


def _with_own_names(sites: list[dict[str, Any]], brought: Brought | None) -> list[dict[str, Any]]:
    """Return chosen sites with the names that the file gives them, where it does."""
    if brought is None:
        return sites
    points = brought.table.points
    names = {point: known.get("name") for point, known in zip(points["id"], points["properties"], strict=True)}
    return [site | {"own_name": str(names.get(site["id"]) or site["id"])} for site in sites]


def kept_result(
    now: Snapshot,
    place: Place,
    question: SitingQuestion,
    before: Callable[[], None] | None = None,
    brought: Brought | None = None,
) -> dict[str, Any]:
    """Return the answer to a question that is small enough to be answered at once, computed once.

    `before` is called where it has to be computed, and may refuse that by raising.
    """

    def compute() -> dict[str, Any]:
        if before is not None:
            before()
        return siting_result(now, place, question, AT_ONCE, brought)

    file = "" if brought is None else brought.id
    return now.answer(question.layer_id, ("siting", place.subdistrict.id, question, file), compute)


def named_sites(network: WalkNetwork, answer: SitingAnswer) -> list[dict[str, Any]]:
    """Return the chosen sites with the street or crossing that each stands at."""
    sites = chosen_sites_table(answer)
    return [site | {"crossing": list(crossing_at(network, site["lon"], site["lat"]))} for site in sites]


def crossing_at(network: WalkNetwork, lon: float, lat: float) -> tuple[str, ...]:
    """Return the names of the streets that meet where somebody stands; of the nearest crossing where none does.

    The first is the street that they stand on. Empty where no named streets meet nearby.
    """
    x, y = network.xy
    at_x, at_y = network.projection.to_xy(lon, lat)
    far_m = np.hypot(x - at_x, y - at_y)
    for node in np.argsort(far_m, kind="stable")[:40].tolist():
        if far_m[node] > _NEAR_M:
            break
        names = _streets_at(network, node)
        if len(names) >= 2:
            return names if far_m[node] <= _CROSSING_M else (*names, "near")
    return ()


def _streets_at(network: WalkNetwork, node: int) -> tuple[str, ...]:
    edges = np.flatnonzero((network.edge_u == node) | (network.edge_v == node)).tolist()
    return tuple(dict.fromkeys(name for name in (network.edge_name(edge) for edge in edges) if name))


def question_from(now: Snapshot, layer: Layer, arguments: Mapping[str, Any]) -> SitingQuestion:
    """Return the question of a job's arguments; RequestError with the first that does not fit."""
    rule = str(arguments.get("rule") or layer.headline_rule or "")
    profile = str(arguments.get("profile") or "planning")
    model, p, every = arguments.get("model", "mclp"), arguments.get("p", 1), arguments.get("every_m", 50)
    if rule not in layer.rules:
        raise RequestError("unknown_rule", "rule", f"{layer.id} has no rule {rule[:40]!r}", "Use one of the layer's")
    if profile not in now.catalog.profiles:
        raise RequestError("unknown_profile", "profile", f"no profile {profile[:40]!r}", "Use a known one")
    if model not in MODELS:
        raise RequestError("unknown_model", "model", f"no model {str(model)[:40]!r}", f"Use {', '.join(MODELS)}")
    if isinstance(p, bool) or not isinstance(p, int) or not 1 <= p <= MOST_P:
        raise RequestError("bad_value", "p", f"found {str(p)[:40]!r}", f"Write a whole number from 1 to {MOST_P}")
    if every not in EVERY_M:
        known = ", ".join(map(str, EVERY_M))
        raise RequestError("bad_value", "every_m", f"found {str(every)[:40]!r}", f"Use one of {known}")
    chosen: Model = next(name for name in MODELS if name == model)
    curve_to = p if chosen == "mclp" else 0
    fewest = None if chosen == "lscp" else p
    budget, cost_each, capacity_each = read_amounts(arguments)
    return SitingQuestion(
        layer_id=layer.id,
        rule_id=rule,
        profile_id=profile,
        model=chosen,
        p=fewest,
        budget=budget,
        every_m=float(every),
        curve_to=curve_to,
        cost_each=1.0 if cost_each is None else cost_each,
        capacity_each=capacity_each,
    )


def read_amounts(arguments: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Return budget, cost and capacity of each candidate, None where not given; QueryError with all that do not fit."""
    problems: list[Problem] = []
    found = [_amount(arguments.get(name), name, problems) for name in AMOUNTS]
    if problems:
        raise QueryError(problems)
    return tuple(found)


def _amount(given: object, name: str, problems: list[Problem]) -> float | None:
    if given is None or given == "":
        return None
    try:
        text = str(given)
        is_plain = text.isascii() and "_" not in text  # Python reads more than people write
        value = float(text) if is_plain and not isinstance(given, bool) else math.nan
    except ValueError:
        value = math.nan
    if not 0 < value < MOST_AMOUNT:
        shown = ascii(str(given))[:60]
        problems.append(Problem("bad_amount", name, f"found {shown}", f"Write a number over 0, under {MOST_AMOUNT:g}"))
        return None
    return value


def run_siting(now: Snapshot, config: Config, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Answer a siting question as a job, one number of sites after the other, so that it can be followed and ended.

    `arguments` are those of `question_from`, with subdistrict, layer, and the id of `candidates` that `who` brought.
    """
    place, layer = now.place(str(arguments.get("subdistrict"))), now.layer(str(arguments.get("layer")))
    question = question_from(now, layer, arguments)
    file = str(arguments.get("candidates") or "")
    who = str(arguments.get("who"))
    brought = brought_candidates(now, config, file, who, (place, layer.id)) if file else None
    numbers: list[int | None] = [*range(1, question.curve_to + 1)] or [question.p]
    result: dict[str, Any] = {}
    curve: list[dict[str, Any]] = []
    for done, number in enumerate(numbers):
        progress(done, len(numbers), "" if number is None else f"p = {number}")
        result = siting_result(now, place, replace(question, p=number, curve_to=0), LONGER, brought)
        people = result["people"]
        curve = curve or [_point(0, people["before"], people["before"]["covered"])]
        curve.append(_point(number, people["after"], result["bound"]))
    progress(len(numbers), len(numbers), "")
    return result | {"curve": curve if question.curve_to else []}


def _point(number: int | None, people: Mapping[str, Any], bound: float | None) -> dict[str, Any]:
    return {"p": number, "covered_people": people["covered"], "bound_people": bound, "share": people["share_covered"]}
