"""Run files: what was asked, of which data, and the figures, so that anybody can compute them again.

A run file is JSON: `format`, `kind`, `subdistrict`, `data_version`, `question`, `figures`. The figures depend on
nothing but these, so that `lifecircle run FILE` gives the same numbers; where the data has changed since, it is refused
and not guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, get_args

from geo.assessment import LayerCoverage, Question, assess_coverage
from geo.catalog import Catalog
from geo.committees import Committees
from geo.coverage import Tally
from geo.errors import DataError, Problem
from geo.fairness import assess_fairness
from geo.gaps import find_gaps
from geo.place import Place
from geo.siting_place import SitingQuestion, site_in_place
from geo.siting_problem import MODELS
from geo.siting_report import chosen_sites_table, curve_table, tally_table
from geo.strict_json import decode_json
from geo.supply import assess_supply
from geo.uncertainty import coverage_band

FORMAT = "lifecircle run 1"
Kind = Literal["coverage", "gaps", "siting", "fairness", "supply", "uncertainty"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_MEMBERS = ("format", "kind", "subdistrict", "data_version", "question", "figures")
_MOST_RUNS, _MOST_SITES = 5000, 200


@dataclass(frozen=True, slots=True)
class BandQuestion:
    """A question of a figure's band: the coverage question, number of runs and seed."""

    layer_id: str
    rule_id: str
    profile_id: str = "planning"
    with_samples: bool = False
    hard_border: bool = False
    runs: int = 300
    seed: int = 1


AnyQuestion = Question | SitingQuestion | BandQuestion
_QUESTIONS: dict[Kind, type[AnyQuestion]] = {
    "coverage": Question,
    "gaps": Question,
    "fairness": Question,
    "supply": Question,
    "siting": SitingQuestion,
    "uncertainty": BandQuestion,
}


@dataclass(frozen=True, eq=False)
class Run:
    """One run: kind, subdistrict, data version (None where it is not known yet), question and figures."""

    kind: Kind
    subdistrict: str
    question: AnyQuestion
    data_version: str | None = None
    figures: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the run file's content as plain JSON values."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "subdistrict": self.subdistrict,
            "data_version": self.data_version,
            "question": asdict(self.question),
            "figures": self.figures,
        }


def read_run(raw: bytes, where: str) -> Run:
    """Return a run file's run.

    Raises:
        DataError: With every member that is missing, unknown or of another type.
    """
    document = decode_json(raw, where)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = "it does not begin as a run file does"
        raise DataError.single("not_a_run_file", where, found, f"Bring one with the format {FORMAT!r}")
    problems = [
        Problem("unknown_member", f"{where}/{name}", "no run file has this", "Take it out")
        for name in sorted(document.keys() - set(_MEMBERS))
    ]
    kind = next((known for known in KINDS if known == document.get("kind")), None)
    if kind is None:
        found = f"{document.get('kind')!r} is no kind"
        problems.append(Problem("bad_kind", f"{where}/kind", found, f"Use one of {', '.join(KINDS)}"))
    for name, wanted in (("subdistrict", str), ("question", dict)):
        if not isinstance(document.get(name), wanted):
            found = f"{document.get(name)!r} stands there"
            problems.append(Problem("bad_member", f"{where}/{name}", found, f"Write a {wanted.__name__}"))
    for name, wanted in (("data_version", str), ("figures", dict)):
        if not isinstance(document.get(name), wanted | None):
            found = f"{document.get(name)!r} stands there"
            problems.append(Problem("bad_member", f"{where}/{name}", found, f"Write a {wanted.__name__}, or null"))
    if kind is not None and not problems:
        asked = _question(_QUESTIONS[kind], document["question"], f"{where}/question", problems)
        if asked is not None:
            return Run(kind, document["subdistrict"], asked, document.get("data_version"), document.get("figures"))
    raise DataError(problems)


