"""The operations of the planner's desk as the API's definition has them: gaps, siting, scenarios; and their schemas."""

from __future__ import annotations

from geo.catalog_model import LocalText
from geo.gaps import REASONS
from geo.siting_problem import MODELS
from webmap.api.openapi_parts import (
    BOOLEAN,
    COUNT,
    LENGTH,
    NETWORK_VERSION,
    NUMBER,
    SHARE,
    STRING,
    VERSION,
    Operation,
    Parameter,
    Schema,
    listed,
    nullable,
    one_of,
    ref,
    shape,
)
from webmap.api.siting import LEAST_EVERY_M, MOST_P_AT_ONCE
from webmap.scenario_link import CHANGES, MOST_CHANGES
from webmap.siting_answer import AMOUNTS, EVERY_M, MOST_AMOUNT

_TAG, _JSON = "analysis", "application/json"
EXAMPLE_SCENARIO = "01M7XPE601EF16YCNC7B3DCYVZ"
_CHANGED = {
    "add": (LocalText("新加的位置", "facilities added: lon,lat"), ["121.4300,31.2310"]),
    "move": (LocalText("移到别处：编号,经度,纬度", "facilities moved: id,lon,lat"), None),
    "close": (LocalText("关掉的，写编号", "facilities closed: id"), None),
    "gate": (LocalText("关上的门", "gates shut: lon,lat"), None),
    "path": (
        LocalText("新开的小路", "footpaths drawn: lon,lat;lon,lat"),
        ["121.4300,31.2310;121.4310,31.2315"],
    ),
}

_AMOUNTS = {
    "budget": (LocalText("一共能花多少，单位自己定", "what all new sites may cost together, in any unit"), 25),
    "cost_each": (LocalText("一处要花多少，默认 1", "what one costs, in the same unit; 1 where not given"), 12.5),
    "capacity_each": (
        LocalText("一处管得了多少人，默认不限", "how many people one can serve; any number where not given"),
        2000,
    ),
}


def desk_operations(common: tuple[Parameter, ...], samples: Parameter) -> list[Operation]:
    """Return the operations of the desk; `common` are subdistrict, layer, rule and profile."""
    every = [str(each) for each in EVERY_M if each >= LEAST_EVERY_M]
    numbers = [str(number) for number in range(1, MOST_P_AT_ONCE + 1)]
    model = Parameter("model", one_of(MODELS) | {"default": "mclp"}, LocalText("求什么", "what is sought"), "lscp")
    most = Parameter("p", one_of(numbers) | {"default": "1"}, LocalText("建几处", "how many new sites"), "2")
    apart = Parameter(
        "every_m", one_of(every) | {"default": every[0]}, LocalText("候选点隔多远", "metres between candidates"), "100"
    )
    scenario = Parameter("scenario", STRING, LocalText("哪一个", "which"), EXAMPLE_SCENARIO, place="path")
    return [
        Operation(
            "/api/gaps",
            "gaps",
            _TAG,
            LocalText(
                "走不到的人住在哪一带，差多远，为什么", "Where the people live who walk too far, by how much, and why"
            ),
            (*common, samples),
            {_JSON: ref("gaps")},
        ),
        Operation(
            "/api/siting",
            "siting",
            _TAG,
            LocalText(
                "再建最多三处，建在哪里最好；更大的用 POST 排队算",
                "Where up to three new sites help most, with a proof or a bound; larger ones are jobs (POST)",
            ),
            (*common, model, most, apart, *(_amount(name) for name in AMOUNTS)),
            {_JSON: ref("siting")},
            refuses=("429",),
        ),
        Operation(
            "/api/what-if",
            "whatIf",
            _TAG,
            LocalText("改一改，谁会走得到", "Who would be covered if something were changed"),
            (*common, *(_change(name) for name in CHANGES)),
            {_JSON: ref("whatIf")},
        ),
        Operation(
            "/api/scenarios/{scenario}",
            "scenario",
            _TAG,
            LocalText("规划人员存下的一个方案", "A scenario that a planner has kept, for whoever has its link"),
            (scenario,),
            {_JSON: ref("scenario")},
        ),
    ]


