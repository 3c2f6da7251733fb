"""/video: ack at once, then the composer, or a short answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Outsider
from bot.domain.request.draft import Draft
from bot.slack.people import SlackPeople
from bot.workflow.loop import Tasks
from handlers import payloads
from handlers.command_answers import Asked, CommandAnswers, Person, asked
from handlers.composer.form import Tell, VideoComposer
from handlers.message_payloads import is_from_outside, own_team_id, workspace_url


class VideoCommand:
    """The rest runs as a task: the ack waits for nothing."""

    def __init__(
        self,
        composer: VideoComposer,
        answers: CommandAnswers,
        people: SlackPeople,
        tasks: Tasks,
    ) -> None:
        self._composer = composer
        self._answers = answers
        self._people = people
        self._tasks = tasks

    async def handle_video_command(
        self,
        ack: AsyncAck,
        command: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        await ack()
        draft = payloads.command_draft(command, context)
        if is_from_outside(command, context):
            self._tasks.spawn(self._refuse(draft.requester_id, respond))
        elif question := asked(draft.prompt):
            self._tasks.spawn(self._answer(question, draft.requester_id, context, respond))
        else:
            self._tasks.spawn(self._open(client, command, draft, respond))

    async def _refuse(self, user_id: str, tell: Tell) -> None:
        language = await self._people.language(user_id)
        await tell(language(Outsider().sentence))

    async def _answer(
        self, question: Asked, user_id: str, context: AsyncBoltContext, respond: AsyncRespond
    ) -> None:
        language = await self._people.language(user_id)
        person = Person(user_id, own_team_id(context), language)
        answer = await self._answers.answer(question, person, workspace_url(context))
        await respond(answer, response_type="ephemeral", unfurl_links=False, unfurl_media=False)

    async def _open(
        self, client: AsyncWebClient, command: dict[str, Any], draft: Draft, tell: Tell
    ) -> None:
        """In the direct messages with the bot the video comes to where it was asked for."""
        language, is_own_dm = await asyncio.gather(
            self._people.language(draft.requester_id),
            self._is_own_dm(draft, str(command["channel_id"])),
        )
        draft = replace(draft, is_from_dm=draft.is_from_dm and not is_own_dm)
        await self._composer.open(client, command["trigger_id"], draft, language, tell)

    async def _is_own_dm(self, draft: Draft, channel_id: str) -> bool:
        """Other conversations cost no question to Slack."""
        if not draft.is_from_dm:
            return False
        return await self._people.dm_with_bot(draft.requester_id) == channel_id
