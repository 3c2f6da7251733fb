"""Leases, and the store of a replica that holds one: no change of it is made once it is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Concatenate

from bot.domain.errors import LeaseLost
from bot.domain.lease import LEASE_MOST_S, Lease
from store.database import Connection, Database, P, T
from store.rows import sentence_from, sentence_text

_READ = "SELECT holder, beats, length_s, waiting_for FROM leases WHERE name = ?"
_FIRST = """
INSERT INTO leases (name, holder, beats, length_s, waiting_for) VALUES (?1, ?2, 1, ?3, ?4)
ON CONFLICT DO NOTHING
"""
_TAKE = """
UPDATE leases SET holder = ?2, length_s = ?3, waiting_for = ?4, beats = beats + 1
WHERE name = ?1 AND holder = ?5 AND beats = ?6
"""
_RELEASE = "UPDATE leases SET holder = '' WHERE name = ? AND holder = ?"
# Whoever wants to take it waits until this transaction has ended.
_HOLDS = "SELECT 1 FROM leases WHERE name = ? AND holder = ? /*pg FOR SHARE*/"


class SqlLeases:
    """The port Leases."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def read(self, name: str) -> Lease | None:
        return await self._db.ask(_read, name)

    async def take(
        self,
        name: str,
        replica: str,
        seen: Lease | None,
        *,
        length_s: float = LEASE_MOST_S,
        waiting_for: str | None = None,
    ) -> bool:
        told = None if waiting_for is None else sentence_text(waiting_for)
        return await self._db.change_unflushed(_take, (name, replica, length_s, told), seen)

    async def release(self, name: str, replica: str) -> None:
        await self._db.change_unflushed(_release, name, replica)


def _read(db: Connection, name: str) -> Lease | None:
    row = db.execute(_READ, (name,)).fetchone()
    if row is None:
        return None
    holder, beats, length_s, told = row
    return Lease(holder, beats, length_s, None if told is None else sentence_from(told))


def _take(db: Connection, mine: tuple[object, ...], seen: Lease | None) -> bool:
    if seen is None:
        return db.execute(_FIRST, mine).rowcount == 1
    return db.execute(_TAKE, (*mine, seen.holder, seen.beats)).rowcount == 1


def _release(db: Connection, name: str, replica: str) -> None:
    db.execute(_RELEASE, (name, replica))


class HeldDatabase:
    """A Database for the holder of a lease: its changes raise LeaseLost once another has it."""

    def __init__(self, database: Database, name: str, replica: str) -> None:
        self._db = database
        self._held = (name, replica)

    async def ask(
        self,
        question: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self._db.ask(question, *args, **kwargs)

    async def change(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self._db.change(self._holding(function), *args, **kwargs)

    async def change_unflushed(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self._db.change_unflushed(self._holding(function), *args, **kwargs)

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._db.lock(name)

    async def wipe(self, table: str) -> None:
        await self._db.wipe(table)

    async def notify(self, words: str) -> None:
        await self._db.notify(words)

    async def listen(self, on_words: Callable[[str], None]) -> None:
        await self._db.listen(on_words)

    async def close(self) -> None:
        """The database is everybody's: its opener closes it."""

    def _holding(
        self, function: Callable[Concatenate[Connection, P], T]
    ) -> Callable[Concatenate[Connection, P], T]:
        def changed(db: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if db.execute(_HOLDS, self._held).fetchone() is None:
                raise LeaseLost
            return function(db, *args, **kwargs)

        return changed
