"""The connection that reads, used on the caller's own thread.

Every question of the store is answered from an index in well under a millisecond, which is less
than a way to another thread and back costs; in WAL mode a reader never waits for the writer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from store.sqlite.trouble import unavailable
from store.trouble import closed

P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._is_closed = False

    def ask(
        self,
        question: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `question(connection, …)` returns; sqlite3's errors become StoreUnavailable."""
        if self._is_closed:
            raise closed()
        try:
            return question(self._db.conn, *args, **kwargs)
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Twice is harmless."""
        if not self._is_closed:
            self._is_closed = True
            self._db.close()