def desk_schemas() -> dict[str, Schema]:
    """Return the schemas of gaps, siting and scenarios."""
    return {
        "gaps": _about({"limit_m": LENGTH, "gaps": nullable(listed(_gap()))}, optional=("limit_m",)),
        "siting": _about({"siting": nullable(_siting())}),
        "whatIf": _about(_what_if()),
        "scenario": _about({"id": STRING, "name": STRING, "saved_at": STRING} | _what_if()),
    }


def _amount(name: str) -> Parameter:
    words, example = _AMOUNTS[name]
    number: Schema = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    return Parameter(name, number | {"maximum": MOST_AMOUNT, "exclusiveMaximum": True}, words, example)


def _change(name: str) -> Parameter:
    words, example = _CHANGED[name]
    several: Schema = {
        "type": "array",
        "items": {"type": "string", "format": f"scenario-{name}"},
        "maxItems": MOST_CHANGES,
    }
    return Parameter(name, several, words, example, repeated=True)


def _about(result: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an answer: what was asked, what it rests on, the result or the reason why there is none."""
    asked = {
        "subdistrict": STRING,
        "layer": STRING,
        "data_version": VERSION,
        "network_version": NETWORK_VERSION,
        "unit": one_of(("people", "households")),
        "rule": nullable(STRING),
        "profile": STRING,
        "with_samples": BOOLEAN,
        "reason": STRING,
    }
    return shape(asked | result, optional=("reason", *optional))


def _by_unit(*names: str) -> dict[str, Schema]:
    """Return counts under names in which `*` is people or households."""
    return {name.replace("*", unit): LENGTH for name in names for unit in ("people", "households")}


def _gap() -> Schema:
    counted = _by_unit("*", "total_*")
    reasons: dict[str, Schema] = {f"{unit}_by_reason": {"type": "object"} for unit in ("people", "households")}
    told = {
        "letter": STRING,
        "points": COUNT,
        "streets": listed(STRING),
        "nearest_facility": nullable(STRING),
        "distance_m": nullable(LENGTH),
        "missing_m": nullable(LENGTH),
        "missing_min": nullable(LENGTH),
        "why": one_of(REASONS),
        "geometry": ref("geometryOrNull"),
    }
    return shape(told | counted | reasons, optional=(*counted, *reasons))


def _siting() -> Schema:
    counted = _by_unit("*")
    site = {
        "id": STRING,
        "lon": NUMBER,
        "lat": NUMBER,
        "street": nullable(STRING),
        "crossing": listed(STRING),
        "points": COUNT,
        "farthest_m": LENGTH,
        "required": BOOLEAN,
        "cost": NUMBER,
    }
    point = {"p": COUNT, "share": nullable(SHARE)} | _by_unit("covered_*", "bound_*")
    fault = shape({"code": STRING, "found": STRING, "remedy": STRING, "figures": {"type": "object"}})
    told = {
        "model": one_of(MODELS),
        "p": nullable({"type": "integer"}),
        "every_m": LENGTH,
        "status": STRING,
        "method": STRING,
        "objective": nullable(NUMBER),
        "bound": nullable(NUMBER),
        "gap": nullable(NUMBER),
        "sites": listed(shape(site | counted, optional=tuple(counted))),
        "candidates": COUNT,
        "candidates_from": STRING,
        "off_network": COUNT,
        "cost": NUMBER,
        "budget": nullable(NUMBER),
        "existing": COUNT,
        "curve": listed(shape(point, optional=tuple(_by_unit("covered_*", "bound_*")))),
        "targets": {"type": "object"},
        "explanation": listed(fault),
        "demand": STRING,
    }
    both: dict[str, Schema] = {unit: {"type": "object"} for unit in ("people", "households")}
    return shape(told | both, optional=tuple(both))


def _what_if() -> dict[str, Schema]:
    both = shape({"before": ref("tally"), "after": ref("tally")})
    by_unit = {"people": both, "households": both}
    counts = _by_unit("won_*", "lost_*")
    street = shape({"street": nullable(STRING)} | counts, optional=tuple(counts))
    told = {"points": both, "streets": listed(street), "off_network": listed(STRING)} | by_unit | counts
    result = shape(told, optional=(*by_unit, *counts))
    changes = shape({name: listed(STRING) for name in CHANGES})
    return {"changes": changes, "what_if": nullable(result)}
