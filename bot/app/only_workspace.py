"""The one workspace of SLACK_BOT_TOKEN, with the HeyGen account of HEYGEN_API_KEY."""

from __future__ import annotations

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.app.news import News
from bot.app.outside import Outside, SlackSide
from bot.app.work import Work
from bot.app.workspace import Workspace
from bot.domain.ports.store import Store
from bot.workflow.loop import Tasks


class OnlyWorkspace:
    def __init__(
        self, outside: Outside, store: Store, work: Work, bot_token: str, heygen_key: str
    ) -> None:
        self._store = store
        self._tasks = Tasks("news")
        self._agent = outside.heygen(heygen_key)
        slack = SlackSide.of(outside, bot_token)
        self._workspace = Workspace(
            outside,
            slack,
            self._agent,
            store,
            work,
            ring_others=News(store, self._tasks).tell,
        )
        self._app = self._workspace.listeners()
        self.identity = slack.identity
        self.callbacks = self._workspace.parts.callbacks

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        return await self._app.async_dispatch(req)

    async def open(self) -> None:
        """Raises StoreUnavailable: other workspaces' messages are not this token's to post."""
        await self._store.installations.all()

    async def begin(self) -> None:
        await self._workspace.workers.start()

    async def end(self) -> None:
        await self._workspace.workers.stop()

    def waiting_for(self) -> str | None:
        return self._workspace.workers.waiting_for()

    def hear(self, words: str) -> None:
        for name in words.split():
            self._workspace.workers.wake(name)

    def resume(self) -> None:
        self._workspace.workers.resume()

    async def settle(self) -> None:
        await self._workspace.settle()
        await self._tasks.settle(0)

    async def close(self) -> None:
        await self._workspace.close()
        await self._agent.close()
