"""The tables of the store, and the steps by which an older store becomes today's.

Bodies are kept as canonical JSON text, so that both databases hold the very bytes that the history's hashes cover.
STRICT tables make SQLite refuse what does not fit a column; they know INTEGER and TEXT, so figures are whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Text

METADATA = MetaData()

META = Table(
    "store_meta",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_strict=True,
)
"""What is known of the store itself: `version` of its tables, the seeds that it has taken in."""

HISTORY = Table(
    "history",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("layer", Text),
    Column("feature", Text),
    Column("revision", Integer),
    Column("state", Text),
    Column("before", Text),
    Column("after", Text),
    Column("why", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("batch", Text),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("history_feature", "layer", "feature", "revision"),
    Index("history_at", "at"),
    Index("history_state", "state", "seq"),
    sqlite_strict=True,
)
"""Everything that ever happened, one row each, never changed: revisions of features, and events (layer NULL)."""

HEAD = Table(
    "feature_head",
    METADATA,
    Column("layer", Text, primary_key=True),
    Column("feature", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text),
    Column("source", Text, nullable=False),
    Column("published_revision", Integer),
    Column("published_body", Text),
    Index("feature_head_state", "state"),
    sqlite_strict=True,
)
"""The newest revision of each feature, and the newest published one; both follow from the history."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from the tables of the version before to those of `version`; steps are added, never changed."""

    version: int
    what: str
    apply: Callable[[Connection], None]


def creates(*tables: Table) -> Callable[[Connection], None]:
    """Return the step that creates `tables`."""

    def apply(connection: Connection) -> None:
        METADATA.create_all(connection, tables=list(tables))

    return apply
