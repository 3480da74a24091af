"""/staff/<subdistrict>/<layer>: a layer as a table that can be searched, sorted and paged without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from webmap.access_control import requires
from webmap.parameters import Choice, read_query
from webmap.revisions import Head, read_heads
from webmap.staff_desk import the_desk
from webmap.symbols import STATUSES
from webmap.views import snapshot

pages = Blueprint("staff_layer", __name__)
PAGE_SIZE = 25
_MAX_SEARCH = 100


@dataclass(frozen=True, slots=True)
class TableRow:
    """One facility of the table."""

    feature: str
    name: str
    address: str
    status: str
    accuracy_m: float | None
    verified_on: str
    revision: int
    state: str
    is_deleted: bool


_SORTS: dict[str, Callable[[TableRow], tuple[object, ...]]] = {
    "name": lambda row: (row.name, row.feature),
    "address": lambda row: (not row.address, row.address, row.name),
    "status": lambda row: (STATUSES.index(row.status), row.name),
    "verified": lambda row: (row.verified_on, row.name),
    "state": lambda row: (row.state != "review", row.state != "draft", row.name),
}


@pages.get("/staff/<subdistrict>/<layer>")
@requires("viewer")
def show(subdistrict: str, layer: str) -> str:
    """Show a layer's facilities in a subdistrict: `q` searches, `sort` and `page` order them."""
    now, desk = snapshot(), the_desk()
    place, its_layer = now.place(subdistrict), now.layer(layer)
    choices = {"q": Choice(), "sort": Choice((*_SORTS, *(f"-{name}" for name in _SORTS)), "name"), "page": Choice()}
    asked = read_query(request.args, choices, ignore_unknown=True)
    with desk.store.reading() as connection:
        heads = read_heads(connection, its_layer.id)
    rows = _sorted(_rows(list(heads.values()), subdistrict, asked["q"][:_MAX_SEARCH]), asked["sort"])
    pages_count = max(1, -(-len(rows) // PAGE_SIZE))
    number = int(asked["page"]) if asked["page"].isdigit() and len(asked["page"]) < 6 else 1
    number = min(max(1, number), pages_count)
    return render_template(
        "staff_layer.html",
        place=place,
        layer=its_layer,
        rows=rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        total=len(rows),
        first=(number - 1) * PAGE_SIZE + 1,
        page=number,
        pages_count=pages_count,
        asked=asked,
        may_edit=desk.staff.may_edit(its_layer.id, subdistrict),
        layers=list(now.catalog.layers.values()),
        sorted_by=asked["sort"],
        section="staff",
        staff_section="work",
    )


def _rows(heads: list[Head], subdistrict: str, search: str) -> list[TableRow]:
    """Return the facilities of a subdistrict in which the search stands, in any case; the deleted ones too."""
    rows = [_row(head) for head in heads if _subdistrict(head) == subdistrict]
    wanted = search.strip().casefold()
    return [row for row in rows if wanted in f"{row.name}\n{row.address}\n{row.feature}".casefold()]


def _sorted(rows: list[TableRow], sort: str) -> list[TableRow]:
    key = _SORTS[sort.removeprefix("-")]
    ordered = sorted(rows, key=key, reverse=sort.startswith("-"))
    return sorted(ordered, key=lambda row: row.is_deleted)


def _subdistrict(head: Head) -> str:
    body = head.body or head.published_body
    return str(body["properties"]["subdistrict"]) if body else ""


def _row(head: Head) -> TableRow:
    body = head.body or head.published_body
    properties = body["properties"] if body else {}
    return TableRow(
        feature=head.feature,
        name=str(properties.get("name", "")),
        address=str(properties.get("address", "")),
        status=str(properties.get("location_status", "unlocated")),
        accuracy_m=properties.get("accuracy_m"),
        verified_on=str(properties.get("verified_on", "")),
        revision=head.revision,
        state=head.state,
        is_deleted=head.body is None,
    )
