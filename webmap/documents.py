"""What an instance adds to the data folder, kept in the store as revisions, like facilities.

A document is a JSON object under a name in one of a few pseudo-layers, whose ids begin with `@` so that no layer can
have them. The same history, hash chain, undo and reading of a past moment hold for it. Large files (a network, a table
of homes) stand beside the store under the hash of their content, and the document has the hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import Connection, func, select

from geo.catalog_additions import CatalogAdditions
from webmap.store_schema import HISTORY

DocumentKind = Literal[
    "@subdistricts", "@layers", "@rules", "@indicators", "@networks", "@patches", "@homes", "@committees"
]
DOCUMENT_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
Body = Mapping[str, Any]
Bodies = Mapping[str, Body]


@dataclass(frozen=True, slots=True)
class Documents:
    """Every document as readers see it after entry `seq` of the history, by id.

    Attributes:
        seq: Number of the newest revision of a document, 0 where there is none.
        subdistricts: `table` (as in catalog.toml), `outline` (GeoJSON Polygon, WGS-84), `boundary` (where it is from).
        layers: Tables as in catalog.toml.
        rules: Tables as in rules.toml.
        indicators: Tables as in indicators.toml.
        networks: By subdistrict: `base` and `hash` (content hashes of the network that was brought, and of it with the
            patches), and what is told of it.
        patches: By ULID: `subdistrict`, `kind` (add, close), `line` ([lon, lat] positions), `name`, `why`.
        homes: By subdistrict: `kind`, `file` (hash of the kept table), `groups`, totals and source.
        committees: By subdistrict: `areas` (code, name, GeoJSON area in WGS-84), `file` and source.
    """

    seq: int = 0
    subdistricts: Bodies = field(default_factory=dict)
    layers: Bodies = field(default_factory=dict)
    rules: Bodies = field(default_factory=dict)
    indicators: Bodies = field(default_factory=dict)
    networks: Bodies = field(default_factory=dict)
    patches: Bodies = field(default_factory=dict)
    homes: Bodies = field(default_factory=dict)
    committees: Bodies = field(default_factory=dict)

    @property
    def additions(self) -> CatalogAdditions:
        """Return what they add to the catalogue."""
        tables = {name: body["table"] for name, body in self.subdistricts.items()}
        return CatalogAdditions(tables, self.layers, self.rules)

    def of(self, kind: DocumentKind) -> Bodies:
        """Return the documents of one kind."""
        found: Bodies = getattr(self, kind.removeprefix("@"))
        return found


def read_documents(connection: Connection, until: int) -> Documents:
    """Return the documents as readers saw them after entry `until`, each kind in the order of its ids."""
    mine = (HISTORY.c.layer.in_(DOCUMENT_KINDS), HISTORY.c.state == "published", HISTORY.c.seq <= until)
    newest = (
        select(func.max(HISTORY.c.seq).label("seq"))
        .where(*mine)
        .group_by(HISTORY.c.layer, HISTORY.c.feature)
        .subquery()
    )
    rows = connection.execute(
        select(HISTORY.c.seq, HISTORY.c.layer, HISTORY.c.feature, HISTORY.c.after)
        .join(newest, HISTORY.c.seq == newest.c.seq)
        .order_by(HISTORY.c.layer, HISTORY.c.feature)
    ).all()
    kinds: dict[str, dict[str, Body]] = {kind.removeprefix("@"): {} for kind in DOCUMENT_KINDS}
    for row in rows:
        if row.after is not None:
            kinds[row.layer.removeprefix("@")][row.feature] = json.loads(row.after)
    return Documents(max((row.seq for row in rows), default=0), **kinds)


def documents_changed(connection: Connection, after: int, to: int) -> bool:
    """Return whether a document was published after entry `after`, up to and with `to`."""
    inside = (HISTORY.c.seq > after, HISTORY.c.seq <= to, HISTORY.c.layer.in_(DOCUMENT_KINDS))
    found = connection.execute(select(HISTORY.c.seq).where(*inside, HISTORY.c.state == "published").limit(1)).first()
    return found is not None
