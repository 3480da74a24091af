"""Who is covered at an hour: only what is open then counts, and gates that are shut are not passed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.catalog import Catalog
from geo.conditions import Conditions, walk_under
from geo.coverage import Tally, by_owner, cover, tally
from geo.layer_question import Question, ask_layer
from geo.opening_hours import state_at
from geo.place import Place


@dataclass(frozen=True)
class OpenThen:
    """People by status at an hour, and the facilities that are open, closed, or without hours on record.

    `people` is None where nothing is open. A facility without hours counts as open, and is told apart.
    """

    people: Tally | None
    open: int
    closed: int
    unknown: int


def covered_at(place: Place, catalog: Catalog, question: Question, moment: dt.datetime) -> OpenThen:
    """Return who is covered at a local time in Asia/Shanghai."""
    asked = ask_layer(place, catalog, question)
    states = [state_at(_hours(row), moment).state for _, row in asked.facilities.iterrows()]
    standing = np.flatnonzero([state != "closed" for state in states])
    counts = {state: states.count(state) for state in ("open", "closed", "unknown")}
    if not len(standing) or not place.has_streets:
        return OpenThen(None, **counts)
    walk = walk_under(place.network, Conditions(at=moment))
    found = cover(place.network, asked.snaps.take(standing), place.door_snaps, asked.limits_dm[standing], walk)
    found = found if place.doors is None else by_owner(found, place.doors.owner)
    return OpenThen(tally(place.weights, found.status), **counts)


def _hours(row: pd.Series) -> str | None:
    """Return a facility's hours, None where there are none on record."""
    hours = row.get("opening_hours")
    return hours if isinstance(hours, str) else None
