"""Lifecircle on the web: pages, map data and API over the results of `geo`."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask

from webmap.config import Config, config_from_environment

if TYPE_CHECKING:
    from webmap.job_queue import JobQueue
    from webmap.jobs import Computation
    from webmap.results import Results


def create_app(config: Config | None = None) -> Flask:
    """Return the application.

    Args:
        config: what may differ between installations; None reads the `LIFECIRCLE_*` variables.
    """
    from webmap import (  # noqa: PLC0415
        access_control,
        account_admin,
        accounts,
        api,
        audit_page,
        basis_words,
        compare_page,
        compression,
        dates_page,
        desk_layer_page,
        desk_report_page,
        errors,
        fairness_page,
        frames,
        i18n,
        import_pages,
        kept_answers,
        layer_page,
        layer_writing_page,
        network_admin,
        network_page,
        network_patch_page,
        offline,
        pages,
        place_names,
        planner,
        report_pages,
        report_words,
        resident,
        scenario_pages,
        security,
        services_page,
        sheet_pages,
        sign_on,
        siting_page,
        staff_decisions,
        staff_feature,
        staff_layer,
        staff_reports,
        staff_work,
        views,
        visitor_address,
        what_if_page,
        wrong_page,
    )
    from webmap.api import (  # noqa: PLC0415
        catchments,
        claims,
        definition,
        exports,
        features,
        gaps,
        jobs,
        nearest,
        revision_list,
        scenarios,
        siting,
        tiles,
        walks,
    )
    from webmap.framework import Service  # noqa: PLC0415
    from webmap.job_kinds import computations  # noqa: PLC0415
    from webmap.ogc import collections as ogc_collections  # noqa: PLC0415
    from webmap.ogc import frames as ogc_frames  # noqa: PLC0415
    from webmap.ogc import items as ogc_items  # noqa: PLC0415
    from webmap.ogc import landing as ogc_landing  # noqa: PLC0415
    from webmap.results import Results  # noqa: PLC0415 - commands import this package and need no analysis

    config = config or config_from_environment(os.environ)
    app = Service(__name__)
    app.extensions["lifecircle.config"] = config
    results = Results(config)
    app.extensions["lifecircle.results"] = results
    app.extensions["lifecircle.computations"] = known = computations(results)
    app.extensions["lifecircle.jobs"] = cache(lambda: _job_queue(results, known))
    visitor_address.believe_proxies(app, config.trusted_proxies)
    kept_answers.keep_answers(app, results)
    security.guard(app, config)
    i18n.speak(app)
    access_control.control_access(app, config)
    errors.handle_errors(app)
    views.furnish(app)
    place_names.add_filters(app)
    compression.compress_texts(app)
    report_words.furnish_words(app)
    basis_words.furnish_basis(app)
    parts = (
        pages,
        planner,
        desk_layer_page,
        what_if_page,
        siting_page,
        fairness_page,
        compare_page,
        services_page,
        dates_page,
        scenario_pages,
        layer_page,
        report_pages,
        network_page,
        network_admin,
        network_patch_page,
        layer_writing_page,
        sheet_pages,
        desk_report_page,
        import_pages,
        staff_reports,
        resident,
        offline,
        frames,
        api,
        claims,
        jobs,
        nearest,
        accounts,
        account_admin,
        audit_page,
        sign_on,
        ogc_landing,
        ogc_collections,
        ogc_items,
        ogc_frames,
        definition,
        exports,
        walks,
        catchments,
        gaps,
        siting,
        scenarios,
        tiles,
        revision_list,
        features,
        staff_work,
        staff_layer,
        staff_feature,
        staff_decisions,
        wrong_page,
    )
    for part in parts:
        app.register_blueprint(part.pages)
    return app


def _job_queue(results: Results, known: dict[str, Computation]) -> JobQueue:
    from webmap.job_queue import JobQueue  # noqa: PLC0415 - a third of a second that only those wait for who ask a job

    return JobQueue(results.config, results.store(), known)
