"""The pages that belong to no one place: the way in, and what the data is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flask import Blueprint, render_template

from geo.assessment import Place
from webmap.rows import Row, table_rows
from webmap.views import read_view, snapshot

pages = Blueprint("pages", __name__)


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """A subdistrict in one card: its rows, and how many of them stand on known positions, on samples, on nothing."""

    place: Place
    rows: tuple[Row, ...]
    measured: int
    samples_only: int
    unmapped: int


@pages.get("/")
def home() -> str:
    """Show what the service is, and the way in for planners, residents and staff."""
    now = snapshot()
    view = read_view(now.catalog)
    places = [
        _summary(place, table_rows(now, place, view.profile, with_samples=False)) for place in now.places.values()
    ]
    return render_template("home.html", places=places, section="home")


@pages.get("/about")
def about() -> str:
    """Show where the data comes from, how exact it is, and what a figure means."""
    now = snapshot()
    read_view(now.catalog)
    return render_template(
        "about.html",
        catalog=now.catalog,
        places=list(now.places.values()),
        example=next(iter(now.catalog.layers.values())),
        accuracy_of=_accuracy_m,
        section="about",
    )


def _accuracy_m(place: Place) -> tuple[float, float] | None:
    """Return the least and the greatest error of a place's street lines in metres, None where none is stated."""
    stated = place.network.way_accuracy_m
    known = stated[~np.isnan(stated)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _summary(place: Place, rows: list[Row]) -> PlaceSummary:
    """Return the card of one place."""
    told = [row for row in rows if not row.is_folded]
    return PlaceSummary(
        place=place,
        rows=tuple(told),
        measured=sum(row.assessment.located > 0 for row in told),
        samples_only=sum(bool(row.assessment.sample and not row.assessment.located) for row in told),
        unmapped=sum(not row.assessment.located and not row.assessment.sample for row in told),
    )
