"""The store's tables for accounts: who may come in, who is in, and how often somebody has tried."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from webmap.store_schema import METADATA

ACCOUNT = Table(
    "account",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("layers", Text, nullable=False),
    Column("subdistricts", Text, nullable=False),
    Column("password", Text),
    Column("one_time_until", Text),
    Column("created", Text, nullable=False),
    Column("disabled", Text),
    Column("subject", Text, unique=True),
    sqlite_strict=True,
)
"""One row a person, never taken away, so that a login always means the same one. `password` is an argon2 hash, NULL
where there is none; `one_time_until` is set while it is a one-time one; `subject` is who they are elsewhere (OIDC)."""

SESSION = Table(
    "account_session",
    METADATA,
    Column("id_hash", Text, primary_key=True),
    Column("account", Text, ForeignKey(ACCOUNT.c.id), nullable=False),
    Column("created", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("ended", Text),
    Column("ended_why", Text),
    Column("agent", Text, nullable=False),
    Index("account_session_account", "account"),
    sqlite_strict=True,
)
"""One row a login. The cookie has the id, the store only its SHA-256: whoever reads the store cannot come in by it."""

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    # milliseconds since 1970: more than four bytes hold, which is all that PostgreSQL gives an Integer
    Column("expires_ms", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Index("attempts_expires_ms", "expires_ms"),
    sqlite_strict=True,
)
"""How often something was tried within a window of time, counted for all workers together."""
