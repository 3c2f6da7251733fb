"""The Home tab: shown when it is opened, paged by its buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.job.pages import JobPage
from bot.screens.heygen_key import HomeKey
from bot.screens.home_tab import home_view
from bot.slack.errors import slack_call
from bot.slack.people import SlackPeople
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.home import HomePublisher
from bot.workflow.loop import Tasks
from handlers import message_payloads


class HomeListeners:
    """Only note what is wanted: workflow/home.py publishes, now and when a video moves."""

    def __init__(self, publisher: HomePublisher, tasks: Tasks) -> None:
        self._publisher = publisher
        self._tasks = tasks

    async def handle_home_opened(self, ack: AsyncAck, event: dict[str, Any]) -> None:
        await ack()
        if user_id := message_payloads.opened_home(event):
            self._tasks.spawn(self._publisher.open(user_id))

    async def handle_page_button(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        user_id, page = message_payloads.wanted_page(body)
        self._tasks.spawn(self._publisher.open(user_id, page))


class SlackHomeTabs:
    """The port HomeTabs: each person's page in this person's language."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: SlackPeople,
        workspace_url: Callable[[], Awaitable[str]],
        heygen_key: WorkspaceKey | None = None,
    ) -> None:
        """`heygen_key` is that of a workspace among several."""
        self._client = client
        self._people = people
        self._workspace_url = workspace_url
        self._heygen_key = heygen_key

    async def publish(self, user_id: str, page: JobPage) -> None:
        language = await self._people.language(user_id)
        key = await self._key_for(user_id)
        async with slack_call(may_repeat=True):
            view = home_view(page, language, await self._workspace_url(), key)
            await self._client.views_publish(user_id=user_id, view=view)

    async def _key_for(self, user_id: str) -> HomeKey | None:
        if (key := self._heygen_key) is None:
            return None
        return HomeKey(await key.status(), await self._people.is_admin(user_id, key.workspace_id))
