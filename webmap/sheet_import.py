"""A sheet of staff against the layers as they stand: the plan that a page shows, and its writing, as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from sqlalchemy import select

from geo.catalog_model import Layer
from geo.cell_values import cell_value
from geo.column_mapping import ColumnMapping, guess_mapping
from geo.datum_shift import DATUM_NAMES, DATUMS, Datum
from geo.errors import DataError, NotFoundError, Problem
from geo.import_model import MATCH_KEYS, ImportOptions, ImportPlan, ImportTarget
from geo.import_plan import plan_import
from geo.known_places import known_places
from geo.property_checks import Value, property_types
from geo.table import Table
from geo.table_csv import Encoding
from geo.table_formats import read_table
from webmap.fresh_ids import fresh_id
from webmap.history import canonical
from webmap.import_memory import remember_mapping, remembered_mapping
from webmap.import_uploads import Upload
from webmap.import_writing import IMPORT, SheetSource, planned_changes
from webmap.refusal import RefusedError
from webmap.revisions import Authorship, Change, Head, Revision, feature_revisions, read_heads, write_changes
from webmap.snapshot import Snapshot
from webmap.staff_roles import Staff
from webmap.store import Store
from webmap.store_schema import HISTORY


@dataclass(frozen=True, eq=False)
class Look:
    """A sheet that was looked at: its table, what its columns are, what it would change, and what that rests on.

    `digest` stands for all of it: what is written is what was looked at, or nothing.
    """

    table: Table
    mapping: ColumnMapping
    plan: ImportPlan
    heads: Mapping[str, Head]
    digest: str
    source: SheetSource


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said when writing: the plan they looked at, and what they mean to be so."""

    digest: str
    outside_is_meant: bool
    remove_gone: bool
    why: str


def look_at(
    store: Store, now: Snapshot, base: Path, upload: Upload, sheet: tuple[bytes, Callable[[int, int], None]]
) -> Look:
    """Return what a sheet would change.

    Args:
        store: for the heads, read before anything else, and for what columns were the last time.
        now: the layers as readers see them.
        base: the folder data/base, for places whose position is known.
        upload: what was said of the sheet.
        sheet: its bytes, and what is told how many rows are done.

    Raises:
        DataError: the file as a whole cannot be read.
        NotFoundError: no such layer.
    """
    layer = now.layer(upload.layer)
    table = read_table(sheet[0], upload.name, cast("Encoding", upload.encoding))
    with store.reading() as connection:
        heads = read_heads(connection, layer.id)
        remembered = remembered_mapping(connection, layer.id, table.columns)
    mapping = guess_mapping(table, layer, {**remembered, **upload.mapping})
    known = known_places(base, [one.frame for one in now.live.layers.values()])
    outlines = {name: place.outline for name, place in now.places.items()}
    target = ImportTarget(layer, now.catalog, now.live.facilities[layer.id], outlines, known)
    plan = plan_import(table, mapping, target, _options(now, layer, upload), sheet[1])
    told = canonical([upload.layer, upload.datum, upload.swapped, upload.key, dict(upload.defaults), mapping.to_json()])
    digest = hashlib.sha256(f"{told}\n{now.live.seq}\n".encode() + sheet[0]).hexdigest()
    return Look(table, mapping, plan, heads, digest, SheetSource(upload.name, datum_name(upload)))


def write_look(store: Store, now: Snapshot, staff: Staff, look: Look, consent: Consent) -> str:
    """Write what was looked at as one batch and return its id; where the person may not publish, it waits for review.

    Raises:
        DataError: the plan has problems, is no longer what was looked at, or wants a yes that was not given.
        RefusedError: the person may not change this layer in a subdistrict that the sheet touches.
        ConflictError: somebody has saved one of the facilities since.
    """
    plan = look.plan
    if consent.digest != look.digest:
        remedy = "Look at the plan again: it starts from what stands now"
        raise DataError.single("changed_meanwhile", "plan", "the layer or the sheet is not what you looked at", remedy)
    if plan.problems or (plan.to_confirm and not consent.outside_is_meant):
        raise DataError(plan.problems or plan.to_confirm)
    _require_scope(staff, plan, remove_gone=consent.remove_gone)
    layer = now.layer(plan.layer)
    changes = planned_changes(plan, layer, look.heads, look.source, remove_gone=consent.remove_gone)
    if not staff.may_publish:
        changes = [replace(change, state="review") for change in changes]
    batch = fresh_id()
    with store.writing() as connection:
        write_changes(connection, changes, Authorship(staff.login, consent.why, IMPORT, batch))
        remember_mapping(connection, layer.id, look.table.columns, look.mapping, staff.login)
    return batch


