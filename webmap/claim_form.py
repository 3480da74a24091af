"""The form by which staff correct a figure of a report: what it sends, and every fault in it at once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

from geo.catalog_model import Catalog
from geo.claims_table import Claim, Kind, Qualifier
from geo.errors import Problem
from geo.indicators import Indicator
from geo.text_checks import check_text

KINDS: tuple[Kind, ...] = get_args(Kind)
QUALIFIERS: tuple[Qualifier, ...] = get_args(Qualifier)
STAGES = ("publicised", "begun", "under_way", "completed", "received", "closed", "settled")
"""Stages that have a name; a year or a day stands for "as of"."""
FIELDS = ("kind", "value", "value_max", "unit", "qualifier", "stage", "indicator", "layer", "subject")
MAX_WHY_CHARACTERS = 500
_LENGTHS = {"unit": 20, "stage": 40, "subject": 200}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def corrected_claim(
    before: Claim, form: Mapping[str, str], catalog: Catalog, indicators: Mapping[str, Indicator]
) -> tuple[Claim, list[Problem]]:
    """Return the figure as the form has it, and every fault of the form; with a fault the figure is as before.

    `form` has the `FIELDS` as text; one that is missing is empty. A layer that is left open is that of the indicator.
    """
    problems: list[Problem] = []
    texts = {name: _text(name, form.get(name, ""), problems) for name in _LENGTHS}
    value, value_max = _number("value", form, problems), _number("value_max", form, problems)
    if value is None and not problems:
        problems.append(Problem("missing_value", "value", "there is no number", "Write it, without its unit"))
    if value is not None and value_max is not None and value_max <= value:
        problems.append(
            Problem("bad_range", "value_max", "the upper end is not above the lower", "Correct one of them")
        )
    kind = _choice("kind", form, KINDS, problems)
    qualifier = _choice("qualifier", form, QUALIFIERS, problems)
    indicator = _choice("indicator", form, ("", *indicators), problems)
    layer = _choice("layer", form, ("", *catalog.layers), problems)
    layer = _fitting_layer(layer, indicators.get(indicator), catalog, problems)
    if problems or value is None:
        return before, problems
    claim = replace(before, value=value, value_max=value_max, indicator=indicator, layer=layer)
    claim = replace(claim, unit=texts["unit"], stage=texts["stage"], subject=texts["subject"])
    return replace(claim, kind=cast("Kind", kind), qualifier=cast("Qualifier", qualifier)), []


def form_of(claim: Claim) -> dict[str, str]:
    """Return what the form shows for a figure."""
    values = {name: getattr(claim, name) for name in FIELDS}
    return {name: _plain(value) for name, value in values.items()}


def read_why(form: Mapping[str, str], problems: list[Problem]) -> str:
    """Return the reason that the form gives, empty where it gives none."""
    why = form.get("why", "").strip()
    return (check_text(why, "why", problems, limit=MAX_WHY_CHARACTERS) or "") if why else ""


def _plain(value: object) -> str:
    """Return a value as it stands in a field."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(value)


def _text(name: str, text: str, problems: list[Problem]) -> str:
    """Return a text of the form; empty is allowed."""
    text = text.strip()
    return (check_text(text, name, problems, limit=_LENGTHS[name]) or "") if text else ""


def _number(name: str, form: Mapping[str, str], problems: list[Problem]) -> float | None:
    """Return a number of the form, None where there is none."""
    text = form.get(name, "").strip().replace(",", "").replace("，", "")
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        problems.append(Problem("not_a_number", name, f"{ascii(text)[:40]} is no number", "Write figures alone: 12000"))
        return None
    return float(text)


def _choice(name: str, form: Mapping[str, str], options: tuple[str, ...], problems: list[Problem]) -> str:
    """Return what was chosen."""
    chosen = form.get(name, "")
    if chosen not in options:
        problems.append(Problem("unknown_choice", name, f"{ascii(chosen)[:40]} is no choice", "Choose one of the list"))
        return ""
    return chosen


def _fitting_layer(layer: str, indicator: Indicator | None, catalog: Catalog, problems: list[Problem]) -> str:
    """Return the layer of a figure; an indicator that counts another layer's facilities does not fit."""
    its_layer = indicator.layer if indicator is not None and indicator.layer in catalog.layers else None
    if its_layer is None:
        return layer
    if layer and layer != its_layer:
        found = f"the indicator counts {its_layer}, and the layer is {layer}"
        problems.append(Problem("layer_differs", "layer", found, "Choose the layer of the indicator, or another one"))
    return its_layer
