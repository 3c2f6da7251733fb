"""The real store over a database in memory, without its thread, and with notes of every change.

Group commit stays as it is: changes that are asked for at one moment are one transaction. They
are made between two turns of the event loop, so the same seed makes the same batches.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from store.sqlite import writer
from store.sqlite.database import SqliteDatabase, _prepare
from store.sqlite.reader import Reader
from store.store import SqlStore
from tests.empty_database import empty_database

Note = tuple[Any, ...]

# TEMP triggers belong to the connection: nothing of them is in the file.
_NOTES = """
CREATE TEMP TRIGGER note_new_job AFTER INSERT ON main.jobs BEGIN
    SELECT note('job', new.id, NULL, new.state, new.due_at, new.updated_at, new.requester_id,
        new.created_at, NULL, new.session_id, 0, new.retry_count);
END;
CREATE TEMP TRIGGER note_job AFTER UPDATE ON main.jobs
WHEN old.state <> new.state OR new.due_at IS NULL OR new.state = 'queued'
    OR old.session_id IS NOT new.session_id BEGIN
    SELECT note('job', new.id, old.state, new.state, new.due_at, new.updated_at, new.requester_id,
        new.created_at, old.session_id, new.session_id, old.retry_count, new.retry_count);
END;
CREATE TEMP TRIGGER note_new_delivery AFTER INSERT ON main.deliveries BEGIN
    SELECT note('delivery', new.id, new.kind, NULL, new.state);
END;
CREATE TEMP TRIGGER note_delivery AFTER UPDATE ON main.deliveries WHEN old.state <> new.state BEGIN
    SELECT note('delivery', new.id, new.kind, old.state, new.state);
END;
"""


def fastest_folder() -> Path | None:
    """Memory, where the system lends some as a folder; None for the usual temporary folder."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and os.access(shared, os.W_OK) else None


def new_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="simulation-", dir=fastest_folder())


class Disk:
    """One database in memory: it outlives the bot, may be full, and tells what was committed."""

    def __init__(self, read_notes: Callable[[list[Note]], None]) -> None:
        self._read_notes = read_notes
        self.is_full = False
        self.locked_until_s = 0.0  # somebody else writes
        self.refused = 0  # transactions
        self.commits = 0
        self.changes = 0
        self.notes: list[Note] = []  # of the transaction under way
        self._db: KeptDatabase | None = None

    def open(self) -> SqlStore:
        """One connection for all, and for all lives of the bot: nobody else looks at it.

        What was not committed is gone with the bot's death all the same: a transaction lives
        between two turns of the event loop.
        """
        if self._db is None:
            self._db = self._opened()
        return SqlStore(SqliteDatabase(Path(), StepWriter(self._db, self), Reader(self._db), None))

    def _opened(self) -> KeptDatabase:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.deserialize(empty_database())
        db = KeptDatabase(connection, execute_plugins=False)
        _prepare(db)
        connection.create_function("note", -1, lambda *values: self.notes.append(values))
        connection.executescript(_NOTES)
        return db

    def read(self, question: str) -> list[tuple[Any, ...]]:
        """Rows for the books, read past the store."""
        assert self._db is not None
        return self._db.conn.execute(question).fetchall()

    def end(self) -> None:
        """The world is over."""
        if self._db is not None:
            self._db.conn.close()

    def committed(self, notes: list[Note], changes: int) -> None:
        self.commits += 1
        self.changes += changes
        self._read_notes(notes)


class KeptDatabase(Database):
    """A database that outlives the store which closes it."""

    def close(self) -> None:
        """Disk.end does it."""


class StepWriter(writer.Writer):
    """The writer's own transactions, made by the event loop instead of a thread."""

    def __init__(self, db: Database, disk: Disk) -> None:
        # Not super().__init__: that starts the thread.
        self.commit_count = 0
        self._check = lambda connection: None  # the disk is this world's alone
        self._db = db
        self._disk = disk
        self._is_closed = False
        self.level: int | None = None
        self._calls: Any = self  # the queue
        self._waiting: list[writer._Call] = []
        self._notes = disk.notes

    def _run_in(self, loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
        """We are in the one loop there is."""
        work()

    def _set_flushing(self, connection: sqlite3.Connection, is_flushing: bool) -> None:
        """Nothing to flush in memory."""

    def put(self, call: writer._Call) -> None:
        if not self._waiting:
            call.loop.call_soon(self._take_turn)
        call.function = self._noting(call.function)
        self._waiting.append(call)

    def get_nowait(self) -> writer._Call:
        """All that was asked in one turn of the loop is committed together, and nothing else."""
        raise queue.Empty

    def _noting(
        self, function: Callable[[sqlite3.Connection], object]
    ) -> Callable[[sqlite3.Connection], object]:
        """The same function; what it changed is forgotten when it is undone, or run again."""
        begun: list[int] = []

        def run(connection: sqlite3.Connection) -> object:
            del self._notes[begun[0] if begun else len(self._notes) :]
            mark = len(self._notes)
            begun.append(mark)
            try:
                return function(connection)
            except Exception:
                del self._notes[mark:]
                raise

        return run

    def _take_turn(self) -> None:
        calls, self._waiting = self._waiting, []
        if self._is_closed:  # killed before the transaction
            return
        if self._disk.locked_until_s > calls[0].loop.time():
            self._refuse(calls)
            return
        connection = self._db.conn
        if self._disk.is_full:
            self._fill(connection)
        before = self.commit_count
        self._commit(calls, [])
        notes, self._notes[:] = list(self._notes), []
        if self.commit_count > before:
            self._disk.committed(notes, len(calls))
        if any(isinstance(call.error, sqlite3.OperationalError) for call in calls):
            self._disk.refused += 1
        writer._resolve(calls)
        if self._disk.is_full:
            connection.execute("PRAGMA max_page_count = 1000000")

    def _refuse(self, calls: list[writer._Call]) -> None:
        """Another process holds the write lock for longer than we wait for it."""
        for call in calls:
            call.error = sqlite3.OperationalError("database is locked")
        self._disk.refused += 1
        writer._resolve(calls)

    def _fill(self, connection: sqlite3.Connection) -> None:
        """No page more than there are: small changes still fit, as on a real full disk."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    async def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
        await asyncio.sleep(0)
