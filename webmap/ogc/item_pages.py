"""Features for people: a page of a collection as a map and a table, and one feature alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import gettext as _

from geo.catalog_model import PropertyType
from geo.feature_query import Page
from webmap.i18n import current_language, local_text
from webmap.ogc.catalogue import Collection
from webmap.ogc.frames import frame_of
from webmap.ogc.links import Link

_FIRST_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One row of the table: the feature's id, its name, and its values in the order of the columns."""

    id: str
    name: str
    values: tuple[str, ...]
    located: bool


def items_page(found: Collection, page: Page, links: list[Link]) -> str:
    """Return the page that shows some features of a collection."""
    columns = shown_columns(found, page)
    query = {name: value for name, value in request.args.to_dict().items() if name != "f"}
    data_url = f"{request.path}?{urlencode(query | {'f': 'json'})}"
    return render_template(
        "ogc/items.html",
        found=found,
        page=page,
        links=links,
        columns=columns,
        rows=[_row(found, int(row), columns) for row in page.rows],
        frame=frame_of(found),
        data_url=data_url,
        texts=map_texts(found),
        section="data",
    )


def item_page(found: Collection, row: int, links: list[Link]) -> str:
    """Return the page of one feature."""
    fields = found.table.fields
    values = [(local_text(one.label), one.name, _text(found.table.columns[one.name][row])) for one in fields]
    geometry = found.table.geometry[row]
    return render_template(
        "ogc/item.html",
        found=found,
        id=found.table.ids[row],
        links=links,
        values=values,
        geometry=None if geometry is None else geometry.wkt,
        frame=frame_of(found),
        data_url=f"{request.path}?f=json",
        texts=map_texts(found),
        section="data",
    )


def shown_columns(found: Collection, page: Page) -> list[PropertyType]:
    """Return the first columns in which something stands on this page: a table that is all dashes helps nobody."""
    columns = found.table.columns
    told = [one for one in found.table.fields if any(columns[one.name][row] is not None for row in page.rows)]
    return told[:_FIRST_COLUMNS]


def map_texts(found: Collection) -> dict[str, str]:
    """Return what the map's script says."""
    return {
        "map": _("地图：%(name)s。同样的内容在地图下面列成表", name=local_text(found.title)),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "close": _("关上"),
        "open": _("打开这一条"),
        "lang": current_language(),
    }


def _row(found: Collection, row: int, columns: list[PropertyType]) -> FeatureRow:
    table = found.table
    values = tuple(_text(table.columns[one.name][row]) for one in columns)
    named = table.columns["name"][row] if "name" in table.columns else None
    return FeatureRow(table.ids[row], str(named or table.ids[row]), values, table.geometry[row] is not None)


def _text(value: Any) -> str:  # noqa: ANN401 - a cell
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