def batch_revisions(store: Store, batch: str) -> list[tuple[str, str, int]]:
    """Return layer, feature and revision of everything that one import wrote; NotFoundError where it wrote nothing."""
    columns = (HISTORY.c.layer, HISTORY.c.feature, HISTORY.c.revision)
    with store.reading() as connection:
        rows = connection.execute(select(*columns).where(HISTORY.c.batch == batch).order_by(HISTORY.c.seq)).all()
    if not rows:
        raise NotFoundError("unknown_import", "import", "there was no such import", "See the history")
    return [(row.layer, row.feature, row.revision) for row in rows]


def undo_batch(store: Store, now: Snapshot, staff: Staff, batch: str) -> int:
    """Take a whole import back by new revisions and return how many; nothing where anything was changed since.

    Raises:
        NotFoundError: there was no such import.
        RefusedError: the person may not change these layers there, or not publish what was published.
        ConflictError: somebody has changed one of its facilities since.
    """
    written = batch_revisions(store, batch)
    with store.writing() as connection:
        changes = []
        for layer, feature, revision in written:
            kept = next(one for one in feature_revisions(connection, layer, feature) if one.revision == revision)
            _require_layer_scope(staff, layer, kept)
            operation = "delete" if kept.before is None else "restore"
            changes.append(Change(layer, feature, operation, kept.before, revision, kept.state))
            now.layer(layer)
        by = Authorship(staff.login, f"import {batch} taken back", "undo", fresh_id())
        return len(write_changes(connection, changes, by))


def _options(now: Snapshot, layer: Layer, upload: Upload) -> ImportOptions:
    types = property_types(layer)
    said = {name: text for name, text in upload.defaults.items() if name in types and text.strip()}
    defaults: dict[str, Value] = {"source": upload.name}
    for name, text in said.items():
        value = cell_value(text, types[name], now.catalog)
        if value is not None:
            defaults[name] = cast("Value", value)
    return ImportOptions(
        new_id=fresh_id,
        datum=_datum(upload),
        key=next((key for key in MATCH_KEYS if key == upload.key), "auto"),
        subdistrict=upload.subdistrict or None,
        defaults=defaults,
        swapped=upload.swapped,
    )


def datum_name(upload: Upload) -> str:
    """Return the name of the declared datum, empty where none is declared."""
    datum = _datum(upload)
    return "" if datum is None else DATUM_NAMES[datum]


def _datum(upload: Upload) -> Datum | None:
    return next((datum for datum in DATUMS if datum == upload.datum), None)


def _require_scope(staff: Staff, plan: ImportPlan, *, remove_gone: bool) -> None:
    """Raise RefusedError where the person may not change a facility that the plan touches."""
    touched = [item.facility for item in plan.new] + [item.after for item in plan.changed]
    touched += [item.before for item in plan.changed] + (list(plan.gone) if remove_gone else [])
    places = sorted({str(facility.properties["subdistrict"]) for facility in touched})
    refused = [place for place in places if not staff.may_edit(plan.layer, place)]
    if refused:
        raise _refused(f"{staff.login} may not change {plan.layer} in {', '.join(refused)}")


def _require_layer_scope(staff: Staff, layer: str, revision: Revision) -> None:
    bodies = [body for body in (revision.before, revision.after) if body is not None]
    allowed = all(staff.may_edit(layer, str(body["properties"]["subdistrict"])) for body in bodies)
    if not allowed or (revision.state == "published" and not staff.may_publish):
        raise _refused(f"{staff.login} may not take this import back")


def _refused(found: str) -> RefusedError:
    return RefusedError(403, Problem("outside_scope", "account", found, "Ask an administrator, or a reviewer"))
