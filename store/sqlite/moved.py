"""The mark of a database whose jobs were moved: a bot on it would make each video a second time.

A table that only such a database has; without it (`DROP TABLE moved`) the database is as before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import StoreUnavailable
from store.database import Connection
from store.rows import time_text

_CREATE = "CREATE TABLE IF NOT EXISTS moved (at TEXT NOT NULL, target TEXT NOT NULL) STRICT"
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'moved'"


def mark(db: Connection, target: str) -> None:
    """From the end of this transaction on; `target` names the other database to people."""
    db.execute(_CREATE)
    db.execute("DELETE FROM moved")
    db.execute("INSERT INTO moved VALUES (?, ?)", (time_text(datetime.now(UTC)), target))


def moved_to(db: Connection) -> tuple[str, str] | None:
    """(day, target) as `mark` wrote them; None: it is still worked on."""
    if db.execute(_IS_THERE).fetchone() is None:
        return None
    row = db.execute("SELECT substr(at, 1, 10), target FROM moved").fetchone()
    return None if row is None else (row[0], row[1])


def refuse_moved(db: Connection, path: Path) -> None:
    """Raises StoreUnavailable for a database with the mark."""
    if (found := moved_to(db)) is not None:
        day, target = found
        raise StoreUnavailable(
            f"The jobs of {path} were moved to PostgreSQL ({target}) on {day}; what is still in "
            "this file is old, and a bot on it would pay for videos twice.",
            code="moved",
            hint="Set DATABASE_URL to the PostgreSQL database. README says how to go back.",
        )
