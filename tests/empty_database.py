"""The database that a bot makes at its first start, made once: to copy it is quicker than that."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from store.sqlite.database import migrate


def write_empty_database(path: Path) -> None:
    """Where there is none yet. Whoever opens it finds all migrations done."""
    if not path.exists():
        path.write_bytes(empty_database())


@cache
def empty_database() -> bytes:
    """As sqlite3's `deserialize` and a file take it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(Database(connection, execute_plugins=False))
        return connection.serialize()
