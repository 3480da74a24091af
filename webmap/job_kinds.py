"""What each kind of job computes: its name, and the function that works it out from its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webmap.jobs import Computation, Progress
from webmap.results import Results


def computations(results: Results) -> dict[str, Computation]:
    """Return what each kind of job does, over the newest snapshot of `results`."""

    def report(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        return report_figures(results, arguments, progress)

    def siting(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        from webmap.siting_answer import run_siting  # noqa: PLC0415 - as below

        return run_siting(results.current(), results.config, arguments, progress)

    def uncertainty(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        from webmap.desk_band import run_band  # noqa: PLC0415 - as below

        return run_band(results.current(), arguments, progress)

    return {"report": report, "siting": siting, "uncertainty": uncertainty}


def report_figures(results: Results, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Return every headline figure of a subdistrict, layer by layer (`arguments`: subdistrict, profile)."""
    from webmap.rows import layer_row  # noqa: PLC0415 - pages need it, the queue only when such a job runs

    now = results.current()
    place = now.place(str(arguments.get("subdistrict")))
    profile = now.catalog.profiles[str(arguments.get("profile", "planning"))]
    figures: dict[str, Any] = {}
    for number, layer in enumerate(now.catalog.layers.values()):
        progress(number, len(now.catalog.layers), layer.id)
        row = layer_row(now, place, layer, profile, with_samples=False)
        honest = row.headline.honest if row.headline else None
        weights = None if honest is None else honest.weights
        figures[layer.id] = weights and {"covered": weights.covered, "total": weights.total}
    progress(len(figures), len(figures), "")
    return {"subdistrict": place.subdistrict.id, "data_version": place.data_version, "figures": figures}
