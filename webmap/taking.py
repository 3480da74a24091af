"""Documents into the store: checked together with everything that stands, then written in one go or not at all."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from geo.catalog import read_catalog
from geo.catalog_model import Catalog
from geo.errors import DataError, RequestError
from geo.indicators import indicators_of
from webmap.config import Config
from webmap.documents import DOCUMENT_KINDS, Body, DocumentKind, Documents, read_documents
from webmap.own_places import read_own_outlines
from webmap.revisions import Authorship, Change, Revision, feature_revisions, newest_published, read_head, write_changes
from webmap.store import Store


@dataclass(frozen=True, slots=True)
class Wish:
    """A document as it shall be; `body` None takes it away.

    `made_from` is the revision that somebody had before them; None: whatever stands now.
    """

    kind: DocumentKind
    name: str
    body: Body | None
    made_from: int | None = None


def take_documents(config: Config, store: Store, wishes: Sequence[Wish], by: Authorship) -> list[Revision]:
    """Write documents, all of them or none.

    Raises:
        DataError: the catalogue would not hold with them, with every reason.
        RequestError: one that shall be taken away is not there.
        ConflictError: one was changed since the revision that it was made from.
    """
    with store.writing() as connection:
        now = read_documents(connection, newest_published(connection))
        catalog = check_documents(config, documents_with(now, wishes))
        _keep_subdistricts(config, catalog)
        changes = [_change(connection, wish) for wish in wishes]
        return write_changes(connection, changes, by)


def documents_with(now: Documents, wishes: Sequence[Wish]) -> Documents:
    """Return the documents as they would be."""
    kinds: dict[str, dict[str, Any]] = {kind.removeprefix("@"): dict(now.of(kind)) for kind in DOCUMENT_KINDS}
    for wish in wishes:
        bodies = kinds[wish.kind.removeprefix("@")]
        if wish.body is None:
            bodies.pop(wish.name, None)
        else:
            bodies[wish.name] = wish.body
    return Documents(now.seq, **kinds)


def removal(config: Config, documents: Documents, kind: DocumentKind, name: str) -> list[Wish]:
    """Return what takes an edit away: where no file has the rule or indicator, layers that were added let it go too."""
    wishes = [Wish(kind, name, None)]
    key = kind.removeprefix("@")
    if key not in ("rules", "indicators") or name in file_tables(config, key):
        return wishes
    for layer_id, layer in documents.layers.items():
        kept = [one for one in layer.get(key, []) if one != name]
        if len(kept) < len(layer.get(key, [])):
            body = {**layer, key: kept}
            if key == "rules" and body.get("headline_rule") == name:
                body.pop("headline_rule")
                body |= {"headline_rule": kept[0]} if kept else {}
            wishes.append(Wish("@layers", layer_id, body))
    return wishes


def file_tables(config: Config, key: str) -> dict[str, Any]:
    """Return the tables of the data folder by id: `rules`, `indicators` or `layers`."""
    name = {"rules": "rules.toml", "indicators": "indicators.toml", "layers": "catalog.toml"}[key]
    tables: dict[str, Any] = tomllib.loads((config.data / name).read_text(encoding="utf-8"))[key]
    return tables


def check_documents(config: Config, documents: Documents) -> Catalog:
    """Return the catalogue with what the documents add.

    Raises:
        DataError: with every reason why it would not hold.
    """
    catalog = read_catalog(config.data, documents.additions)
    outlines = read_own_outlines(config, documents)
    missing = [name for name in catalog.subdistricts if name not in outlines]
    if missing:
        raise DataError.single("no_outline", missing[0], "the subdistrict has no outline", "Bring one: --boundary FILE")
    indicators_of(documents.indicators, "indicators")
    return catalog


def document_before(connection: Connection, kind: DocumentKind, name: str) -> Body | None:
    """Return what a document was before its newest revision, None where there was nothing.

    Raises:
        RequestError: the document has never been there.
    """
    revisions = feature_revisions(connection, kind, name)
    if not revisions:
        raise RequestError(
            "unknown_document", kind, f"{name!r} was never changed here", "There is nothing to go back to"
        )
    return revisions[0].before


def _keep_subdistricts(config: Config, catalog: Catalog) -> None:
    """Refuse a catalogue without any subdistrict: there would be no page left."""
    if not catalog.subdistricts:
        raise DataError.single("no_subdistrict", str(config.data), "no subdistrict would be left", "Keep one")


def _change(connection: Connection, wish: Wish) -> Change:
    """Return the change that a wish comes to."""
    head = read_head(connection, wish.kind, wish.name)
    stands = head is not None and head.body is not None
    if wish.body is None and not stands:
        found = f"there is no {wish.name!r} that was added here"
        raise RequestError(
            "unknown_document", wish.kind.removeprefix("@"), found, "What the data folder has stays there"
        )
    operation = "delete" if wish.body is None else "update" if stands else "restore" if head else "create"
    made_from = wish.made_from if wish.made_from is not None else head.revision if head else None
    return Change(wish.kind, wish.name, operation, wish.body, made_from)
