"""The HeyGen accounts of this process: a client, a gate and a catalogue for each.

Workspaces with one key have one account, so they share its limit and its breaker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextvars import Context
from dataclasses import dataclass

import httpx

from bot.app.outside import Outside
from bot.app.work import Work
from bot.domain.ports.store import Store
from bot.domain.workspace import NO_ACCOUNT, account_of
from bot.heygen.client import HeyGenClient
from bot.workflow.catalogue import CatalogueReader
from bot.workflow.gate import Gate
from bot.workflow.leadership import LEASE
from bot.workflow.loop import Loop, settle


class _NoHeyGen(httpx.AsyncBaseTransport):
    """What HeyGen says to somebody without a key, said without asking it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": {"code": "unauthorized", "message": "no key"}})


@dataclass
class Account:
    agent: HeyGenClient
    gate: Gate
    reading: asyncio.Task[None] | None = None  # its catalogue


class Accounts:
    """`begin` and `end` are a stretch of work: what a gate has learnt does not outlive it."""

    def __init__(
        self, outside: Outside, store: Store, work: Work, operators_key: str | None
    ) -> None:
        self._outside = outside
        self._store = store
        self._work = work
        self._operators_key = operators_key
        self._accounts: dict[str, Account] = {}
        self._is_working = False

    @property
    def default(self) -> str:
        """Of the operator's key, which serves who has none; NO_ACCOUNT without it."""
        return NO_ACCOUNT if self._operators_key is None else account_of(self._operators_key)

    def is_open(self, name: str, secrets: Collection[str]) -> bool:
        """Whether there is a key for this account; `secrets` are the names of those kept."""
        return name in (NO_ACCOUNT, self.default) or name in secrets

    def open(self, name: str, secret: str | None) -> Account:
        """`secret` is the key that a workspace has for it, if one has."""
        if name not in self._accounts:
            self._accounts[name] = account = Account(self._agent(name, secret), self._new_gate())
            if self._is_working:
                self._read_catalogue(name, account)
        return self._accounts[name]

    def _agent(self, name: str, secret: str | None) -> HeyGenClient:
        if name == NO_ACCOUNT:
            return self._outside.heygen("none", _NoHeyGen())
        key = secret or self._operators_key
        assert key is not None  # see is_open
        return self._outside.heygen(key)

    async def check(self, secret: str) -> None:
        """Raises VideoAgentBlocked where HeyGen does not know this key, other VideoAgentErrors."""
        agent = self._outside.heygen(secret)
        try:
            await agent.ping()
        finally:
            await agent.close()

    def gate(self, name: str) -> Gate:
        """Of this stretch of work."""
        return self._accounts[name].gate

    def waiting_for(self) -> str | None:
        """Why nothing is sent anywhere: what only one account waits for is nobody else's news."""
        told = {account.gate.waiting_for for account in self._accounts.values()}
        return told.pop() if len(told) == 1 else None

    def begin(self) -> None:
        self._is_working = True
        for name, account in self._accounts.items():
            if self._work.has_replicas:  # else the only stretch there is began as they were made
                account.gate = self._new_gate()
            self._read_catalogue(name, account)

    async def end(self) -> None:
        self._is_working = False
        for account in self._accounts.values():
            await _stop_reading(account)

    async def keep_only(self, names: Collection[str]) -> None:
        for name in [name for name in self._accounts if name not in names]:
            account = self._accounts.pop(name)
            await _stop_reading(account)
            await account.agent.close()

    def _new_gate(self) -> Gate:
        policy = self._work.policy
        return Gate(policy.max_concurrent_videos, policy.interval_s)

    def _read_catalogue(self, name: str, account: Account) -> None:
        if name == NO_ACCOUNT or account.reading is not None:
            return
        store = self._store.of_workspace("", name)
        if self._work.has_replicas:
            store = store.while_held(LEASE)
        reader = CatalogueReader(
            store=store.catalogue,
            source=account.agent,
            clock=self._work.clock,
            interval_s=self._work.policy.interval_s,
            jitter=self._work.dice,
        )
        loop = Loop("catalogue", reader.step, self._work.clock)
        account.reading = asyncio.create_task(loop.run(), context=Context())


async def _stop_reading(account: Account) -> None:
    """Half a list is read anew, so nothing waits for it."""
    if account.reading is not None:
        await settle([account.reading], 0)
        account.reading = None
