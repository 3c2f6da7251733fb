"""The steps of store/migrations.py on PostgreSQL: each once, whoever starts at the same moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg

from store import migrations
from store.database import Connection
from store.rows import time_text

_LOCK = 7_233_001  # pg_advisory_xact_lock: whoever migrates; any number that no other program takes


def migrate(connection: psycopg.Connection[Any], db: Connection) -> None:
    """Bring the database up to date; all of it or nothing. A newer one is left as it is."""
    with connection.transaction():
        db.execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
        db.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TEXT)")
        applied = {name for (name,) in db.execute("SELECT name FROM migrations")}
        for step in migrations.STEPS:
            if step.__name__ not in applied:
                step(db)
                values = (step.__name__, time_text(datetime.now(UTC)))
                db.execute("INSERT INTO migrations (name, applied_at) VALUES (?, ?)", values)
