"""One workspace: its Slack, its HeyGen account, its listeners, its workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.app.outside import Outside, SlackSide
from bot.app.work import Work
from bot.app.workers import NO_RINGS, NOTHING, STOP_WITHIN_S, Workers
from bot.domain.ports.store import Store
from bot.heygen.client import HeyGenClient
from bot.slack.identity import bolt_app
from bot.workflow.gate import Gate
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.leadership import LEASE
from bot.workflow.loop import Tasks
from bot.workflow.parts import Parts
from handlers import register

Ring = Callable[[str], None]


class Workspace:
    """Takes requests once it is made; works from `workers.start` on."""

    def __init__(
        self,
        outside: Outside,
        slack: SlackSide,
        agent: HeyGenClient,
        store: Store,
        work: Work,
        *,
        ring_others: Ring,
        steps: frozenset[str] | None = None,
        gate: Callable[[], Gate] | None = None,
        rings: Mapping[str, Callable[[], None]] = NO_RINGS,
        heygen_key: WorkspaceKey | None = None,
        workspace_id: str = "",
    ) -> None:
        """`store` is this workspace's part.

        `ring_others` tells another replica, by the name of a signal, that there is work. `steps`:
        what is done here, everything if None. `gate` gives that of the account, where
        several workspaces have the same, and `rings` wake all that a signal concerns;
        `heygen_key` is what its admins may connect there.
        """
        self._outside = outside
        self.slack = slack
        self._agent = agent
        self._store = store
        self._work = work
        self._ring_others = ring_others
        self._gate = gate
        self.heygen_key = heygen_key
        self.parts = self._parts_of(store)
        self.workers = Workers(
            self._parts_at_work,
            steps,
            rings,
            {"team_id": workspace_id} if workspace_id else NOTHING,
        )
        if work.has_replicas:
            for signal in fields(self.parts.signals):
                setattr(self.parts.signals, signal.name, partial(self._ring, signal.name))
        self.tasks = Tasks("slack", self.parts.requests_first.wait)

    def listeners(self) -> AsyncApp:
        """Bolt's app with every listener."""
        settings = self._outside.settings
        client = self._outside.nobodys_client()
        app = bolt_app(client, self.slack.identity)
        register(
            app,
            self.parts,
            people=self.slack.people,
            tasks=self.tasks,
            usd_per_second=settings.heygen_usd_per_second,
        )
        return app

    async def settle(self) -> None:
        """Let what people asked for end in time."""
        await self.tasks.settle(STOP_WITHIN_S)

    async def close(self) -> None:
        """Once nothing works here."""
        await self.slack.close()

    def _parts_of(self, store: Store, first: Parts | None = None) -> Parts:
        is_at_work = first is not None or not self._work.has_replicas
        return Parts(
            self.slack.ports(self._outside, store, self._agent, self.heygen_key),
            self._work.policy,
            self._work.clock,
            requests_first=first.requests_first if first else None,
            waiting_for=None if is_at_work else self._work.waiting_for,
            gate=self._gate() if is_at_work and self._gate else None,
            dice=self._work.dice,
            heygen_key=self.heygen_key,
        )

    def _parts_at_work(self) -> Parts:
        """The one process on a database works with the parts that its listeners have."""
        if not self._work.has_replicas:
            return self.parts
        return self._parts_of(self._store.while_held(LEASE), self.parts)

    def _ring(self, name: str) -> None:
        """A listener has work for whoever works now; the others are told once for all of it."""
        if not self.workers.wake(name):
            self._ring_others(name)