def _question(
    kind: type[AnyQuestion], given: Mapping[str, object], where: str, problems: list[Problem]
) -> AnyQuestion | None:
    known = {each.name: each for each in fields(kind)}
    problems += [
        Problem("unknown_member", f"{where}/{name}", "no such question has this", "Take it out")
        for name in sorted(given.keys() - known.keys())
    ]
    for name, each in known.items():
        if name not in given and each.default is MISSING:
            problems.append(Problem("missing_member", where, f"there is no {name}", "Add it"))
        elif name in given and not _fits(given[name], str(each.type)):
            found = f"{given[name]!r} is no {each.type}"
            problems.append(Problem("bad_member", f"{where}/{name}", found, "Write one, within its limits"))
    return None if problems else kind(**{name: given[name] for name in known if name in given})  # type: ignore[arg-type]


def _fits(value: object, wanted: str) -> bool:
    """Return whether a JSON value fits a field, by the field's annotation."""
    options = [option.strip() for option in wanted.split("|")]
    if value is None:
        return "None" in options
    if "Model" in options:
        return value in MODELS
    if isinstance(value, bool):
        return "bool" in options
    if isinstance(value, int) and "int" in options:
        return 0 <= value <= max(_MOST_RUNS, _MOST_SITES)
    if isinstance(value, int | float):
        return "float" in options and math.isfinite(value) and value > 0
    return isinstance(value, str) and "str" in options


def compute(place: Place, catalog: Catalog, committees: Committees, run: Run) -> Run:
    """Return the run with its figures and the data version they were computed from.

    Raises:
        DataError: The catalogue has no such layer, rule or profile, or the rule is not one of the layer's.
    """
    _check_names(catalog, run.question)
    compute_figures: dict[Kind, Callable[[], dict[str, Any]]] = {
        "coverage": lambda: _coverage_figures(assess_coverage(place, catalog, _asked(run.question))),
        "gaps": lambda: _gap_figures(place, catalog, _asked(run.question)),
        "siting": lambda: _siting_figures(place, catalog, run.question),
        "fairness": lambda: _fairness_figures(place, catalog, _asked(run.question), committees),
        "supply": lambda: _supply_figures(place, catalog, _asked(run.question)),
        "uncertainty": lambda: _band_figures(place, catalog, run.question),
    }
    figures = compute_figures[run.kind]()
    rests_on = {"unit": place.subdistrict.population.unit, "demand": place.basis.kind}
    return Run(run.kind, run.subdistrict, run.question, place.data_version, figures | {"rests_on": rests_on})


def check_version(run: Run, place: Place) -> None:
    """Refuse a run whose data is no longer the same: a figure whose inputs are gone is not guessed."""
    if run.data_version is not None and run.data_version != place.data_version:
        found = f"the run rests on data version {run.data_version[:12]}, what is here is {place.data_version[:12]}"
        remedy = "Compute it on that data, or take data_version and figures out to compute it anew"
        raise DataError.single("other_data", "data_version", found, remedy)


