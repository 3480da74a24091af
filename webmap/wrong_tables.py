"""The store's table of what residents say is wrong; who they are is nowhere in it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from webmap.store_schema import METADATA

WRONG_REPORT = Table(
    "wrong_report",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("feature", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("settled", Text),
    Column("settled_by", Text),
    Column("settled_why", Text),
    Index("wrong_report_settled", "settled"),
    Index("wrong_report_feature", "layer", "feature"),
    sqlite_strict=True,
)
"""One row a report; `settled` is when somebody has dealt with it, NULL while it waits."""
