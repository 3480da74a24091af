"""A siting answer as plain JSON values: what the command prints, a page shows and a run file keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from geo.coverage import Tally
from geo.siting import CurvePoint
from geo.siting_question import SitingAnswer


def plain(value: float) -> float | int:
    """Return a whole number without its decimal point, any other as it is."""
    return int(value) if float(value).is_integer() else float(value)


def tally_table(tally: Tally) -> dict[str, float | int | None]:
    """Return numerator, denominator and share."""
    counts = {name: plain(round(getattr(tally, name), 6)) for name in ("total", "covered", "uncovered", "unreachable")}
    return {**counts, "share_covered": tally.share}


def chosen_sites_table(answer: SitingAnswer) -> list[dict[str, Any]]:
    """Return the chosen sites with position, street and whom each serves: id, lon, lat, street, people, points."""
    siting = answer.siting
    return [
        {
            "id": answer.set.ids[site],
            "lon": float(answer.set.lonlat[site, 0]),
            "lat": float(answer.set.lonlat[site, 1]),
            "street": answer.streets[site],
            "people": plain(round(float(siting.served_people[siting.served_by == site].sum()), 6)),
            "points": int((siting.served_by == site).sum()),
            "farthest_m": float(siting.served_dm[siting.served_by == site].max(initial=0)) / 10,
            "required": bool(answer.set.sites.required[site]),
            "cost": plain(float(answer.set.sites.cost[site])),
        }
        for site in siting.chosen
    ]


def curve_table(curve: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    """Return the curve of p: p, people covered, upper bound, share."""
    return [
        {
            "p": point.p,
            "covered_people": plain(point.covered_people),
            "bound_people": plain(point.bound_people),
            "share": point.share,
        }
        for point in curve
    ]


def reached_targets(curve: Sequence[CurvePoint], targets: Sequence[float]) -> dict[float, int | None]:
    """Return the least number of sites on the curve with which each share of people is covered, None for none."""
    found: dict[float, int | None] = {}
    for target in targets:
        numbers = [point.p for point in curve if point.share is not None and point.share >= target]
        found[target] = int(np.min(numbers)) if numbers else None
    return found