def differences(old: object, new: object, where: str = "figures") -> list[str]:
    """Return where two figures differ; numbers are the same when they are equal to nine digits."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = sorted(old.keys() | new.keys())
        return [each for name in names for each in differences(old.get(name), new.get(name), f"{where}/{name}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [each for number, (a, b) in pairs for each in differences(a, b, f"{where}/{number}")]
    both_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (old, new))
    if both_numbers and math.isclose(float(str(old)), float(str(new)), rel_tol=1e-9, abs_tol=1e-9):
        return []
    return [] if old == new and type(old) is type(new) else [f"{where}: {old!r} was, {new!r} is"]


def _check_names(catalog: Catalog, question: AnyQuestion) -> None:
    problems = []
    for name, value, known in (
        ("layer_id", question.layer_id, catalog.layers),
        ("profile_id", question.profile_id, catalog.profiles),
    ):
        if value not in known:
            problems.append(Problem(f"unknown_{name}", f"question/{name}", f"no {value!r}", f"Use {', '.join(known)}"))
    layer = catalog.layers.get(question.layer_id)
    if layer is not None and question.rule_id not in layer.rules:
        found = f"{layer.id} has no rule {question.rule_id!r}"
        problems.append(Problem("unknown_rule", "question/rule_id", found, f"Use {', '.join(layer.rules) or 'none'}"))
    if problems:
        raise DataError(problems)


def _asked(question: AnyQuestion) -> Question:
    return Question(
        question.layer_id, question.rule_id, question.profile_id, question.with_samples, question.hard_border
    )


def _coverage_figures(answer: LayerCoverage | None) -> dict[str, Any]:
    if answer is None:
        return {"people": None, "why": "no facility is left to walk to"}
    return {
        "limit_m": answer.limit_m,
        "people": tally_table(answer.weights),
        "points": tally_table(answer.points),
        "street_m": _rounded(answer.street_m),
        "circle_people": tally_table(answer.circle_weights),
        "facilities": answer.facilities_used,
        "from_outside": asdict(answer.outside),
        "edge_of_data": asdict(answer.edge_of_data),
    }


def _rounded(tally: Tally) -> dict[str, Any]:
    table = tally_table(tally)
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in table.items()}


def _gap_figures(place: Place, catalog: Catalog, question: Question) -> dict[str, Any]:
    shown = ("letter", "people", "streets", "nearest_facility", "distance_m", "missing_m", "missing_min", "why")
    gaps = find_gaps(place, catalog, question)
    listed = [{name: _plain(getattr(gap, name)) for name in shown} | {"points": list(gap.points)} for gap in gaps]
    return {"gaps": listed, "total_people": float(place.weights.sum())}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _siting_figures(place: Place, catalog: Catalog, question: AnyQuestion) -> dict[str, Any]:
    if not isinstance(question, SitingQuestion):
        raise TypeError("a siting run has a siting question")
    answer = site_in_place(place, catalog, question)
    siting = answer.siting
    return {
        "model": siting.model,
        "status": siting.status,
        "objective": siting.objective,
        "bound": siting.bound,
        "gap": siting.gap,
        "sites": chosen_sites_table(answer),
        "people": {"before": tally_table(answer.before), "after": tally_table(answer.after)},
        "curve": curve_table(answer.curve),
        "explanation": [str(problem) for problem in siting.explanation],
    }


def _fairness_figures(place: Place, catalog: Catalog, question: Question, committees: Committees) -> dict[str, Any]:
    answer = assess_fairness(place, catalog, question, committees)
    if answer is None:
        return {"people": None, "why": "no facility is left to walk to"}
    return {
        "people": tally_table(answer.people),
        "gini_of_walk": None if answer.walk is None else answer.walk.gini,
        "committees": [
            {"codes": list(each.group.codes), "people": tally_table(each.people), "mean_m": each.mean_m}
            for each in answer.committees
        ],
        "unplaced": list(answer.unplaced),
        "worst_tenth": {name: _plain(value) for name, value in vars(answer.worst).items()},
        "committees_are": "modelled: demand goes to the nearest placed committee on foot"
        if answer.modelled
        else f"by outline: {answer.outlines_source}",
    }


def _supply_figures(place: Place, catalog: Catalog, question: Question) -> dict[str, Any]:
    answer = assess_supply(place, catalog, question)
    mean = None
    if answer.catchment is not None and answer.total_people > 0:
        mean = float((answer.catchment.supply * place.weights).sum()) / answer.total_people * 1000
    return {
        "capacity": answer.capacity,
        "total_people": answer.total_people,
        "per_thousand": answer.per_thousand,
        "mean_reachable_per_thousand": mean,
        "without_capacity": list(answer.without_capacity),
    }


def _band_figures(place: Place, catalog: Catalog, question: AnyQuestion) -> dict[str, Any]:
    if not isinstance(question, BandQuestion):
        raise TypeError("a run of uncertainty has a question with runs and seed")
    band = coverage_band(place, catalog, _asked(question), question.runs, question.seed)
    if band is None:
        return {"people": None, "why": "no facility is left to walk to"}
    figures = asdict(band)
    return figures | {
        "not_moved": list(band.not_moved),
        "pace_mps": None if band.pace_mps is None else list(band.pace_mps),
        "influence": [asdict(each) for each in band.influence],
    }
