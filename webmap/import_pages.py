"""/staff/import: bring a sheet, see what it would change and every fault in it, write it as a whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from geo.column_mapping import LEFT_OUT, PLACE_TARGETS
from geo.datum_shift import DATUM_NAMES
from geo.errors import DataError, Problem
from geo.property_checks import property_types
from geo.table import MAX_TABLE_BYTES
from webmap.access_control import requires
from webmap.fault_words import fault_words, shift_words
from webmap.i18n import local_text
from webmap.import_status import import_status
from webmap.import_uploads import (
    Upload,
    forget_upload,
    keep_choices,
    keep_upload,
    progress_writer,
    read_progress,
    read_upload,
    sheet_bytes,
)
from webmap.revisions import ConflictError
from webmap.sheet_import import Consent, Look, batch_revisions, datum_name, look_at, undo_batch, write_look
from webmap.staff_desk import the_staff
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("imports", __name__)
_MAX_UPLOAD_BYTES = MAX_TABLE_BYTES + 100_000
_SLOW_BYTES = 150_000
_MOST_LISTED = 100
_DEFAULTED = ("location_status", "accuracy_m", "source")


@pages.get("/staff/import")
@requires("editor")
def start() -> str:
    """Ask for a sheet, the layer it is for, and the datum of its positions."""
    return _start_page()


@pages.post("/staff/import")
@requires("editor", max_body_bytes=_MAX_UPLOAD_BYTES)
def bring() -> AnyResponse:
    """Keep a sheet and go on to what it would change."""
    now, sent = snapshot(), request.files.get("sheet")
    form = request.form
    if sent is None or not sent.filename:
        return Response(_start_page(_("还没有选文件。"), form.to_dict()), 422)
    if not form.get("datum"):
        return Response(_start_page(_("要先说清楚坐标是哪种坐标系，不说就不导入。"), form.to_dict()), 422)
    upload = Upload(
        id="",
        who=the_staff().login,
        name=Path(sent.filename.replace("\\", "/")).name[:120],
        layer=now.layer(form.get("layer", "")).id,
        subdistrict=form.get("subdistrict", ""),
        encoding="gb18030" if form.get("encoding") == "gb18030" else "utf-8",
        datum=form["datum"],
    )
    raw = sent.read()
    kept = keep_upload(the_config(), raw, upload)
    endpoint = "imports.wait" if len(raw) > _SLOW_BYTES else "imports.plan"
    return redirect(url_for(endpoint, upload=kept.id), 303)


@pages.get("/staff/import/<upload>/wait")
@requires("editor")
def wait(upload: str) -> str:
    """Show how far a large sheet has been looked at; without scripts a link goes on."""
    kept = read_upload(the_config(), upload, the_staff().login)
    return render_template("staff_import_wait.html", upload=kept, staff_section="import", section="staff")


@pages.get("/staff/import/<upload>/progress")
@requires("editor")
def progress(upload: str) -> Response:
    """Tell how many rows have been looked at."""
    return jsonify(read_progress(the_config(), read_upload(the_config(), upload, the_staff().login)))


@pages.get("/staff/import/<upload>")
@requires("editor")
def plan(upload: str) -> AnyResponse:
    """Show what a sheet would change: new, changed, gone, unchanged, and every fault by row and column."""
    kept = read_upload(the_config(), upload, the_staff().login)
    try:
        look = _look(kept)
    except DataError as error:
        status = import_status(error.problems)
        return Response(_start_page(problems=error.problems, typed=_typed(kept)), status)
    return Response(_plan_page(kept, look))


@pages.post("/staff/import/<upload>")
@requires("editor")
def choose(upload: str) -> AnyResponse:
    """Take what somebody says of columns, datum and rows, and look again."""
    kept = read_upload(the_config(), upload, the_staff().login)
    form = request.form
    mapping = _mapping(form.to_dict())
    defaults = {name: form[f"default-{name}"] for name in _DEFAULTED if form.get(f"default-{name}")}
    told = replace(
        kept,
        datum=form.get("datum", kept.datum),
        key=form.get("key", kept.key),
        swapped=form.get("swapped") == "1",
        mapping=mapping,
        defaults=defaults,
    )
    keep_choices(the_config(), told)
    return redirect(url_for("imports.plan", upload=kept.id), 303)


@pages.post("/staff/import/<upload>/write")
@requires("editor")
def write(upload: str) -> AnyResponse:
    """Write what was looked at, all of it or nothing."""
    staff, form = the_staff(), request.form
    kept = read_upload(the_config(), upload, staff.login)
    look = _look(kept)
    why = form.get("why", "").strip()[:500] or f"{kept.name}, {datum_name(kept)}"
    consent = Consent(form.get("digest", ""), form.get("outside") == "1", form.get("remove_gone") == "1", why)
    try:
        batch = write_look(the_store(), snapshot(), staff, look, consent)
    except (DataError, ConflictError) as error:
        return Response(_plan_page(kept, look, error.problems), 409 if isinstance(error, ConflictError) else 422)
    forget_upload(the_config(), kept)
    return redirect(url_for("imports.done", batch=batch), 303)


@pages.get("/staff/import/done/<batch>")
@requires("editor")
def done(batch: str) -> str:
    """Show what an import wrote, with the way to take it back."""
    written = batch_revisions(the_store(), batch)
    return render_template(
        "staff_import_done.html",
        batch=batch,
        count=len(written),
        layer=snapshot().layer(written[0][0]),
        publishes=the_staff().may_publish,
        staff_section="import",
        section="staff",
    )


@pages.post("/staff/import/done/<batch>/undo")
@requires("editor")
def undo(batch: str) -> AnyResponse:
    """Take a whole import back; refused where somebody has changed one of its facilities since."""
    count = undo_batch(the_store(), snapshot(), the_staff(), batch)
    return redirect(url_for("imports.start", undone=count), 303)


def _mapping(form: dict[str, str]) -> dict[str, str]:
    """Return what somebody said of columns; "-" leaves one out on purpose, nothing leaves it to the guess."""
    numbers = [name.removeprefix("column-") for name in form if name.startswith("column-")]
    said = {form[f"column-{number}"]: form.get(f"target-{number}", "") for number in numbers}
    return {column: LEFT_OUT if target == "-" else target for column, target in said.items() if target}


def _look(upload: Upload) -> Look:
    config = the_config()
    sheet = (sheet_bytes(config, upload), progress_writer(config, upload))
    return look_at(the_store(), snapshot(), config.data / "base", upload, sheet)


def _start_page(fault: str = "", typed: dict[str, str] | None = None, problems: tuple[Problem, ...] = ()) -> str:
    """Return the form for a sheet, with what was said before and what is wrong."""
    now = snapshot()
    undone = request.args.get("undone", "")
    return render_template(
        "staff_import.html",
        layers=list(now.catalog.layers.values()),
        datums=DATUM_NAMES,
        fault=fault,
        faults=[fault_words(problem) for problem in problems],
        typed=typed or {},
        undone=int(undone) if undone.isascii() and undone.isdigit() and len(undone) < 7 else 0,
        staff_section="import",
        section="staff",
    )


def _plan_page(upload: Upload, look: Look, refused: tuple[Problem, ...] = ()) -> str:
    """Return the page of a plan."""
    now = snapshot()
    layer = now.layer(upload.layer)
    types = property_types(layer)
    targets = [(name, local_text(kind.label)) for name, kind in types.items()]
    return render_template(
        "staff_import_plan.html",
        upload=upload,
        layer=layer,
        look=look,
        plan=look.plan,
        targets=[*[(name, _target_name(name)) for name in PLACE_TARGETS], *targets],
        left_out=LEFT_OUT,
        datums=DATUM_NAMES,
        statuses=("surveyed", "address", "approximate"),
        shift=shift_words(look.plan.shift) if look.plan.shift else "",
        faults=[fault_words(problem) for problem in look.plan.problems[:_MOST_LISTED]],
        warnings=[fault_words(problem) for problem in look.plan.warnings[:_MOST_LISTED]],
        refused=[fault_words(problem) for problem in refused],
        unmapped=[problem for problem in look.plan.problems if problem.code == "unmapped_column"],
        most=_MOST_LISTED,
        samples=_samples(look),
        staff_section="import",
        section="staff",
    )


def _samples(look: Look) -> dict[str, str]:
    """Return the first value of each column that has one: names of columns alone say little."""
    found: dict[str, str] = {}
    for index, column in enumerate(look.table.columns):
        value = next((row[index] for row in look.table.rows[:50] if row[index] not in {None, ""}), None)
        found[column] = "" if value is None else str(value)[:40]
    return found


def _target_name(name: str) -> str:
    names: dict[str, str] = {"id": _("编号（ULID）"), "lon": _("经度"), "lat": _("纬度"), "wkt": _("范围（WKT）")}
    return names[name]


def _typed(upload: Upload) -> dict[str, str]:
    names = ("layer", "subdistrict", "encoding", "datum")
    return {name: str(getattr(upload, name)) for name in names}
