"""“Connect HeyGen” in the Home tab: admins connect, replace and remove their workspace's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import RequestRefused, SlackError
from bot.screens import ids
from bot.screens.heygen_key import key_connected, key_form
from bot.screens.language import Language, language_of
from bot.slack.people import SlackPeople
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.home import HomePublisher
from bot.workflow.loop import Tasks
from handlers.message_payloads import is_from_outside
from handlers.modals import View, show_modal
from handlers.payloads import Form
from handlers.recipients import Recipient, asker_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Click:
    """A button of the Home tab, pressed by somebody."""

    recipient: Recipient
    is_outsider: bool
    client: AsyncWebClient

    @property
    def user_id(self) -> str:
        return self.recipient.user_id


class KeyListeners:
    """Who is an admin is asked at every step: a form may outlive its person's rights."""

    def __init__(
        self, key: WorkspaceKey, *, home: HomePublisher, people: SlackPeople, tasks: Tasks
    ) -> None:
        self._key = key
        self._home = home
        self._people = people
        self._tasks = tasks

    async def handle_connect_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        click = Click(asker_of(body), is_from_outside(body, context), client)
        self._tasks.spawn(self._open_form(click))

    async def handle_remove_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        click = Click(asker_of(body), is_from_outside(body, context), client)
        self._tasks.spawn(self._remove(click))

    async def handle_key_submitted(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        """Checked with HeyGen before the ack, so that a refusal stands beside the field."""
        user_id = asker_of(body).user_id
        say = language_of(self._people.known_locale(user_id))
        try:
            if not await self._may(user_id, is_outsider=is_from_outside(body, context)):
                raise RequestRefused({ids.HEYGEN_KEY: texts.KEY_ADMINS_ONLY})
            await self._key.connect(Form(body["view"]).text(ids.HEYGEN_KEY), user_id)
        except RequestRefused as refused:
            await ack(response_action="errors", errors={ids.HEYGEN_KEY: say(refused.message)})
            return
        await ack(response_action="update", view=key_connected(say))
        self._tasks.spawn(self._home.open(user_id))

    async def offer(
        self, client: AsyncWebClient, trigger_id: str, user_id: str, say: Language
    ) -> bool:
        """Open the form in place of what needs a key, for an admin; False for others.

        Also False when Slack does not open it: then the person is to be told otherwise.
        """
        if not await self._people.is_admin(user_id, self._key.workspace_id):
            return False
        try:
            await _show(client, trigger_id, say, is_missing=True)
        except SlackError as error:
            log.warning("form for a key not opened", code=error.code)
            return False
        return True

    async def _open_form(self, click: Click) -> None:
        say = await self._people.language(click.user_id)
        if not await self._may(click.user_id, is_outsider=click.is_outsider):
            await click.recipient.tell(click.client, texts.KEY_ADMINS_ONLY, say)
            return
        try:
            await _show(click.client, click.recipient.trigger_id, say)
        except SlackError as error:
            log.warning("form for a key not opened", code=error.code)
            await click.recipient.tell(click.client, texts.FORM_NOT_OPENED, say)

    async def _remove(self, click: Click) -> None:
        if await self._may(click.user_id, is_outsider=click.is_outsider):
            await self._key.remove(click.user_id)
            await self._home.open(click.user_id)
            return
        say = await self._people.language(click.user_id)
        await click.recipient.tell(click.client, texts.KEY_ADMINS_ONLY, say)

    async def _may(self, user_id: str, *, is_outsider: bool) -> bool:
        return not is_outsider and await self._people.is_admin(user_id, self._key.workspace_id)


async def _show(
    client: AsyncWebClient, trigger_id: str, say: Language, *, is_missing: bool = False
) -> None:
    async def making() -> View:
        return key_form(say, is_missing=is_missing)

    await show_modal(client, client.views_open, trigger_id, making(), say)
