"""The Store on any Database: a class for each noun, each with its SQL."""

from __future__ import annotations

from store.catalogue import SqlCatalogue
from store.database import Database
from store.deliveries import SqlDeliveries
from store.drafts import SqlDrafts
from store.homes import SqlHomes
from store.jobs import SqlJobs


class SqlStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.jobs = SqlJobs(database)
        self.deliveries = SqlDeliveries(database)
        self.drafts = SqlDrafts(database)
        self.catalogue = SqlCatalogue(database)
        self.homes = SqlHomes(database)

    async def close(self) -> None:
        """Finish what was asked for, close the database. Twice is harmless."""
        await self._database.close()
