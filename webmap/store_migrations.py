"""Every step of the store's tables, in order; `webmap.store` takes the steps that a store has not taken yet."""

from __future__ import annotations

from sqlalchemy import Connection, text

from webmap.account_tables import ACCOUNT, ATTEMPTS, SESSION
from webmap.import_tables import IMPORT_MAPPING
from webmap.job_tables import JOB
from webmap.scenario_tables import SCENARIO
from webmap.store_schema import HEAD, HISTORY, Migration, creates
from webmap.wrong_tables import WRONG_REPORT


def _eight_bytes_for_times(connection: Connection) -> None:
    """Widen the time of counted attempts where a PostgreSQL store was made with four bytes for it: nobody got in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE attempts ALTER COLUMN expires_ms TYPE bigint"))


MIGRATIONS = (
    Migration(1, "history and heads of features", creates(HISTORY, HEAD)),
    Migration(2, "accounts, their sessions, counted attempts", creates(ACCOUNT, SESSION, ATTEMPTS)),
    Migration(3, "long computations", creates(JOB)),
    Migration(4, "what the columns of a kind of sheet are", creates(IMPORT_MAPPING)),
    Migration(5, "what residents say is wrong", creates(WRONG_REPORT)),
    Migration(6, "scenarios that planners keep", creates(SCENARIO)),
    Migration(7, "times of counted attempts in eight bytes", _eight_bytes_for_times),
)
