"""Every compiled kernel used once, so that no visitor waits while one is compiled: the walks, and the best sites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo.assessment import Question, assess_coverage, reach_polygon, street_bands
from geo.catalog import Catalog
from geo.layer_question import counted_facilities
from geo.nearest_table import build_nearest_table, nearest_of_layers
from geo.place import Place, positions_lonlat
from geo.reach import od_matrix, reached_nodes
from geo.siting_place import SitingQuestion, site_in_place
from geo.siting_problem import Model
from geo.snapping import POINTS_WORTH_SORTING, snap
from geo.walk import Walk
from geo.what_if import Placed, Scenario, stand_today, what_if

_LIMIT_DM = 9_000
_MODELS: tuple[Model, ...] = ("mclp", "p-median")


def warm_walks(place: Place, catalog: Catalog) -> None:
    """Ask how far people walk, in every way that a page asks it; nothing where there are no streets or no homes."""
    if not place.has_streets or place.demand.empty:
        return
    question = _question(place, catalog)
    lon, lat = positions_lonlat(place.demand).T
    if question is not None:
        assess_coverage(place, catalog, question)
        street_bands(place, catalog, question)
        reach_polygon(place, catalog, question)
        gone = str(_counted(place, question.layer_id)[0])
        added = Placed("new", float(lon[0]), float(lat[0]))
        what_if(stand_today(place, catalog, question), Scenario(added=(added,), closed=(gone,)))
    facilities, walk = snap(place.network, lon[:3], lat[:3]), Walk(limit_dm=_LIMIT_DM)
    nearest_of_layers(build_nearest_table(place.network, {"any": facilities}), float(lon[0]), float(lat[0]))
    od_matrix(place.network, facilities, place.demand_snaps, walk)
    reached_nodes(place.network, facilities, walk)
    snap(place.network, np.resize(lon, POINTS_WORTH_SORTING), np.resize(lat, POINTS_WORTH_SORTING))


def warm_sites(place: Place, catalog: Catalog) -> None:
    """Ask for the best sites, by coverage and by distance; nothing where there is nothing to ask about."""
    question = _question(place, catalog)
    if question is None or not place.has_streets or place.demand.empty:
        return
    for model in _MODELS:
        asked = SitingQuestion(question.layer_id, question.rule_id, model=model, p=2, every_m=200, with_samples=True)
        site_in_place(place, catalog, asked)


def _question(place: Place, catalog: Catalog) -> Question | None:
    """Return a question about the layer that has the most facilities to walk to, None where no layer has one."""
    rules = {layer.id: layer.headline_rule for layer in catalog.layers.values() if layer.headline_rule}
    counts = {layer_id: len(_counted(place, layer_id)) for layer_id in rules}
    most = max(counts, key=lambda one: counts[one], default="")
    if not counts.get(most):
        return None
    return Question(most, rules[most], next(iter(catalog.profiles)), with_samples=True)


def _counted(place: Place, layer_id: str) -> Sequence[object]:
    return list(counted_facilities(place, layer_id, with_samples=True, hard_border=False).index)
