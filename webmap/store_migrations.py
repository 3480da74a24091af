"""Every step of the store's tables, in order; `webmap.store` takes the steps that a store has not taken yet."""

from __future__ import annotations

from webmap.account_tables import ACCOUNT, ATTEMPTS, SESSION
from webmap.import_tables import IMPORT_MAPPING
from webmap.job_tables import JOB
from webmap.scenario_tables import SCENARIO
from webmap.store_schema import HEAD, HISTORY, Migration, creates
from webmap.wrong_tables import WRONG_REPORT

MIGRATIONS = (
    Migration(1, "history and heads of features", creates(HISTORY, HEAD)),
    Migration(2, "accounts, their sessions, counted attempts", creates(ACCOUNT, SESSION, ATTEMPTS)),
    Migration(3, "long computations", creates(JOB)),
    Migration(4, "what the columns of a kind of sheet are", creates(IMPORT_MAPPING)),
    Migration(5, "what residents say is wrong", creates(WRONG_REPORT)),
    Migration(6, "scenarios that planners keep", creates(SCENARIO)),
)
