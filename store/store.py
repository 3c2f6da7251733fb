"""The Store on any Database: a class for each noun, each with its SQL."""

from __future__ import annotations

from collections.abc import Callable

from store.catalogue import SqlCatalogue
from store.database import Database
from store.deliveries import SqlDeliveries
from store.drafts import SqlDrafts
from store.homes import SqlHomes
from store.jobs import SqlJobs
from store.leases import HeldDatabase, SqlLeases


class SqlStore:
    def __init__(self, database: Database, replica: str = "") -> None:
        """`replica` is the name that the history has for who made a change."""
        self._database = database
        self._replica = replica
        self.jobs = SqlJobs(database, replica)
        self.deliveries = SqlDeliveries(database, replica)
        self.drafts = SqlDrafts(database)
        self.catalogue = SqlCatalogue(database)
        self.homes = SqlHomes(database)
        self.leases = SqlLeases(database)

    def while_held(self, lease: str) -> SqlStore:
        """The same store, whose changes raise LeaseLost once another replica has this lease."""
        return SqlStore(HeldDatabase(self._database, lease, self._replica), self._replica)

    async def notify(self, words: str) -> None:
        await self._database.notify(words)

    async def listen(self, on_words: Callable[[str], None]) -> None:
        await self._database.listen(on_words)

    async def close(self) -> None:
        """Finish what was asked for, close the database. Twice is harmless."""
        await self._database.close()
