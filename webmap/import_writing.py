"""An import plan into the store: every facility of it as a revision, all of them or none.

The heads are read before the plan is made; where somebody has saved one of the facilities since, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from geo.catalog_model import Layer
from geo.errors import DataError, Problem
from geo.import_model import ImportPlan
from geo.layers import facility_feature
from webmap.import_origin import Origin
from webmap.revisions import Authorship, Change, Head, Revision, write_changes
from webmap.store import Store

IMPORT = "import"
"""The source of revisions that an import writes."""


@dataclass(frozen=True, slots=True)
class SheetSource:
    """What a plan was made of: the file's name, and the name of the declared datum."""

    file: str
    datum: str


def planned_changes(
    plan: ImportPlan, layer: Layer, heads: Mapping[str, Head], source: SheetSource, *, remove_gone: bool = False
) -> list[Change]:
    """Return the changes that a plan comes to.

    Args:
        plan: A plan without problems.
        layer: Its layer.
        heads: The heads of the layer, as they stood when the plan was made (`webmap.revisions.read_heads`).
        source: File and datum, kept with each row's number and original coordinates.
        remove_gone: Whether facilities that no row belongs to are taken away; somebody has to ask for that.

    Raises:
        DataError: the plan's problems; `draft_waiting` for facilities that somebody has an unpublished change of,
            `changed_meanwhile` for those that are no longer what the plan was made from.
    """
    gone = {facility.id: facility for facility in plan.gone} if remove_gone else {}
    after = {item.after.id: item.after for item in plan.changed}
    wanted = {item.facility.id: item.facility for item in plan.new} | after
    before = {item.before.id: item.before for item in plan.changed} | gone
    stood = {name: facility_feature(facility, layer) for name, facility in before.items()}
    touched = [heads[name] for name in (*wanted, *gone) if name in heads]
    waiting = [_waiting(head) for head in touched if head.state != "published"]
    known = [head for head in touched if head.feature in stood]
    moved_on = [_moved_on(head) for head in known if head.published_body != stood[head.feature]]
    if plan.problems or waiting or moved_on:
        raise DataError([*plan.problems, *waiting, *moved_on])
    origins = _origins(plan, source)
    written = [
        replace(_change(layer, name, facility_feature(wanted[name], layer), heads.get(name)), note=origins[name].line())
        for name in sorted(wanted)
    ]
    return written + [Change(layer.id, name, "delete", None, heads[name].revision) for name in sorted(gone)]


def write_import(store: Store, changes: Sequence[Change], by: Authorship) -> list[Revision]:
    """Write the changes of an import in one transaction and return the revisions.

    Raises:
        ConflictError: somebody has saved one of the facilities since the heads were read; nothing is written.
        StoreError: the store cannot be written; nothing is.
    """
    with store.writing() as connection:
        return write_changes(connection, changes, by)


def _origins(plan: ImportPlan, source: SheetSource) -> dict[str, Origin]:
    """Return where each facility of a plan came from; the coordinates only where the row sets the place."""
    new = {one.facility.id: Origin(source.file, one.row, source.datum, one.original) for one in plan.new}
    changed = {}
    for one in plan.changed:
        is_placed = any(change.name == "geometry" for change in one.fields)
        changed[one.after.id] = Origin(source.file, one.row, source.datum, one.original if is_placed else None)
    return new | changed


def _change(layer: Layer, name: str, body: Mapping[str, object], head: Head | None) -> Change:
    if head is None:
        return Change(layer.id, name, "create", body, None)
    return Change(layer.id, name, "update" if head.body else "restore", body, head.revision)


def _waiting(head: Head) -> Problem:
    found = f"somebody has changed {head.feature} and not published it yet"
    return Problem("draft_waiting", head.feature, found, "Publish or withdraw that change first")


def _moved_on(head: Head) -> Problem:
    found = f"somebody has saved {head.feature} while the import was planned"
    return Problem("changed_meanwhile", head.feature, found, "Look at the import again: it starts from what stands now")
