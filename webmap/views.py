"""What every page needs: the snapshot it speaks of, the visitor's choices, and figures in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import gettext as _

from geo.catalog_model import Catalog, Layer, Profile, Rule, Subdistrict
from webmap.config import LANGUAGES, Config
from webmap.i18n import THEMES, current_language, current_theme, local_text
from webmap.parameters import Choice, read_query
from webmap.past import end_of_day, read_day
from webmap.results import Results
from webmap.snapshot import Snapshot
from webmap.store import Store
from webmap.symbols import SHAPES

STAFF_PATH = "/staff"
KEPT_CHOICES = (
    *("profile", "samples", "rule", "layer", "kind", "verdict", "only", "at"),
    *("q", "where", "lon", "lat", "in", "pace", "service", "open", "level", "many", "to"),
)


@dataclass(frozen=True, slots=True)
class View:
    """The visitor's choices: walking profile, whether samples are shown, and the rule (None: the layer has none)."""

    profile: Profile
    with_samples: bool
    rule: Rule | None


def snapshot() -> Snapshot:
    """Return the snapshot that this whole request speaks of: today's, or that of the day that `?at=` names."""
    if "lifecircle_snapshot" not in g:
        results: Results = current_app.extensions["lifecircle.results"]
        day = asked_day()
        g.lifecircle_snapshot = results.as_of(day, end_of_day(read_day(day))) if day is not None else results.current()
    current: Snapshot = g.lifecircle_snapshot
    return current


def asked_day() -> str | None:
    """Return the past day that this request asks for; what changes something, and staff's pages, speak of today."""
    if request.method not in {"GET", "HEAD"} or request.path.startswith(STAFF_PATH):
        return None
    return request.args.get("at")


def the_config() -> Config:
    """Return the configuration of this application."""
    config: Config = current_app.extensions["lifecircle.config"]
    return config


def the_store() -> Store:
    """Return the store of this application."""
    results: Results = current_app.extensions["lifecircle.results"]
    return results.store()


def page_choices(catalog: Catalog) -> dict[str, Choice]:
    """Return the parameters that every page knows."""
    return {
        "profile": Choice(tuple(catalog.profiles), next(iter(catalog.profiles))),
        "samples": Choice(("1", "0"), "1"),
        "lang": Choice(LANGUAGES),
        "theme": Choice(THEMES),
    }


def layer_choices(catalog: Catalog, layer: Layer) -> dict[str, Choice]:
    """Return the parameters of a page about one layer."""
    return page_choices(catalog) | {"rule": Choice(layer.rules or ("",), layer.headline_rule or "")}


def read_view(catalog: Catalog, layer: Layer | None = None) -> View:
    """Return the visitor's choices from the query; QueryError where one is not allowed."""
    choices = page_choices(catalog) if layer is None else layer_choices(catalog, layer)
    values = read_query(request.args, choices, ignore_unknown=True)
    rule = catalog.rules.get(values.get("rule", ""))
    return View(catalog.profiles[values["profile"]], values["samples"] == "1", rule)


def furnish(app: Flask) -> None:
    """Give the templates of `app` their filters and helpers."""
    app.jinja_env.filters |= {
        "thousands": thousands,
        "share": share,
        "kilometres": kilometres,
        "minutes": minutes,
        "combine": combined,
    }
    app.jinja_env.globals |= {
        "here": here,
        "kept": kept,
        "unit_name": unit_name,
        "speed_name": speed_name,
        "limit_name": limit_name,
        "status_name": status_name,
        "minutes_more": minutes,
        "shapes": SHAPES,
        "all_subdistricts": all_subdistricts,
        "all_profiles": all_profiles,
    }
    app.context_processor(_page_context)
    app.url_defaults(_keep_day)


def thousands(value: float) -> str:
    """Return a whole number with commas: 14,319."""
    return f"{math.floor(value + 0.5):,}"


def share(value: float | None) -> str:
    """Return a share as a percentage with one decimal, a dash where there is none."""
    return "—" if value is None else f"{100 * value:.1f}%"


def kilometres(length_m: float) -> str:
    """Return a length in km with one decimal, "km" and all."""
    return f"{length_m / 1000:,.1f} km"


def minutes(length_m: float, profile: Profile) -> int:
    """Return the whole minutes that a walk of `length_m` takes, at least 1."""
    return max(1, math.floor(length_m / profile.speed_mps / 60 + 0.5))


def speed_name(profile: Profile) -> str:
    """Return a profile's speed: 1.0 m/s, 0.64 m/s."""
    return f"{f'{profile.speed_mps:.2f}'.removesuffix('0')} m/s"


def unit_name(unit: str) -> str:
    """Return what is counted, as it stands behind a number."""
    return str(_("户") if unit == "households" else _("人"))


def limit_name(rule: Rule) -> str:
    """Return a rule's limit as its document gives it: metres or minutes."""
    if rule.limit_min is not None:
        return str(_("%(count)g 分钟", count=rule.limit_min))
    return f"{rule.limit_m:g} m"


def status_name(status: str) -> str:
    """Return the name of a location status."""
    names: dict[str, str] = {
        "surveyed": _("实测"),
        "address": _("门牌"),
        "approximate": _("大概"),
        "sample": _("示例"),
        "unlocated": _("未定位"),
    }
    return names[status]


def here(changes: dict[str, str | None]) -> str:
    """Return the address of this page with `changes` to its query; None takes a parameter away."""
    query = {name: request.args[name] for name in KEPT_CHOICES if name in request.args} | changes
    return _with_query(request.path, query)


def kept(endpoint: str, values: dict[str, Any]) -> str:
    """Return the address of another page, with the visitor's profile and samples taken along."""
    query = {name: request.args[name] for name in ("profile", "samples") if name in request.args}
    return _with_query(current_app.url_for(endpoint, **values), query)


def combined(values: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """Return `values` with `changes`."""
    return values | changes


def _keep_day(endpoint: str, values: dict[str, Any]) -> None:
    """Keep `at` in every address that a page of the past holds; files and staff's pages are of no day."""
    day = asked_day() if has_request_context() else None
    if day and endpoint != "static" and not endpoint.startswith("frames."):
        rules = current_app.url_map.iter_rules(endpoint)
        if not any(rule.rule.startswith(STAFF_PATH) for rule in rules):
            values.setdefault("at", day)


def _with_query(path: str, query: Mapping[str, str | None]) -> str:
    """Return `path` with the parameters of `query` that have a value."""
    text = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{path}{'&' if '?' in path else '?'}{text}" if text else path


def all_subdistricts() -> list[Subdistrict]:
    """Return every subdistrict, for the switch in the head of a page."""
    return list(snapshot().catalog.subdistricts.values())


def all_profiles() -> list[Profile]:
    """Return every walking profile, for the switch between them."""
    return list(snapshot().catalog.profiles.values())


def _page_context() -> dict[str, object]:
    """Return what the frame of every page shows."""
    language = current_language()
    return {
        "language": language,
        "html_lang": "en" if language == "en" else "zh-Hans",
        "theme": current_theme(),
        "local": local_text,
        "past_day": asked_day(),
    }
