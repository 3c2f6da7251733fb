"""The real store over PostgreSQL in virtual time: no threads, and notes of every change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate

import psycopg
from psycopg import RawCursor

from bot.domain.errors import StoreUnavailable
from store.database import Connection, P, T
from store.postgres.database import PostgresConnection
from store.postgres.dialect import translated
from store.postgres.migrate import migrate
from store.postgres.trouble import unavailable
from store.store import SqlStore
from tests.simulation.disk import Disk, Note

# What tests/simulation/disk.py notes, as PostgreSQL's triggers have it.
_NOTES = """
CREATE UNLOGGED TABLE noted (id BIGSERIAL PRIMARY KEY, words JSON NOT NULL);
CREATE FUNCTION note_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO noted (words) VALUES (json_build_array('job', new.id, NULL, new.state,
            new.due_at, new.updated_at, new.requester_id, new.created_at, NULL, new.session_id,
            0, new.retry_count));
    ELSIF old.state <> new.state OR new.due_at IS NULL OR new.state = 'queued'
        OR old.session_id IS DISTINCT FROM new.session_id THEN
        INSERT INTO noted (words) VALUES (json_build_array('job', new.id, old.state, new.state,
            new.due_at, new.updated_at, new.requester_id, new.created_at, old.session_id,
            new.session_id, old.retry_count, new.retry_count));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION note_delivery() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO noted (words)
        VALUES (json_build_array('delivery', new.id, new.kind, NULL, new.state));
    ELSIF old.state <> new.state THEN
        INSERT INTO noted (words)
        VALUES (json_build_array('delivery', new.id, new.kind, old.state, new.state));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_job AFTER INSERT OR UPDATE ON jobs
    FOR EACH ROW EXECUTE FUNCTION note_job();
CREATE TRIGGER note_delivery AFTER INSERT OR UPDATE ON deliveries
    FOR EACH ROW EXECUTE FUNCTION note_delivery();
"""
_QUIET = "-c client_min_messages=warning"
_TAKE_NOTES = "WITH gone AS (DELETE FROM noted RETURNING *) SELECT words FROM gone ORDER BY id"


class ServerDisk(Disk):
    """A database of a server's in place of the one in memory; the bot's death cuts nothing off."""

    def __init__(self, read_notes: Callable[[list[Note]], None], url: str) -> None:
        super().__init__(read_notes)
        self._url = url
        self.connection: psycopg.Connection[Any] | None = None

    def open(self) -> SqlStore:
        if self.connection is None:
            self.connection = psycopg.connect(
                self._url, autocommit=True, cursor_factory=RawCursor, options=_QUIET
            )
            migrate(self.connection, PostgresConnection(self.connection))
            psycopg.ClientCursor(self.connection).execute(_NOTES)
        return SqlStore(StepDatabase(self, self.connection))

    def read(self, question: str) -> list[tuple[Any, ...]]:
        assert self.connection is not None
        return self.connection.execute(translated(question).encode()).fetchall()

    def end(self) -> None:
        if self.connection is not None:
            self.connection.close()


class StepDatabase:
    """A Database whose changes are made between two turns of the event loop, one by one."""

    def __init__(self, disk: ServerDisk, connection: psycopg.Connection[Any]) -> None:
        self._disk = disk
        self._connection = connection
        self._is_closed = False

    async def ask(
        self,
        question: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            return question(PostgresConnection(self._connection), *args, **kwargs)
        except psycopg.Error as error:
            raise unavailable(error) from error

    async def change(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        await asyncio.sleep(0)
        if self._is_closed:  # killed before the transaction
            await asyncio.Event().wait()
        is_locked = self._disk.locked_until_s > asyncio.get_running_loop().time()
        if is_locked or self._disk.is_full:
            self._disk.refused += 1
            raise StoreUnavailable()
        try:
            with self._connection.transaction():
                value = function(PostgresConnection(self._connection), *args, **kwargs)
                notes = self._connection.execute(_TAKE_NOTES).fetchall()
        except psycopg.Error as error:
            raise unavailable(error) from error
        self._disk.committed([tuple(words) for (words,) in notes], 1)
        return value

    async def change_unflushed(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self.change(function, *args, **kwargs)

    async def notify(self, words: str) -> None:
        """Nobody else is there."""

    async def listen(self, on_words: Callable[[str], None]) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self._is_closed = True
        await asyncio.sleep(0)
