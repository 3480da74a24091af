"""The table of long computations: who asked for what, how far it is, what came of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from webmap.store_schema import METADATA

JOB = Table(
    "job",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("result", Text),
    Column("fault", Text),
    Column("asked_at", Text, nullable=False),
    Column("started_at", Text),
    Column("ended_at", Text),
    Index("job_state", "state"),
    Index("job_who", "who", "state"),
    sqlite_strict=True,
)
