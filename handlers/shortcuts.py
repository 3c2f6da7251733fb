"""The two shortcuts: “Make a video of this” on a message, and “New video” from anywhere."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Outsider
from bot.domain.request.draft import Draft
from bot.slack.people import SlackPeople
from bot.workflow.loop import Tasks
from handlers import message_payloads
from handlers.composer.form import VideoComposer
from handlers.message_payloads import SaidMessage, is_from_outside, own_team_id
from handlers.recipients import Recipient, asker_of


class Shortcuts:
    """The form opens as a task: the ack does not wait for the network."""

    def __init__(self, composer: VideoComposer, people: SlackPeople, tasks: Tasks) -> None:
        self._composer = composer
        self._people = people
        self._tasks = tasks

    async def handle_video_from_message(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        if is_from_outside(body, context):
            self._tasks.spawn(self._refuse(asker_of(body), client))
            return
        said, bot_user_id = message_payloads.shortcut_message(body), context.bot_user_id or ""
        work = self._open_for(said, bot_user_id, own_team_id(context), asker_of(body), client)
        self._tasks.spawn(work)

    async def handle_new_video(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """The global shortcut, and the button of the Home tab."""
        await ack()
        recipient = asker_of(body)
        if is_from_outside(body, context):
            self._tasks.spawn(self._refuse(recipient, client))
            return
        draft = Draft(key="", requester_id=recipient.user_id, team_id=own_team_id(context))
        self._tasks.spawn(self._open(draft, recipient, client))

    async def _refuse(self, recipient: Recipient, client: AsyncWebClient) -> None:
        language = await self._people.language(recipient.user_id)
        await recipient.tell(client, Outsider().sentence, language)

    async def _open_for(
        self,
        said: SaidMessage,
        bot_user_id: str,
        team_id: str,
        recipient: Recipient,
        client: AsyncWebClient,
    ) -> None:
        """The thread of that message is the destination, where there can be one for the bot."""
        names, is_own_dm, _ = await asyncio.gather(
            self._people.names(said.people - {bot_user_id}),
            self._is_own_dm(said, recipient.user_id),
            self._people.language(recipient.user_id),  # known then, when the form opens
        )
        is_elsewhere = said.is_direct and not is_own_dm
        draft = Draft(
            key="",
            requester_id=recipient.user_id,
            team_id=team_id,
            channel_id="" if is_elsewhere else said.channel_id,
            thread_ts=None if is_elsewhere else said.thread_ts or said.ts,
            prompt=said.words(names, bot_user_id),
            attachments=said.attachments,
            is_from_dm=is_elsewhere,
        )
        await self._open(draft, recipient, client)

    async def _is_own_dm(self, said: SaidMessage, user_id: str) -> bool:
        """Whether this is the direct message with the bot; others take nothing from it."""
        return said.is_direct and await self._people.dm_with_bot(user_id) == said.channel_id

    async def _open(self, draft: Draft, recipient: Recipient, client: AsyncWebClient) -> None:
        language = await self._people.language(recipient.user_id)
        await self._composer.open(
            client,
            recipient.trigger_id,
            draft,
            language,
            lambda sentence: recipient.tell(client, sentence, language),
        )
