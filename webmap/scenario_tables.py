"""The table of scenarios that planners have kept."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from webmap.store_schema import METADATA

SCENARIO = Table(
    "scenario",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("subdistrict", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    Index("scenario_layer", "subdistrict", "layer", "owner"),
    sqlite_strict=True,
)
"""One row a scenario; `changes` is the query that `webmap.scenario_link` reads."""
