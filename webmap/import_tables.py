"""The table of what the columns of a kind of sheet are."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

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
