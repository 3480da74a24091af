"""Scenarios that planners keep by name: whoever has the link reads them, their owner alone changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from geo.errors import NotFoundError, Problem, RequestError
from webmap.fresh_ids import fresh_id
from webmap.history import utc_now
from webmap.refusal import RefusedError
from webmap.scenario_tables import SCENARIO
from webmap.staff_roles import Staff

MOST_OF_ONE = 200
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Saved:
    """One kept scenario; `changes` is the query that `webmap.scenario_link` reads."""

    id: str
    name: str
    owner: str
    subdistrict: str
    layer: str
    rule: str
    profile: str
    changes: str
    saved_at: str


def save_scenario(connection: Connection, owner: str, name: str, asked: Mapping[str, str]) -> str:
    """Keep a scenario and return its id; one of the same owner, layer and name is replaced and keeps its id.

    Args:
        connection: one of `Store.writing`.
        owner: login of the planner.
        name: what it is called.
        asked: subdistrict, layer, rule, profile, changes.

    Raises:
        RequestError: the name is empty or too long, or the planner has too many.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        found = "it is empty" if not name else f"it has {len(name)} characters, or ones that cannot be shown"
        raise RequestError("bad_name", "name", found, f"Write 1 to {LONGEST_NAME} characters")
    same = [SCENARIO.c[key] == asked[key] for key in ("subdistrict", "layer")]
    mine = (SCENARIO.c.owner == owner, SCENARIO.c.name == name, *same)
    known = connection.execute(select(SCENARIO.c.id).where(*mine)).scalar()
    row = dict(asked) | {"name": name, "owner": owner, "saved_at": utc_now()}
    if known is not None:
        connection.execute(SCENARIO.update().where(SCENARIO.c.id == known).values(row))
        return str(known)
    count = connection.execute(select(func.count()).select_from(SCENARIO).where(SCENARIO.c.owner == owner)).scalar_one()
    if count >= MOST_OF_ONE:
        raise RequestError("too_many_scenarios", "name", f"you have kept {count}", "Delete some that are over")
    scenario_id = fresh_id()
    connection.execute(SCENARIO.insert().values(row | {"id": scenario_id}))
    return scenario_id


def read_saved(connection: Connection, scenario_id: str) -> Saved:
    """Return a kept scenario; NotFoundError where there is none of that id."""
    row = connection.execute(select(SCENARIO).where(SCENARIO.c.id == scenario_id)).mappings().first()
    if row is None:
        raise NotFoundError("unknown_scenario", "scenario", "there is no such scenario", "It may be deleted")
    return _saved(row)


def saved_of(connection: Connection, subdistrict: str, layer: str, owner: str) -> list[Saved]:
    """Return what a planner has kept for a layer, the newest first."""
    mine = (SCENARIO.c.subdistrict == subdistrict, SCENARIO.c.layer == layer, SCENARIO.c.owner == owner)
    rows = connection.execute(select(SCENARIO).where(*mine).order_by(SCENARIO.c.saved_at.desc()))
    return [_saved(row) for row in rows.mappings()]


def saved_by(connection: Connection, owner: str) -> list[Saved]:
    """Return everything that a planner has kept, the newest first."""
    rows = connection.execute(select(SCENARIO).where(SCENARIO.c.owner == owner).order_by(SCENARIO.c.saved_at.desc()))
    return [_saved(row) for row in rows.mappings()]


def delete_saved(connection: Connection, scenario_id: str, staff: Staff) -> Saved:
    """Delete a scenario of one's own, or as an administrator anybody's; RefusedError for all others."""
    saved = read_saved(connection, scenario_id)
    if saved.owner != staff.login and not staff.includes("administrator"):
        raise RefusedError(403, Problem("not_yours", "scenario", "somebody else keeps it", "Keep a copy of your own"))
    connection.execute(SCENARIO.delete().where(SCENARIO.c.id == scenario_id))
    return saved


def _saved(row: Mapping[Any, Any]) -> Saved:
    return Saved(**{name: row[name] for name in Saved.__slots__})
