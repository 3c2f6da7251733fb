"""The Store on any Database: a class for each noun, each with its SQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from store import heygen_keys, installations
from store.catalogue import SqlCatalogue
from store.database import Connection, Database
from store.deliveries import SqlDeliveries
from store.drafts import SqlDrafts
from store.heygen_keys import SqlHeyGenKeys
from store.homes import SqlHomes
from store.installations import SqlInstallations
from store.jobs import SqlJobs
from store.leases import HeldDatabase, SqlLeases
from store.oauth_states import SqlOAuthStates
from store.scope import EVERYTHING, Scope
from store.sealing import Sealing

_NOTHING_SEALED = Sealing(())


class SqlStore:
    def __init__(
        self,
        database: Database,
        replica: str = "",
        scope: Scope = EVERYTHING,
        sealing: Sealing = _NOTHING_SEALED,
    ) -> None:
        """`replica` is the name that the history has for who made a change."""
        self._database = database
        self._replica = replica
        self._scope = scope
        self._sealing = sealing
        self.jobs = SqlJobs(database, replica, scope)
        self.deliveries = SqlDeliveries(database, replica, scope)
        self.drafts = SqlDrafts(database, scope)
        self.catalogue = SqlCatalogue(database, scope)
        self.homes = SqlHomes(database, scope)
        self.leases = SqlLeases(database)
        self.installations = SqlInstallations(database, sealing)
        self.heygen_keys = SqlHeyGenKeys(database, sealing)
        self.oauth_states = SqlOAuthStates(database)

    def while_held(self, lease: str) -> SqlStore:
        """The same store, whose changes raise LeaseLost once another replica has this lease."""
        held = HeldDatabase(self._database, lease, self._replica)
        return SqlStore(held, self._replica, self._scope, self._sealing)

    def of_workspace(self, workspace_id: str, account: str) -> SqlStore:
        """The same store, which holds nothing but what is this workspace's."""
        scope = Scope(workspace_id, account)
        return SqlStore(self._database, self._replica, scope, self._sealing)

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._database.lock(name)

    async def reseal(self) -> int:
        """Nothing is changed if there is one that no key opens."""
        return await self._database.change(_reseal, self._sealing)

    async def notify(self, words: str) -> None:
        await self._database.notify(words)

    async def listen(self, on_words: Callable[[str], None]) -> None:
        await self._database.listen(on_words)

    async def close(self) -> None:
        """Finish what was asked for, close the database. Twice is harmless."""
        await self._database.close()


def _reseal(db: Connection, sealing: Sealing) -> int:
    return installations.reseal(db, sealing) + heygen_keys.reseal(db, sealing)
