"""What the columns of a kind of sheet were the last time, so that next month's sheet need not be told again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Connection, Table, Text, select

from geo.column_mapping import ColumnMapping
from webmap.history import utc_now
from webmap.store_schema import METADATA

IMPORT_MAPPING = Table(
    "import_mapping",
    METADATA,
    Column("layer", Text, primary_key=True),
    Column("columns", Text, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Text, nullable=False),
    sqlite_strict=True,
)
"""By layer and by the hash of a sheet's columns, whatever their order."""


def remembered_mapping(connection: Connection, layer: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Return what the columns were the last time; empty where such a sheet has not been here yet."""
    mine = (IMPORT_MAPPING.c.layer == layer, IMPORT_MAPPING.c.columns == _digest(columns))
    kept = connection.execute(select(IMPORT_MAPPING.c.mapping).where(*mine)).scalar()
    return {} if kept is None else ColumnMapping.from_json(kept).targets


def remember_mapping(
    connection: Connection, layer: str, columns: Sequence[str], mapping: ColumnMapping, who: str
) -> None:
    """Keep what the columns are; the connection is one of `Store.writing`."""
    mine = (IMPORT_MAPPING.c.layer == layer, IMPORT_MAPPING.c.columns == _digest(columns))
    connection.execute(IMPORT_MAPPING.delete().where(*mine))
    row = {"layer": layer, "columns": _digest(columns), "mapping": mapping.to_json(), "who": who, "at": utc_now()}
    connection.execute(IMPORT_MAPPING.insert().values(row))


def _digest(columns: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(columns)).encode()).hexdigest()
