"""What the columns of a kind of sheet were the last time, so that next month's sheet need not be told again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from geo.column_mapping import ColumnMapping
from webmap.history import utc_now
from webmap.import_tables import IMPORT_MAPPING


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
