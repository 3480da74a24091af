"""What waits for somebody: facilities without a place, samples, stale ones, reported wrong, in review, drafts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, select

from geo.catalog_model import Catalog, Layer
from geo.property_checks import Value
from webmap.revisions import Head, read_heads
from webmap.staff_roles import Staff
from webmap.store_schema import HEAD, HISTORY
from webmap.wrong_reports import WrongReport, waiting_reports

Kind = Literal["wrong", "review", "draft", "unlocated", "sample", "stale", "approximate"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which they are urgent: an item stands under the first that it has."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One facility that somebody should look at, and why; `since` is its newest change, or the oldest report (UTC)."""

    layer: Layer
    feature: str
    name: str
    subdistrict: str
    status: str
    kinds: tuple[Kind, ...]
    since: str
    properties: Mapping[str, Value]
    reports: tuple[WrongReport, ...]
    head: Head

    @property
    def is_deletion(self) -> bool:
        """Return whether what waits is that it be taken away."""
        return self.head.body is None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items are wanted; empty: all."""

    kind: str = ""
    subdistrict: str = ""
    layer: str = ""

    def holds(self, item: WorkItem) -> bool:
        """Return whether an item is of the wanted subdistrict and layer."""
        return self.subdistrict in ("", item.subdistrict) and self.layer in ("", item.layer.id)


def work_list(connection: Connection, catalog: Catalog, staff: Staff, today: dt.date) -> list[WorkItem]:
    """Return what waits for this person, the most urgent first, then the newest."""
    reports, times = waiting_reports(connection), _times(connection)
    items = []
    for layer in catalog.layers.values():
        for head in read_heads(connection, layer.id).values():
            told = reports.get((layer.id, head.feature), [])
            item = _item(layer, head, told, times.get((layer.id, head.feature), ""), today)
            if item is not None and (not staff.includes("editor") or staff.may_edit(layer.id, item.subdistrict)):
                items.append(item)
    items.sort(key=lambda item: item.since, reverse=True)
    return sorted(items, key=lambda item: KINDS.index(item.kinds[0]))


def counts(items: Iterable[WorkItem]) -> dict[Kind, int]:
    """Return how many items there are of each kind; one may be of several."""
    found = Counter(kind for item in items for kind in item.kinds)
    return {kind: found[kind] for kind in KINDS}


def chosen(items: Sequence[WorkItem], wanted: Filter) -> list[WorkItem]:
    """Return the items of a filter."""
    return [item for item in items if wanted.holds(item) and (not wanted.kind or wanted.kind in item.kinds)]


def is_stale(layer: Layer, verified_on: object, today: dt.date) -> bool:
    """Return whether a facility was last verified longer ago than its layer allows; without a date: not stale."""
    if layer.stale_after_days is None or not isinstance(verified_on, str):
        return False
    return (today - dt.date.fromisoformat(verified_on)).days > layer.stale_after_days


def _item(layer: Layer, head: Head, reports: Sequence[WrongReport], since: str, today: dt.date) -> WorkItem | None:
    """Return what is to be done about a feature, None where nothing is."""
    body = head.body or head.published_body
    if body is None or (head.body is None and head.state == "published"):
        return None
    properties: Mapping[str, Value] = body["properties"]
    status = str(properties["location_status"])
    has = {
        "wrong": bool(reports),
        "review": head.state == "review",
        "draft": head.state == "draft",
        "unlocated": status == "unlocated",
        "sample": status == "sample",
        "stale": is_stale(layer, properties.get("verified_on"), today),
        "approximate": status == "approximate",
    }
    kinds = tuple(kind for kind in KINDS if has[kind])
    if not kinds:
        return None
    return WorkItem(
        layer=layer,
        feature=head.feature,
        name=str(properties["name"]),
        subdistrict=str(properties["subdistrict"]),
        status=status,
        kinds=kinds,
        since=reports[0].at if reports else since,
        properties=properties,
        reports=tuple(reports),
        head=head,
    )


def _times(connection: Connection) -> dict[tuple[str, str], str]:
    """Return when each feature was last changed, by layer and id."""
    rows = connection.execute(select(HEAD.c.layer, HEAD.c.feature, HISTORY.c.at).where(HEAD.c.seq == HISTORY.c.seq))
    return {(row.layer, row.feature): row.at for row in rows}
